"""Grading again: what it is asked for, what it changes, and that it comes last and is never lost or done twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from sqlalchemy import func, select, update

from grader import read_exercise
from service import database, grading, regrades, regrading
from service.deadlines import situation
from service.exercises import store
from service.models import (
    GRADED,
    GRADING,
    QUEUED,
    UNGRADED,
    Assignment,
    AuditEntry,
    RegradeItem,
    StoredReport,
    Submission,
)
from service.tasks import QUEUE_OF_REGRADES, deliver_again, sweep, waiting_in_broker
from tests.service.client import Answer, assert_error
from tests.service.conftest import Parts
from tests.service.grading_again import (
    HALF,
    RIGHT,
    a_grader,
    account_id,
    grade_all,
    hand_in,
    person,
    reports,
    waiting,
)
from tests.service.servers import until

LEASE = timedelta(seconds=30)
SLOW = "n = 0\nwhile n < 800_000:\n    n += 1\n" + RIGHT
ANOTHER = """
name: multiply
inputs: {x: {}, y: {}}
forward: |
  f = x * y
gradients:
  dx: {of: f, wrt: x, points: 3}
  dy: {of: f, wrt: y, points: 1}
"""


def ask(parts: Parts, who: str = "instructor", **scope: Any) -> Answer:
    body = {"reason": "To be fair.", **scope}
    return parts.direct(who).post(f"/api/v1/courses/{parts.school.course}/regrades", body)


def asked(parts: Parts, **scope: Any) -> int:
    answer = ask(parts, **scope)
    assert answer.status == 202, answer.body
    assert answer.headers["location"].endswith(f"/api/v1/regrades/{answer.json['id']}")
    return int(answer.json["id"])


def empty(celery: Celery) -> None:
    """Takes all messages out of the broker."""
    with celery.connection_for_write() as connection:
        for queue in celery.amqp.queues.values():
            queue.bind(connection.default_channel).purge()


def far(parts: Parts, regrade: int) -> tuple[int, int, int, int]:
    told = parts.direct("instructor").get(f"/api/v1/regrades/{regrade}").json
    return told["total"], told["done"], told["failed"], told["changed"]


def items(parts: Parts, regrade: int, only: str = "") -> list[dict[str, Any]]:
    answer = parts.direct("instructor").get(f"/api/v1/regrades/{regrade}/items" + (f"?only={only}" if only else ""))
    assert answer.status == 200, answer.body
    listed: list[dict[str, Any]] = answer.json
    return listed


def submissions_in(parts: Parts, regrade: int) -> list[int]:
    return [item["submission_id"] for item in items(parts, regrade)]


def change_exercise(parts: Parts, source: str = ANOTHER) -> None:
    with parts.app.app_context():
        store(person(parts, "instructor"), parts.school.course, read_exercise(source))


def item(parts: Parts, number: int) -> RegradeItem:
    with parts.database.reading() as session:
        return session.get_one(RegradeItem, number)


@contextmanager
def everything_else_as_it_was(parts: Parts, *numbers: int) -> Iterator[None]:
    """Attempts, dates, trials and old reports are the same at the end of the block as before."""

    def columns() -> list[Any]:
        kept = (
            Submission.attempt, Submission.trial_set, Submission.created_at, Submission.picked_at,
            Submission.done_at, Submission.tries, Submission.worth, Submission.payload,
        )  # fmt: skip
        with parts.database.reading() as session:
            multiply = session.get_one(Assignment, parts.school.assignments["multiply"])
            spent = situation(session, multiply, account_id(parts)).spent
            return [spent, *(session.execute(select(*kept).where(Submission.id == number)).one() for number in numbers)]

    before, old = columns(), [reports(parts, number)[0].report for number in numbers]
    yield
    assert columns() == before
    assert [reports(parts, number)[0].report for number in numbers] == old


def test_each_scope_has_its_submissions(parts: Parts) -> None:
    mine, again = hand_in(parts), hand_in(parts, HALF)
    added = hand_in(parts, "dqdx = 1\ndqdy = 1\n", exercise="add")
    theirs = hand_in(parts, who="classmate")
    grade_all(parts)
    hand_in(parts)  # it waits: it will be graded anyway
    multiply = parts.school.assignments["multiply"]
    for scope, expected in [
        ({"submission_id": again}, [again]),
        ({"student_id": account_id(parts)}, [mine, again, added]),
        ({"assignment_id": multiply}, [mine, again, theirs]),
        ({"assignment_id": multiply, "student_id": account_id(parts)}, [mine, again]),
        ({}, [mine, again, added, theirs]),
    ]:
        assert submissions_in(parts, asked(parts, **scope)) == expected


def test_nothing_changes_unless_the_exercise_did(parts: Parts) -> None:
    right, half = hand_in(parts), hand_in(parts, HALF)
    grade_all(parts)
    with everything_else_as_it_was(parts, right, half):
        regrade = asked(parts)
        assert far(parts, regrade) == (2, 0, 0, 0)
        grade_all(parts)
    assert far(parts, regrade) == (2, 2, 0, 0)
    assert items(parts, regrade, "changed") == []
    for number in (right, half):
        old, new = reports(parts, number)
        told = [{**each.report, "run": {**each.report["run"], "wall_seconds": 0}} for each in (old, new)]
        assert told[0] == told[1]
        assert (old.regrade_id, new.regrade_id) == (None, regrade)


def test_what_is_compared_of_a_late_one_is_what_its_time_leaves(parts: Parts) -> None:
    late = hand_in(parts, HALF)
    with parts.database.writing() as session:
        session.get_one(Submission, late).worth = 0.5
    grade_all(parts)
    change_exercise(parts)
    regrade = asked(parts)
    grade_all(parts)
    [changed] = items(parts, regrade)
    assert (changed["old"]["score"], changed["new"]["score"]) == (2.5, 3.75)


def test_after_an_exercise_changed_what_is_outdated_is_graded_with_the_new_one_and_compared(parts: Parts) -> None:
    half = hand_in(parts, HALF)
    right = hand_in(parts)
    other = hand_in(parts, "dqdx = 1\ndqdy = 1\n", exercise="add")
    grade_all(parts)
    assert_error(ask(parts, outdated=True), 409, "nothing_to_regrade")
    change_exercise(parts)
    with everything_else_as_it_was(parts, half, right, other):
        regrade = asked(parts, outdated=True)
        assert submissions_in(parts, regrade) == [half, right]
        grade_all(parts)
    assert far(parts, regrade) == (2, 2, 0, 1)
    [changed] = items(parts, regrade, "changed")
    assert changed["submission_id"] == half
    assert (changed["old"]["verdict"], changed["old"]["score"]) == ("mismatch", 5.0)
    assert (changed["new"]["verdict"], changed["new"]["score"]) == ("mismatch", 7.5)
    assert [each.id for each in reports(parts, half)] == [changed["old"]["report_id"], changed["new"]["report_id"]]
    assert_error(ask(parts, outdated=True), 409, "nothing_to_regrade")
    shown = parts.direct("student").get(f"/api/v1/submissions/{half}").json
    assert (shown["points"], shown["status"]) == (7.5, GRADED)


def test_of_variants_only_those_whose_own_exercise_changed_are_outdated(parts: Parts) -> None:
    with parts.database.writing() as session:
        session.get_one(Assignment, parts.school.assignments["multiply"]).variants = True
    hand_in(parts), hand_in(parts, who="classmate")
    grade_all(parts)
    assert_error(ask(parts, outdated=True), 409, "nothing_to_regrade")
    change_exercise(parts)
    assert len(submissions_in(parts, asked(parts, outdated=True))) == 2


def test_old_reports_are_for_those_who_grade_and_the_newest_for_the_student(parts: Parts) -> None:
    number = hand_in(parts, HALF)
    grade_all(parts)
    change_exercise(parts)
    regrade = asked(parts)
    grade_all(parts)
    path = f"/api/v1/submissions/{number}/reports"
    new, old = parts.direct("instructor").get(path).json
    assert (new["points"], new["regrade_id"]) == (7.5, regrade)
    assert (old["points"], old["regrade_id"]) == (5.0, None)
    assert old["report"]["summary"]
    assert parts.direct("student").get(path).json == [new]
    assert_error(parts.direct("classmate").get(path), 404, "not_found")


def fail_three_times(parts: Parts, number: int) -> None:
    for again in (True, True, False):
        claimed = regrading.claim(parts.database, number, "worker", LEASE)
        assert claimed is not None
        assert regrading.give_back(parts.database, claimed) is again


def test_our_own_failure_leaves_the_old_report_in_force_and_is_told(parts: Parts) -> None:
    number = hand_in(parts, HALF)
    grade_all(parts)
    with everything_else_as_it_was(parts, number):
        regrade = asked(parts)
        fail_three_times(parts, waiting(parts, RegradeItem)[0])
    assert far(parts, regrade) == (1, 1, 1, 0)
    [failed] = items(parts, regrade, "failed")
    assert (failed["status"], failed["new"], failed["old"]["score"]) == (UNGRADED, None, 5.0)
    assert [stored.verdict for stored in reports(parts, number)] == ["mismatch"]
    assert parts.direct("student").get(f"/api/v1/submissions/{number}").json["status"] == GRADED


def test_what_we_failed_to_grade_is_graded_by_a_regrade_and_still_spends_no_attempt(parts: Parts) -> None:
    number = hand_in(parts)
    for _ in range(3):
        claimed = grading.claim(parts.database, number, "worker", LEASE)
        assert claimed is not None
        grading.give_back(parts.database, claimed)
    with everything_else_as_it_was(parts, number):
        regrade = asked(parts, outdated=True)
        grade_all(parts)
    shown = parts.direct("student").get(f"/api/v1/submissions/{number}").json
    assert (shown["status"], shown["points"]) == (GRADED, 10.0)
    assert [stored.verdict for stored in reports(parts, number)] == ["ungraded", "match"]
    [compared] = items(parts, regrade, "changed")
    assert (compared["old"]["verdict"], compared["new"]["verdict"]) == ("ungraded", "match")
    with parts.database.reading() as session:
        multiply = session.get_one(Assignment, parts.school.assignments["multiply"])
        assert situation(session, multiply, account_id(parts)).spent == 0


def test_asking_twice_before_it_begins_is_asking_once(parts: Parts) -> None:
    for _ in range(2):
        hand_in(parts)
    grade_all(parts)
    first = asked(parts)
    again = ask(parts)
    assert (again.status, again.json["id"]) == (200, first)
    assert asked(parts, submission_id=submissions_in(parts, first)[0]) != first
    assert regrading.claim(parts.database, waiting(parts, RegradeItem)[0], "worker", LEASE) is not None
    assert asked(parts) != first  # it has begun, and the exercise may have changed since


def test_two_regrades_of_one_submission_compare_each_with_what_it_replaced(parts: Parts) -> None:
    hand_in(parts, HALF)
    grade_all(parts)
    first = asked(parts)
    claimed = regrading.claim(parts.database, waiting(parts, RegradeItem)[0], "worker", LEASE)
    assert claimed is not None
    second = asked(parts)
    grade_all(parts)
    regrading.give_back(parts.database, claimed)
    change_exercise(parts)
    grade_all(parts)
    [before], [after] = items(parts, second), items(parts, first)
    assert before["new"]["report_id"] == after["old"]["report_id"]
    assert (before["changed"], after["changed"]) == (False, True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"reason": ""}, 422),
        ({"reason": "x" * 2_001}, 422),
        ({}, 422),
        ({"reason": "x", "assignment_id": "one"}, 422),
        ({"reason": "x", "assignment_id": 0}, 422),
        ({"reason": "x", "student_id": 2**40}, 422),
        ({"reason": "x", "outdated": "perhaps"}, 422),
        ({"reason": "x", "everything": True}, 422),
        ({"reason": "x", "submission_id": 999_999}, 409),
        ({"reason": "x", "assignment_id": 999_999}, 409),
    ],
)
def test_what_cannot_be_graded_again_is_refused(parts: Parts, body: dict[str, Any], status: int) -> None:
    answer = parts.direct("instructor").post(f"/api/v1/courses/{parts.school.course}/regrades", body)
    assert_error(answer, status, "invalid" if status == 422 else "nothing_to_regrade")


def test_a_regrade_reaches_no_other_course(parts: Parts) -> None:
    hand_in(parts)
    grade_all(parts)
    theirs = parts.direct("other instructor").post(
        f"/api/v1/courses/{parts.school.other_course}/regrades",
        {"reason": "x", "assignment_id": parts.school.assignments["multiply"]},
    )
    assert_error(theirs, 409, "nothing_to_regrade")


def test_regrades_are_listed_newest_first_by_pages_and_audited(parts: Parts) -> None:
    numbers = [hand_in(parts), hand_in(parts)]
    grade_all(parts)
    made = [asked(parts, submission_id=number) for number in numbers]
    path = f"/api/v1/courses/{parts.school.course}/regrades"
    assert [each["id"] for each in parts.direct("instructor").get(path).json] == made[::-1]
    second = parts.direct("instructor").get(f"{path}?page=2&page_size=1")
    assert [each["id"] for each in second.json] == made[:1]
    assert '"total": 2' in second.headers["x-pagination"]
    with parts.database.reading() as session:
        entries = list(session.scalars(select(AuditEntry).where(AuditEntry.kind == "regrade").order_by(AuditEntry.id)))
    assert [entry.number for entry in entries] == made
    assert (entries[0].details["submission_id"], entries[0].details["submissions"]) == (numbers[0], 1)


def test_of_many_the_first_are_delivered_at_once_and_the_rest_by_the_sweep(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        hand_in(parts)
    grade_all(parts)
    monkeypatch.setattr(database, "AT_ONCE", 2)
    monkeypatch.setattr(regrades, "AT_ONCE", 2)
    celery = parts.app.extensions["gradient_grader_celery"]
    empty(celery)
    regrade = asked(parts)
    assert waiting_in_broker(celery, QUEUE_OF_REGRADES) == 2
    sweep(parts.database, celery, timedelta(0))
    assert waiting_in_broker(celery, QUEUE_OF_REGRADES) == 5
    grade_all(parts)
    assert far(parts, regrade) == (5, 5, 0, 0)


def test_an_item_delivered_three_times_is_written_once(parts: Parts) -> None:
    number = hand_in(parts)
    grade_all(parts)
    regrade = asked(parts)
    [delivered] = waiting(parts, RegradeItem)
    with a_grader(parts) as grader:
        assert [grader.grade_again(delivered) for _ in range(3)] == [False] * 3
    assert len(reports(parts, number)) == 2
    assert far(parts, regrade) == (1, 1, 0, 0)


def test_a_result_that_comes_after_its_claim_was_lost_is_dropped(parts: Parts) -> None:
    number = hand_in(parts)
    grade_all(parts)
    asked(parts)
    [delivered] = waiting(parts, RegradeItem)
    slow = regrading.claim(parts.database, delivered, "slow", timedelta(0))
    assert slow is not None
    assert regrading.sweep(parts.database, in_broker=1) == [delivered]
    quick = regrading.claim(parts.database, delivered, "quick", LEASE)
    assert quick is not None
    with a_grader(parts) as grader:
        _, report = grader._graded(quick.submission)
    regrading.finish(parts.database, slow, report)
    assert len(reports(parts, number)) == 1
    regrading.finish(parts.database, quick, report)
    regrading.finish(parts.database, slow, report)
    assert len(reports(parts, number)) == 2


def test_items_that_the_broker_lost_are_swept_and_hide_no_submission(parts: Parts) -> None:
    numbers = [hand_in(parts) for _ in range(3)]
    grade_all(parts)
    celery = parts.app.extensions["gradient_grader_celery"]
    empty(celery)
    asked(parts)
    assert waiting_in_broker(celery, QUEUE_OF_REGRADES) == len(numbers)
    with parts.database.writing() as session:  # what a web process leaves that dies before it reaches the broker
        session.execute(update(Submission).where(Submission.id == numbers[0]).values(status=QUEUED))
    sweep(parts.database, celery, grace=timedelta(0))
    assert (waiting_in_broker(celery), waiting_in_broker(celery, QUEUE_OF_REGRADES)) == (1, len(numbers))
    with celery.connection_for_write() as connection:
        celery.amqp.queues[QUEUE_OF_REGRADES].bind(connection.default_channel).purge()
    sweep(parts.database, celery, grace=timedelta(0))
    assert (waiting_in_broker(celery), waiting_in_broker(celery, QUEUE_OF_REGRADES)) == (1, len(numbers))


def done(parts: Parts, status: str = GRADED) -> int:
    with parts.database.reading() as session:
        return session.scalar(select(func.count()).where(RegradeItem.status == status)) or 0


def test_a_worker_killed_during_a_regrade_loses_nothing_and_writes_nothing_twice(parts: Parts) -> None:
    numbers = [hand_in(parts, SLOW if number == 4 else RIGHT) for number in range(12)]
    grade_all(parts)
    regrade = asked(parts)
    victim = waiting(parts, RegradeItem)[4]
    with parts.start("beat"):
        with parts.start("worker", "--name", "unlucky") as worker:
            until(lambda: item(parts, victim).status == GRADING, seconds=60)
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        assert far(parts, regrade)[:2] == (len(numbers), 4)
        with parts.start("worker", "--name", "unlucky"):
            until(lambda: done(parts) == len(numbers), seconds=60)
    assert far(parts, regrade) == (len(numbers), len(numbers), 0, 0)
    assert item(parts, victim).tries == 2
    assert all(len(reports(parts, number)) == 2 for number in numbers)


def test_what_is_handed_in_overtakes_fifty_items_that_wait(parts: Parts) -> None:
    numbers = [hand_in(parts, who=who) for who in ("student", "classmate") for _ in range(15)]
    grade_all(parts)
    celery = parts.app.extensions["gradient_grader_celery"]
    asked(parts)
    asked(parts, student_id=account_id(parts))
    asked(parts, submission_id=numbers[0])
    deliver_again(celery, waiting(parts, RegradeItem)[:4])  # some are delivered twice
    assert waiting_in_broker(celery, QUEUE_OF_REGRADES) == 50
    interactive = [hand_in(parts, who=who) for who in ("student", "classmate")]
    with parts.start("worker", "--name", "worker-1"):
        until(lambda: done(parts, QUEUED) == 0, seconds=60)
    with parts.database.reading() as session:
        first_again = session.scalar(select(func.min(StoredReport.id)).where(StoredReport.regrade_id.is_not(None)))
        theirs = select(StoredReport.id).where(StoredReport.submission_id.in_(interactive))
        handed_in = session.scalars(theirs).all()
    assert first_again is not None
    assert len(handed_in) == len(interactive)
    assert max(handed_in) < first_again
