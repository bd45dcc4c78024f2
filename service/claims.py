"""Rows that workers grade: submissions, and the items of a regrade. Each waits, is claimed by one worker until its
lease runs out, and ends. Leases are measured by the database's clock.

Every step is one compare-and-swap on the row, which holds on SQLite as on PostgreSQL: a message delivered twice finds
nothing to claim, and a worker that lost its claim finds nothing to finish.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, Update, select, update
from sqlalchemy.orm import Session

from service.database import clock
from service.models import GRADING, QUEUED, RegradeItem, Submission

Row = TypeVar("Row", Submission, RegradeItem)

MAX_TRIES = 3


def claim(session: Session, table: type[Row], number: int, worker: str, lease: timedelta, **changes: Any) -> Row | None:
    """The row, now `worker`'s until the lease runs out, with further `changes`; None if it is not waiting (any
    more)."""
    waiting = update(table).where(table.id == number, table.status == QUEUED)
    held = {"status": GRADING, "tries": table.tries + 1, "worker": worker, "lease_until": clock(session, lease)}
    return session.get_one(table, number) if _swap(session, waiting, held | changes) else None


def end(session: Session, claimed: Submission | RegradeItem, status: str, **changes: Any) -> bool:
    """Ends the claim with this status and further `changes`; whether it was still held."""
    return _swap(session, _held(claimed), {"status": status, "lease_until": None, "done_at": clock(session), **changes})


def wait_again(session: Session, claimed: Submission | RegradeItem) -> bool:
    """Ends the claim, and the row waits for another; whether it was still held."""
    return _swap(session, _held(claimed), {"status": QUEUED, "worker": None, "lease_until": None})


def held_by(session: Session, table: type[Row], worker: str) -> Sequence[Row]:
    """What `worker` holds."""
    return session.scalars(select(table).where(table.status == GRADING, table.worker == worker)).all()


def overdue(session: Session, table: type[Row]) -> Sequence[Row]:
    """What is held although its lease has run out."""
    return session.scalars(select(table).where(table.status == GRADING, table.lease_until < clock(session))).all()


def _held(claimed: Submission | RegradeItem) -> Update:
    table = type(claimed)
    return update(table).where(table.id == claimed.id, table.status == GRADING, table.tries == claimed.tries)


def _swap(session: Session, statement: Update, changes: dict[str, Any]) -> bool:
    statement = statement.values(changes).execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1
