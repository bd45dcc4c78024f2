"""Results that are not shown reach their student by no route: whatever they are, all answers are the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import select

from grader import Report, Symbols, grade, trial_set
from service import outcomes
from service.database import Database
from service.models import EVERYTHING, NOTHING, VERDICTS, Assignment, Extension, StoredReport, Submission, now
from tests.service.routes import PEOPLE, TABLE
from tests.service.table import EXERCISE, Table, make_table

STUDENT = PEOPLE.index("student")
NEW_KEYS = "/lti/jwks"  # others each time that the database is put back
READ = [
    (method, path, sent)
    for method, path, statuses, sent in TABLE
    if statuses.split()[STUDENT] == "200" and (method == "GET" or path.endswith("/read")) and path != NEW_KEYS
]
WAITING = ("GET", "/api/v1/submissions/{submission}?wait=1", None)
JAPANESE = ("GET", "/api/v1/submissions/{submission}?language=ja", None)
ASKED = sorted([*READ, WAITING, JAPANESE], key=lambda row: row[0])  # POST last: the database is put back after it
OWN_RESULT = {
    "/",
    "/assignments/{assignment}",
    "/assignments/{assignment}/read",
    "/submissions/{submission}",
    "/api/v1/assignments/{assignment}/grades/{student}",
    "/api/v1/submissions/{submission}",
    "/api/v1/submissions/{submission}/reports",
    "/api/v1/submissions/{submission}/results.json",
    WAITING[1],
    JAPANESE[1],
}
"""The routes that tell a student their result, once it is shown."""
DAYS = timedelta(days=3, hours=7)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    with make_table(tmp_path_factory.mktemp("hidden")) as made:
        yield made


def report(answers: dict[str, str]) -> Report:
    return grade(EXERCISE, Symbols(answers), trial_set(EXERCISE, b"hidden", 0), None)  # type: ignore[arg-type] # symbols need no sandbox


RIGHT, WRONG = report({"dx": "y", "dy": "x"}), report({"dx": "x", "dy": "y"})


def told(table: Table, found: Report, **settings: object) -> dict[str, str]:
    """What the student is answered by each route, where that is the report on what they handed in; `extended` is their
    own due date."""
    own_due = settings.pop("extended", None)
    with (
        closing(Database(table.app.extensions["gradient_grader"].database_url)) as database,
        database.writing() as session,
    ):
        assignment = session.get_one(Assignment, table.objects["assignment"])
        for name, value in settings.items():
            setattr(assignment, name, value)
        extension = session.scalars(select(Extension).where(Extension.assignment_id == assignment.id)).one()
        extension.due_at = own_due
        submission = session.get_one(Submission, table.objects["submission"])
        submission.created_at = submission.done_at = now().replace(minute=0, second=0, microsecond=0) - DAYS
        stored = session.scalars(select(StoredReport).where(StoredReport.submission_id == submission.id)).one()
        stored.verdict, stored.score, stored.wrong = found.verdict, found.score, list(found.wrong)
        stored.report, stored.created_at = found.to_dict(), submission.created_at
        session.flush()
        outcomes.forget(session, [submission.id])
        outcomes.keep(session, submission, stored.report)
    answers = {}
    for method, path, sent in ASKED:
        answer = table.ask("student", method, path, sent)
        assert answer.status_code in (200, 404, 409), (path, answer.text)
        answers[path] = re.sub(r'name="csrf_token" value="[^"]+"', "", f"{answer.status_code} {answer.text}")
    table.restore()
    return answers


def differing(table: Table, **settings: object) -> set[str]:
    """The routes whose answers tell a right submission from a wrong one."""
    right, wrong = told(table, RIGHT, **settings), told(table, WRONG, **settings)
    return {path for path in right if right[path] != wrong[path]}


def test_what_is_shown_is_told_by_the_routes_that_tell_it(table: Table) -> None:
    for what in (VERDICTS, EVERYTHING):
        assert differing(table, shown_before=what) == OWN_RESULT


def test_what_is_not_shown_is_told_by_none(table: Table) -> None:
    due = now() + DAYS
    assert differing(table, shown_before=NOTHING, due_at=due) == set()
    assert differing(table, shown_before=NOTHING, due_at=due, release_at=now() - 2 * DAYS, practice="none") == set()


def test_it_is_shown_when_it_is_closed_for_that_student(table: Table) -> None:
    due = now() - timedelta(minutes=5)
    assert differing(table, shown_before=NOTHING, due_at=due) == OWN_RESULT
    assert differing(table, shown_before=NOTHING, due_at=due, late_until=now() + DAYS) == set()
    assert differing(table, shown_before=NOTHING, due_at=due, extended=now() + DAYS) == set()
    assert differing(table, shown_after=NOTHING, due_at=due) == set()
    assert differing(table, shown_after=NOTHING, due_at=due, extended=now() + DAYS) == OWN_RESULT


def test_what_is_not_released_any_more_is_told_by_the_submission_alone(table: Table) -> None:
    assert differing(table, release_at=now() + DAYS) == {path for path in OWN_RESULT if "/submissions/" in path}
