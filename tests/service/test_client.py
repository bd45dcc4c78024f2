"""The command line against a service that runs: signing in, handing in over a bad line, and the report."""

from __future__ import annotations

import json
import re
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from service.accounts import make_account
from service.client.commands import login, logout, report, submit
from service.client.tokens import file
from service.models import STUDENT, Account, Assignment, Course, Enrolment, Submission
from tests.service.conftest import PASSWORD, Parts, free_port

COMMANDS = {"login": login, "logout": logout, "report": report, "submit": submit}
RIGHT = "dfdx = y\ndfdy = x\n"
WRONG = "dfdx = x\ndfdy = x\n"
TITLE = "At the terminal"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for settings of the test's own, and files to hand in."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.delenv("GRADIENT_GRADER_TOKEN", raising=False)
    files = {"right.py": RIGHT, "wrong.py": WRONG, "broken.py": "dfdx = (\n", "empty.py": "", "essay.txt": "x"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def handed_out(running: Parts) -> Parts:
    """A service where one assignment has this title: other tests hand out the same exercise as well."""
    path, asked = f"/api/v1/courses/{running.school.course}/assignments", {"exercise": "multiply", "points": 10}
    assert running.client("instructor").post(path, {**asked, "title": TITLE}).status == 201
    return running


@pytest.fixture
def signed_in(handed_out: Parts) -> Parts:
    """A service that a student has signed in to."""
    done = run("login", handed_out.configuration.public_url, stdin=f"student@example.org\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    return handed_out


def run(name: str, *arguments: object, stdin: str | None = None) -> Result:
    return CliRunner().invoke(COMMANDS[name], [str(argument) for argument in arguments], input=stdin)


def handed_in(service: Parts) -> int:
    with service.database.reading() as session:
        return int(session.scalar(select(func.count()).select_from(Submission)) or 0)


@contextmanager
def bad_line(service: Parts, losing: int = 0, refusing: bytes = b"\0") -> Iterator[str]:
    """An address at which the service answers, except that the first `losing` answers are lost on the way, and that
    requests which begin with `refusing` are refused."""
    host, port = urlsplit(service.configuration.public_url).netloc.split(":")
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def carry() -> None:
            left = losing
            while True:
                try:
                    near, _ = listening.accept()
                except OSError:
                    return
                with closing(near), socket.create_connection((host, int(port))) as far:
                    sent = near.recv(65_536)
                    while b"\r\n\r\n" not in sent or len(sent.partition(b"\r\n\r\n")[2]) < _length(sent):
                        sent += near.recv(65_536)
                    if sent.startswith(refusing):
                        near.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                        continue
                    far.sendall(sent.replace(b"Connection: keep-alive", b"Connection: close"))
                    answer = b"".join(iter(lambda: far.recv(65_536), b""))
                    if left == 0:
                        near.sendall(answer)
                    left = max(0, left - 1)

        thread = threading.Thread(target=carry)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _length(sent: bytes) -> int:
    lines = sent.lower().partition(b"\r\n\r\n")[0].split(b"\r\n")
    return next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)


def test_signing_in_keeps_a_token_for_its_owner_only_and_no_password(signed_in: Parts) -> None:
    assert stat.S_IMODE(file().stat().st_mode) == 0o600
    assert stat.S_IMODE(file().parent.stat().st_mode) == 0o700
    assert PASSWORD not in file().read_text()
    [known] = json.loads(file().read_text())
    assert known["address"] == signed_in.configuration.public_url
    assert known["token"].startswith("gg_")


def test_signing_out_makes_the_token_worthless(signed_in: Parts) -> None:
    [known] = json.loads(file().read_text())
    assert run("logout").exit_code == 0
    assert json.loads(file().read_text()) == []
    assert run("login", known["address"], "--token", stdin=known["token"] + "\n").exit_code == 2
    assert run("logout").exit_code == 2


def test_signing_out_leaves_a_token_that_was_given_as_good_as_it_was(running: Parts) -> None:
    address, token = running.configuration.public_url, running.school.tokens["student"]
    assert run("login", address, "--token", stdin=f"{token}\n").exit_code == 0
    done = run("logout")
    assert done.exit_code == 0
    assert "still good" in done.output
    assert json.loads(file().read_text()) == []
    assert run("login", address, "--token", stdin=f"{token}\n").exit_code == 0


def test_a_wrong_password_is_told_and_nothing_kept(running: Parts) -> None:
    refused = run("login", running.configuration.public_url, "--email", "student@example.org", stdin="wrong\n")
    assert refused.exit_code == 2
    assert "not right" in refused.output
    assert not file().exists()


@pytest.mark.parametrize("how", [("--token",), ("--email", "student@example.org")])
def test_what_comes_through_a_pipe_is_taken_without_a_word_about_the_terminal(
    running: Parts, home: Path, how: tuple[str, ...]
) -> None:
    address, token = running.configuration.public_url, running.school.tokens["student"]
    secret = token if how == ("--token",) else PASSWORD
    command = [Path(sys.executable).parent / "gradient-grader", "login", address, *how]
    done = subprocess.run(command, input=f"{secret}\n", capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert run("login", address, *how, stdin="").exit_code == 2


def test_the_blanks_of_a_password_are_its_own(running: Parts) -> None:
    with running.database.writing() as session:
        make_account(session, "blanks@example.org", "Blanks", None, " a password with blanks ")
    for given, status in ((" a password with blanks ", 0), ("a password with blanks", 2)):
        done = run("login", running.configuration.public_url, "--email", "blanks@example.org", stdin=f"{given}\n")
        assert done.exit_code == status, done.output


def test_one_may_sign_in_with_a_token(handed_out: Parts) -> None:
    token = handed_out.school.tokens["student"]
    assert run("login", handed_out.configuration.public_url, "--token", stdin=f"{token}\n").exit_code == 0
    assert run("submit", TITLE, "right.py").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        ((TITLE, "right.py"), 0, "All 2 gradients are right."),
        ((TITLE, "wrong.py"), 1, "dx"),
        ((TITLE, "broken.py"), 2, "is not Python"),
        ((TITLE, "--symbolic", "dx=y", "dy=x"), 0, "All 2 gradients are right."),
        ((TITLE, "--symbolic", "dx"), 2, "`dx` is not of the form"),
        ((TITLE, "--symbolic", "dx=y", "dy=x", " dx =x"), 2, "dx is answered twice"),
        ((TITLE, "--language", "ja", "right.py"), 0, "2個の勾配はすべて正解です。"),
        ((TITLE, "empty.py"), 2, "There is no code"),
        ((TITLE, "essay.txt"), 2, "Hand in a Python file (.py)"),
        ((TITLE, "--symbolic", "dx=y*", "dy=x"), 2, "dx: `y *` is not an expression"),
        ((TITLE, "nowhere.py"), 2, "No such file"),
        (("nothing", "right.py"), 2, "multiply: A product"),
        (("99999", "right.py"), 2, "There is no assignment `99999`. Give the number of one of these:"),
        ((TITLE,), 2, "what to hand in"),
    ],
)
def test_the_exit_status_tells_right_from_wrong_from_not_run(
    signed_in: Parts, arguments: tuple[str, ...], status: int, told: str
) -> None:
    done = run("submit", *arguments)
    assert done.exit_code == status, done.output
    assert told in done.output


