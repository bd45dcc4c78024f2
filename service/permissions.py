"""Who may do what, for the API and the pages alike. What somebody may not read does not exist for them: NotFound.
Forbidden is only to change what they do read.

The people of a course are changed by its instructors and by administrators; its assistants may look. The course itself
and what it hands out are changed by its instructors; its assistants grade."""

from __future__ import annotations

from flask import request
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden, HTTPException, NotFound

from service import overrides
from service.authentication import Person
from service.models import Account, Assignment, Course
from service.submissions import find_assignment


def course_with_people(session: Session, person: Person, course_id: int) -> Course:
    """The course, whose people the person may see. Raises NotFound."""
    course = session.get(Course, course_id) if person.administrator or course_id in person.grades else None
    if course is None:
        raise NotFound
    return course


def course_to_manage(session: Session, person: Person, course_id: int) -> Course:
    """The course, whose people the person may change. Raises NotFound, or Forbidden where they see them."""
    course = course_with_people(session, person, course_id)
    if not manages(person, course_id):
        raise _refusal()
    return course


def course_with_codes(session: Session, person: Person, course_id: int) -> Course:
    """The course, whose join codes the person may see and change. Raises NotFound."""
    if not manages(person, course_id):
        raise NotFound
    return course_with_people(session, person, course_id)


def manages(person: Person, course_id: int) -> bool:
    """Whether the person may change who is in the course, and as what."""
    return person.administrator or course_id in person.teaches


def course_to_change(session: Session, person: Person, course_id: int) -> Course:
    """The course, which the person teaches. Raises NotFound, or Forbidden where they see it."""
    known = course_id in person.roles or person.administrator
    course = session.get(Course, course_id) if known else None
    if course is None:
        raise NotFound
    if course_id not in person.teaches:
        raise _refusal()
    return course


def assignment_to_change(session: Session, person: Person, assignment_id: int) -> Assignment:
    """The assignment, with its course, which the person teaches. Raises as `course_to_change`."""
    assignment = find_assignment(session, person, assignment_id)
    if assignment is None:
        raise NotFound
    if assignment.course_id not in person.teaches:
        raise _refusal()
    return assignment


def assignment_to_grade(session: Session, person: Person, assignment_id: int) -> Assignment:
    """The assignment, with its course, in which the person grades. Raises NotFound."""
    assignment = find_assignment(session, person, assignment_id)
    if assignment is None or assignment.course_id not in person.grades:
        raise NotFound
    return assignment


def grade_to_give(session: Session, person: Person, assignment_id: int, student_id: int) -> tuple[Assignment, Account]:
    """The assignment and the student, whose grade the person may give. Raises NotFound, or Forbidden where it is their
    own."""
    found = overrides.find(session, person, assignment_id, student_id)
    if found is None:
        raise NotFound
    if found[0].course_id not in person.grades:
        raise _refusal()
    return found


def require_grading(person: Person, course_id: int) -> None:
    """Raises NotFound unless the person is an assistant or an instructor there."""
    if course_id not in person.grades:
        raise NotFound


def require_teaching(person: Person, course_id: int) -> None:
    """Raises NotFound unless the person is an instructor there."""
    if course_id not in person.teaches:
        raise NotFound


def require_administrator(person: Person) -> None:
    """Raises NotFound for everybody else."""
    if not person.administrator:
        raise NotFound


def _refusal() -> HTTPException:
    """For somebody who sees what this request is about: a page or a file of it that is not for them is not there."""
    return Forbidden() if request.method not in ("GET", "HEAD") else NotFound()
