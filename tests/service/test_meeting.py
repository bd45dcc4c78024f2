"""A change by an instructor that meets what a worker, or somebody else, is about to write: both are written, and agree.
On PostgreSQL the one waits for the other's rows; on SQLite for all it writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from grader import Report
from service import audit, claims, grading, overrides, regrading, retention
from service.authentication import by_token
from service.deadlines import locked
from service.models import GRADED, Assignment, Outcome, RegradeItem, Submission, now
from tests.service.client import Answer
from tests.service.conftest import Parts
from tests.service.servers import until
from tests.service.test_assigning import DAY, HOUR, RIGHT, account, send

REPORT = replace(Report.ungraded("multiply", "", "code", 8.0), verdict="not_runnable")


def late() -> dict[str, Any]:
    """What has all that is handed in now lose a tenth."""
    times = {"due_at": (now() - DAY).isoformat(), "late_until": (now() + DAY).isoformat()}
    return {**times, "late_policy": {"lost": 0.1, "per": "once"}}


@contextmanager
def meeting(parts: Parts, status: int, method: str, path: str, body: Any = None) -> Iterator[Callable[[], None]]:
    """What is yielded sends the instructor's request and returns once that waits; in the end it is answered so."""
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(send(parts.direct("instructor"), method, path, body)))

    def begin() -> None:
        asking.start()
        until(lambda: parts.waiting_for_locks() in (1, None))

    yield begin
    asking.join()
    assert [answer.status for answer in answers] == [status], answers[0].body


def handed_in(parts: Parts) -> tuple[str, Submission]:
    """The address of an assignment, and a submission to it that a worker has."""
    path = f"/api/v1/assignments/{parts.school.assignments['multiply']}"
    number = parts.direct("student").post(f"{path}/submissions", RIGHT).json["id"]
    claimed = grading.claim(parts.database, number, "worker", timedelta(hours=1))
    assert claimed is not None
    return path, claimed


def worth(parts: Parts, submission: int) -> tuple[float, float]:
    """By the submission, and by its outcome."""
    with parts.database.reading() as session:
        outcome = session.scalars(select(Outcome.worth).where(Outcome.submission_id == submission)).one()
        return session.get_one(Submission, submission).worth, outcome


def test_a_report_that_comes_while_the_times_change(parts: Parts) -> None:
    path, claimed = handed_in(parts)
    with meeting(parts, 200, "PATCH", path, late()) as change, parts.database.writing() as session:
        assert claims.end(session, claimed, GRADED)
        change()  # it weighs what is about to be written
        grading.store(session, claimed, REPORT)
    assert worth(parts, claimed.id) == (0.9, 0.9)


def test_a_report_that_is_made_again_while_the_times_change(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    path, claimed = handed_in(parts)
    grading.finish(parts.database, claimed, REPORT)
    again = {"reason": "Again.", "submission_id": claimed.id}
    assert parts.direct("instructor").post(f"/api/v1/courses/{parts.school.course}/regrades", again).status == 202
    with parts.database.reading() as session:
        number = session.scalars(select(RegradeItem.id)).one()
    item = regrading.claim(parts.database, number, "worker", HOUR)
    assert item is not None
    with meeting(parts, 200, "PATCH", path, late()) as change:

        def store(*arguments: Any) -> int:
            change()
            return grading.store(*arguments)

        monkeypatch.setattr(regrading, "store", store)  # the real one, at the moment between its two writes
        regrading.finish(parts.database, item, REPORT)
    assert worth(parts, claimed.id) == (0.9, 0.9)


def test_an_assignment_that_is_changed_while_the_zone_of_its_course_is(parts: Parts) -> None:
    course, number = parts.school.course, parts.school.assignments["multiply"]
    zone = meeting(parts, 200, "PATCH", f"/api/v1/courses/{course}", {"zone": "Asia/Tokyo"})
    with zone as change, parts.database.writing() as session:
        assert locked(session, number) is not None
        change()
        audit.record(session, None, "change", "assignment", number, course)


def test_an_assignment_that_is_deleted_while_a_grade_is_given_in_it_stays(parts: Parts) -> None:
    number, student = parts.school.assignments["multiply"], account(parts, "student")
    with parts.app.app_context():
        assistant = by_token(parts.school.tokens["assistant"])
    assert assistant is not None
    deletion = meeting(parts, 409, "DELETE", f"/api/v1/assignments/{number}")
    with deletion as delete, parts.database.writing() as session:
        overrides.give(session, assistant, session.get_one(Assignment, number), student, 5.0, "By hand.")
        delete()


def test_what_is_asked_to_be_graded_again_while_it_is_about_to_be_erased_is_kept(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, claimed = handed_in(parts)
    grading.finish(parts.database, claimed, REPORT)
    erased: list[int] = []

    def erase() -> None:
        with parts.database.writing() as session:
            erased.append(retention.erase(session, Submission.id == claimed.id))

    erasing, record = threading.Thread(target=erase), audit.record

    def recorded(*arguments: Any, **told: Any) -> None:
        erasing.start()
        until(lambda: parts.waiting_for_locks() in (1, None))
        record(*arguments, **told)

    monkeypatch.setattr(audit, "record", recorded)  # the real one, at the end of the transaction that asks
    again = {"reason": "Again.", "submission_id": claimed.id}
    assert parts.direct("instructor").post(f"/api/v1/courses/{parts.school.course}/regrades", again).status == 202
    erasing.join()
    assert erased == [0]
