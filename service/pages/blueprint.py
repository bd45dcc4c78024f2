"""What all pages share: their blueprint, what they answer, and who reads them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint
from werkzeug.wrappers import Response

from service.authentication import Person, signed_in

Answer = str | Response | tuple[str, int] | tuple[str, int, Mapping[str, str]]

pages = Blueprint("pages", __name__)


def person() -> Person:
    """Who reads this page. Only where `login_required` stands before."""
    found = signed_in()
    assert found is not None
    return found
