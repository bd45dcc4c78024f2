"""How long things are kept, all that is stored about a person, and its deletion; on both back ends."""

from __future__ import annotations

import json
import stat
from contextlib import closing
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from grader import GradientReport, Sandbox, catalogue, grade, read_code, trial_set
from grader.report import Run
from service import audit, grading, personal, regrades, retention
from service.administration import admin
from service.backup import backup, head_of, restore
from service.database import Database
from service.models import (
    GRADED,
    Account,
    Assignment,
    AuditEntry,
    Base,
    Course,
    Enrolment,
    Override,
    RegradeItem,
    StoredReport,
    Submission,
    now,
)
from tests.service.conftest import PASSWORD, Parts
from tests.service.filling import fill
from tests.service.test_backup import all_rows
from tests.service.test_queue import LEASE, commit_only, hand_in, person, state

WRONG = "dfdx = x  # the-students-own-words\ndfdy = x\n"
EMAIL = "student@example.org"
LONG_AGO = now() - timedelta(days=400)


def run(parts: Parts, *arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(admin, arguments, env=parts.configuration.to_environment(), input=answer)


@pytest.fixture
def graded(parts: Parts) -> Parts:
    """A course where two students handed in and one practised; all of it is graded."""
    exercise, secret = catalogue()["multiply"], parts.configuration.trials_secret.encode()
    with Sandbox() as sandbox:
        report = grade(exercise, read_code(WRONG), trial_set(exercise, secret, 0), sandbox)
    for number in (hand_in(parts, WRONG), hand_in(parts, WRONG, "classmate"), commit_only(parts)):
        claimed = grading.claim(parts.database, number, "w", LEASE)
        assert claimed is not None
        grading.finish(parts.database, claimed, report)
    return parts


def signed_in(parts: Parts) -> FlaskClient:
    """The student's browser."""
    parts.app.config["WTF_CSRF_ENABLED"] = False
    browser = parts.app.test_client()
    assert browser.post("/sign-in", data={"email": EMAIL, "password": PASSWORD}).status_code == 303
    return browser


def make_old(parts: Parts) -> None:
    """All of it happened long ago."""
    with parts.database.writing() as session:
        for table in (Course, Assignment, Submission):
            session.execute(update(table).values(created_at=LONG_AGO))


def everything(parts: Parts) -> str:
    return json.dumps(all_rows(parts.database), default=str, ensure_ascii=False)


def count(parts: Parts, *which: Any) -> int:
    with parts.database.reading() as session:
        return session.execute(select(func.count()).where(*which)).scalar_one()


def standing(parts: Parts, who: str = "instructor") -> Any:
    return parts.direct(who).get(f"/api/v1/courses/{parts.school.course}/gradebook").json


def test_what_is_too_old_is_told_first_and_deleted_on_demand(graded: Parts) -> None:
    with graded.database.writing() as session:
        session.add(Course(title="Empty"))
    make_old(graded)
    before, grades = everything(graded), standing(graded)
    told = run(graded, "retention", "--older-than", "365")
    assert told.exit_code == 0, told.output
    assert (
        f"Course {graded.school.course}, “Backpropagation”, over since {LONG_AGO:%Y-%m-%d}: 2 submissions"
        in told.output
    )
    assert "Practice: 1 submissions" in told.output
    assert "Nothing is deleted yet" in told.output
    assert everything(graded) == before
    assert run(graded, "retention", "--older-than", "365", "--apply").exit_code == 0
    assert "the-students-own-words" in before
    assert "the-students-own-words" not in everything(graded)
    assert standing(graded) == grades
    assert count(graded, Submission.assignment_id.is_(None)) == 0
    assert count(graded, Submission.erased_at.is_not(None)) == 2
    with graded.database.reading() as session:
        assert [(e.action, e.kind) for e in session.scalars(select(AuditEntry).order_by(AuditEntry.id))] == [
            ("erase", "submissions"),
            ("delete", "practice"),
        ]
    again = run(graded, "retention", "--older-than", "365", "--apply")
    assert "Course" not in again.output
    assert "Practice: 0 submissions" in again.output


def test_what_is_too_old_is_deleted_a_few_at_a_time(graded: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    make_old(graded)
    assert run(graded, "retention", "--older-than", "365", "--apply").exit_code == 0
    assert "the-students-own-words" not in everything(graded)
    with graded.database.reading() as session:
        entries = list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(entry.action, entry.details["submissions"]) for entry in entries] == [
        ("erase", 1),
        ("erase", 1),
        ("delete", 1),
    ]


def test_what_is_handed_in_while_a_course_is_erased_is_kept(graded: Parts) -> None:
    make_old(graded)
    with graded.database.reading() as session:
        planned = retention.plan(session, now() - timedelta(days=365))
    with graded.database.writing() as session:
        newest = session.scalars(select(Submission).order_by(Submission.id.desc())).first()
        assert newest is not None
        newest.created_at, kept = now(), newest.id
    retention.apply(graded.database, planned)
    with graded.database.reading() as session:
        unerased = session.scalars(select(Submission.id).where(Submission.erased_at.is_(None)))
        assert list(unerased) == [kept]


def test_an_erased_submission_shows_its_grade_and_is_not_graded_again(graded: Parts) -> None:
    make_old(graded)
    assert run(graded, "retention", "--older-than", "1", "--apply").exit_code == 0
    with graded.database.reading() as session:
        number = session.scalars(select(Submission.id).order_by(Submission.id)).first()
    seen = graded.direct("student").get(f"/api/v1/submissions/{number}").json
    assert seen["erased_at"]
    assert (seen["report"]["verdict"], seen["report"]["score"]) == ("mismatch", seen["points"] / 5)
    assert (
        seen["report"]["summary"] == "1 of 2 gradients is right. Start at dx." or "1 of 2" in seen["report"]["summary"]
    )
    assert all(gradient["findings"] == gradient["worst"] == [] for gradient in seen["report"]["gradients"])
    browser = signed_in(graded)
    for language, words in (("en", "What was handed in was deleted on"), ("ja", "に削除されました")):
        page = browser.get(f"/submissions/{number}", headers={"Accept-Language": language}).text
        assert words in page
        assert 'id="source"' not in page
        assert "It is right on the worked example" not in page
    with graded.app.app_context(), pytest.raises(regrades.NothingToRegrade):
        regrades.ask(person(graded, "instructor"), graded.school.course, regrades.Scope(), "all of it")


def kept_of(report: dict[str, Any]) -> dict[str, Any]:
    """What a stored report says of the answers, but for verdicts and points."""
    shown = {"name", "wrt", "verdict", "points", "max_points", "entries", "shape"}
    return {
        item.name: gradient[item.name]
        for gradient in report["gradients"]
        for item in fields(GradientReport)
        if item.name not in shown and gradient[item.name] not in (None, 0, [])
    }


def test_of_what_a_report_said_nothing_is_kept(graded: Parts) -> None:
    make_old(graded)
    newest = select(StoredReport.report).join(Submission).where(Submission.assignment_id.is_not(None))
    with graded.database.reading() as session:
        assert all(len(kept_of(report)) >= 5 for report in session.scalars(newest))
    assert run(graded, "retention", "--older-than", "1", "--apply").exit_code == 0
    with graded.database.reading() as session:
        for report in session.scalars(newest).all():
            assert kept_of(report) == {}
            assert report["run"] == Run("finished").__dict__ | {"parameters": {}}
            assert all(gradient["shape"]["candidate"] is None for gradient in report["gradients"])


def test_what_is_to_be_graded_again_is_not_touched(graded: Parts) -> None:
    make_old(graded)
    with graded.app.app_context():
        asked, _ = regrades.ask(person(graded, "instructor"), graded.school.course, regrades.Scope(), "all of it")
    assert run(graded, "retention", "--older-than", "1", "--apply").exit_code == 0
    assert count(graded, Submission.erased_at.is_not(None)) == 0
    with graded.database.writing() as session:
        session.execute(update(RegradeItem).where(RegradeItem.regrade_id == asked.id).values(status=GRADED))
    assert run(graded, "retention", "--older-than", "1", "--apply").exit_code == 0
    assert count(graded, Submission.erased_at.is_not(None)) == 2


@pytest.mark.parametrize("date", ["release_at", "due_at", "late_until"])
def test_a_course_with_a_date_to_come_is_not_over(graded: Parts, date: str) -> None:
    make_old(graded)
    with graded.database.writing() as session:
        number = graded.school.assignments["add"]
        session.execute(update(Assignment).where(Assignment.id == number).values({date: now() + timedelta(days=1)}))
    before = everything(graded)
    told = run(graded, "retention", "--older-than", "365")
    assert "Course" not in told.output
    run(graded, "retention", "--older-than", "365", "--apply")
    assert count(graded, Submission.erased_at.is_not(None)) == 0
    assert "the-students-own-words" in before


def test_what_waits_for_its_report_is_not_touched(graded: Parts) -> None:
    waiting = [hand_in(graded, WRONG), commit_only(graded)]
    make_old(graded)
    assert run(graded, "retention", "--older-than", "365", "--apply").exit_code == 0
    for number in waiting:
        assert state(graded, number).erased_at is None
        assert state(graded, number).payload["source"]


@pytest.mark.parametrize("days", ["0", "-1", "many", "1e9"])
def test_days_that_make_no_sense_are_refused(parts: Parts, days: str) -> None:
    assert run(parts, "retention", "--older-than", days).exit_code == 2


def test_all_that_is_stored_about_a_person_is_written_and_no_way_in(graded: Parts, tmp_path: Path) -> None:
    with graded.database.writing() as session:
        number = session.scalars(select(Account.id).where(Account.email == EMAIL)).one()
        audit.record(session, None, "invite", "account", number)
    with graded.database.writing() as session:
        fill(session.connection())
        for table in Base.metadata.sorted_tables:  # whatever can be about somebody is
            for column in table.c:
                key = next(iter(table.primary_key))
                first = select(func.min(key)).scalar_subquery()
                mine = select(func.count()).where(column == number).scalar_subquery()
                if column.references(Account.__table__.c.id):
                    session.execute(update(table).where(key == first, mine == 0).values({column.name: number}))
    file = tmp_path / "person.json"
    assert run(graded, "export-person", " Student@example.org", str(file)).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(file.read_text("utf-8"))
    about_somebody = {
        table.name
        for table in Base.metadata.sorted_tables
        if any(column.references(Account.__table__.c.id) for column in table.c)
    }
    assert about_somebody | {"accounts", "reports"} <= set(told)
    assert [row["email"] for row in told["accounts"]] == [EMAIL]
    assert {row["account_id"] for row in told["submissions"]} == {number}
    assert "the-students-own-words" in json.dumps(told["submissions"])
    assert len(told["reports"]) >= 2
    assert any(row["action"] == "invite" for row in told["audit"])
    assert not {name for rows in told.values() for row in rows for name in row} & set(personal.SECRET)
    assert "argon2" not in file.read_text("utf-8")
    refused = run(graded, "export-person", EMAIL, str(file))
    assert refused.exit_code == 1
    assert "Nothing was written" in refused.output
    assert json.loads(run(graded, "export-person", EMAIL).stdout) == told


def test_nobody_is_told_plainly(parts: Parts) -> None:
    for command in (("export-person", "nobody@example.org"), ("delete-person", "nobody@example.org", "--yes")):
        refused = run(parts, *command)
        assert refused.exit_code == 1
        assert "No account has the address" in refused.output


def with_traces(parts: Parts) -> int:
    """An account whose owner left traces in many places; its number."""
    with parts.database.writing() as session:
        account = session.scalars(select(Account).where(Account.email == EMAIL)).one()
        number, course = account.id, parts.school.course
        author = session.scalars(select(Account.id).where(Account.email == "instructor@example.org")).one()
        enrolment = session.scalars(select(Enrolment).where(Enrolment.account_id == number)).one()
        enrolment.sid, enrolment.section = "sid-4711", "group-of-four"
        where = {"assignment_id": parts.school.assignments["add"], "account_id": number}
        session.add(Override(**where, author_id=author, score=3.0, comment="was-ill"))
        audit.record(session, None, "create", "account", number, after={"email": EMAIL, "name": "Student"})
        audit.record(session, None, "enrol", "person", number, course, after={"role": "student", "sid": "sid-4711"})
        audit.record(session, None, "override", "override", 1, course, account_id=number, after={"comment": "was-ill"})
        audit.record(session, None, "take roster", "course", course, course, people=[{"email": EMAIL}])
    return number


TRACES = (f'"{EMAIL}"', "the-students-own-words", "sid-4711", "group-of-four", "was-ill", '"Student"')


@pytest.mark.parametrize("grades", [False, True])
def test_a_deleted_person_leaves_no_trace_but_grades_if_they_are_kept(graded: Parts, grades: bool) -> None:
    number = with_traces(graded)
    with graded.database.writing() as session:  # of the classmate, whose words they are as well
        session.execute(
            update(Submission).where(Submission.account_id != number).values(payload={"source": "", "notebook": False})
        )
    assert all(trace in everything(graded) for trace in TRACES)
    before = len(standing(graded)["students"])
    browser = signed_in(graded)
    assert browser.get("/account").status_code == 200
    done = run(graded, "delete-person", EMAIL, *(["--with-grades"] if grades else []), answer="y\n")
    assert done.exit_code == 0, done.output
    assert "Delete Student <student@example.org>" in done.output
    left = everything(graded)
    assert [left[max(0, left.find(trace) - 200) : left.find(trace) + 50] for trace in TRACES if trace in left] == []
    assert graded.direct("student").get("/api/v1/account").status == 401
    assert browser.get("/account").status_code == 302
    assert len(standing(graded)["students"]) == before - grades
    assert count(graded, Submission.account_id == number) == (0 if grades else 1)
    assert count(graded, Override.account_id == number) == (0 if grades else 1)
    with graded.database.reading() as session:
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert last is not None
        assert (last.action, last.kind, last.number) == ("delete", "account", number)
        assert last.details == {"submissions": 2, "grades": "deleted" if grades else "kept"}
    assert run(graded, "delete-person", EMAIL, "--yes").exit_code == 1


def test_without_a_yes_nothing_is_deleted(graded: Parts) -> None:
    before = everything(graded)
    for answer in ("n\n", "\n", ""):
        assert run(graded, "delete-person", EMAIL, answer=answer).exit_code == 1
    assert everything(graded) == before


def test_who_still_waits_for_a_report_is_not_deleted(graded: Parts) -> None:
    hand_in(graded)
    before = everything(graded)
    refused = run(graded, "delete-person", EMAIL, "--yes")
    assert refused.exit_code == 1
    assert "still waits for its report" in refused.output
    assert everything(graded) == before


def test_the_only_instructor_and_the_only_administrator_are_not_deleted(graded: Parts) -> None:
    before = everything(graded)
    refused = run(graded, "delete-person", "instructor@example.org", "--yes")
    assert (refused.exit_code, "only instructor of course" in refused.output) == (1, True)
    refused = run(graded, "delete-person", "administrator@example.org", "--yes")
    assert (refused.exit_code, "only administrator" in refused.output) == (1, True)
    assert everything(graded) == before
    with graded.database.writing() as session:
        email = {"email": "another@example.org"}
        another = Account(**email, name="Another", administrator=True)
        session.add(another)
        session.flush()
        session.add(Enrolment(course_id=graded.school.course, account_id=another.id, role="instructor"))
    for name in ("instructor", "administrator"):
        done = run(graded, "delete-person", f"{name}@example.org", "--yes")
        assert done.exit_code == 0, done.output
    with graded.database.reading() as session:
        removed = select(AuditEntry).where(AuditEntry.kind == "person", AuditEntry.action == "remove")
        assert [entry.details for entry in session.scalars(removed)] == [{"before": {"role": "instructor"}}]


def test_a_backup_holds_what_was_left_and_comes_back(graded: Parts, tmp_path: Path) -> None:
    make_old(graded)
    assert run(graded, "retention", "--older-than", "365", "--apply").exit_code == 0
    assert run(graded, "delete-person", EMAIL, "--yes").exit_code == 0
    with closing(Database(f"sqlite:///{tmp_path}/other.sqlite")) as other:
        with closing(backup(graded.database, graded.configuration)) as lines:
            restore(other, head_of(lines), lines)
        assert all_rows(other) == all_rows(graded.database)
