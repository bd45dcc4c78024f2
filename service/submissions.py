"""Handing in, and finding what was handed in: what the API and the pages share.

A submission is committed before it is enqueued; whatever happens after the commit, it will be graded.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload

from grader import TRIAL_SETS, WORKED_ONLY, Code, Exercise, SubmissionError, Symbols, check_readable
from service import logs
from service.authentication import Person
from service.database import paged, writing
from service.deadlines import Refusal, locked, situation
from service.metrics import metrics
from service.models import (
    DONE,
    GRADING,
    QUEUED,
    Account,
    Assignment,
    IdempotencyKey,
    StoredReport,
    Submission,
    now,
)
from service.tasks import deliver, queue

MAX_WAITING = 20  # of one account, of which one waits among everybody's first: nobody fills the queue alone

log = logging.getLogger(logs.SUBMISSIONS)


class TooManyWaiting(Exception):
    """So many of this account's submissions wait for their report that it may hand in no more for now."""


class NotTaken(Exception):
    """The assignment takes nothing from this account now; `refusal` says why, None where it is not there any more."""

    def __init__(self, refusal: Refusal | None) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class KeyUsedOtherwise(Exception):
    """The idempotency key was used before, with another body."""


@dataclass(frozen=True)
class Key:
    """An idempotency key: `key` counts within `route`, and stands for the body with this digest."""

    route: str
    key: str
    body_digest: str


def hand_in(
    person: Person,
    submission: Code | Symbols,
    exercise: Exercise,
    assignment: Assignment | None = None,
    filename: str = "",
    key: Key | None = None,
    at: datetime | None = None,
    worked_only: bool = False,
) -> Submission:
    """Commits the submission, which arrived then, and enqueues it: for the assignment, or without one for practice
    (`worked_only`: on the worked example alone). It comes with its account and assignment.

    With a key that was used with the same body, it is the submission of that time. Raises SubmissionError for what the
    exercise does not take or cannot read, NotTaken, TooManyWaiting, KeyUsedOtherwise; then no attempt is spent."""
    _check_way(submission, exercise)
    with writing() as session:
        # one hand-in of an account at a time: attempts are numbered, and a key is used, by one of them
        account = session.scalars(_ONE_AT_A_TIME, {"account": person.id}).one()
        earlier = _earlier(session, person, key)
        if earlier is not None:
            return earlier
        trials = WORKED_ONLY if worked_only else secrets.randbelow(TRIAL_SETS)
        made, first = _make(session, account, person, submission, exercise, assignment, filename, at or now(), trials)
        if key is not None:
            session.add(IdempotencyKey(**vars(key), account_id=person.id, submission_id=made.id))
    logs.note(submission=made.id)
    where = f"assignment {assignment.id}" if assignment else "practice"
    log.info("submission %s is taken, for %s", made.id, where, extra={"figures": {"submission": made.id}})
    metrics().hand_ins.labels("assignment" if assignment else "practice").inc()
    deliver(queue(), made.id, first)
    return made


def find(session: Session, person: Person, submission_id: int) -> Submission | None:
    """The submission with its account, assignment and newest report, if it is the person's own, or was made in a
    course where they grade."""
    return session.scalar(_VISIBLE, {"id": submission_id, "reader": person.id, "courses": list(person.grades)})


def find_assignment(session: Session, person: Person, assignment_id: int) -> Assignment | None:
    """The assignment with its course and own exercise, if the person is enrolled there, and it is released or they
    grade there."""
    return session.scalar(_HANDED_OUT, {"id": assignment_id, **_reader(person)})


def handed_in_to(
    session: Session,
    person: Person,
    assignment: Assignment,
    whose: int | None = None,
    page: int = 1,
    per_page: int = 50,
) -> tuple[list[Submission], int]:
    """One page of what the person handed in to the assignment, newest first, and how much there is on all pages; for
    who grades there of what everybody did, or of one account's."""
    if assignment.course_id not in person.grades:
        whose = person.id
    every = select(Submission).where(Submission.assignment_id == assignment.id)
    if whose is not None:
        every = every.where(Submission.account_id == whose)
    newest_first = every.options(joinedload(Submission.account)).order_by(Submission.id.desc())
    found, total = paged(session, newest_first, page, per_page)
    return list(found.scalars()), total


def assignments_of(session: Session, person: Person) -> list[Assignment]:
    """All assignments that the person may see, with their courses."""
    return list(session.scalars(_ALL_HANDED_OUT, _reader(person)))


def reports_on(
    session: Session, person: Person, submission: Submission, page: int = 1, per_page: int = 50
) -> tuple[list[StoredReport], int]:
    """One page of its reports, newest first, and how many there are on all pages: all of them for whoever grades in
    its course, the newest for its student."""
    if submission.assignment is None or submission.assignment.course_id not in person.grades:
        newest = submission.newest_report
        shown = [newest] if newest is not None else []
        return shown if page == 1 else [], len(shown)
    every = select(StoredReport).where(StoredReport.submission_id == submission.id).order_by(StoredReport.id.desc())
    found, total = paged(session, every, page, per_page)
    return list(found.scalars()), total


