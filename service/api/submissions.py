"""Handing in for an assignment, and asking for the report."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, g, jsonify, url_for
from flask.typing import ResponseReturnValue
from flask_smorest.pagination import PaginationParameters
from sqlalchemy.orm import Session

from grader import Code, Exercise, Report, SubmissionError, Symbols
from service.api.blueprint import AGAIN, LOCATION, Blueprint
from service.api.bodies import DOCUMENTED, handed_in, idempotency_key
from service.api.schemas.queries import OfAccount, Wait
from service.api.schemas.submissions import HandedInSchema, IdempotencyHeader, SubmissionSchema
from service.arrival import arrived_at, resting
from service.authentication import Person
from service.database import looking_up, reading
from service.deadlines import Refusal
from service.errors import ApiError, refusal
from service.handouts import given_to
from service.language import preferred_language
from service.models import DONE, Assignment, Submission
from service.submissions import (
    MAX_WAITING,
    Key,
    KeyUsedOtherwise,
    NotTaken,
    TooManyWaiting,
    find,
    find_assignment,
    hand_in,
    handed_in_to,
    position,
)
from service.visibility import shown_to
from service.waiting import Busy, waiting

NOT_TAKEN = {
    "closed": "This assignment is closed: it takes nothing any more. Ask your instructor for an extension.",
    "no_attempts_left": "You have spent all attempts of this assignment.",
    "cool_down": "Attempts of this assignment are some time apart. Hand in again in {seconds} s.",
}
GRADED_IN_A_SECOND = 100  # by two cores, roughly

blueprint = Blueprint("submissions", __name__, description="Hand in, and get the report.")


@blueprint.route("/assignments/<int:assignment_id>/submissions", methods=["POST"])
@blueprint.arguments(Wait, location="query")
@blueprint.arguments(IdempotencyHeader, location="headers", unknown="exclude")
@blueprint.doc(**DOCUMENTED)
@blueprint.refuses(409)
@blueprint.response(202, SubmissionSchema, description="Kept; ask at Location.", headers=LOCATION)
def hand_in_for_assignment(
    arguments: dict[str, Any], header: dict[str, Any], assignment_id: int
) -> ResponseReturnValue:
    """Hand in for an assignment. It is kept from now on, and will be graded.

    409 says why nothing is taken: `closed`, `no_attempts_left`, `cool_down` (with Retry-After), `exercise_gone`."""
    with looking_up() as session:
        assignment = find_assignment(session, g.person, assignment_id)
    exercise = given_to(g.person.id, assignment) if assignment else None
    if assignment is None:
        abort(404)
    if exercise is None:
        raise ApiError(409, "exercise_gone", "The exercise of this assignment is not in the catalogue any more.")
    submission, filename = handed_in()
    key = idempotency_key(header["key"], submission, filename)
    made = commit(g.person, submission, exercise, assignment, filename, key)
    response = answer(made.id, arguments["wait"] or 0.0, made)
    response.status_code = 202
    return response


@blueprint.route("/assignments/<int:assignment_id>/submissions")
@blueprint.arguments(OfAccount, location="query")
@blueprint.response(200, HandedInSchema(many=True))
@blueprint.paginate()
def list_submissions(
    arguments: dict[str, Any], assignment_id: int, pagination_parameters: PaginationParameters
) -> list[dict[str, Any]]:
    """What was handed in for an assignment, newest first, without results: where one grades everybody's, else one's
    own."""
    page, per_page = pagination_parameters.page, pagination_parameters.page_size
    with reading() as session:
        assignment = find_assignment(session, g.person, assignment_id)
        if assignment is None:
            abort(404)
        found, pagination_parameters.item_count = handed_in_to(
            session, g.person, assignment, arguments["student"], page, per_page
        )
    return [_handed_in(submission) for submission in found]


@blueprint.route("/submissions/<int:submission_id>")
@blueprint.arguments(Wait, location="query")
@blueprint.response(200, SubmissionSchema, headers=AGAIN, description="As it is now; see `status` and `position`.")
def show_submission(arguments: dict[str, Any], submission_id: int) -> ResponseReturnValue:
    """A submission of one's own, or of a course where one grades; with `wait`, as soon as it is done."""
    return answer(submission_id, arguments["wait"] or 0.0)


def commit(
    person: Person,
    submission: Code | Symbols,
    exercise: Exercise,
    assignment: Assignment | None,
    filename: str,
    key: Key | None,
    worked_only: bool = False,
) -> Submission:
    """`submissions.hand_in`, its refusals as answers."""
    try:
        return hand_in(person, submission, exercise, assignment, filename, key, arrived_at(), worked_only)
    except SubmissionError as error:
        raise refusal(error) from None
    except NotTaken as error:
        raise _not_taken(error.refusal) from None
    except TooManyWaiting:
        message = f"{MAX_WAITING} of your submissions are still waiting for their reports. Wait for them first."
        raise ApiError(429, "too_many_waiting", message, retry_after=2) from None
    except KeyUsedOtherwise:
        message = "This Idempotency-Key was used before, with another body. Use a new key for a new submission."
        raise ApiError(422, "idempotency_key_reused", message) from None


def _not_taken(why: Refusal | None) -> ApiError:
    if why is None:
        abort(404)
    message, details = NOT_TAKEN[why.code], {"seconds": why.seconds} if why.seconds else {}
    return ApiError(409, why.code, message.format(seconds=why.seconds), details, retry_after=why.seconds)


def answer(submission_id: int, wait: float, made: Submission | None = None) -> Response:
    """The submission, after waiting up to `wait` seconds for it to be done; nothing is held meanwhile. Where too many
    wait already it comes at once, with a Retry-After that grows with its place in the queue. Where it was
    `made` by this request: 202 until it is done, and where to ask for it."""
    headers = {"Location": url_for("submissions.show_submission", submission_id=submission_id)} if made else {}
    crowded = 0
    with looking_up() as session:
        submission = made or _found(session, submission_id)
        known = _told(session, submission) if not wait or submission.status in DONE else None
    if known is None:
        try:
            with resting():
                waiting().until_done(submission_id, g.person.id, wait)
        except Busy as busy:
            crowded = busy.retry_after
        with looking_up() as session:
            known = _told(session, _found(session, submission_id))
    if crowded:
        headers["Retry-After"] = str(crowded + (known["position"] or 0) // GRADED_IN_A_SECOND)
    response = jsonify(_SCHEMA.dump(known))
    response.status_code = 202 if made and known["status"] not in DONE else 200
    response.headers.update(headers)
    return response


def _found(session: Session, submission_id: int) -> Submission:
    submission = find(session, g.person, submission_id)
    if submission is None:
        abort(404)
    return submission


def _handed_in(submission: Submission) -> dict[str, Any]:
    return {**{name: getattr(submission, name) for name in _COLUMNS}, "student": submission.account}


def _told(session: Session, submission: Submission) -> dict[str, Any]:
    stored = submission.newest_report if submission.status in DONE else None
    place = position(session, submission)
    seen = shown_to(session, g.person, submission, arrived_at())
    report = seen.of(Report.from_dict(stored.report)) if stored else None
    return {
        **_handed_in(submission),
        "position": place,
        "shown": seen.what,
        "shown_more_at": seen.more_at,
        "points": submission.points(report.score, report.max_score) if report is not None else None,
        "report": report.to_dict(preferred_language()) if report is not None else None,
    }


_SCHEMA = SubmissionSchema()
_COLUMNS = (
    "id",
    "status",
    "exercise",
    "assignment_id",
    "attempt",
    "kind",
    "worth",
    "created_at",
    "picked_at",
    "done_at",
    "erased_at",
)
