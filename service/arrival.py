"""When a request arrived: as it began, not when its body was read or a thread was free for it.

A hand-in that begins to arrive a second before it is due is in time, however slow the line and however long the queue.
A body may take SLOWEST: nobody holds a place in time with a request that stays open.

Requests take turns, and those that bring something come before those that only look: at a deadline a hand-in is
accepted first, and reports are shown a moment later.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, g, request
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ThreadedTaskDispatcher, WSGITask

from service.models import now

SLOWEST = timedelta(seconds=60)
TURNS = 2  # one computes while the other asks the database
SLOW_SECONDS = 1.0
_KEY = "gradient_grader.arrived_at"
_CHANNEL = "gradient_grader.channel"
_LOOKING = ("GET", "HEAD", "OPTIONS")
_READING = ("/read", "/preview")  # what pages ask as one types
_WATCHING = "/health"  # who asks whether we are alive must not conclude from a long queue that we are not


def register(app: Flask) -> None:
    """Notes the time of each request to `app`, as the server has it, or else as the application sees it."""

    @app.before_request
    def note() -> None:
        g.arrived_at = request.environ.get(_KEY) or now()


def arrived_at() -> datetime:
    """When the current request arrived."""
    at: datetime = g.arrived_at
    return at


def resting() -> AbstractContextManager[None]:
    """A block in which the current request waits for something else, and others are served."""
    channel: Channel | None = request.environ.get(_CHANNEL)
    return channel.server.task_dispatcher.queue.resting(channel) if channel else nullcontext()


class _Parser(HTTPRequestParser):
    command = path = ""  # as long as nothing that can be read as a request has come

    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self.began_at = self.arrived_at = now()

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # an address that Python does not read
            raise ParsingError(str(error)) from None

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.completed:
            self.arrived_at = max(self.began_at, now() - SLOWEST)
        return consumed


class _Task(WSGITask):
    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[_KEY] = self.request.arrived_at
        environ[_CHANNEL] = self.channel
        return environ


class Channel(HTTPChannel):
    """A connection of the web server whose requests know when they arrived, and take turns."""

    parser_class = _Parser
    task_class = _Task

    def service(self) -> None:
        try:
            super().service()
        finally:
            self.server.task_dispatcher.queue.end(self)


class Turns:
    """The requests that wait to be served, from now on in the place of waitress's own queue of them: TURNS are served
    at a time, what brings something first, and each of both kinds in the order of its arrival. All would be served
    later if more shared the processor. One that has taken SLOW_SECONDS is not counted any more: it waits for something
    else."""

    def __init__(self, dispatcher: ThreadedTaskDispatcher) -> None:
        self._lock, self._threads = dispatcher.lock, Threads(dispatcher.lock, self)
        self._bringing: deque[Channel] = deque()
        self._looking: deque[Channel] = deque()
        self._served: dict[Channel, float] = {}
        self._left: list[Channel] = []
        with self._lock:
            waited = dispatcher.queue_cv
            dispatcher.queue, dispatcher.queue_cv = self, self._threads
            waited.notify_all()  # who waits there waits here from now on

    def __len__(self) -> int:
        return len(self._bringing) + len(self._looking)

    def __bool__(self) -> bool:
        """Whether the next may be served. This and the next two are called by waitress, which holds its lock."""
        slow = time.monotonic() - SLOW_SECONDS
        return len(self) > 0 and sum(began > slow for began in self._served.values()) < TURNS

    def append(self, channel: Channel) -> None:
        request = channel.requests[0]
        looks = request.command in _LOOKING or request.path.endswith(_READING)
        later = looks and not request.path.startswith(_WATCHING)
        (self._looking if later else self._bringing).append(channel)

    def popleft(self) -> Channel:
        channel = (self._bringing or self._looking).popleft()
        self._served[channel] = time.monotonic()
        return channel

    def end(self, channel: Channel) -> None:
        """Its request is not served any more; who served it looks for the next."""
        with self._lock:
            self._left_by(channel)

    def at_work(self) -> list[Channel]:
        """Those that are served, and those that have been since this was asked last."""
        with self._lock:
            left, self._left = self._left, []
            return [*self._served, *left]

    def look(self) -> None:
        """Lets the next be served where one that is has become slow; to be called now and then."""
        with self._lock:
            self._threads.notify()

    @contextmanager
    def resting(self, channel: Channel) -> Iterator[None]:
        """For the length of the block another may be served."""
        with self._lock:
            self._left_by(channel)
            self._threads.notify()
        try:
            yield
        finally:
            with self._lock:
                self._served[channel] = time.monotonic()

    def _left_by(self, channel: Channel) -> None:
        self._served.pop(channel, None)
        self._left.append(channel)


class Threads:
    """Those of the server that wait, in the place of waitress's condition: one is woken where a request may be served,
    and of them the one that served last. Its stack is at hand; those that are never needed at once have none."""

    def __init__(self, lock: threading.Lock, turns: Turns) -> None:
        self._lock, self._turns = lock, turns
        self._waiting: list[threading.Lock] = []

    def wait(self) -> None:
        """As the next two, called by who holds the lock."""
        woken = threading.Lock()
        woken.acquire()
        self._waiting.append(woken)
        self._lock.release()
        try:
            woken.acquire()
        finally:
            self._lock.acquire()

    def notify(self) -> None:
        if self._turns and self._waiting:
            self._waiting.pop().release()

    def notify_all(self) -> None:
        while self._waiting:
            self._waiting.pop().release()
