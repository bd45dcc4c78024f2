"""The talk between the parent and a child, whatever the child says, and however slowly."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from grader.sandbox.frames import BadReply
from grader.sandbox.inside import wire

_Got = TypeVar("_Got")

PLACE_SECONDS = 0.1  # for an interrupted child to tell where it is
MOST_DELAYED = 20.0  # seconds; with the longest wall clock well within the minute that a worker may take
_CHUNK = 1 << 16
_TURN = 0.1  # seconds for one wait: where it took longer, this process was not running
_TRACE = b"Stack ("  # as `faulthandler` begins
_PLACE = re.compile(rb'File "(?:submission\.py|code cell (\d{1,6}))", line (\d{1,6}) in ')


class Place(NamedTuple):
    """A line of the student's, in a code cell (counted from 1) or in a file (0)."""

    cell: int
    line: int


class TimedOut(Exception):
    """The child had not answered in time."""


class Ended(Exception):
    """The child ended before it had answered."""

    place: Place | None = None


class Interrupted(Ended):
    """The child tells its place, as it does when its CPU time is over, and as student code can make it do."""

    def __init__(self, place: Place | None) -> None:
        super().__init__()
        self.place = place


class Conversation:
    """The talk with a child, through its channel. The child has `wall_seconds` from now and `most` bytes for all its
    replies. What it was `delayed` is not counted, up to MOST_DELAYED, nor is any reply late that is already here."""

    def __init__(self, channel: socket.socket, wall_seconds: float, most: int, waited: Callable[[], float]) -> None:
        self._channel = channel
        self._start = time.monotonic()
        self._seconds, self._waited, self._stalled = wall_seconds, waited, 0.0
        self._left = most
        self._begun = bytearray()

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return time.monotonic() - self._start

    def delayed(self) -> float:
        """For how many seconds the child waited for a processor, or the machine stood still, as one that is paused."""
        return self._waited() + self._stalled

    def replies(self, frames: Sequence[bytes]) -> Iterator[bytes]:
        """Sends the first frame, and the others once the reply to it is here whole: as many of them at a time as the
        channel holds, for each time that one waits for the other takes longer than a small call. Yields each reply
        when what can be sent after it has been sent. Raises TimedOut, Ended, BadReply."""
        batches = [frames[:1], *_batches(frames[1:])]
        self._send(batches[0])
        for batch, following in zip(batches, [*batches[1:], ()], strict=True):
            for number in range(1, len(batch) + 1):
                reply = self._reply(more=number < len(batch))
                if number == len(batch) and following:
                    self._send(following)
                yield reply

    def _send(self, frames: Sequence[bytes]) -> None:
        data = memoryview(b"".join(frames))
        while data:
            try:
                data = data[self._in_time(partial(self._channel.send, data)) :]
            except ConnectionError:
                return  # it has ended, as is seen when its reply is read

    def _reply(self, more: bool) -> bytes:
        """The next reply, which is exactly as long as it says; `more` may have come with it."""
        data = self._begun
        while len(data) < (length := self._length(data)):
            data += self._chunk()
        if len(data) > length and not more:
            raise BadReply("more than was announced")
        self._begun = data[length:]
        self._left -= length
        return bytes(data[:length])

    def _chunk(self) -> bytes:
        try:
            chunk = self._in_time(partial(self._channel.recv, _CHUNK))
        except ConnectionError:
            raise Ended from None
        if not chunk:
            raise Ended
        return chunk

    def place(self, begun: bytes = b"") -> Place | None:
        """Where the child was when it got SIGXCPU: the innermost of the student's own lines that it tells, if it tells
        one, in what has `begun` to come. It is a hint: student code can write there too."""
        data = bytearray(begun)
        until = time.monotonic() + PLACE_SECONDS
        try:
            while not (found := _PLACE.search(data)) and len(data) < _CHUNK and (left := until - time.monotonic()) > 0:
                self._channel.settimeout(left)
                chunk = self._channel.recv(_CHUNK)
                if not chunk:
                    return None
                data += chunk
        except OSError:
            return None
        return Place(int(found[1] or 0), int(found[2])) if found else None

    def _in_time(self, step: Callable[[], _Got]) -> _Got:
        """What the step gives, for which it may wait until the child is out of time. Raises TimedOut."""
        while True:
            began = time.monotonic()
            left = self._start + self._seconds - began
            if left <= 0:
                left += min(self.delayed(), MOST_DELAYED)
            self._channel.settimeout(min(max(left, 0.0), _TURN))
            try:
                return step()
            except (TimeoutError, BlockingIOError):  # the latter where it may not wait at all
                if left <= 0:
                    raise TimedOut from None
            finally:
                self._stalled += max(0.0, time.monotonic() - began - _TURN)

    def _length(self, data: bytearray) -> int:
        """How long the reply is that begins with `data`, as far as is known."""
        if data.startswith(_TRACE):
            raise Interrupted(self.place(bytes(data)))
        if len(data) < wire.HEAD.size:
            return wire.HEAD.size
        length = wire.announced(data)
        if not 0 < length <= self._left:
            raise BadReply("not a reply, or larger than any right one")
        return length


def _batches(frames: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The frames, in order, `wire.AHEAD` bytes or one frame at a time."""
    start = 0
    for stop in range(1, len(frames) + 1):
        if stop == len(frames) or sum(map(len, frames[start : stop + 1])) > wire.AHEAD:
            yield frames[start:stop]
            start = stop
