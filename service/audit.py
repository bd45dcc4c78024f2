"""Who changed what: every change that a person makes to a course, to people or to grades is recorded in the transaction
that makes it, so that neither is ever kept without the other."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from service.accounts import Person
from service.models import AuditEntry


def record(
    session: Session,
    person: Person | None,
    action: str,
    kind: str,
    number: int | None = None,
    course_id: int | None = None,
    **details: Any,
) -> None:
    """Adds an entry: `person` (None: a command on the machine) did `action` ("create", "change", "delete", …) to the
    `kind` of thing with this `number`. `details` are plain data; where something changed, `before` and `after`."""
    session.add(
        AuditEntry(
            account_id=person.id if person else None,
            course_id=course_id,
            action=action,
            kind=kind,
            number=number,
            details=details,
        )
    )
