"""The service as it runs: real processes; each test on SQLite with a folder as broker, and on PostgreSQL with Redis.

`running` is one service for all tests that only talk to it; `parts` are fresh, and start what a test asks for.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import NoReturn

import pytest
from flask import Flask
from sqlalchemy import text

from grader import catalogue
from service import create_app
from service.accounts import make_account
from service.authentication import make_token
from service.configuration import Configuration, make_secrets
from service.database import Database
from service.migrations import migrate
from service.models import ASSISTANT, INSTRUCTOR, STUDENT, Assignment, Course, Enrolment
from tests.service.client import Client, Direct
from tests.service.servers import missing, postgresql_server, process, redis_server, until

PROJECT = Path(__file__).parents[2]
BACK_ENDS = ("embedded", "servers")
EXERCISES = ("multiply", "add", "maximum", "add-multiply", "two-layer")
PASSWORD = "swordfish"


@dataclass(frozen=True)
class School:
    """Two courses. In the first: an instructor, an assistant, two students and an assignment of each of EXERCISES, by
    its name; in the other a student, an instructor and one assignment. An administrator is in neither. Tokens by
    name."""

    tokens: dict[str, str] = field(repr=False)
    course: int
    other_course: int
    assignments: dict[str, int]
    other_assignment: int


class Place(ABC):
    """Where services keep their things. The school is made once; whoever needs it gets a copy of the database."""

    school: School

    @abstractmethod
    def variables(self, folder: Path, with_school: bool = True) -> dict[str, str]:
        """What configures a service that has `folder` for itself; without the school its database has no tables."""


class Embedded(Place):
    """SQLite and a folder as broker."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "grader.sqlite"
        self.school = make_school(f"sqlite:///{self._file}")

    def variables(self, folder: Path, with_school: bool = True) -> dict[str, str]:
        if with_school:
            shutil.copy(self._file, folder)
        return {}


class Servers(Place):
    """PostgreSQL, where `new_database` makes a database (as a copy of another), and Redis at `redis`."""

    def __init__(self, redis: str, new_database: Callable[..., str]) -> None:
        self._redis, self._new_database, self._numbers = redis, new_database, count()
        self.school = make_school(new_database("school"))

    def variables(self, folder: Path, with_school: bool = True) -> dict[str, str]:
        number = next(self._numbers)
        return {
            "GRADIENT_GRADER_DATABASE_URL": self._new_database(f"service-{number}", "school" if with_school else None),
            "GRADIENT_GRADER_BROKER_URL": f"{self._redis}/{number}",
        }


