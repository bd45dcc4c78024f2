"""Exercises that a course writes itself: previewed, stored, and kept in all their versions."""

from __future__ import annotations

from typing import Any

from flask import abort, g

from grader import Exercise, ExerciseError
from service.api.blueprint import Blueprint, Page
from service.api.bodies import documented, loaded
from service.api.schemas.authoring import (
    ExerciseSource,
    ExerciseSourceOfCourse,
    PreviewSchema,
    StoredExerciseSchema,
    StoredHistorySchema,
)
from service.database import reading
from service.errors import MESSAGES, ApiError
from service.examination import Busy, examined
from service.exercises import HandedOut, own_exercises, store, versions
from service.models import CourseExercise
from service.permissions import require_teaching

blueprint = Blueprint("authoring", __name__, description="Exercises that a course writes itself.")

_HANDED_OUT = "The course has submissions to an exercise of this name that asks for other things. Choose another name."


@blueprint.route("/exercises/preview", methods=["POST"])
@documented(ExerciseSource)
@blueprint.refuses(404)
@blueprint.response(200, PreviewSchema)
def preview_exercise() -> dict[str, Any]:
    """What would follow from an exercise; nothing is stored. For those who teach a course."""
    if not g.person.teaches:
        abort(404)
    return _examined(loaded(ExerciseSource())["source"])[1]


@blueprint.route("/exercises", methods=["POST"])
@documented(ExerciseSourceOfCourse)
@blueprint.refuses(404, 409)
@blueprint.response(201, StoredExerciseSchema, description="It is the current version now.")
def store_exercise() -> CourseExercise:
    """Store an exercise for a course that one teaches."""
    body = loaded(ExerciseSourceOfCourse())
    require_teaching(g.person, body["course_id"])
    return _store(body["course_id"], body["source"])


@blueprint.route("/courses/<int:course_id>/exercises", methods=["POST"])
@documented(ExerciseSource)
@blueprint.refuses(409)
@blueprint.response(201, StoredExerciseSchema, description="It is the current version now.")
def store_exercise_of_course(course_id: int) -> CourseExercise:
    """Store an exercise for a course that one teaches."""
    require_teaching(g.person, course_id)
    return _store(course_id, loaded(ExerciseSource())["source"])


@blueprint.route("/courses/<int:course_id>/exercises")
@blueprint.response(200, StoredExerciseSchema(many=True))
@blueprint.paginate(Page)
def list_own_exercises(course_id: int) -> list[CourseExercise]:
    """The exercises that a course one teaches has of its own."""
    require_teaching(g.person, course_id)
    with reading() as session:
        return own_exercises(session, course_id)


@blueprint.route("/courses/<int:course_id>/exercises/<name>")
@blueprint.response(200, StoredHistorySchema)
def show_own_exercise(course_id: int, name: str) -> dict[str, Any]:
    """One of them: its source, and all its versions."""
    require_teaching(g.person, course_id)
    with reading() as session:
        found = versions(session, course_id, name)
    if not found:
        abort(404)
    columns = ("course_id", "name", "digest", "version", "created_at", "author", "source")
    return {**{column: getattr(found[0], column) for column in columns}, "versions": found}


def _store(course_id: int, source: str) -> CourseExercise:
    try:
        return store(g.person, course_id, _examined(source)[0])
    except HandedOut:
        raise ApiError(409, "name_handed_out", _HANDED_OUT) from None


def _examined(source: str) -> tuple[Exercise, dict[str, Any]]:
    try:
        return examined(source)
    except ExerciseError as error:
        details = {"line": error.line, "reason": error.reason}
        raise ApiError(422, "exercise_refused", str(error), details) from None
    except Busy as busy:
        raise ApiError(429, "too_many_requests", MESSAGES[429], retry_after=busy.retry_after) from None
