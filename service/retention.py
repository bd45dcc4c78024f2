"""How long things are kept: after so many days, of courses that are over only the grades, and nothing of practice.

A course is over since the last of its dates (of release, due, late, extended) and the last thing handed in. Audit
entries stay. Nothing that waits for its report is touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session

from grader import Report, Run
from service import audit, outcomes
from service.database import AT_ONCE, Database, batches
from service.models import (
    DONE,
    Assignment,
    Course,
    Extension,
    IdempotencyKey,
    RegradeItem,
    StoredReport,
    Submission,
    now,
)
from service.visibility import verdicts_only


@dataclass(frozen=True)
class Over:
    """A course that was over at that time, and how many submissions of it there are to be erased."""

    course: Course
    at: datetime
    submissions: int


@dataclass(frozen=True)
class Plan:
    """What is older than `before`: courses that are over, and so many submissions for practice."""

    before: datetime
    courses: Sequence[Over]
    practice: int


def plan(session: Session, before: datetime) -> Plan:
    """What would be deleted."""
    found = []
    for course in session.scalars(select(Course).order_by(Course.id)):
        ended = _ended(session, course)
        count = session.execute(select(func.count()).where(*_to_erase(course.id, before))).scalar_one()
        if ended < before and count:
            found.append(Over(course, ended, count))
    practice = session.execute(select(func.count()).where(*_practice(before))).scalar_one()
    return Plan(before, found, practice)


def apply(database: Database, planned: Plan) -> None:
    """Deletes it, in transactions of AT_ONCE submissions: whoever else writes does not wait long for any of them."""
    before = planned.before
    for over in planned.courses:
        while _erase_some(database, over.course.id, before):
            pass
    while _remove_some(database, before):
        pass


def _erase_some(database: Database, course_id: int, before: datetime) -> int:
    with database.writing() as session:
        count = erase(session, *_to_erase(course_id, before), at_most=AT_ONCE)
        if count:
            told = {"submissions": count, "course_over_before": before}
            audit.record(session, None, "erase", "submissions", None, course_id, **told)
    return count


def _remove_some(database: Database, before: datetime) -> int:
    with database.writing() as session:
        count = remove(session, *_practice(before), at_most=AT_ONCE)
        if count:
            audit.record(session, None, "delete", "practice", submissions=count, before=before)
    return count


def erase(session: Session, *which: ColumnElement[bool], at_most: int | None = None) -> int:
    """Leaves of the submissions that are done, of the first `at_most`, only what a grade needs: verdicts, points,
    times; how many they are. What they were and said is still in their form, and empty."""
    numbers = _locked(session, *which, at_most=at_most)
    for batch in batches(numbers):
        for submission in session.scalars(select(Submission).where(Submission.id.in_(batch))):
            code = "answers" not in submission.payload
            submission.payload = {"source": "", "notebook": False, "filename": ""} if code else {"answers": {}}
            submission.erased_at = now()
        for stored in session.scalars(select(StoredReport).where(StoredReport.submission_id.in_(batch))):
            stored.report = _without_content(stored.report)
        outcomes.forget_mistakes(session, batch)
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.submission_id.in_(batch)))
        session.flush()
        session.expunge_all()
    return len(numbers)


def remove(session: Session, *which: ColumnElement[bool], at_most: int | None = None) -> int:
    """Deletes the submissions that are done, the first `at_most`, with all that belongs to them; how many they were."""
    numbers = _locked(session, *which, at_most=at_most)
    for batch in batches(numbers):
        outcomes.forget(session, batch)
        for table in (RegradeItem, IdempotencyKey, StoredReport):
            session.execute(delete(table).where(table.submission_id.in_(batch)))
        session.execute(delete(Submission).where(Submission.id.in_(batch)))
    return len(numbers)


def _locked(session: Session, *which: ColumnElement[bool], at_most: int | None) -> Sequence[int]:
    """The submissions that wait for nothing, which nobody asks to have graded again until the transaction ends."""
    done = select(Submission.id).where(*which, *_waits_for_nothing()).order_by(Submission.id).limit(at_most)
    locked = session.scalars(done.with_for_update()).all()
    still = set(session.scalars(done))  # without what somebody asked for while this waited
    return [number for number in locked if number in still]


def _ended(session: Session, course: Course) -> datetime:
    of_course = Assignment.course_id == course.id
    dates = (Assignment.created_at, Assignment.release_at, Assignment.due_at, Assignment.late_until)
    last = [*session.execute(select(*(func.max(date) for date in dates)).where(of_course)).one()]
    extended = select(func.max(Extension.due_at), func.max(Extension.late_until)).join(
        Assignment, Assignment.id == Extension.assignment_id
    )
    last += session.execute(extended.where(of_course)).one()
    last.append(session.scalar(select(func.max(Submission.created_at)).join(Assignment).where(of_course)))
    known: list[datetime] = [date for date in last if date is not None]
    return max([course.created_at, *known])


def _to_erase(course_id: int, before: datetime) -> Sequence[ColumnElement[bool]]:
    of_course = Submission.assignment_id.in_(select(Assignment.id).where(Assignment.course_id == course_id))
    return of_course, Submission.created_at < before, Submission.erased_at.is_(None), *_waits_for_nothing()


def _practice(before: datetime) -> Sequence[ColumnElement[bool]]:
    return Submission.assignment_id.is_(None), Submission.created_at < before, *_waits_for_nothing()


def _waits_for_nothing() -> Sequence[ColumnElement[bool]]:
    """Done, and not to be graded again."""
    again = exists().where(RegradeItem.submission_id == Submission.id, RegradeItem.status.not_in(DONE))
    return Submission.status.in_(DONE), ~again


def _without_content(report: dict[str, Any]) -> dict[str, Any]:
    left = verdicts_only(Report.from_dict(report))
    gradients = tuple(replace(gradient, understood=None) for gradient in left.gradients)
    found: dict[str, Any] = replace(left, gradients=gradients, run=Run(left.run.status)).to_dict()
    return found
