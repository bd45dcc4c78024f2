"""The process that grades: one sandbox, probed before the first message; where it does not hold, nothing starts."""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta

from celery import Celery, signals
from celery.platforms import SecurityWarning
from sqlalchemy.exc import SQLAlchemyError

from grader import Exercise, Limits, Report, Sandbox, SandboxUnavailable, catalogue, grade, trial_set
from service import grading, logs, regrading
from service.ahead import PointsAhead
from service.bell import Bell
from service.configuration import Configuration
from service.database import AWAY, Database
from service.exercises import exercise_handed_in
from service.models import Submission
from service.proofs import Proofs
from service.tasks import GRADE, GRADE_AGAIN, SWEEP, deliver_again, deliver_lost, make_celery, sweep

ALIVE_EVERY = 5.0
NICER = 10  # on a full machine a hand-in is accepted first, and graded a moment later
LONGEST_PAUSE = 30.0  # seconds, before what the machine lacked the means for is tried again
CANNOT_START = 78  # the exit status of a process whose sandbox does not hold (sysexits.h: EX_CONFIG)

log = logging.getLogger(__name__)
submissions = logging.getLogger(logs.SUBMISSIONS)


class Grader:
    """What a worker process has: the database, its sandbox, and the secret that the hidden trials follow from."""

    def __init__(self, configuration: Configuration, database: Database, sandbox: Sandbox, name: str) -> None:
        self.database = database
        self.name = name
        self._sandbox = sandbox
        self._secret = configuration.trials_secret
        self._lease = timedelta(seconds=configuration.lease_seconds)
        self._done = Bell(configuration.done_bell)
        self._proofs = Proofs(database)
        self._ahead = PointsAhead(configuration.trials_secret.encode())
        self._shortages = 0  # in a row

    def grade(self, submission_id: int) -> bool:
        """Grades one submission, if it is waiting; whether it waits again, its try having failed."""
        claimed = grading.claim(self.database, submission_id, self.name, self._lease)
        if claimed is None:
            log.info("submission %s is not waiting: dropped", submission_id)
            return False
        graded = self._graded_in_time(claimed)
        if graded is None:
            return grading.give_back(self.database, claimed)
        exercise, report = graded
        submissions.info("submission %s: %s", submission_id, report.verdict)
        again = grading.finish(self.database, claimed, report)
        self._done.ring(submission_id)
        self._proofs.add(submission_id, exercise, report)
        return again

    def grade_again(self, item_id: int) -> bool:
        """The same of an item of a regrade."""
        claimed = regrading.claim(self.database, item_id, self.name, self._lease)
        if claimed is None:
            log.info("item %s of a regrade is not waiting: dropped", item_id)
            return False
        logs.note(submission=claimed.submission_id)
        graded = self._graded_in_time(claimed.submission)
        if graded is None:
            return regrading.give_back(self.database, claimed)
        exercise, report = graded
        submissions.info("submission %s, again: %s", claimed.submission_id, report.verdict)
        again = regrading.finish(self.database, claimed, report)
        self._proofs.add(claimed.submission_id, exercise, report)
        return again

    def pause(self) -> None:
        """Waits where the machine lacks memory or processes, the longer the oftener in a row it did: else all tries of
        a submission would be over before the shortage is."""
        if self._shortages:
            time.sleep(min(LONGEST_PAUSE, 2.0 ** min(self._shortages, 10)))

    def close(self) -> None:
        """Ends what it began."""
        self._ahead.close()
        self._proofs.close()

    def _graded_in_time(self, submission: Submission) -> tuple[Exercise, Report] | None:
        """None where the grader failed. A process that takes longer than the lease ends itself: its claim is lost by
        then, and something hangs."""
        signal.setitimer(signal.ITIMER_REAL, self._lease.total_seconds())
        try:
            with self._ahead.grading():
                exercise, report = self._graded(submission)
            self._shortages = self._shortages + 1 if report.verdict == "ungraded" else 0
            return exercise, report
        except Exception as error:
            log.exception("submission %s: the grader failed", submission.id)
            self._shortages += isinstance(error, (OSError, MemoryError, SandboxUnavailable))
            return None
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _graded(self, submission: Submission) -> tuple[Exercise, Report]:
        exercise = exercise_handed_in(submission, self._secret)
        if exercise is None:
            raise LookupError(f"there is no exercise {submission.exercise} any more")
        trials = trial_set(exercise, self._secret.encode(), submission.trial_set)
        report = grade(exercise, grading.handed_in(submission), trials, self._sandbox)
        self._ahead.add(exercise)
        return exercise, report


