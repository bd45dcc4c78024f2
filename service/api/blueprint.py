"""What all routes of the API share: the errors that each may answer with are documented in one place, and lists are
paged in one way."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

import flask_smorest
from flask_smorest import Page
from flask_smorest.pagination import PaginationParameters
from webargs.flaskparser import FlaskParser

from service.api.schemas.errors import ErrorSchema
from service.errors import CODES, MESSAGES

__all__ = ["AGAIN", "LOCATION", "Blueprint", "Page", "error_responses"]

RETRY_AFTER = {"description": "Seconds after which to try again.", "schema": {"type": "integer", "minimum": 1}}
LOCATION = {"Location": {"description": "Where it is from now on.", "schema": {"type": "string"}}}
AGAIN = {"Retry-After": {"$ref": "#/components/headers/RETRY_AFTER"}}
LAST_PAGE = 1_000_000  # beyond it there is nothing, and no number that a database could not count to

View = TypeVar("View", bound=Callable[..., Any])

_ALWAYS = (429, 500, 503)
_WITH_TOKEN = (401,)
_WITH_PLACE = (404,)
_WITH_CHANGE = (400,)
_WITH_BODY = (413, 415, 422)


class _Pages(FlaskParser):
    def parse(self, *arguments: Any, **named: Any) -> PaginationParameters:
        parameters: PaginationParameters = super().parse(*arguments, **named)
        parameters.page = min(parameters.page, LAST_PAGE)
        return parameters


class Blueprint(flask_smorest.Blueprint):
    """A part of the API. Its routes are documented with the errors that follow from what they are: 401 where a token is
    needed, 404 with a variable in the address, 400 where something is changed, 413, 415 and 422 with a body, and those
    that any request may meet. A route says of itself what else it refuses, see `refuses`."""

    DEFAULT_PAGINATION_PARAMETERS: ClassVar = {"page": 1, "page_size": 50, "max_page_size": 200}
    PAGINATION_ARGUMENTS_PARSER = _Pages()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._prepare_doc_cbks.append(_document_refusals)

    @staticmethod
    def refuses(*statuses: int) -> Callable[[View], View]:
        """Documents further statuses that the route answers with, in the one shape of all errors."""

        def decorate(view: View) -> View:
            known = deepcopy(getattr(view, "_apidoc", {}))
            view._apidoc = {**known, "refusals": (*known.get("refusals", ()), *statuses)}  # type: ignore[attr-defined] # as flask-smorest does
            return view

        return decorate

    def add_url_rule(self, rule: str, *arguments: Any, **named: Any) -> None:
        """As Flask's."""
        super().add_url_rule(rule, *arguments, **named)
        for method, doc in self._docs[self._endpoints[-1]].items():
            if method != "parameters":
                doc["has_place"] = "<" in rule


def error_responses() -> dict[str, dict[str, Any]]:
    """The component `responses` of the document: each status that an error has, with an example."""
    return {HTTPStatus(status).name: _response(status) for status in CODES}


def _response(status: int) -> dict[str, Any]:
    message = MESSAGES.get(status, HTTPStatus(status).phrase)
    example = {"error": {"code": CODES[status], "message": message, "details": {}}}
    response: dict[str, Any] = {
        "description": message,
        "content": {"application/json": {"schema": ErrorSchema, "example": example}},
    }
    if status in (429, 503):
        response["headers"] = AGAIN
    return response


def _document_refusals(doc: dict[str, Any], known: dict[str, Any], *, method: str, **more: Any) -> dict[str, Any]:
    manual = known.get("manual_doc", {})
    statuses = [*_ALWAYS, *known.get("refusals", ())]
    if manual.get("security") != []:
        statuses += _WITH_TOKEN
    if known["has_place"]:
        statuses += _WITH_PLACE
    if method != "get":
        statuses += _WITH_CHANGE
    if "requestBody" in manual or "requestBody" in doc:
        statuses += _WITH_BODY
    responses = doc.setdefault("responses", {})
    for status in sorted(set(statuses)):
        if not {status, str(status), HTTPStatus(status)} & set(responses):
            responses[status] = HTTPStatus(status).name
    doc["responses"] = dict(sorted(responses.items(), key=lambda item: str(item[0])))
    return doc
