"""A named pipe by which one process wakes another on the same machine, sooner than it would have looked by itself, and
may tell it the number of what there is to see.

Nothing depends on it: who waits also looks now and then, and where the pipe cannot be made or nobody listens, ringing
does nothing. Every ring wakes whoever waits, and one of them takes it; it is kept while nobody waits.
"""

from __future__ import annotations

import contextlib
import os
import select
import struct
import time
from pathlib import Path

_RING = struct.Struct("=Q")  # so short that it is written, and read, as a whole


class Bell:
    """The bell at `path`. Made where it is first waited for; close it only when nobody waits any more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pipe: int | None = None

    def ring(self, number: int = 0) -> None:
        """Wakes one who waits, or the next one to wait."""
        with contextlib.suppress(OSError):  # nobody listens, or the pipe is full of rings already
            pipe = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(pipe, _RING.pack(number))
            finally:
                os.close(pipe)

    def wait(self, seconds: float) -> int | None:
        """Returns at a ring, with its number, or when `seconds` are over."""
        try:
            pipe = self._opened()
        except OSError:  # no named pipes here
            time.sleep(seconds)
            return None
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        if poll.poll(seconds * 1000):
            with contextlib.suppress(BlockingIOError):  # another process took the ring
                return int(*_RING.unpack(os.read(pipe, _RING.size)))
        return None

    def close(self) -> None:
        """Stops listening."""
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            os.close(pipe)

    def _opened(self) -> int:
        if self._pipe is None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(FileExistsError):
                os.mkfifo(self._path, 0o600)
            self._pipe = os.open(self._path, os.O_RDWR | os.O_NONBLOCK)  # also for writing: else its end is seen
        return self._pipe
