"""The tables of the database, step by step: `migrate` brings any earlier state to the present one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from service.database import Database

_LOCK = 7_264_131_905  # any number, but always the same one


def migrate(database: Database, revision: str = "head") -> None:
    """Brings the tables to the state of `revision`, by default the present one. Processes that do so at the same
    time wait for one another."""
    with _alone(database) as connection:
        settings = _settings()
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)
        connection.commit()


def is_present(connection: Connection) -> bool:
    """Whether the tables are in the state that this version of the service works with."""
    return set(MigrationContext.configure(connection).get_current_heads()) == _present()


@cache
def _present() -> set[str]:
    return set(ScriptDirectory.from_config(_settings()).get_heads())


def _settings() -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    return settings


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
