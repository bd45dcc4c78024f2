"""The web application, put together from its parts."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask, request
from werkzeug.routing import IntegerConverter

from service import api, arrival, assets, authentication, errors, headers, metrics, pages, providers, throttle
from service.bell import Bell
from service.configuration import Configuration
from service.database import Database
from service.lti import routes
from service.models import MAX_ID
from service.tasks import make_celery
from service.waiting import Waiting

MAX_BODY_BYTES = 2 * 1024 * 1024

log = logging.getLogger(__name__)


def make_app(configuration: Configuration | Mapping[str, str] | None = None) -> Flask:
    """What `service.create_app` answers."""
    if configuration is None:
        configuration = Configuration.from_environment()
    elif not isinstance(configuration, Configuration):
        configuration = Configuration.from_environment(configuration)
    app = _Application("service", static_url_path=assets.path())
    app.config.update(
        SECRET_KEY=configuration.secret_key,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=configuration.public_url.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,
    )
    database = Database(configuration.database_url)
    app.extensions["gradient_grader"] = configuration
    app.extensions["gradient_grader_database"] = database
    app.extensions["gradient_grader_celery"] = make_celery(configuration)
    places = configuration.threads * 3 // 4
    app.extensions["gradient_grader_waiting"] = Waiting(database, places, Bell(configuration.done_bell))
    app.url_map.converters["int"] = _Id
    metrics.register(app)
    arrival.register(app)
    authentication.register(app)
    throttle.register(app)
    providers.register(app)
    api.register(app)
    pages.register(app)
    routes.register(app)
    errors.register(app, pages.error_page)
    assets.register(app)
    headers.register(app)
    return app


class _Application(Flask):
    def log_exception(self, exc_info: Any) -> None:
        """Names the route: the address, which Flask would write, may hold an invitation's secret."""
        log.error("%s %s failed", request.method, request.url_rule, exc_info=exc_info)


class _Id(IntegerConverter):
    """A number in an address: one that no table can hold is nobody's."""

    def to_python(self, value: str) -> int:
        """The number; 0, which nothing has, for one that is too large."""
        return int(value) if len(value) <= len(str(MAX_ID)) and int(value) <= MAX_ID else 0
