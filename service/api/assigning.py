"""Courses, what they hand out until when, and who has more time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, g
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import assigning, copying
from service.api.blueprint import Blueprint, Page
from service.api.bodies import documented, loaded
from service.api.schemas.courses import AssignmentSchema, CourseSchema, ExtendedSchema, ExtensionSchema, OfSection
from service.arrival import arrived_at
from service.assigning import FieldErrors, HandedIn
from service.database import reading
from service.deadlines import Situation, deadlines, situations
from service.errors import ApiError, invalid
from service.forms import AssignmentChanges, AssignmentFields, CopyFields, CourseChanges, CourseFields, ExtensionFields
from service.models import Account, Assignment, Course, Extension
from service.permissions import assignment_to_change, assignment_to_grade, course_to_change, require_administrator
from service.submissions import assignments_of, find_assignment

blueprint = Blueprint(
    "assigning", __name__, description="Courses, what they hand out until when, and who has more time."
)

NAMES = tuple(AssignmentFields().fields)


@blueprint.route("/courses")
@blueprint.response(200, CourseSchema(many=True))
@blueprint.paginate(Page)
def list_courses() -> Sequence[Course]:
    """The courses that one is enrolled in; for an administrator, all."""
    courses = select(Course).order_by(Course.id)
    if not g.person.administrator:
        courses = courses.where(Course.id.in_(g.person.roles))
    with reading() as session:
        return session.scalars(courses).all()


@blueprint.route("/courses", methods=["POST"])
@documented(CourseFields)
@blueprint.response(201, CourseSchema)
@blueprint.refuses(404)
def make_course() -> Course:
    """Make a course. For administrators, who then say who teaches it."""
    require_administrator(g.person)
    return assigning.make_course(g.person, loaded(CourseFields()))


@blueprint.route("/courses/<int:course_id>")
@blueprint.response(200, CourseSchema)
def show_course(course_id: int) -> Course:
    """A course that one is enrolled in, or administers."""
    known = course_id in g.person.roles or g.person.administrator
    with reading() as session:
        course = session.get(Course, course_id) if known else None
    if course is None:
        abort(404)
    return course


@blueprint.route("/courses/<int:course_id>", methods=["PATCH"])
@documented(CourseChanges)
@blueprint.response(200, CourseSchema)
@blueprint.refuses(403)
def change_course(course_id: int) -> Course:
    """Change the settings of a course that one teaches. Times stay the instants that they are."""
    with reading() as session:
        course_to_change(session, g.person, course_id)
    return assigning.change_course(g.person, course_id, loaded(CourseChanges()))


@blueprint.route("/assignments")
@blueprint.response(200, AssignmentSchema(many=True))
@blueprint.paginate(Page)
def list_assignments() -> list[dict[str, Any]]:
    """The assignments of one's courses; for students, those that are released."""
    with reading() as session:
        return _shown(session, assignments_of(session, g.person))


@blueprint.route("/courses/<int:course_id>/assignments", methods=["POST"])
@documented(AssignmentFields)
@blueprint.response(201, AssignmentSchema)
@blueprint.refuses(403)
def make_assignment(course_id: int) -> dict[str, Any]:
    """Hand out an exercise in a course that one teaches."""
    with reading() as session:
        course_to_change(session, g.person, course_id)
    values = loaded(AssignmentFields())
    return _written_down(lambda: assigning.make_assignment(g.person, course_id, values))


@blueprint.route("/courses/<int:course_id>/assignments/copies", methods=["POST"])
@documented(CopyFields)
@blueprint.response(201, AssignmentSchema(many=True))
@blueprint.refuses(403)
def copy_assignments(course_id: int) -> list[dict[str, Any]]:
    """Take over the assignments of another course that one teaches, with all dates so many days later. What the course
    has already, by exercise and title, is left out."""
    with reading() as session:
        course_to_change(session, g.person, course_id)
    try:
        made = copying.copy_assignments(g.person, course_id, loaded(CopyFields()))
    except FieldErrors as error:
        raise invalid(error.errors) from None
    with reading() as session:
        return _shown(session, made)


@blueprint.route("/assignments/<int:assignment_id>")
@blueprint.response(200, AssignmentSchema)
def show_assignment(assignment_id: int) -> dict[str, Any]:
    """An assignment, and what holds for oneself in it."""
    with reading() as session:
        assignment = find_assignment(session, g.person, assignment_id)
        return _shown(session, [assignment if assignment is not None else abort(404)])[0]


@blueprint.route("/assignments/<int:assignment_id>", methods=["PATCH"])
@documented(AssignmentChanges)
@blueprint.response(200, AssignmentSchema)
@blueprint.refuses(403)
def change_assignment(assignment_id: int) -> dict[str, Any]:
    """Change an assignment; what is late is weighed again. Exercise and variants stay once something was handed in."""
    with reading() as session:
        assignment_to_change(session, g.person, assignment_id)
    values = loaded(AssignmentChanges())
    return _written_down(lambda: assigning.change_assignment(g.person, assignment_id, values))


