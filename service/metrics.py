"""What is counted and written down of every request, and `/metrics`, where Prometheus reads it.

What the requests did is counted in this process; the rest (the queue, submissions, workers) is read from the database
and the broker when somebody asks, so that workers need no way to be asked.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from hmac import compare_digest

from flask import Flask, Response, abort, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client import generate_latest as as_text

from service import logs
from service.configuration import settings
from service.figures import Figures

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)  # seconds
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
SILENT = ("static", "health", "metrics")  # beginnings of endpoints that no line is logged for

_SUBMISSION = re.compile(r"/submissions/<int:(\w+)>")

log = logging.getLogger(logs.REQUESTS)


class Metrics:
    """The counters of an application, and what they are shown with."""

    def __init__(self, app: Flask) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route")
        self.requests = Counter(
            "gradient_grader_requests", "Requests answered.", (*labels, "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "gradient_grader_request_seconds", "How long they took; with ?wait= also the wait for a report.",
            labels, buckets=BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.hand_ins = Counter("gradient_grader_hand_ins", "Submissions taken.", ("what",), registry=self.registry)
        for what in ("assignment", "practice"):
            self.hand_ins.labels(what)
        ProcessCollector(registry=self.registry)
        self.registry.register(
            Figures(app.extensions["gradient_grader_database"], app.extensions["gradient_grader_celery"])
        )


def register(app: Flask) -> None:
    """Counts the requests to `app`, gives each a number that answers and logs carry, and shows what was counted."""
    made = app.extensions["gradient_grader_metrics"] = Metrics(app)
    app.add_url_rule("/metrics", "metrics", show)

    @app.before_request
    def begin() -> None:
        g.began, g.request_id = time.perf_counter(), uuid.uuid4().hex[:16]
        logs.begin(request=g.request_id)
        found = _SUBMISSION.search(request.url_rule.rule) if request.url_rule else None
        if found:
            logs.note(submission=(request.view_args or {})[found[1]])

    @app.after_request
    def end(response: Response) -> Response:
        method = request.method if request.method in METHODS else "other"
        route = request.url_rule.rule if request.url_rule else "none"  # addresses may hold secrets, and never end
        seconds = time.perf_counter() - g.began
        made.requests.labels(method, route, response.status_code).inc()
        made.seconds.labels(method, route).observe(seconds)
        if not (request.endpoint or "").startswith(SILENT):
            figures = {"method": method, "route": route, "status": response.status_code, "seconds": round(seconds, 4)}
            log.info("%s %s: %s", method, route, response.status_code, extra={"figures": figures})
        response.headers["X-Request-ID"] = g.request_id
        return response

    @app.teardown_request
    def forget(error: BaseException | None) -> None:
        logs.end()


def metrics() -> Metrics:
    """The counters of the current application."""
    found: Metrics = current_app.extensions["gradient_grader_metrics"]
    return found


def show() -> Response:
    """All of it, to whoever has the token of the configuration; where there is none, to nobody."""
    if not settings().metrics_token:
        abort(404)
    given = request.headers.get("Authorization", "")
    if not compare_digest(given.encode(), f"Bearer {settings().metrics_token}".encode()):
        abort(401)
    return Response(as_text(metrics().registry), content_type=CONTENT_TYPE_LATEST)
