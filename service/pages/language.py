"""Choosing the language of this browser."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import redirect, request, session, url_for
from werkzeug.wrappers import Response

from grader import LANGUAGES
from service.pages.blueprint import pages


@pages.post("/language")
def choose_language() -> Response:
    """Remembers the choice for this browser, and goes back to where it was made."""
    if request.form.get("language") in LANGUAGES:
        session["language"] = request.form["language"]
    return redirect(own_address(request.form.get("next", "")), code=303)


def own_address(address: str) -> str:
    """`address` if it is a path on this service, else the first page: nobody is sent elsewhere."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return url_for("pages.home")
    own = not parts.scheme and not parts.netloc and parts.path.startswith("/") and "\\" not in address
    return address if own and not address.startswith("//") and address.isprintable() else url_for("pages.home")
