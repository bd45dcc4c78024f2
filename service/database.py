"""One database per process, in four ways: `looking_up()`, `reading()`, `changing()` and `writing()`.

SQLite lets one writer in at a time; a transaction that will write says so at its start and waits for its turn, instead
of failing half way. Nothing is kept open between the two: whoever waits for something else holds no connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from select import POLLIN, poll
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Engine,
    Float,
    FunctionElement,
    Result,
    Select,
    create_engine,
    event,
    func,
    literal,
    make_url,
    select,
)
from sqlalchemy.exc import DisconnectionError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.sql.compiler import SQLCompiler

from service.models import UTCDateTime

AT_ONCE = 500  # rows that one statement names: no database takes more than some ten thousand parameters
AWAY = (OperationalError, InterfaceError, TimeoutError)  # the database does not answer, or has no connection free

_VANISHED = {
    "connect_timeout": 5,  # seconds, as the next three
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # milliseconds
}
"""When a server is given up that says nothing, not even that it ends: as its machine failed, or the network. Linux's
own bounds are a quarter of an hour and two hours, for which requests would hang and a worker grade nothing."""


class Database:
    """The engine behind `url`, and sessions on it. Loaded objects stay readable after their session is closed.

    Where it is not `synchronous`, a commit does not wait until it is on disk: if the machine fails, or the server, the
    last moment's may be lost, as if they had never been. It is for who writes what follows from what others wrote, and
    would be written again: any synchronous commit brings all that came before it to disk with it."""

    def __init__(self, url: str, connections: int = 16, synchronous: bool = True) -> None:
        self.engine = _engine(url, connections, synchronous)
        self._read = sessionmaker(self.engine.execution_options(**_one_state(self.engine)), expire_on_commit=False)
        no_transaction = self.engine.execution_options(**_no_transaction(self.engine))
        self._look_up = sessionmaker(no_transaction, expire_on_commit=False)
        self._change = no_transaction.execution_options(writing=True)
        self._write = sessionmaker(self.engine.execution_options(writing=True), expire_on_commit=False)

    @contextmanager
    def looking_up(self) -> Iterator[Session]:
        """A session for single questions, each answered as things are at its moment: two round trips less to a server
        than with `reading`."""
        with self._look_up() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one consistent state and changes nothing."""
        with self._read() as session:
            yield session

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """A connection for statements that each stand by themselves: two round trips less to a server than with
        `writing`, and none of what a session does beside it."""
        with self._change.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is committed at the end, or rolled back if the block raises."""
        with self._write.begin() as session:
            yield session

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()


class clock(FunctionElement[datetime]):
    """The time, so much `later`, by the one clock that all processes of a deployment share: the database server's,
    in whose statements it is used. Machines may be wrong about the time. SQLite is used on one, by that one's.

    `later` may also be a parameter of the statement, in seconds."""

    type = UTCDateTime()
    inherit_cache = True

    def __init__(self, later: timedelta | BindParameter[float] = timedelta(0)) -> None:
        super().__init__(literal(later.total_seconds(), Float) if isinstance(later, timedelta) else later)


@compiles(clock, "postgresql")
def _clock_of_postgresql(element: clock, compiler: SQLCompiler, **options: Any) -> str:
    return f"(now() + make_interval(secs => {compiler.process(element.clauses, **options)}))"


@compiles(clock, "sqlite")
def _clock_of_sqlite(element: clock, compiler: SQLCompiler, **options: Any) -> str:
    """As SQLAlchemy stores times there: with six digits after the second."""
    later = compiler.process(element.clauses, **options)
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {later} || ' seconds') || '000')"


def batches(numbers: Sequence[int]) -> list[Sequence[int]]:
    """The numbers, AT_ONCE of them at a time."""
    return [numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE)]


def paged(
    session: Session, rows: Select[*tuple[Any, ...]], page: int, per_page: int
) -> tuple[Result[*tuple[Any, ...]], int]:
    """One page of what is selected, and how many rows there are on all pages."""
    total = session.execute(select(func.count()).select_from(rows.order_by(None).subquery())).scalar_one()
    return session.execute(rows.limit(per_page).offset((page - 1) * per_page)), total


def database() -> Database:
    """The current application's database."""
    from flask import current_app  # here: a worker has a database too, and no application

    found: Database = current_app.extensions["gradient_grader_database"]
    return found


@contextmanager
def looking_up() -> Iterator[Session]:
    """`Database.looking_up` of the current application."""
    with database().looking_up() as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """`Database.reading` of the current application."""
    with database().reading() as session:
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """`Database.writing` of the current application."""
    with database().writing() as session:
        yield session


def _engine(url: str, connections: int, synchronous: bool) -> Engine:
    pool: dict[str, Any] = {"pool_size": connections, "max_overflow": 0}
    pool["hide_parameters"] = True  # errors are logged, and people's data are not
    if not url.startswith("sqlite"):
        said = make_url(url).query  # who runs it may know better
        bounds = {name: bound for name, bound in _VANISHED.items() if name not in said}
        engine = create_engine(url, connect_args=bounds, **pool)
        event.listen(engine, "checkout", _refuse_if_lost)
        if not synchronous:
            event.listen(engine, "connect", _commit_at_leisure)
        return engine
    engine = create_engine(url, connect_args={"timeout": 30}, **pool)
    event.listen(engine, "connect", partial(_prepare_sqlite, "FULL" if synchronous else "NORMAL"))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _one_state(engine: Engine) -> dict[str, str]:
    """What makes all queries of a transaction see the database as it was at the first: SQLite's always do."""
    return {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}


def _refuse_if_lost(connection: Any, record: object, proxy: object) -> None:
    """Has the pool open another connection. A server that went away has said so, and nothing else comes unasked: this
    need not be asked of the server before each transaction, as `pool_pre_ping` does."""
    heard = poll()
    if not connection.closed:
        heard.register(connection.fileno(), POLLIN)
    if connection.closed or heard.poll(0):
        raise DisconnectionError("the server closed the connection")


def _no_transaction(engine: Engine) -> dict[str, str]:
    """What makes a server answer each query by itself; SQLite is asked no more cheaply for it."""
    return {} if engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}


def _commit_at_leisure(connection: Any, record: object) -> None:
    connection.execute("SET synchronous_commit = off")
    connection.commit()


def _prepare_sqlite(synchronous: str, connection: Any, record: object) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy begins them, see below
    for pragma in ("journal_mode = WAL", f"synchronous = {synchronous}", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    # its own knows only the letters of ASCII; nothing that is stored depends on it
    connection.create_function("lower", 1, lambda text: text.lower() if isinstance(text, str) else text)


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
