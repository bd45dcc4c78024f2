"""The assignments of another course, taken over for the next term."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from grader import read_exercise
from service import exercises
from service.assigning import extend, make_assignment
from service.enrolment import enrol
from service.forms import AssignmentFields, ExtensionFields
from service.models import INSTRUCTOR, Account, Assignment, AuditEntry, Course, CourseExercise, Extension, Submission
from tests.service.client import Answer, assert_error
from tests.service.conftest import Parts
from tests.service.grading_again import account_id, hand_in, person
from tests.service.pages.test_pages import browser, send

CUBE = "name: {name}\ninputs: {{x: {{}}}}\nforward: |\n  f = x ** {power}\ngradients: [dx]\n"
DUE = datetime(2026, 3, 20, 14, 59, tzinfo=UTC)  # 23:59 in Tokyo
A_YEAR_LATER = datetime(2027, 3, 19, 22, 59, tzinfo=UTC)  # 23:59 in Berlin, 364 days later


@pytest.fixture
def next_term(parts: Parts) -> int:
    """A new course in Berlin that the instructor teaches besides the first, which is in Tokyo."""
    with parts.database.writing() as session:
        session.get_one(Course, parts.school.course).zone = "Asia/Tokyo"
        course = Course(title="Next term", zone="Europe/Berlin")
        session.add(course)
        session.flush()
        enrol(session, None, course.id, session.get_one(Account, account_id(parts, "instructor")), INSTRUCTOR)
        return course.id


def hand_out(parts: Parts, name: str, **values: Any) -> Assignment:
    with parts.app.app_context():
        given = AssignmentFields().load({"exercise": name, "points": 7})
        return make_assignment(person(parts, "instructor"), parts.school.course, given | values)


def own_names(parts: Parts, course: int) -> list[str]:
    """The course's own exercises."""
    with parts.database.reading() as session:
        return list(session.scalars(select(CourseExercise.name).where(CourseExercise.course_id == course)))


def copy(parts: Parts, course: int, source: int, days: int = 364) -> Answer:
    path = f"/api/v1/courses/{course}/assignments/copies"
    return parts.direct("instructor").post(path, {"course": source, "days": days})


def test_assignments_are_made_anew_as_they_are_at_the_same_time_of_day(parts: Parts, next_term: int) -> None:
    settings = {"title": "Named", "max_attempts": 3, "counts": "last", "policy": {"follow_through": "half"}}
    settings |= {"late_policy": {"lost": 0.1, "per": "day"}, "interfaces": ["script"], "variants": True}
    settings |= {"shown_before": "verdicts", "practice": "none", "cool_down": 60}
    first = hand_out(parts, "multiply", due_at=DUE, **settings)
    with parts.app.app_context():
        extend(person(parts, "assistant"), first, account_id(parts), ExtensionFields().load({"more_attempts": 2}))
    made = copy(parts, next_term, parts.school.course)
    assert made.status == 201, made.body
    assert len(made.json) == len(parts.school.assignments) + 1
    [named] = [item for item in made.json if item["title"] == "Named"]
    assert {name: named[name] for name in settings} == settings
    assert datetime.fromisoformat(named["due_at"]) == A_YEAR_LATER
    assert (named["release_at"], named["late_until"], named["points"]) == (None, None, 7)
    assert all(item["course"]["id"] == next_term for item in made.json)
    with parts.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Extension)) == 1
        entries = select(AuditEntry).where(AuditEntry.course_id == next_term, AuditEntry.kind == "assignment")
        assert [entry.action for entry in session.scalars(entries)] == ["create"] * len(made.json)


def test_what_is_there_already_is_left_out(parts: Parts, next_term: int) -> None:
    assert len(copy(parts, next_term, parts.school.course).json) == len(parts.school.assignments)
    hand_out(parts, "shift", title="Only new")
    assert [item["title"] for item in copy(parts, next_term, parts.school.course).json] == ["Only new"]
    again = assert_error(copy(parts, next_term, parts.school.course), 422, "invalid")
    assert "nothing that this course does not have" in str(again)


def test_exercises_of_the_other_courses_own_come_along_and_those_of_this_one_stay(parts: Parts, next_term: int) -> None:
    teacher = person(parts, "instructor")
    with parts.app.app_context():
        for course, name, power in (
            (parts.school.course, "mine", 3),
            (parts.school.course, "both", 3),
            (next_term, "both", 4),
        ):
            exercises.store(teacher, course, read_exercise(CUBE.format(name=name, power=power)))
    for name in ("mine", "both"):
        hand_out(parts, name)
    assert copy(parts, next_term, parts.school.course).status == 201
    with parts.database.reading() as session:
        stored = select(CourseExercise.name, CourseExercise.source).where(CourseExercise.course_id == next_term)
        found = {name: source for name, source in session.execute(stored)}
    assert found == {name: CUBE.format(name=name, power=power) for name, power in (("mine", 3), ("both", 4))}


