"""The tables of the database, step by step: `migrate` brings any earlier state to the present one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from service.database import Database

_LOCK = 7_264_131_905  # any number, but always the same one


def migrate(database: Database) -> None:
    """Brings the tables to the present state. Processes that do so at the same time wait for one another."""
    with database.engine.connect() as connection, _alone(connection):
        settings = Config()
        settings.set_main_option("script_location", str(Path(__file__).parent))
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        connection.commit()


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": _LOCK})
        connection.commit()
        try:
            yield
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": _LOCK})
            connection.commit()
        return
    path = Path(f"{connection.engine.url.database}.migrating")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
