"""The assignments of another course, as for the next term: everything is as it is there, and dates are moved by whole
days of the calendar. What was handed in, extensions and grades stay where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from service import exercises
from service.assigning import FieldErrors, hand_out
from service.authentication import Person
from service.database import reading, writing
from service.enrolment import lock
from service.exercises import HandedOut, own_exercises, stated
from service.forms import AssignmentFields
from service.language import _
from service.models import Assignment, Course

DATES = ("release_at", "due_at", "late_until")

_OTHERWISE = _("Something is handed in here to another exercise of the same name:")
_NOT_AS_THERE = _("This cannot be taken over as it is there. Look at its settings there, and save them:")


def sources(session: Session, person: Person, course_id: int) -> Sequence[Course]:
    """The other courses that the person teaches, the newest first."""
    taught = select(Course).where(Course.id.in_(person.teaches - {course_id})).order_by(Course.id.desc())
    return session.scalars(taught).all()


def copy_assignments(person: Person, course_id: int, values: Mapping[str, Any]) -> list[Assignment]:
    """The assignments of another `course` that the person teaches, made anew in this one, their dates `days` later by
    the clocks of the two courses. What it has already, by exercise and title, is left out; exercises of that course's
    own that it lacks are stored in it. Raises FieldErrors."""
    with reading() as session:
        source = next((c for c in sources(session, person, course_id) if c.id == values["course"]), None)
        if source is None:
            raise FieldErrors({"course": [_("Choose another course that you teach.")]})
        theirs = session.scalars(
            select(Assignment).where(Assignment.course_id == source.id).order_by(Assignment.id)
        ).all()
        used = {assignment.exercise for assignment in theirs}
        lacking = used - {stored.name for stored in own_exercises(session, course_id)}
        own = [stated(stored) for stored in own_exercises(session, source.id) if stored.name in lacking]
    for exercise in filter(None, own):
        try:
            exercises.store(person, course_id, exercise)
        except HandedOut:
            raise FieldErrors({"course": [_OTHERWISE, exercise.name]}) from None
    with writing() as session:
        lock(session, course_id)
        course = session.get_one(Course, course_id)
        here = session.execute(select(Assignment.exercise, Assignment.title).where(Assignment.course_id == course_id))
        known = {(exercise, title) for exercise, title in here}
        made = []
        for assignment in theirs:
            if (assignment.exercise, assignment.title) not in known:
                moved = _moved(assignment, source.zone, course.zone, values["days"])
                made.append(_handed_out(session, person, course_id, moved))
        if not made:
            raise FieldErrors({"course": [_("There is nothing that this course does not have already.")]})
        numbers = [assignment.id for assignment in made]
        every = select(Assignment).options(joinedload(Assignment.course)).where(Assignment.id.in_(numbers))
        return list(session.scalars(every.order_by(Assignment.id)))


def _handed_out(session: Session, person: Person, course_id: int, values: Mapping[str, Any]) -> Assignment:
    try:
        return hand_out(session, person, course_id, values)
    except FieldErrors:  # its exercise is not there any more, or asks for something else by now
        raise FieldErrors({"course": [_NOT_AS_THERE, values["title"]]}) from None


def _moved(assignment: Assignment, zone: str, new_zone: str, days: int) -> dict[str, Any]:
    values = {name: getattr(assignment, name) for name in AssignmentFields().fields}
    return values | {name: _later(at, zone, new_zone, days) for name in DATES if (at := values[name]) is not None}


def _later(at: datetime, zone: str, new_zone: str, days: int) -> datetime:
    """The same time of day so many days later, by the clocks of the new zone."""
    shown = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + timedelta(days=days)
    return shown.replace(tzinfo=ZoneInfo(new_zone)).astimezone(UTC)
