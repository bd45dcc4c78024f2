"""Handing in and getting the report, over HTTP, on both back ends."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import datetime

from tests.service.client import Client, assert_error
from tests.service.conftest import Parts
from tests.service.servers import until
from tests.service.test_stopping import answers

RIGHT = "f = x * y\ndfdx = y\ndfdy = x\n"
WRONG = "dfdx = x\ndfdy = x\n"


def code(source: str, **more: str) -> dict[str, str]:
    return {"kind": "code", "source": source, **more}


def test_practice_answers_with_the_report(student: Client) -> None:
    answer = student.post("/api/v1/exercises/multiply/check", code(RIGHT))
    assert answer.status == 200
    assert answer.json["status"] == "graded"
    assert answer.json["assignment_id"] is None
    assert answer.json["position"] is None
    report = answer.json["report"]
    assert report["schema"] == 1
    assert report["verdict"] == "match"
    assert report["summary"] == "All 2 gradients are right."


def test_practice_that_is_not_waited_for_answers_where_to_ask(student: Client) -> None:
    answer = student.post("/api/v1/exercises/multiply/check?wait=0", code(RIGHT))
    assert answer.status == 202
    later = student.get(answer.headers["location"] + "?wait=10")
    assert later.status == 200
    assert later.json["report"]["verdict"] == "match"


def test_a_hand_in_is_accepted_at_once_and_the_long_poll_brings_the_report(running: Parts, student: Client) -> None:
    assignment = running.school.assignments["multiply"]
    answer = student.post(f"/api/v1/assignments/{assignment}/submissions", code(WRONG))
    assert answer.status == 202
    assert answer.json["status"] in ("queued", "grading", "graded")
    assert answer.headers["location"] == f"/api/v1/submissions/{answer.json['id']}"
    later = student.get(answer.headers["location"] + "?wait=10")
    assert later.json["status"] == "graded"
    assert later.json["attempt"] == answer.json["attempt"]
    verdicts = {gradient["name"]: gradient["verdict"] for gradient in later.json["report"]["gradients"]}
    assert verdicts == {"dx": "mismatch", "dy": "match"}
    assert later.json["points"] == 5.0


def test_what_was_handed_in_is_listed_to_its_student_and_to_who_grades(parts: Parts) -> None:
    path = f"/api/v1/assignments/{parts.school.assignments['multiply']}/submissions"
    made = [parts.direct(who).post(path, code(WRONG)).json["id"] for who in ("student", "classmate", "student")]

    def listed(who: str, query: str = "") -> list[int]:
        return [row["id"] for row in parts.direct(who).get(path + query).json]

    assert listed("student") == listed("student", "?student=1") == [made[2], made[0]]
    assert listed("assistant") == listed("instructor") == made[::-1]
    [row] = parts.direct("instructor").get(f"{path}?page_size=1&page=2").json
    assert (row["id"], row["attempt"], row["student"]["email"]) == (made[1], 1, "classmate@example.org")
    assert "report" not in row
    assert listed("instructor", f"?student={row['student']['id']}") == [made[1]]


def test_times_carry_their_zone_and_are_in_order(student: Client) -> None:
    answer = student.post("/api/v1/exercises/multiply/check", code(RIGHT)).json
    times = [datetime.fromisoformat(answer[name]) for name in ("created_at", "picked_at", "done_at")]
    assert all(time.tzinfo is not None for time in times)
    assert times == sorted(times)


def test_a_file_is_handed_in_as_multipart(student: Client) -> None:
    answer = student.upload("/api/v1/exercises/multiply/check", RIGHT.encode())
    assert answer.status == 200
    assert answer.json["report"]["verdict"] == "match"


def test_symbols_are_graded(student: Client) -> None:
    body = {"kind": "symbolic", "answers": {"dx": "y", "dy": "x + 1"}}
    report = student.post("/api/v1/exercises/multiply/check", body).json["report"]
    assert report["kind"] == "symbolic"
    assert {item["name"]: item["verdict"] for item in report["gradients"]} == {"dx": "match", "dy": "mismatch"}


def test_symbols_of_arrays_are_graded_with_what_follows_from_a_wrong_one(student: Client) -> None:
    answers = {
        "dZ2": "A2 - Y",
        "dZ1": "dA1",
        "dA1": "W2.T @ dZ2",
        "dW1": "dZ1 @ X.T / m",
        "dW2": r"\frac{1}{m} X dZ2^T",
    }
    body = {"kind": "symbolic", "answers": answers}
    report = student.post("/api/v1/exercises/two-layer/check", body).json["report"]
    assert {item["name"]: item["verdict"] for item in report["gradients"]} == {
        "dZ2": "match", "dW2": "wrong_shape", "db2": "missing", "dZ1": "mismatch", "dW1": "follow_through",
        "db1": "missing",
    }  # fmt: skip
    assert report["gradients"][4]["understood"] == "dZ1 @ X.T/m"


def test_the_report_speaks_the_language_that_is_asked_for(student: Client) -> None:
    summary = student.post("/api/v1/exercises/multiply/check?language=ja", code(RIGHT)).json["report"]["summary"]
    assert summary == "2個の勾配はすべて正解です。"
    header = {"Accept-Language": "ja,en;q=0.5"}
    assert student.post("/api/v1/exercises/multiply/check", code(RIGHT), **header).json["report"]["summary"] == summary


def test_attempts_are_counted_by_assignment_and_student(running: Parts) -> None:
    path = f"/api/v1/assignments/{running.school.assignments['add']}/submissions"
    for name in ("student", "classmate"):
        attempts = [running.client(name).post(path, code(RIGHT)).json["attempt"] for _ in range(2)]
        assert attempts == [1, 2]


def test_attempts_made_at_the_same_moment_are_all_kept(running: Parts, student: Client) -> None:
    path = f"/api/v1/assignments/{running.school.assignments['maximum']}/submissions"
    attempts: list[int] = []
    threads = [
        threading.Thread(target=lambda: attempts.append(student.post(path, code(RIGHT)).json["attempt"]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(attempts) == list(range(1, 9))


def test_the_same_key_with_the_same_body_is_the_same_submission(student: Client) -> None:
    key = {"Idempotency-Key": "once-and-only-once"}
    path = "/api/v1/exercises/multiply/check"
    first = student.upload(path, RIGHT.encode(), **key)
    assert student.upload(path, RIGHT.encode(), **key).json["id"] == first.json["id"]
    assert_error(student.upload(path, WRONG.encode(), **key), 422, "idempotency_key_reused")
    assert student.upload(path, RIGHT.encode()).json["id"] != first.json["id"]


def test_a_key_counts_for_its_route_however_the_address_is_spelt(running: Parts, student: Client) -> None:
    number = running.school.assignments["add"]
    spellings = (f"/assignments/{number}", f"/assignments/0{number}", f"/assi%67nments/{number}")
    made = {
        student.post(f"/api/v1{spelt}/submissions", code(RIGHT), **{"Idempotency-Key": "spelt"}).json["id"]
        for spelt in spellings
    }
    assert len(made) == 1
    other = running.school.assignments["multiply"]
    path = f"/api/v1/assignments/{other}/submissions"
    assert student.post(path, code(RIGHT), **{"Idempotency-Key": "spelt"}).json["id"] not in made


def test_one_key_sent_eight_times_at_once_is_one_submission(student: Client) -> None:
    numbers: list[int] = []

    def send() -> None:
        header = {"Idempotency-Key": "all-at-once"}
        numbers.append(student.post("/api/v1/exercises/add/check?wait=0", code(RIGHT), **header).json["id"])

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 8
    assert len(set(numbers)) == 1


def test_a_key_counts_for_its_account_only(running: Parts) -> None:
    header = {"Idempotency-Key": "mine"}
    numbers = {
        running.client(name).post("/api/v1/exercises/add/check", code(RIGHT), **header).json["id"]
        for name in ("student", "classmate")
    }
    assert len(numbers) == 2


def test_two_may_wait_for_one_account_and_the_third_is_answered_at_once(parts: Parts) -> None:
    client, port = parts.client("classmate"), parts.configuration.public_url.rpartition(":")[2]
    with parts.start("web", "--port", port), ThreadPoolExecutor() as threads:
        until(lambda: answers(client), every=0.1)
        made = client.post("/api/v1/exercises/multiply/check?wait=0", code(RIGHT))  # nobody grades it yet
        address = made.headers["location"] + "?wait=30"
        asked = [threads.submit(client.get, address) for _ in range(3)]
        (first,), waiters = wait(asked, timeout=20, return_when=FIRST_COMPLETED)
        third = first.result()
        assert third.status == 200
        assert third.headers["retry-after"] == "1"
        assert third.json["position"] == 1
        assert not any(waiter.done() for waiter in waiters)
        with parts.start("worker", "--name", "worker"):
            for waiter in waiters:
                assert waiter.result().status == 200
            assert client.get(address).json["report"]["verdict"] == "match"


def test_the_catalogue_says_what_is_asked_and_how_to_hand_in(student: Client) -> None:
    names = [exercise["name"] for exercise in student.get("/api/v1/exercises").json]
    assert {"multiply", "two-layer", "middle-layer"} <= set(names)
    exercise = student.get("/api/v1/exercises/two-layer?language=ja").json
    assert exercise["dimensions"] == {"n_x": 2, "n_h": 4, "n_y": 1, "m": 3}
    asked = {item["name"]: item for item in exercise["asks"]}
    assert asked["dW1"]["wrt"] == "W1"
    assert asked["dW1"]["shape"] == "(n_h, n_x)"
    assert "tanh" in exercise["forward"]
    assert all(interface["description"] for interface in exercise["interfaces"])


def test_assignments_tell_the_attempts_spent(running: Parts) -> None:
    client = running.client("other student")
    [before] = client.get("/api/v1/assignments").json
    client.post(f"/api/v1/assignments/{running.school.other_assignment}/submissions", code(RIGHT))
    [assignment] = client.get("/api/v1/assignments").json
    assert assignment["exercise"] == "multiply"
    assert assignment["attempts_spent"] == before["attempts_spent"] + 1  # other tests hand in here, too
    assert assignment["course"]["title"] == "Another course"
    assert assignment["role"] == "student"


def test_the_gradebook_counts_the_best_attempt(running: Parts) -> None:
    assignment = running.school.assignments["add-multiply"]
    client = running.client("classmate")
    right = "q = x + y\ndfdq = z\ndfdz = q\ndfdx = dfdq\ndfdy = dfdq\n"
    for source in (right, "dfdz = 0\n"):
        made = client.post(f"/api/v1/assignments/{assignment}/submissions", code(source))
        client.get(made.headers["location"] + "?wait=10")
    book = running.client("instructor").get(f"/api/v1/courses/{running.school.course}/gradebook").json
    rows = {row["student"]["name"]: row for row in book["students"]}
    assert set(rows) == {"Student", "Classmate"}
    standing = next(item for item in rows["Classmate"]["standings"] if item["assignment_id"] == assignment)
    assert standing["attempts"] == 2
    assert standing["score"] == 10.0
    assert "dz" in standing["wrong"]


def test_health_tells_the_layers_of_the_sandbox_to_everybody(running: Parts) -> None:
    for path in ("/health", "/api/v1/health"):
        health = Client(running.configuration.public_url).get(path)
        assert health.status == 200
        assert health.json["status"] == "ok"
        [worker] = health.json["workers"]
        assert worker["layers"]["seccomp"]
