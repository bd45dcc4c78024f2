"""The tables of the database, step by step: `migrate` brings any earlier state to the present one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from service.database import Database

FOLDER = Path(__file__).parent

_LOCK = 7_264_131_905  # any number, but always the same one


def migrate(database: Database, revision: str = "head") -> None:
    """Brings the tables to the state of `revision`, by default the present one. Processes that do so at the same
    time wait for one another."""
    with _alone(database) as connection:
        if revision == "head" and is_present(connection):
            return  # as at nearly every start
        connection.rollback()
        from alembic import command  # here: Alembic takes 7 MB, which whoever only asks `is_present` need not have
        from alembic.config import Config

        settings = Config()
        settings.set_main_option("script_location", str(FOLDER))
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)
        connection.commit()


def is_present(connection: Connection) -> bool:
    """Whether the tables are in the state that this version of the service works with."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    return list(connection.scalars(text("SELECT version_num FROM alembic_version"))) == [last()]


@cache
def last() -> str:
    """The revision that the last step leads to: the files of the steps begin with theirs."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py"))


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": _LOCK})
            connection.commit()
            try:
                yield connection
            finally:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": _LOCK})
                connection.commit()
        return
    path = Path(f"{database.engine.url.database}.migrating")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with database.engine.connect() as connection:  # the first one sets up the file, which nobody else may do then
            yield connection
