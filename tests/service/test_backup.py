"""A backup holds everything, on every kind of database, and comes back into every kind; from earlier states, too."""

from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Table, inspect, select

from service.administration import admin
from service.backup import LEFT_OUT, _tables, backup, head_of, restore
from service.command import processes
from service.configuration import Configuration, make_secrets
from service.database import Database
from service.migrations import migrate
from service.models import Base, Course
from tests.service.conftest import PROJECT, Parts, Place, make_school
from tests.service.filling import ROWS, fill

OTHER = {"GRADIENT_GRADER_SECRET_KEY": "k" * 32, "GRADIENT_GRADER_TRIALS_SECRET": "t" * 32}
RELEASED = sorted((Path(__file__).parent / "backups").glob("*.jsonl"))


@pytest.fixture
def full(parts: Parts) -> Parts:
    """A service with rows in every table."""
    with parts.database.writing() as session:
        fill(session.connection())
    return parts


@pytest.fixture
def empty(place: Place, tmp_path: Path) -> Configuration:
    """A configured service whose database has no tables."""
    return configured(place, tmp_path / "other")


def configured(place: Place, folder: Path) -> Configuration:
    folder.mkdir()
    variables = {**make_secrets(folder), "GRADIENT_GRADER_DATA_DIR": str(folder)}
    return Configuration.from_environment({**variables, **place.variables(folder, with_school=False)})


def run(configuration: Configuration, *arguments: object) -> Result:
    environment = {f"GRADIENT_GRADER_{name}": None for name in ("SECRET_KEY", "TRIALS_SECRET")}
    environment |= {"GRADIENT_GRADER_DATABASE_URL": configuration.database_url}
    folder = ["--data", str(configuration.data_dir)]
    return CliRunner().invoke(admin, [*folder, *map(str, arguments)], env=environment)


def all_rows(database: Database) -> dict[str, list[Any]]:
    with database.reading() as session:
        connection = session.connection()
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in _tables(connection)
        }


def test_all_rows_of_all_tables_come_back(full: Parts, empty: Configuration, tmp_path: Path) -> None:
    made = run(full.configuration, "backup", tmp_path / "all.gz")
    assert made.exit_code == 0, made.output
    assert stat.S_IMODE((tmp_path / "all.gz").stat().st_mode) == 0o600
    restored = run(empty, "restore", tmp_path / "all.gz")
    assert restored.exit_code == 0, restored.output
    before = all_rows(full.database)
    assert set(before) == set(Base.metadata.tables) - set(LEFT_OUT)
    assert min(len(rows) for rows in before.values()) >= ROWS
    with closing(Database(empty.database_url)) as database:
        assert all_rows(database) == before


@pytest.mark.parametrize("kind", ["from sqlite", "into sqlite"])
def test_a_service_moves_to_another_kind_of_database(place: Place, tmp_path: Path, kind: str) -> None:
    file = f"sqlite:///{tmp_path}/moved.sqlite"
    theirs = configured(place, tmp_path / "theirs").database_url
    source, target = (file, theirs) if kind == "from sqlite" else (theirs, file)
    make_school(source)
    with closing(Database(source)) as database, closing(Database(target)) as other:
        with database.writing() as session:
            fill(session.connection())
        secrets = Configuration(tmp_path, "k" * 32, "t" * 32, "")
        with closing(backup(database, secrets)) as lines:
            restore(other, head_of(lines), lines)
        assert all_rows(other) == all_rows(database)
        with other.writing() as session:
            course = Course(title="The next number is free")
            session.add(course)
            session.flush()
            assert course.id > ROWS - 1


def test_secrets_come_back_into_a_data_folder(full: Parts, place: Place, empty: Configuration, tmp_path: Path) -> None:
    assert run(full.configuration, "backup", tmp_path / "all.gz").exit_code == 0
    with gzip.open(tmp_path / "all.gz", "rt") as lines:
        head = head_of(lines)
    assert run(empty, "restore", tmp_path / "all.gz").exit_code == 0
    assert (empty.data_dir / "trials_secret").read_text().strip() == head.secrets["trials_secret"]
    assert (empty.data_dir / "secret_key").read_text().strip() == head.secrets["secret_key"]
    assert stat.S_IMODE((empty.data_dir / "trials_secret").stat().st_mode) == 0o600


def test_secrets_of_containers_are_made_of_a_backup(full: Parts, tmp_path: Path) -> None:
    assert run(full.configuration, "backup", tmp_path / "all.gz").exit_code == 0
    folder = tmp_path / "volume"
    made = CliRunner().invoke(
        processes, ["secrets", str(folder), "--for-containers", "--from", str(tmp_path / "all.gz")]
    )
    assert made.exit_code == 0, made.output
    with gzip.open(tmp_path / "all.gz", "rt") as lines:
        assert (folder / "trials_secret").read_text().strip() == head_of(lines).secrets["trials_secret"]
    assert (folder / "database_password").exists()