def work(configuration: Configuration, name: str, while_parent_lives: bool = False) -> None:
    """Grades until told to stop (SIGTERM: after the current submission), more nicely than what answers people. What an
    earlier process of this name had claimed is delivered again at once. Raises SandboxUnavailable."""
    os.nice(NICER)
    logs.name_process(worker=name)
    faulthandler.register(signal.SIGALRM, chain=True)  # who is ended by the clock says where it was
    if while_parent_lives:
        threading.Thread(target=_stop_with_parent, daemon=True).start()
    # a report that is lost with the machine is made again from what was handed in, which web's commits wait for
    database = Database(configuration.database_url, connections=2, synchronous=False)
    most = Limits(
        wall_seconds=configuration.wall_seconds,
        cpu_seconds=configuration.cpu_seconds,
        memory_bytes=configuration.memory_mib << 20,
        stdout_bytes=configuration.output_kib << 10,
    )
    with Sandbox(most, unsafe=configuration.unsafe_no_sandbox) as sandbox:
        sandbox.probe()
        catalogue()
        celery = make_celery(configuration)
        grader = Grader(configuration, database, sandbox, name)
        offer(celery, grader)
        stopped = threading.Event()
        alive = threading.Thread(target=_stay_announced, args=(database, name, sandbox, stopped))
        alive.start()
        try:
            deliver_lost(database, celery, grading.release(database, name))
            deliver_again(celery, regrading.release(database, name))
            log.info("grading, with %s", asdict(sandbox.layers))
            warnings.simplefilter("ignore", SecurityWarning)  # to root, of messages that are pickles: ours are JSON
            _consume(celery, name)
        finally:
            stopped.set()
            alive.join()
            grader.close()
            try:
                grading.withdraw(database, name)
            except SQLAlchemyError as error:
                log.warning("%s ends without withdrawing: the database does not answer (%s)", name, error)
            database.close()


def offer(celery: Celery, grader: Grader) -> None:
    """The tasks, as `grader` does them."""

    @celery.task(name=GRADE)
    def grade_submission(submission_id: int) -> None:
        with logs.about(submission=submission_id), _cut_off():
            if grader.grade(submission_id):
                grader.pause()
                deliver_lost(grader.database, celery, [submission_id])

    @celery.task(name=GRADE_AGAIN)
    def grade_again(item_id: int) -> None:
        with logs.about(), _cut_off():
            if grader.grade_again(item_id):
                grader.pause()
                deliver_again(celery, [item_id])

    @celery.task(name=SWEEP)
    def sweep_queue() -> None:
        with _cut_off():
            sweep(grader.database, celery)


@contextmanager
def _cut_off() -> Iterator[None]:
    """The block ends where the database is away: a sweep delivers again what was not finished, once it is back."""
    try:
        yield
    except AWAY as error:
        log.error("the database does not answer: %s", error)


def _consume(celery: Celery, name: str) -> None:
    """Takes messages until told to stop; without Celery's own command line, which takes long to import. Raises
    SystemExit where that cannot go on: whoever started the process starts another."""
    plain = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True, "quiet": True}
    worker = celery.Worker(pool="solo", concurrency=1, hostname=f"{name}@{socket.gethostname()}", **plain)
    worker.start()
    if worker.exitcode:
        raise SystemExit(worker.exitcode)


@signals.setup_logging.connect
def _log_as_the_process_does(**kwargs: object) -> None:
    """Celery sets up nothing of its own where this is connected, and says nothing that our own lines say already."""
    for name in ("apps.worker", "app.trace", "worker.consumer.connection", "worker.request", "worker.strategy"):
        logging.getLogger(f"celery.{name}").setLevel(logging.WARNING)


def _stay_announced(database: Database, name: str, sandbox: Sandbox, stopped: threading.Event) -> None:
    while True:
        try:
            with _cut_off():
                grading.announce(database, name, asdict(sandbox.layers))
        except Exception:
            log.exception("%s cannot be announced", name)
        if stopped.wait(ALIVE_EVERY):
            return


def _stop_with_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
