"""A named pipe by which one process wakes another on the same machine, sooner than it would have looked by itself.

Nothing depends on it: who waits also looks now and then, and where the pipe cannot be made or nobody listens, ringing
does nothing. Every ring wakes whoever waits, and one of them takes it; it is kept while nobody waits.
"""

from __future__ import annotations

import contextlib
import os
import select
import time
from pathlib import Path


class Bell:
    """The bell at `path`. Made where it is first waited for; close it only when nobody waits any more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pipe: int | None = None

    def ring(self) -> None:
        """Wakes one who waits, or the next one to wait."""
        with contextlib.suppress(OSError):  # nobody listens, or the pipe is full of rings already
            pipe = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(pipe, b"!")
            finally:
                os.close(pipe)

    def wait(self, seconds: float) -> bool:
        """Returns at a ring, or when `seconds` are over; whether it rang."""
        try:
            pipe = self._opened()
        except OSError:  # no named pipes here
            time.sleep(seconds)
            return False
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        if not poll.poll(seconds * 1000):
            return False
        with contextlib.suppress(BlockingIOError):  # another process took the ring
            os.read(pipe, 1)
        return True

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
