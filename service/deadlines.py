"""Until when: what holds for one student in one assignment, and what a submission is worth at its time.

Times are compared as they are stored, in UTC. Only a day of a late policy is a day of the course's calendar: it ends at
the wall-clock time of the due date, also where clocks are put forward or back in between.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.orm import Session

from service.models import Assignment, Course, Extension, Outcome, Submission, spends_attempt

HOUR, DAY, ONCE = "hour", "day", "once"


@dataclass(frozen=True)
class Deadlines:
    """For one student: when it is due (None: never), until when it is taken late (at least until it is due), and how
    many attempts there are (None: any number)."""

    due_at: datetime | None
    closes_at: datetime | None
    max_attempts: int | None
    late_policy: Mapping[str, Any] | None
    zone: str

    def late(self, at: datetime) -> bool:
        """Whether what arrives then is late."""
        return self.due_at is not None and at > self.due_at

    def closed(self, at: datetime) -> bool:
        """Whether nothing is taken any more."""
        return self.closes_at is not None and at > self.closes_at

    def worth(self, at: datetime) -> float:
        """The share of its points, from 0 to 1, that is left to what arrives then."""
        if self.due_at is None or not self.late(at) or not self.late_policy:
            return 1.0
        times = {HOUR: _hours_begun, DAY: _days_begun, ONCE: _once}[self.late_policy["per"]]
        lost: float = self.late_policy["lost"] * times(self.due_at, at, ZoneInfo(self.zone))
        return max(0.0, round(1.0 - lost, 9))


@dataclass(frozen=True)
class Refusal:
    """Why nothing is taken: "closed", "no_attempts_left", or "cool_down", which is over in so many `seconds`."""

    code: str
    seconds: int = 0


@dataclass(frozen=True)
class Situation:
    """One student in one assignment: what holds for them, how many attempts they spent, and when they handed in last.
    An attempt that we failed to grade is not among them."""

    deadlines: Deadlines
    cool_down: int
    spent: int
    last_at: datetime | None

    @property
    def attempts_left(self) -> int | None:
        """None: any number."""
        most = self.deadlines.max_attempts
        return None if most is None else max(0, most - self.spent)

    def refusal(self, at: datetime) -> Refusal | None:
        """Why a hand-in that arrives then is not taken; None if it is."""
        if self.deadlines.closed(at):
            return Refusal("closed")
        if self.attempts_left == 0:
            return Refusal("no_attempts_left")
        if not self.cool_down or self.last_at is None:
            return None
        left = self.last_at + timedelta(seconds=self.cool_down) - at
        return Refusal("cool_down", math.ceil(left.total_seconds())) if left > timedelta(0) else None


def deadlines(assignment: Assignment, extension: Extension | None) -> Deadlines:
    """What holds with this extension, which gives time and attempts and never takes any. The assignment comes with its
    course."""
    due, late, attempts = assignment.due_at, assignment.late_until, assignment.max_attempts
    if extension is not None:
        due, late = extended(due, extension.due_at), _later(late, extension.late_until)
        attempts = attempts + extension.more_attempts if attempts is not None else None
    closes = None if due is None else _later(due, late)
    return Deadlines(due, closes, attempts, assignment.late_policy, assignment.course.zone)


def extended(due_at: datetime | None, own: datetime | None) -> datetime | None:
    """When it is due for somebody with an extension to `own`; what is never due stays so."""
    return None if due_at is None else _later(due_at, own)


def deadlines_of(session: Session, assignments: Sequence[Assignment], account_id: int) -> Mapping[int, Deadlines]:
    """What holds for that account in each of the assignments."""
    found = session.scalars(_EXTENSIONS, _asked(assignments, account_id))
    extensions = {extension.assignment_id: extension for extension in found}
    return {item.id: deadlines(item, extensions.get(item.id)) for item in assignments}


def situations(session: Session, assignments: Sequence[Assignment], account_id: int) -> Mapping[int, Situation]:
    """Where that account is in each of the assignments."""
    found = {number: row for number, *row in session.execute(_SITUATIONS, _asked(assignments, account_id))}
    made = {}
    for item in assignments:
        _, extension, spent, last_at = found.get(item.id, (None, None, None, None))  # deleted meanwhile
        made[item.id] = Situation(deadlines(item, extension), item.cool_down, spent or 0, last_at)
    return made


def situation(session: Session, assignment: Assignment, account_id: int) -> Situation:
    """Where that account is in the assignment."""
    return situations(session, [assignment], account_id)[assignment.id]


def weigh_again(session: Session, assignment: Assignment, account_id: int | None = None) -> None:
    """Brings `worth` of what was handed in (by that account) into line with times and policy as they are in `session`.
    Whoever changes those holds a lock on the assignment's row (`locked`), so that no hand-in comes in between."""
    session.flush()
    found = select(Extension).where(Extension.assignment_id == assignment.id)
    extensions = {extension.account_id: extension for extension in session.scalars(found)}
    columns = (Submission.id, Submission.account_id, Submission.created_at, Submission.worth)
    handed_in = select(*columns).where(Submission.assignment_id == assignment.id).order_by(Submission.id)
    if account_id is not None:
        handed_in = handed_in.where(Submission.account_id == account_id)
    changed = []
    for row in session.execute(handed_in):
        worth = deadlines(assignment, extensions.get(row.account_id)).worth(row.created_at)
        if worth != row.worth:
            changed.append({"id": row.id, "worth": worth})
    if changed:
        session.execute(update(Submission), changed)
        session.connection().execute(_WORTH_OF_OUTCOMES, changed)


