"""The OpenAPI document, made from the code of the routes, and the page that shows it."""

from __future__ import annotations

from flask import Flask, render_template
from flask_smorest import Api
from flask_smorest.pagination import PaginationMetadataSchema

from service.api.blueprint import RETRY_AFTER, error_responses
from service.api.schemas.errors import ErrorSchema

INTRODUCTION = """
Grades backward passes and derivatives, and says what is wrong with them.

**Token.** Every route but those of health and the one that gives tokens needs `Authorization: Bearer gg_…`; a signed-in
browser may go without, and then sends the CSRF token in `X-CSRFToken` with what changes something.

**Errors** have one shape, `{"error": {"code", "message", "details"}}`: `code` is for machines and stable, `message`
says what to change. With `Retry-After` the same request may be sent again after so many seconds.

**Lists** are arrays, `page_size` of them at a time; the header `X-Pagination` tells `total`, `total_pages` and which
page is the next.

**Handing in** is safe to repeat with an `Idempotency-Key`. What is accepted is kept, and graded even if everything is
restarted meanwhile. `?wait=` waits for the report.

**Times** are ISO 8601 with their zone.
"""


class DocumentedApi(Api):
    """The routes of its blueprints, described: every status by itself, every error in the one shape."""

    ERROR_SCHEMA = ErrorSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Errors have one shape in the whole application: `service.errors`."""

    def _register_responses(self) -> None:
        self.spec.components.header("RETRY_AFTER", RETRY_AFTER)
        for name, response in error_responses().items():
            self.spec.components.response(name, response, lazy=True)

    def _register_pagination_header(self) -> None:
        """A header that holds JSON, and not, as it would be without `content`, text in the style of a header."""
        numbers = {name: {"type": "integer"} for name in PaginationMetadataSchema().fields}
        content = {"application/json": {"schema": {"type": "object", "properties": numbers}}}
        self.spec.components.header("PAGINATION", {"description": "Where this page is.", "content": content}, lazy=True)


def make_api(app: Flask, prefix: str) -> DocumentedApi:
    """The API of `app`, still without routes, with its document at `prefix`/openapi.json and the page at
    `prefix`/docs."""
    app.config.update(
        API_TITLE="Gradient Grader",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=prefix,
        OPENAPI_JSON_PATH="openapi.json",
    )
    licence = {"name": "MIT", "identifier": "MIT"}
    information = {"description": INTRODUCTION.strip(), "license": licence}
    api = DocumentedApi(app, spec_kwargs={"security": [{"bearer": []}], "info": information})
    bearer = {"type": "http", "scheme": "bearer", "description": "A token of one's own: gg_…"}
    api.spec.components.security_scheme("bearer", bearer)
    app.add_url_rule(f"{prefix}/docs", "api_docs", lambda: render_template("docs.html"))
    return api
