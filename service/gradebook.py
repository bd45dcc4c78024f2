"""Where a class stands: what each student reached in each assignment, and which gradients are wrong.

The best attempt counts, by its points times what its time leaves of them: a later one that is worse takes nothing away.
Where the assignment says so, the last one counts. The gradients that are wrong are those of the newest report, because
that is where a student is now. A grade that a person gave goes before all that was computed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.orm import Session, joinedload

from service import outcomes
from service.deadlines import extended
from service.enrolment import known_as
from service.models import (
    DONE,
    LAST,
    STUDENT,
    Account,
    Assignment,
    Course,
    Enrolment,
    Extension,
    Mistake,
    Outcome,
    Override,
    Submission,
)


@dataclass(frozen=True)
class Result:
    """The newest report on one submission; `score` is in the assignment's points, of which a `late` one leaves the
    share `worth`."""

    submission_id: int
    attempt: int
    verdict: str
    score: float
    wrong: tuple[str, ...]
    worth: float = 1.0
    late: bool = False


@dataclass(frozen=True)
class Standing:
    """One student in one assignment: attempts made, how many of them still wait, the report that counts (the best or
    the last) and the newest, and the grade that a person gave, if one stands. What was computed is `hidden` from a
    student who is not to see results now."""

    attempts: int = 0
    waiting: int = 0
    best: Result | None = None
    newest: Result | None = None
    hidden: bool = False
    override: Override | None = None

    @property
    def computed(self) -> float | None:
        """What was reached by handing in, in the assignment's points; None before the first report."""
        return self.best.score if self.best else None

    @property
    def score(self) -> float | None:
        """What counts, in the assignment's points; None before the first report, where nobody gave a grade."""
        return self.override.score if self.override else self.computed

    @property
    def right(self) -> bool:
        """Whether all of it is right, by the report that counts."""
        return self.best is not None and self.best.verdict == "match"


@dataclass(frozen=True)
class Progress:
    """One student in the whole course: points out of the `possible` ones, assignments all `right`, and the `next`
    to work on, None at the end."""

    score: float
    possible: float
    right: int
    next: Assignment | None


@dataclass(frozen=True)
class Gradebook:
    """A course at a glance. `standings` has an entry for each pair (account id, assignment id) with an attempt or a
    grade that a person gave."""

    course: Course
    students: Sequence[Account]
    assignments: Sequence[Assignment]
    standings: Mapping[tuple[int, int], Standing] = field(default_factory=dict)

    def standing(self, account_id: int, assignment_id: int) -> Standing:
        """The student's standing in the assignment, also where nothing was handed in."""
        return self.standings.get((account_id, assignment_id), Standing())

    def total(self, account_id: int) -> float:
        """The student's points in the whole course."""
        return sum(self.standing(account_id, assignment.id).score or 0.0 for assignment in self.assignments)

    def progress(self, account_id: int, closed: Collection[int] = ()) -> Progress:
        """The student in the whole course; what is `closed`, or its result hidden, is not what comes next."""
        left = [item for item in self.assignments if not self.standing(account_id, item.id).right]
        next_ = [i for i in left if i.id not in closed and not self.standing(account_id, i.id).hidden]
        return Progress(
            score=self.total(account_id),
            possible=sum(assignment.points for assignment in self.assignments),
            right=len(self.assignments) - len(left),
            next=next_[0] if next_ else None,
        )


