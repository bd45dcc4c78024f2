"""Handing in from afar, and waiting for the report."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from service.client.connection import Connection, Refused

DONE = ("graded", "ungraded")
SHORTEST, LONGEST = 1.0, 10.0  # seconds of one long poll: those far behind in the queue ask less often
PER_PLACE = 0.05


def number_of(connection: Connection, assignment: str) -> int:
    """The number of the assignment with this number or of the exercise with this name. Raises ValueError where there
    is none, or more than one."""
    if assignment.isdecimal():
        return int(assignment)
    known = _all(connection, "/api/v1/assignments")
    found = [item for item in known if assignment in (item["exercise"], item["title"])]
    found = [item for item in found if not item["course"]["archived"]] or found
    if len(found) == 1:
        return int(found[0]["id"])
    raise _one_of(known, f"Several assignments are called `{assignment}`" if found else _no(assignment))


def hand_in(connection: Connection, assignment: int, body: Mapping[str, Any]) -> Any:
    """The submission, made once however often it has to be sent, and done already where that takes no longer than
    SHORTEST. Raises ValueError where there is no such assignment, and Refused."""
    path = f"/api/v1/assignments/{assignment}/submissions?wait={SHORTEST:g}"
    try:
        return connection.post(path, body, key=uuid.uuid4().hex)
    except Refused as refused:
        if refused.status != 404:
            raise
        raise _one_of(_all(connection, "/api/v1/assignments"), _no(assignment)) from None


def waited_for(connection: Connection, submission: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The submission as it is now and whenever the service was asked again, until it is done."""
    yield submission
    while submission["status"] not in DONE:
        seconds = min(max(PER_PLACE * (submission["position"] or 0), SHORTEST), LONGEST)
        began = time.monotonic()
        submission = connection.get(f"/api/v1/submissions/{submission['id']}?wait={seconds:g}")
        yield submission
        if submission["status"] not in DONE:  # where too many wait there, one is answered at once
            time.sleep(max(0.0, SHORTEST - (time.monotonic() - began)))


def _no(assignment: object) -> str:
    return f"There is no assignment `{assignment}`"


def _one_of(known: list[Any], problem: str) -> ValueError:
    rows = [f"  {item['id']:>5}  {item['exercise']}: {item['title']} ({item['course']['title']})" for item in known]
    return ValueError("\n".join([f"{problem}. Give the number of one of these:", *rows]))


def _all(connection: Connection, path: str) -> list[Any]:
    """All pages of a list."""
    found: list[Any] = []
    size = 200
    while True:
        page = connection.get(f"{path}?page={len(found) // size + 1}&page_size={size}")
        found += page
        if len(page) < size:
            return found
