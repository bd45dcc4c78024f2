"""Tables as the models have them, times with their zone, writers one after the other."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Float, bindparam, select, text
from sqlalchemy.exc import StatementError

from service.configuration import Configuration, make_secrets
from service.database import Database, clock
from service.migrations import FOLDER, is_present, last, migrate
from service.models import Account, Assignment, Base, Course, Mistake, Outcome, now
from tests.service.conftest import Parts, Place


@pytest.fixture
def empty(place: Place, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    variables = {
        **make_secrets(tmp_path),
        "GRADIENT_GRADER_DATA_DIR": str(tmp_path),
        **place.variables(tmp_path, with_school=False),
    }
    return Configuration.from_environment(variables).database_url


def test_the_migrated_tables_are_those_of_the_models(parts: Parts) -> None:
    with parts.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_last_step_is_the_one_that_alembic_finds(empty: str) -> None:
    assert ScriptDirectory(str(FOLDER)).get_heads() == [last()]
    with closing(Database(empty)) as database:
        for revision, present in (("0012", False), ("head", True), ("head", True)):
            with database.engine.connect() as connection:
                assert not is_present(connection) or present
            migrate(database, revision)
            with database.engine.connect() as connection:
                assert is_present(connection) == present


def test_a_commit_waits_for_the_disk_unless_what_is_written_can_be_made_again(empty: str) -> None:
    waits = {"sqlite": ("PRAGMA synchronous", 2, 1), "postgresql": ("SHOW synchronous_commit", "on", "off")}
    for synchronous in (True, False):
        with closing(Database(empty, connections=1, synchronous=synchronous)) as database:
            asked, always, seldom = waits[database.engine.dialect.name]
            for session_of in (database.writing, database.looking_up, database.changing):
                with session_of() as session:
                    assert session.execute(text(asked)).scalar() == (always if synchronous else seldom)
                database.engine.dispose()  # and on a connection that is made anew


def test_who_only_asks_whether_the_tables_are_present_does_not_load_what_makes_them(parts: Parts) -> None:
    code = (
        "import sys, service.serve, service.application\n"
        "from service.database import Database\n"
        "from service.migrations import migrate\n"
        "migrate(Database(sys.argv[1]))\n"
        "print(sorted({'alembic', 'mako', 'pygments'} & sys.modules.keys()))\n"
    )
    command = [sys.executable, "-c", code, parts.configuration.database_url]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "[]\n"


def test_processes_that_migrate_at_the_same_time_wait_for_one_another(empty: str) -> None:
    failures: list[Exception] = []

    def start() -> None:
        with closing(Database(empty, connections=2)) as database:
            try:
                migrate(database)
                with database.reading() as session:
                    assert list(session.scalars(select(Account))) == []
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_times_come_back_in_utc_with_their_zone(parts: Parts) -> None:
    tokyo = datetime(2026, 4, 1, 9, 0, tzinfo=timezone(timedelta(hours=9)))
    with parts.database.writing() as session:
        session.add(Course(title="Morning", created_at=tokyo))
    with parts.database.reading() as session:
        read = session.scalars(select(Course.created_at).where(Course.title == "Morning")).one()
    assert read == tokyo
    assert read.tzinfo is UTC


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=1, milliseconds=1), timedelta(days=-400)])
def test_the_clock_of_the_database_is_read_and_compared_as_stored_times_are(parts: Parts, later: timedelta) -> None:
    before = now().replace(microsecond=0)  # SQLite's clock tells milliseconds
    with parts.database.writing() as session:
        session.add(Course(title="Then", created_at=now() + later))
        session.flush()
        read = session.scalars(select(clock(later))).one()
        told = {"seconds": later.total_seconds()}
        again = session.scalars(select(clock(bindparam("seconds", type_=Float))), told).one()
        found = [
            session.scalars(select(Course.title).where(Course.title == "Then", Course.created_at < clock(at))).all()
            for at in (later + timedelta(minutes=1), later - timedelta(minutes=1))
        ]
    for time in (read, again):
        assert before <= time - later <= now()
        assert time.tzinfo is UTC
    assert found == [["Then"], []]


def test_a_time_without_a_zone_is_refused(parts: Parts) -> None:
    with pytest.raises(StatementError, match="without a zone"), parts.database.writing() as session:
        session.add(Course(title="Some time", created_at=datetime(2026, 4, 1)))  # the point of this test


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(parts: Parts) -> None:
    with parts.database.reading() as session:
        before = list(session.scalars(select(Course.title)))
        with parts.database.writing() as other:
            other.add(Course(title="Meanwhile"))
        assert list(session.scalars(select(Course.title))) == before
    with parts.database.reading() as session:
        assert "Meanwhile" in session.scalars(select(Course.title))


def test_what_earlier_tables_held_is_kept(empty: str) -> None:
    with closing(Database(empty)) as database:
        migrate(database, "0001")
        with database.writing() as session:
            made = text("INSERT INTO courses (title, created_at) VALUES ('Old', CURRENT_TIMESTAMP) RETURNING id")
            course = session.scalar(made)
            session.execute(
                text(
                    "INSERT INTO assignments (course_id, exercise, digest, title, points, created_at)"
                    " VALUES (:course, 'multiply', 'abc', 'A product', 2, CURRENT_TIMESTAMP)"
                ),
                {"course": course},
            )
        migrate(database)
        with database.reading() as session:
            [kept] = session.scalars(select(Assignment))
            assert (kept.exercise, kept.points, kept.course.title) == ("multiply", 2.0, "Old")


def test_outcomes_and_mistakes_are_found_in_the_reports_of_before(empty: str) -> None:
    report = {
        "verdict": "mismatch", "run": {"code": "raised"}, "findings": [{"code": "transpose_would_fit"}],
        "gradients": [{"name": "dx", "verdict": "match", "findings": []},
                      {"name": "dy", "verdict": "mismatch", "findings": [{"code": "sign"}, {"code": "sign"}]}],
    }  # fmt: skip
    later = {**report, "gradients": report["gradients"][:1], "run": {"code": None}}
    rows = (
        "INSERT INTO courses (id, title, zone, created_at) VALUES (1, 'Old', 'UTC', CURRENT_TIMESTAMP)",
        "INSERT INTO accounts (id, email, name, administrator, created_at)"
        " VALUES (1, 'a@example.org', 'A', FALSE, CURRENT_TIMESTAMP)",
        "INSERT INTO assignments (id, course_id, exercise, title, points, variants, cool_down, counts, shown_before,"
        " shown_after, practice, created_at) VALUES (1, 1, 'multiply', 'A product', 2, FALSE, 0, 'best', 'everything',"
        " 'everything', 'full', CURRENT_TIMESTAMP)",
        *(
            "INSERT INTO submissions (id, assignment_id, account_id, attempt, exercise, kind, payload, trial_set,"
            f" status, created_at, tries, worth) VALUES ({number}, {assignment}, 1, {attempt}, 'multiply', 'code',"
            " '{}', 0, 'graded', '2026-04-01 09:00:00+00', 1, 0.5)"
            for number, assignment, attempt in ((1, 1, 1), (2, 1, 2), (3, "NULL", "NULL"))
        ),
    )
    kept = text(
        "INSERT INTO reports (submission_id, verdict, score, max_score, wrong, report, created_at)"
        " VALUES (:number, :verdict, 1, 2, '[]', :report, CURRENT_TIMESTAMP)"
    )
    with closing(Database(empty)) as database:
        migrate(database, "0007")
        with database.writing() as session:
            for row in rows:
                session.execute(text(row))
            for number, verdict, said in ((1, "mismatch", report), (2, "mismatch", report), (2, "match", later),
                                          (3, "mismatch", report)):  # fmt: skip
                session.execute(kept, {"number": number, "verdict": verdict, "report": json.dumps(said)})
        migrate(database)
        with database.reading() as session:
            first, second = session.scalars(select(Outcome).order_by(Outcome.submission_id))
            assert (first.verdict, first.verdicts) == ("mismatch", {"dx": "match", "dy": "mismatch"})
            assert (first.at, first.worth) == (datetime(2026, 4, 1, 9, tzinfo=UTC), 0.5)
            assert (second.verdict, second.verdicts, second.attempt) == ("match", {"dx": "match"}, 2)
            found = session.execute(select(Mistake.submission_id, Mistake.gradient, Mistake.code).order_by(Mistake.id))
            assert [tuple(row) for row in found] == [(1, None, "raised"), (1, "dy", "sign")]


def test_accounts_that_a_platform_made_before_have_an_address_that_nobody_vouches_for(empty: str) -> None:
    account = (
        "INSERT INTO accounts (id, email, name, administrator, self_registered, created_at)"
        " VALUES ({0}, '{0}@example.org', 'A', FALSE, {1}, CURRENT_TIMESTAMP)"
    )
    made_by = (
        "INSERT INTO audit (at, account_id, action, kind, number, details)"
        " VALUES (CURRENT_TIMESTAMP, {1}, 'create', 'account', {0}, '{{}}')"
    )
    launched, registered, enrolled = 1, 2, 3
    with closing(Database(empty)) as database:
        migrate(database, "0010")
        with database.writing() as session:
            for number, by_code in ((launched, "FALSE"), (registered, "TRUE"), (enrolled, "FALSE")):
                session.execute(text(account.format(number, by_code)))
            for number, author in ((launched, launched), (registered, "NULL"), (enrolled, registered)):
                session.execute(text(made_by.format(number, author)))
        migrate(database)
        with database.reading() as session:
            found = session.scalars(select(Account.id).where(Account.address_unverified).order_by(Account.id))
            assert list(found) == [launched, registered]


def test_a_block_that_raises_writes_nothing(parts: Parts) -> None:
    def write_half() -> None:
        with parts.database.writing() as session:
            session.add(Course(title="Never"))
            session.flush()
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_half()
    with parts.database.reading() as session:
        assert session.scalar(select(Course).where(Course.title == "Never")) is None


def test_writers_at_the_same_time_take_turns(parts: Parts) -> None:
    def write(name: str) -> None:
        for number in range(10):
            with parts.database.writing() as session:
                session.scalars(select(Course)).all()  # a reader that then writes: SQLite fails here unless told before
                session.add(Course(title=f"{name}-{number}"))

    threads = [threading.Thread(target=write, args=(f"writer-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with parts.database.reading() as session:
        assert len(list(session.scalars(select(Course).where(Course.title.startswith("writer-"))))) == 40
