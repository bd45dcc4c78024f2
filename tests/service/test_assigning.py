"""What an instructor hands out until when, over HTTP, on both back ends: what is taken, late, shown, and by whom."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from grader import STATED_LIMITS, catalogue
from service.deadlines import Deadlines, locked
from service.models import UNGRADED, Account, AuditEntry, Submission, now
from tests.service.client import Answer, Client, assert_error
from tests.service.conftest import Parts
from tests.service.servers import until

RIGHT = {"kind": "code", "source": "dfdx = y\ndfdy = x\n"}
HALF = {"kind": "code", "source": "dfdx = 0\ndfdy = x\n"}
SYMBOLS = {"kind": "symbolic", "answers": {"dx": "y", "dy": "x"}}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOBODY = 987654321


def send(client: Client, method: str, path: str, body: Any = None) -> Answer:
    data = None if body is None else json.dumps(body).encode()
    return client.request(method, path, data, {"Content-Type": "application/json"} if data is not None else {})


def account(parts: Parts, name: str) -> int:
    with parts.database.reading() as session:
        found = select(Account.id).where(Account.email == f"{name}@example.org")
        return session.scalars(found).one()


class Class:
    """An assignment of the running service's course, made by the instructor; and the people around it."""

    def __init__(self, parts: Parts, **fields: Any) -> None:
        self.parts = parts
        self.instructor, self.assistant, self.student, self.classmate = map(
            parts.client, ("instructor", "assistant", "student", "classmate")
        )
        given = {"exercise": "multiply", "points": 10, "practice": "full", **_times(fields)}
        made = self.instructor.post(f"/api/v1/courses/{parts.school.course}/assignments", given)
        assert made.status == 201, made.body
        self.number = made.json["id"]
        self.path = f"/api/v1/assignments/{self.number}"

    def change(self, **fields: Any) -> Answer:
        return send(self.instructor, "PATCH", self.path, _times(fields))

    def hand_in(self, client: Client | None = None, body: Any = None, wait: int = 0, **headers: str) -> Answer:
        path = f"{self.path}/submissions?wait={wait}"
        return (client or self.student).post(path, body or RIGHT, **headers)

    def extend(self, name: str, **fields: Any) -> Answer:
        path = f"{self.path}/extensions/{account(self.parts, name)}"
        return send(self.assistant, "PUT", path, _times(fields))

    def close(self) -> None:
        past = now() - HOUR
        assert self.change(release_at=None, due_at=past, late_until=None, late_policy=None).status == 200


def _times(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}


def test_an_assignment_is_as_it_was_written_and_else_as_most_are(running: Parts) -> None:
    made = Class(running, exercise="shift")
    plain = made.instructor.get(made.path).json
    assert plain["title"] == catalogue()["shift"].title["en"]
    assert plain["due_at"] is None
    assert (plain["counts"], plain["shown_before"], plain["practice"]) == ("best", "everything", "full")
    written = {
        "exercise": "multiply", "title": "Products", "points": 2.5, "variants": True,
        "release_at": "2026-03-01T09:00:00+09:00", "due_at": "2130-03-08T23:59:00+09:00",
        "late_until": "2130-03-10T23:59:00+09:00", "late_policy": {"lost": 0.1, "per": "day"}, "max_attempts": 3,
        "cool_down": 60, "counts": "last", "policy": {"follow_through": "half", "float32": 0.5},
        "interfaces": ["script", "symbols"], "shown_before": "verdicts", "shown_after": "everything",
        "practice": "worked",
    }  # fmt: skip
    made = Class(running, **written)
    shown = made.assistant.get(made.path).json
    times = ("release_at", "due_at", "late_until")
    assert {name: shown[name] for name in written if name not in times} == {
        name: value for name, value in written.items() if name not in times
    }
    assert all(datetime.fromisoformat(shown[name]) == datetime.fromisoformat(str(written[name])) for name in times)
    assert shown["own"] == {
        "due_at": shown["due_at"], "closes_at": shown["late_until"], "attempts_left": 3, "worth": 1.0,
        "refused": None, "retry_after": None,
    }  # fmt: skip
    made.close()


