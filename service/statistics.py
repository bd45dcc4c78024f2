"""How a class does: who handed in, what they reached, how long it took them, which gradients are wrong.

Everything is of the course's students, and by the reports that count. `ungraded` ones, our fault, are not among them.
A student counts as right in an assignment since their first attempt with everything right.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import CursorResult, Select, case, func, select
from sqlalchemy.orm import Session

from service import outcomes
from service.gradebook import overrides_in_force
from service.models import (
    GRADED,
    GRADING,
    LAST,
    QUEUED,
    STUDENT,
    Account,
    Assignment,
    Enrolment,
    Outcome,
    Submission,
)

BINS = 10


class Reached(NamedTuple):
    """One student in one assignment: `part` of its points, by the attempt that counts and what its time leaves, or by
    the grade that a person gave; None before the first report. The attempt that was the first all right, if any; and
    how long after the first one it was made."""

    part: float | None
    right_attempt: int | None = None
    right_after: timedelta | None = None


@dataclass(frozen=True)
class Figures:
    """A class in one assignment. `parts` are of those who have a report or a grade; `attempts` and `times` of those
    who have had everything right."""

    students: int
    handed_in: int
    waiting: int
    parts: Sequence[float]
    attempts: Sequence[int]
    times: Sequence[timedelta]

    @property
    def right(self) -> int:
        """How many have had everything right."""
        return len(self.attempts)

    @property
    def mean_part(self) -> float | None:
        """The mean part of the points, of those who have a report or a grade."""
        return sum(self.parts) / len(self.parts) if self.parts else None

    @property
    def usual_attempts(self) -> float | None:
        """The median number of attempts until everything was right."""
        return median(self.attempts) if self.attempts else None

    @property
    def usual_time(self) -> timedelta | None:
        """The median time from the first attempt to the first one with everything right."""
        return timedelta(seconds=median(time.total_seconds() for time in self.times)) if self.times else None


@dataclass(frozen=True)
class Work:
    """What was handed in in a course: the ids of its `students`, and how many submissions there are by assignment and
    account, be it a student's or not."""

    students: frozenset[int]
    counts: Mapping[int | None, Mapping[int, int]]

    @cached_property
    def begun(self) -> frozenset[int]:
        """The students who have handed in anything."""
        return self.students & frozenset[int]().union(*self.counts.values())


@dataclass(frozen=True)
class State:
    """What is going on: in the course, and in the queue that all courses share."""

    students: int
    handed_in: int
    submissions: int
    waiting: int
    queued: int
    grading: int


@dataclass(frozen=True)
class Row:
    """One student in the matrix of an assignment: the newest submission with a report, and the verdict on each
    gradient there; where there is none, what became of what was handed in (`status`). `part` of the points is what
    counts, whichever attempt or person it is from; None before the first report or grade."""

    account_id: int
    name: str
    email: str
    submission_id: int | None = None
    attempt: int | None = None
    verdict: str | None = None
    part: float | None = None
    verdicts: Mapping[str, str] | None = None
    status: str | None = None

    @property
    def wrong(self) -> int:
        """How many gradients are to be mended."""
        return len(outcomes.wrong(self.verdicts or {}))


def histogram(parts: Collection[float]) -> list[int]:
    """How many of the parts lie in each of BINS equal steps from 0 to 1; the last one takes in 1 and what is more."""
    counted = Counter(min(int(part * BINS + 1e-9), BINS - 1) for part in parts)
    return [counted[step] for step in range(BINS)]


def students_of(course_id: int) -> Select[int]:
    """The ids of the course's students."""
    return select(Enrolment.account_id).where(Enrolment.course_id == course_id, Enrolment.role == STUDENT)


def _plain(session: Session, rows: Select[*tuple[Any, ...]]) -> CursorResult[*tuple[Any, ...]]:
    """The rows as the database answers them: thousands of them take the ORM, which has nothing to do with columns
    alone, as long as the database."""
    return session.connection().execute(rows)


