"""The assignments of another course, as for the next term: everything is as it is there, and dates are moved by whole
days of the calendar. What was handed in, extensions and grades stay where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from service.assigning import FieldErrors, hand_out
from service.authentication import Person
from service.enrolment import lock
from service.exercises import HandedOut, own_exercises, stated, store_in, storing
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
    return storing(lambda session: _copied(session, person, course_id, values))


def _copied(session: Session, person: Person, course_id: int, values: Mapping[str, Any]) -> list[Assignment]:
    source = next((c for c in sources(session, person, course_id) if c.id == values["course"]), None)
    if source is None:
        raise FieldErrors({"course": [_("Choose another course that you teach.")]})
    lock(session, course_id)
    course = session.get_one(Course, course_id)
    here = session.execute(select(Assignment.exercise, Assignment.title).where(Assignment.course_id == course_id))
    known = {(exercise, title) for exercise, title in here}
    theirs = session.scalars(select(Assignment).where(Assignment.course_id == source.id).order_by(Assignment.id))
    wanted = [assignment for assignment in theirs if (assignment.exercise, assignment.title) not in known]
    if not wanted:
        raise FieldErrors({"course": [_("There is nothing that this course does not have already.")]})
    _bring_exercises(session, person, course_id, source, {assignment.exercise for assignment in wanted})
    made = [
        _handed_out(session, person, course_id, _moved(assignment, source.zone, course.zone, values["days"])).id
        for assignment in wanted
    ]
    every = select(Assignment).options(joinedload(Assignment.course)).where(Assignment.id.in_(made))
    return list(session.scalars(every.order_by(Assignment.id)))


def _bring_exercises(session: Session, person: Person, course_id: int, source: Course, used: set[str]) -> None:
    """Those of the other course's own among the `used` that this one has none of."""
    lacking = used - {stored.name for stored in own_exercises(session, course_id)}
    for stored in own_exercises(session, source.id):
        exercise = stated(stored) if stored.name in lacking else None
        try:
            if exercise is not None:
                store_in(session, person, course_id, exercise)
        except HandedOut:
            raise FieldErrors({"course": [_OTHERWISE, stored.name]}) from None


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
