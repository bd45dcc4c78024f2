"""The service that the rows of `routes` are asked in, and the objects that their paths lead to."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import make_url, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from grader import Symbols, catalogue, grade, read_exercise, trial_set
from service.authentication import by_token, make_token
from service.configuration import FOLDER_BROKER, Configuration
from service.enrolment import enrol
from service.exercises import store
from service.invitations import make_invitation
from service.joining import make_code
from service.lti.routes import BROWSER
from service.models import (
    GRADED,
    Account,
    Assignment,
    Enrolment,
    Extension,
    LtiContext,
    LtiLaunch,
    LtiPlatform,
    Regrade,
    RegradeItem,
    Submission,
    Token,
    now,
)
from service.passwords import fingerprint
from tests.service.conftest import Embedded, School, Servers, make_parts
from tests.service.grading_again import add_report
from tests.service.routes import API, OWN, PLATFORM
from tests.service.servers import PostgreSQL

MESSAGE = {
    "subject": "somebody", "name": "Somebody", "email": None, "language": None, "sid": None, "role": None,
    "deployment": "1", "context": "their course", "context_title": "Their course", "resource": "a link",
    "resource_title": "A link", "assignment": None, "lineitem": None, "lineitems": None, "scopes": [],
    "memberships": None, "selection": None,
}  # fmt: skip
EXERCISE = catalogue()["multiply"]


@dataclass
class Table:
    """The service without processes, and what the paths lead to; put back after each request that changed something."""

    app: Flask
    objects: Mapping[str, Any]
    tokens: Mapping[str, str]
    cookies: Mapping[str, str]
    put_back: Callable[[], object]

    def ask(self, who: str, method: str, path: str, sent: Any) -> TestResponse:
        """The answer to this person, of which nothing stays behind."""
        answer = self.send(who, method, path, sent)
        if method != "GET" and answer.status_code < 400:
            self.restore()
        return answer

    def send(self, who: str, method: str, path: str, sent: Any) -> TestResponse:
        """The answer to this person: to their token in the API, to their session on the pages."""
        headers, body = {}, self._filled(sent)
        program = path.startswith(API)
        if who and program:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        elif who:
            headers["Cookie"] = self.cookies[who]
        if path.startswith("/lti/"):  # a launch belongs to a browser, and here all have the same
            headers["Cookie"] = f"{headers.get('Cookie', '')}; {BROWSER}=here"
        given = {"json": body} if program else {"data": body}
        if isinstance(body, str):
            given = {"data": body, "content_type": "text/csv"}  # type: ignore[dict-item] # as Werkzeug takes it
        client = self.app.test_client(use_cookies=False)
        return client.open(self.path(path), method=method, headers=headers, **(given if body is not None else {}))

    def path(self, path: str) -> str:
        return path.format(**self.objects)

    def restore(self) -> None:
        """Puts the database back to what it was."""
        self.app.extensions["gradient_grader_database"].close()
        self.put_back()

    def _filled(self, sent: Any) -> Any:
        """With the objects that it names."""
        if not isinstance(sent, dict):
            return sent
        return {key: self.objects[value[1:-1]] if str(value).startswith("{") else value for key, value in sent.items()}


@contextmanager
def make_table(folder: Path, server: PostgreSQL | None = None) -> Iterator[Table]:
    """A table whose files are in `folder`, which is empty; its database may be on a `server`."""
    (folder / "school").mkdir()
    place = Servers("", server.new_database) if server else Embedded(folder / "school")
    with make_parts(place, folder, GRADIENT_GRADER_BROKER_URL=FOLDER_BROKER) as parts:
        parts.app.config["WTF_CSRF_ENABLED"] = False  # that every form is protected is tested with the roles
        with parts.app.app_context():
            instructor = by_token(place.school.tokens["instructor"])
            assert instructor
            store(instructor, place.school.course, read_exercise(OWN))
            with parts.database.writing() as session:
                objects = make_objects(session, place.school)
        cookies = {}
        for who, token in place.school.tokens.items():
            answer = parts.app.test_client().get(f"/sign-in/{token}")
            cookies[who] = answer.headers["Set-Cookie"].partition(";")[0]
        parts.database.close()
        parts.app.extensions["gradient_grader_database"].close()
        put_back = _kept_on(server, parts.configuration) if server else _kept_in(folder / "grader.sqlite")
        yield Table(parts.app, objects, place.school.tokens, cookies, put_back)


def _kept_in(file: Path) -> Callable[[], object]:
    """What puts the database in the file back to what it is now."""
    kept = shutil.copy(file, file.with_suffix(".kept"))

    def put_back() -> None:
        for end in ("-wal", "-shm"):
            file.with_name(file.name + end).unlink(missing_ok=True)
        shutil.copy(kept, file)

    return put_back


def _kept_on(server: PostgreSQL, configuration: Configuration) -> Callable[[], object]:
    """The same of the database on the server."""
    name = make_url(configuration.database_url).database
    assert name
    server.new_database("kept", name)
    return partial(server.new_database, name, "kept")


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
    assignment, other_assignment = school.assignments["multiply"], school.other_assignment
    unreleased = school.assignments["maximum"]
    session.get_one(Assignment, unreleased).release_at = now() + timedelta(days=1)
    session.execute(update(Enrolment).where(Enrolment.account_id == ids["student"]).values(section="A"))
    for number, who in ((assignment, "student"), (other_assignment, "other student")):
        session.get_one(Assignment, number).max_attempts = 1_000
        session.add(Extension(assignment_id=number, account_id=ids[who], more_attempts=2))
    report = grade(EXERCISE, Symbols({"dx": "y", "dy": "y"}), trial_set(EXERCISE, b"table", 0), None)  # type: ignore[arg-type] # symbols need no sandbox

    def submitted(who: str, assignment_id: int | None) -> int:
        made = Submission(
            assignment_id=assignment_id, account_id=ids[who], attempt=1 if assignment_id else None, status=GRADED,
            exercise="multiply", kind="code", payload={"source": "dfdx = y"}, trial_set=0,
        )  # fmt: skip
        session.add(made)
        session.flush()
        figures = {"verdict": report.verdict, "score": report.score, "max_score": report.max_score}
        add_report(session, made.id, report=report.to_dict(), wrong=list(report.wrong), **figures)
        return made.id

    def regraded(course_id: int, author: int, submission_id: int) -> int:
        made = Regrade(course_id=course_id, author_id=author, reason="An exercise changed.")
        session.add(made)
        session.flush()
        session.add(RegradeItem(regrade_id=made.id, submission_id=submission_id, status=GRADED))
        return made.id

    platform = LtiPlatform(**{**PLATFORM, "issuer": "https://school.example"}, origins=[])
    session.add(platform)
    session.flush()
    theirs_here = {"deployment": "1", "key": MESSAGE["context"], "title": "Their course", "scopes": []}
    connection = LtiContext(platform_id=platform.id, course_id=school.course, **theirs_here)

    def launched(who: str, browser: str) -> LtiLaunch:
        ticket = fingerprint(f"{who}, {browser}")
        opened = {"browser": fingerprint(browser), "account_id": ids[who], "opened_at": now()}
        return LtiLaunch(platform_id=platform.id, ticket=ticket, message=MESSAGE, **opened)

    launches = [
        launched("student", "here"), launched("student", "elsewhere"), launched("instructor", "here")
    ]  # fmt: skip
    session.add_all([connection, *launches])
    session.flush()
    submission, other_submission = submitted("student", assignment), submitted("other student", other_assignment)
    return {
        "course": school.course,
        "other_course": school.other_course,
        "assignment": assignment,
        "other_assignment": other_assignment,
        "unreleased": unreleased,
        "unused": school.assignments["add"],
        "submission": submission,
        "of_classmate": submitted("classmate", assignment),
        "unreleased_submission": submitted("student", unreleased),
        "practice": submitted("student", None),
        "other_submission": other_submission,
        "regrade": regraded(school.course, instructor.id, submission),
        "other_regrade": regraded(school.other_course, theirs.id, other_submission),
        "student": ids["student"],
        "classmate": ids["classmate"],
        "instructor": ids["instructor"],
        "other_student": ids["other student"],
        "newcomer": newcomer.id,
        "token": token.id,
        "code": code.code,
        "code_id": code.id,
        "invitation": make_invitation(session, instructor, newcomer, "").rpartition("/")[2],
        "platform": platform.id,
        "issuer": platform.issuer,
        "connection": connection.id,
        "launch": launches[0].id,
        "launch_elsewhere": launches[1].id,
        "instructors_launch": launches[2].id,
    }
