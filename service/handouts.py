"""What students are given of an exercise: which one a reader may see, and its files."""

from __future__ import annotations

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from grader import Exercise, markdown, notebook, skeleton
from service.authentication import Person
from service.configuration import settings
from service.exercises import exercise_named, exercise_of
from service.models import Assignment, Enrolment
from service.submissions import find_assignment

FORMS = {
    "md": (markdown, "text/markdown; charset=utf-8"),
    "py": (skeleton, "text/x-python; charset=utf-8"),
    "ipynb": (notebook, "application/x-ipynb+json"),
}


def given_to(account_id: int, assignment: Assignment) -> Exercise | None:
    """`exercises.exercise_of`, of this deployment."""
    return exercise_of(assignment, account_id, settings().trials_secret)


def find_exercise(
    session: Session,
    person: Person,
    name: str,
    course_id: int | None = None,
    assignment_id: int | None = None,
    student_id: int | None = None,
) -> Exercise | None:
    """The exercise of that name as the person may see it: of an assignment their own or, where they grade, a
    student's; that of a course where they grade; or the catalogue's."""
    if assignment_id is not None:
        assignment = find_assignment(session, person, assignment_id)
        if assignment is None or assignment.exercise != name:
            return None
        if student_id is None or student_id == person.id:
            return given_to(person.id, assignment)
        theirs = (Enrolment.course_id == assignment.course_id) & (Enrolment.account_id == student_id)
        known = assignment.course_id in person.grades and session.scalar(select(Enrolment.id).where(theirs))
        return given_to(student_id, assignment) if known else None
    if student_id is not None or (course_id is not None and course_id not in person.grades):
        return None
    return exercise_named(session, course_id, name)


def file(exercise: Exercise, form: str, language: str) -> Response:
    """The hand-out as a file to be kept; `form` is one of FORMS."""
    write, content_type = FORMS[form]
    response = Response(write(exercise, language), content_type=content_type)
    response.headers.set("Content-Disposition", "attachment", filename=f"{exercise.name}.{form}")
    return response
