"""Whether the process answers, whether requests find what they need, and what Prometheus reads; on both back ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text, update

from service import create_app, grading
from service.configuration import Configuration
from service.models import Submission, now
from tests.service.client import Client
from tests.service.conftest import Parts, Place, free_port, make_parts
from tests.service.test_queue import LEASE, a_report, commit_only, hand_in

TOKEN = "a-token-of-32-characters-or-more"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def test_a_running_service_is_live_and_ready(running: Parts) -> None:
    for prefix in ("", "/api/v1"):
        anybody = Client(running.configuration.public_url)
        assert anybody.get(f"{prefix}/health/live").json == {"status": "ok"}
        ready = anybody.get(f"{prefix}/health/ready")
        assert ready.status == 200
        assert ready.json == {"status": "ok", "database": True, "migrated": True, "broker": True}


def test_tables_of_another_version_are_not_ready(parts: Parts) -> None:
    with parts.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    ready = parts.direct().get("/health/ready")
    assert ready.status == 503
    assert ready.json == {"status": "down", "database": True, "migrated": False, "broker": True}
    assert parts.direct().get("/health/live").status == 200


def test_what_is_away_is_told_and_the_process_is_live(tmp_path: Path) -> None:
    away = {
        "GRADIENT_GRADER_DATABASE_URL": f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing",
        "GRADIENT_GRADER_BROKER_URL": f"redis://127.0.0.1:{free_port()}/0",
        "GRADIENT_GRADER_SECRET_KEY": "k" * 32,
        "GRADIENT_GRADER_TRIALS_SECRET": "t" * 32,
        "GRADIENT_GRADER_METRICS_TOKEN": TOKEN,
        "GRADIENT_GRADER_DATA_DIR": str(tmp_path),
    }
    client = create_app(Configuration.from_environment(away)).test_client()
    ready = client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json == {"status": "down", "database": False, "migrated": False, "broker": False}
    for headers in ({}, {"Authorization": "Bearer gg_any"}):  # it asks nobody who that is
        live = client.get("/health/live", headers=headers)
        assert (live.status_code, live.json) == (200, {"status": "ok"})
    told = figures(client.get("/metrics", headers=BEARER).text)
    assert told["gradient_grader_up", "database"] == told["gradient_grader_up", "broker"] == 0


def figures(said: str) -> dict[tuple[str, ...], float]:
    """What Prometheus reads there: values by name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(said)
        for sample in family.samples
    }


@pytest.fixture
def measured(place: Place, tmp_path: Path) -> Iterator[Parts]:
    """Parts whose metrics may be read."""
    with make_parts(place, tmp_path, GRADIENT_GRADER_METRICS_TOKEN=TOKEN) as made:
        yield made


def read(parts: Parts) -> dict[tuple[str, ...], float]:
    answer = parts.direct().get("/metrics", **BEARER)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return figures(answer.body.decode())


def test_metrics_are_read_with_their_token_and_by_nobody_else(measured: Parts) -> None:
    assert measured.direct().get("/metrics", **BEARER).status == 200
    for headers in ({}, {"Authorization": TOKEN}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}x"}):
        refused = measured.direct().get("/metrics", **headers)
        assert (refused.status, refused.json["error"]["code"]) == (401, "not_signed_in")
    for name in measured.school.tokens:
        assert measured.direct(name).get("/metrics").status == 401


def test_without_a_token_in_the_configuration_there_are_no_metrics(parts: Parts) -> None:
    for headers in ({}, BEARER, {"Authorization": "Bearer "}, {"Authorization": ""}):
        assert parts.direct().get("/metrics", **headers).status == 404


def test_requests_are_counted_by_route_and_not_by_address(measured: Parts) -> None:
    student = measured.direct("student")
    for path in ("/api/v1/submissions/1", "/api/v1/submissions/2", "/nowhere/1", "/nowhere/2"):
        assert student.get(path).status == 404
    student.request("BREW", "/nowhere/3")
    told = read(measured)
    route = "/api/v1/submissions/<int:submission_id>"
    assert told["gradient_grader_requests_total", "GET", route, "404"] == 2
    assert told["gradient_grader_request_seconds_count", "GET", route] == 2
    assert told["gradient_grader_requests_total", "GET", "none", "404"] == 2
    assert told["gradient_grader_requests_total", "other", "none", "404"] == 1
    assert not any("nowhere" in part for name in told for part in name)


def test_the_queue_submissions_and_workers_are_told_as_they_are(measured: Parts) -> None:
    empty = read(measured)
    assert empty["gradient_grader_submissions", "queued"] == 0
    assert empty["gradient_grader_oldest_waiting_seconds",] == 0
    assert empty["gradient_grader_workers",] == 0
    numbers = [hand_in(measured) for _ in range(3)]
    commit_only(measured)
    grading.announce(measured.database, "w", {"seccomp": True})
    for number in numbers[:2]:
        claimed = grading.claim(measured.database, number, "w", LEASE)
        assert claimed is not None
        grading.finish(measured.database, claimed, a_report())
    again = grading.claim(measured.database, numbers[2], "w", LEASE)
    assert again is not None
    assert grading.give_back(measured.database, again)
    told = read(measured)
    assert told["gradient_grader_hand_ins_total", "assignment"] == 3
    assert told["gradient_grader_hand_ins_total", "practice"] == 0
    assert told["gradient_grader_submissions", "graded"] == 2
    assert told["gradient_grader_submissions", "queued"] == 2
    assert told["gradient_grader_queue_messages", "grading"] == 3
    assert told["gradient_grader_oldest_waiting_seconds",] > 0
    assert told["gradient_grader_workers",] == 1
    assert told["gradient_grader_recently_done",] == 2
    assert told["gradient_grader_recently_failed_tries",] == 0
    assert 0 <= told["gradient_grader_grading_seconds", "0.5"] <= told["gradient_grader_report_seconds", "0.99"]
    assert told["gradient_grader_passback_scores", "waiting"] == 0
    assert told["gradient_grader_up", "database"] == told["gradient_grader_up", "broker"] == 1


def test_tries_that_failed_by_our_fault_are_told(measured: Parts) -> None:
    ungraded, graded_at_last = commit_only(measured), commit_only(measured)
    with measured.database.writing() as session:
        for number, status in ((ungraded, "ungraded"), (graded_at_last, "graded")):
            done = {"status": status, "tries": 3, "picked_at": now(), "done_at": now()}
            session.execute(update(Submission).where(Submission.id == number).values(done))
    told = read(measured)
    assert told["gradient_grader_recently_failed_tries",] == 3 + 2
    assert told["gradient_grader_submissions", "ungraded"] == 1
