"""What tests of grades begin with: submissions handed in by the school's people, and graded in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader import Sandbox, catalogue, read_code
from service import outcomes, submissions
from service.authentication import Person, by_token
from service.models import QUEUED, Account, Assignment, RegradeItem, StoredReport, Submission
from service.worker import Grader
from tests.service.conftest import Parts

RIGHT = "dfdx = y\ndfdy = x\n"
HALF = "dfdx = y\ndfdy = y\n"


def person(parts: Parts, name: str) -> Person:
    with parts.app.app_context():
        found = by_token(parts.school.tokens[name])
    assert found is not None
    return found


def account_id(parts: Parts, name: str = "student") -> int:
    with parts.database.reading() as session:
        return session.scalars(select(Account.id).where(Account.email == f"{name}@example.org")).one()


def hand_in(parts: Parts, source: str = RIGHT, who: str = "student", exercise: str = "multiply") -> int:
    with parts.app.app_context(), parts.database.reading() as session:
        assignment = session.get_one(Assignment, parts.school.assignments[exercise])
        return submissions.hand_in(person(parts, who), read_code(source), catalogue()[exercise], assignment).id


@contextmanager
def a_grader(parts: Parts) -> Iterator[Grader]:
    with Sandbox() as sandbox:
        grader = Grader(parts.unhurried, parts.database, sandbox, "here")
        try:
            yield grader
        finally:
            grader.close()


def grade_all(parts: Parts) -> None:
    """Grades what waits, submissions first, as a worker would."""
    with a_grader(parts) as grader:
        for number in waiting(parts, Submission):
            grader.grade(number)
        for number in waiting(parts, RegradeItem):
            grader.grade_again(number)


def add_report(session: Session, number: int, **values: Any) -> None:
    """Stores a report with these values as the submission's newest."""
    stored = StoredReport(submission_id=number, **values)
    session.add(stored)
    session.flush()
    outcomes.forget(session, [number])
    figures = {name: getattr(stored, name) for name in ("verdict", "score", "max_score")}
    outcomes.keep(session, session.get_one(Submission, number), stored.report | figures)


def waiting(parts: Parts, table: type[Submission] | type[RegradeItem]) -> list[int]:
    with parts.database.reading() as session:
        return list(session.scalars(select(table.id).where(table.status == QUEUED).order_by(table.id)))


def reports(parts: Parts, number: int) -> list[StoredReport]:
    with parts.database.reading() as session:
        found = select(StoredReport).where(StoredReport.submission_id == number).order_by(StoredReport.id)
        return list(session.scalars(found))
