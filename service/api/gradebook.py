"""The gradebook of a course."""

from __future__ import annotations

from typing import Any

from flask import g

from service.api.blueprint import Blueprint
from service.api.schemas.courses import GradebookSchema
from service.database import reading
from service.gradebook import Gradebook, gradebook
from service.models import Account, Course
from service.permissions import require_grading

blueprint = Blueprint("gradebook", __name__, description="Where the class stands.")


@blueprint.route("/courses/<int:course_id>/gradebook")
@blueprint.response(200, GradebookSchema)
def show_gradebook(course_id: int) -> dict[str, Any]:
    """Where each student of a course where one grades stands in each assignment."""
    require_grading(g.person, course_id)
    with reading() as session:
        course = session.get_one(Course, course_id)
        book = gradebook(session, course)
    return {
        "course": course,
        "assignments": book.assignments,
        "students": [_row(book, student) for student in book.students],
    }


def _row(book: Gradebook, student: Account) -> dict[str, Any]:
    return {
        "student": student,
        "total": book.total(student.id),
        "standings": [_standing(book, student.id, assignment.id) for assignment in book.assignments],
    }


def _standing(book: Gradebook, student_id: int, assignment_id: int) -> dict[str, Any]:
    standing = book.standing(student_id, assignment_id)
    return {
        "assignment_id": assignment_id,
        "attempts": standing.attempts,
        "waiting": standing.waiting,
        "score": standing.score,
        "overridden": standing.override is not None,
        "best_submission_id": standing.best.submission_id if standing.best else None,
        "late": standing.best is not None and standing.best.late,
        "worth": standing.best.worth if standing.best else None,
        "wrong": list(standing.newest.wrong) if standing.newest else [],
    }