def test_of_assignments_of_one_name_that_of_a_course_in_use_is_handed_in_to(signed_in: Parts) -> None:
    name, course = "Every year", signed_in.school.course
    path, asked = f"/api/v1/courses/{course}/assignments", {"exercise": "multiply", "points": 10}
    with signed_in.database.writing() as session:
        student = session.scalars(select(Account).where(Account.email == "student@example.org")).one()
        over = Course(title="Last year", archived=True)
        session.add(over)
        session.flush()
        session.add(Enrolment(course_id=over.id, account_id=student.id, role=STUDENT))
        session.add(Assignment(course_id=over.id, exercise="multiply", title=name, points=10.0))
    assert run("submit", name, "right.py").exit_code == 0  # there is no other
    assert signed_in.client("instructor").post(path, {**asked, "title": name}).status == 201
    assert run("submit", name, "right.py").exit_code == 0
    with signed_in.database.reading() as session:
        of_course = select(Assignment.course_id).join(Submission).where(Assignment.title == name)
        assert list(session.scalars(of_course.order_by(Submission.id))) == [over.id, course]


def test_where_the_report_is_to_be_found_is_told(signed_in: Parts) -> None:
    with signed_in.database.reading() as session:
        number = 1 + (session.scalar(select(func.max(Submission.id))) or 0)
    done = run("submit", TITLE, "right.py")
    assert f"Submission {number}, attempt " in done.stderr
    assert done.stderr.endswith(f": {signed_in.configuration.public_url}/submissions/{number}\n")