@pytest.fixture(scope="module")
def to_change(running: Parts) -> str:
    """An assignment, not released yet."""
    return Class(running, exercise="shift", release_at=now() + DAY).path


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"exercise": "nothing-like-it"}, {"exercise"}),
        ({"exercise": "multiply\0"}, {"exercise"}),
        ({"title": ""}, {"title"}),
        ({"title": "x" * 201}, {"title"}),
        ({"title": "two\nlines"}, {"title"}),
        ({"points": -1}, {"points"}),
        ({"points": "many"}, {"points"}),
        ({"due_at": "2026-03-08T23:59:00"}, {"due_at"}),
        ({"due_at": "9999-12-31T23:59:59-12:00"}, {"due_at"}),
        ({"due_at": 7}, {"due_at"}),
        ({"release_at": "2030-03-09T00:00:00Z", "due_at": "2030-03-09T00:00:00Z"}, {"due_at"}),
        ({"late_until": "2030-03-09T00:00:00Z"}, {"late_until"}),
        ({"due_at": "2030-03-09T00:00:00Z", "late_until": "2030-03-08T00:00:00Z"}, {"late_until"}),
        ({"late_policy": {"lost": 0.1, "per": "day"}}, {"late_policy"}),
        ({"late_policy": {"lost": 2, "per": "year"}}, {"late_policy"}),
        ({"late_policy": {"lost": 0.1}}, {"late_policy"}),
        ({"max_attempts": 0}, {"max_attempts"}),
        ({"max_attempts": 1.5}, {"max_attempts"}),
        ({"cool_down": -1}, {"cool_down"}),
        ({"counts": "worst"}, {"counts"}),
        ({"policy": {"follow_through": 1}}, {"policy"}),
        ({"policy": {"kindness": 1}}, {"policy"}),
        ({"interfaces": []}, {"interfaces"}),
        ({"interfaces": ["backward_propagation"]}, {"interfaces"}),
        ({"interfaces": "script"}, {"interfaces"}),
        ({"shown_before": "a bit"}, {"shown_before"}),
        ({"practice": None}, {"practice"}),
        ({"surprise": 1}, {"surprise"}),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_field_when_made_and_when_changed(
    running: Parts, to_change: str, fields: dict[str, Any], wrong: set[str]
) -> None:
    instructor, course = running.client("instructor"), running.school.course
    before = instructor.get(to_change).json
    for method, path, rest in (
        ("POST", f"/api/v1/courses/{course}/assignments", {"exercise": "multiply", "points": 1}),
        ("PATCH", to_change, {"release_at": None}),
    ):
        error = assert_error(send(instructor, method, path, {**rest, **fields}), 422, "invalid")
        assert set(error["details"]) == wrong
    assert instructor.get(to_change).json == before


def test_what_is_not_released_is_not_there_for_students(running: Parts) -> None:
    made = Class(running, release_at=now() + DAY)
    handout = f"/api/v1/exercises/multiply/handout.md?assignment={made.number}"
    assert_error(made.hand_in(), 404, "not_found")
    assert made.student.get(handout).status == 404
    assert made.number not in [item["id"] for item in made.student.get("/api/v1/assignments?page_size=200").json]
    assert made.number in [item["id"] for item in made.assistant.get("/api/v1/assignments?page_size=200").json]
    assert made.assistant.get(handout).status == 200
    assert made.hand_in(made.assistant).status == 202
    made.change(release_at=now() - HOUR)
    assert made.hand_in().status == 202
    assert made.number in [item["id"] for item in made.student.get("/api/v1/assignments?page_size=200").json]


