"""One JSON object a line; a submission can be followed through all parts, and nothing that is secret is written."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from service import logs
from service.database import Database
from tests.service.client import Client
from tests.service.conftest import PASSWORD, PROJECT, Parts
from tests.service.servers import process, until

SOURCE = "dfdx = y  # marker-of-my-source, by student@example.org\ndfdy = x\n"


@contextmanager
def watched(parts: Parts, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A process that logs as JSON, and the file where its lines are."""
    errors = parts.configuration.data_dir / f"{arguments[0]}.log"
    environment = {**parts.environment(), "GRADIENT_GRADER_LOG": "json"}
    command = [sys.executable, "-m", "service", *arguments]
    with errors.open("wb") as file, process(command, cwd=PROJECT, env=environment, stderr=file) as running:
        yield running, errors


def logged(file: Path) -> list[dict[str, Any]]:
    """The lines of a log, each read as JSON."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_a_submission_is_followed_by_its_number_and_nothing_secret_is_written(parts: Parts) -> None:
    port = parts.configuration.public_url.rpartition(":")[2]
    client = parts.client("student")
    with watched(parts, "web", "--port", port) as (_, web), watched(parts, "worker", "--name", "w-1") as (_, worker):
        until(lambda: "answering" in web.read_text() and "grading" in worker.read_text())
        path = f"/api/v1/assignments/{parts.school.assignments['multiply']}/submissions?wait=20"
        answer = client.post(path, {"kind": "code", "source": SOURCE})
        assert answer.json["report"]["verdict"] == "match"
        anybody = Client(client.address)
        anybody.get("/invitations/secret-of-an-invitation")
        anybody.get("/health/ready")
        anybody.post("/api/v1/sign-in", {"email": "student@example.org", "password": "a wrong password"})
        anybody.post("/api/v1/sign-in", {"email": "student@example.org", "password": PASSWORD})
        anybody.request("GET", "/api/v1/account", headers={"Authorization": "Bearer gg_one-that-does-not-hold"})
    number, asked = answer.json["id"], answer.headers["x-request-id"]
    mine = [line for line in logged(web) if line.get("submission") == number]
    assert {line["request"] for line in mine} == {asked}
    assert mine[0]["message"] == f"submission {number} is taken, for assignment {parts.school.assignments['multiply']}"
    [request] = [line for line in mine if line["logger"] == logs.REQUESTS]
    assert (request["status"], request["method"]) == (answer.status, "POST")
    assert request["route"] == "/api/v1/assignments/<int:assignment_id>/submissions"
    assert isinstance(request["account"], int)
    [graded] = [line for line in logged(worker) if line.get("submission") == number]
    assert (graded["worker"], graded["level"]) == ("w-1", "info")
    assert graded["message"] == f"submission {number}: match"
    everything = web.read_text() + worker.read_text()
    configuration = parts.configuration
    for secret in (
        client.token, "gg_", "@", PASSWORD, "a wrong password", "marker-of-my-source", "secret-of-an-invitation",
        configuration.secret_key, configuration.trials_secret, configuration.database_url,
    ):  # fmt: skip
        assert str(secret) not in everything, secret
    assert "/health" not in everything


def lines_of(form: str, capsys: pytest.CaptureFixture[str], message: str, *arguments: object) -> str:
    before = logging.root.handlers[:], logging.root.level
    logs.start(form)
    try:
        try:
            raise ValueError("it was ada@example.org with gg_abc-123_x")
        except ValueError:
            logging.getLogger("service.tests").exception(message, *arguments)
    finally:
        logging.root.handlers[:], level = before[0], before[1]
        logging.root.setLevel(level)
        logging.captureWarnings(False)
    return capsys.readouterr().err


@pytest.mark.parametrize("form", logs.FORMS)
@pytest.mark.parametrize(
    ("said", "hidden", "left"),
    [
        ("no account has Ada.L+x@Example.org", "Example.org", "no account has "),
        ("redis://:hush-1@there:6379/0 is away", "hush-1", "there:6379/0 is away"),
        ("postgresql+psycopg://me:hush-2@there/db", "hush-2", "there/db"),
        ("Authorization: Bearer hush-3", "hush-3", "Authorization: Bearer "),
        ("token gg_hush-4", "hush-4", "token "),
        ("id_token=eyJhbGciOi.eyJzdWIi.c2ln_-", "eyJzdWIi", "id_token="),
        ("勾配 of 3 rows", "nothing of the kind", "勾配 of 3 rows"),
        ("refused: " + "a" * (1 << 20) + " ada@example.org", "ada", "refused: "),
        ("refused: " + "ey-" * (1 << 18), "nothing of the kind", "refused: "),
    ],
)
def test_what_is_secret_is_blotted_out_of_messages_and_errors(
    form: str, said: str, hidden: str, left: str, capsys: pytest.CaptureFixture[str]
) -> None:
    written = lines_of(form, capsys, "%s", said)
    assert hidden not in written
    assert left in written
    assert "example.org" not in written
    assert "gg_abc" not in written
    assert "ValueError" in written
    if form == logs.JSON:
        [line] = written.splitlines()
        assert set(json.loads(line)) == {"time", "level", "logger", "message", "error"}


def test_what_is_known_in_a_block_is_carried_by_its_lines_only(capsys: pytest.CaptureFixture[str]) -> None:
    with logs.about(request="r"):
        logs.note(submission=5)
        assert "  request=r  submission=5\n" in lines_of(logs.TEXT, capsys, "inside")
    logs.note(submission=6)
    assert "submission" not in lines_of(logs.TEXT, capsys, "outside")


def test_errors_of_the_database_do_not_tell_what_was_asked_for(parts: Parts) -> None:
    database = Database(parts.configuration.database_url)
    try:
        with pytest.raises(Exception, match="nowhere") as failed, database.reading() as session:
            session.execute(text("SELECT 1 FROM nowhere WHERE email = :email"), {"email": "a-secret"})
    finally:
        database.close()
    assert "a-secret" not in str(failed.value)


def test_an_error_of_ours_names_the_route_and_not_the_address(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    def fail(secret: str) -> str:
        raise RuntimeError("broken")

    parts.app.view_functions["broken"] = fail
    with caplog.at_level(logging.ERROR):
        parts.app.add_url_rule("/broken/<secret>", "broken")
        parts.app.test_client().get("/broken/hush")
    assert "GET /broken/<secret> failed" in caplog.text
    assert "hush" not in caplog.text
