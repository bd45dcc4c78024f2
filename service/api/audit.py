"""Who changed what in a course."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_smorest.pagination import PaginationParameters

from service import audit
from service.api.blueprint import Blueprint
from service.api.schemas.audit import Entries, EntrySchema
from service.database import reading
from service.models import AuditEntry
from service.permissions import require_teaching

blueprint = Blueprint("audit", __name__, description="Who changed what.")


@blueprint.route("/courses/<int:course_id>/audit")
@blueprint.arguments(Entries, location="query")
@blueprint.response(200, EntrySchema(many=True))
@blueprint.paginate()
def list_entries(
    arguments: dict[str, Any], course_id: int, pagination_parameters: PaginationParameters
) -> list[AuditEntry]:
    """The changes to a course that one teaches, newest first."""
    require_teaching(g.person, course_id)
    filters = audit.Filters(arguments["kind"], arguments["person"])
    page, per_page = pagination_parameters.page, pagination_parameters.page_size
    with reading() as session:
        found, pagination_parameters.item_count = audit.entries(session, course_id, filters, page, per_page)
    return found