def test_late_is_taken_until_it_is_closed_and_loses_what_the_policy_says(running: Parts) -> None:
    policy = {"lost": 0.25, "per": "day"}
    made = Class(running, due_at=now() - HOUR, late_until=now() + DAY, late_policy=policy)
    late = made.hand_in(wait=20).json
    assert (late["worth"], late["points"], late["report"]["score"]) == (0.75, 7.5, late["report"]["max_score"])
    assert made.student.get(made.path).json["own"]["worth"] == 0.75
    made.change(due_at=now() + HOUR)
    assert made.student.get(f"/api/v1/submissions/{late['id']}").json["points"] == 10.0
    made.change(due_at=now() - DAY - HOUR)
    assert made.student.get(f"/api/v1/submissions/{late['id']}").json["points"] == 5.0
    made.change(late_policy=None)
    assert made.student.get(f"/api/v1/submissions/{late['id']}").json["points"] == 10.0
    made.change(late_until=now() - HOUR)
    error = assert_error(made.hand_in(), 409, "closed")
    assert "extension" in error["message"]
    assert made.student.get(made.path).json["own"]["refused"] == "closed"
    assert made.hand_in(made.assistant).status == 202  # who grades tries it out whenever they like
    instructor = running.client("instructor")
    book = instructor.get(f"/api/v1/courses/{running.school.course}/gradebook").json
    standings = {row["student"]["name"]: row["standings"] for row in book["students"]}
    own = next(item for item in standings["Student"] if item["assignment_id"] == made.number)
    assert (own["late"], own["worth"], own["score"]) == (True, 1.0, 10.0)


