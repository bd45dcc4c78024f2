"""The numerical check of one entry, step by step, as the pages draw it."""

from __future__ import annotations

from typing import Any

from flask import g

from grader import Exercise, Report, curve
from service.api.blueprint import Blueprint
from service.api.schemas.curves import CurveSchema, EntryOf, EntryOfWhich
from service.arrival import arrived_at
from service.configuration import settings
from service.curves import Entry, find, of_exercise, of_report
from service.database import reading
from service.errors import MESSAGES, ApiError
from service.exercises import exercise_handed_in
from service.handouts import find_exercise
from service.submissions import find as find_submission
from service.visibility import shown_to

blueprint = Blueprint("curves", __name__, description="The numerical check of an entry, step by step.")


@blueprint.route("/submissions/<int:submission_id>/curve")
@blueprint.arguments(EntryOf, location="query")
@blueprint.refuses(409)
@blueprint.response(200, CurveSchema)
def show_curve(arguments: dict[str, Any], submission_id: int) -> dict[str, Any]:
    """An entry that the newest report shows beside its exact value, by difference quotients of many steps.

    409 says why there is none: `not_graded`, or `not_shown` to you, at this time or of this entry."""
    with reading() as session:
        submission = find_submission(session, g.person, submission_id)
        if submission is None:
            raise ApiError(404, "not_found", MESSAGES[404])
        seen, stored = shown_to(session, g.person, submission, arrived_at()), submission.newest_report
        exercise = exercise_handed_in(submission, settings().trials_secret)
    if stored is None:
        raise ApiError(409, "not_graded", "This submission has no report yet.")
    found = find(of_report(seen.of(Report.from_dict(stored.report)), exercise), **_place(arguments))
    if exercise is None or found is None:
        raise ApiError(409, "not_shown", "The report does not show this entry beside its exact value.")
    return _curve(exercise, found)


@blueprint.route("/exercises/<name>/curve")
@blueprint.arguments(EntryOfWhich, location="query")
@blueprint.refuses(409)
@blueprint.response(200, CurveSchema)
def show_curve_of_exercise(arguments: dict[str, Any], name: str) -> dict[str, Any]:
    """An entry of what an exercise lets students differentiate numerically; 409 (`not_shown`) where it asks for the
    derivative itself."""
    with reading() as session:
        whose = (arguments.get(part) for part in ("course", "assignment", "student"))
        exercise = find_exercise(session, g.person, name, *whose)
    if exercise is None:
        raise ApiError(404, "not_found", MESSAGES[404])
    found = find(of_exercise(exercise), **_place(arguments))
    if found is None:
        raise ApiError(409, "not_shown", "The exercise does not show this entry: its derivative is what is asked.")
    return _curve(exercise, found)


def _place(arguments: dict[str, Any]) -> dict[str, str]:
    return {"name": arguments["gradient"], "place": arguments["entry"]}


def _curve(exercise: Exercise, entry: Entry) -> dict[str, Any]:
    found = curve(exercise, entry.name, entry.index)
    error = None if entry.candidate is None else found.error(entry.candidate)
    return {**vars(found), "candidate": entry.candidate, "error": error}
