"""The pages: HTML for students and instructors, in English and Japanese.

A page reads what the browser sent, asks the modules that the API asks as well, and translates the answer. Nothing is
computed here, and nothing a student wrote reaches a page unescaped. There is no inline script or style: pages live
under `default-src 'self'`.
"""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel

from service.language import preferred_language
from service.pages import (
    account,
    administration,
    assigning,
    assignments,
    audit,
    courses,
    exercises,
    grades,
    joining,
    lti,
    mistakes,
    people,
    presentation,
    providers,
    regrades,
    reports,
    rosters,
    sign_in,
)
from service.pages.blueprint import pages
from service.pages.problems import error_page

__all__ = [
    "account",
    "administration",
    "assigning",
    "assignments",
    "audit",
    "courses",
    "error_page",
    "exercises",
    "grades",
    "joining",
    "lti",
    "mistakes",
    "people",
    "providers",
    "register",
    "regrades",
    "reports",
    "rosters",
    "sign_in",
]


def register(app: Flask) -> None:
    """Adds the pages to `app`, with what their templates use."""
    Babel(app, locale_selector=preferred_language)
    presentation.register(app)
    app.register_blueprint(pages)