def test_what_began_to_arrive_in_time_is_in_time_however_slow_its_upload(running: Parts) -> None:
    made = Class(running)
    body = json.dumps(RIGHT).encode()
    address = urlsplit(running.configuration.public_url)
    head = (
        f"POST {made.path}/submissions HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {made.student.token}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    due = now() + timedelta(seconds=4)
    assert made.change(due_at=due).status == 200
    with socket.create_connection((address.hostname, address.port), timeout=20) as line:
        line.sendall(head.encode() + body[:5])
        while now() <= due:
            time.sleep(0.05)
        assert_error(made.hand_in(made.classmate), 409, "closed")
        line.sendall(body[5:])
        answer = line.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 202"), answer
    assert datetime.fromisoformat(json.loads(answer.partition(b"\r\n\r\n")[2])["created_at"]) <= due


def test_of_many_hand_ins_at_once_only_as_many_are_taken_as_there_are_attempts(running: Parts) -> None:
    made = Class(running, max_attempts=3)
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(made.hand_in())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [202] * 3 + [409] * 5
    for answer in answers:
        if answer.status == 409:
            assert_error(answer, 409, "no_attempts_left")
    own = made.student.get(made.path).json
    assert (own["attempts_spent"], own["own"]["attempts_left"], own["own"]["refused"]) == (3, 0, "no_attempts_left")
    assert made.hand_in(made.classmate).status == 202


def test_neither_our_failure_nor_a_refused_draft_spends_an_attempt(running: Parts) -> None:
    made = Class(running, max_attempts=1, cool_down=3600)
    assert_error(made.hand_in(body={"kind": "code", "source": " "}), 422, "empty_source")
    assert_error(made.hand_in(body={"kind": "code", "source": "x", "filename": "x.txt"}), 422, "file_not_taken")
    assert_error(made.hand_in(body={"kind": "symbolic", "answers": {"dx": "y("}}), 422, "answers_not_readable")
    assert made.student.get(made.path).json["own"]["attempts_left"] == 1
    first = made.hand_in(wait=20).json["id"]
    assert_error(made.hand_in(), 409, "no_attempts_left")
    with running.database.writing() as session:
        session.execute(update(Submission).where(Submission.id == first).values(status=UNGRADED))
    assert made.hand_in().status == 202
    assert_error(made.hand_in(), 409, "no_attempts_left")


def test_attempts_are_as_far_apart_as_the_assignment_says(running: Parts) -> None:
    made = Class(running, cool_down=3600)
    key = {"Idempotency-Key": f"cool-{made.number}"}
    first = made.hand_in(**key)
    refused = made.hand_in()
    seconds = assert_error(refused, 409, "cool_down")["details"]["seconds"]
    assert 3500 < seconds <= 3600
    assert refused.headers["retry-after"] == str(seconds)
    assert made.hand_in(**key).json["id"] == first.json["id"]  # a repeated one is the same, and none too early
    made.change(cool_down=0)
    assert made.hand_in().status == 202


def test_a_key_used_before_it_closed_is_still_that_submission(running: Parts) -> None:
    made = Class(running)
    key = {"Idempotency-Key": f"closing-{made.number}"}
    first = made.hand_in(**key)
    made.close()
    assert made.hand_in(**key).json["id"] == first.json["id"]
    assert_error(made.hand_in(), 409, "closed")


def test_an_extension_is_for_one_student_and_counts_for_what_was_handed_in_before(running: Parts) -> None:
    due = now() - HOUR
    made = Class(running, due_at=due, late_until=now() + DAY, late_policy={"lost": 0.5, "per": "once"}, max_attempts=1)
    late = {name: made.hand_in(running.client(name), wait=20).json for name in ("student", "classmate")}
    assert [item["points"] for item in late.values()] == [5.0, 5.0]
    given = made.extend("student", due_at=now() + 2 * DAY, more_attempts=2, comment=" Was\0 ill\r\n")
    assert given.status == 200
    assert given.json["student"]["name"] == "Student"
    assert given.json["own_due_at"] == given.json["own_closes_at"] == given.json["due_at"]
    own = made.student.get(made.path).json
    assert (own["own"]["due_at"], own["own"]["attempts_left"]) == (given.json["due_at"], 2)
    assert datetime.fromisoformat(own["due_at"]) == due  # everybody's
    theirs = made.classmate.get(made.path).json["own"]
    assert (datetime.fromisoformat(theirs["due_at"]), theirs["attempts_left"]) == (due, 0)
    points = [running.client(who).get(f"/api/v1/submissions/{item['id']}").json["points"] for who, item in late.items()]
    assert points == [10.0, 5.0]
    assert [item["comment"] for item in made.assistant.get(f"{made.path}/extensions").json] == ["Was ill"]
    path = f"{made.path}/extensions/{account(running, 'student')}"
    assert send(made.assistant, "DELETE", path).status == 204
    assert made.student.get(f"/api/v1/submissions/{late['student']['id']}").json["points"] == 5.0
    assert_error(send(made.assistant, "DELETE", path), 404, "not_found")


def test_a_section_is_given_an_extension_in_one_request(running: Parts) -> None:
    made = Class(running, due_at=now() + HOUR)
    course, due = made.instructor.get(made.path).json["course"]["id"], now() + 2 * DAY
    path, more = f"{made.path}/extensions", {"due_at": due.isoformat()}
    for name in ("student", "classmate", "assistant"):
        member = f"/api/v1/courses/{course}/people/{account(running, name)}"
        assert send(made.instructor, "PATCH", member, {"section": "B & C"}).status == 200
    assert send(made.assistant, "PUT", f"{path}?section=B+%26+C", more).json == {"students": 2}
    extended = {item["student"]["id"]: item["own_due_at"] for item in made.assistant.get(path).json}
    assert extended.keys() == {account(running, "student"), account(running, "classmate")}
    assert {datetime.fromisoformat(found) for found in extended.values()} == {due}
    assert_error(send(made.assistant, "PUT", f"{path}?section=D", more), 404, "not_found")
    assert_error(send(made.student, "PUT", f"{path}?section=B+%26+C", more), 404, "not_found")
    for refused in ("", "?section=%00"):
        assert "section" in str(assert_error(send(made.assistant, "PUT", path + refused, more), 422, "invalid"))
    assert set(assert_error(send(made.assistant, "PUT", f"{path}?section=B+%26+C", {}), 422, "invalid")["details"])
    for name in ("student", "classmate", "assistant"):
        send(made.instructor, "PATCH", f"/api/v1/courses/{course}/people/{account(running, name)}", {"section": ""})
    for name in ("student", "classmate"):
        assert send(made.assistant, "DELETE", f"{path}/{account(running, name)}").status == 204
    made.close()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {"due_at"}),
        ({"due_at": now() - DAY}, {"due_at"}),
        ({"due_at": now() + 2 * DAY, "late_until": now() + DAY}, {"late_until"}),
        ({"more_attempts": -1}, {"more_attempts"}),
        ({"more_attempts": 1, "comment": "x" * 2001}, {"comment"}),
    ],
    ids=["nothing", "earlier", "closed before due", "fewer attempts", "too long"],
)
def test_an_extension_that_gives_nothing_is_refused(running: Parts, fields: dict[str, Any], wrong: set[str]) -> None:
    made = Class(running, due_at=now() + HOUR, max_attempts=1)
    assert set(assert_error(made.extend("student", **fields), 422, "invalid")["details"]) == wrong
    for stranger in (account(running, "instructor"), account(running, "other.student"), NOBODY):
        answer = send(made.assistant, "PUT", f"{made.path}/extensions/{stranger}", {"more_attempts": 1})
        assert_error(answer, 404, "not_found")
    made.close()


