"""The life of a submission once it is committed: queued, grading, then graded or ungraded.

Every step is one compare-and-swap on the row, which holds on SQLite as on PostgreSQL: a message delivered twice finds
nothing to claim, and a worker that lost its claim finds nothing to finish. What was never delivered, or was claimed by
a worker that is gone, is found by `sweep`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, Update, delete, select, update
from sqlalchemy.orm import Session

from grader import Code, Report, Symbols
from service.database import Database
from service.exercises import exercise_named
from service.models import (
    GRADED,
    GRADING,
    QUEUED,
    UNGRADED,
    Assignment,
    IdempotencyKey,
    StoredReport,
    Submission,
    Worker,
    now,
)

MAX_TRIES = 3
GRACE = timedelta(seconds=5)
KEYS_ARE_KEPT = timedelta(hours=24)
ALIVE_WITHIN = timedelta(seconds=20)
WORKERS_ARE_KEPT = timedelta(hours=1)

log = logging.getLogger(__name__)


def claim(database: Database, submission_id: int, worker: str, lease: timedelta) -> Submission | None:
    """The submission, now `worker`'s until the lease runs out; None if it is not waiting (any more)."""
    at = now()
    with database.writing() as session:
        changes = {
            "status": GRADING,
            "tries": Submission.tries + 1,
            "picked_at": at,
            "worker": worker,
            "lease_until": at + lease,
        }
        if not _swap(session, update(Submission).where(Submission.id == submission_id, _is(QUEUED)), changes):
            return None
        return session.get_one(Submission, submission_id)


def finish(database: Database, claimed: Submission, report: Report) -> bool:
    """Stores the report on a claimed submission, unless the claim was lost meanwhile; whether it waits again.

    A report of our own failure ends only this try: it is stored with the last one."""
    failed = report.verdict == "ungraded"
    if failed and claimed.tries < MAX_TRIES:
        return give_back(database, claimed)
    with database.writing() as session:
        status = UNGRADED if failed else GRADED
        if _swap(session, _held(claimed), {"status": status, "done_at": now(), "lease_until": None}):
            _store(session, claimed, report)
    return False


def add_proofs(database: Database, submission_id: int, report: Report, proved: Report) -> None:
    """Puts `proved` in the place of `report`, if that is still the newest on the submission."""
    newest = select(StoredReport).where(StoredReport.submission_id == submission_id).order_by(StoredReport.id.desc())
    with database.writing() as session:
        stored = session.scalars(newest.limit(1)).first()
        if stored is not None and stored.report == report.to_dict():
            stored.report = proved.to_dict()


def give_back(database: Database, claimed: Submission) -> bool:
    """Ends a try without a report; whether the submission waits again, or its last try is over and it is ungraded."""
    with database.writing() as session:
        return _end_try(session, claimed)


def release(database: Database, worker: str) -> list[int]:
    """Ends the claims of a worker that is gone; the submissions that wait again."""
    with database.writing() as session:
        lost = session.scalars(select(Submission).where(_is(GRADING), Submission.worker == worker)).all()
        return [submission.id for submission in lost if _end_try(session, submission)]


def sweep(database: Database, in_broker: int, grace: timedelta = GRACE) -> list[int]:
    """Looks after what the queue lost; the submissions to deliver (again).

    Claims that ran out are ended. If the broker holds fewer messages (`in_broker`) than submissions have been waiting
    for longer than `grace`, the difference was never delivered, or was lost: the oldest are delivered again. Keys and
    workers long past are forgotten.
    """
    at = now()
    with database.writing() as session:
        lost = session.scalars(select(Submission).where(_is(GRADING), Submission.lease_until < at)).all()
        again = [submission.id for submission in lost if _end_try(session, submission)]
        waiting = _waiting_since(session, at - grace)
        again += [number for number in waiting[: max(0, len(waiting) - in_broker)] if number not in again]
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < at - KEYS_ARE_KEPT))
        session.execute(delete(Worker).where(Worker.seen_at < at - WORKERS_ARE_KEPT))
    if again:
        log.warning("delivering again: submissions %s", again)
    return again


def anybody_waits(database: Database) -> bool:
    """Whether any submission waits to be graded."""
    with database.reading() as session:
        return session.scalar(select(Submission.id).where(_is(QUEUED)).limit(1)) is not None


def alive(session: Session) -> list[Worker]:
    """The workers that have told lately that they are alive, by name."""
    return list(session.scalars(select(Worker).where(Worker.seen_at > now() - ALIVE_WITHIN).order_by(Worker.name)))


def announce(database: Database, worker: str, layers: Mapping[str, Any]) -> None:
    """Says that `worker` is alive, and which layers its sandbox has."""
    with database.writing() as session:
        row = session.get(Worker, worker)
        if row is None:
            session.add(Worker(name=worker, layers=dict(layers)))
        else:
            row.layers, row.seen_at = dict(layers), now()


def withdraw(database: Database, worker: str) -> None:
    """Says that `worker` has ended."""
    with database.writing() as session:
        session.execute(delete(Worker).where(Worker.name == worker))


def handed_in(submission: Submission) -> Code | Symbols:
    """What the student handed in, as the grader takes it."""
    payload = submission.payload
    if submission.kind == Symbols.kind:
        return Symbols(payload["answers"])
    return Code(payload["source"], payload["notebook"])


def _is(status: str) -> Any:
    return Submission.status == status


def _held(claimed: Submission) -> Update:
    return update(Submission).where(Submission.id == claimed.id, _is(GRADING), Submission.tries == claimed.tries)


def _swap(session: Session, statement: Update, changes: Mapping[str, Any]) -> bool:
    statement = statement.values(dict(changes)).execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def _end_try(session: Session, claimed: Submission) -> bool:
    if claimed.tries < MAX_TRIES:
        return _swap(session, _held(claimed), {"status": QUEUED, "worker": None, "lease_until": None})
    if _swap(session, _held(claimed), {"status": UNGRADED, "done_at": now(), "lease_until": None}):
        log.error("submission %s could not be graded in %s tries", claimed.id, claimed.tries)
        _store(session, claimed, _our_fault(session, claimed))
    return False


def _our_fault(session: Session, submission: Submission) -> Report:
    assignment = session.get(Assignment, submission.assignment_id) if submission.assignment_id else None
    exercise = exercise_named(session, assignment.course_id if assignment else None, submission.exercise)
    digest, max_score = (exercise.digest, exercise.max_score) if exercise else ("", 0.0)
    kind: Literal["code", "symbolic"] = "code" if submission.kind == Code.kind else "symbolic"
    return Report.ungraded(submission.exercise, digest, kind, max_score)


def _store(session: Session, submission: Submission, report: Report) -> None:
    session.add(
        StoredReport(
            submission_id=submission.id,
            verdict=report.verdict,
            score=report.score,
            max_score=report.max_score,
            wrong=list(report.wrong),
            report=report.to_dict(),
        )
    )


def _waiting_since(session: Session, at: datetime) -> list[int]:
    waiting: Iterable[int] = session.scalars(
        select(Submission.id).where(_is(QUEUED), Submission.created_at < at).order_by(Submission.id)
    )
    return list(waiting)