def test_nothing_comes_along_where_one_thing_cannot(parts: Parts, next_term: int) -> None:
    with parts.app.app_context():
        exercises.store(
            person(parts, "instructor"), parts.school.course, read_exercise(CUBE.format(name="gone", power=3))
        )
    hand_out(parts, "gone", title="Its exercise is not read any more")
    with parts.database.writing() as session:
        session.execute(update(CourseExercise).values(digest="0" * 64, source="what: it was\n"))
    refused = assert_error(copy(parts, next_term, parts.school.course), 422, "invalid")
    assert "Its exercise is not read any more" in str(refused)
    with parts.database.reading() as session:
        assert session.scalar(select(func.count()).where(Assignment.course_id == next_term)) == 0


def test_what_is_left_out_brings_no_exercise_along(parts: Parts, next_term: int) -> None:
    """Else this course's own assignment of that name would ask for another one from then on."""
    assert copy(parts, next_term, parts.school.course).status == 201
    with parts.app.app_context():
        source = read_exercise(CUBE.format(name="multiply", power=3))
        exercises.store(person(parts, "instructor"), parts.school.course, source)
    refused = assert_error(copy(parts, next_term, parts.school.course), 422, "invalid")
    assert "nothing that this course does not have" in str(refused)
    assert not own_names(parts, next_term)
    hand_out(parts, "multiply", title="Another")
    assert copy(parts, next_term, parts.school.course).status == 201
    assert own_names(parts, next_term) == ["multiply"]


def test_what_cannot_be_taken_over_leaves_no_exercise_behind(parts: Parts, next_term: int) -> None:
    with parts.app.app_context():
        for name in ("gone", "mine"):
            exercises.store(
                person(parts, "instructor"), parts.school.course, read_exercise(CUBE.format(name=name, power=3))
            )
    hand_out(parts, "mine")
    hand_out(parts, "gone", title="Its exercise is not read any more")
    with parts.database.writing() as session:
        gone = CourseExercise.name == "gone"
        session.execute(update(CourseExercise).where(gone).values(digest="0" * 64, source="what: it was\n"))
    assert_error(copy(parts, next_term, parts.school.course), 422, "invalid")
    assert not own_names(parts, next_term)


def test_an_exercise_whose_name_means_another_one_here_is_told(parts: Parts, next_term: int) -> None:
    with parts.app.app_context():
        exercises.store(person(parts, "instructor"), next_term, read_exercise(CUBE.format(name="multiply", power=3)))
        assert hand_in(parts)
    with parts.database.writing() as session:
        session.execute(update(Assignment).where(Assignment.course_id != next_term).values(title="Other"))
        given = {"exercise": "multiply", "title": "New", "points": 1}
        session.add(Assignment(course_id=next_term, **given))
    refused = assert_error(copy(parts, parts.school.course, next_term), 422, "invalid")
    assert "another exercise of the same name" in str(refused)


def test_only_a_course_that_one_teaches_is_taken_over(parts: Parts, next_term: int) -> None:
    for source in (parts.school.other_course, next_term, 987654321):
        refused = assert_error(copy(parts, next_term, source), 422, "invalid")
        assert "Choose another course that you teach." in str(refused)
    for days in (-1, 4001, "7", None):
        assert_error(copy(parts, next_term, parts.school.course, days), 422, "invalid")  # type: ignore[arg-type]
    assert copy(parts, parts.school.course, next_term).status == 422
    with parts.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Submission)) == 0


def test_the_page_takes_over_and_says_what_is_wrong(parts: Parts, next_term: int) -> None:
    teacher = browser(parts, "instructor")
    assignments, path = f"/courses/{next_term}/assignments", f"/courses/{next_term}/assignments/copies"
    assert f'href="{path}"' in teacher.get(assignments).text
    assert 'value="364"' in teacher.get(path).text
    for course, days in (("", "7"), (str(parts.school.other_course), "7"), (str(parts.school.course), "soon")):
        assert send(teacher, path, course=course, days=days).status_code == 422
    taken = send(teacher, path, course=str(parts.school.course), days="7")
    assert (taken.status_code, taken.location) == (303, assignments)
    assert "A product" in teacher.get(assignments).text
    again = send(teacher, path, course=str(parts.school.course), days="7")
    assert "nothing that this course does not have" in again.text
    assert 'value="7"' in again.text