def test_what_was_handed_in_to_is_neither_deleted_nor_given_another_exercise(running: Parts) -> None:
    made = Class(running)
    assert made.change(exercise="shift", variants=True).status == 200
    assert made.change(exercise="multiply", variants=False).status == 200
    assert made.hand_in().status == 202
    assert set(assert_error(made.change(exercise="shift", points=3), 422, "invalid")["details"]) == {"exercise"}
    assert made.change(exercise="multiply", points=3).json["points"] == 3.0
    error = assert_error(send(made.instructor, "DELETE", made.path), 409, "handed_in")
    assert "set its times" in error["message"]
    made.extend("student", more_attempts=1)
    unused = Class(running, max_attempts=1)
    assert unused.extend("student", more_attempts=1).status == 200
    assert send(unused.instructor, "DELETE", unused.path).status == 204
    assert_error(unused.instructor.get(unused.path), 404, "not_found")


def test_a_student_sees_what_the_assignment_shows_before_and_after_it_closes(running: Parts) -> None:
    due = now() + DAY
    made = Class(running, due_at=due, shown_before="nothing", shown_after="verdicts")
    number = made.hand_in(body=HALF, wait=20).json["id"]
    path = f"/api/v1/submissions/{number}"
    before = made.student.get(path).json
    assert (before["status"], before["shown"], before["report"], before["points"]) == ("graded", "nothing", None, None)
    assert datetime.fromisoformat(before["shown_more_at"]) == due
    whole = made.assistant.get(path).json
    assert (whole["shown"], whole["points"]) == ("everything", 5.0)
    assert whole["report"]["gradients"][0]["worst"]
    made.close()
    made.extend("student", due_at=now() + DAY)  # not closed for this one
    assert made.student.get(path).json["report"] is None
    send(made.assistant, "DELETE", f"{made.path}/extensions/{account(running, 'student')}")
    after = made.student.get(path).json
    assert (after["shown"], after["shown_more_at"], after["points"]) == ("verdicts", None, 5.0)
    assert [g["verdict"] for g in after["report"]["gradients"]] == ["mismatch", "match"]
    for gradient in after["report"]["gradients"]:
        assert not gradient["worst"] + gradient["findings"] + gradient["notes"]
        assert gradient["relative_error"] is None
    assert after["report"]["run"]["stdout"] == ""
    made.change(shown_after="everything")
    assert made.student.get(path).json["report"] == whole["report"]


@pytest.fixture
def practised(running: Parts) -> Iterator[Class]:
    """An open assignment of an exercise that no other test practises on."""
    made = Class(running, exercise="reciprocal", practice="none")
    yield made
    made.close()


def test_practice_on_an_open_assignment_obeys_it(running: Parts, practised: Class) -> None:
    constant = {"kind": "code", "source": "dx = -0.25\n"}
    path = "/api/v1/exercises/reciprocal/check?wait=20"
    assert "practice" in assert_error(practised.student.post(path, constant), 409, "no_practice")["message"]
    for name in ("assistant", "instructor", "other student"):
        assert running.client(name).post(path, constant).json["report"]["trials"] > 1
    practised.change(practice="worked")
    report = practised.student.post(path, constant).json["report"]
    assert (report["trials"], report["notes"][0]["code"]) == (1, "worked_example_only")
    practised.change(practice="full")
    assert practised.student.post(path, constant).json["report"]["trials"] > 1
    practised.change(practice="none", release_at=now() + HOUR)
    assert practised.student.post(path, constant).status == 200
    practised.close()
    assert practised.student.post(path, constant).status == 200