@blueprint.route("/assignments/<int:assignment_id>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.refuses(403, 409)
def delete_assignment(assignment_id: int) -> None:
    """Delete an assignment that nobody handed in to."""
    with reading() as session:
        assignment_to_change(session, g.person, assignment_id)
    try:
        assigning.delete_assignment(g.person, assignment_id)
    except HandedIn:
        raise ApiError(409, "handed_in", assigning.HANDED_IN) from None


@blueprint.route("/assignments/<int:assignment_id>/extensions")
@blueprint.response(200, ExtensionSchema(many=True))
@blueprint.paginate(Page)
def list_extensions(assignment_id: int) -> list[dict[str, Any]]:
    """Who has more time or attempts. For those who grade."""
    with reading() as session:
        assignment = assignment_to_grade(session, g.person, assignment_id)
        given = select(Extension, Account).join(Account, Account.id == Extension.account_id)
        given = given.where(Extension.assignment_id == assignment_id).order_by(Extension.id)
        return [_extension(assignment, extension, student) for extension, student in session.execute(given)]


@blueprint.route("/assignments/<int:assignment_id>/extensions", methods=["PUT"])
@blueprint.arguments(OfSection, location="query")
@documented(ExtensionFields)
@blueprint.response(200, ExtendedSchema)
def extend_section(arguments: dict[str, Any], assignment_id: int) -> dict[str, int]:
    """Give each student of a section more time or attempts, in place of their earlier extensions."""
    _, extensions = _extended(assignment_id, arguments["section"])
    return {"students": len(extensions)}


@blueprint.route("/assignments/<int:assignment_id>/extensions/<int:account_id>", methods=["PUT"])
@documented(ExtensionFields)
@blueprint.response(200, ExtensionSchema)
def extend(assignment_id: int, account_id: int) -> dict[str, Any]:
    """Give a student more time or attempts, in place of an earlier extension. What they handed in is weighed again."""
    assignment, (extension,) = _extended(assignment_id, account_id)
    with reading() as session:
        return _extension(assignment, extension, session.get_one(Account, account_id))


@blueprint.route("/assignments/<int:assignment_id>/extensions/<int:account_id>", methods=["DELETE"])
@blueprint.response(204)
def withdraw_extension(assignment_id: int, account_id: int) -> None:
    """End an extension. What was handed in in its time may be late again."""
    with reading() as session:
        assignment = assignment_to_grade(session, g.person, assignment_id)
    if not assigning.withdraw_extension(g.person, assignment, account_id):
        abort(404)


def _extended(assignment_id: int, who: int | str) -> tuple[Assignment, Sequence[Extension]]:
    with reading() as session:
        assignment = assignment_to_grade(session, g.person, assignment_id)
    values = loaded(ExtensionFields())
    try:
        extensions = assigning.extend(g.person, assignment, who, values)
    except FieldErrors as error:
        raise invalid(error.errors) from None
    if not extensions:
        abort(404)
    return assignment, extensions


def _written_down(write: Callable[[], Assignment | None]) -> dict[str, Any]:
    try:
        assignment = write()
    except FieldErrors as error:
        raise invalid(error.errors) from None
    if assignment is None:
        abort(404)
    with reading() as session:
        return _shown(session, [assignment])[0]


def _shown(session: Session, assignments: Sequence[Assignment]) -> list[dict[str, Any]]:
    mine = situations(session, assignments, g.person.id)
    return [
        {
            **{name: getattr(assignment, name) for name in ("id", *NAMES)},
            "course": assignment.course,
            "role": g.person.roles[assignment.course_id],
            "attempts_spent": mine[assignment.id].spent,
            "own": _own(mine[assignment.id]),
        }
        for assignment in assignments
    ]


def _own(mine: Situation) -> dict[str, Any]:
    refusal = mine.refusal(arrived_at())
    return {
        "due_at": mine.deadlines.due_at,
        "closes_at": mine.deadlines.closes_at,
        "attempts_left": mine.attempts_left,
        "worth": mine.deadlines.worth(arrived_at()),
        "refused": refusal.code if refusal else None,
        "retry_after": refusal.seconds if refusal and refusal.seconds else None,
    }


def _extension(assignment: Assignment, extension: Extension, student: Account) -> dict[str, Any]:
    own = deadlines(assignment, extension)
    return {
        **{name: getattr(extension, name) for name in ExtensionFields().fields},
        "student": student,
        "own_due_at": own.due_at,
        "own_closes_at": own.closes_at,
    }
