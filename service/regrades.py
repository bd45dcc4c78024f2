"""Grading again: which submissions of a course, how far it is, and what it changed. The work is done in `regrading`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from service import audit
from service.authentication import Person
from service.configuration import settings
from service.database import AT_ONCE, batches, paged, reading, writing
from service.enrolment import lock
from service.exercises import exercise_of
from service.models import (
    DONE,
    GRADED,
    QUEUED,
    UNGRADED,
    Account,
    Assignment,
    Regrade,
    RegradeItem,
    StoredReport,
    Submission,
)
from service.tasks import deliver_again, queue

CHANGED, FAILED = "changed", "failed"

_Old, _New = aliased(StoredReport), aliased(StoredReport)


class NothingToRegrade(Exception):
    """No submission of the course that is graded already is in the scope."""


@dataclass(frozen=True)
class Scope:
    """Which submissions of a course: those of which all that is given here is true. `outdated` are those that were not
    graded with the present version of their exercise: with another, or by our own failure with none."""

    submission_id: int | None = None
    account_id: int | None = None
    assignment_id: int | None = None
    outdated: bool = False


@dataclass(frozen=True)
class Progress:
    """How many items a regrade has, how many are done, how many of those failed and how many changed the grade."""

    total: int
    done: int
    failed: int
    changed: int

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.done == self.total


@dataclass(frozen=True)
class Item:
    """One submission graded again. Verdicts and scores are None before there are any; scores are in the assignment's
    points, less what a late one loses. Where `status` is "ungraded", we failed, and the old report is in force."""

    id: int
    submission_id: int
    account_id: int
    student: str
    assignment_id: int
    title: str
    exercise: str
    points: float
    attempt: int
    status: str
    old_report_id: int | None
    old_verdict: str | None
    old_score: float | None
    new_report_id: int | None
    new_verdict: str | None
    new_score: float | None
    changed: bool


def ask(person: Person, course_id: int, scope: Scope, reason: str) -> tuple[Regrade, bool]:
    """Has what is in the scope graded again, in the background; the regrade, and whether it is a new one: if one that
    has not begun yet has the very same to do, it is that one. Raises NothingToRegrade."""
    with reading() as session:
        wanted = _fitting(session, course_id, scope)
    if not wanted:
        raise NothingToRegrade
    with writing() as session:
        lock(session, course_id)  # one at a time asks
        kept = _kept(session, wanted)
        if not kept:
            raise NothingToRegrade
        waiting = _not_begun(session, course_id, kept)
        if waiting is not None:
            return waiting, False
        made = Regrade(course_id=course_id, author_id=person.id, reason=reason)
        session.add(made)
        session.flush()
        row = {"regrade_id": made.id, "status": QUEUED, "tries": 0}
        session.execute(insert(RegradeItem), [{**row, "submission_id": number} for number in kept])
        items = select(RegradeItem.id).where(RegradeItem.regrade_id == made.id).order_by(RegradeItem.id)
        first = session.scalars(items.limit(AT_ONCE)).all()
        told = {**vars(scope), "reason": reason, "submissions": len(kept)}
        audit.record(session, person, "create", "regrade", made.id, course_id, **told)
    deliver_again(queue(), first)  # whoever asks does not wait for the rest: the sweep delivers it
    return made, True


def find(session: Session, person: Person, regrade_id: int) -> Regrade | None:
    """The regrade with its author, if the person grades in its course."""
    return session.scalar(
        select(Regrade)
        .options(joinedload(Regrade.author))
        .where(Regrade.id == regrade_id, Regrade.course_id.in_(person.grades))
    )


def regrades_of(session: Session, course_id: int, page: int = 1, per_page: int = 50) -> tuple[list[Regrade], int]:
    """One page of the course's regrades, newest first, and how many there are on all pages."""
    every = select(Regrade).options(joinedload(Regrade.author)).where(Regrade.course_id == course_id)
    shown, total = paged(session, every.order_by(Regrade.id.desc()), page, per_page)
    return list(shown.scalars()), total


def progress(session: Session, regrades: Iterable[int]) -> Mapping[int, Progress]:
    """How far each of them is, by its number."""
    counted = _compared(
        RegradeItem.regrade_id,
        func.count(),
        func.count().filter(RegradeItem.status.in_(DONE)),
        func.count().filter(RegradeItem.status == UNGRADED),
        func.count().filter(_changed()),
    )
    rows = session.execute(counted.where(RegradeItem.regrade_id.in_(regrades)).group_by(RegradeItem.regrade_id))
    return {row[0]: Progress(*row[1:]) for row in rows}


