"""The HTTP API, `/api/v1`: JSON in, JSON out, described by `/api/v1/openapi.json`, which is made from this code.

Every route but health and the document needs a bearer token, or a signed-in browser (which then also sends the CSRF
token with what changes something).
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request

from service.api import (
    account,
    accounts,
    assigning,
    audit,
    authoring,
    curves,
    exercises,
    gradebook,
    grades,
    health,
    joining,
    lti,
    people,
    regrades,
    reports,
    rosters,
    sign_in,
    submissions,
)
from service.api.document import make_api
from service.authentication import asking, csrf
from service.errors import MESSAGES, ApiError

PREFIX = "/api/v1"


def register(app: Flask) -> None:
    """The API's routes in `app`."""
    api = make_api(app, PREFIX)
    for part in (
        exercises, authoring, assigning, gradebook, people, rosters, joining, submissions, reports, curves, grades,
        regrades, audit, lti, account, accounts,
    ):  # fmt: skip
        part.blueprint.before_request_funcs.setdefault(None, [_authenticate])
        csrf.exempt(part.blueprint)
        api.register_blueprint(part.blueprint, url_prefix=PREFIX)
    for part in (sign_in, health):  # each route says by itself what it needs
        csrf.exempt(part.blueprint)
        api.register_blueprint(part.blueprint, url_prefix=PREFIX)
    health.register(app)
    app.json.sort_keys = False  # type: ignore[attr-defined] # Flask's own provider has it


def _authenticate() -> Any:
    g.person = asking()
    if g.person is None:
        raise ApiError(401, "not_signed_in", MESSAGES[401])
    if "Authorization" not in request.headers:
        csrf.protect()
