"""How somebody came to where they are: their attempts, and what a report says otherwise than the one before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from grader import Report
from service.authentication import Person
from service.gradebook import Filters, Line, submissions
from service.models import GRADED, Assignment, Submission
from service.visibility import own_submissions, shown_to


@dataclass(frozen=True)
class Change:
    """A gradient of which the verdict is not what it was."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Since:
    """What changed since an earlier attempt: of the gradients, in backward order, where both `ran`."""

    attempt: Submission
    report: Report
    changes: tuple[Change, ...]
    ran: bool


def changes(before: Report, after: Report) -> tuple[Change, ...]:
    """The gradients that both reports judge, and judge differently, in backward order."""
    then = {gradient.name: gradient.verdict for gradient in before.gradients}
    return tuple(
        Change(gradient.name, then[gradient.name], gradient.verdict)
        for gradient in after.gradients
        if then.get(gradient.name, gradient.verdict) != gradient.verdict
    )


def since_last(session: Session, person: Person, submission: Submission, report: Report, at: datetime) -> Since | None:
    """What the report on the submission says otherwise than the one on the last graded attempt before it, as far as
    the person may see that at the time; None where there is no such attempt, or it says nothing to them."""
    earlier = session.scalar(
        _BEFORE,
        {
            "assignment": submission.assignment_id,
            "account": submission.account_id,
            "attempt": submission.attempt or 0,
        },
    )
    stored = earlier.newest_report if earlier is not None else None
    if earlier is None or stored is None:
        return None
    then = shown_to(session, person, earlier, at).of(Report.from_dict(stored.report))
    if then is None or then.exercise != report.exercise:
        return None
    ran = not {then.verdict, report.verdict} & {"not_run", "ungraded"}
    return Since(earlier, then, changes(then, report) if ran else (), ran)


def attempts_of(
    session: Session, person: Person, submission: Submission, assignment: Assignment, at: datetime, most: int
) -> tuple[list[Line], int]:
    """The newest attempts of the submission's account at its assignment, and how many there are, with the results
    that the person may see."""
    if submission.account_id == person.id:
        return own_submissions(session, assignment, person, at, per_page=most)
    theirs = Filters(assignment_id=assignment.id, account_id=submission.account_id)
    return submissions(session, assignment.course_id, theirs, per_page=most)


_BEFORE = (
    select(Submission)
    .options(joinedload(Submission.assignment).joinedload(Assignment.course))
    .where(
        Submission.assignment_id == bindparam("assignment"),
        Submission.account_id == bindparam("account"),
        Submission.attempt < bindparam("attempt"),
        Submission.status == GRADED,
    )
    .order_by(Submission.attempt.desc())
    .limit(1)
)