def test_the_report_can_be_asked_for_again(signed_in: Parts) -> None:
    made = json.loads(run("submit", "--json", TITLE, "wrong.py").stdout)
    again = run("report", made["id"])
    assert again.exit_code == 1
    assert run("report", made["id"], "--json").stdout == json.dumps(made, ensure_ascii=False, indent=2) + "\n"
    assert run("report", 99_999_999).exit_code == 2


def test_a_result_that_is_not_shown_is_not_told(signed_in: Parts) -> None:
    hidden = {"exercise": "multiply", "points": 10, "shown_before": "nothing"}
    instructor = signed_in.client("instructor")
    number = instructor.post(f"/api/v1/courses/{signed_in.school.course}/assignments", hidden).json["id"]
    told = [run("submit", number, name) for name in ("right.py", "wrong.py")]
    assert [done.exit_code for done in told] == [0, 0]
    assert len({re.sub(r"Submission \d+", "", done.stdout) for done in told}) == 1
    assert "does not show the report" in told[0].stdout


def test_a_lost_answer_never_hands_in_twice(signed_in: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.client.connection.PAUSES", (0.01,) * 6)
    monkeypatch.setenv("GRADIENT_GRADER_TOKEN", signed_in.school.tokens["student"])
    before = handed_in(signed_in)
    with bad_line(signed_in, losing=3) as address:
        done = run("submit", address, signed_in.school.assignments["multiply"], "right.py")
    assert done.exit_code == 0, done.output
    assert handed_in(signed_in) == before + 1


def test_who_is_refused_while_waiting_is_told_that_it_is_handed_in(
    signed_in: Parts, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIENT_GRADER_TOKEN", signed_in.school.tokens["student"])
    monkeypatch.setattr("service.client.handing_in.SHORTEST", 0.0)  # a hand-in is answered before it can be graded
    before = handed_in(signed_in)
    with bad_line(signed_in, refusing=b"GET /api/v1/submissions/") as address:
        done = run("submit", address, signed_in.school.assignments["multiply"], "right.py")
    assert done.exit_code == 2
    assert "It is handed in, and kept. Its report: gradient-grader report " in done.stderr
    assert "403" in done.stderr
    assert handed_in(signed_in) == before + 1


def test_a_service_that_is_away_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.client.connection.PAUSES", (0.01,))
    monkeypatch.setenv("GRADIENT_GRADER_TOKEN", "gg_any")
    address = f"http://127.0.0.1:{free_port()}"
    done = run("submit", address, 1, "right.py")
    assert done.exit_code == 2
    assert f"{address} cannot be reached: " in done.output
    assert "refused" in done.output


def test_without_a_token_one_is_told_to_sign_in(running: Parts) -> None:
    for arguments in (("multiply", "right.py"), (running.configuration.public_url, "multiply", "right.py")):
        done = run("submit", *arguments)
        assert done.exit_code == 2
        assert "gradient-grader login" in done.output


def test_a_token_is_sent_to_the_address_it_was_given_for_only(signed_in: Parts) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as elsewhere:
        done = run("submit", f"http://127.0.0.1:{elsewhere.getsockname()[1]}", "multiply", "right.py")
        assert "Sign in first" in done.output


def test_an_address_that_is_none_is_refused() -> None:
    assert "https://" in run("login", "grader.example.org").output