def gradebook(
    session: Session, course: Course, account_id: int | None = None, among: Collection[int] | None = None
) -> Gradebook:
    """The course's gradebook; with `account_id` only that student's row, with `among` only those of these students.
    Five queries, however many submissions."""
    among = among if account_id is None else [account_id]
    students = select(Account).join(Enrolment).where(Enrolment.course_id == course.id, Enrolment.role == STUDENT)
    assignments = select(Assignment).where(Assignment.course_id == course.id).order_by(Assignment.id)
    if among is not None:
        students = students.where(Account.id.in_(among))
    counts = (
        select(
            Submission.account_id,
            Assignment.id,
            func.count(),
            func.count().filter(Submission.status.not_in(DONE)),
        )
        .join(Assignment, Submission.assignment_id == Assignment.id)
        .where(Assignment.course_id == course.id)
        .group_by(Submission.account_id, Assignment.id)
    )
    if among is not None:
        counts = counts.where(Submission.account_id.in_(among))

    best: dict[tuple[int, int], Result] = {}
    newest: dict[tuple[int, int], Result] = {}
    for row in session.execute(_best_and_newest(course.id, among)):
        pair = (row.account_id, row.assignment_id)
        if row.by_counting == 1:
            best[pair] = _result(row)
        if row.by_attempt == 1:
            newest[pair] = _result(row)
    standings = {
        (student, assignment): Standing(
            attempts, waiting, best.get((student, assignment)), newest.get((student, assignment))
        )
        for student, assignment, attempts, waiting in session.execute(counts)
    }
    for override in session.scalars(overrides_in_force(course.id, among)):
        pair = (override.account_id, override.assignment_id)
        standings[pair] = replace(standings.get(pair, Standing()), override=override)
    return Gradebook(
        course,
        session.scalars(students.order_by(Account.name, Account.id)).all(),
        session.scalars(assignments).all(),
        standings,
    )


@dataclass(frozen=True)
class Line:
    """A submission in a list. `verdict`, `score` (in the assignment's points, `worth` applied) and `wrong` are of its
    newest report, None and empty before the first, or where they are `hidden` from a student."""

    submission_id: int
    account_id: int
    student: str
    assignment_id: int
    exercise: str
    title: str
    points: float
    attempt: int
    kind: str
    status: str
    created_at: datetime
    verdict: str | None
    score: float | None
    wrong: tuple[str, ...]
    worth: float = 1.0
    late: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Filters:
    """Which submissions of a course a list shows. `verdict` is a report's verdict, or "waiting"; `student` a part of
    the name or address; `mistake` the code of one that the report names."""

    assignment_id: int | None = None
    verdict: str | None = None
    student: str = ""
    account_id: int | None = None
    mistake: str = ""


def submissions(
    session: Session, course_id: int, filters: Filters, page: int = 1, per_page: int = 50
) -> tuple[list[Line], int]:
    """One page of the course's submissions, newest first, and how many there are on all pages."""
    which = _which(course_id, filters)
    total = session.execute(select(func.count()).select_from(which.subquery())).scalar_one()
    shown = which.order_by(Submission.id.desc()).limit(per_page).offset((page - 1) * per_page)
    return _lines(session, session.scalars(shown).all()), total


def newest(session: Session, course_id: int, most: int) -> list[Line]:
    """The course's newest submissions."""
    shown = _which(course_id, Filters()).order_by(Submission.id.desc()).limit(most)
    return _lines(session, session.scalars(shown).all())


def _lines(session: Session, numbers: Sequence[int]) -> list[Line]:
    rows = (
        select(
            Submission.id.label("submission_id"),
            Submission.account_id,
            Account.name.label("student"),
            Submission.assignment_id,
            Submission.exercise,
            Assignment.title,
            Assignment.points,
            Submission.attempt,
            Submission.kind,
            Submission.status,
            Submission.created_at,
            Outcome.verdict,
            (Assignment.sql_in_points(Outcome.score, Outcome.max_score) * Submission.worth).label("score"),
            Outcome.verdicts,
            Submission.worth,
            *_due(),
        )
        .join(Assignment, Submission.assignment_id == Assignment.id)
        .join(Account, Submission.account_id == Account.id)
        .outerjoin(Extension, _own_extension(Submission))
        .outerjoin(Outcome, Outcome.submission_id == Submission.id)
        .where(Submission.id.in_(numbers))
        .order_by(Submission.id.desc())
    )
    return [_line(row) for row in session.execute(rows)]


