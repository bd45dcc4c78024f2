"""Rosters: in all forms, looked at before they are applied, as a whole or not at all."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, update
from werkzeug.test import TestResponse

from service.models import Account, AuditEntry, Enrolment
from service.rosters import RosterRefused, in_words, read
from service.rosters.reading import LARGEST_BYTES, LARGEST_ROWS
from tests.service.conftest import Parts

OWN = "name,email,role,sid,section\nGrace Hopper,Grace@Example.org,,S1,A\n田中 愛子,tanaka@example.org,TA,S2,Ｂ組　1\n"
GRADESCOPE = (
    "First Name,Last Name,SID,Email,Role\n"
    "Grace,Hopper,S1,grace@example.org,Student\n"
    "愛子,田中,S2,tanaka@example.org,TA\n"
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Backprop (12)\n"
    "    Points Possible,,,,,10\n"
    '"Hopper, Grace",101,S1,grace@example.org,A,7\n'
    '"Student, Test",999,,,A,\n'
)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_our_own_form_is_read_however_a_spreadsheet_saves_it(separator: str, mark: str, end: str) -> None:
    roster = read((mark + OWN.replace(",", separator).replace("\n", end)).encode())
    assert roster.form == "own"
    grace, aiko = roster.rows
    assert (grace.email, grace.name, grace.role, grace.sid, grace.section) == (
        "grace@example.org", "Grace Hopper", "student", "S1", "A",
    )  # fmt: skip
    assert (aiko.number, aiko.name, aiko.role, aiko.section) == (3, "田中 愛子", "assistant", "Ｂ組 1")


def test_gradescopes_form_is_known_by_its_header() -> None:
    roster = read(GRADESCOPE.encode())
    assert roster.form == "gradescope"
    assert [(row.name, row.email, row.role, row.sid) for row in roster.rows] == [
        ("Grace Hopper", "grace@example.org", "student", "S1"),
        ("愛子 田中", "tanaka@example.org", "assistant", "S2"),
    ]


def test_canvass_form_is_known_by_its_header_and_only_people_are_read() -> None:
    roster = read(CANVAS.encode())
    assert roster.form == "canvas"
    (row,) = roster.rows
    assert (row.number, row.name, row.email, row.canvas_id, row.sid) == (
        3, "Grace Hopper", "grace@example.org", "101", "S1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"", [("empty", None)]),
        (b"name,email\n", [("empty", None)]),
        (b"name,mail\nAda,ada@example.org\n", [("unknown_header", 1)]),
        (b"name,email,email\nAda,a@example.org,b@example.org\n", [("column_twice", 1)]),
        (b"name,email\nAda,ada\n,b@example.org\nC,\n", [("bad_email", 2), ("bad_name", 3), ("no_email", 4)]),
        (b"name,email,role\nAda,ada@example.org,boss\n", [("bad_role", 2)]),
        (b"name,email,sid\nAda,ada@example.org," + b"1" * 101 + b"\n", [("bad_cell", 2)]),
        (b"name,email,sid\nAda,ada@example.org,\x1b[1m\n", [("bad_cell", 2)]),
        (b"name,email\nA\x00da,ada@example.org\n", [("bad_name", 2)]),
        (b"name,email\nAda,ada@example.org,more\n", [("too_many_cells", 2)]),
        (b"name,email\nAda,ada@example.org\n\nBob,ADA@example.org\n", [("twice", 4)]),
        (b"name,email,sid\nAda,ada@example.org,7\nBob,bob@example.org,7\n", [("sid_twice", 3)]),
        (b'name,email\nAda,"ada@example.org\n', [("not_csv", 2)]),
        (b"name,email\nAd\xe9,ada@example.org\n", [("not_utf8", 2)]),
        (b"name,email\n" + b"x" * LARGEST_BYTES, [("too_large", None)]),
        (b"name,email\n" + b"a,b\n" * (LARGEST_ROWS + 1), [("too_many", None)]),
        ("name,email\nAda,ada@example.org\n".encode("utf-16"), [("not_utf8", 1)]),
        (b"\x89PNG\r\n\x1a\n", [("not_utf8", 1)]),
    ],
    ids=lambda value: value[:30].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_what_is_wrong_is_named_by_its_row(content: bytes, problems: list[tuple[str, int | None]]) -> None:
    with pytest.raises(RosterRefused) as refused:
        read(content)
    assert [(problem.code, problem.row) for problem in refused.value.problems] == problems
    assert all("%(" not in in_words(problem) for problem in refused.value.problems)


@pytest.fixture
def school(parts: Parts) -> Parts:
    return parts


def post(school: Parts, content: str, who: str = "instructor", **query: str) -> TestResponse:
    address = f"/api/v1/courses/{school.school.course}/roster"
    headers = {"Authorization": f"Bearer {school.school.tokens[who]}"}
    client: FlaskClient = school.app.test_client()
    return client.post(address, query_string=query, data=content.encode(), content_type="text/csv", headers=headers)


def export(school: Parts, form: str) -> str:
    address = f"/api/v1/courses/{school.school.course}/roster.csv?form={form}"
    headers = {"Authorization": f"Bearer {school.school.tokens['instructor']}"}
    return school.app.test_client().get(address, headers=headers).data.decode("utf-8-sig")


def people(school: Parts) -> dict[str, tuple[Any, ...]]:
    with school.database.reading() as session:
        rows = select(Account.email, Enrolment.role, Enrolment.sid, Enrolment.section, Enrolment.canvas_id)
        found = session.execute(rows.join(Enrolment).where(Enrolment.course_id == school.school.course))
        return {row[0]: tuple(row[1:]) for row in found}


def test_a_roster_is_looked_at_applied_and_applied_again(school: Parts) -> None:
    before = people(school)
    seen = post(school, OWN).json
    assert (seen["applied"], [step["action"] for step in seen["steps"]]) == (False, ["add", "add"])
    assert people(school) == before
    assert post(school, OWN, apply="true").json["applied"]
    after = people(school)
    assert after["grace@example.org"] == ("student", "S1", "A", None)
    assert after["tanaka@example.org"] == ("assistant", "S2", "Ｂ組 1", None)
    assert {step["action"] for step in post(school, OWN, apply="true").json["steps"]} == {"same"}
    assert people(school) == after
    assert post(school, CANVAS, apply="true").json["steps"][0]["changes"] == {"canvas_id": [None, "101"]}
    with school.database.reading() as session:
        changes = session.scalars(select(AuditEntry).where(AuditEntry.action == "change")).all()
        assert [entry.details["after"] for entry in changes] == [{"canvas_id": "101"}]


@pytest.mark.parametrize("role", ["student", "assistant"])
def test_who_may_not_become_what_the_roster_says_is_told_so(school: Parts, role: str) -> None:
    with school.database.writing() as session:
        account = session.scalars(select(Account).where(Account.email == "student@example.org")).one()
        account.address_unverified = True
        session.execute(update(Enrolment).where(Enrolment.account_id == account.id).values(role=role))
    [step] = post(school, "name,email,role\nS,student@example.org,instructor\n").json["steps"]
    assert (step["action"], step["role"], step["listed_role"]) == ("same", role, "instructor")


def test_nobody_loses_a_role_and_nobody_leaves_unless_asked_for(school: Parts) -> None:
    roster = "name,email,role\nI,instructor@example.org,student\nS,student@example.org,assistant\n"
    steps = {step["email"]: step for step in post(school, roster, apply="true").json["steps"]}
    kept = steps["instructor@example.org"]
    assert (kept["action"], kept["role"], kept["listed_role"]) == ("same", "instructor", "student")
    assert steps["student@example.org"]["changes"] == {"role": ["student", "assistant"]}
    assert people(school)["classmate@example.org"][0] == "student"
    seen = post(school, roster, remove_missing="true").json["steps"]
    assert [step["email"] for step in seen if step["action"] == "remove"] == ["classmate@example.org"]
    assert "classmate@example.org" in people(school)
    post(school, roster, remove_missing="true", apply="true")
    assert set(people(school)) == {"instructor@example.org", "student@example.org", "assistant@example.org"}


def test_of_a_roster_with_a_problem_nothing_is_applied(school: Parts) -> None:
    before = people(school)
    answer = post(school, OWN + "Nobody,nowhere,student\n", apply="true")
    assert answer.status_code == 422
    assert answer.json["error"]["code"] == "roster_refused"
    (problem,) = answer.json["error"]["details"]["problems"]
    assert (problem["row"], problem["code"]) == (4, "bad_email")
    assert "“nowhere” is not an e-mail address" in problem["message"]
    assert people(school) == before


def statements(school: Parts, content: str, **query: str) -> int:
    """How many the application sends to the database to apply the roster."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        sent.append(statement)

    engine = school.app.extensions["gradient_grader_database"].engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert post(school, content, apply="true", **query).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(sent)


