"""Which mistakes a class makes, how often, by whom and when, by the reports that count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from service.models import Account, Assignment, Course, Mistake
from service.statistics import students_of

DAYS = 14


@dataclass(frozen=True)
class Made:
    """How often a mistake was made: in how many submissions, by how many students; `per_day` of the last DAYS days,
    the oldest first."""

    code: str
    submissions: int
    students: int
    per_day: Sequence[int] = ()


@dataclass(frozen=True)
class Maker:
    """A student who made a mistake: in how many submissions, and in which one last."""

    account_id: int
    name: str
    submissions: int
    newest: int


def made(
    session: Session,
    course: Course,
    at: datetime,
    assignment_id: int | None = None,
    code: str | None = None,
) -> list[Made]:
    """How often each mistake (or this one) was made in the course (or in one assignment): the one of most students
    first."""
    which = _mistakes_of(course.id, assignment_id, code)
    once = which.with_only_columns(
        Mistake.assignment_id, Mistake.code, Mistake.account_id, Mistake.submission_id, Mistake.at
    ).distinct()  # in the order of the index: nothing is sorted for it
    each = once.subquery().c
    submissions, students = func.count(), func.count(each.account_id.distinct())
    counts = (
        select(each.code, submissions, students)
        .group_by(each.code)
        .order_by(students.desc(), submissions.desc(), each.code)
    )
    rows = session.execute(counts).all()
    days = day_starts(course, at)
    lately = once.where(Mistake.at >= days[0]).subquery().c
    day = case(*((lately.at >= start, number) for number, start in reversed(list(enumerate(days)))), else_=0)
    per_day = select(lately.code, day.label("day"), func.count()).group_by(lately.code, "day")
    found: dict[str, list[int]] = defaultdict(lambda: [0] * DAYS)
    for of, number, count in session.execute(per_day):
        found[of][number] = count
    return [Made(of, many, by, found[of]) for of, many, by in rows]


def widespread(session: Session, course_id: int, most: int) -> list[tuple[str, int]]:
    """The mistakes that most students of the course made, at most so many, and by how many each."""
    of_course = select(Assignment.id).where(Assignment.course_id == course_id)
    made = select(Mistake.code, Mistake.account_id).where(Mistake.assignment_id.in_(of_course)).distinct()
    each, students = made.subquery().c, func.count()
    counts = select(each.code, students).where(each.account_id.in_(students_of(course_id))).group_by(each.code)
    counts = counts.order_by(students.desc(), each.code).limit(most)
    return [(code, count) for code, count in session.execute(counts)]


def makers(session: Session, course_id: int, code: str, assignment_id: int | None = None) -> list[Maker]:
    """Who made this mistake, those who made it most often first."""
    many = func.count(Mistake.submission_id.distinct())
    newest = func.max(Mistake.submission_id)
    made = (
        _mistakes_of(course_id, assignment_id, code)
        .with_only_columns(Mistake.account_id, Account.name, many, newest)
        .join(Account, Account.id == Mistake.account_id)
        .group_by(Mistake.account_id, Account.name)
        .order_by(many.desc(), Account.name, Mistake.account_id)
    )
    return [Maker(*row) for row in session.execute(made)]


def places(session: Session, course_id: int, code: str) -> list[tuple[int, str | None, int]]:
    """In which assignments and gradients this mistake was found, and in how many submissions."""
    many = func.count(Mistake.submission_id.distinct())
    found = (
        _mistakes_of(course_id, None, code)
        .with_only_columns(Mistake.assignment_id, Mistake.gradient, many)
        .group_by(Mistake.assignment_id, Mistake.gradient)
        .order_by(many.desc(), Mistake.assignment_id, Mistake.gradient)
    )
    return [(assignment, gradient, count) for assignment, gradient, count in session.execute(found)]


def day_starts(course: Course, at: datetime) -> list[datetime]:
    """When each of the last DAYS days began on the course's clocks, the present one last."""
    zone = ZoneInfo(course.zone)
    today = at.astimezone(zone).date()
    days = (today - timedelta(days=back) for back in reversed(range(DAYS)))
    return [datetime(day.year, day.month, day.day, tzinfo=zone) for day in days]


def _mistakes_of(course_id: int, assignment_id: int | None, code: str | None) -> Select[Any]:
    of_course = select(Assignment.id).where(Assignment.course_id == course_id)
    if assignment_id is not None:
        of_course = of_course.where(Assignment.id == assignment_id)
    student = (Mistake.account_id + 0).in_(students_of(course_id))  # a term: the index goes by assignments
    which = select(Mistake).where(Mistake.assignment_id.in_(of_course), student)
    return which if code is None else which.where(Mistake.code == code)
