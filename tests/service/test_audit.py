"""The audit log: who changed what in a course, for those who teach it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from service import audit
from service.enrolment import KNOWN
from service.forms import AssignmentFields, CourseFields, ExtensionFields
from service.pages.audit import KINDS
from service.pages.changes import SENTENCES
from service.pages.words import FIELDS
from service.regrades import Scope
from tests.service.client import assert_error
from tests.service.conftest import Parts
from tests.service.grading_again import account_id, person

OWN = "name: own\ninputs: {{x: {{}}}}\nforward: |\n  f = x ** {power}\ngradients: [dx]\n"


def log(parts: Parts, query: str = "", who: str = "instructor") -> list[dict[str, Any]]:
    answer = parts.direct(who).get(f"/api/v1/courses/{parts.school.course}/audit{query}")
    assert answer.status == 200, answer.body
    entries: list[dict[str, Any]] = answer.json
    return entries


def change(parts: Parts) -> None:
    """An exercise made, stored again as it is, and changed; and a grade."""
    teacher = parts.direct("instructor")
    for power in (3, 3, 4):
        answer = teacher.post(f"/api/v1/courses/{parts.school.course}/exercises", {"source": OWN.format(power=power)})
        assert answer.status == 201
    path = f"/api/v1/assignments/{parts.school.assignments['add']}/grades/{account_id(parts)}"
    assert teacher.put(path, {"score": 7, "comment": "So."}).status == 200


def test_what_is_changed_is_told_newest_first_with_what_it_was(parts: Parts) -> None:
    change(parts)
    given, changed, made = log(parts)
    assert [(each["kind"], each["action"]) for each in (made, changed, given)] == [
        ("exercise", "create"), ("exercise", "change"), ("override", "create"),
    ]  # fmt: skip
    assert made["details"]["before"] is None
    assert (changed["details"]["before"]["version"], changed["details"]["after"]["version"]) == (1, 2)
    assert changed["details"]["before"]["digest"] == made["details"]["after"]["digest"]
    assert given["person"]["name"] == "Instructor"
    assert given["at"].endswith("+00:00")


def test_entries_are_filtered_by_kind_and_person_and_paged(parts: Parts) -> None:
    change(parts)
    with parts.database.writing() as session:
        audit.record(session, None, "change", "course", parts.school.course, parts.school.course)
        audit.record(session, None, "change", "course", parts.school.other_course, parts.school.other_course)
    assert [each["kind"] for each in log(parts, "?kind=course")] == ["course"]
    assert log(parts)[0]["person"] is None
    assert len(log(parts, f"?person={account_id(parts, 'instructor')}")) == 3
    assert log(parts, f"?person={account_id(parts)}") == []
    assert [each["kind"] for each in log(parts, "?page=2&page_size=3")] == ["exercise"]


@pytest.mark.parametrize("query", ["?kind=%00", "?kind=courses", "?person=0", "?person=me", "?page=0"])
def test_a_filter_that_cannot_be_meant_is_refused(parts: Parts, query: str) -> None:
    assert_error(parts.direct("instructor").get(f"/api/v1/courses/{parts.school.course}/audit{query}"), 422, "invalid")


OF_NO_COURSE = {"account", "platform", "practice", "token"}


def recorded() -> Iterator[tuple[str, str]]:
    """Every kind of thing and action that the service's own code records by name."""
    service = Path(__file__).parents[2] / "service"
    for file in (*service.glob("*.py"), *service.glob("*/*.py")):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).removeprefix("audit.") in (
                "record",
                "record_each",
            ):
                match call.args[2:4]:
                    case [ast.Constant(str(action)), ast.Constant(str(kind))]:
                        yield kind, action


def test_the_page_has_a_sentence_for_all_that_is_recorded_of_a_course_and_a_word_for_each_of_its_values() -> None:
    assert set(KINDS) == set(get_args(audit.Kind)) - OF_NO_COURSE
    told = {(kind, action) for kind, action in recorded() if kind not in OF_NO_COURSE}
    assert len(told) > 12
    assert told <= set(SENTENCES)
    written = {name for schema in (AssignmentFields, CourseFields, ExtensionFields) for name in schema().fields}
    assert {*written, *KNOWN, *Scope.__dataclass_fields__} <= set(FIELDS)


def test_what_is_rolled_back_leaves_no_entry(parts: Parts) -> None:
    def fail() -> None:
        with parts.database.writing() as session:
            audit.record(session, person(parts, "instructor"), "change", "course", 1, parts.school.course)
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert log(parts) == []