def position(session: Session, submission: Submission) -> int | None:
    """Its place among those not done yet, the next one being 1; None once it is done."""
    if submission.status in DONE:
        return None
    return 1 + session.execute(_AHEAD, {"id": submission.id}).scalar_one()


def _reader(person: Person) -> dict[str, Any]:
    return {"courses": list(person.roles), "graded": list(person.grades), "at": now()}


def _check_way(submission: Code | Symbols, exercise: Exercise) -> None:
    if isinstance(submission, Symbols) and not exercise.accepts_symbols:
        raise SubmissionError("symbols_not_taken_here" if exercise.in_symbols else "symbols_not_taken")
    if isinstance(submission, Code) and not exercise.accepts_code:
        raise SubmissionError("code_not_taken_here")
    if isinstance(submission, Symbols):
        check_readable(exercise, submission.answers)


def _earlier(session: Session, person: Person, key: Key | None) -> Submission | None:
    if key is None:
        return None
    found = session.scalar(
        select(IdempotencyKey).where(
            IdempotencyKey.account_id == person.id, IdempotencyKey.route == key.route, IdempotencyKey.key == key.key
        )
    )
    if found is None:
        return None
    if found.body_digest != key.body_digest:
        raise KeyUsedOtherwise
    return session.get_one(Submission, found.submission_id, options=_TO_SHOW_IT)


def _make(
    session: Session,
    account: Account,
    person: Person,
    submission: Code | Symbols,
    exercise: Exercise,
    assignment: Assignment | None,
    filename: str,
    at: datetime,
    trials: int,
) -> tuple[Submission, bool]:
    """And whether it is the first of its account that waits."""
    current, worth = _open(session, person, assignment, at) if assignment is not None else (None, 1.0)
    told = {"account": person.id, "assignment": assignment.id if assignment else None}
    waiting, last_attempt = session.execute(_SO_FAR, told).one()
    if waiting >= MAX_WAITING:
        raise TooManyWaiting
    made = Submission(
        assignment=current,
        account=account,
        attempt=1 + (last_attempt or 0) if current else None,
        exercise=exercise.name,
        kind=submission.kind,
        payload=_payload(submission, filename),
        trial_set=trials,
        created_at=at,
        worth=worth,
    )
    session.add(made)
    session.flush()
    return made, waiting == 0


def _open(session: Session, person: Person, assignment: Assignment, at: datetime) -> tuple[Assignment, float]:
    """The assignment as it is now, as it may have changed since it was found, and what a hand-in of that time is worth.
    Who grades in the course tries it out whenever they like."""
    current = locked(session, assignment.id, to_change=False)
    if current is None:
        raise NotTaken(None)
    mine = situation(session, current, person.id)
    refusal = mine.refusal(at)
    if current.course_id not in person.grades:
        if current.release_at is not None and at < current.release_at:
            raise NotTaken(None)
        if refusal is not None:
            raise NotTaken(refusal)
    return current, mine.deadlines.worth(at)


def _payload(submission: Code | Symbols, filename: str) -> dict[str, Any]:
    if isinstance(submission, Symbols):
        return {"answers": dict(submission.answers)}
    kept = "".join(character for character in filename if character.isprintable())[:200]
    return {"source": submission.source, "notebook": submission.notebook, "filename": kept}


# What every hand-in asks, put together once: to do so anew each time costs as much as the database's answer.
_PENDING = Submission.status.in_((QUEUED, GRADING))
_TO_SHOW_IT = (
    joinedload(Submission.account),
    joinedload(Submission.assignment).joinedload(Assignment.course),
    joinedload(Submission.newest_report),
)
_VISIBLE = (
    select(Submission)
    .outerjoin(Assignment)
    .options(*_TO_SHOW_IT)
    .where(
        Submission.id == bindparam("id"),
        or_(
            Submission.account_id == bindparam("reader"), Assignment.course_id.in_(bindparam("courses", expanding=True))
        ),
    )
)
_SEEN = and_(
    Assignment.course_id.in_(bindparam("courses", expanding=True)),
    or_(
        Assignment.release_at.is_(None),
        Assignment.release_at <= bindparam("at"),
        Assignment.course_id.in_(bindparam("graded", expanding=True)),
    ),
)
_WITH_COURSE = select(Assignment).options(joinedload(Assignment.course)).where(_SEEN)
_HANDED_OUT = _WITH_COURSE.options(joinedload(Assignment.own_exercise)).where(Assignment.id == bindparam("id"))
_ALL_HANDED_OUT = _WITH_COURSE.order_by(Assignment.course_id, Assignment.id)
_AHEAD = select(func.count()).where(Submission.id < bindparam("id"), _PENDING)
_SO_FAR = select(
    select(func.count()).where(Submission.account_id == bindparam("account"), _PENDING).scalar_subquery(),
    select(func.max(Submission.attempt))
    .where(Submission.assignment_id == bindparam("assignment"), Submission.account_id == bindparam("account"))
    .scalar_subquery(),
)
_ONE_AT_A_TIME = select(Account).where(Account.id == bindparam("account")).with_for_update(key_share=True)
