"""Where the database does not answer, or somebody else was faster, everybody is told to come again; nobody sees a fault
of theirs or a stack."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from service import create_app
from service.configuration import Configuration, make_secrets
from service.database import Database, writing
from service.models import Account
from service.tasks import GRADE, GRADE_AGAIN, SWEEP, make_celery
from service.worker import Grader, offer
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


@pytest.fixture
def over_tcp(parts: Parts) -> Iterator[str]:
    """The address of the PostgreSQL of `parts` as if it were on another machine: the tests' own listens in a file."""
    url = parts.database.engine.url

    def pass_on(source: socket.socket, target: socket.socket) -> None:
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)

    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket(socket.AF_UNIX) as server:

        def relay() -> None:
            client, _ = listening.accept()
            with client:
                server.connect(f"{url.query['host']}/.s.PGSQL.5432")
                back = threading.Thread(target=pass_on, args=(server, client))
                back.start()
                pass_on(client, server)
                back.join()

        relaying = threading.Thread(target=relay)
        relaying.start()
        port = listening.getsockname()[1]
        yield f"postgresql+psycopg://{url.username}@127.0.0.1:{port}/{url.database}"
        relaying.join()


@pytest.mark.parametrize("place", ["servers"], indirect=True)
def test_a_server_that_vanishes_within_a_question_is_given_up_in_seconds(over_tcp: str) -> None:
    with closing(Database(over_tcp)) as database, database.engine.connect() as connection:
        descriptor = connection.connection.driver_connection.fileno()
        with socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM) as channel:
            assert channel.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert channel.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 5  # seconds; Linux's own: 2 hours
            assert channel.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000  # a quarter of an hour


def test_a_server_that_never_says_anything_is_given_up_in_seconds(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql+psycopg://nobody@127.0.0.1:{silent.getsockname()[1]}/grader"
        variables = {"GRADIENT_GRADER_DATA_DIR": str(tmp_path), "GRADIENT_GRADER_DATABASE_URL": address}
        client = create_app({**make_secrets(tmp_path), **variables}).test_client()
        began = time.monotonic()
        answer = client.get("/api/v1/courses", headers={"Authorization": "Bearer gg_any"})
        assert time.monotonic() - began < 30  # psycopg's own: 130
    assert_asked_to_come_again(answer)


def test_a_worker_says_in_a_line_that_the_database_is_away_and_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    address = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/grader"
    variables = {"GRADIENT_GRADER_DATA_DIR": str(tmp_path), "GRADIENT_GRADER_DATABASE_URL": address}
    configuration = Configuration.from_environment({**make_secrets(tmp_path), **variables})
    with closing(Database(address)) as database, closing(make_celery(configuration)) as celery:
        offer(celery, Grader(configuration, database, None, "worker"))  # type: ignore[arg-type]  # it grades nothing
        with caplog.at_level(logging.WARNING):
            for task, arguments in ((GRADE, [1]), (GRADE_AGAIN, [1]), (SWEEP, [])):
                celery.tasks[task](*arguments)
    assert len(caplog.records) == 3
    for said in caplog.records:
        assert said.getMessage().startswith("the database does not answer: ")
        assert not said.exc_info
