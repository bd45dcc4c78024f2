"""Whether the service can do its work; needs no token. Every route is there under /api/v1, and without it as well."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from service import grading
from service.api.blueprint import Blueprint
from service.api.schemas.health import HealthSchema, LiveSchema, ReadySchema
from service.database import reading
from service.migrations import is_present
from service.tasks import queue, waiting_in_broker

blueprint = Blueprint("health", __name__, description="Whether the service can do its work.")

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """The same at the addresses where one looks for it."""
    for path, view in (("/health", health), ("/health/live", live), ("/health/ready", ready)):
        app.add_url_rule(path, path[1:].replace("/", "."), view)


@blueprint.route("/health")
@blueprint.doc(security=[])
@blueprint.response(200, HealthSchema, description="Live. Degraded: what is handed in is kept, and graded later.")
@blueprint.alt_response(503, schema=HealthSchema, description="Down: the database does not answer.")
def health() -> Response:
    """Live, reachable parts, and the layers of the workers' sandboxes."""
    state: dict[str, Any] = {"database": True, "workers": []}
    try:
        with reading() as session:
            state["workers"] = grading.alive(session)
    except SQLAlchemyError as error:
        log.error("the database does not answer: %s", error)
        state["database"] = False
    state["queue"] = _queue()
    state["broker"] = state["queue"] is not None
    working = state["broker"] and state["workers"]
    state["status"] = "down" if not state["database"] else "ok" if working else "degraded"
    response = jsonify(HealthSchema().dump(state))
    response.status_code = 200 if state["database"] else 503
    return response


@blueprint.route("/health/live")
@blueprint.doc(security=[])
@blueprint.response(200, LiveSchema, description="The process answers; nothing else was asked.")
def live() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "ok"}


@blueprint.route("/health/ready")
@blueprint.doc(security=[])
@blueprint.response(200, ReadySchema, description="All is there that requests need.")
@blueprint.alt_response(503, schema=ReadySchema, description="Something is away: what is false says what.")
def ready() -> Response:
    """Whether the database answers, has the tables of this version, and the broker answers."""
    state: dict[str, Any] = {"database": True, "migrated": False}
    try:
        with reading() as session:
            state["migrated"] = is_present(session.connection())
    except SQLAlchemyError as error:
        log.error("the database does not answer: %s", error)
        state["database"] = False
    state["broker"] = _queue() is not None
    whole = all(state.values())
    response = jsonify({"status": "ok" if whole else "down", **state})
    response.status_code = 200 if whole else 503
    return response


def _queue() -> int | None:
    """How many messages the broker holds; None where it does not answer."""
    try:
        return waiting_in_broker(queue())
    except Exception as error:  # the drivers of the brokers have no error in common
        log.error("the broker does not answer: %s", error)
        return None
