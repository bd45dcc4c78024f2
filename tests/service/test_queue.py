"""Nothing is lost and nothing is graded twice when parts of the service die, on both back ends.

Where a worker has to die it is the test's own; the others are graded by that of the `running` service."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
import redis
from kombu.exceptions import OperationalError
from kombu.simple import SimpleQueue
from sqlalchemy import func, select, update

from grader import Report, catalogue, read_code
from grader.report import GradientReport, GradientVerdict, Run, Shape
from service import grading, submissions, tasks
from service.authentication import Person, by_token
from service.configuration import Configuration, make_secrets
from service.deadlines import situations
from service.models import (
    GRADED,
    GRADING,
    QUEUED,
    UNGRADED,
    Assignment,
    LtiLaunch,
    LtiPlatform,
    StoredReport,
    Submission,
    now,
)
from service.tasks import GRADE, QUEUE, deliver, make_celery, sweep, waiting_in_broker
from tests.service.conftest import Embedded, Parts, free_port, lacking, make_parts
from tests.service.servers import missing, redis_server, until

RIGHT = "dfdx = y\ndfdy = x\n"
SLOW = "n = 0\nwhile n < 800_000:\n    n += 1\ndfdx = y\ndfdy = x\n"  # on each of the trials
LEASE = timedelta(seconds=30)


def hand_in(parts: Parts, source: str = RIGHT, who: str = "student") -> int:
    with parts.app.app_context(), parts.database.reading() as session:
        assignment = session.get_one(Assignment, parts.school.assignments["multiply"])
        return submissions.hand_in(person(parts, who), read_code(source), catalogue()["multiply"], assignment).id


def commit_only(parts: Parts) -> int:
    """What a web process leaves that dies between its commit and the broker."""
    with parts.database.writing() as session:
        lost = Submission(
            account_id=person(parts).id, exercise="multiply", kind="code", trial_set=0,
            payload={"source": RIGHT, "notebook": False, "filename": ""},
        )  # fmt: skip
        session.add(lost)
        session.flush()
        return lost.id


def person(parts: Parts, name: str = "student") -> Person:
    with parts.app.app_context():
        found = by_token(parts.school.tokens[name])
        assert found is not None
        return found


def state(parts: Parts, number: int) -> Submission:
    with parts.database.reading() as session:
        return session.get_one(Submission, number)


def reports(parts: Parts, number: int) -> list[StoredReport]:
    with parts.database.reading() as session:
        return list(session.scalars(select(StoredReport).where(StoredReport.submission_id == number)))


def until_status(parts: Parts, number: int, status: str, seconds: float = 20) -> None:
    until(lambda: state(parts, number).status == status, seconds)


def a_report(verdict: str = "match") -> Report:
    exercise = catalogue()["multiply"]
    return Report(
        exercise.name,
        exercise.digest,
        verdict,
        "code",
        None,
        1.0,
        2.0,
        (),
        Run("finished"),  # type: ignore[arg-type]
    )


def spent(parts: Parts) -> dict[int, int]:
    with parts.database.reading() as session:
        found = situations(session, session.scalars(select(Assignment)).all(), person(parts).id)
    return {number: situation.spent for number, situation in found.items() if situation.spent}


def test_a_worker_killed_while_it_grades_loses_nothing(parts: Parts) -> None:
    number = hand_in(parts, SLOW)
    with parts.start("worker", "--name", "victim") as worker:
        until_status(parts, number, GRADING)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    assert state(parts, number).status == GRADING
    with parts.start("worker", "--name", "victim"):
        until_status(parts, number, GRADED)
    assert [stored.verdict for stored in reports(parts, number)] == ["match"]
    assert state(parts, number).tries == 2


def test_what_a_dead_worker_held_goes_to_another_when_its_lease_is_over(running: Parts) -> None:
    number = commit_only(running)
    assert grading.claim(running.database, number, "gone for ever", timedelta(seconds=0.5))
    with running.start("beat"):
        until_status(running, number, GRADED)
    assert state(running, number).worker == "worker-1"
    assert len(reports(running, number)) == 1


def test_what_was_committed_and_never_enqueued_is_swept_and_graded(running: Parts) -> None:
    celery = running.app.extensions["gradient_grader_celery"]
    until(lambda: waiting_in_broker(celery) == 0)
    number = commit_only(running)
    assert waiting_in_broker(celery) == 0
    sweep(running.database, celery, grace=timedelta(0))
    until_status(running, number, GRADED)
    assert [stored.verdict for stored in reports(running, number)] == ["match"]


def test_the_sweep_leaves_alone_what_is_merely_waiting(parts: Parts) -> None:
    numbers = [hand_in(parts) for _ in range(5)]
    celery = parts.app.extensions["gradient_grader_celery"]
    assert waiting_in_broker(celery) == 5
    sweep(parts.database, celery, grace=timedelta(0))
    assert waiting_in_broker(celery) == 5
    assert {state(parts, number).status for number in numbers} == {QUEUED}


def test_a_message_delivered_three_times_makes_one_report(running: Parts) -> None:
    celery = running.app.extensions["gradient_grader_celery"]
    before, number = hand_in(running, SLOW), hand_in(running)
    deliver(celery, number, first=True)
    deliver(celery, number, first=True)
    assert state(running, before).status != GRADED  # so that all three wait together
    until_status(running, hand_in(running), GRADED)
    assert len(reports(running, number)) == 1
    assert state(running, number).tries == 1


def test_what_one_account_hands_in_at_once_comes_after_the_first_of_everybody(parts: Parts) -> None:
    endless, *further = [hand_in(parts, "while True: pass\n") for _ in range(4)]
    first, second = hand_in(parts, who="classmate"), hand_in(parts, who="classmate")
    other = hand_in(parts, who="assistant")
    celery = parts.app.extensions["gradient_grader_celery"]
    assert waiting_in_broker(celery) == 7
    with celery.connection_for_read() as connection, SimpleQueue(connection, celery.amqp.queues[QUEUE]) as queue:
        messages = [queue.get(timeout=5) for _ in range(7)]
        for message in messages:
            message.ack()
    assert [message.payload[0][0] for message in messages] == [endless, first, other, *further, second]


def test_and_so_does_what_is_delivered_again(parts: Parts) -> None:
    lost, *further = [hand_in(parts) for _ in range(3)]
    other = hand_in(parts, who="classmate")
    celery = parts.app.extensions["gradient_grader_celery"]
    with celery.connection_for_read() as connection, SimpleQueue(connection, celery.amqp.queues[QUEUE]) as queue:
        queue.clear()
        sweep(parts.database, celery, grace=timedelta(0))
        messages = [queue.get(timeout=5) for _ in range(4)]
        for message in messages:
            message.ack()
    assert [message.payload[0][0] for message in messages] == [lost, other, *further]


def test_a_message_that_would_run_code_when_it_is_loaded_is_not(running: Parts, tmp_path: Path) -> None:
    loaded = tmp_path / "loaded"
    celery = running.app.extensions["gradient_grader_celery"]
    with celery.connection_for_write() as connection:
        connection.Producer().publish(
            pickle.dumps(Loaded(loaded)),
            routing_key=QUEUE,
            content_type="application/x-python-serialize",
            content_encoding="binary",
            headers={"task": GRADE, "id": "1"},
        )
    number = hand_in(running)
    until_status(running, number, GRADED)
    assert not loaded.exists()


class Loaded:
    """Says so in a file, when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self._path,)


