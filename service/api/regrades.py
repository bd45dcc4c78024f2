"""Grading again, in the background, and what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, g, url_for
from flask_smorest.pagination import PaginationParameters
from sqlalchemy.orm import Session

from service import regrades
from service.api.blueprint import Blueprint
from service.api.bodies import documented, loaded
from service.api.schemas.regrades import ItemSchema, Only, RegradeSchema, ScopeSchema
from service.database import reading
from service.errors import ApiError
from service.models import Regrade
from service.permissions import require_grading
from service.regrades import Item, NothingToRegrade, Scope

blueprint = Blueprint("regrades", __name__, description="Grade again what was handed in, with the same hidden trials.")


@blueprint.route("/courses/<int:course_id>/regrades", methods=["POST"])
@documented(ScopeSchema)
@blueprint.refuses(409)
@blueprint.response(202, RegradeSchema, description="Its items wait; ask how far it is at Location.")
@blueprint.alt_response(
    200, schema=RegradeSchema, description="One that has not begun yet has the very same to do: it is this one."
)
def ask_for_regrade(course_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Have submissions of a course graded again. No attempt is spent, no date changes; old reports are kept."""
    require_grading(g.person, course_id)
    body = loaded(ScopeSchema())
    scope = Scope(body["submission_id"], body["student_id"], body["assignment_id"], body["outdated"])
    try:
        made, new = regrades.ask(g.person, course_id, scope, body["reason"])
    except NothingToRegrade:
        message = "Nothing in this course that is graded already fits."
        raise ApiError(409, "nothing_to_regrade", message) from None
    with reading() as session:
        told = _read(session, made.id)
    return told, 202 if new else 200, {"Location": url_for("regrades.show_regrade", regrade_id=made.id)}


@blueprint.route("/courses/<int:course_id>/regrades")
@blueprint.response(200, RegradeSchema(many=True))
@blueprint.paginate()
def list_regrades(course_id: int, pagination_parameters: PaginationParameters) -> list[dict[str, Any]]:
    """The regrades of a course, newest first."""
    require_grading(g.person, course_id)
    page, per_page = pagination_parameters.page, pagination_parameters.page_size
    with reading() as session:
        found, pagination_parameters.item_count = regrades.regrades_of(session, course_id, page, per_page)
        far = regrades.progress(session, [regrade.id for regrade in found])
    return [_told(regrade, far) for regrade in found]


@blueprint.route("/regrades/<int:regrade_id>")
@blueprint.response(200, RegradeSchema)
def show_regrade(regrade_id: int) -> dict[str, Any]:
    """How far a regrade is."""
    with reading() as session:
        return _read(session, regrade_id)


@blueprint.route("/regrades/<int:regrade_id>/items")
@blueprint.arguments(Only, location="query")
@blueprint.response(200, ItemSchema(many=True))
@blueprint.paginate()
def list_regrade_items(
    arguments: dict[str, Any], regrade_id: int, pagination_parameters: PaginationParameters
) -> list[dict[str, Any]]:
    """The old and the new verdict and score of each submission."""
    page, per_page, only = pagination_parameters.page, pagination_parameters.page_size, arguments["which"]
    with reading() as session:
        _find(session, regrade_id)
        found, pagination_parameters.item_count = regrades.items(session, regrade_id, only, page, per_page)
    return [_item(item) for item in found]


def _find(session: Session, regrade_id: int) -> Regrade:
    found = regrades.find(session, g.person, regrade_id)
    if found is None:
        abort(404)
    return found


def _read(session: Session, regrade_id: int) -> dict[str, Any]:
    found = _find(session, regrade_id)
    return _told(found, regrades.progress(session, [found.id]))


def _told(regrade: Regrade, far: Mapping[int, regrades.Progress]) -> dict[str, Any]:
    columns = ("id", "course_id", "reason", "author", "created_at")
    return {**{name: getattr(regrade, name) for name in columns}, **vars(far[regrade.id])}


def _item(item: Item) -> dict[str, Any]:
    old = {"report_id": item.old_report_id, "verdict": item.old_verdict, "score": item.old_score}
    new = {"report_id": item.new_report_id, "verdict": item.new_verdict, "score": item.new_score}
    return {
        **vars(item),
        "student_id": item.account_id,
        "old": old if item.old_report_id is not None else None,
        "new": new if item.new_report_id is not None else None,
    }
