"""In which language this request is answered, and the mark of what is to be put into it."""

from __future__ import annotations

from flask import g, has_request_context, request, session

from grader import LANGUAGES
from service.authentication import signed_in


def _(message: str) -> str:
    """Marks a message for translation."""
    return message


def preferred_language() -> str:
    """`?language=`, else what was chosen in this browser, else the account's, else what the client accepts, else
    English."""
    if not has_request_context():
        return LANGUAGES[0]
    person = g.get("person") or signed_in()
    for language in (request.args.get("language"), session.get("language"), person.language if person else None):
        if language in LANGUAGES:
            return str(language)
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
