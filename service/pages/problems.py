"""What a browser is shown when something goes wrong."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template
from flask_babel import LazyString, lazy_gettext
from werkzeug.exceptions import HTTPException

from service.errors import ApiError

WORDS: Mapping[int, tuple[LazyString, LazyString]] = {
    400: (
        lazy_gettext("This did not arrive as it should"),
        lazy_gettext("The page may have been open for long. Go back, load it again, and send it once more."),
    ),
    403: (
        lazy_gettext("This is not yours to change"),
        lazy_gettext("Ask the instructor of the course."),
    ),
    404: (
        lazy_gettext("There is nothing here"),
        lazy_gettext("The address is wrong, or what is there is not yours to see."),
    ),
    413: (
        lazy_gettext("This is too large"),
        lazy_gettext("Hand in the code only, without outputs or data: up to 512 KiB."),
    ),
    429: (
        lazy_gettext("This was a little too often"),
        lazy_gettext("Wait a minute, then go on: nothing is lost."),
    ),
    500: (
        lazy_gettext("Something went wrong, and the fault is ours"),
        lazy_gettext("What you handed in before is safe. Try again in a moment."),
    ),
    503: (
        lazy_gettext("The service cannot answer for the moment"),
        lazy_gettext("What you handed in before is safe. Try again in a moment."),
    ),
}


def error_page(error: HTTPException) -> tuple[str, int, Mapping[str, str]]:
    """The page for `error`: what it is, and what to do."""
    status = error.code or 500
    title, advice = WORDS.get(status, WORDS[500 if status >= 500 else 400])
    headers = error.headers if isinstance(error, ApiError) else {}
    return render_template("problem.html", title=title, advice=advice), status, headers