@dataclass(frozen=True)
class Parts:
    """A configured service of which nothing runs yet, and ways to start its processes."""

    configuration: Configuration
    database: Database
    school: School
    app: Flask

    @contextmanager
    def start(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """`python -m service ARGUMENTS`, for the length of the block."""
        command = [sys.executable, "-m", "service", *arguments]
        with process(command, cwd=PROJECT, env=self.environment()) as running:
            yield running

    def environment(self) -> dict[str, str]:
        """What a process needs to be one of these."""
        return {**os.environ, **self.configuration.to_environment()}

    def waiting_for_locks(self) -> int | None:
        """How many transactions wait for another one's rows; None where the database cannot tell."""
        if self.database.engine.dialect.name == "sqlite":
            return None
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        with self.database.engine.connect() as connection:
            return connection.execute(text(waiting)).scalar_one()

    @property
    def unhurried(self) -> Configuration:
        """For a grader in this process, which would end it if it took longer than the short lease of the tests."""
        return replace(self.configuration, lease_seconds=Configuration.lease_seconds)

    def client(self, name: str = "") -> Client:
        """A client of the web process that `start("web", …)` started, as somebody of the school."""
        return Client(self.configuration.public_url, self.school.tokens.get(name))

    def direct(self, name: str = "") -> Direct:
        """A client of the application in this process, without any other running."""
        return Direct(self.configuration.public_url, self.school.tokens.get(name), self.app)


@pytest.fixture(scope="session", params=BACK_ENDS)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Each of the two kinds of places."""
    if request.param == "embedded":
        yield Embedded(tmp_path_factory.mktemp("embedded"))
        return
    if missing():
        lacking(f"not tested on Redis and PostgreSQL: {' and '.join(missing())} not found on this machine")
    with redis_server(free_port()) as redis, postgresql_server() as new_database:
        yield Servers(redis, new_database)


@pytest.fixture
def parts(place: Place, tmp_path: Path) -> Iterator[Parts]:
    """Fresh parts."""
    with make_parts(place, tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def running(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """A service that runs: web and one worker."""
    with make_parts(place, tmp_path_factory.mktemp("running")) as made, ExitStack() as stack:
        port = made.configuration.public_url.rpartition(":")[2]
        stack.enter_context(made.start("web", "--port", port))
        stack.enter_context(made.start("worker", "--name", "worker-1"))
        until(lambda: healthy(made.client()), every=0.1)
        yield made


@pytest.fixture
def student(running: Parts) -> Client:
    """A student of the course."""
    return running.client("student")


@contextmanager
def make_parts(place: Place, folder: Path, **more: str) -> Iterator[Parts]:
    """A database with the school in it, and the application over it; `more` are further variables."""
    variables = {
        **make_secrets(folder / "secrets"),
        "GRADIENT_GRADER_DATA_DIR": str(folder),
        "GRADIENT_GRADER_PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
        "GRADIENT_GRADER_SWEEP_SECONDS": "0.5",
        "GRADIENT_GRADER_LEASE_SECONDS": "8",
        "GRADIENT_GRADER_REQUESTS_PER_MINUTE": "80000",  # all tests share a few people
        "GRADIENT_GRADER_HAND_INS_PER_MINUTE": "80000",
        **place.variables(folder),
        **more,
    }
    configuration = Configuration.from_environment(variables)
    with closing(Database(configuration.database_url)) as database:
        app = create_app(configuration)
        try:
            yield Parts(configuration, database, place.school, app)
        finally:
            app.extensions["gradient_grader_waiting"].close()
            app.extensions["gradient_grader_celery"].close()
            app.extensions["gradient_grader_database"].close()


def lacking(what: str) -> NoReturn:
    """Skips the test, which the end of the run tells with the reason; where nothing may be skipped, fails it."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def free_port() -> int:
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def healthy(client: Client) -> bool:
    """Whether the service says that it can do its work."""
    try:
        return bool(client.get("/health").json["status"] == "ok")
    except ConnectionError:
        return False


def make_school(address: str) -> School:
    """Makes the tables of the database at `address`, and the school in them; everybody has the same password."""
    tokens: dict[str, str] = {}
    with closing(Database(address)) as database:
        migrate(database)
        with database.writing() as session:
            course, other = Course(title="Backpropagation"), Course(title="Another course")
            session.add_all([course, other])
            session.flush()
            people = {
                "instructor": (course, INSTRUCTOR),
                "assistant": (course, ASSISTANT),
                "student": (course, STUDENT),
                "classmate": (course, STUDENT),
                "other instructor": (other, INSTRUCTOR),
                "other student": (other, STUDENT),
            }
            for name, (where, role) in people.items():
                account = make_account(session, f"{name.replace(' ', '.')}@example.org", name.title(), None, PASSWORD)
                session.add(Enrolment(course_id=where.id, account_id=account.id, role=role))
                tokens[name] = make_token(session, account, "tests")
            administrator = make_account(session, "administrator@example.org", "Administrator", None, PASSWORD)
            administrator.administrator = True
            tokens["administrator"] = make_token(session, administrator, "tests")
            assignments = {name: _assign(course, name) for name in EXERCISES}
            theirs = _assign(other, "multiply")
            session.add_all([*assignments.values(), theirs])
            session.flush()
            numbers = {name: assignment.id for name, assignment in assignments.items()}
            return School(tokens, course.id, other.id, numbers, theirs.id)


def _assign(course: Course, name: str) -> Assignment:
    return Assignment(course_id=course.id, exercise=name, title=catalogue()[name].title["en"], points=10.0)
