"""Proofs for reports on symbols, after students have them: a thread lets SymPy's process try, and adds what it proved.

Nothing waits for a proof. Where many are waiting, further ones are left out: the verdict is made of points anyway.
"""

from __future__ import annotations

import logging
import queue
import threading
from contextlib import suppress

from grader import Exercise, Prover, Report
from service import grading
from service.database import Database

WAITING = 64

log = logging.getLogger(__name__)


class Proofs:
    """The thread and SymPy's process; both begin with the first report that has something to prove."""

    def __init__(self, database: Database, prover: Prover | None = None) -> None:
        self._database = database
        self._prover = prover or Prover()
        self._waiting: queue.Queue[tuple[int, Exercise, Report] | None] = queue.Queue(WAITING)
        self._thread: threading.Thread | None = None

    def add(self, submission_id: int, exercise: Exercise, report: Report) -> None:
        """Proves this report some time, unless too many are waiting."""
        if all(gradient.proof != "points" for gradient in report.gradients):
            return
        if self._thread is None:
            thread = threading.Thread(target=self._work, daemon=True)
            thread.start()
            self._thread = thread
        try:
            self._waiting.put_nowait((submission_id, exercise, report))
        except queue.Full:
            log.info("submission %s: no time for a proof", submission_id)

    def close(self) -> None:
        """Ends both, after the proof at hand."""
        if self._thread is not None:
            with suppress(queue.Empty):
                while True:
                    self._waiting.get_nowait()
            self._waiting.put(None)
            self._thread.join()
        self._prover.close()

    def _work(self) -> None:
        while waiting := self._waiting.get():
            submission_id, exercise, report = waiting
            try:
                proved = self._prover.prove(exercise, report)
                if proved != report:
                    grading.add_proofs(self._database, submission_id, report, proved)
            except Exception:  # the report stays as it is
                log.exception("submission %s: the proof failed", submission_id)
