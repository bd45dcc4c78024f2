"""The grading service: web pages and an HTTP API over Flask, a worker over Celery, a database over SQLAlchemy.

It knows the grader only through what `grader` exports. Views parse and translate, tasks delegate; neither computes.
Nothing is imported here before it is needed: the command line and the worker start without the web's libraries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from service.configuration import Configuration

__all__ = ["create_app"]


def create_app(configuration: Configuration | Mapping[str, str] | None = None) -> Flask:
    """The web application. Without a configuration, or with a mapping of GRADIENT_GRADER_ variables, it is read from
    there; raises ConfigurationError. The database is expected to be migrated (see `service.migrations`)."""
    from service.application import make_app

    return make_app(configuration)
