"""Courses, assignments and extensions: made, changed, deleted, each change recorded in its own transaction.

What is written is loaded by a schema first, the same for the API and for forms; what fields say together is checked
here, against the exercise and what is stored. Messages are English; pages put them into their language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from grader import Exercise, PolicyError
from service.audit import change, record
from service.authentication import Person
from service.database import writing
from service.deadlines import extended, locked, weigh_again
from service.enrolment import lock
from service.exercises import exercise_named
from service.forms import A_PART
from service.language import _
from service.lti import links
from service.models import STUDENT, Assignment, Course, Enrolment, Extension, Override, Submission

_TIMES = ("due_at", "late_until", "late_policy")
_FIXED = ("exercise", "variants")

HANDED_IN = _("Something was handed in, or a grade given: it stays. To end it, set its times to the past.")

_POLICY = {
    "follow_through": _("Choose none, half or full."),
    **dict.fromkeys(("float32", "epsilon", "convention", "numerical_derivative"), A_PART),
}


class FieldErrors(Exception):
    """What cannot be used, by field: for each a list of messages."""

    def __init__(self, errors: Mapping[str, Any]) -> None:
        super().__init__(errors)
        self.errors = errors


class HandedIn(Exception):
    """It cannot be deleted: something was handed in, or a grade given."""


def make_course(person: Person, values: Mapping[str, Any]) -> Course:
    """A new course, with nobody in it."""
    with writing() as session:
        course = Course(**values)
        session.add(course)
        session.flush()
        record(session, person, "create", "course", course.id, course.id, after=dict(values))
        return course


def change_course(person: Person, course_id: int, values: Mapping[str, Any]) -> Course:
    """Other settings. Days of late policies are of the zone's calendar, so what is late is weighed again."""
    with writing() as session:
        lock(session, course_id)  # so that no assignment is made meanwhile
        course = session.get_one(Course, course_id)
        if change(session, person, "course", course_id, course_id, course, values) & {"zone"}:
            numbers = select(Assignment.id).where(Assignment.course_id == course_id).order_by(Assignment.id)
            for number in session.scalars(numbers).all():
                if (assignment := locked(session, number)) is not None:
                    weigh_again(session, assignment)
        return course


def make_assignment(person: Person, course_id: int, values: Mapping[str, Any]) -> Assignment:
    """A new assignment of the course. Without a title it has its exercise's. Raises FieldErrors."""
    with writing() as session:
        lock(session, course_id)
        assignment = hand_out(session, person, course_id, values)
        session.refresh(assignment, ["course"])
        return assignment


def hand_out(session: Session, person: Person, course_id: int, values: Mapping[str, Any]) -> Assignment:
    """The same within a transaction that has locked the course."""
    assignment = Assignment(course_id=course_id, **values)
    exercise = _checked(session, assignment)
    assignment.title = assignment.title or exercise.title["en"]
    session.add(assignment)
    session.flush()
    record(session, person, "create", "assignment", assignment.id, course_id, after=dict(values))
    return assignment


def change_assignment(person: Person, assignment_id: int, values: Mapping[str, Any]) -> Assignment | None:
    """The assignment with other values, what was handed in weighed again; None if it is not there any more. Raises
    FieldErrors."""
    with writing() as session, session.no_autoflush:
        assignment = locked(session, assignment_id)
        if assignment is None:
            return None
        other = {name for name in _FIXED if name in values and values[name] != getattr(assignment, name)}
        if other and _in_use(session, assignment):
            message = _("Something was handed in: this stays as it is. Make another assignment instead.")
            raise FieldErrors({name: [message] for name in other})
        changed = change(session, person, "assignment", assignment_id, assignment.course_id, assignment, values)
        _checked(session, assignment)
        if changed & set(_TIMES):
            weigh_again(session, assignment)
        session.flush()
        session.refresh(assignment, ["course"])
        return assignment


def delete_assignment(person: Person, assignment_id: int) -> None:
    """Deletes an assignment that nobody handed in to. Raises HandedIn."""
    with writing() as session:
        assignment = locked(session, assignment_id)
        if assignment is None:
            return
        if _in_use(session, assignment):
            raise HandedIn
        before = {column.key: getattr(assignment, column.key) for column in Assignment.__table__.columns}
        record(session, person, "delete", "assignment", assignment_id, assignment.course_id, before=before)
        session.execute(delete(Extension).where(Extension.assignment_id == assignment_id))
        links.forget_assignment(session, assignment_id)
        session.delete(assignment)


