"""Whatever goes wrong is told in one shape: `{"error": {"code", "message", "details"}}`, or as a page to a browser."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from grader import NotReadable, SubmissionError, in_words
from service.authentication import forget_person
from service.database import AWAY
from service.language import preferred_language

log = logging.getLogger(__name__)

ErrorPage = Callable[[HTTPException], ResponseReturnValue]

CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "body_too_large",
    414: "address_too_long",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}
MESSAGES = {
    400: "The request cannot be read.",
    401: "Sign in, or give a bearer token: Authorization: Bearer gg_…",
    403: "You may not do this.",
    404: "There is nothing at this address, or it is not yours.",
    405: "This address does not take this method.",
    409: "This cannot be done as things stand; the message says why.",
    413: "The body is larger than 2 MiB. Hand in the code only, without outputs or data.",
    415: "Send application/json, or a file as multipart/form-data.",
    422: "Some of what was sent cannot be used; `details` says what to change.",
    429: "Too many requests. Wait a little.",
    500: "Something went wrong here, and it is our fault. What was handed in before is safe.",
    503: "The service cannot answer for the moment. What was handed in before is safe. Try again in a few seconds.",
}
RACED = {"23503", "23505"}  # a reference gone, a value taken: PostgreSQL's states of changes made at the same moment
BACK_IN = 5  # seconds: a good time to ask again


class ApiError(HTTPException):
    """An answer with this status: `code` for machines, `message` for people, `details` for what to change where."""

    def __init__(
        self, status: int, code: str, message: str, details: Mapping[str, Any] | None = None, retry_after: int = 0
    ) -> None:
        super().__init__(message)
        self.code = status
        self.name_of_error = code
        self.details = dict(details or {})
        self.headers = {"Retry-After": str(retry_after)} if retry_after else {}


def invalid(details: Mapping[str, Any], message: str = MESSAGES[422]) -> ApiError:
    """What was sent cannot be used: `details` says by field what to change."""
    return ApiError(422, CODES[422], message, details)


def refusal(error: SubmissionError) -> ApiError:
    """What is wrong with a text that cannot be handed in, in the reader's language."""
    status = 413 if error.code == "source_too_large" else 422
    language = preferred_language()
    message = in_words(error.code, error.parameters, language)
    if not isinstance(error, NotReadable):
        return ApiError(status, error.code, message, error.parameters)
    reasons = {name: in_words(why.code, why.parameters, language) for name, why in error.answers.items()}
    told = [message, *(f"{name}: {reason}" for name, reason in reasons.items())]
    return ApiError(status, error.code, " ".join(told), {"answers": reasons})


def register(app: Flask, page: ErrorPage) -> None:
    """Errors of `app` are told as JSON under /api and to programs, and as `page` to browsers elsewhere."""

    def handle(error: HTTPException) -> ResponseReturnValue:
        return as_json(error) if _for_a_program() else page(error)

    def without_database(error: SQLAlchemyError) -> ResponseReturnValue:
        log.error("the database does not answer: %s", error)
        forget_person()  # whom a page would look for again
        return handle(ApiError(503, CODES[503], MESSAGES[503], retry_after=BACK_IN))

    def raced(error: SQLAlchemyError) -> ResponseReturnValue:
        if isinstance(error, IntegrityError) and getattr(error.orig, "sqlstate", None) not in RACED:
            raise error
        log.exception("two changes at once: one of them is sent away")
        forget_person()
        return handle(ApiError(503, CODES[503], MESSAGES[503], retry_after=1))

    app.register_error_handler(HTTPException, handle)
    for at_once in (IntegrityError, StaleDataError):
        app.register_error_handler(at_once, raced)
    for away in AWAY:
        app.register_error_handler(away, without_database)


def as_json(error: HTTPException) -> Response:
    """The answer in the one shape. An error of our own (500) says nothing about what happened."""
    status = error.code or 500
    details: Mapping[str, Any] = {}
    code, message = CODES.get(status, "error"), MESSAGES.get(status, error.name)
    headers = dict(error.get_headers())
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, ApiError):
        code, message, details = error.name_of_error, str(error.description), error.details
        headers |= error.headers
    elif status == 422:
        details = getattr(error, "data", {}).get("messages", {})
    elif status < 500 and error.description and status not in MESSAGES:
        message = error.description
    response = jsonify({"error": {"code": code, "message": message, "details": details}})
    response.status_code = status
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if name in headers:
            response.headers[name] = headers[name]
    return response


def _for_a_program() -> bool:
    if request.path.startswith(("/api/", "/health")) or request.path == "/metrics":
        return True
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json"
