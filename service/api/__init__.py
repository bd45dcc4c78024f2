"""The HTTP API, `/api/v1`: JSON in, JSON out, described by `/api/v1/openapi.json`, which is made from this code.

Every route but health and the document needs a bearer token, or a signed-in browser (which then also sends the CSRF
token with what changes something).
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request
from flask_smorest import Api

from service.accounts import by_bearer, csrf, signed_in
from service.api import authoring, courses, exercises, health, lti, submissions
from service.api.blueprint import error_responses
from service.api.schemas import ErrorSchema
from service.errors import MESSAGES, ApiError

PREFIX = "/api/v1"
RETRY_AFTER = {"description": "Seconds after which to try again.", "schema": {"type": "integer", "minimum": 1}}


class _Api(Api):
    ERROR_SCHEMA = ErrorSchema
    DEFAULT_ERROR_RESPONSE_NAME = None  # every status is documented by itself

    def _register_error_handlers(self) -> None:
        """Errors have one shape in the whole application: `service.errors`."""

    def _register_responses(self) -> None:
        """The errors of `service.errors`, in the document."""
        self.spec.components.header("RETRY_AFTER", RETRY_AFTER)
        for name, response in error_responses().items():
            self.spec.components.response(name, response, lazy=True)


def register(app: Flask) -> None:
    """The API's routes in `app`."""
    app.config.update(
        API_TITLE="Gradient Grader",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        JSON_SORT_KEYS=False,
    )
    api = _Api(app, spec_kwargs={"security": [{"bearer": []}], "info": {"description": __doc__}})
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    for part in (exercises, authoring, courses, submissions, lti):
        part.blueprint.before_request_funcs.setdefault(None, [_authenticate])
        csrf.exempt(part.blueprint)
        api.register_blueprint(part.blueprint, url_prefix=PREFIX)
    api.register_blueprint(health.blueprint, url_prefix=PREFIX)
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
