"""SIGTERM: the web server answers what was asked, and what only looks after things ends at once; real processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from service.models import Account, Submission
from service.tasks import waiting_in_broker
from tests.service.client import Answer, Client
from tests.service.conftest import PROJECT, Parts
from tests.service.servers import until
from tests.service.test_logs import logged, watched

RIGHT = {"kind": "code", "source": "dfdx = y\ndfdy = x\n"}


@contextmanager
def nobody_hands_in(parts: Parts) -> Iterator[None]:
    """Whoever hands in meanwhile waits."""
    with parts.database.writing() as session:
        session.execute(select(Account.id).order_by(Account.id).with_for_update())
        yield


def answers(client: Client) -> bool:
    try:
        return client.get("/health/live").status == 200
    except ConnectionError:
        return False


def refused(parts: Parts) -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(parts.configuration.public_url.rpartition(":")[2]))).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # it closed as we knocked: whoever knocks next is refused
        return False
    return False


@contextmanager
def asked_to_stop_amid_a_hand_in(
    parts: Parts,
) -> Iterator[tuple[subprocess.Popen[bytes], Future[Answer], threading.Event]]:
    """A web process that was told to stop while a hand-in waited for the database."""
    port = parts.configuration.public_url.rpartition(":")[2]
    path = f"/api/v1/assignments/{parts.school.assignments['multiply']}/submissions"
    with parts.start("web", "--port", port) as web, ThreadPoolExecutor() as threads:
        until(lambda: answers(parts.client()), every=0.1)
        free = threading.Event()
        held = threading.Event()

        def hold() -> None:
            with nobody_hands_in(parts):
                held.set()
                free.wait(30)

        holding = threads.submit(hold)
        assert held.wait(10)
        headers = {"Content-Type": "application/json"}
        with parts.client("student").sent("POST", path, json.dumps(RIGHT).encode(), headers) as answer:
            asked = threads.submit(answer)
            assert answers(parts.client())  # requests are taken in hand in their order: the hand-in is, too
            until(lambda: parts.waiting_for_locks() in (1, None))
            web.send_signal(signal.SIGTERM)
            until(lambda: refused(parts))
            try:
                yield web, asked, free
            finally:
                free.set()
                holding.result(10)


def test_a_hand_in_that_runs_when_the_web_server_stops_is_answered(parts: Parts) -> None:
    with asked_to_stop_amid_a_hand_in(parts) as (web, asked, free):
        assert web.poll() is None
        free.set()
        answer = asked.result(10)
        assert web.wait(10) == 0
    assert answer.status == 202, answer.body
    with parts.database.reading() as session:
        assert session.scalars(select(Submission.id)).all() == [answer.json["id"]]


@pytest.mark.parametrize("place", ["embedded"], indirect=True)
def test_one_that_takes_too_long_does_not_keep_the_server(parts: Parts) -> None:
    with asked_to_stop_amid_a_hand_in(parts) as (web, asked, _):
        assert web.wait(20) == 0
        with pytest.raises(OSError, match=r"."):
            asked.result(10)
    with parts.database.reading() as session:
        assert session.scalars(select(Submission.id)).all() == []


@pytest.mark.parametrize("part", ["passback", "beat"])
def test_what_looks_after_things_ends_at_once(parts: Parts, part: str) -> None:
    celery = parts.app.extensions["gradient_grader_celery"]
    with watched(parts, part) as (running, errors):
        if part == "beat":
            until(lambda: waiting_in_broker(celery) > 0)
        else:
            until(lambda: "telling learning platforms" in errors.read_text())
        running.send_signal(signal.SIGTERM)
        assert running.wait(5) == 0
    assert all(line["logger"] for line in logged(errors))


# A passback process that is told to stop amid what fails then in a way of its own, as a flush to the database may.
INTERRUPTED = """
import os, signal
from service.configuration import Configuration
from service.lti import passback

def interrupted(self):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        raise RuntimeError("This transaction is closed")

passback.Passback.sweep = interrupted
passback.pass_back(Configuration.from_environment())
"""


def test_a_stop_is_not_lost_in_what_it_interrupts(parts: Parts) -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    environment = {**os.environ, **parts.configuration.to_environment()}
    ended = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, timeout=30, check=False)
    assert (ended.returncode, b"RuntimeError" in ended.stderr) == (0, False)