def work(session: Session, course_id: int) -> Work:
    """By an index alone."""
    of_course = select(Assignment.id).where(Assignment.course_id == course_id)
    pair = (Submission.assignment_id, Submission.account_id)
    counted = select(*pair, func.count()).where(Submission.assignment_id.in_(of_course)).group_by(*pair)
    counts: dict[int | None, dict[int, int]] = defaultdict(dict)
    for assignment, account, count in _plain(session, counted):
        counts[assignment][account] = count
    return Work(frozenset(session.scalars(students_of(course_id))), counts)


def state(session: Session, course_id: int, done: Work) -> State:
    """What is going on."""
    of_course = select(Assignment.id).where(Assignment.course_id == course_id)
    mine = Submission.assignment_id.in_(of_course)
    open_ = session.execute(
        select(Submission.status, func.count(), func.count().filter(mine))
        .where(Submission.status.in_((QUEUED, GRADING)))
        .group_by(Submission.status)
    ).all()
    in_hand = {status: count for status, count, _ in open_}
    return State(
        len(done.students),
        len(done.begun),
        sum(sum(by_account.values()) for by_account in done.counts.values()),
        sum(own for _, _, own in open_),
        in_hand.get(QUEUED, 0),
        in_hand.get(GRADING, 0),
    )


def reached(
    session: Session, course_id: int, assignments: Sequence[Assignment], times: bool = False
) -> dict[int, dict[int, Reached]]:
    """By assignment and student; without `times` nobody's are looked up."""
    numbers = [item.id for item in assignments]
    pair = (Outcome.assignment_id, Outcome.account_id)
    part = case((Outcome.max_score == 0, 0.0), else_=Outcome.score * Outcome.worth / Outcome.max_score)
    right = Outcome.verdict == "match"
    told = (
        select(
            *pair,
            func.max(part),
            func.min(case((right, Outcome.attempt))),
            *([func.min(Outcome.at), func.min(case((right, Outcome.at)))] if times else []),
        )
        .where(Outcome.assignment_id.in_(numbers), Outcome.verdict != "ungraded")
        .group_by(*pair)
    )
    students = set(session.scalars(students_of(course_id)))
    found: dict[int, dict[int, Reached]] = defaultdict(dict)
    for assignment, account, best, attempt, *moments in _plain(session, told):
        if account not in students:
            continue
        after = moments[1] - moments[0] if times and moments[1] is not None else None
        found[assignment][account] = Reached(best, attempt, after)
    _let_the_last_count(session, assignments, found)
    points = {item.id: item.points for item in assignments}
    for given in session.scalars(overrides_in_force(course_id)):
        if given.assignment_id in points and given.account_id in students:
            known = found[given.assignment_id].get(given.account_id, Reached(None))
            worth = given.score / points[given.assignment_id] if points[given.assignment_id] else 0.0
            found[given.assignment_id][given.account_id] = Reached(worth, known.right_attempt, known.right_after)
    return found


def _let_the_last_count(
    session: Session, assignments: Sequence[Assignment], found: dict[int, dict[int, Reached]]
) -> None:
    numbers = [item.id for item in assignments if item.counts == LAST]
    if not numbers:
        return
    for row in session.execute(_newest(numbers)):
        known = found[row.assignment_id].get(row.account_id)
        if known is not None:
            part = row.score * row.worth / row.max_score if row.max_score else 0.0
            found[row.assignment_id][row.account_id] = Reached(part, known.right_attempt, known.right_after)


def _newest(numbers: Sequence[int]) -> Select[Any]:
    """Of each student in these assignments the newest outcome."""
    pair = (Outcome.assignment_id, Outcome.account_id)
    last = (
        select(*pair, func.max(Outcome.attempt).label("attempt"))
        .where(Outcome.assignment_id.in_(numbers), Outcome.verdict != "ungraded")
        .group_by(*pair)
        .subquery()
    )
    columns = (
        *pair, Outcome.submission_id, Outcome.attempt, Outcome.verdict, Outcome.score, Outcome.max_score,
        Outcome.worth, Outcome.verdicts,
    )  # fmt: skip
    return select(*columns).join(
        last,
        (last.c.assignment_id == Outcome.assignment_id)
        & (last.c.account_id == Outcome.account_id)
        & (last.c.attempt == Outcome.attempt),
    )


