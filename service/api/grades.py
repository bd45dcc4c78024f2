"""A student's grade in an assignment, and the gradebook as a file."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, g
from sqlalchemy.orm import Session

from service import overrides
from service.api.blueprint import Blueprint
from service.api.bodies import documented, loaded
from service.api.schemas.grades import FormSchema, GivenSchema, GradeSchema
from service.arrival import arrived_at
from service.database import reading, writing
from service.errors import invalid
from service.exports import gradebook_file
from service.gradebook import gradebook
from service.models import Account, Assignment, Course, Override
from service.permissions import grade_to_give, require_teaching
from service.spreadsheets import as_file
from service.visibility import own_gradebook

blueprint = Blueprint("grades", __name__, description="Grades that people give, and grades as files.")


_GRADE = "/assignments/<int:assignment_id>/grades/<int:student_id>"


@blueprint.route(_GRADE)
@blueprint.response(200, GradeSchema)
def show_grade(assignment_id: int, student_id: int) -> dict[str, Any]:
    """A student's grade in an assignment: one's own, or in a course where one grades."""
    with reading() as session:
        return _grade(session, *_find(session, assignment_id, student_id))


@blueprint.route(_GRADE, methods=["PUT"])
@documented(GivenSchema)
@blueprint.refuses(403)
@blueprint.response(200, GradeSchema)
def give_grade(assignment_id: int, student_id: int) -> dict[str, Any]:
    """Give a student a grade in place of the computed one, with a comment that they see. Repeating it is safe."""
    with writing() as session:
        assignment, student = grade_to_give(session, g.person, assignment_id, student_id)
        body = loaded(GivenSchema())
        try:
            overrides.give(session, g.person, assignment, student.id, body["score"], body["comment"])
        except overrides.OutOfRange as error:
            raise invalid({"score": [f"Give a number from 0 to {error.most:g}."]}) from None
        session.flush()
        return _grade(session, assignment, student)


@blueprint.route(_GRADE, methods=["DELETE"])
@blueprint.refuses(403)
@blueprint.response(200, GradeSchema)
def withdraw_grade(assignment_id: int, student_id: int) -> dict[str, Any]:
    """Withdraw the grade that was given: the computed one counts again."""
    with writing() as session:
        assignment, student = grade_to_give(session, g.person, assignment_id, student_id)
        overrides.withdraw(session, g.person, assignment, student.id)
        session.flush()
        return _grade(session, assignment, student)


@blueprint.route("/courses/<int:course_id>/gradebook.csv")
@blueprint.arguments(FormSchema, location="query")
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
def download_gradebook(arguments: dict[str, Any], course_id: int) -> Response:
    """The gradebook of a course that one teaches, as CSV: plain, or as Canvas takes it."""
    require_teaching(g.person, course_id)
    with reading() as session:
        content = gradebook_file(session, session.get_one(Course, course_id), arguments["form"])
    return as_file(f"gradebook-{course_id}.csv", content)


def _find(session: Session, assignment_id: int, student_id: int) -> tuple[Assignment, Account]:
    found = overrides.find(session, g.person, assignment_id, student_id)
    if found is None:
        abort(404)
    return found


def _grade(session: Session, assignment: Assignment, student: Account) -> dict[str, Any]:
    history: list[Override] = []
    if assignment.course_id in g.person.grades:
        book = gradebook(session, assignment.course, student.id)
        history = overrides.history(session, assignment.id, student.id)
    else:
        book = own_gradebook(session, assignment.course, g.person, arrived_at())
    standing = book.standing(student.id, assignment.id)
    return {
        "assignment_id": assignment.id,
        "student": student,
        "points": assignment.points,
        "score": standing.score,
        "computed": standing.computed,
        "override": standing.override,
        "history": history,
    }
