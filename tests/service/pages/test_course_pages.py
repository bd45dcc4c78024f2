"""The pages where a course is run, without a browser: forms, what is refused beside which field, what students see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, update
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from service.assigning import extend
from service.authentication import by_token
from service.models import Account, Assignment, AuditEntry, Course, Enrolment, Extension, now
from service.pages import written
from tests.service.conftest import Parts, Place, make_parts
from tests.service.pages.test_grade_pages import shown as plain
from tests.service.pages.test_pages import EVERYTHING, browser, keep, send

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FORM = {
    "exercise": "multiply", "title": "Products", "points": "2.5", "offered": "script", "interfaces": "script",
    "counts": "best", "shown_before": "everything", "shown_after": "everything", "practice": "full",
    "release_at": "", "due_at": "", "late_until": "", "late_lost": "", "late_per": "day", "max_attempts": "",
    "cool_down": "", "policy-follow_through": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def school(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """The school, of which no process runs; its first course is in Berlin."""
    with make_parts(place, tmp_path_factory.mktemp("courses")) as parts:
        with parts.database.writing() as session:
            session.get_one(Course, parts.school.course).zone = "Europe/Berlin"
        yield parts


def change(school: Parts, name: str = "multiply", **columns: Any) -> str:
    """Changes an assignment; its address."""
    number = school.school.assignments[name]
    plain = {
        "release_at": None, "due_at": None, "late_until": None, "late_policy": None, "max_attempts": None,
        "cool_down": 0, "counts": "best", "shown_before": "everything", "shown_after": "everything",
        "interfaces": None,
    }  # fmt: skip
    with school.database.writing() as session:
        for column, value in {**plain, **columns}.items():
            setattr(session.get_one(Assignment, number), column, value)
    return f"/assignments/{number}"


def stored(school: Parts, number: int) -> Assignment:
    with school.database.reading() as session:
        return session.get_one(Assignment, number)


def newest(school: Parts) -> Assignment:
    with school.database.reading() as session:
        return session.scalars(select(Assignment).order_by(Assignment.id.desc())).first()  # type: ignore[return-value] # the school has some


def wrong(answer: TestResponse) -> dict[str, str]:
    """What is said beside which field."""
    said = re.findall(r'id="([\w-]+)-wrong" role="alert">([^<]+)<', answer.text)
    return {name: unescape(message) for name, message in said}


def new(client: FlaskClient, school: Parts, **fields: str) -> TestResponse:
    return send(client, f"/courses/{school.school.course}/assignments/new", **{**FORM, **fields})


def test_an_instructor_hands_out_what_the_form_says_in_the_zone_of_the_course(school: Parts) -> None:
    client = browser(school, "instructor")
    chosen = client.get(f"/courses/{school.school.course}/assignments/new?exercise=multiply")
    assert 'value="symbols" checked' in chosen.text
    answer = new(
        client, school, release_at="2026-03-28T09:00", due_at="2026-03-29T23:59", late_until="2026-04-01T12:00",
        late_lost="12.5", late_per="day", max_attempts="3", cool_down="60", counts="last", shown_before="verdicts",
        practice="worked", variants="yes", **{"policy-follow_through": "half", "policy-epsilon": "20"},
    )  # fmt: skip
    assert answer.status_code == 303
    made = newest(school)
    assert made.release_at == datetime(2026, 3, 28, 8, tzinfo=UTC)
    assert made.due_at == datetime(2026, 3, 29, 21, 59, tzinfo=UTC)  # clocks were put forward in between
    assert made.late_until == datetime(2026, 4, 1, 10, tzinfo=UTC)
    assert made.late_policy == {"lost": 0.125, "per": "day"}
    assert made.policy == {"follow_through": "half", "epsilon": 0.2}
    assert (made.max_attempts, made.cool_down, made.counts, made.variants) == (3, 60, "last", True)
    assert (made.points, made.title, made.practice, made.interfaces) == (2.5, "Products", "worked", None)
    page = client.get(f"/courses/{school.school.course}/assignments").text
    assert "2026-03-29 23:59 CEST" in page
    form = client.get(f"/assignments/{made.id}/settings").text
    for shown in ('value="2026-03-29T23:59"', 'value="12.5"', 'value="20"', 'value="half" selected'):
        assert shown in form


def test_what_is_shown_in_the_form_and_sent_back_changes_nothing(school: Parts) -> None:
    twice = datetime(2026, 10, 25, 1, 30, 15, 7, tzinfo=UTC)  # the second half past two of that night, to the second
    path = change(school, due_at=twice, late_until=twice + DAY, interfaces=["script", "symbols"],
                  late_policy={"lost": 0.07, "per": "once"})  # fmt: skip
    number = school.school.assignments["multiply"]
    before = {c.key: getattr(stored(school, number), c.key) for c in Assignment.__table__.columns}
    shown = written.shown(stored(school, number), "Europe/Berlin")
    assert shown["due_at"] == "2026-10-25T02:30"
    fields = MultiDict({name: value for name, value in shown.items() if isinstance(value, str)})
    fields.setlist("offered", ["script", "backward", "symbols"])
    fields.setlist("interfaces", ["script", "symbols"])
    client = browser(school, "instructor")
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"{path}/settings").text)
    assert token
    fields["csrf_token"] = token[1]
    assert client.post(f"{path}/settings", data=fields).status_code == 303
    assert {c.key: getattr(stored(school, number), c.key) for c in Assignment.__table__.columns} == before


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"title": "x" * 201}, "title", "Write one line of at most 200 characters."),
        ({"points": ""}, "points", "Give a number."),
        ({"due_at": "2026-03-29T02:30"}, "due_at", "The clocks are put forward then"),
        ({"due_at": "tomorrow"}, "due_at", "Give a time with its zone"),
        ({"late_until": "2026-03-29T12:00"}, "late_until", "It has to be after the due date"),
        ({"late_lost": "10"}, "late_lost", "Nothing is late without a due date."),
        ({"late_lost": "110", "due_at": "2026-03-29T12:00"}, "late_lost", "Give a part of the whole"),
        ({"late_lost": "some", "due_at": "2026-03-29T12:00"}, "late_lost", "Give a number."),
        ({"max_attempts": "0"}, "max_attempts", "Give a whole number from 1 to 10000."),
        ({"cool_down": "soon"}, "cool_down", "Give a whole number."),
        ({"policy-float32": "nan"}, "policy-float32", "Give a part of the whole"),
        ({"offered": "script", "interfaces": "nothing"}, "interfaces", "Choose at least one"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told_beside_its_field_and_what_was_typed_stays(
    school: Parts, fields: dict[str, str], field: str, message: str
) -> None:
    before = newest(school).id
    answer = new(browser(school, "instructor"), school, **{"title": "Typed before", **fields})
    assert answer.status_code == 422
    said = wrong(answer)
    assert set(said) == {field}
    assert said[field].startswith(message)
    name, value = next(iter(fields.items()))
    if name not in ("due_at", "offered", "late_until"):
        assert f'value="{value}"' in answer.text
    assert newest(school).id == before


def test_errors_are_told_in_japanese_too(school: Parts) -> None:
    client = browser(school, "instructor")
    send(client, "/language", language="ja")
    assert wrong(new(client, school, points="viele")) == {"points": "数値を入力してください。"}


def test_an_administrator_makes_a_course_and_its_instructor_changes_it(school: Parts) -> None:
    client = browser(school, "administrator")
    assert set(wrong(send(client, "/courses", title=" ", zone="Nowhere"))) == {"title", "zone"}
    assert send(client, "/courses", title="Deep <b>learning</b>", zone="Asia/Tokyo").status_code == 303
    assert "Deep &lt;b&gt;learning&lt;/b&gt;" in client.get("/courses").text
    other = browser(school, "other instructor")
    path = f"/courses/{school.school.other_course}/settings"
    assert set(wrong(send(other, path, title="", zone="UTC"))) == {"title"}
    assert send(other, path, title="Renamed", zone="America/New_York").status_code == 303
    with school.database.reading() as session:
        course = session.get_one(Course, school.school.other_course)
    assert (course.title, course.zone) == ("Renamed", "America/New_York")


def test_a_course_that_is_archived_is_on_a_page_of_its_own_until_it_is_brought_back(school: Parts) -> None:
    student, teacher = browser(school, "student"), browser(school, "instructor")
    path = f"/courses/{school.school.course}"
    first = change(school)
    assert send(teacher, f"{path}/settings", title="Nets", zone="Europe/Berlin", archived="yes").status_code == 303
    assert ' name="archived" value="yes" checked' in teacher.get(f"{path}/settings").text
    home, archive = student.get("/").text, student.get("/?archived=1").text
    assert ">Nets<" not in home
    assert first not in home
    assert ">1 archived course</a>" in home
    assert "You are not in a course yet" not in home
    assert ">Nets<" in archive
    assert first in archive
    assert "アーカイブしたコース（1件）" in student.get("/?language=ja").text
    assert student.get(first).status_code == 200
    assert teacher.get("/").status_code == 200  # and leads to no course
    assert f'href="{path}"' not in teacher.get("/").text
    assert f'href="{path}"' in teacher.get("/?archived=1").text
    assert "archived" in browser(school, "administrator").get("/courses").text
    assert "The course is archived: no → yes" in plain(teacher.get(f"{path}/audit").text)
    assert send(teacher, f"{path}/settings", title="Nets", zone="Europe/Berlin").status_code == 303
    assert ">Nets<" in student.get("/").text
    assert "archived" not in student.get("/").text
    assert teacher.get("/").headers["Location"] == path


def test_an_assignment_is_deleted_while_nobody_handed_in(school: Parts) -> None:
    client = browser(school, "instructor")
    new(client, school)
    unused = newest(school).id
    assert send(client, f"/assignments/{unused}/delete").status_code == 303
    assert client.get(f"/assignments/{unused}").status_code == 404
    keep(school, "student", EVERYTHING)
    kept = send(client, f"/assignments/{school.school.assignments['multiply']}/delete")
    assert (kept.status_code, list(wrong(kept))) == (409, ["delete"])


def test_an_assistant_gives_changes_and_withdraws_an_extension(school: Parts) -> None:
    path = change(school, "add", due_at=now() - DAY, max_attempts=2)
    with school.database.reading() as session:
        student = session.scalars(select(Account.id).where(Account.email == "student@example.org")).one()
    client = browser(school, "assistant")
    assert set(wrong(send(client, f"{path}/extensions", student="", more_attempts="1"))) == {"student"}
    assert set(wrong(send(client, f"{path}/extensions", student=str(student)))) == {"due_at"}
    due = written.local(now() + DAY, "Europe/Berlin")
    given = send(client, f"{path}/extensions", student=str(student), due_at=due, comment="<b>Ill</b>")
    assert given.status_code == 303
    page = client.get(f"{path}/extensions?student={student}").text
    assert f'value="{due}"' in page
    assert "&lt;b&gt;Ill&lt;/b&gt;" in page
    mine = browser(school, "student").get(path).text
    assert "You have more time than the others." in mine
    assert "Ill" not in mine
    assert "You have more time" not in browser(school, "classmate").get(path).text
    assert send(client, f"{path}/extensions/{student}/withdraw").status_code == 303
    assert send(client, f"{path}/extensions/{student}/withdraw").status_code == 404
    with school.database.reading() as session:
        assert session.scalars(select(Extension)).all() == []


def test_a_whole_section_is_given_an_extension_at_once(school: Parts) -> None:
    path = change(school, "add", due_at=now() - DAY)
    teacher, course = browser(school, "instructor"), school.school.course
    assert "All of a section" not in teacher.get(f"{path}/extensions").text
    with school.database.writing() as session:
        for enrolled in session.scalars(select(Enrolment).where(Enrolment.course_id == course)):
            enrolled.section = "B & C"  # those who teach, too
    page = teacher.get(f"{path}/extensions").text
    assert re.search(r'<option value="section:B &amp; C">B &amp; C · 2 students</option>', page)
    due = written.local(now() + DAY, "Europe/Berlin")
    assert send(teacher, f"{path}/extensions", student="section:B & C", due_at=due).status_code == 303
    for student in ("student", "classmate"):
        assert "You have more time than the others." in browser(school, student).get(path).text
    with school.database.reading() as session:
        extended = session.scalars(select(Extension.account_id)).all()
        newest = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(2)
        told = {(entry.action, entry.kind, entry.details["account_id"]) for entry in session.scalars(newest)}
    assert told == {("create", "extension", number) for number in extended}
    assert len(told) == 2
    for nobody in ("section:D", "section:B\0", "section:"):
        assert set(wrong(send(teacher, f"{path}/extensions", student=nobody, due_at=due))) == {"student"}
    typed = send(teacher, f"{path}/extensions", student="section:B & C", comment="kept")
    assert set(wrong(typed)) == {"due_at"}
    assert '<option value="section:B &amp; C" selected>' in typed.text
    for number in extended:
        assert send(teacher, f"{path}/extensions/{number}/withdraw").status_code == 303
    with school.database.writing() as session:
        session.execute(update(Enrolment).values(section=None))


def test_what_is_not_released_is_on_no_page_of_a_students(school: Parts) -> None:
    path = change(school, "maximum", release_at=now() + DAY)
    student, assistant = browser(school, "student"), browser(school, "assistant")
    for page in (path, "/exercises/maximum?assignment={}".format(path.rpartition("/")[2])):
        assert student.get(page).status_code == 404
        assert assistant.get(page).status_code == 200
    assert f'href="{path}"' not in student.get("/").text
    change(school, "maximum", release_at=now() - HOUR)
    assert f'href="{path}"' in student.get("/").text


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, ["No due date", "As many as you like.", "Your best attempt counts."]),
        ({"due_at": now() + 10 * DAY}, ["(in 10 days)"]),
        ({"due_at": now() + 10 * DAY, "late_until": now() + 12 * DAY}, ["Late ones lose no points."]),
        ({"max_attempts": 10_000, "cool_down": 600}, ["of 10000 left.", "At least 10 minutes apart."]),
        ({"counts": "last"}, ["Your last attempt counts.", "takes the place of what you handed in before"]),
        (
            {"due_at": now() - DAY, "late_until": now() + DAY, "late_policy": {"lost": 0.3, "per": "once"}},
            ["Late ones lose 30% of the points.", "worth 70% of its points. It counts only if it is worth more"],
        ),
        (
            {
                "due_at": now() - DAY,
                "late_until": now() + DAY,
                "late_policy": {"lost": 0.3, "per": "once"},
                "counts": "last",
            },
            ["takes the place of what you handed in before, even if that was worth more"],
        ),
        ({"shown_before": "nothing", "due_at": now() + DAY}, ["They are not shown now.", "There is more to see from"]),
        ({"shown_before": "verdicts"}, ["Only what is right and what is wrong is shown now."]),
    ],
)
def test_a_student_reads_what_holds_for_them(school: Parts, columns: dict[str, Any], told: list[str]) -> None:
    keep(school, "student", EVERYTHING)
    page = browser(school, "student").get(change(school, **columns)).text
    for words in told:
        assert words in page, words


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"due_at": now() - HOUR}, "This assignment is closed: nothing was handed in."),
        ({"max_attempts": 1}, "You have spent all attempts: nothing was handed in."),
        ({"cool_down": 604_800}, "It is too early for the next attempt. Hand in again in"),
    ],
    ids=["closed", "attempts", "cool-down"],
)
def test_what_is_not_taken_stays_in_the_form(school: Parts, columns: dict[str, Any], told: str) -> None:
    keep(school, "classmate", EVERYTHING)
    path, client = change(school, **columns), browser(school, "classmate")
    answer = send(client, path, kind="code", source="dfdx = 'written for hours'")
    assert answer.status_code == 409
    assert told in answer.text
    assert "written for hours" in unescape(answer.text)


def test_where_the_last_attempt_counts_one_that_became_late_meanwhile_is_asked_about_first(school: Parts) -> None:
    path, client = change(school, "two-layer", counts="last", due_at=now() + DAY), browser(school, "student")
    assert 'name="worth" value="1.0"' in client.get(path).text
    late = {"due_at": now() - HOUR, "late_until": now() + DAY, "late_policy": {"lost": 0.2, "per": "once"}}
    change(school, "two-layer", counts="last", **late)
    asked = send(client, path, kind="code", source="dW1 = 1", worth="1.0")
    assert (asked.status_code, "It is late now" in asked.text) == (409, True)
    assert 'name="worth" value="0.8"' in asked.text
    assert "dW1 = 1" in asked.text
    assert send(client, path, kind="code", source="dW1 = 1", worth="0.8").status_code == 303
    change(school, "two-layer", **late)  # where the best counts, nothing is lost by it
    assert send(client, path, kind="code", source="dW1 = 1", worth="1.0").status_code == 303


def test_results_that_are_not_shown_are_on_no_page_of_the_students(school: Parts) -> None:
    path = change(school, due_at=now() + DAY, shown_before="nothing")
    number = keep(school, "student", EVERYTHING, source="mine = 1")
    student = browser(school, "student")
    report, own, home = (student.get(page).text for page in (f"/submissions/{number}", path, "/"))
    assert "Your submission was graded." in report
    assert "The result is shown from" in report
    assert "mine = 1" in report
    for page in (report, own, home):
        assert "Not yet right" not in page
        assert "d_wrong_shape" not in page
    assert "Graded: shown later" in own
    assert "Graded: shown later" in home
    assert "Start here" in browser(school, "assistant").get(f"/submissions/{number}").text
    change(school, due_at=now() - HOUR, shown_before="nothing")
    assert "Start here" in student.get(f"/submissions/{number}").text


def test_where_verdicts_are_shown_no_numbers_and_no_findings_are(school: Parts) -> None:
    change(school, shown_before="verdicts")
    page = browser(school, "student").get(f"/submissions/{keep(school, 'student', EVERYTHING)}").text
    assert "Wrong value" in page
    assert "Only what is right and what is wrong is shown now." in page
    told = re.sub("<[^>]*>", "", page)  # a time as a machine reads it may have such digits
    for hidden in ("0.5", "nan", "only where", "What the code printed", "wrong for other values", "(2, 4)"):
        assert hidden not in told, hidden
    change(school)


def test_an_assignment_that_takes_symbols_only_offers_no_code(school: Parts) -> None:
    path = change(school, interfaces=["symbols"])
    page = browser(school, "student").get(path).text
    assert 'id="answer-dx"' in page
    assert 'name="source"' not in page
    change(school)


def test_an_extension_of_somebody_else_is_not_told(school: Parts) -> None:
    """Also not by the next assignment to go on with, or by what is shown."""
    path = change(school, due_at=now() - HOUR, shown_before="nothing", shown_after="everything")
    number = keep(school, "classmate", EVERYTHING)
    with school.app.app_context():
        assistant = by_token(school.school.tokens["assistant"])
        assert assistant is not None
        with school.database.reading() as session:
            student = session.scalars(select(Account.id).where(Account.email == "student@example.org")).one()
        values = {"due_at": now() + DAY, "late_until": None, "more_attempts": 0, "comment": ""}
        assert extend(assistant, stored(school, int(path.rpartition("/")[2])), student, values)
    assert "Start here" in browser(school, "classmate").get(f"/submissions/{number}").text
    assert (
        "The result is shown from"
        in browser(school, "student").get(f"/submissions/{keep(school, 'student', EVERYTHING)}").text
    )


def test_limits_of_a_course_are_typed_shown_and_taken_away(school: Parts) -> None:
    client, path = browser(school, "instructor"), f"/courses/{school.school.course}/settings"

    def save(**fields: str) -> TestResponse:
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
        assert token
        return client.post(
            path, data={"title": "Backpropagation", "zone": "Europe/Berlin", "csrf_token": token[1], **fields}
        )

    refused = save(wall_seconds="60", memory_mib="lots")
    assert refused.status_code == 422
    assert "Give a number from 0.1 to 20." in refused.text
    assert "Give a whole number." in refused.text
    assert save(wall_seconds="2.5", memory_mib="300").status_code == 303
    shown = client.get(path).text
    assert 'value="2.5"' in shown
    assert 'value="300"' in shown
    assert save().status_code == 303
    with school.database.reading() as session:
        assert session.get_one(Course, school.school.course).limits is None


def test_an_open_dashboard_is_sent_only_what_is_new_for_a_few_statements(school: Parts) -> None:
    client, path = browser(school, "assistant"), f"/courses/{school.school.course}/live"
    asked: list[str] = []
    engine = school.app.extensions["gradient_grader_database"].engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    for _ in range(2):
        keep(school, "student", EVERYTHING)
        asked.clear()
        first = client.get(path)
        of_first = len(asked)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
        assert len(asked) == 2 * of_first
        assert 0 < of_first <= 12
    assert browser(school, "student").get(path).status_code == 404