def handed_in(session: Session, done: Work, numbers: Sequence[int]) -> dict[int, tuple[int, int]]:
    """By assignment: how many students handed in, and how many submissions of theirs wait."""
    open_ = select(Submission.assignment_id, Submission.account_id).where(Submission.status.in_((QUEUED, GRADING)))
    waiting = Counter(number for number, account in session.execute(open_) if account in done.students)
    return {number: (len(done.students & done.counts.get(number, {}).keys()), waiting[number]) for number in numbers}


def figures(students: int, counted: tuple[int, int], reached_by: Mapping[int, Reached]) -> Figures:
    """The class in one assignment, from what `handed_in` and `reached` answered."""
    every = reached_by.values()
    return Figures(
        students,
        *counted,
        parts=[item.part for item in every if item.part is not None],
        attempts=[item.right_attempt for item in every if item.right_attempt is not None],
        times=[item.right_after for item in every if item.right_after is not None],
    )


def totals(assignments: Sequence[Assignment], found: Mapping[int, Mapping[int, Reached]]) -> dict[int, float]:
    """By student who has anything: the part of all points of the course."""
    possible = sum(item.points for item in assignments)
    sums: dict[int, float] = defaultdict(float)
    for item in assignments:
        for account, one in found.get(item.id, {}).items():
            sums[account] += (one.part or 0.0) * item.points
    return {account: total / possible if possible else 0.0 for account, total in sums.items()}


def matrix(session: Session, course_id: int, assignment: Assignment, reached_by: Mapping[int, Reached]) -> list[Row]:
    """The course's students by name, with where each is in the assignment now; and with what counts, from what
    `reached` answered."""
    newest = {row.account_id: row for row in session.execute(_newest([assignment.id]))}
    without = select(Submission.account_id, Submission.status).order_by(Submission.id)
    without = without.where(Submission.assignment_id == assignment.id, Submission.status != GRADED)
    status = {account: found for account, found in session.execute(without)}
    people = (
        select(Account.id, Account.name, Account.email)
        .where(Account.id.in_(students_of(course_id)))
        .order_by(Account.name, Account.id)
    )
    rows = []
    for number, name, email in session.execute(people):
        row, part = newest.get(number), reached_by.get(number, Reached(None)).part
        if row is None:
            rows.append(Row(number, name, email, part=part, status=status.get(number)))
        else:
            rows.append(Row(number, name, email, row.submission_id, row.attempt, row.verdict, part, row.verdicts))
    return rows


def by_gradient(rows: Sequence[Row]) -> dict[str, tuple[int, int]]:
    """Of each gradient how many have it wrong by their newest report, of how many whose code could be graded."""
    wrong, ran = Counter[str](), Counter[str]()
    for row in rows:
        if row.verdicts and row.verdict != "not_run":
            ran.update(row.verdicts.keys())
            wrong.update(outcomes.wrong(row.verdicts))
    return {name: (wrong[name], count) for name, count in ran.items()}


def hardest(counted: Mapping[str, tuple[int, int]]) -> list[str]:
    """The gradients that the greatest part has wrong; none where that is true of all that anybody was asked for."""
    parts = {name: wrong / ran for name, (wrong, ran) in counted.items() if ran}
    most = max(parts.values(), default=0.0)
    worst = [name for name, part in parts.items() if part == most]
    return worst if len(worst) < len(parts) else []


def absent(session: Session, done: Work) -> list[tuple[str, str]]:
    """Name and address of the students who have not handed in anything."""
    people = (
        select(Account.name, Account.email)
        .where(Account.id.in_(done.students - done.begun))
        .order_by(Account.name, Account.id)
    )
    return [(name, email) for name, email in session.execute(people)]