def test_a_long_roster_takes_as_many_statements_as_a_short_one(school: Parts) -> None:
    def roster(rows: int, section: str) -> str:
        each = (f"P{number},p{number}.of.{rows}@example.org,{section}\n" for number in range(rows))
        return "name,email,section\n" + "".join(each)

    nobody_else = "name,email,role\nInstructor,instructor@example.org,instructor\n"
    counts = []
    for rows in (3, 300):
        added = statements(school, roster(rows, "A"))
        changed = statements(school, roster(rows, "B"))
        assert [row for row in people(school).values() if row[2] == "B"] == [("student", None, "B", None)] * rows
        counts.append((added, changed, statements(school, nobody_else, remove_missing="true")))
        assert set(people(school)) == {"instructor@example.org", "assistant@example.org"}
    assert counts[0] == counts[1]
    assert max(counts[0]) < 20


def test_a_login_of_canvas_that_is_no_address_is_found_by_number_or_told(school: Parts) -> None:
    post(school, OWN, apply="true")
    logins = CANVAS.replace("grace@example.org", "hopper1")
    steps = post(school, logins).json["steps"]
    assert [(step["action"], step["email"]) for step in steps] == [("change", "grace@example.org")]
    answer = post(school, logins.replace("S1", "S9"))
    assert answer.json["error"]["details"]["problems"][0]["code"] == "login_is_no_address"
    with_column = logins.replace("Section,", "Section,Email,").replace("A,7", "A,grace@example.org,7")
    assert post(school, with_column.replace(",,,,,10", ",,,,,,10")).status_code == 200


