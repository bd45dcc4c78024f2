"""Where the database does not answer, or somebody else was faster, everybody is told to come again; nobody sees a fault
of theirs or a stack."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from service import create_app
from service.configuration import make_secrets
from service.database import writing
from service.models import Account
from tests.service.conftest import Parts, free_port


@pytest.fixture(params=["postgresql+psycopg://nobody@127.0.0.1:{port}/grader", "sqlite:///{folder}/gone/grader.sqlite"])
def without_database(request: pytest.FixtureRequest, tmp_path: Path) -> Flask:
    """An application whose database is not there."""
    address = request.param.format(port=free_port(), folder=tmp_path)
    variables = {"GRADIENT_GRADER_DATA_DIR": str(tmp_path), "GRADIENT_GRADER_DATABASE_URL": address}
    return create_app({**make_secrets(tmp_path), **variables})


def assert_asked_to_come_again(answer: TestResponse) -> None:
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "psycopg" not in answer.text
    assert "sqlite" not in answer.text


@pytest.mark.parametrize("path", ["/api/v1/exercises", "/api/v1/submissions/1?wait=5", "/api/v1/courses/1/gradebook"])
def test_a_program_is_told_to_come_again(without_database: Flask, path: str) -> None:
    answer = without_database.test_client().get(path, headers={"Authorization": "Bearer gg_any"})
    assert_asked_to_come_again(answer)
    assert answer.json is not None
    assert answer.json["error"]["code"] == "unavailable"


@pytest.mark.parametrize("path", ["/", "/sign-in", "/exercises"])
def test_a_browser_that_was_signed_in_is_told_to_come_again(without_database: Flask, path: str) -> None:
    client = without_database.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "1"
    answer = client.get(path, headers={"Accept": "text/html"})
    assert_asked_to_come_again(answer)
    assert "cannot answer for the moment" in answer.text


def test_what_needs_no_database_is_answered(without_database: Flask) -> None:
    client = without_database.test_client()
    assert client.get("/sign-in", headers={"Accept": "text/html"}).status_code == 200
    assert client.get("/api/v1/openapi.json").status_code == 200


def test_only_what_another_change_made_impossible_is_to_be_tried_again(parts: Parts) -> None:
    def add(email: str | None) -> str:
        with writing() as session:
            session.add(Account(email=email, name="Somebody"))
        return "made"

    parts.app.add_url_rule("/api/taken", "taken", lambda: add("student@example.org"))
    parts.app.add_url_rule("/api/nobody", "nobody", lambda: add(None))
    client = parts.app.test_client()
    taken, nobody = client.get("/api/taken"), client.get("/api/nobody")
    assert nobody.status_code == 500
    if parts.database.engine.dialect.name == "sqlite":  # its writers take turns: nobody was faster
        assert taken.status_code == 500
    else:
        assert_asked_to_come_again(taken)
