"""Practice on an exercise that is an open assignment obeys that assignment: it may be refused, or answered on the
worked example only, so that it is no way around the attempts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from grader import catalogue
from service.authentication import Person
from service.deadlines import deadlines_of
from service.exercises import exercise_named
from service.models import EVERYTHING, FULL, NONE, STUDENT, WORKED, Assignment
from service.visibility import shown

_STRICTEST_FIRST = (NONE, WORKED, FULL)


def practice_allowed(session: Session, person: Person, exercise: str, at: datetime) -> str:
    """NONE, WORKED or FULL: the strictest of what the assignments of that exercise say that are open at the time, in
    the courses where the person is a student."""
    studies = [course for course, role in person.roles.items() if role == STUDENT]
    found = (
        select(Assignment)
        .options(joinedload(Assignment.course))
        .where(Assignment.exercise == exercise, Assignment.practice != FULL, Assignment.course_id.in_(studies))
    )
    assignments = session.scalars(found).all()
    mine = deadlines_of(session, assignments, person.id)
    open_ = {
        item.practice
        for item in assignments
        if (item.release_at is None or item.release_at <= at) and not mine[item.id].closed(at)
    }
    return next((allowed for allowed in _STRICTEST_FIRST if allowed in open_), FULL)


def check_allowed(session: Session, person: Person, assignment: Assignment, at: datetime) -> str:
    """What practice answers about what somebody is about to hand in for the assignment. NONE also where its results
    are not wholly shown to them, and where practice would be on another exercise, being always on the catalogue's: on
    a variant, or on an exercise of the course's own."""
    given = exercise_named(session, assignment.course_id, assignment.exercise)
    known = catalogue().get(assignment.exercise)
    if given is None or known is None or given.digest != known.digest or assignment.variants:
        return NONE
    mine = deadlines_of(session, [assignment], person.id)[assignment.id]
    if assignment.course_id not in person.grades and shown(assignment, mine, at).what != EVERYTHING:
        return NONE
    return practice_allowed(session, person, assignment.exercise, at)
