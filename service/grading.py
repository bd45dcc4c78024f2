"""The life of a submission once it is committed: queued, grading, then graded or ungraded.

Every step is one compare-and-swap, see `claims`. What was never delivered, or was claimed by a worker that is gone, is
found by `sweep`.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, bindparam, delete, exists, insert, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import set_committed_value

from grader import Code, Report, Symbols
from service import claims, outcomes
from service.claims import MAX_TRIES
from service.database import Database, clock
from service.exercises import exercise_named
from service.models import (
    GRADED,
    GRADING,
    QUEUED,
    UNGRADED,
    Assignment,
    Course,
    CourseExercise,
    IdempotencyKey,
    LtiLaunch,
    LtiLogin,
    StoredReport,
    Submission,
    Worker,
)

GRACE = timedelta(seconds=5)
KEYS_ARE_KEPT = timedelta(hours=24)
ALIVE_WITHIN = timedelta(seconds=20)
WORKERS_ARE_KEPT = timedelta(hours=1)
LAUNCHES_ARE_KEPT = timedelta(days=1)  # of learning platforms: they name people
LOGINS_ARE_KEPT = timedelta(minutes=10)  # what a launch begins with

log = logging.getLogger(__name__)


def claim(database: Database, submission_id: int, worker: str, lease: timedelta) -> Submission | None:
    """The submission, now `worker`'s until the lease runs out, with what of its assignment tells which exercise it is;
    None if it is not waiting (any more)."""
    told = {"number": submission_id, "holder": worker, "lease": lease.total_seconds()}
    with database.changing() as connection:
        claimed = connection.execute(_CLAIM, told).one_or_none()
        if claimed is None:
            return None
        return _submission(claimed, connection.execute(_GIVEN, {"number": claimed.assignment_id}).one_or_none())


def finish(database: Database, claimed: Submission, report: Report) -> bool:
    """Stores the report on a claimed submission, unless the claim was lost meanwhile; whether it waits again.

    A report of our own failure ends only this try: it is stored with the last one."""
    failed = report.verdict == "ungraded"
    if failed and claimed.tries < MAX_TRIES:
        return give_back(database, claimed)
    with database.writing() as session:
        if claims.end(session, claimed, UNGRADED if failed else GRADED):
            store(session, claimed, report)
    return False


def add_proofs(database: Database, submission_id: int, report: Report, proved: Report) -> None:
    """Puts `proved` in the place of `report`, if that is still the newest on the submission."""
    newest = select(StoredReport).where(StoredReport.submission_id == submission_id).order_by(StoredReport.id.desc())
    with database.writing() as session:
        stored = session.scalars(newest.limit(1).with_for_update()).first()  # nobody erases it meanwhile
        if stored is not None and stored.report == report.to_dict():
            stored.report = proved.to_dict()


def give_back(database: Database, claimed: Submission) -> bool:
    """Ends a try without a report; whether the submission waits again, or its last try is over and it is ungraded."""
    with database.writing() as session:
        return _end_try(session, claimed)


def release(database: Database, worker: str) -> list[int]:
    """Ends the claims of a worker that is gone; the submissions that wait again."""
    with database.writing() as session:
        return [lost.id for lost in claims.held_by(session, Submission, worker) if _end_try(session, lost)]


def sweep(database: Database, in_broker: int, grace: timedelta = GRACE) -> list[int]:
    """Looks after what the queue lost; the submissions to deliver (again).

    Claims that ran out are ended. If the broker holds fewer messages (`in_broker`) than submissions have been waiting
    for longer than `grace`, the difference was never delivered, or was lost: the oldest are delivered again. Keys,
    workers and launches long past are forgotten.
    """
    with database.writing() as session:
        again = [lost.id for lost in claims.overdue(session, Submission) if _end_try(session, lost)]
        waiting = _waiting_since(session, clock(-grace))
        again += [number for number in waiting[: max(0, len(waiting) - in_broker)] if number not in again]
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < clock(-KEYS_ARE_KEPT)))
        session.execute(delete(Worker).where(Worker.seen_at < clock(-WORKERS_ARE_KEPT)))
        session.execute(delete(LtiLaunch).where(LtiLaunch.created_at < clock(-LAUNCHES_ARE_KEPT)))
        session.execute(delete(LtiLogin).where(LtiLogin.created_at < clock(-LOGINS_ARE_KEPT)))
    if again:
        log.warning("delivering again: submissions %s", again)
    return again


def first_of_account(session: Session, numbers: Collection[int]) -> set[int]:
    """Those of the submissions before which nothing of their accounts waits."""
    earlier = aliased(Submission)
    waits = exists().where(
        earlier.account_id == Submission.account_id, earlier.id < Submission.id, earlier.status.in_((QUEUED, GRADING))
    )
    return set(session.scalars(select(Submission.id).where(Submission.id.in_(numbers), ~waits)))


def alive(session: Session) -> list[Worker]:
    """The workers that have told lately that they are alive, by name."""
    seen = select(Worker).where(Worker.seen_at > clock(-ALIVE_WITHIN))
    return list(session.scalars(seen.order_by(Worker.name)))


def announce(database: Database, worker: str, layers: Mapping[str, Any]) -> None:
    """Says that `worker` is alive, and which layers its sandbox has."""
    with database.writing() as session:
        session.merge(Worker(name=worker, layers=dict(layers), seen_at=clock()))


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


def store(session: Session, submission: Submission, report: Report, regrade_id: int | None = None) -> int:
    """Stores the report as the submission's newest, made by this regrade if by any, and what it comes to; the report's
    number."""
    kept = report.to_dict()
    stored = {
        "submission_id": submission.id,
        "verdict": report.verdict,
        "score": report.score,
        "max_score": report.max_score,
        "wrong": report.wrong,
        "report": kept,
        "regrade_id": regrade_id,
    }
    number: int = session.execute(_STORE, stored).scalar_one()
    outcomes.keep(session, submission, kept)
    return number


def _end_try(session: Session, claimed: Submission) -> bool:
    if claimed.tries < MAX_TRIES:
        return claims.wait_again(session, claimed)
    if claims.end(session, claimed, UNGRADED):
        log.error("submission %s could not be graded in %s tries", claimed.id, claimed.tries)
        store(session, claimed, _our_fault(session, claimed))
    return False


def _our_fault(session: Session, submission: Submission) -> Report:
    assignment = session.get(Assignment, submission.assignment_id) if submission.assignment_id else None
    exercise = exercise_named(session, assignment.course_id if assignment else None, submission.exercise)
    digest, max_score = (exercise.digest, exercise.max_score) if exercise else ("", 0.0)
    kind: Literal["code", "symbolic"] = "code" if submission.kind == Code.kind else "symbolic"
    return Report.ungraded(submission.exercise, digest, kind, max_score)


def _waiting_since(session: Session, at: datetime | ColumnElement[datetime]) -> list[int]:
    waiting: Iterable[int] = session.scalars(
        select(Submission.id).where(Submission.status == QUEUED, Submission.created_at < at).order_by(Submission.id)
    )
    return list(waiting)


def _submission(claimed: Row[*tuple[Any, ...]], given: Row[*tuple[Any, ...]] | None) -> Submission:
    submission = Submission(**claimed._mapping)
    if given is not None:
        exercise, course_id, variants, policy, interfaces, limits, digest, source = given
        assignment = Assignment(
            exercise=exercise, course_id=course_id, variants=variants, policy=policy, interfaces=interfaces
        )
        own = None if digest is None else CourseExercise(digest=digest, source=source)
        set_committed_value(assignment, "course", Course(limits=limits))
        set_committed_value(assignment, "own_exercise", own)
        set_committed_value(submission, "assignment", assignment)
    return submission


# Put together once, for every submission. Rows take half the time of objects.
_CLAIM = claims.claiming(Submission).returning(*Submission.__table__.c)
_GIVEN = (
    select(
        Assignment.exercise,
        Assignment.course_id,
        Assignment.variants,
        Assignment.policy,
        Assignment.interfaces,
        Course.limits,
        CourseExercise.digest,
        CourseExercise.source,
    )
    .join(Assignment.course)
    .outerjoin(Assignment.own_exercise)
    .where(Assignment.id == bindparam("number"))
)
_STORE = insert(StoredReport.__table__).returning(StoredReport.id)  # type: ignore[arg-type] # a Table
