"""Rows for whatever tables there are, and what a backup of them looked like at each state of the tables.

`python -m tests.service.filling REVISION` prints such a backup; those of released states are in `backups/`.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Float, Integer, Table, func, insert, select

from service.backup import _tables, backup
from service.configuration import Configuration
from service.database import Database
from service.migrations import migrate
from service.models import UTCDateTime

ROWS = 3
TIME = datetime(2026, 4, 1, 9, 0, 0, 123_456, UTC)


def fill(connection: Connection) -> None:
    """Rows in every table, the last of them with nothing in what may be empty."""
    for table in _tables(connection):
        there = connection.scalar(select(func.count()).select_from(table)) or 0
        rows = [
            {column.name: _value(connection, table, column, number) for column in table.columns}
            for number in range(there + 1, ROWS + 1)
        ]
        if rows:
            connection.execute(insert(table), rows)


def _value(connection: Connection, table: Table, column: Column[Any], number: int) -> Any:
    if column.primary_key and isinstance(column.type, Integer):
        return number
    if number == ROWS and column.nullable:
        return None
    if column.foreign_keys:
        [key] = column.foreign_keys
        known = connection.scalars(select(key.column).order_by(key.column)).all()
        return known[(number - 1) % len(known)] if known else None
    if isinstance(column.type, UTCDateTime):
        return TIME + timedelta(hours=number)
    if isinstance(column.type, JSON):
        return {"text": "勾配 ∂f/∂x \u2028", "numbers": [number, 0.1 + 0.2, 1e-300], "nothing": None}
    if isinstance(column.type, Boolean):
        return number % 2 == 1
    if isinstance(column.type, Integer):
        return number
    if isinstance(column.type, Float):
        return number + 0.1 + 0.2
    return f"{number} 値 {table.name}"[: getattr(column.type, "length", None)]


def _main(revision: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with closing(Database(f"sqlite:///{Path(folder)}/grader.sqlite")) as database:
            migrate(database, revision)
            with database.writing() as session:
                fill(session.connection())
            configuration = Configuration(Path(folder), "k" * 32, "t" * 32, "")
            sys.stdout.writelines(backup(database, configuration))


if __name__ == "__main__":
    _main(sys.argv[1])