def test_three_crashes_end_as_ungraded_and_cost_no_attempt(parts: Parts) -> None:
    number = hand_in(parts)
    for _ in range(2):
        assert grading.claim(parts.database, number, "victim", LEASE)
        assert grading.release(parts.database, "victim") == [number]
    assert grading.claim(parts.database, number, "victim", LEASE)
    assert spent(parts) == {parts.school.assignments["multiply"]: 1}
    with parts.start("worker", "--name", "victim"):
        until_status(parts, number, UNGRADED)
    [stored] = reports(parts, number)
    assert stored.verdict == "ungraded"
    told = Report.from_dict(stored.report).to_dict("en")
    assert "the fault is ours" in told["summary"]
    assert "the fault is ours" in told["run"]["message"]
    assert spent(parts) == {}


def test_a_worker_told_to_stop_finishes_what_it_grades(parts: Parts) -> None:
    number = hand_in(parts, SLOW)
    with parts.start("worker", "--name", "polite") as worker:
        until_status(parts, number, GRADING)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    assert state(parts, number).status == GRADED
    assert state(parts, number).tries == 1


def test_only_one_of_many_claims_succeeds(parts: Parts) -> None:
    number = commit_only(parts)
    claims: list[Submission | None] = []
    threads = [
        threading.Thread(target=lambda: claims.append(grading.claim(parts.database, number, "worker", LEASE)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([claim for claim in claims if claim]) == 1


def test_a_result_that_comes_after_its_claim_was_lost_is_dropped(parts: Parts) -> None:
    number = commit_only(parts)
    slow = grading.claim(parts.database, number, "slow", timedelta(0))
    assert slow
    assert grading.sweep(parts.database, in_broker=0) == [number]
    quick = grading.claim(parts.database, number, "quick", LEASE)
    assert quick
    grading.finish(parts.database, slow, a_report("mismatch"))
    assert reports(parts, number) == []
    grading.finish(parts.database, quick, a_report("match"))
    grading.finish(parts.database, slow, a_report("mismatch"))
    assert [stored.verdict for stored in reports(parts, number)] == ["match"]


def test_our_own_failure_is_tried_again_before_it_is_told(parts: Parts) -> None:
    number = commit_only(parts)
    for again in (True, True, False):
        claimed = grading.claim(parts.database, number, "worker", LEASE)
        assert claimed
        assert grading.finish(parts.database, claimed, a_report("ungraded")) is again
    assert state(parts, number).status == UNGRADED
    assert [stored.verdict for stored in reports(parts, number)] == ["ungraded"]


def test_what_is_wrong_is_kept_beside_the_report(parts: Parts) -> None:
    number = commit_only(parts)
    claimed = grading.claim(parts.database, number, "worker", LEASE)
    assert claimed
    shape = Shape("()", (), ())
    gradients = [GradientReport(verdict, "x", verdict, 0, 1, shape) for verdict in get_args(GradientVerdict)]
    report = replace(a_report("mismatch"), gradients=tuple(gradients))
    grading.finish(parts.database, claimed, report)
    [stored] = reports(parts, number)
    assert stored.wrong == list(report.wrong)
    assert "follow_through" not in stored.wrong


def test_the_sweep_forgets_a_launch_of_a_learning_platform_after_a_day(parts: Parts) -> None:
    with parts.database.writing() as session:
        addresses = {name: f"https://p.example/{name}" for name in ("authorization_url", "token_url", "jwks_url")}
        platform = LtiPlatform(
            name="P", issuer="https://p.example", client_id="1", deployments=["1"], origins=[], **addresses
        )
        session.add(platform)
        session.flush()
        for age in (timedelta(hours=23), timedelta(hours=25)):
            launch = LtiLaunch(platform_id=platform.id, ticket=str(age), message={}, created_at=now() - age)
            session.add(launch)
    grading.sweep(parts.database, in_broker=0)
    with parts.database.reading() as session:
        assert list(session.scalars(select(LtiLaunch.ticket))) == [str(timedelta(hours=23))]


def test_the_sweep_forgets_keys_and_workers_long_past(parts: Parts) -> None:
    grading.announce(parts.database, "old", {})
    with parts.database.writing() as session:
        session.execute(update(grading.Worker).values(seen_at=now() - timedelta(hours=2)))
    grading.announce(parts.database, "new", {})
    grading.sweep(parts.database, in_broker=0)
    with parts.database.reading() as session:
        assert list(session.scalars(select(grading.Worker.name))) == ["new"]


def test_many_submissions_survive_a_worker_that_keeps_dying(parts: Parts) -> None:
    numbers = [hand_in(parts, who=name) for name in ("student", "classmate") for _ in range(15)]

    def graded() -> int:
        with parts.database.reading() as session:
            return session.scalar(select(func.count()).where(Submission.status == GRADED)) or 0

    with parts.start("beat"):
        with parts.start("worker", "--name", "unlucky") as worker:
            until(graded)
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        assert graded() < len(numbers)
        with parts.start("worker", "--name", "unlucky"):
            until(lambda: graded() == len(numbers))
    assert all(len(reports(parts, number)) == 1 for number in numbers)


def test_a_broker_that_is_away_is_asked_as_often_after_a_while_as_at_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "RETRY_SECONDS", 0.01)
    variables = {"DATA_DIR": str(tmp_path), "PUBLIC_URL": "http://127.0.0.1:1", "BROKER_URL": "redis://127.0.0.1:1/0"}
    named = {f"GRADIENT_GRADER_{name}": value for name, value in variables.items()}
    celery = make_celery(Configuration.from_environment({**make_secrets(tmp_path / "secrets"), **named}))
    waits: list[float] = []
    with celery.connection_for_read() as connection, pytest.raises(OperationalError):
        connection.ensure_connection(lambda error, seconds: waits.append(seconds), 5)
    assert waits == [0.01] * 5


@pytest.fixture
def apart(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Parts, int]]:
    """Parts, and the port at which they look for a Redis, which the test starts."""
    if "redis-server" in missing():
        lacking("redis-server is not found on this machine")
    port = free_port()
    broker = {"GRADIENT_GRADER_BROKER_URL": f"redis://127.0.0.1:{port}/0"}
    with make_parts(Embedded(tmp_path_factory.mktemp("embedded")), tmp_path, **broker) as parts:
        yield parts, port


def test_a_broker_that_is_away_and_comes_back_empty_loses_nothing(apart: tuple[Parts, int]) -> None:
    parts, port = apart
    health = parts.app.test_client()
    with ExitStack() as away, parts.start("worker", "--name", "worker"), parts.start("beat"):
        away.enter_context(redis_server(port))
        until_status(parts, hand_in(parts), GRADED)
        assert health.get("/health").get_json()["status"] == "ok"
        away.close()
        began = time.monotonic()
        number = hand_in(parts)
        assert health.get("/health").get_json()["status"] == "degraded"
        assert time.monotonic() - began < 20  # neither waits for it to come back
        with redis_server(port):
            until_status(parts, number, GRADED, seconds=40)


def test_a_worker_takes_more_after_a_broker_that_went_away_while_it_graded(apart: tuple[Parts, int]) -> None:
    parts, port = apart
    with ExitStack() as away, parts.start("worker", "--name", "worker"), parts.start("beat"):
        away.enter_context(redis_server(port))
        number = hand_in(parts, SLOW)
        until_status(parts, number, GRADING)
        away.close()
        until_status(parts, number, GRADED)
        with redis_server(port):
            until_status(parts, hand_in(parts), GRADED, seconds=40)
        assert len(reports(parts, number)) == 1


def test_a_worker_that_cannot_go_on_ends_as_one_that_failed(apart: tuple[Parts, int]) -> None:
    parts, port = apart
    with redis_server(port), parts.start("worker", "--name", "worker") as worker:
        number = hand_in(parts, SLOW)
        until_status(parts, number, GRADING)
        with redis.Redis(port=port) as client:
            client.set(QUEUE, "not a list")
        assert worker.wait(30) == 1  # who keeps it running starts another
    assert state(parts, number).status == GRADED


def test_a_broker_that_hangs_is_not_waited_for_by_everybody_and_loses_nothing(apart: tuple[Parts, int]) -> None:
    parts, port = apart
    with redis_server(port), parts.start("worker", "--name", "worker"), parts.start("beat"):
        until_status(parts, hand_in(parts), GRADED)
        with redis.Redis(port=port) as client:
            pid = client.info("server")["process_id"]
        os.kill(pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            numbers = [hand_in(parts) for _ in range(8)]
            assert time.monotonic() - began < 25  # each would wait for five seconds
        finally:
            os.kill(pid, signal.SIGCONT)
        for number in numbers:
            until_status(parts, number, GRADED, seconds=40)
