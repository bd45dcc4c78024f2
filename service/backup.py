"""A backup: all rows of all tables and the secrets they depend on, in one compressed file of JSON lines.

It does not depend on the kind of database: what was written from SQLite can be restored into PostgreSQL and back, and
into a later version of the service. The first line says what it is and holds the secrets, then comes a line for each
row, in an order in which no row precedes one that it refers to, then a line that tells a whole file from a part of one.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from alembic.util import CommandError
from sqlalchemy import JSON, Connection, DateTime, MetaData, Table, func, insert, inspect, select, text
from sqlalchemy.exc import StatementError

from service.configuration import Configuration
from service.database import Database
from service.migrations import migrate
from service.models import UTCDateTime, now

FORMAT = 1
VERSIONS = "alembic_version"
LEFT_OUT = (VERSIONS, "workers")  # the first is told in the head, the other is true of running processes only
AT_ONCE = 500


class BackupError(Exception):
    """What cannot be backed up or restored; the message says why, and what to do."""


@dataclass(frozen=True)
class Head:
    """The first line: the state of the tables that were written, when, and the secrets."""

    revision: str
    made_at: str
    secrets: Mapping[str, str]


def backup(database: Database, configuration: Configuration) -> Generator[str, None, None]:
    """The lines of a backup of one consistent state; others may write meanwhile. Raises BackupError where there are no
    tables."""
    with database.reading() as session:
        tables = _tables(session.connection())
        revision = _revision(session.connection())
        secrets = {"secret_key": configuration.secret_key, "trials_secret": configuration.trials_secret}
        yield _line({"backup": FORMAT, "revision": revision, "made_at": now().isoformat(), "secrets": secrets})
        rows = 0
        for table in tables:
            every = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
            for row in session.execute(every):
                rows += 1
                yield _line({"table": table.name, "row": dict(row._mapping)})
        yield _line({"rows": rows})


def head_of(lines: Iterator[str]) -> Head:
    """What the first line says. Raises BackupError for what is no backup, or one of another format."""
    try:
        said = json.loads(next(lines))
        if said["backup"] != FORMAT:
            raise BackupError(f"This backup has format {said['backup']}; this version reads format {FORMAT}.")
        return Head(str(said["revision"]), str(said["made_at"]), dict(said["secrets"]))
    except (StopIteration, ValueError, LookupError, TypeError):
        raise BackupError("This is no backup of Gradient Grader.") from None


def restore(database: Database, head: Head, lines: Iterator[str]) -> int:
    """Brings the rows of `lines`, which follow the head, into an empty database, and its tables to the present state;
    how many rows there are. Raises BackupError: then the database is still empty."""
    require_empty(database)
    _drop_tables(database)
    try:
        migrate(database, head.revision)
    except CommandError:
        raise BackupError(f"A later version made this backup: the state {head.revision} is not known here.") from None
    try:
        with database.writing() as session:
            connection = session.connection()
            tables = {table.name: table for table in _tables(connection)}
            rows = _insert(connection, tables, lines)
            if connection.dialect.name == "postgresql":
                _count_on(connection, tables.values())
    except (StatementError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BackupError(f"The backup is damaged: a row of it cannot be stored ({error}).") from None
    migrate(database)
    return rows


def require_empty(database: Database) -> None:
    """Raises BackupError where any table has a row."""
    with database.reading() as session:
        connection = session.connection()
        if not inspect(connection).has_table(VERSIONS):
            return
        for table in _tables(connection):
            if session.scalar(select(func.count()).select_from(table)):
                raise BackupError(
                    f"The database is not empty: there are {table.name}. A backup is restored into an empty one only, "
                    "so that nothing is lost."
                )


def _tables(connection: Connection) -> list[Table]:
    """The tables as they are, each after those it refers to."""
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, DateTime):
                column.type = UTCDateTime()
            elif isinstance(column.type, JSON):
                column.type.none_as_null = True
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table(VERSIONS):
        raise BackupError("There are no tables here: nothing to back up.")
    return str(connection.execute(text(f"SELECT version_num FROM {VERSIONS}")).scalar_one())


def _insert(connection: Connection, tables: Mapping[str, Table], lines: Iterator[str]) -> int:
    rows = 0
    told = None
    for name, group in groupby(map(json.loads, lines), key=lambda line: line.get("table")):
        if name is None:
            told = next(group)["rows"]
            break
        table = tables.get(name)
        if table is None:
            raise BackupError(f"There is no table {name} in the state that the backup was made of.")
        for batch in _batches(group):
            connection.execute(insert(table), [_values(table, line["row"]) for line in batch])
            rows += len(batch)
    if told != rows:
        raise BackupError("The backup is not whole: its end is missing. Nothing was restored.")
    return rows


def _batches(lines: Iterable[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for line in lines:
        batch.append(line)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _values(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row, its times read."""
    times = {column.name for column in table.columns if isinstance(column.type, UTCDateTime)}
    return {
        name: datetime.fromisoformat(value) if name in times and value is not None else value
        for name, value in row.items()
    }


def _count_on(connection: Connection, tables: Iterable[Table]) -> None:
    """PostgreSQL numbers new rows from its own counters, which rows with numbers leave alone."""
    for table in (table for table in tables if "id" in table.c):
        counter = connection.scalar(text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": table.name})
        if counter is not None and (last := connection.scalar(select(func.max(table.c.id)))):
            connection.execute(text("SELECT setval(:counter, :last)"), {"counter": counter, "last": last})


def _drop_tables(database: Database) -> None:
    with database.writing() as session:
        metadata = MetaData()
        metadata.reflect(session.connection())
        metadata.drop_all(session.connection())


def _line(said: Mapping[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, default=_time) + "\n"


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no value of a table that a backup knows: {value!r}")
