"""The same change by several at once, and changes that meet: on PostgreSQL, where they truly run beside one another.

Whoever is first is answered as always, the others as if they had come later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests.service.conftest import lacking
from tests.service.routes import API, PEOPLE, PERSON, ROSTER, TABLE
from tests.service.servers import missing, postgresql
from tests.service.table import Table, make_table

Request = tuple[str, str, str, Any]  # who, method, path, and what is sent
PEOPLE_OF_COURSE = f"{API}/courses/{{course}}/people"

CHANGES: list[Request] = [
    (next(who for who, status in zip(PEOPLE, statuses.split(), strict=True) if status < "400"), method, path, sent)
    for method, path, statuses, sent in TABLE
    if method != "GET" and min(statuses.split()) < "400"
]
"""Each row of the table that changes something, by the first who may."""

MEETING: list[tuple[Request, Request]] = [
    (
        ("instructor", "PATCH", f"{PEOPLE_OF_COURSE}/{{student}}", {"section": "B"}),
        ("instructor", "DELETE", f"{PEOPLE_OF_COURSE}/{{student}}", None),
    ),
    (
        ("instructor", "POST", PEOPLE_OF_COURSE, PERSON),
        ("instructor", "POST", f"{API}/courses/{{course}}/roster?apply=true", ROSTER),
    ),
    (
        (
            "assistant",
            "PUT",
            f"{API}/assignments/{{assignment}}/grades/{{student}}",
            {"score": 5, "comment": "By hand."},
        ),
        ("instructor", "PATCH", f"{PEOPLE_OF_COURSE}/{{student}}", {"section": "B"}),
    ),
]
"""Changes of which one took away what the other was about to change, or that waited for one another."""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    if missing():
        lacking(f"no changes at once: {' and '.join(missing())} not found on this machine")
    with postgresql() as server, server.running(), make_table(tmp_path_factory.mktemp("at_once"), server) as made:
        yield made


def at_once(table: Table, requests: Sequence[Request]) -> list[int]:
    """The statuses of all, sent at the same moment."""
    ready = Barrier(len(requests))

    def send(request: Request) -> int:
        ready.wait()
        return table.send(*request).status_code

    with ThreadPoolExecutor(len(requests)) as threads:
        statuses = list(threads.map(send, requests))
    table.restore()
    return statuses


@pytest.mark.parametrize("change", CHANGES, ids=[f"{method} {path}" for _, method, path, _ in CHANGES])
def test_the_same_change_by_several_at_once_is_one_s_and_a_refusal_to_the_others(table: Table, change: Request) -> None:
    statuses = at_once(table, [change] * 4)
    assert min(statuses) < 400, statuses
    assert max(statuses) < 500, statuses


@pytest.mark.parametrize(("one", "other"), MEETING)
def test_changes_that_meet_are_both_made_or_one_is_refused(table: Table, one: Request, other: Request) -> None:
    for _ in range(3):
        statuses = at_once(table, [one, other] * 2)
        assert min(statuses) < 400, statuses
        assert max(statuses) < 500, statuses