def test_only_the_ways_that_the_assignment_names_are_taken(running: Parts) -> None:
    made = Class(running, interfaces=["script"])
    assert_error(made.hand_in(body=SYMBOLS), 422, "symbols_not_taken_here")
    assert made.hand_in(wait=20).json["report"]["interface"] == "script"
    made.change(interfaces=["symbols"])
    assert_error(made.hand_in(), 422, "code_not_taken_here")
    assert made.hand_in(body=SYMBOLS, wait=20).json["report"]["verdict"] == "match"
    assert made.student.get(made.path).json["attempts_spent"] == 2


def test_the_assignments_policy_is_what_follow_through_earns(running: Parts) -> None:
    carried = {"kind": "code", "source": "dfdq = -z\ndfdz = x + y\ndfdx = dfdq\ndfdy = dfdq\n"}
    scores = []
    for marks in ("none", "half", "full"):
        made = Class(running, exercise="add-multiply", policy={"follow_through": marks})
        scores.append(made.hand_in(body=carried, wait=20).json["points"])
    assert scores == sorted(set(scores))


def test_who_grades_sees_which_variant_a_student_has(running: Parts) -> None:
    made = Class(running, exercise="two-layer", variants=True)
    mine = f"/api/v1/exercises/two-layer?assignment={made.number}"
    theirs = f"{mine}&student={account(running, 'student')}"
    digest = made.student.get(mine).json["digest"]
    assert made.assistant.get(theirs).json["digest"] == digest != made.assistant.get(mine).json["digest"]
    assert_error(made.classmate.get(theirs), 404, "unknown_exercise")
    assert made.student.get(theirs).json["digest"] == digest
    for stranger in (account(running, "other.student"), NOBODY):
        assert made.assistant.get(f"{mine}&student={stranger}").status == 404


def test_a_course_has_a_zone_in_which_its_days_end(running: Parts) -> None:
    made, path = Class(running), f"/api/v1/courses/{running.school.course}"
    due = (now() - DAY - 3 * HOUR).astimezone(ZoneInfo("UTC"))
    made.change(due_at=due, late_until=now() + DAY, late_policy={"lost": 0.1, "per": "day"})
    number = made.hand_in(wait=20).json["id"]
    assert made.student.get(f"/api/v1/submissions/{number}").json["worth"] == 0.8
    for zone in ("Mars/Olympus", "", 7, "../../etc/passwd"):
        assert set(assert_error(send(made.instructor, "PATCH", path, {"zone": zone}), 422, "invalid")["details"]) == {
            "zone"
        }
    changed = send(made.instructor, "PATCH", path, {"zone": "Asia/Tokyo"})
    assert changed.json["zone"] == made.student.get(path).json["zone"] == "Asia/Tokyo"
    assert datetime.fromisoformat(made.student.get(made.path).json["due_at"]) == due
    assert send(made.instructor, "PATCH", path, {"zone": "UTC"}).status == 200


def test_an_archived_course_is_told_as_one_and_is_else_as_it_was(parts: Parts) -> None:
    course, teacher, student = parts.school.course, parts.direct("instructor"), parts.direct("student")
    path = f"/api/v1/courses/{course}"
    assert student.get(path).json["archived"] is False
    assert send(teacher, "PATCH", path, {"archived": True}).json["archived"] is True
    assert_error(send(teacher, "PATCH", path, {"archived": "perhaps"}), 422, "invalid")
    assert_error(send(student, "PATCH", path, {"archived": False}), 403, "forbidden")
    assert [(one["id"], one["archived"]) for one in student.get("/api/v1/courses").json] == [(course, True)]
    assert [one["course"]["archived"] for one in student.get("/api/v1/assignments").json][:1] == [True]
    made = student.post(f"/api/v1/assignments/{parts.school.assignments['multiply']}/submissions", RIGHT)
    assert made.status == 202
    assert send(teacher, "PATCH", path, {"zone": "UTC"}).json["archived"] is True


