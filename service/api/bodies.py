"""Reading a submission out of a request, bounded: text that a database or a parser would choke on ends here."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from flask import current_app, request, url_for
from marshmallow import Schema, ValidationError
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from grader import Code, SubmissionError, Symbols, read_code, read_symbols
from service.api.blueprint import Blueprint, View
from service.api.schemas.submissions import HandIn, HandInFile
from service.errors import MESSAGES, ApiError, invalid, refusal
from service.submissions import Key

MAX_DEPTH = 20
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)  # never goes back: one pass, however long

DOCUMENTED = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": HandIn,
                "examples": {
                    "code": {"value": {"kind": "code", "source": "dx = y\ndy = x\n"}},
                    "symbols": {"value": {"kind": "symbolic", "answers": {"dx": "y", "dy": "x"}}},
                },
            },
            "multipart/form-data": {"schema": HandInFile},
        },
    }
}


def documented(schema: type[Schema]) -> Callable[[View], View]:
    """Documents that a route takes JSON as `schema` has it; it reads it by `loaded`."""
    content = {"application/json": {"schema": schema}}
    decorate: Callable[[View], View] = Blueprint.doc(requestBody={"required": True, "content": content})
    return decorate


def handed_in() -> tuple[Code | Symbols, str]:
    """The submission in this request, and its file's name. Raises ApiError."""
    if (request.content_length or 0) > current_app.config["MAX_CONTENT_LENGTH"]:
        raise RequestEntityTooLarge  # Werkzeug says so where it reads the body, and of no known type it reads none
    try:
        if request.mimetype == "multipart/form-data":
            return _file()
        if request.is_json:
            return _text()
    except SubmissionError as error:
        raise refusal(error) from None
    raise ApiError(415, "unsupported_media_type", MESSAGES[415])


def loaded(schema: Schema) -> dict[str, Any]:
    """The JSON body of this request, as `schema` has it. Raises ApiError."""
    if not request.is_json:
        raise ApiError(415, "unsupported_media_type", MESSAGES[415])
    try:
        body: dict[str, Any] = schema.load(_json())
    except ValidationError as error:
        raise invalid(error.messages_dict) from None
    return body


def idempotency_key(key: str | None, submission: Code | Symbols, filename: str) -> Key | None:
    """The key of this request. What is the same route is told by what its address means, not by how it is spelt
    (`/assignments/01/`); what is the same body by what it says, not by its bytes: the boundaries of a multipart body
    are different at every repetition."""
    if key is None or request.endpoint is None:
        return None
    route = url_for(request.endpoint, **(request.view_args or {}))
    said = json.dumps([submission.kind, vars(submission), filename], sort_keys=True)
    return Key(route, key, hashlib.sha256(said.encode()).hexdigest())


def sent_file() -> FileStorage:
    """The one file in a multipart body. Raises ApiError."""
    files = request.files.getlist("file")
    if len(files) != 1:
        raise invalid({"file": ["Send exactly one file in the part named file."]})
    return files[0]


def _file() -> tuple[Code, str]:
    file = sent_file()
    filename = file.filename or ""
    return read_code(file.read(), filename), filename


def _text() -> tuple[Code | Symbols, str]:
    body = loaded(HandIn())
    if body["kind"] == Code.kind:
        return read_code(body["source"], body["filename"]), body["filename"]
    return read_symbols(body["answers"]), ""


def _json() -> Any:
    try:
        text = request.get_data().decode("utf-8")
        _bound_depth(text)
        return json.loads(text)
    except UnicodeDecodeError as error:
        raise ApiError(400, "not_utf8", f"The body is not UTF-8 at byte {error.start}.") from None
    except ValueError as error:
        raise ApiError(400, "not_json", f"The body is not JSON: {error}.") from None


def _bound_depth(text: str) -> None:
    """Refuses, before it is parsed, what is nested deeper than anything we take: how much a parser bears varies."""
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        depth += (found[0] in "[{") - (found[0] in "]}")
        if depth > MAX_DEPTH:
            raise ApiError(400, "nested_too_deeply", f"The JSON is nested more than {MAX_DEPTH} deep.")
