"""Grades that people give, and grades as files: what counts, who sees it, and that nothing of it is forgotten."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from sqlalchemy import select

from service.models import Account, Assignment, AuditEntry, Enrolment, Submission
from tests.service.client import Answer, assert_error
from tests.service.conftest import Parts
from tests.service.grading_again import HALF, RIGHT, account_id, grade_all, hand_in, reports


def grade_path(parts: Parts, who: str = "student", exercise: str = "multiply") -> str:
    return f"/api/v1/assignments/{parts.school.assignments[exercise]}/grades/{account_id(parts, who)}"


def standing(parts: Parts, who: str = "student") -> dict[str, Any]:
    book = parts.direct("instructor").get(f"/api/v1/courses/{parts.school.course}/gradebook").json
    row = next(row for row in book["students"] if row["student"]["email"] == f"{who}@example.org")
    return {**row["standings"][0], "total": row["total"]}


def download(parts: Parts, form: str) -> list[list[str]]:
    answer = parts.direct("instructor").get(f"/api/v1/courses/{parts.school.course}/gradebook.csv?form={form}")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))


def audited(parts: Parts, kind: str) -> list[AuditEntry]:
    with parts.database.reading() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.kind == kind).order_by(AuditEntry.id)))


@pytest.mark.parametrize("form", ["plain", "canvas"])
def test_assignments_with_one_title_have_columns_of_their_own(parts: Parts, form: str) -> None:
    with parts.database.writing() as session:
        for assignment in session.scalars(select(Assignment).where(Assignment.course_id == parts.school.course)):
            assignment.title = "A product"
    titles = [name for name in download(parts, form)[0] if name.startswith("A product")]
    assert titles == ["A product", *(f"A product #{number}" for number in range(2, 6))]


def test_a_grade_that_is_given_counts_until_it_is_withdrawn_and_the_student_sees_why(parts: Parts) -> None:
    hand_in(parts, HALF)
    grade_all(parts)
    path, teacher, student = grade_path(parts), parts.direct("instructor"), parts.direct("student")
    assert standing(parts)["score"] == 5.0
    answer = teacher.put(path, {"score": 8.5, "comment": " Right idea,\r\nwrong letter.\0 "})
    assert answer.status == 200, answer.body
    assert (standing(parts)["score"], standing(parts)["overridden"], standing(parts)["total"]) == (8.5, True, 8.5)
    seen = student.get(path).json
    assert (seen["score"], seen["computed"], seen["history"]) == (8.5, 5.0, [])
    assert (seen["override"]["comment"], seen["override"]["author"]) == ("Right idea,\nwrong letter.", "Instructor")
    assert teacher.delete(path).json["override"] is None
    assert (standing(parts)["score"], standing(parts)["overridden"]) == (5.0, False)
    assert student.get(path).json["override"] is None


def test_a_grade_may_be_given_where_nothing_was_handed_in(parts: Parts) -> None:
    path = grade_path(parts, "classmate")
    assert parts.direct("instructor").put(path, {"score": 0, "comment": "Excused."}).json["score"] == 0
    found = standing(parts, "classmate")
    assert (found["score"], found["attempts"], found["best_submission_id"]) == (0, 0, None)


def test_all_grades_ever_given_are_kept_and_audited(parts: Parts) -> None:
    path, teacher = grade_path(parts), parts.direct("instructor")
    for score in (3, 3, 4):  # the same again changes nothing
        assert teacher.put(path, {"score": score, "comment": "So."}).status == 200
    for _ in range(2):
        assert teacher.delete(path).status == 200
    history = teacher.get(path).json["history"]
    assert [(entry["score"], entry["withdrawn_at"] is not None) for entry in history] == [(4, True), (3, False)]
    entries = audited(parts, "override")
    assert [entry.action for entry in entries] == ["create", "change", "withdraw"]
    assert entries[1].details["before"] == {"score": 3, "comment": "So."}
    assert entries[1].details["after"] == {"score": 4, "comment": "So."}
    assert entries[2].details["after"] is None
    assert {entry.account_id for entry in entries} == {account_id(parts, "instructor")}


def test_what_was_withdrawn_does_not_bring_back_what_was_before(parts: Parts) -> None:
    path, teacher = grade_path(parts), parts.direct("instructor")
    for score in (3, 4):
        teacher.put(path, {"score": score, "comment": "So."})
    assert teacher.delete(path).json["score"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"score": -0.1, "comment": "x"}, "score"),
        ({"score": 100.1, "comment": "x"}, "score"),
        ({"score": "much", "comment": "x"}, "score"),
        ({"comment": "x"}, "score"),
        ({"score": 5}, "comment"),
        ({"score": 5, "comment": " \0\n"}, "comment"),
        ({"score": 5, "comment": "x" * 2_001}, "comment"),
        ({"score": 5, "comment": "x", "more": 1}, "more"),
    ],
)
def test_a_grade_that_cannot_be_meant_is_refused_with_what_to_change(
    parts: Parts, body: dict[str, Any], field: str
) -> None:
    answer = parts.direct("instructor").put(grade_path(parts), body)
    assert list(assert_error(answer, 422, "invalid")["details"]) == [field]
    assert audited(parts, "override") == []


@pytest.mark.parametrize("score", ["NaN", "Infinity", "1e400"])
def test_a_grade_is_a_finite_number(parts: Parts, score: str) -> None:
    body = f'{{"score": {score}, "comment": "x"}}'.encode()
    client = parts.direct("instructor")
    answer = client.request("PUT", grade_path(parts), body, {"Content-Type": "application/json"})
    assert answer.status in (400, 422)


def test_a_bonus_of_up_to_ten_times_the_points_may_be_given(parts: Parts) -> None:
    assert parts.direct("instructor").put(grade_path(parts), {"score": 100, "comment": "!"}).json["score"] == 100


def test_a_grade_is_a_students_of_the_course(parts: Parts) -> None:
    path, body = grade_path(parts).rpartition("/")[0], {"score": 10, "comment": "So."}
    for who in ("instructor", "other.student"):
        assert_error(parts.direct("instructor").put(f"{path}/{account_id(parts, who)}", body), 404, "not_found")


def test_the_gradebook_as_a_plain_file(parts: Parts) -> None:
    hand_in(parts, HALF)
    grade_all(parts)
    parts.direct("instructor").put(grade_path(parts, "classmate"), {"score": 20 / 3, "comment": "By hand."})
    with parts.database.writing() as session:
        enrolment = session.scalars(select(Enrolment).where(Enrolment.account_id == account_id(parts))).one()
        enrolment.sid, enrolment.section = "-17", "@home"
        session.get_one(Account, account_id(parts)).name = '=HYPERLINK("http://x")'
    header, *rows = download(parts, "plain")
    assert header[:4] == ["Name", "Email", "SID", "Section"]
    assert header[-1] == "Total"
    assert len(header) == 5 + len(parts.school.assignments)
    by_email = {row[1]: row for row in rows}
    assert by_email["student@example.org"][:5] == [
        '\'=HYPERLINK("http://x")',
        "student@example.org",
        "-17",
        "'@home",
        "5",
    ]
    assert by_email["classmate@example.org"][4:6] == ["6.6667", ""]
    assert by_email["classmate@example.org"][-1] == "6.6667"


def test_the_gradebook_as_canvas_takes_it(parts: Parts) -> None:
    hand_in(parts, RIGHT)
    grade_all(parts)
    with parts.database.writing() as session:
        enrolment = session.scalars(select(Enrolment).where(Enrolment.account_id == account_id(parts))).one()
        enrolment.canvas_id, enrolment.sid, enrolment.section = "4711", "s1", "A"
        titles = list(session.scalars(select(Assignment.title).where(Assignment.course_id == parts.school.course)))
    header, possible, *rows = download(parts, "canvas")
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles]
    assert (possible[0].strip(), possible[1:5], set(possible[5:])) == ("Points Possible", [""] * 4, {"10"})
    assert ["Student", "4711", "s1", "student@example.org", "A", "10"] in [row[:6] for row in rows]
    assert ["Classmate", "", "", "classmate@example.org", "", ""] in [row[:6] for row in rows]


def test_another_form_of_the_file_is_refused(parts: Parts) -> None:
    path = f"/api/v1/courses/{parts.school.course}/gradebook.csv"
    assert_error(parts.direct("instructor").get(f"{path}?form=xlsx"), 422, "invalid")


def results(parts: Parts, number: int, who: str = "student") -> Answer:
    return parts.direct(who).get(f"/api/v1/submissions/{number}/results.json")


def test_results_for_gradescope_say_what_the_report_says(parts: Parts) -> None:
    number = hand_in(parts, HALF)
    assert_error(results(parts, number), 409, "not_graded")
    grade_all(parts)
    told = results(parts, number).json
    assert set(told) == {"score", "execution_time", "output", "visibility", "tests"}
    assert (told["score"], told["visibility"]) == (5.0, "visible")
    assert told["execution_time"] > 0
    assert "1 of 2" in told["output"]
    first, second = told["tests"]
    assert set(first) == {"score", "max_score", "status", "name", "number", "output", "visibility"}
    assert (first["name"], first["number"], first["status"], first["score"]) == ("dx", "1", "passed", 5.0)
    assert (second["name"], second["number"], second["status"], second["score"]) == ("dy", "2", "failed", 0.0)
    [stored] = reports(parts, number)
    assert stored.report["gradients"][1]["verdict"] in second["output"]
    assert sum(test["score"] for test in told["tests"]) == told["score"]
    assert results(parts, number, "instructor").json == told
    assert_error(results(parts, number, "classmate"), 404, "not_found")


def test_our_own_failure_is_no_result_for_gradescope(parts: Parts) -> None:
    number = hand_in(parts)
    with parts.database.writing() as session:
        session.get_one(Submission, number).exercise = "gone"
        session.get_one(Assignment, parts.school.assignments["multiply"]).exercise = "gone"
    for _ in range(3):
        grade_all(parts)
    assert [stored.verdict for stored in reports(parts, number)] == ["ungraded"]
    assert_error(results(parts, number), 409, "not_graded")
