"""The HTTP API, `/api/v1`: JSON in, JSON out, described by `/api/v1/openapi.json`, which is made from this code.

Every route but health and the document needs a bearer token, or a signed-in browser (which then also sends the CSRF
token with what changes something).
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request

from service.accounts import by_bearer, csrf, signed_in
from service.api import authoring, courses, exercises, health, sign_in, submissions
from service.api.document import make_api
from service.errors import MESSAGES, ApiError

PREFIX = "/api/v1"


def register(app: Flask) -> None:
    """The API's routes in `app`."""
    api = make_api(app, PREFIX)
    for part in (exercises, authoring, courses, submissions):
        part.blueprint.before_request_funcs.setdefault(None, [_authenticate])
        csrf.exempt(part.blueprint)
        api.register_blueprint(part.blueprint, url_prefix=PREFIX)
    for part in (sign_in, health):  # each route says by itself what it needs
        csrf.exempt(part.blueprint)
        api.register_blueprint(part.blueprint, url_prefix=PREFIX)
    app.add_url_rule("/health", "health", health.health)
    app.json.sort_keys = False  # type: ignore[attr-defined] # Flask's own provider has it


def _authenticate() -> Any:
    if "Authorization" in request.headers:
        g.person = by_bearer(request)
    else:
        g.person = signed_in()
        if g.person is not None:
            csrf.protect()
    if g.person is None:
        raise ApiError(401, "not_signed_in", MESSAGES[401])
