"""Long polling: many requests wait for reports, one thread asks the database for all of them.

Whoever waits holds no connection. The thread lives while somebody waits, and asks in one query every 5 ms, less often
where a question takes long. A worker on the same machine rings with the number of what is done: nothing is asked then.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app
from sqlalchemy import select

from service.bell import Bell
from service.database import Database
from service.models import DONE, Submission

EVERY = 0.005
SHARE = 0.1  # of its time the thread asks at most
SELDOM = 1.0  # but so often, however long a question took
PER_ACCOUNT = 2
LONGEST = 30.0


class Busy(Exception):
    """Nobody may wait any more: `retry_after` seconds are a good time to ask again."""

    retry_after = 1


class Waiting:
    """Who waits in this process: at most `places` at a time, two for one account."""

    def __init__(self, database: Database, places: int, bell: Bell) -> None:
        self._database = database
        self._bell = bell
        self._places = places
        self._lock = threading.Lock()
        self._accounts: Counter[int] = Counter()
        self._events: dict[int, list[threading.Event]] = {}
        self._watcher: threading.Thread | None = None
        self._closed = False

    def until_done(self, submission_id: int, account_id: int, seconds: float) -> None:
        """Returns when the submission is done or `seconds` are over. Raises Busy, at once."""
        done = threading.Event()
        with self._place(account_id), self._watched(submission_id, done):
            done.wait(0 if self._closed else min(seconds, LONGEST))

    def close(self) -> None:
        """Lets go of all who wait, now and later; when it returns, nobody asks the database any more."""
        self._closed = True
        for waiters in list(self._events.values()):
            for event in list(waiters):
                event.set()
        with self._lock:  # who is just beginning has begun
            watcher = self._watcher
        if watcher is not None:
            watcher.join()

    @contextmanager
    def _place(self, account_id: int) -> Iterator[None]:
        with self._lock:
            if self._accounts.total() >= self._places or self._accounts[account_id] >= PER_ACCOUNT:
                raise Busy
            self._accounts[account_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._accounts[account_id] -= 1
                self._accounts += Counter()  # forgets the zeros

    @contextmanager
    def _watched(self, submission_id: int, done: threading.Event) -> Iterator[None]:
        with self._lock:
            self._events.setdefault(submission_id, []).append(done)
        try:
            with self._lock:
                if self._watcher is None:
                    watcher = threading.Thread(target=self._watch, name="waiting", daemon=True)
                    watcher.start()
                    self._watcher = watcher  # only of one that could be started
            yield
        finally:
            with self._lock:
                waiters = self._events[submission_id]
                waiters.remove(done)
                if not waiters:
                    del self._events[submission_id]

    def _watch(self) -> None:
        self._bell.wait(0)  # from now on nothing that is rung is lost
        look_at = 0.0
        while True:
            with self._lock:
                watched = [number for number, events in self._events.items() if not all(e.is_set() for e in events)]
                if self._closed or not watched:
                    self._bell.close()  # nothing is kept either while nobody waits
                    self._watcher = None
                    return
            begun = time.monotonic()
            if begun >= look_at:
                self._let_go(self._done_among(watched))
                look_at = time.monotonic() + max(EVERY, min(SELDOM, (time.monotonic() - begun) / SHARE))
            rung = self._bell.wait(max(0.0, look_at - time.monotonic()))
            if rung is not None:
                self._let_go([rung])

    def _let_go(self, done: list[int]) -> None:
        with self._lock:
            for submission_id in done:
                for event in self._events.get(submission_id, ()):
                    event.set()

    def _done_among(self, watched: list[int]) -> list[int]:
        done = select(Submission.id).where(Submission.id.in_(watched), Submission.status.in_(DONE))
        try:
            with self._database.looking_up() as session:
                return list(session.scalars(done))
        except Exception:  # the database is away: whoever waits gets the state when it is back, or its time is over
            return []


def waiting() -> Waiting:
    """Those of the current application."""
    found: Waiting = current_app.extensions["gradient_grader_waiting"]
    return found
