"""What the owner of a deployment does by command: the first administrator, courses, and ways in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.command import processes
from service.configuration import make_folder
from service.database import Database
from service.invitations import invited
from service.models import Account, AuditEntry, Course, Enrolment
from tests.service.conftest import PROJECT


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GRADIENT_GRADER_")]:
        monkeypatch.delenv(name)


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(processes, ["admin", "--data", str(data), *arguments])


@contextmanager
def looking_into(data: Path) -> Iterator[Session]:
    with closing(Database(f"sqlite:///{data}/grader.sqlite")) as database, database.reading() as session:
        yield session


def test_a_fresh_service_gets_its_first_administrator_and_course_by_command(tmp_path: Path) -> None:
    made = run(tmp_path, "create", " Root@Example.org", "Ada  Root", "--administrator")
    assert made.exit_code == 0, made.output
    secret = re.search(r"http://127.0.0.1:8000/invitations/(\S{43})$", made.output.strip())
    assert secret
    assert run(tmp_path, "create", "prof@example.org", "Prof").exit_code == 0
    made = run(tmp_path, "course", "Deep Learning", "--instructor", "PROF@example.org", "--zone", "Asia/Tokyo")
    assert made.output == "Course 1, “Deep Learning”: http://127.0.0.1:8000/courses/1\n"
    with looking_into(tmp_path) as session:
        root = invited(session, secret[1])
        assert root is not None
        assert (root.email, root.name, root.administrator) == ("root@example.org", "Ada Root", True)
        course = session.scalars(select(Course)).one()
        assert (course.title, course.zone) == ("Deep Learning", "Asia/Tokyo")
        teaching = session.execute(select(Account.email, Enrolment.role).join(Enrolment)).all()
        assert teaching == [("prof@example.org", "instructor")]
        recorded = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [(entry.action, entry.kind) for entry in recorded] == [
            ("create", "account"),
            ("change", "account"),
            ("invite", "account"),
            ("create", "account"),
            ("invite", "account"),
            ("create", "course"),
            ("enrol", "person"),
        ]
        assert {entry.account_id for entry in recorded} == {None}


def test_addresses_are_those_that_the_folder_was_last_served_at(tmp_path: Path) -> None:
    make_folder(tmp_path, "http://127.0.0.1:8471")
    assert " http://127.0.0.1:8471/invitations/" in run(tmp_path, "create", "a@b.org", "Ada").output


def test_a_folder_that_is_not_there_is_not_made_where_nothing_begins(tmp_path: Path) -> None:
    refused = run(tmp_path / "nowhere", "invite", "a@b.org")
    assert (refused.exit_code, "There is no folder" in refused.output) == (1, True)
    assert not (tmp_path / "nowhere").exists()
    refused = run(Path("/proc/nowhere"), "create", "a@b.org", "Ada")
    assert (refused.exit_code, refused.output.startswith("Error: /proc/nowhere")) == (1, True)


def test_an_account_that_exists_is_not_made_again(tmp_path: Path) -> None:
    assert run(tmp_path, "create", "ada@example.org", "Ada").exit_code == 0
    again = run(tmp_path, "create", "ada@example.org", "Somebody else")
    assert again.exit_code == 0
    assert "ada@example.org has an account: Ada." in again.output
    with looking_into(tmp_path) as session:
        assert [account.name for account in session.scalars(select(Account))] == ["Ada"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("create", "ada", "Ada"), "“ada” is not an e-mail address."),
        (("create", "a@b.org\0", "Ada"), "is not an e-mail address."),
        (("create", "a@b.org", " "), "The name is missing."),
        (("create", "a@b.org", "x" * 201), "longer than 200"),
        (("create", "a@b.org", "\x1b[31mAda"), "cannot be printed"),
        (("invite", "nobody@b.org"), "No account has the address “nobody@b.org”."),
        (("course", "Deep Learning", "--instructor", "nobody@b.org"), "No account has the address"),
        (("course", "Deep Learning", "--instructor", "nobody@b.org", "--zone", "Mars"), "Mars is not the name"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_made(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    refused = run(tmp_path, *arguments)
    assert refused.exit_code == 1
    assert told in refused.output
    if (tmp_path / "grader.sqlite").exists():
        with looking_into(tmp_path) as session:
            assert session.scalars(select(AuditEntry)).all() == []


def test_in_containers_the_environment_says_where_everything_is(tmp_path: Path) -> None:
    given = {
        "GRADIENT_GRADER_DATABASE_URL": f"sqlite:///{tmp_path}/grader.sqlite",
        "GRADIENT_GRADER_SECRET_KEY": "k" * 32,
        "GRADIENT_GRADER_TRIALS_SECRET": "t" * 32,
        "GRADIENT_GRADER_DATA_DIR": str(tmp_path / "data"),
        "GRADIENT_GRADER_PUBLIC_URL": "https://grader.example.org",
    }
    command = [sys.executable, "-m", "service", "admin", "create", "ada@example.org", "Ada"]
    made = subprocess.run(command, env={**os.environ, **given}, cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr
    assert "https://grader.example.org/invitations/" in made.stdout
    assert not (tmp_path / "data").exists(), "no secrets are made beside those that are given"
