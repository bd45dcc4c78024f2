"""Rows that workers grade: submissions, and the items of a regrade. Each waits, is claimed by one worker until its
lease runs out, and ends. Leases are measured by the database's clock.

Every step is one compare-and-swap on the row, which holds on SQLite as on PostgreSQL: a message delivered twice finds
nothing to claim, and a worker that lost its claim finds nothing to finish.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, CursorResult, Float, Table, Update, bindparam, select, update
from sqlalchemy.orm import Session

from service.database import clock
from service.models import GRADING, QUEUED, RegradeItem, Submission

Row = TypeVar("Row", Submission, RegradeItem)

MAX_TRIES = 3


def claiming(table: type[Submission | RegradeItem]) -> Update:
    """The statement that makes a row `holder`'s for `lease` seconds, if it is waiting: the row of this `number`."""
    held = {"status": GRADING, "tries": table.tries + 1, "worker": bindparam("holder")}
    held["lease_until"] = clock(bindparam("lease", type_=Float))
    picked = {"picked_at": clock()} if table is Submission else {}
    waiting = update(cast("Table", table.__table__)).where(table.id == bindparam("number"), table.status == QUEUED)
    return waiting.values(**held, **picked)


def end(session: Session, claimed: Submission | RegradeItem, status: str) -> bool:
    """Ends the claim with this status; whether it was still held."""
    return _swapped(session, _ending(type(claimed)), claimed, ended=status)


def wait_again(session: Session, claimed: Submission | RegradeItem) -> bool:
    """Ends the claim, and the row waits for another; whether it was still held."""
    return _swapped(session, _giving_back(type(claimed)), claimed)


def held_by(session: Session, table: type[Row], worker: str) -> Sequence[Row]:
    """What `worker` holds, in order."""
    return _held_now(session, table, table.worker == worker)


def overdue(session: Session, table: type[Row]) -> Sequence[Row]:
    """What is held although its lease has run out, in order."""
    return _held_now(session, table, table.lease_until < clock())


def _held_now(session: Session, table: type[Row], which: ColumnElement[bool]) -> Sequence[Row]:
    return session.scalars(select(table).where(table.status == GRADING, which).order_by(table.id)).all()


def _swapped(session: Session, statement: Update, claimed: Submission | RegradeItem, **more: object) -> bool:
    told = {"number": claimed.id, "try": claimed.tries, **more}
    return cast("CursorResult[Any]", session.execute(statement, told)).rowcount == 1


# Put together once for each table: every submission asks these.
@cache
def _ending(table: type[Submission | RegradeItem]) -> Update:
    return _held(table).values(status=bindparam("ended"), lease_until=None, done_at=clock())


@cache
def _giving_back(table: type[Submission | RegradeItem]) -> Update:
    return _held(table).values(status=QUEUED, worker=None, lease_until=None)


def _held(table: type[Submission | RegradeItem]) -> Update:
    of = cast("Table", table.__table__)
    return update(of).where(of.c.id == bindparam("number"), of.c.status == GRADING, of.c.tries == bindparam("try"))
