"""A course's roster as a file: read, with a look at what it would change first, and written."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request

from service import rosters
from service.api.blueprint import Blueprint
from service.api.bodies import sent_file
from service.api.schemas.people import RosterForm, RosterPlanSchema, RosterQuery
from service.api.schemas.submissions import HandInFile
from service.database import reading, writing
from service.enrolment import members
from service.errors import ApiError
from service.permissions import course_to_manage
from service.rosters import RosterRefused, as_file, in_words

blueprint = Blueprint("rosters", __name__, description="A course's roster as a file.")

_BODY = {
    "required": True,
    "content": {"text/csv": {"schema": {"type": "string"}}, "multipart/form-data": {"schema": HandInFile}},
}


@blueprint.route("/courses/<int:course_id>/roster.csv")
@blueprint.arguments(RosterForm, location="query")
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
@blueprint.refuses(422)
def export_roster(arguments: dict[str, Any], course_id: int) -> Response:
    """The people of the course as CSV, in our own columns, Gradescope's or Canvas's."""
    with reading() as session:
        course_to_manage(session, g.person, course_id)
        return as_file(members(session, course_id)[0], arguments["form"])


@blueprint.route("/courses/<int:course_id>/roster", methods=["POST"])
@blueprint.arguments(RosterQuery, location="query")
@blueprint.doc(requestBody=_BODY)
@blueprint.response(200, RosterPlanSchema)
@blueprint.refuses(403)
def import_roster(arguments: dict[str, Any], course_id: int) -> dict[str, Any]:
    """Say what a roster would change; with `apply`, change it: all of it, or nothing where a row cannot be used."""
    with reading() as session:
        course_to_manage(session, g.person, course_id)
    apply, remove_missing = arguments["apply"], arguments["remove_missing"]
    try:
        roster = rosters.read(_content())
        if apply:
            with writing() as session:
                made = rosters.apply(session, g.person, course_id, roster, remove_missing)
        else:
            with reading() as session:
                made = rosters.plan(session, course_id, roster, remove_missing)
    except RosterRefused as refused:
        problems = [
            {"row": problem.row, "code": problem.code, "message": in_words(problem)} for problem in refused.problems
        ]
        message = "The roster cannot be used, and nothing has changed; `details` says what to change in which row."
        raise ApiError(422, "roster_refused", message, {"problems": problems}) from None
    return {"applied": apply, "form": roster.form, "steps": made.steps}


def _content() -> bytes:
    if request.mimetype == "multipart/form-data":
        content: bytes = sent_file().read()
        return content
    if request.mimetype != "text/csv":
        raise ApiError(415, "unsupported_media_type", "Send text/csv, or a file as multipart/form-data.")
    return request.get_data()
