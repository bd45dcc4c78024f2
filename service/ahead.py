"""Hidden points computed before a student is given them: a thread computes those of the exercises graded so far, one
set at a time, while nothing is graded."""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakSet

from grader import TRIAL_SETS, Exercise, trial_set

REST = 0.05  # seconds without a submission after which there is time for a set; and between two sets, as long again

log = logging.getLogger(__name__)


class PointsAhead:
    """The thread, which begins with the first exercise, and the secret that the points follow from."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._seen: WeakSet[Exercise] = WeakSet()  # as points are kept: by what is handed out, not by its digest
        self._waiting: queue.SimpleQueue[tuple[Exercise, int] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._graded_at = -math.inf
        self._closed = threading.Event()

    @contextmanager
    def grading(self) -> Iterator[None]:
        """While this lasts, and for REST after it, no set is begun."""
        self._graded_at = math.inf
        try:
            yield
        finally:
            self._graded_at = time.monotonic()

    def add(self, exercise: Exercise) -> None:
        """Computes all sets of this exercise some time. A variant has one student, and is left out."""
        if exercise.seed or exercise in self._seen:
            return
        self._seen.add(exercise)
        for number in range(TRIAL_SETS):
            self._waiting.put((exercise, number))
        if self._thread is None:
            thread = threading.Thread(target=self._work, daemon=True)
            thread.start()
            self._thread = thread

    def close(self) -> None:
        """Ends the thread, after the set at hand."""
        self._closed.set()
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()

    def _work(self) -> None:
        while waiting := self._waiting.get():
            exercise, number = waiting
            while not self._closed.wait(REST) and time.monotonic() < self._graded_at + REST:
                pass
            if self._closed.is_set():
                return
            try:
                trial_set(exercise, self._secret, number)
            except Exception:  # who is given this set will be told
                log.exception("%s: set %s cannot be drawn", exercise.name, number)