def extend(person: Person, assignment: Assignment, who: int | str, values: Mapping[str, Any]) -> Sequence[Extension]:
    """Gives an extension, in place of earlier ones, to a student of the course by the account's number, or to all of a
    section by its name; none where there is nobody. Raises FieldErrors."""
    meant = Enrolment.account_id == who if isinstance(who, int) else Enrolment.section == who
    with writing() as session, session.no_autoflush:
        current = locked(session, assignment.id)
        is_student = (Enrolment.course_id == assignment.course_id) & (Enrolment.role == STUDENT)
        students = session.scalars(select(Enrolment.account_id).where(is_student, meant).order_by(Enrolment.id)).all()
        if current is None or not students:
            return []
        _check_extension(current, values)
        return [_give(session, person, current, account_id, values) for account_id in students]


def _give(
    session: Session, person: Person, current: Assignment, account_id: int, values: Mapping[str, Any]
) -> Extension:
    extension = _extension(session, current.id, account_id)
    about = {"assignment_id": current.id, "account_id": account_id}
    if extension is None:
        extension = Extension(assignment_id=current.id, account_id=account_id, **values)
        session.add(extension)
        session.flush()
        record(session, person, "create", "extension", extension.id, current.course_id, **about, after=dict(values))
    else:
        change(session, person, "extension", extension.id, current.course_id, extension, values, **about)
    weigh_again(session, current, account_id)
    return extension


def withdraw_extension(person: Person, assignment: Assignment, account_id: int) -> bool:
    """Ends an extension; whether there was one. What was handed in meanwhile is weighed again."""
    with writing() as session:
        current = locked(session, assignment.id)
        extension = _extension(session, assignment.id, account_id)
        if current is None or extension is None:
            return False
        before = {name: getattr(extension, name) for name in ("due_at", "late_until", "more_attempts", "comment")}
        about = {"assignment_id": current.id, "account_id": account_id}
        record(session, person, "delete", "extension", extension.id, current.course_id, **about, before=before)
        session.delete(extension)
        weigh_again(session, current, account_id)
        return True


def _extension(session: Session, assignment_id: int, account_id: int) -> Extension | None:
    return session.scalar(
        select(Extension).where(Extension.assignment_id == assignment_id, Extension.account_id == account_id)
    )


def _in_use(session: Session, assignment: Assignment) -> bool:
    kept = (
        select(func.count()).where(Submission.assignment_id == assignment.id),
        select(func.count()).where(Override.assignment_id == assignment.id),
    )
    return any(session.execute(count).scalar_one() for count in kept)


def _checked(session: Session, assignment: Assignment) -> Exercise:
    """The assignment's exercise. Raises FieldErrors for what does not fit together."""
    errors: dict[str, Any] = {}
    exercise = exercise_named(session, assignment.course_id, assignment.exercise)
    if exercise is None:
        raise FieldErrors({"exercise": [_("There is no exercise of this name, in the course or in the catalogue.")]})
    release, due, late = assignment.release_at, assignment.due_at, assignment.late_until
    if release is not None and due is not None and not release < due:
        errors["due_at"] = [_("It has to be after the release.")]
    if late is not None and (due is None or late < due):
        errors["late_until"] = [_("It has to be after the due date, so it needs one.")]
    if assignment.late_policy is not None and due is None:
        errors["late_policy"] = [_("Nothing is late without a due date.")]
    if assignment.interfaces is not None and (
        not assignment.interfaces or set(assignment.interfaces) - set(exercise.ways)
    ):
        errors["interfaces"] = [_("Choose at least one of the ways that the exercise has.")]
    try:
        exercise.handed_out(assignment.policy)
    except PolicyError as error:
        errors["policy"] = {error.name: [_POLICY.get(error.name, str(error))]}
    if errors:
        raise FieldErrors(errors)
    return exercise


def _check_extension(assignment: Assignment, values: Mapping[str, Any]) -> None:
    errors: dict[str, Any] = {}
    due, late = values["due_at"], values["late_until"]
    if due is not None and (assignment.due_at is None or due <= assignment.due_at):
        errors["due_at"] = [_("It has to be after the due date of everybody, so there has to be one.")]
    own = extended(assignment.due_at, due)
    if late is not None and (own is None or late < own):
        errors["late_until"] = [_("It has to be after the due date, so it needs one.")]
    if due is None and late is None and not values["more_attempts"]:
        errors["due_at"] = [_("Give more time, or more attempts.")]
    if errors:
        raise FieldErrors(errors)