def locked(session: Session, assignment_id: int, to_change: bool = True) -> Assignment | None:
    """The assignment as it is now, held until the transaction ends: by one who changes it, or by many
    who hand in."""
    return session.scalar(_TO_CHANGE if to_change else _TO_HAND_IN, {"id": assignment_id})


def _asked(assignments: Sequence[Assignment], account_id: int) -> dict[str, Any]:
    return {"account": account_id, "assignments": [item.id for item in assignments]}


def _hours_begun(since: datetime, at: datetime, zone: ZoneInfo) -> int:
    return math.ceil((at - since) / timedelta(hours=1))


def _days_begun(since: datetime, at: datetime, zone: ZoneInfo) -> int:
    begin, end = (time.astimezone(zone).replace(tzinfo=None) for time in (since, at))
    return max(1, math.ceil((end - begin) / timedelta(days=1)))


def _once(since: datetime, at: datetime, zone: ZoneInfo) -> int:
    return 1


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((time for time in (one, other) if time is not None), default=None)


# Put together once: every hand-in asks these.
_NOW = select(Assignment).where(Assignment.id == bindparam("id")).execution_options(populate_existing=True)
_TO_CHANGE = _NOW.with_for_update(key_share=True)  # a report that refers to it is stored meanwhile
_TO_HAND_IN = _NOW.with_for_update(read=True)
_WORTH_OF_OUTCOMES = update(Outcome.__table__).where(Outcome.__table__.c.submission_id == bindparam("id"))  # type: ignore[arg-type] # a Table
_EXTENSIONS = select(Extension).where(
    Extension.account_id == bindparam("account"),
    Extension.assignment_id.in_(bindparam("assignments", expanding=True)),
)
_SPENT = (
    select(Submission.assignment_id, func.count().label("spent"), func.max(Submission.created_at).label("last_at"))
    .where(
        Submission.account_id == bindparam("account"),
        Submission.assignment_id.in_(bindparam("assignments", expanding=True)),
        spends_attempt(),
    )
    .group_by(Submission.assignment_id)
    .subquery()
)
_SITUATIONS = (
    select(
        Assignment.id, Course, Extension, _SPENT.c.spent, _SPENT.c.last_at
    )  # `assignment.course` asks no question then
    .join(Assignment.course)
    .outerjoin(Extension, and_(Extension.assignment_id == Assignment.id, Extension.account_id == bindparam("account")))
    .outerjoin(_SPENT, _SPENT.c.assignment_id == Assignment.id)
    .where(Assignment.id.in_(bindparam("assignments", expanding=True)))
)