def test_other_secrets_in_the_environment_are_told_and_nothing_is_restored(
    full: Parts, empty: Configuration, tmp_path: Path
) -> None:
    assert run(full.configuration, "backup", tmp_path / "all.gz").exit_code == 0
    refused = CliRunner().invoke(admin, ["restore", str(tmp_path / "all.gz")], env=empty.to_environment() | OTHER)
    assert refused.exit_code == 1
    assert "another trials secret" in refused.output
    with closing(Database(empty.database_url)) as database, database.engine.connect() as connection:
        assert not inspect(connection).has_table("accounts")


def test_nothing_is_restored_over_what_is_there(full: Parts, tmp_path: Path) -> None:
    assert run(full.configuration, "backup", tmp_path / "all.gz").exit_code == 0
    before = all_rows(full.database)
    refused = run(full.configuration, "restore", tmp_path / "all.gz")
    assert refused.exit_code == 1
    assert "not empty" in refused.output
    assert all_rows(full.database) == before


def test_a_backup_is_never_written_over_a_file(full: Parts, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    refused = run(full.configuration, "backup", tmp_path / "there")
    assert refused.exit_code == 1
    assert (tmp_path / "there").read_text() == "mine"


def damaged(whole: bytes) -> Iterator[tuple[str, bytes]]:
    lines = gzip.decompress(whole).splitlines(keepends=True)
    head = json.loads(lines[0])
    yield "cut anywhere", whole[: len(whole) // 2]
    yield "without its last line", gzip.compress(b"".join(lines[:-1]))
    yield "without a row", gzip.compress(b"".join([*lines[:5], *lines[6:]]))
    yield "of a later version", gzip.compress(json.dumps({**head, "revision": "9999"}).encode() + b"\n")
    yield "of another format", gzip.compress(json.dumps({**head, "backup": 2}).encode() + b"\n")
    yield "no backup", b"PK\x03\x04 a zip"
    yield "no lines", gzip.compress(b"")
    yield "no head", gzip.compress(b"[1]\n")


def test_what_is_not_whole_is_refused_and_leaves_the_database_empty(
    full: Parts, empty: Configuration, tmp_path: Path
) -> None:
    assert run(full.configuration, "backup", tmp_path / "all.gz").exit_code == 0
    for how, content in damaged((tmp_path / "all.gz").read_bytes()):
        (tmp_path / "damaged.gz").write_bytes(content)
        refused = run(empty, "restore", tmp_path / "damaged.gz")
        assert refused.exit_code == 1, how
        assert "Error: " in refused.output, how
    assert run(empty, "restore", tmp_path / "all.gz").exit_code == 0


def test_a_backup_goes_through_a_pipe(full: Parts, empty: Configuration) -> None:
    command = [sys.executable, "-m", "service", "admin"]
    made = subprocess.run(
        [*command, "backup", "-"], cwd=PROJECT, env=variables(full.configuration), capture_output=True, timeout=60
    )
    assert made.returncode == 0, made.stderr
    same = variables(full.configuration) | {"GRADIENT_GRADER_DATABASE_URL": empty.database_url}
    restored = subprocess.run(
        [*command, "restore", "-"], cwd=PROJECT, env=same, input=made.stdout, capture_output=True, timeout=60
    )
    assert restored.returncode == 0, restored.stderr
    with closing(Database(empty.database_url)) as database:
        assert all_rows(database) == all_rows(full.database)


def variables(configuration: Configuration) -> dict[str, str]:
    return {**os.environ, **configuration.to_environment()}


@pytest.mark.parametrize("file", RELEASED, ids=lambda path: path.stem)
def test_what_every_released_state_held_is_there_after_the_migrations(empty: Configuration, file: Path) -> None:
    with closing(Database(empty.database_url)) as database:
        with file.open(encoding="utf-8") as lines:
            head = head_of(lines)
            restore(database, head, lines)
        assert head.revision == file.stem
        there = all_rows_by_name(database)
        for line in map(json.loads, file.read_text("utf-8").split("\n")[1:-2]):
            now_there = there[line["table"]][line["row"]["id"]]
            for name, value in line["row"].items():
                if name in now_there:
                    assert plain(now_there[name]) == value, (line["table"], name)
        migrate(database)  # nothing is left to do
        with database.reading() as session:
            for mapper in Base.registry.mappers:  # the models read every row
                session.scalars(select(mapper.class_)).all()


def all_rows_by_name(database: Database) -> dict[str, dict[Any, dict[str, Any]]]:
    with database.reading() as session:
        connection = session.connection()
        return {
            table.name: {
                row[table.primary_key.columns.keys()[0]]: dict(row)
                for row in connection.execute(select(table)).mappings()
            }
            for table in _tables(connection)
        }


def _key(table: Table) -> str:
    [column] = table.primary_key.columns
    return str(column.name)


def plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def test_released_states_are_those_of_the_migrations_from_the_first_on() -> None:
    versions = sorted((PROJECT / "service" / "migrations" / "versions").glob("[0-9]*.py"))
    assert [path.stem for path in RELEASED] == [path.stem[:4] for path in versions][: len(RELEASED)]
    assert RELEASED