def _which(course_id: int, filters: Filters) -> Select[int]:
    of_course = select(Assignment.id).where(Assignment.course_id == course_id)
    which = select(Submission.id).where(Submission.assignment_id.in_(of_course))
    if filters.account_id is not None:
        which = which.where(Submission.account_id == filters.account_id)
    if filters.assignment_id is not None:
        which = which.where(Submission.assignment_id == filters.assignment_id)
    if filters.verdict == "waiting":
        which = which.where(Submission.status.not_in(DONE))
    elif filters.verdict:
        told = select(Outcome.submission_id).where(
            Outcome.assignment_id.in_(of_course), Outcome.verdict == filters.verdict
        )
        which = which.where(Submission.id.in_(told), Submission.status.in_(DONE))
    if filters.mistake:
        made = select(Mistake.submission_id).where(
            Mistake.assignment_id.in_(of_course), Mistake.code == filters.mistake
        )
        which = which.where(Submission.id.in_(made))
    if filters.student:
        which = which.where(Submission.account_id.in_(select(Account.id).where(known_as(course_id, filters.student))))
    return which


def _line(row: Any) -> Line:
    known = {name: value for name, value in row._mapping.items() if name not in ("due_at", "extended_to", "verdicts")}
    return Line(**{**known, "wrong": outcomes.wrong(row.verdicts or {})}, late=_late(row))


def _due() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return Assignment.due_at.label("due_at"), Extension.due_at.label("extended_to")


def _own_extension(of: type[Submission] | type[Outcome]) -> ColumnElement[bool]:
    return (Extension.assignment_id == of.assignment_id) & (Extension.account_id == of.account_id)


def _late(row: Any) -> bool:
    due_at = extended(row.due_at, row.extended_to)
    return due_at is not None and row.created_at > due_at


def _best_and_newest(course_id: int, among: Collection[int] | None) -> Select[Any]:
    """For each student and assignment the rows of the attempt that counts and of the newest graded one (often the
    same)."""
    pair = (Outcome.account_id, Outcome.assignment_id)
    score = Assignment.sql_in_points(Outcome.score, Outcome.max_score) * Outcome.worth
    counted = case((Assignment.counts == LAST, 1.0 * Outcome.attempt), else_=score)
    ranked = (
        select(
            *pair,
            Outcome.submission_id,
            Outcome.attempt,
            Outcome.at.label("created_at"),
            Outcome.verdict,
            Outcome.verdicts,
            score.label("score"),
            Outcome.worth,
            *_due(),
            func.row_number()
            .over(partition_by=pair, order_by=(counted.desc(), Outcome.attempt.desc()))
            .label("by_counting"),
            func.row_number().over(partition_by=pair, order_by=Outcome.attempt.desc()).label("by_attempt"),
        )
        .join(Assignment, Outcome.assignment_id == Assignment.id)
        .outerjoin(Extension, _own_extension(Outcome))
        .where(Assignment.course_id == course_id, Outcome.verdict != "ungraded")
    )
    if among is not None:
        ranked = ranked.where(Outcome.account_id.in_(among))
    rows = ranked.subquery("ranked")
    return select(rows).where((rows.c.by_counting == 1) | (rows.c.by_attempt == 1))


def overrides_in_force(course_id: int, among: Collection[int] | None = None) -> Select[Override]:
    """Those that stand, with their authors: of each student and assignment the newest, unless it was withdrawn."""
    of_course = select(Assignment.id).where(Assignment.course_id == course_id)
    newest = select(func.max(Override.id)).where(Override.assignment_id.in_(of_course))
    newest = newest.group_by(Override.assignment_id, Override.account_id)
    standing = (
        select(Override)
        .join(Assignment, Assignment.id == Override.assignment_id)
        .options(joinedload(Override.author))
        .where(Assignment.course_id == course_id, Override.id.in_(newest), Override.withdrawn_at.is_(None))
    )
    return standing if among is None else standing.where(Override.account_id.in_(among))


def _result(row: Row[Any]) -> Result:
    wrong = outcomes.wrong(row.verdicts)
    return Result(row.submission_id, row.attempt, row.verdict, row.score, wrong, row.worth, _late(row))
