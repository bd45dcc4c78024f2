"""The reports on a submission: all that were ever made, and the newest as Gradescope's `results.json`."""

from __future__ import annotations

from typing import Any

from flask import abort, g
from flask_smorest.pagination import PaginationParameters
from sqlalchemy.orm import Session

from grader import Report
from service.api.blueprint import Blueprint
from service.api.schemas.queries import Language
from service.api.schemas.reports import ResultsSchema, StoredReportSchema
from service.arrival import arrived_at
from service.database import reading
from service.errors import ApiError
from service.gradescope import results
from service.language import preferred_language
from service.models import StoredReport, Submission
from service.submissions import find, reports_on
from service.visibility import Shown, shown_to

blueprint = Blueprint("reports", __name__, description="All reports on a submission, and reports for Gradescope.")


@blueprint.route("/submissions/<int:submission_id>/reports")
@blueprint.arguments(Language, location="query")
@blueprint.response(200, StoredReportSchema(many=True))
@blueprint.paginate()
def list_reports(
    arguments: dict[str, Any], submission_id: int, pagination_parameters: PaginationParameters
) -> list[dict[str, Any]]:
    """All reports on a submission, newest first, for those who grade in its course; for its student the newest, as
    far as it is shown."""
    page, per_page = pagination_parameters.page, pagination_parameters.page_size
    with reading() as session:
        submission, seen = _found(session, submission_id)
        stored, pagination_parameters.item_count = reports_on(session, g.person, submission, page, per_page)
    return [_told(submission, seen, report) for report in stored]


@blueprint.route("/submissions/<int:submission_id>/results.json")
@blueprint.arguments(Language, location="query")
@blueprint.refuses(409)
@blueprint.response(200, ResultsSchema)
def show_results(arguments: dict[str, Any], submission_id: int) -> dict[str, Any]:
    """The newest report as Gradescope's `results.json`."""
    with reading() as session:
        submission, seen = _found(session, submission_id)
        stored = submission.newest_report
    if stored is None or stored.verdict == "ungraded":
        raise ApiError(409, "not_graded", "This submission has no grade: it still waits, or we failed to grade it.")
    report = seen.of(Report.from_dict(stored.report))
    if report is None:
        raise ApiError(409, "not_shown", "The assignment does not show its results at this time.")
    return results(report, submission.assignment, preferred_language())


def _found(session: Session, submission_id: int) -> tuple[Submission, Shown]:
    submission = find(session, g.person, submission_id)
    if submission is None:
        abort(404)
    return submission, shown_to(session, g.person, submission, arrived_at())


def _told(submission: Submission, seen: Shown, stored: StoredReport) -> dict[str, Any]:
    report = seen.of(Report.from_dict(stored.report))
    return {
        "id": stored.id,
        "created_at": stored.created_at,
        "regrade_id": stored.regrade_id,
        "points": submission.points(report.score, report.max_score) if report is not None else None,
        "report": report.to_dict(preferred_language()) if report is not None else None,
    }