def test_what_is_handed_in_while_the_zone_changes_is_weighed_by_the_new_one(running: Parts) -> None:
    policy, new = {"lost": 0.001, "per": "day"}, "Europe/Berlin"

    def worth(due: datetime, zone: str) -> float:
        return Deadlines(due, None, None, policy, zone).worth(now())

    earlier = (now() - timedelta(minutes=30 * number + 15) for number in count())
    due = next(at for at in earlier if worth(at, "UTC") != worth(at, new))  # clocks were changed since
    first, last = (Class(running, due_at=due, late_until=now() + DAY, late_policy=policy) for _ in range(2))
    course = f"/api/v1/courses/{running.school.course}"
    made: list[int] = []
    change = threading.Thread(target=send, args=(first.instructor, "PATCH", course, {"zone": new}))
    hand_in = threading.Thread(target=lambda: made.append(first.hand_in().json["id"]))
    with running.database.writing() as session:
        locked(session, last.number)  # where the change comes to when it is done with the first
        for number, thread in enumerate((change, hand_in), 1):
            thread.start()
            until(lambda waiting=number: running.waiting_for_locks() in (waiting, None))  # type: ignore[misc]
    change.join()
    hand_in.join()
    assert first.student.get(f"/api/v1/submissions/{made[0]}").json["worth"] == worth(due, new)
    assert send(first.instructor, "PATCH", course, {"zone": "UTC"}).status == 200


def test_every_change_is_in_the_log_with_what_was_before(running: Parts) -> None:
    made = Class(running, max_attempts=1)
    made.change(points=7, max_attempts=1)
    made.change(points=7)  # changes nothing
    made.extend("student", more_attempts=1)
    made.extend("student", more_attempts=2)
    send(made.assistant, "DELETE", f"{made.path}/extensions/{account(running, 'student')}")
    send(made.instructor, "DELETE", made.path)
    with running.database.reading() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.course_id == running.school.course).order_by(AuditEntry.id.desc())
        ).all()[:6]
    told = [(entry.action, entry.kind) for entry in reversed(entries)]
    assert told == [
        ("create", "assignment"), ("change", "assignment"), ("create", "extension"), ("change", "extension"),
        ("delete", "extension"), ("delete", "assignment"),
    ]  # fmt: skip
    changed, extension = entries[-2], entries[2]
    assert changed.details == {"before": {"points": 10.0}, "after": {"points": 7.0}}
    assert changed.account_id == account(running, "instructor")
    student = {"assignment_id": changed.number, "account_id": account(running, "student")}
    assert extension.details == {**student, "before": {"more_attempts": 1}, "after": {"more_attempts": 2}}
    assert all(entry.details.items() >= student.items() for entry in entries[1:4])
    assert extension.account_id == account(running, "assistant")


def test_a_run_gets_no_more_than_its_course_allows(running: Parts) -> None:
    made, course = Class(running), f"/api/v1/courses/{running.school.course}"
    endless = {"kind": "code", "source": "dfdx = y\nwhile True: pass"}
    try:
        assert send(made.instructor, "PATCH", course, {"limits": {"wall_seconds": 0.5}}).json["limits"] == {
            "wall_seconds": 0.5
        }
        run = made.hand_in(body=endless, wait=20).json["report"]["run"]
        assert (run["status"], run["parameters"], run["line"]) == ("timed_out", {"seconds": 0.5}, 2)
    finally:
        assert send(made.instructor, "PATCH", course, {"limits": None}).json["limits"] is None


@pytest.mark.parametrize(("name", "limit"), STATED_LIMITS.items())
def test_a_course_states_its_limits_as_an_exercise_does(running: Parts, name: str, limit: Any) -> None:
    instructor, course = running.client("instructor"), f"/api/v1/courses/{running.school.course}"
    for value, status in ((limit.least, 200), (limit.most, 200), (limit.least / 2, 422), (limit.most * 2, 422)):
        answer = send(instructor, "PATCH", course, {"limits": {name: value}})
        assert answer.status == status, value
    assert f"number from {limit.least} to {limit.most}." in str(answer.json["error"]["details"])
    assert send(instructor, "PATCH", course, {"limits": {"time": 1}}).status == 422
    assert send(instructor, "PATCH", course, {"limits": None}).status == 200
