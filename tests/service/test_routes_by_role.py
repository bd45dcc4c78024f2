"""Who may do what: every route, each role, on one's own objects, another student's and another course's.

A row is a method, a path, and the status that each of PEOPLE gets there, in their order. `{…}` in a path is an object
of OBJECTS' making: plain names are the student's own or of the first course, `other_…` is of the other course. A new
route needs a row; one that leads to an object of a course needs one for each course.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from grader import read_exercise
from service.accounts import by_token, make_token
from service.enrolment import enrol
from service.errors import MESSAGES
from service.exercises import store
from service.invitations import make_invitation
from service.joining import make_code
from service.models import GRADED, Account, Submission, Token
from tests.service.conftest import PASSWORD, Embedded, School, make_parts

PEOPLE = ("", "student", "assistant", "instructor", "administrator", "other student", "other instructor")
OWN = "name: own\ninputs: {x: {}}\nforward: |\n  f = x ** 3\ngradients: [dx]\n"
CODE = {"kind": "code", "source": "dfdx = y\ndfdy = x\n"}
SOURCE = {"source": OWN}
PERSON = {"email": "new@example.org", "name": "New", "role": "student"}
CHANGED = {"old": PASSWORD, "new": "a longer password", "again": "a longer password"}
CHOSEN = {"name": "New", "email": "new@example.org", "new": "a longer password", "again": "a longer password"}
ROSTER = "name,email\nNew,new@example.org\n"

API = "/api/v1"
TABLE: list[tuple[str, str, str, Any]] = [
    # method, path, statuses of PEOPLE, and what is sent
    ("GET", f"{API}/health", "200 200 200 200 200 200 200", None),
    ("GET", "/health", "200 200 200 200 200 200 200", None),
    ("GET", f"{API}/openapi.json", "200 200 200 200 200 200 200", None),
    ("GET", f"{API}/account", "401 200 200 200 200 200 200", None),
    ("POST", f"{API}/account/password", "401 204 204 204 204 204 204", {"old": PASSWORD, "new": "a longer password"}),
    ("GET", f"{API}/tokens", "401 200 200 200 200 200 200", None),
    ("POST", f"{API}/tokens", "401 201 201 201 201 201 201", {"name": "for a program"}),
    ("DELETE", f"{API}/tokens/{{token}}", "401 204 404 404 404 404 404", None),
    ("GET", f"{API}/accounts", "401 404 404 404 200 404 404", None),
    ("POST", f"{API}/accounts", "401 404 404 404 201 404 404", {"email": "new@example.org", "name": "New"}),
    ("PATCH", f"{API}/accounts/{{student}}", "401 404 404 404 200 404 404", {"administrator": True}),
    ("POST", f"{API}/accounts/{{student}}/invitation", "401 404 404 404 201 404 404", None),
    ("POST", f"{API}/join", "401 200 200 200 200 200 200", {"code": "{code}"}),
    ("GET", f"{API}/exercises", "401 200 200 200 200 200 200", None),
    ("GET", f"{API}/exercises/add", "401 200 200 200 200 200 200", None),
    ("GET", f"{API}/exercises/own?course={{course}}", "401 404 200 200 404 404 404", None),
    ("GET", f"{API}/exercises/add/handout.py", "401 200 200 200 200 200 200", None),
    ("GET", f"{API}/exercises/own/handout.md?course={{course}}", "401 404 200 200 404 404 404", None),
    ("POST", f"{API}/exercises/multiply/check?wait=0", "401 202 202 202 202 202 202", CODE),
    ("POST", f"{API}/exercises/preview", "401 404 404 200 404 404 200", SOURCE),
    ("POST", f"{API}/exercises", "401 404 404 201 404 404 404", {"source": OWN, "course_id": "{course}"}),
    ("GET", f"{API}/courses/{{course}}/exercises", "401 404 404 200 404 404 404", None),
    ("GET", f"{API}/courses/{{other_course}}/exercises", "401 404 404 404 404 404 200", None),
    ("POST", f"{API}/courses/{{course}}/exercises", "401 404 404 201 404 404 404", SOURCE),
    ("POST", f"{API}/courses/{{other_course}}/exercises", "401 404 404 404 404 404 201", SOURCE),
    ("GET", f"{API}/courses/{{course}}/exercises/own", "401 404 404 200 404 404 404", None),
    ("GET", f"{API}/courses/{{other_course}}/exercises/own", "401 404 404 404 404 404 404", None),
    ("GET", f"{API}/assignments", "401 200 200 200 200 200 200", None),
    ("POST", f"{API}/assignments/{{assignment}}/submissions", "401 202 202 202 404 404 404", CODE),
    ("POST", f"{API}/assignments/{{other_assignment}}/submissions", "401 404 404 404 404 202 202", CODE),
    ("GET", f"{API}/submissions/{{submission}}", "401 200 200 200 404 404 404", None),
    ("GET", f"{API}/submissions/{{of_classmate}}", "401 404 200 200 404 404 404", None),
    ("GET", f"{API}/submissions/{{practice}}", "401 200 404 404 404 404 404", None),
    ("GET", f"{API}/submissions/{{other_submission}}", "401 404 404 404 404 200 200", None),
    ("GET", f"{API}/courses/{{course}}/gradebook", "401 404 200 200 404 404 404", None),
    ("GET", f"{API}/courses/{{other_course}}/gradebook", "401 404 404 404 404 404 200", None),
    ("GET", f"{API}/courses/{{course}}/people", "401 404 200 200 200 404 404", None),
    ("GET", f"{API}/courses/{{other_course}}/people", "401 404 404 404 200 404 200", None),
    ("POST", f"{API}/courses/{{course}}/people", "401 404 403 201 201 404 404", PERSON),
    ("POST", f"{API}/courses/{{other_course}}/people", "401 404 404 404 201 404 201", PERSON),
    ("PATCH", f"{API}/courses/{{course}}/people/{{student}}", "401 404 403 200 200 404 404", {"role": "assistant"}),
    ("PATCH", f"{API}/courses/{{course}}/people/{{other_student}}", "401 404 403 404 404 404 404", {"sid": "1"}),
    ("PATCH", f"{API}/courses/{{other_course}}/people/{{other_student}}", "401 404 404 404 200 404 200", {"sid": "1"}),
    ("DELETE", f"{API}/courses/{{course}}/people/{{student}}", "401 404 403 204 204 404 404", None),
    ("DELETE", f"{API}/courses/{{course}}/people/{{instructor}}", "401 404 403 409 409 404 404", None),
    ("DELETE", f"{API}/courses/{{course}}/people/{{other_student}}", "401 404 403 404 404 404 404", None),
    ("DELETE", f"{API}/courses/{{other_course}}/people/{{other_student}}", "401 404 404 404 204 404 204", None),
    ("POST", f"{API}/courses/{{course}}/people/{{newcomer}}/invitation", "401 404 403 201 201 404 404", None),
    ("POST", f"{API}/courses/{{course}}/people/{{student}}/invitation", "401 404 403 409 201 404 404", None),
    ("POST", f"{API}/courses/{{other_course}}/people/{{newcomer}}/invitation", "401 404 404 404 404 404 404", None),
    ("POST", f"{API}/courses/{{course}}/invitations", "401 404 403 201 201 404 404", None),
    ("POST", f"{API}/courses/{{other_course}}/invitations", "401 404 404 404 201 404 201", None),
    ("GET", f"{API}/courses/{{course}}/roster.csv?form=canvas", "401 404 403 200 200 404 404", None),
    ("GET", f"{API}/courses/{{other_course}}/roster.csv", "401 404 404 404 200 404 200", None),
    ("POST", f"{API}/courses/{{course}}/roster?apply=true", "401 404 403 200 200 404 404", ROSTER),
    ("POST", f"{API}/courses/{{other_course}}/roster", "401 404 404 404 200 404 200", ROSTER),
    ("GET", f"{API}/courses/{{course}}/join-codes", "401 404 403 200 200 404 404", None),
    ("GET", f"{API}/courses/{{other_course}}/join-codes", "401 404 404 404 200 404 200", None),
    ("POST", f"{API}/courses/{{course}}/join-codes", "401 404 403 201 201 404 404", {}),
    ("POST", f"{API}/courses/{{other_course}}/join-codes", "401 404 404 404 201 404 201", {}),
    ("DELETE", f"{API}/courses/{{course}}/join-codes/{{code_id}}", "401 404 403 204 204 404 404", None),
    ("DELETE", f"{API}/courses/{{other_course}}/join-codes/{{code_id}}", "401 404 404 404 404 404 404", None),
    ("GET", "/sign-in", "200 303 303 303 303 303 303", None),
    ("POST", "/sign-in", "303 303 303 303 303 303 303", {"email": "student@example.org", "password": PASSWORD}),
    ("GET", "/sign-in/nonsense", "422 422 422 422 422 422 422", None),
    ("POST", "/sign-out", "303 303 303 303 303 303 303", {}),
    ("POST", "/language", "303 303 303 303 303 303 303", {"language": "ja"}),
    ("GET", "/provider", "404 404 404 404 404 404 404", None),
    ("GET", "/provider/link", "302 404 404 404 404 404 404", None),
    ("GET", "/provider/back", "404 404 404 404 404 404 404", None),
    ("GET", "/invitations/{invitation}", "200 200 200 200 200 200 200", None),
    ("POST", "/invitations/{invitation}", "303 303 303 303 303 303 303", CHOSEN),
    ("GET", "/join", "200 200 200 200 200 200 200", None),
    ("GET", "/join/{code}", "200 200 200 200 200 200 200", None),
    ("POST", "/join/{code}", "303 303 303 303 303 303 303", CHOSEN),
    ("GET", "/", "302 200 303 303 200 200 303", None),
    ("GET", "/account", "302 200 200 200 200 200 200", None),
    ("POST", "/account/password", "302 200 200 200 200 200 200", CHANGED),
    ("POST", "/account/tokens", "302 200 200 200 200 200 200", {"name": "for a program"}),
    ("POST", "/account/tokens/{token}/revoke", "302 303 404 404 404 404 404", {}),
    ("GET", "/accounts", "302 404 404 404 200 404 404", None),
    ("POST", "/accounts", "302 404 404 404 200 404 404", CHOSEN),
    ("POST", "/accounts/{student}/invitation", "302 404 404 404 200 404 404", {}),
    ("POST", "/accounts/{student}/administrator", "302 404 404 404 303 404 404", {"administrator": "yes"}),
    ("GET", "/exercises", "302 200 200 200 200 200 200", None),
    ("GET", "/exercises/add", "302 200 200 200 200 200 200", None),
    ("GET", "/exercises/own?course={course}", "302 404 200 200 404 404 404", None),
    ("GET", "/exercises/add/skeleton.py", "302 200 200 200 200 200 200", None),
    ("GET", "/exercises/own/skeleton.py?course={course}", "302 404 200 200 404 404 404", None),
    ("GET", "/assignments/{assignment}", "302 200 200 200 404 404 404", None),
    ("GET", "/assignments/{other_assignment}", "302 404 404 404 404 200 200", None),
    ("POST", "/assignments/{assignment}", "302 303 303 303 404 404 404", CODE),
    ("POST", "/assignments/{other_assignment}", "302 404 404 404 404 303 303", CODE),
    ("POST", "/assignments/{assignment}/read", "302 200 200 200 404 404 404", {"answer-dx": "y"}),
    ("POST", "/assignments/{other_assignment}/read", "302 404 404 404 404 200 200", {"answer-dx": "y"}),
    ("GET", "/submissions/{submission}", "302 200 200 200 404 404 404", None),
    ("GET", "/submissions/{of_classmate}", "302 404 200 200 404 404 404", None),
    ("GET", "/submissions/{practice}", "302 200 404 404 404 404 404", None),
    ("GET", "/submissions/{other_submission}", "302 404 404 404 404 200 200", None),
    ("GET", "/courses/{course}", "302 404 200 200 404 404 404", None),
    ("GET", "/courses/{other_course}", "302 404 404 404 404 404 200", None),
    ("GET", "/courses/{course}/exercises", "302 404 404 200 404 404 404", None),
    ("GET", "/courses/{other_course}/exercises", "302 404 404 404 404 404 200", None),
    ("POST", "/courses/{course}/exercises", "302 404 404 200 404 404 404", SOURCE),
    ("POST", "/courses/{other_course}/exercises", "302 404 404 404 404 404 200", SOURCE),
    ("GET", "/courses/{course}/people", "302 404 200 200 200 404 404", None),
    ("GET", "/courses/{other_course}/people", "302 404 404 404 200 404 200", None),
    ("POST", "/courses/{course}/people", "302 404 403 303 303 404 404", PERSON),
    ("POST", "/courses/{other_course}/people", "302 404 404 404 303 404 303", PERSON),
    ("POST", "/courses/{course}/people/{student}/role", "302 404 403 303 303 404 404", {"role": "assistant"}),
    ("POST", "/courses/{course}/people/{instructor}/role", "302 404 403 409 409 404 404", {"role": "none"}),
    ("POST", "/courses/{other_course}/people/{student}/role", "302 404 404 404 404 404 404", {"role": "assistant"}),
    ("POST", "/courses/{course}/people/{newcomer}/invitation", "302 404 403 200 200 404 404", {}),
    ("POST", "/courses/{other_course}/people/{newcomer}/invitation", "302 404 404 404 404 404 404", {}),
    ("POST", "/courses/{course}/invitations", "302 404 403 200 200 404 404", {}),
    ("POST", "/courses/{other_course}/invitations", "302 404 404 404 200 404 200", {}),
    ("GET", "/courses/{course}/roster", "302 404 403 200 200 404 404", None),
    ("GET", "/courses/{other_course}/roster", "302 404 404 404 200 404 200", None),
    ("POST", "/courses/{course}/roster", "302 404 403 303 303 404 404", {"roster": ROSTER, "apply": "yes"}),
    ("POST", "/courses/{other_course}/roster", "302 404 404 404 200 404 200", {"roster": ROSTER}),
    ("GET", "/courses/{course}/roster-own.csv", "302 404 403 200 200 404 404", None),
    ("GET", "/courses/{other_course}/roster-own.csv", "302 404 404 404 200 404 200", None),
    ("POST", "/courses/{course}/join-codes", "302 404 403 303 303 404 404", {"days": "30"}),
    ("POST", "/courses/{other_course}/join-codes", "302 404 404 404 303 404 303", {"days": "30"}),
    ("POST", "/courses/{course}/join-codes/{code_id}/withdraw", "302 404 403 303 303 404 404", {}),
    ("POST", "/courses/{other_course}/join-codes/{code_id}/withdraw", "302 404 404 404 404 404 404", {}),
]  # fmt: skip


@dataclass
class Table:
    """The service without processes, and what the paths lead to; put back after each request that changed something."""

    app: Flask
    file: Path
    objects: Mapping[str, Any]
    tokens: Mapping[str, str]
    cookies: Mapping[str, str]

    def ask(self, who: str, method: str, path: str, sent: Any) -> TestResponse:
        """The answer to this person: to their token in the API, to their session on the pages."""
        headers, body = {}, self._filled(sent)
        program = path.startswith(API)
        if who and program:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        elif who:
            headers["Cookie"] = self.cookies[who]
        given = {"json": body} if program else {"data": body}
        if isinstance(body, str):
            given = {"data": body, "content_type": "text/csv"}  # type: ignore[dict-item] # as Werkzeug takes it
        client = self.app.test_client(use_cookies=False)
        answer = client.open(self.path(path), method=method, headers=headers, **(given if body is not None else {}))
        if method != "GET" and answer.status_code < 400:
            self.restore()
        return answer

    def path(self, path: str) -> str:
        return path.format(**self.objects)

    def restore(self) -> None:
        """Puts the database back to what it was."""
        self.app.extensions["gradient_grader_database"].close()
        for end in ("-wal", "-shm"):
            self.file.with_name(self.file.name + end).unlink(missing_ok=True)
        shutil.copy(self.file.with_suffix(".kept"), self.file)

    def _filled(self, sent: Any) -> Any:
        """With the objects that it names."""
        if not isinstance(sent, dict):
            return sent
        return {key: self.objects[value[1:-1]] if str(value).startswith("{") else value for key, value in sent.items()}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    folder = tmp_path_factory.mktemp("table")
    place = Embedded(tmp_path_factory.mktemp("school"))
    with make_parts(place, folder) as parts:
        parts.app.config["WTF_CSRF_ENABLED"] = False  # that every form is protected is tested below
        with parts.app.app_context():
            store(1, place.school.course, read_exercise(OWN))
            with parts.database.writing() as session:
                objects = make_objects(session, place.school)
        cookies = {}
        for who, token in place.school.tokens.items():
            answer = parts.app.test_client().get(f"/sign-in/{token}")
            cookies[who] = answer.headers["Set-Cookie"].partition(";")[0]
        file = folder / "grader.sqlite"
        made = Table(parts.app, file, objects, place.school.tokens, cookies)
        parts.database.close()
        parts.app.extensions["gradient_grader_database"].close()
        shutil.copy(file, file.with_suffix(".kept"))
        yield made


def make_objects(session: Session, school: School) -> dict[str, Any]:
    """What the paths of the table lead to."""
    ids = {
        email.partition("@")[0].replace(".", " "): number
        for email, number in session.execute(select(Account.email, Account.id))
    }
    instructor, theirs = by_token(school.tokens["instructor"]), by_token(school.tokens["other instructor"])
    assert instructor
    assert theirs
    newcomer = Account(email="newcomer@example.org", name="Newcomer")
    session.add(newcomer)
    session.flush()
    enrol(session, instructor, school.course, newcomer, "student")
    student = session.get_one(Account, ids["student"])
    make_token(session, student, "another")
    token = session.scalars(select(Token).where(Token.name == "another")).one()
    code = make_code(session, instructor, school.course, None)
    assignment = school.assignments["multiply"]

    def submitted(who: str, assignment_id: int | None) -> int:
        made = Submission(
            assignment_id=assignment_id, account_id=ids[who], attempt=1 if assignment_id else None, status=GRADED,
            exercise="multiply", kind="code", payload={"source": "dfdx = y"}, trial_set=0,
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made.id

    return {
        "course": school.course,
        "other_course": school.other_course,
        "assignment": assignment,
        "other_assignment": school.other_assignment,
        "submission": submitted("student", assignment),
        "of_classmate": submitted("classmate", assignment),
        "practice": submitted("student", None),
        "other_submission": submitted("other student", school.other_assignment),
        "student": ids["student"],
        "instructor": ids["instructor"],
        "other_student": ids["other student"],
        "newcomer": newcomer.id,
        "token": token.id,
        "code": code.code,
        "code_id": code.id,
        "invitation": make_invitation(session, instructor, newcomer, "").rpartition("/")[2],
    }


@pytest.mark.parametrize(("method", "path", "statuses", "sent"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_each_role_is_answered_as_it_may(table: Table, method: str, path: str, statuses: str, sent: Any) -> None:
    answers = [table.ask(who, method, path, sent) for who in PEOPLE]
    assert " ".join(str(answer.status_code) for answer in answers) == statuses, f"of {', '.join(PEOPLE)}"
    for answer in answers:
        if path.startswith(API) and answer.status_code == 404:  # as if there were nothing
            assert (
                answer.json["error"] == {"code": "not_found", "message": MESSAGES[404], "details": {}} or "/own" in path
            )


def test_every_route_has_its_rows(table: Table) -> None:
    adapter = table.app.url_map.bind("127.0.0.1")
    rows = [
        (adapter.match(table.path(path).partition("?")[0], method, return_rule=True)[0], path)
        for method, path, *_ in TABLE
    ]
    for rule in table.app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        paths = [path for found, path in rows if found is rule]
        assert paths, f"{rule.methods} {rule.rule} has no row"
        for name in ("course", "assignment", "submission"):
            if f"/{name}s/<int:" in rule.rule:
                assert any(f"/{{{name}}}" in path for path in paths), rule.rule
                assert any(f"/{{other_{name}}}" in path for path in paths), f"{rule.rule}: another course's is missing"


@contextmanager
def protected(app: Flask) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        yield
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_a_browser_changes_nothing_without_the_csrf_token(table: Table) -> None:
    with protected(table.app):
        for method, path, _, sent in TABLE:
            if method == "GET":
                continue
            cookie = {"Cookie": table.cookies["administrator"]}
            given = {"data": json.dumps(sent), "content_type": "application/json"} if path.startswith(API) else {}
            client = table.app.test_client(use_cookies=False)
            answer = client.open(table.path(path), method=method, headers=cookie, **given)  # type: ignore[arg-type] # of two kinds
            assert answer.status_code == 400, (method, path, answer.text)
