"""What each platform should have been told of each student, and what it was: where they differ, there is something to
send. Nothing is queued, so nothing is lost: whatever changes a score (a report, grading again, an override, an
extension) makes the difference by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, contains_eager, joinedload

from service.gradebook import Gradebook, gradebook
from service.models import (
    Account,
    Assignment,
    Identity,
    LtiContext,
    LtiLink,
    LtiMember,
    LtiPlatform,
    LtiScore,
    now,
)
from service.visibility import hidden_from

SENT, WAITING, FAILING, NONE_YET, HIDDEN = "sent", "waiting", "failing", "none", "hidden"
SHARE = 0.1  # of a processor is spent at most on looking through all courses for what differs
DIGITS = 6  # of a score, in points: enough, and the same on every database


@dataclass(frozen=True)
class Wanted:
    """What the platform should have: `score` out of `maximum` in points, None to take it back; not `final` while it
    waits for a person's review."""

    score: float | None
    maximum: float | None
    final: bool


@dataclass(frozen=True)
class State:
    """One student and one link. `wanted` is None where the student may not see the score yet, here or there."""

    link: LtiLink
    student: Account
    subject: str
    wanted: Wanted | None
    told: LtiScore | None

    @property
    def differs(self) -> bool:
        """Whether there is something to send."""
        if self.wanted is None:
            return False
        told = self.told
        if told is None or told.score is None:
            return self.wanted.score is not None
        return self.wanted != Wanted(told.score, told.maximum, told.final)

    @property
    def status(self) -> str:
        """SENT, WAITING, FAILING, NONE_YET or HIDDEN."""
        if self.differs:
            return FAILING if self.told is not None and self.told.error else WAITING
        if self.wanted is None:
            return HIDDEN
        return NONE_YET if self.wanted.score is None else SENT


def states(session: Session, course_id: int | None = None) -> list[State]:
    """All that the course's platforms are told, or those of all courses: by link, then by the student's name."""
    links = _links(session, course_id)
    told = _told(session, [link.id for link in links])
    books: dict[int, Gradebook] = {}
    subjects: dict[int, Mapping[int, str]] = {}
    found: list[State] = []
    for link in links:
        context, assignment = link.context, link.assignment
        assert assignment is not None
        assert context.course is not None
        if context.course.id not in books:
            books[context.course.id] = gradebook(session, context.course)
        if context.id not in subjects:
            subjects[context.id] = _subjects(session, context)
        book, known = books[context.course.id], subjects[context.id]
        hidden = hidden_from(session, assignment, [student.id for student in book.students], now())
        found += [
            State(
                link,
                student,
                known[student.id],
                None if student.id in hidden else _wanted(book, student.id, assignment),
                told.get((link.id, student.id)),
            )
            for student in book.students
            if student.id in known
        ]
    return found


def due(session: Session, at: datetime) -> list[State]:
    """What there is to send now."""
    return [state for state in states(session) if state.differs and (state.told is None or state.told.next_at <= at)]


def contexts_in(session: Session, course_id: int) -> list[LtiContext]:
    """The platform courses that this course is."""
    found = select(LtiContext).where(LtiContext.course_id == course_id).order_by(LtiContext.id)
    return list(session.scalars(found.options(joinedload(LtiContext.platform))))


def context_in(session: Session, course_id: int, number: int | None) -> LtiContext | None:
    """The one of them with this number."""
    return next((context for context in contexts_in(session, course_id) if context.id == number), None)


def links_in(session: Session, course_id: int) -> list[LtiLink]:
    """The links of the platforms that lead into the course."""
    found = select(LtiLink).join(LtiContext).where(LtiContext.course_id == course_id).order_by(LtiLink.id)
    return list(session.scalars(found.options(contains_eager(LtiLink.context), joinedload(LtiLink.assignment))))


def try_again(session: Session, course_id: int) -> None:
    """Whatever waits for its next try is tried now."""
    links = select(LtiLink.id).join(LtiContext).where(LtiContext.course_id == course_id)
    session.execute(update(LtiScore).where(LtiScore.link_id.in_(links)).values(next_at=now()))


def _links(session: Session, course_id: int | None) -> Sequence[LtiLink]:
    """Those that lead to an assignment that is worth something; a column without a maximum there cannot be."""
    found = (
        select(LtiLink)
        .join(LtiLink.context)
        .join(LtiContext.platform)
        .join(LtiLink.assignment)
        .where(LtiPlatform.active, Assignment.course_id == LtiContext.course_id, Assignment.points > 0)
        .options(
            contains_eager(LtiLink.assignment),
            contains_eager(LtiLink.context).contains_eager(LtiContext.platform),
            contains_eager(LtiLink.context).joinedload(LtiContext.course),
        )
        .order_by(LtiLink.id)
    )
    return session.scalars(found if course_id is None else found.where(LtiContext.course_id == course_id)).all()


def _subjects(session: Session, context: LtiContext) -> Mapping[int, str]:
    """What the platform calls those of its people who are in the course, by our account ids."""
    rows = (
        select(Identity.account_id, Identity.subject)
        .join(LtiMember, LtiMember.account_id == Identity.account_id)
        .where(LtiMember.context_id == context.id, Identity.issuer == context.platform.issuer)
    )
    return {account: subject for account, subject in session.execute(rows)}


def _told(session: Session, links: Sequence[int]) -> Mapping[tuple[int, int], LtiScore]:
    """What the platforms were told for these links, by link and account."""
    rows = session.scalars(select(LtiScore).where(LtiScore.link_id.in_(links)))
    return {(row.link_id, row.account_id): row for row in rows}


def _wanted(book: Gradebook, account_id: int, assignment: Assignment) -> Wanted:
    standing = book.standing(account_id, assignment.id)
    if standing.score is None:
        return Wanted(None, None, False)
    review = standing.override is None and standing.best is not None and standing.best.verdict == "needs_review"
    return Wanted(round(standing.score, DIGITS), assignment.points, not review)
