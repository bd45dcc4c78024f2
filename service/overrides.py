"""Grades that people give: each counts in place of the one that was computed, until it is withdrawn."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from service import audit
from service.authentication import Person
from service.deadlines import locked
from service.models import STUDENT, Account, Assignment, Enrolment, Override, now
from service.submissions import find_assignment

MOST = 10  # times the assignment's points: room for a bonus, none for a slip of the decimal point


class OutOfRange(ValueError):
    """A score below 0, or above `most`."""

    def __init__(self, most: float) -> None:
        super().__init__(f"a grade is a number from 0 to {most:g}")
        self.most = most


def find(session: Session, person: Person, assignment_id: int, account_id: int) -> tuple[Assignment, Account] | None:
    """The assignment, with its course, and the student, if `person` grades there, or is that student
    and it is released."""
    assignment = find_assignment(session, person, assignment_id)
    if assignment is None or (assignment.course_id not in person.grades and account_id != person.id):
        return None
    studies = (Enrolment.course_id == assignment.course_id) & (Enrolment.role == STUDENT)
    student = session.scalar(select(Account).join(Enrolment).where(Account.id == account_id, studies))
    return (assignment, student) if student is not None else None


def give(session: Session, person: Person, assignment: Assignment, account_id: int, score: float, comment: str) -> None:
    """Makes `score`, in the assignment's points, the student's grade. Raises OutOfRange."""
    most = MOST * assignment.points
    if not 0 <= score <= most:
        raise OutOfRange(most)
    before = _to_change(session, assignment, account_id)
    if before is not None and (before.score, before.comment) == (score, comment):
        return
    made = Override(
        assignment_id=assignment.id, account_id=account_id, author_id=person.id, score=score, comment=comment
    )
    session.add(made)
    session.flush()
    _record(session, person, "change" if before else "create", assignment, account_id, before, made)


def withdraw(session: Session, person: Person, assignment: Assignment, account_id: int) -> None:
    """The computed grade counts again."""
    before = _to_change(session, assignment, account_id)
    if before is not None:
        before.withdrawn_at = now()
        _record(session, person, "withdraw", assignment, account_id, before, None)


def history(session: Session, assignment_id: int, account_id: int) -> list[Override]:
    """All that were ever given, with their authors, the newest first: the only one that may stand."""
    return list(
        session.scalars(
            select(Override)
            .options(joinedload(Override.author))
            .where(Override.assignment_id == assignment_id, Override.account_id == account_id)
            .order_by(Override.id.desc())
        )
    )


def standing(session: Session, assignment_id: int, account_id: int) -> Override | None:
    """The one that counts, with its author, if any does."""
    given = history(session, assignment_id, account_id)
    return given[0] if given and given[0].withdrawn_at is None else None


def _to_change(session: Session, assignment: Assignment, account_id: int) -> Override | None:
    locked(session, assignment.id, to_change=False)  # who deletes it, or changes its exercise, sees the grade
    mine = (Enrolment.course_id == assignment.course_id, Enrolment.account_id == account_id)
    session.execute(select(Enrolment.id).where(*mine).with_for_update())  # one change of a student's grades at a time
    return standing(session, assignment.id, account_id)


def _record(
    session: Session,
    person: Person,
    action: audit.Action,
    assignment: Assignment,
    account_id: int,
    before: Override | None,
    after: Override | None,
) -> None:
    told = [{"score": each.score, "comment": each.comment} if each is not None else None for each in (before, after)]
    subject = (after or before).id if after or before else None  # type: ignore[union-attr] # one of them is there
    audit.record(
        session, person, action, "override", subject, assignment.course_id,
        assignment_id=assignment.id, account_id=account_id, before=told[0], after=told[1],
    )  # fmt: skip
