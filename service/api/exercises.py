"""The catalogue, and practice on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g
from flask.typing import ResponseReturnValue

from grader import Exercise, catalogue
from service.api.blueprint import LOCATION, Blueprint, Page
from service.api.bodies import DOCUMENTED, handed_in, idempotency_key
from service.api.schemas.exercises import ExerciseSchema, WholeExerciseSchema
from service.api.schemas.queries import Language, Wait, Which
from service.api.schemas.submissions import IdempotencyHeader, SubmissionSchema
from service.api.submissions import answer, commit
from service.arrival import arrived_at
from service.database import reading
from service.errors import ApiError
from service.handouts import FORMS, file, find_exercise
from service.language import preferred_language
from service.models import NONE, WORKED
from service.practice import practice_allowed

blueprint = Blueprint("exercises", __name__, description="What can be handed in, and practice.")

PRACTICE_WAIT = 10.0


@blueprint.route("/exercises")
@blueprint.arguments(Language, location="query")
@blueprint.response(200, ExerciseSchema(many=True))
@blueprint.paginate(Page)
def list_exercises(arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """All exercises of the catalogue."""
    return [_short(exercise) for exercise in catalogue().values()]


@blueprint.route("/exercises/<name>")
@blueprint.arguments(Which, location="query")
@blueprint.response(200, WholeExerciseSchema)
def show_exercise(arguments: dict[str, Any], name: str) -> dict[str, Any]:
    """One exercise: its forward program, what it asks, and how to hand in."""
    exercise = _find(name, arguments)
    language = preferred_language()
    return {
        **_short(exercise),
        "forward": exercise.forward,
        "dimensions": dict(exercise.dimensions),
        "asks": [
            {"name": asked.name, "wrt": asked.wrt, "points": asked.points, "shape": asked.symbolic_shape}
            for asked in exercise.asks
        ],
        "interfaces": [
            {"name": interface.name, "description": interface.describe(language)} for interface in exercise.interfaces
        ],
    }


@blueprint.route("/exercises/<name>/check", methods=["POST"])
@blueprint.arguments(Wait, location="query")
@blueprint.arguments(IdempotencyHeader, location="headers", unknown="exclude")
@blueprint.doc(**DOCUMENTED)
@blueprint.response(200, SubmissionSchema, description="Graded: the report is in it.", headers=LOCATION)
@blueprint.alt_response(202, schema=SubmissionSchema, description="Not graded yet: ask at Location.", headers=LOCATION)
@blueprint.refuses(409)
def check(arguments: dict[str, Any], header: dict[str, Any], name: str) -> ResponseReturnValue:
    """Hand in for practice, without an assignment, and wait for the report (10 s unless told otherwise).

    While the exercise is an open assignment of one's course, that says what practice answers
    (409: `no_practice`)."""
    exercise = _find(name)
    submission, filename = handed_in()
    key = idempotency_key(header["key"], submission, filename)
    with reading() as session:
        allowed = practice_allowed(session, g.person, name, arrived_at())
    if allowed == NONE:
        message = "This exercise is an assignment that is open now, and takes no practice. Hand in for the assignment."
        raise ApiError(409, "no_practice", message)
    made = commit(g.person, submission, exercise, None, filename, key, worked_only=allowed == WORKED)
    wait = arguments["wait"]
    return answer(made.id, PRACTICE_WAIT if wait is None else wait, made)


@blueprint.route(f"/exercises/<name>/handout.<any({','.join(FORMS)}):form>")
@blueprint.arguments(Which, location="query")
@blueprint.response(200, {"type": "string"}, content_type="text/markdown", description="The file.")
@blueprint.alt_response(200, schema={"type": "string"}, content_type="text/x-python", description="The file.")
@blueprint.alt_response(
    200, schema={"type": "object"}, content_type="application/x-ipynb+json", description="The file."
)
def show_handout(arguments: dict[str, Any], name: str, form: str) -> ResponseReturnValue:
    """What students are given: the task in words (md), or a skeleton to fill in (py, ipynb)."""
    return file(_find(name, arguments), form, preferred_language())


def _find(name: str, which: Mapping[str, Any] | None = None) -> Exercise:
    which = which or {}
    with reading() as session:
        whose = (which.get(part) for part in ("course", "assignment", "student"))
        exercise = find_exercise(session, g.person, name, *whose)
    if exercise is None:
        raise ApiError(
            404, "unknown_exercise", f"There is no exercise of this name. There are: {', '.join(catalogue())}."
        )
    return exercise


def _short(exercise: Exercise) -> dict[str, Any]:
    return {
        "name": exercise.name,
        "title": exercise.title_in(preferred_language()),
        "digest": exercise.digest,
        "max_score": exercise.max_score,
        "accepts_symbols": exercise.accepts_symbols,
    }
