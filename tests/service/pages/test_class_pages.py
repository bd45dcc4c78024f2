"""The pages about a class: what counts beside what is newest, what was not asked, mistakes by name; and the pages that
are beneath a course's tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from grader import LANGUAGES, name_of
from service.models import QUEUED, UNGRADED, Submission
from tests.service.conftest import Parts, Place, make_parts
from tests.service.grading_again import RIGHT, account_id, grade_all, hand_in
from tests.service.pages.test_pages import browser, send

SOURCES = Path(__file__).parents[2] / "submissions" / "two-layer"
NO_PYTHON = "dfdx = = y\n"


@pytest.fixture(scope="module")
def school(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Of `multiply` the student had everything right at once, and then handed in what is not Python; of `two-layer`
    there are a function with a mistake, and one with a product that does not fit."""
    with make_parts(place, tmp_path_factory.mktemp("class")) as parts:
        for source in (RIGHT, NO_PYTHON):
            hand_in(parts, source)
        hand_in(parts, (SOURCES / "derivative_at_the_wrong_variable.py").read_text("utf-8"), "student", "two-layer")
        hand_in(parts, (SOURCES / "transpose_forgotten.py").read_text("utf-8"), "classmate", "two-layer")
        grade_all(parts)
        yield parts


def text(page: str) -> str:
    """A page's text, without its marks."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def the_class(school: Parts, exercise: str) -> str:
    number = school.school.assignments[exercise]
    page = browser(school, "instructor").get(f"/courses/{school.school.course}/class?assignment={number}").text
    return text(page)


def test_the_points_of_a_class_are_those_that_count_whatever_came_last(school: Parts) -> None:
    page = the_class(school, "multiply")
    assert "Newest attempt Points that count" in page
    assert "Student Did not run 2 10" in page
    assert "Points are those that count: of the best attempt" in page
    assert "time from the first attempt until right (median) at the first attempt" in page


@pytest.mark.parametrize(("status", "word"), [(QUEUED, "Waiting"), (UNGRADED, "Not graded: our fault")])
def test_who_has_no_report_is_waiting_only_as_long_as_one_can_come(school: Parts, status: str, word: str) -> None:
    number = hand_in(school, who="classmate", exercise="add")
    try:
        with school.database.writing() as session:
            session.get_one(Submission, number).status = status
        assert f"Classmate {word}" in the_class(school, "add")
        assert "Student Not handed in" in the_class(school, "add")
    finally:
        with school.database.writing() as session:
            session.delete(session.get_one(Submission, number))


def test_what_nobody_was_asked_is_no_nought_of_nought(school: Parts) -> None:
    page = the_class(school, "two-layer")
    assert "dZ1 not asked" in page
    assert "0 / 0" not in page
    assert "dW1 1 / 1" in page
    assert "not asked" not in the_class(school, "multiply")


def test_where_only_some_gradients_are_asked_their_points_are_told_before_and_after(school: Parts) -> None:
    student, number = browser(school, "student"), school.school.assignments["two-layer"]
    page = student.get(f"/assignments/{number}").text
    assert "dZ2, dZ1: not asked in this way. Their points are shared among what it asks:" in text(page)
    assert page.count("not asked in this way") == 1, "a script is asked for all"
    link = re.findall(r'href="(/submissions/\d+)"', page)[0]
    report = text(student.get(link).text)
    assert "dZ2, dZ1: not asked in this way of handing in. Their points are shared among what is asked." in report
    [possible] = set(re.findall(r"dW1 \(([\d.]+) points\)", text(page)))
    assert f"of {possible} points" in report


@pytest.mark.parametrize("language", LANGUAGES)
def test_mistakes_are_listed_by_their_short_names_and_hints_not_at_all(school: Parts, language: str) -> None:
    teacher, course = browser(school, "instructor"), f"/courses/{school.school.course}"
    send(teacher, "/language", language=language)
    listed = re.findall(rf'href="{course}/mistakes/(\w+)">([^<]+)</a>', teacher.get(f"{course}/mistakes").text)
    assert {"matmul_not_aligned", "activation_derivative_at_wrong_value", "syntax_error"} <= {
        code for code, _ in listed
    }
    assert [unescape(name) for _, name in listed] == [name_of(code, language) for code, _ in listed]
    assert not {"matmul_shapes", "transpose_would_fit"} & {code for code, _ in listed}
    for code, name in listed:
        assert f"<h1>{name}</h1>" in teacher.get(f"{course}/mistakes/{code}").text
        assert f"selected>{name}</option>" in teacher.get(f"{course}/submissions?mistake={code}").text
    assert teacher.get(f"{course}/mistakes/transpose_would_fit").status_code == 404


def test_the_list_of_reports_names_no_gradient_of_code_that_did_not_run(school: Parts) -> None:
    teacher = browser(school, "instructor")
    path = f"/courses/{school.school.course}/submissions?verdict=not_run"
    number = school.school.assignments["multiply"]
    [link] = re.findall(r'<a href="(/submissions/\d+)">Student', teacher.get(f"{path}&assignment={number}").text)
    reports = teacher.get(link).text.partition('<h2 id="reports">')[2]
    assert "Did not run" in reports
    assert "<code>" not in reports


def test_the_pages_beneath_a_course_s_keep_its_tabs_and_say_under_which_they_are(school: Parts) -> None:
    assistant, number = browser(school, "assistant"), school.school.assignments["multiply"]
    asked = send(assistant, f"/courses/{school.school.course}/regrades", reason="Again", assignment=str(number))
    for path, tab in (
        (f"/assignments/{number}/extensions", "Assignments"),
        (f"/assignments/{number}/grades/{account_id(school)}", "Class"),
        (asked.headers["Location"], "Grading again"),
    ):
        assert f'aria-current="true">{tab}</a>' in assistant.get(path).text


def test_only_those_with_an_extension_are_listed_and_anybody_can_be_given_one(school: Parts) -> None:
    assistant = browser(school, "assistant")
    path = f"/assignments/{school.school.assignments['add']}/extensions"

    def listed() -> list[str]:
        return re.findall(r'<tr><th scope="row">([^<]+)</th>', assistant.get(path).text)

    assert listed() == ["Everybody"]
    assert send(assistant, path, student=str(account_id(school)), more_attempts="2").status_code == 303
    assert listed() == ["Student", "Everybody else"]
    assert len(re.findall(r'<option value="\d+"', assistant.get(path).text)) == 2
    assert send(assistant, f"{path}/{account_id(school)}/withdraw").status_code == 303
    assert listed() == ["Everybody"]


def test_a_course_without_a_platform_is_told_how_to_get_one(school: Parts) -> None:
    page = browser(school, "instructor").get(f"/courses/{school.school.course}/platforms").text
    address = school.configuration.public_url
    for path in ("launch", "login", "jwks", "configuration"):
        assert f"<code>{address}/lti/{path}</code>" in page
    assert "docs/lti.md" in page
    for link in re.findall(r'href="(/lti/\w+)"', page):
        assert browser(school).get(link).status_code == 200
