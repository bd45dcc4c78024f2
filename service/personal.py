"""What is stored about one person: all of it as plain data, and its deletion."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from service import audit, enrolment, retention
from service.accounts import lock, set_administrator
from service.database import AT_ONCE
from service.enrolment import LastInstructor
from service.models import (
    DONE,
    STUDENT,
    Account,
    AuditEntry,
    Base,
    Course,
    Enrolment,
    Extension,
    IdempotencyKey,
    Identity,
    Invitation,
    LtiLaunch,
    LtiMember,
    LtiScore,
    Override,
    RegradeItem,
    StoredReport,
    Submission,
    Token,
)
from service.passwords import hashed

SECRET = ("password_hash", "hash", "ticket", "browser")  # what would let somebody in is nobody's to read
GONE = "[deleted]"
WAYS_IN = (Token, Identity, Invitation, IdempotencyKey, LtiLaunch, LtiMember, LtiScore)
TELLING = ("email", "name", "comment", "sid", "section", "canvas_id", "issuer", "subject")  # in audit entries


class StillGraded(Exception):
    """Something of this person still waits for its report."""


class OnlyInstructor(Exception):
    """Without this person the course with this number and `title` would have no instructor."""

    def __init__(self, course_id: int, title: str) -> None:
        super().__init__(title)
        self.course_id, self.title = course_id, title


def export(session: Session, account: Account) -> dict[str, Any]:
    """Every row that is theirs or about them, by table, as JSON has it; without what is secret."""
    return {
        table.name: rows
        for table in Base.metadata.sorted_tables
        if (which := _about(table, account.id)) is not None and (rows := list(_rows(session, table, which)))
    }


def forget(session: Session, account: Account, grades: bool = False) -> int:
    """Deletes what tells who the account is and what they handed in, and every way in; how many submissions that were.

    Their points stay in the gradebooks of their courses, under no name, unless `grades` go as well. What they did in a
    course as its teacher stays, under no name. Raises StillGraded, OnlyInstructor, or LastAdministrator; then nothing
    is deleted."""
    number = account.id
    teaches = select(Enrolment.course_id).where(Enrolment.account_id == number, Enrolment.role != STUDENT)
    for course_id in session.scalars(teaches.order_by(Enrolment.course_id)).all():
        enrolled = enrolment.find_to_change(session, course_id, number)
        try:
            if enrolled is not None:
                enrolment.remove(session, None, enrolled)
        except LastInstructor:
            raise OnlyInstructor(course_id, session.get_one(Course, course_id).title) from None
    set_administrator(session, None, session.get_one(Account, number), administrator=False)  # locks all of them
    lock(session, number)  # they hand in nothing meanwhile
    if _waits(session, number):
        raise StillGraded
    mine = Submission.account_id == number
    for table in WAYS_IN:
        session.execute(delete(table).where(table.account_id == number))
    count = retention.remove(session, mine, *(() if grades else (Submission.assignment_id.is_(None),)))
    if grades:
        for kept in (Override, Extension, Enrolment):
            session.execute(delete(kept).where(kept.account_id == number))
    else:
        count += retention.erase(session, mine, Submission.erased_at.is_(None))
        unnamed = {"sid": None, "section": None, "canvas_id": None}
        session.execute(update(Enrolment).where(Enrolment.account_id == number).values(unnamed))
        for commented in (Override, Extension):
            session.execute(update(commented).where(commented.account_id == number).values(comment=""))
    known = session.get_one(Account, number)
    _forget_in_audit(session, known)
    known.email, known.name, known.language = f"{number}@deleted.invalid", f"Deleted account {number}", None
    known.password_hash = hashed(secrets.token_urlsafe())  # ends every session
    audit.record(session, None, "delete", "account", number, submissions=count, grades="deleted" if grades else "kept")
    return count


def _about(table: Table, number: int) -> ColumnElement[bool] | None:
    """Which rows of the table are about the account; None of a table that has none about anybody."""
    own = Account.__table__
    if table is own:
        return table.c.id == number
    theirs = [column == number for column in table.c if any(key.column.table is own for key in column.foreign_keys)]
    if table.name in (StoredReport.__tablename__, RegradeItem.__tablename__):
        theirs.append(table.c.submission_id.in_(select(Submission.id).where(Submission.account_id == number)))
    if table.name == AuditEntry.__tablename__:
        theirs.append(and_(table.c.kind.in_(("account", "person")), table.c.number == number))
    return or_(*theirs) if theirs else None


def _rows(session: Session, table: Table, which: ColumnElement[bool]) -> Iterator[dict[str, Any]]:
    shown = [column for column in table.c if column.name not in SECRET]
    for row in session.execute(select(*shown).where(which).order_by(*table.primary_key.columns)).mappings():
        yield {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _waits(session: Session, number: int) -> bool:
    waiting = select(func.count()).where(Submission.account_id == number, Submission.status.not_in(DONE))
    again = select(func.count()).select_from(RegradeItem).join(Submission)
    again = again.where(Submission.account_id == number, RegradeItem.status.not_in(DONE))
    return bool(session.execute(waiting).scalar_one() or session.execute(again).scalar_one())


def _forget_in_audit(session: Session, account: Account) -> None:
    """Entries stay and tell that something happened, and not to whom."""
    every = select(AuditEntry).execution_options(yield_per=AT_ONCE)
    for entry in session.scalars(every):
        about = entry.kind in ("account", "person") and entry.number == account.id
        about = about or entry.details.get("account_id") == account.id
        told = _untold(entry.details, account.email, about)
        if told != entry.details:
            entry.details = told


def _untold(value: Any, email: str, about: bool) -> Any:
    if isinstance(value, dict):
        hidden = {key for key in value if about and key in TELLING and value[key] is not None}
        return {key: GONE if key in hidden else _untold(item, email, about) for key, item in value.items()}
    if isinstance(value, list):
        return [_untold(item, email, about) for item in value]
    return GONE if value == email else value