def items(
    session: Session, regrade_id: int, only: str | None = None, page: int = 1, per_page: int = 50
) -> tuple[list[Item], int]:
    """One page of what the regrade compares, and how much there is on all pages: `only` what "changed", or "failed"."""
    rows = _compared(
        RegradeItem.id,
        RegradeItem.submission_id,
        Submission.account_id,
        Account.name.label("student"),
        Submission.assignment_id,
        Assignment.title,
        Submission.exercise,
        Assignment.points,
        Submission.attempt,
        RegradeItem.status,
        RegradeItem.old_report_id,
        _Old.verdict.label("old_verdict"),
        Submission.sql_points(_Old).label("old_score"),
        RegradeItem.new_report_id,
        _New.verdict.label("new_verdict"),
        Submission.sql_points(_New).label("new_score"),
        _changed().label("changed"),
    )
    rows = rows.join(Account, Account.id == Submission.account_id).where(RegradeItem.regrade_id == regrade_id)
    if only == CHANGED:
        rows = rows.where(_changed())
    elif only == FAILED:
        rows = rows.where(RegradeItem.status == UNGRADED)
    shown, total = paged(session, rows.order_by(RegradeItem.id), page, per_page)
    return [Item(**row._mapping) for row in shown], total


def _compared(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(RegradeItem)
        .join(Submission, Submission.id == RegradeItem.submission_id)
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .outerjoin(_Old, _Old.id == RegradeItem.old_report_id)
        .outerjoin(_New, _New.id == RegradeItem.new_report_id)
    )


def _changed() -> ColumnElement[bool]:
    """Whether the verdict or the points are others; False, not NULL, before there are two reports."""
    other = or_(
        _Old.verdict != _New.verdict, func.abs(Submission.sql_points(_New) - Submission.sql_points(_Old)) > 1e-9
    )
    return and_(RegradeItem.status == GRADED, or_(_Old.id.is_(None), other))


def _fitting(session: Session, course_id: int, scope: Scope) -> list[int]:
    newest = select(func.max(_New.id)).where(_New.submission_id == Submission.id).scalar_subquery()
    digest = StoredReport.report["exercise_digest"].as_string()
    rows = (
        select(Submission.id, Submission.account_id, Submission.status, Assignment, digest)
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .outerjoin(StoredReport, StoredReport.id == newest)
        .where(Assignment.course_id == course_id, Submission.status.in_(DONE), Submission.erased_at.is_(None))
        .order_by(Submission.id)
    )
    if scope.submission_id is not None:
        rows = rows.where(Submission.id == scope.submission_id)
    if scope.account_id is not None:
        rows = rows.where(Submission.account_id == scope.account_id)
    if scope.assignment_id is not None:
        rows = rows.where(Submission.assignment_id == scope.assignment_id)
    found = session.execute(rows).all()
    if not scope.outdated:
        return [row[0] for row in found]

    @cache
    def present(assignment: Assignment, account_id: int | None) -> str | None:
        exercise = exercise_of(assignment, account_id or 0, settings().trials_secret)
        return exercise.digest if exercise is not None else None

    fitting = []
    for number, account_id, status, assignment, graded_with in found:
        wanted = present(assignment, account_id if assignment.variants else None)
        if wanted is not None and (status == UNGRADED or graded_with != wanted):
            fitting.append(number)
    return fitting


def _kept(session: Session, wanted: Sequence[int]) -> Sequence[int]:
    """Those of the submissions that were not erased meanwhile, nor are until the transaction ends."""
    kept = select(Submission.id).where(Submission.erased_at.is_(None)).order_by(Submission.id)
    kept = kept.with_for_update(read=True, key_share=True)
    return [number for batch in batches(wanted) for number in session.scalars(kept.where(Submission.id.in_(batch)))]


def _not_begun(session: Session, course_id: int, wanted: Sequence[int]) -> Regrade | None:
    """The regrade of which every item still waits, and which has exactly these submissions; None without one."""
    waiting = (
        select(RegradeItem.regrade_id).join(Regrade).where(Regrade.course_id == course_id, RegradeItem.status == QUEUED)
    )
    found: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = select(RegradeItem.regrade_id, RegradeItem.submission_id, RegradeItem.status)
    for row in session.execute(rows.where(RegradeItem.regrade_id.in_(waiting))):
        found[row.regrade_id].append((row.submission_id, row.status))
    same = {(number, QUEUED) for number in wanted}
    return next((session.get_one(Regrade, number) for number, rows in found.items() if set(rows) == same), None)
