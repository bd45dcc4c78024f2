"""Learning platforms (LTI 1.3): those that are registered, for administrators; those of a course, for its
instructors."""

from __future__ import annotations

from typing import Any

from flask import abort, g
from sqlalchemy.orm import Session

from service.api.blueprint import Blueprint, Page
from service.api.bodies import documented, loaded
from service.api.schemas.lti import (
    ConnectionSchema,
    NewPlatform,
    PassedScoreSchema,
    PlatformSchema,
    PlatformSettings,
    RosterSchema,
)
from service.configuration import settings
from service.database import reading, writing
from service.errors import ApiError, invalid
from service.lti import links, platforms, scores
from service.lti.platforms import BadSetting
from service.lti.roster import Taken, fetch_roster, take_roster
from service.lti.routes import services_of
from service.lti.scores import State
from service.lti.services import Declined
from service.models import LtiContext, LtiPlatform
from service.outside import Unreachable
from service.permissions import require_administrator, require_teaching

blueprint = Blueprint("platforms", __name__, description="Learning platforms (LTI 1.3), and the scores they are sent.")


@blueprint.route("/lti/platforms")
@blueprint.response(200, PlatformSchema(many=True))
@blueprint.paginate(Page)
@blueprint.refuses(404)
def list_platforms() -> list[LtiPlatform]:
    """The registered platforms."""
    require_administrator(g.person)
    with reading() as session:
        return platforms.platforms(session)


@blueprint.route("/lti/platforms", methods=["POST"])
@documented(NewPlatform)
@blueprint.response(201, PlatformSchema, description="Registered.")
@blueprint.refuses(404)
def add_platform() -> LtiPlatform:
    """Register a platform. Its addresses have to be public, and https."""
    require_administrator(g.person)
    body = loaded(NewPlatform())
    with writing() as session:
        try:
            return platforms.register_platform(session, g.person, body, _allow_private())
        except BadSetting as error:
            raise _refused(error) from None


@blueprint.route("/lti/platforms/<int:platform_id>")
@blueprint.response(200, PlatformSchema)
def show_platform(platform_id: int) -> LtiPlatform:
    """One of them."""
    require_administrator(g.person)
    with reading() as session:
        return _platform(session, platform_id)


@blueprint.route("/lti/platforms/<int:platform_id>", methods=["PATCH"])
@documented(PlatformSettings)
@blueprint.response(200, PlatformSchema)
def change_platform(platform_id: int) -> LtiPlatform:
    """Change what is given of it; what is not given stays."""
    require_administrator(g.person)
    body = loaded(PlatformSettings())
    with writing() as session:
        found = _platform(session, platform_id)
        try:
            platforms.change_platform(session, g.person, found, body, _allow_private())
        except BadSetting as error:
            raise _refused(error) from None
        return found


@blueprint.route("/courses/<int:course_id>/platforms")
@blueprint.response(200, ConnectionSchema(many=True))
@blueprint.paginate(Page)
def list_connections(course_id: int) -> list[dict[str, Any]]:
    """The platform courses that a course one teaches is, and where their links lead."""
    require_teaching(g.person, course_id)
    with reading() as session:
        led = scores.links_in(session, course_id)
        return [
            {
                "id": context.id,
                "platform": context.platform.name,
                "title": context.title,
                "roster_at": context.roster_at,
                "links": [link for link in led if link.context_id == context.id],
            }
            for context in scores.contexts_in(session, course_id)
        ]


@blueprint.route("/courses/<int:course_id>/platforms/<int:connection_id>", methods=["DELETE"])
@blueprint.response(204, description="Disconnected; people and grades stay.")
def disconnect(course_id: int, connection_id: int) -> None:
    """Disconnect a platform's course: its links are forgotten, and what was sent."""
    require_teaching(g.person, course_id)
    with writing() as session:
        links.disconnect(session, g.person, _context(session, course_id, connection_id))


@blueprint.route("/courses/<int:course_id>/platforms/<int:connection_id>/roster", methods=["POST"])
@blueprint.response(200, RosterSchema, description="Taken over.")
@blueprint.refuses(409)
def take_over_roster(course_id: int, connection_id: int) -> Taken:
    """Enrol whoever is on the platform's list of the course and not here yet."""
    require_teaching(g.person, course_id)
    with reading() as session:
        context = _context(session, course_id, connection_id)
    try:
        members = fetch_roster(services_of(context.platform), context)
    except Declined as error:
        raise ApiError(409, "platform_declined", str(error)) from None
    except Unreachable as error:
        raise ApiError(503, "platform_unreachable", str(error), retry_after=30) from None
    with writing() as session:
        return take_roster(session, g.person, _context(session, course_id, connection_id), members)


@blueprint.route("/courses/<int:course_id>/platforms/scores")
@blueprint.response(200, PassedScoreSchema(many=True))
@blueprint.paginate(Page)
def list_passed_scores(course_id: int) -> list[dict[str, Any]]:
    """Which scores the platforms have, by link and student."""
    require_teaching(g.person, course_id)
    with reading() as session:
        return [_shown(state) for state in scores.states(session, course_id)]


@blueprint.route("/courses/<int:course_id>/platforms/scores/retry", methods=["POST"])
@blueprint.response(204, description="Tried within seconds.")
def retry_scores(course_id: int) -> None:
    """Try at once what waits for its next try."""
    require_teaching(g.person, course_id)
    with writing() as session:
        scores.try_again(session, course_id)


def _shown(state: State) -> dict[str, Any]:
    told = state.told
    return {
        "student": state.student,
        "connection_id": state.link.context_id,
        "assignment": state.link.assignment,
        "status": state.status,
        "score": told.score if told else None,
        "maximum": told.maximum if told else None,
        "sent_at": told.sent_at if told else None,
        "next_at": told.next_at if told and state.differs else None,
        "error": told.error if told else None,
    }


def _platform(session: Session, number: int) -> LtiPlatform:
    found = session.get(LtiPlatform, number)
    if found is None:
        abort(404)
    return found


def _context(session: Session, course_id: int, number: int) -> LtiContext:
    found = scores.context_in(session, course_id, number)
    if found is None:
        abort(404)
    return found


def _refused(error: BadSetting) -> ApiError:
    return invalid({error.field: [str(error)]}, str(error))


def _allow_private() -> bool:
    return settings().lti_allow_private
