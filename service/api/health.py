"""Whether the service can do its work; needs no token."""

from __future__ import annotations

import logging
from typing import Any

from flask import Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from service import grading
from service.api.blueprint import Blueprint
from service.api.schemas import HealthSchema
from service.database import reading
from service.tasks import waiting_in_broker

blueprint = Blueprint("health", __name__, description="Whether the service can do its work.")

log = logging.getLogger(__name__)


@blueprint.route("/health")
@blueprint.doc(security=[])
@blueprint.response(200, HealthSchema, description="Live. Degraded: what is handed in is kept, and graded later.")
@blueprint.alt_response(503, schema=HealthSchema, description="Down: the database does not answer.")
def health() -> Response:
    """Live, reachable parts, and the layers of the workers' sandboxes."""
    state: dict[str, Any] = {"database": True, "broker": True, "queue": None, "workers": []}
    try:
        with reading() as session:
            state["workers"] = grading.alive(session)
    except SQLAlchemyError as error:
        log.error("the database does not answer: %s", error)
        state["database"] = False
    try:
        state["queue"] = waiting_in_broker(current_app.extensions["gradient_grader_celery"])
    except Exception as error:  # the drivers of the brokers have no error in common
        log.error("the broker does not answer: %s", error)
        state["broker"] = False
    working = state["broker"] and state["workers"]
    state["status"] = "down" if not state["database"] else "ok" if working else "degraded"
    response = jsonify(HealthSchema().dump(state))
    response.status_code = 200 if state["database"] else 503
    return response