def test_a_number_that_is_somebody_elses_is_told(school: Parts) -> None:
    post(school, OWN, apply="true")
    answer = post(school, "name,email,sid\nAnother,another@example.org,S1\n")
    (problem,) = answer.json["error"]["details"]["problems"]
    assert (problem["code"], problem["row"]) == ("sid_of_another", 2)
    assert "grace@example.org" in problem["message"]


@pytest.mark.parametrize("form", ["own", "gradescope", "canvas"])
def test_what_is_written_reads_as_what_is_there(school: Parts, form: str) -> None:
    post(school, OWN, apply="true")
    text = export(school, form)
    assert read(text.encode()).form == form
    assert {step["action"] for step in post(school, text, remove_missing="true").json["steps"]} == {"same"}


@pytest.mark.parametrize("form", ["own", "gradescope", "canvas"])
def test_no_cell_is_taken_for_a_formula(school: Parts, form: str) -> None:
    nasty = 'name,email,sid,section\n=1+1 @x,nasty@example.org,-5,"+SUM(A1)"\n'
    assert post(school, nasty, apply="true").status_code == 200
    cells = [cell for row in csv.reader(io.StringIO(export(school, form))) for cell in row]
    assert "-5" in cells, "a number is one"
    assert "'+SUM(A1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]
    assert {step["action"] for step in post(school, export(school, form)).json["steps"]} == {"same"}


def test_the_page_shows_what_would_change_and_applies_it(school: Parts) -> None:
    school.app.config["WTF_CSRF_ENABLED"] = False
    client = school.app.test_client()
    client.get(f"/sign-in/{school.school.tokens['instructor']}")
    address = f"/courses/{school.school.course}/roster"
    shown = client.post(address, data={"file": (io.BytesIO(OWN.encode()), "class.csv")})
    assert "Grace Hopper" in shown.text
    assert "grace@example.org" not in people(school)
    refused = client.post(address, data={"roster": "name,email\n<b>,x\n", "apply": "yes"})
    assert refused.status_code == 422
    assert "<b>" not in refused.text
    assert client.post(address, data={"roster": OWN, "apply": "yes"}).status_code == 303
    assert people(school)["grace@example.org"][0] == "student"
