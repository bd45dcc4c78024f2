"""Long polling costs a place, never a connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from grader import catalogue, read_code
from service.authentication import by_token
from service.bell import Bell
from service.models import GRADED, Submission
from service.submissions import hand_in
from service.waiting import LONGEST, Busy, Waiting
from tests.service.conftest import Parts
from tests.service.servers import until
from tests.service.statements import counted


@pytest.fixture
def queued(parts: Parts) -> Submission:
    """A submission that nobody grades."""
    with parts.app.app_context():
        person = by_token(parts.school.tokens["student"])
        assert person is not None
        return hand_in(person, read_code("dx = y"), catalogue()["multiply"])


@pytest.fixture
def bell(parts: Parts) -> Bell:
    """What a worker would ring."""
    return Bell(parts.configuration.done_bell)


@pytest.fixture
def waiting(parts: Parts, bell: Bell) -> Iterator[Waiting]:
    """Three places."""
    made = Waiting(parts.database, places=3, bell=bell)
    yield made
    made.close()


def waiters_of(waiting: Waiting, submission: Submission) -> int:
    """How many wait for it now."""
    with waiting._lock:
        return len(waiting._events.get(submission.id, ()))


def test_who_waits_is_woken_when_it_is_done(parts: Parts, waiting: Waiting, queued: Submission) -> None:
    waiter = threading.Thread(target=waiting.until_done, args=(queued.id, 1, LONGEST))
    waiter.start()
    until(lambda: waiters_of(waiting, queued) == 1)
    with parts.database.writing() as session:
        session.get_one(Submission, queued.id).status = GRADED
    waiter.join(LONGEST - 10)
    assert not waiter.is_alive()


def test_who_waits_is_woken_by_the_bell_without_a_question_to_the_database(
    parts: Parts, waiting: Waiting, queued: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.waiting.EVERY", LONGEST)
    asked = counted(parts.database.engine)
    waiter = threading.Thread(target=waiting.until_done, args=(queued.id, 1, LONGEST))
    waiter.start()
    until(lambda: any("SELECT" in statement for statement in asked))
    asked.clear()
    bell = Bell(parts.configuration.done_bell)
    bell.ring(queued.id + 1)
    waiter.join(0.2)
    assert waiter.is_alive(), "that was another one's"
    bell.ring(queued.id)
    waiter.join(LONGEST - 10)
    assert not waiter.is_alive()
    assert not asked
    bell.ring(queued.id)  # who looks for them sees that nobody waits any more


def test_who_has_been_told_is_not_asked_about_again(
    parts: Parts, waiting: Waiting, bell: Bell, queued: Submission
) -> None:
    asked, done = counted(parts.database.engine), threading.Event()
    with waiting._watched(queued.id, done):
        until(lambda: any("SELECT" in statement for statement in asked))
        bell.ring(queued.id)
        assert done.wait(LONGEST)
        until(lambda: "waiting" not in {thread.name for thread in threading.enumerate()})


def test_however_long_a_question_took_it_is_asked_again_soon(
    parts: Parts, waiting: Waiting, queued: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.waiting.SHARE", 1e-9)  # as if the database were slow
    monkeypatch.setattr("service.waiting.SELDOM", 0.05)
    asked = counted(parts.database.engine)
    waiter = threading.Thread(target=waiting.until_done, args=(queued.id, 1, LONGEST))
    waiter.start()
    until(lambda: any("SELECT" in statement for statement in asked))
    with parts.database.writing() as session:
        session.get_one(Submission, queued.id).status = GRADED
    waiter.join(LONGEST - 10)
    assert not waiter.is_alive()


def test_rings_while_nobody_waits_are_not_kept(parts: Parts, waiting: Waiting, queued: Submission) -> None:
    waiting.until_done(queued.id, 1, 0.05)
    until(lambda: "waiting" not in {thread.name for thread in threading.enumerate()})
    Bell(parts.configuration.done_bell).ring(queued.id)
    began = time.monotonic()
    waiting.until_done(queued.id, 1, 0.5)
    assert time.monotonic() - began >= 0.5


def test_who_waits_holds_no_connection(parts: Parts, bell: Bell, queued: Submission) -> None:
    waiting = Waiting(parts.database, places=40, bell=bell)
    waiters = [threading.Thread(target=waiting.until_done, args=(queued.id, number, 20)) for number in range(40)]
    for waiter in waiters:
        waiter.start()
    until(lambda: waiters_of(waiting, queued) == 40)
    assert parts.database.engine.pool.checkedout() <= 1  # type: ignore[attr-defined] # a QueuePool
    waiting.close()
    for waiter in waiters:
        waiter.join()


def test_the_third_of_an_account_and_the_one_beyond_the_places_are_sent_away(
    parts: Parts, waiting: Waiting, queued: Submission
) -> None:
    waiters = [threading.Thread(target=waiting.until_done, args=(queued.id, account, 20)) for account in (1, 1, 2)]
    for waiter in waiters:
        waiter.start()
    until(lambda: waiters_of(waiting, queued) == 3)
    for account in (1, 3):
        with pytest.raises(Busy):
            waiting.until_done(queued.id, account, 1)
    with parts.database.writing() as session:
        session.get_one(Submission, queued.id).status = GRADED
    for waiter in waiters:
        waiter.join()
    waiting.until_done(queued.id, 3, 0.01)


def test_who_waits_after_one_for_whom_no_thread_could_be_started_is_woken(
    parts: Parts, waiting: Waiting, queued: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as short:
        short.setattr(threading.Thread, "start", cannot)
        with pytest.raises(RuntimeError, match="new thread"):
            waiting.until_done(queued.id, 1, LONGEST)
    assert waiters_of(waiting, queued) == 0
    test_who_waits_is_woken_when_it_is_done(parts, waiting, queued)


def test_nobody_is_asked_when_nobody_waits(waiting: Waiting, queued: Submission) -> None:
    waiting.until_done(queued.id, 1, 0.05)
    until(lambda: "waiting" not in {thread.name for thread in threading.enumerate()})


def test_all_are_let_go_when_the_process_ends(waiting: Waiting, queued: Submission) -> None:
    waiter = threading.Thread(target=waiting.until_done, args=(queued.id, 1, LONGEST))
    waiter.start()
    until(lambda: waiters_of(waiting, queued) == 1)
    waiting.close()
    waiter.join(LONGEST - 10)
    assert not waiter.is_alive()
