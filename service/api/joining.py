"""Join codes: made by those who teach a course, used by whoever was given one."""

from __future__ import annotations

from typing import Any

from flask import abort, g

from service import joining
from service.api.blueprint import Blueprint, Page
from service.api.bodies import documented, loaded
from service.api.schemas.people import Join, JoinCodeSchema, NewJoinCode, OwnRoleSchema
from service.configuration import settings
from service.database import reading, writing
from service.errors import ApiError, invalid
from service.models import JoinCode, now
from service.permissions import course_with_codes

blueprint = Blueprint("joining", __name__, description="Codes that a class enrols with.")


@blueprint.route("/courses/<int:course_id>/join-codes")
@blueprint.response(200, JoinCodeSchema(many=True))
@blueprint.paginate(Page)
def list_join_codes(course_id: int) -> list[dict[str, Any]]:
    """The course's codes that hold, the newest first."""
    with reading() as session:
        course_with_codes(session, g.person, course_id)
        return [_shown(code) for code in joining.codes_of(session, course_id)]


@blueprint.route("/courses/<int:course_id>/join-codes", methods=["POST"])
@documented(NewJoinCode)
@blueprint.response(201, JoinCodeSchema, description="Whoever has it may enrol as a student.")
def make_join_code(course_id: int) -> dict[str, Any]:
    """Make a code."""
    with writing() as session:
        course_with_codes(session, g.person, course_id)
        expires_at = loaded(NewJoinCode())["expires_at"]
        if expires_at is not None and expires_at <= now():
            raise invalid({"expires_at": ["This is past."]})
        return _shown(joining.make_code(session, g.person, course_id, expires_at))


@blueprint.route("/courses/<int:course_id>/join-codes/<int:code_id>", methods=["DELETE"])
@blueprint.response(204, description="Nobody enrols with it any more.")
def withdraw_join_code(course_id: int, code_id: int) -> None:
    """Withdraw a code."""
    with writing() as session:
        course_with_codes(session, g.person, course_id)
        if not joining.withdraw(session, g.person, course_id, code_id):
            abort(404)


@blueprint.route("/join", methods=["POST"])
@documented(Join)
@blueprint.response(200, OwnRoleSchema, description="In the course; who was there already keeps the role.")
def join_course() -> dict[str, Any]:
    """Enrol with a code."""
    with writing() as session:
        course = joining.course_of(session, loaded(Join())["code"])
        if course is None:
            raise ApiError(422, "unknown_code", "This code is not known, was withdrawn, or has expired.")
        return {"course_id": course.id, "role": joining.join(session, g.person, course)}


def _shown(code: JoinCode) -> dict[str, Any]:
    address = f"{settings().public_url}/join/{code.code}"
    return {**{name: getattr(code, name) for name in ("id", "code", "created_at", "expires_at")}, "address": address}
