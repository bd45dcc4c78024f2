"""When a request arrived: as it began, not when its body was read or a thread was free for it.

A hand-in that begins to arrive a second before it is due is in time, however slow the line and however long the queue.
A body may take SLOWEST: nobody holds a place in time with a request that stays open.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, g, request
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import WSGITask

from service.models import now

SLOWEST = timedelta(seconds=60)
_KEY = "gradient_grader.arrived_at"


def register(app: Flask) -> None:
    """Notes the time of each request to `app`, as the server has it, or else as the application sees it."""

    @app.before_request
    def note() -> None:
        g.arrived_at = request.environ.get(_KEY) or now()


def arrived_at() -> datetime:
    """When the current request arrived."""
    at: datetime = g.arrived_at
    return at


class _Parser(HTTPRequestParser):
    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self.began_at = self.arrived_at = now()

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.completed:
            self.arrived_at = max(self.began_at, now() - SLOWEST)
        return consumed


class _Task(WSGITask):
    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[_KEY] = self.request.arrived_at
        return environ


class Channel(HTTPChannel):
    """A connection of the web server whose requests know when they arrived."""

    parser_class = _Parser
    task_class = _Task
