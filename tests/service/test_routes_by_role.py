"""Who may do what: every row of the table in `routes`, and that it has all rows that it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask

from service.errors import MESSAGES
from tests.service.routes import API, PEOPLE, TABLE
from tests.service.table import Table, make_table

BY_THEMSELVES = {
    **dict.fromkeys(("/lti/login", "/lti/launch", "/lti/open", "/lti/select"), "a platform's signature, or a ticket"),
    f"{API}/sign-in": "a password, or a token",
}
"""Paths that believe no session, and so need no CSRF token; and what they ask for in its place."""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    with make_table(tmp_path_factory.mktemp("table")) as made:
        yield made


@pytest.mark.parametrize(("method", "path", "statuses", "sent"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_each_role_is_answered_as_it_may(table: Table, method: str, path: str, statuses: str, sent: Any) -> None:
    answers = [table.ask(who, method, path, sent) for who in PEOPLE]
    assert " ".join(str(answer.status_code) for answer in answers) == statuses, f"of {', '.join(PEOPLE)}"
    for answer in answers:
        if path.startswith(API) and answer.status_code == 404:  # as if there were nothing
            assert (
                answer.json["error"] == {"code": "not_found", "message": MESSAGES[404], "details": {}} or "/own" in path
            )


def test_what_may_not_be_read_is_not_found_and_only_to_change_what_is_read_is_forbidden() -> None:
    read = {path.partition("?")[0]: statuses.split() for method, path, statuses, _ in TABLE if method == "GET"}
    for method, path, statuses, _ in TABLE:
        refused = [number for number, status in enumerate(statuses.split()) if status == "403"]
        assert not (refused and method == "GET"), f"{path}: what may not be read is 404"
        above = path if path.startswith(API) else API + path  # the API reads what the pages change
        while refused and above not in read:
            above = above.rpartition("/")[0]
        for number in refused:
            assert read[above][number] == "200", f"{method} {path}: {PEOPLE[number]} does not read {above}"


def test_every_route_has_its_rows(table: Table) -> None:
    adapter = table.app.url_map.bind("127.0.0.1")
    rows = [
        (adapter.match(table.path(path).partition("?")[0], method, return_rule=True)[0], method, path)
        for method, path, *_ in TABLE
    ]
    for rule in table.app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        paths = [path for found, _, path in rows if found is rule]
        missing = set(rule.methods or ()) - {"HEAD", "OPTIONS"} - {method for found, method, _ in rows if found is rule}
        assert not missing, f"{missing} {rule.rule}: no row"
        for name in ("course", "assignment", "submission", "regrade"):
            if f"/{name}s/<int:" in rule.rule:
                assert any(f"/{{{name}}}" in path for path in paths), rule.rule
                assert any(f"/{{other_{name}}}" in path for path in paths), f"{rule.rule}: another course's is missing"


@contextmanager
def protected(app: Flask) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        yield
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_a_browser_changes_nothing_without_the_csrf_token(table: Table) -> None:
    with protected(table.app):
        for method, path, _, sent in TABLE:
            if method == "GET" or path in BY_THEMSELVES:
                continue
            cookie = {"Cookie": table.cookies["administrator"]}
            given = {"data": json.dumps(sent), "content_type": "application/json"} if path.startswith(API) else {}
            client = table.app.test_client(use_cookies=False)
            answer = client.open(table.path(path), method=method, headers=cookie, **given)  # type: ignore[arg-type] # of two kinds
            assert answer.status_code == 400, (method, path, answer.text)
