"""Who changed what: every change that a person makes to a course, to people or to grades is recorded in the transaction
that makes it, so that neither is ever kept without the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, joinedload

from service.database import paged
from service.models import Account, AuditEntry, Base

if TYPE_CHECKING:
    from service.authentication import Person

Action = Literal[
    "change", "connect", "create", "delete", "disconnect", "enrol", "erase", "invite", "link", "remove", "revoke",
    "set password", "take roster", "withdraw",
]  # fmt: skip
Kind = Literal[
    "account", "assignment", "course", "exercise", "extension", "join code", "override", "person", "platform",
    "platform course", "practice", "regrade", "submissions", "token",
]  # fmt: skip


def record(
    session: Session,
    person: Person | None,
    action: Action,
    kind: Kind,
    number: int | None = None,
    course_id: int | None = None,
    **details: Any,
) -> None:
    """Adds an entry: `person` (None: a command on the machine) did `action` to the `kind` of thing with this `number`.
    `details` are plain data and times; where something changed, `before` and `after`."""
    session.add(AuditEntry(**_entry(person, action, kind, number, course_id, details)))


def record_each(
    session: Session,
    person: Person | None,
    action: Action,
    kind: Kind,
    course_id: int | None,
    told: Iterable[tuple[int, Mapping[str, Any]]],
) -> None:
    """The same of many things in one statement: `told` has the number of each, and its details."""
    entries = [_entry(person, action, kind, number, course_id, details) for number, details in told]
    if entries:
        session.execute(insert(AuditEntry), entries)


def change(
    session: Session,
    person: Person | None,
    kind: Kind,
    number: int,
    course_id: int,
    row: Base,
    values: Mapping[str, Any],
    **about: Any,
) -> set[str]:
    """Sets what differs of the `values` of the row, and records it, with what it is `about`; the names of what did."""
    before, after = set_values(row, values)
    if after:
        record(session, person, "change", kind, number, course_id, **about, before=before, after=after)
    return set(after)


def set_values(row: Base, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sets what differs of the `values` of the row; what that was before, and what it is after."""
    after = {name: value for name, value in sorted(values.items()) if value != getattr(row, name)}
    before = {name: getattr(row, name) for name in after}
    for name, value in after.items():
        setattr(row, name, value)
    return before, after


@dataclass(frozen=True)
class Filters:
    """Which entries of a course a list shows: of one `kind` of thing, by one person."""

    kind: str | None = None
    account_id: int | None = None


def entries(
    session: Session, course_id: int, filters: Filters, page: int = 1, per_page: int = 50
) -> tuple[list[AuditEntry], int]:
    """One page of the course's entries with their authors, newest first, and how many there are on all pages."""
    every = select(AuditEntry).options(joinedload(AuditEntry.account)).where(AuditEntry.course_id == course_id)
    if filters.kind is not None:
        every = every.where(AuditEntry.kind == filters.kind)
    if filters.account_id is not None:
        every = every.where(AuditEntry.account_id == filters.account_id)
    shown, total = paged(session, every.order_by(AuditEntry.id.desc()), page, per_page)
    return list(shown.scalars()), total


def kinds(session: Session, course_id: int) -> list[str]:
    """The kinds of things of which the course has entries."""
    return sorted(session.scalars(select(AuditEntry.kind).where(AuditEntry.course_id == course_id).distinct()))


def people(session: Session, course_id: int) -> list[Account]:
    """Those who did what the course has entries of."""
    authors = select(AuditEntry.account_id).where(AuditEntry.course_id == course_id)
    return list(session.scalars(select(Account).where(Account.id.in_(authors)).order_by(Account.name, Account.id)))


def _entry(
    person: Person | None,
    action: Action,
    kind: Kind,
    number: int | None,
    course_id: int | None,
    details: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "account_id": person.id if person else None,
        "course_id": course_id,
        "action": action,
        "kind": kind,
        "number": number,
        "details": _plain(details),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return value.isoformat() if isinstance(value, datetime) else value
