"""Whatever is sent, the answer says what to change: 4xx in one shape, or a verdict; never a 500."""

from __future__ import annotations

import json
import socket
from urllib.parse import quote, urlsplit

import pytest

from tests.service.client import Client, assert_error
from tests.service.conftest import Parts

CHECK = "/api/v1/exercises/multiply/check"
JSON = {"Content-Type": "application/json"}
DEEP = 5_000


def test_an_unknown_exercise_is_told_with_those_that_exist(student: Client) -> None:
    error = assert_error(student.post("/api/v1/exercises/nothing/check", {}), 404, "unknown_exercise")
    assert "two-layer" in error["message"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "not_json"),
        (b"{", 400, "not_json"),
        (b"\xff\xfe{}", 400, "not_utf8"),
        (b"[" * DEEP + b"]" * DEEP, 400, "nested_too_deeply"),
        (b'{"kind":' + b'{"a":' * DEEP + b"1" + b"}" * (DEEP + 1), 400, "nested_too_deeply"),
        (b'{"kind": "code", "source": ' + b"1" * 5_000 + b"}", 400, "not_json"),
        (b'{"kind": "' + b'\\"' * (1 << 19), 400, "not_json"),
        (b'{"kind": "[[[[[[[[[[[[[[[[[[[[[[\\"{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{"}', 422, "invalid"),
        (b"null", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b'"code"', 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"kind": "poem"}', 422, "invalid"),
        (b'{"kind": ["code"]}', 422, "invalid"),
        (b'{"kind": "code"}', 422, "invalid"),
        (b'{"kind": "code", "source": 5}', 422, "invalid"),
        (b'{"kind": "code", "source": null}', 422, "invalid"),
        (b'{"kind": "code", "source": "x", "answers": {}}', 422, "invalid"),
        (b'{"kind": "code", "source": "x", "unheard": 1}', 422, "invalid"),
        (b'{"kind": "code", "source": "x", "\\ud800": 1}', 422, "invalid"),
        (b'{"kind": "code", "source": ""}', 422, "empty_source"),
        (b'{"kind": "code", "source": " \\n "}', 422, "empty_source"),
        (b'{"kind": "code", "source": "dx = 1\\n\\u0000"}', 422, "nul_character"),
        (b'{"kind": "code", "source": "dx = \\ud800"}', 422, "lone_surrogate"),
        (b'{"kind": "symbolic"}', 422, "invalid"),
        (b'{"kind": "symbolic", "answers": []}', 422, "invalid"),
        (b'{"kind": "symbolic", "answers": {"dx": 1}}', 422, "invalid"),
        (b'{"kind": "symbolic", "answers": {"dx": [[[]]]}}', 422, "invalid"),
        (b'{"kind": "symbolic", "answers": {}}', 422, "empty_answers"),
        (b'{"kind": "symbolic", "answers": {"dx": " "}}', 422, "empty_answers"),
        (b'{"kind": "symbolic", "answers": {"dx": "\\u0000"}}', 422, "nul_character"),
        (b'{"kind": "symbolic", "answers": {"\\ud800": "y"}}', 422, "lone_surrogate"),
        (b'{"kind": "symbolic", "answers": {"dx": "' + b"y" * 2_001 + b'"}}', 422, "answer_too_long"),
        (b'{"kind": "code", "source": "' + b"x" * (600 << 10) + b'"}', 413, "source_too_large"),
    ],
    ids=lambda value: value[:40].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_a_body_that_is_no_submission_is_refused_and_says_why(
    student: Client, body: bytes, status: int, code: str
) -> None:
    assert_error(student.request("POST", CHECK, body, JSON), status, code)


def test_symbols_are_refused_where_the_exercise_takes_code_only(student: Client) -> None:
    body = {"kind": "symbolic", "answers": {"dW1": "X"}}
    error = assert_error(student.post("/api/v1/exercises/difference-quotient/check", body), 422, "symbols_not_taken")
    assert "takes code" in error["message"]


@pytest.mark.parametrize("form", ["json", "multipart", "nothing"])
def test_ten_megabytes_are_refused_with_413(student: Client, form: str) -> None:
    large = b"x" * (10 << 20)
    if form == "multipart":
        answer = student.upload(CHECK, large)
    else:
        answer = student.request("POST", CHECK, large, JSON if form == "json" else {})
    assert_error(answer, 413, "body_too_large")


def test_what_is_neither_json_nor_a_file_is_refused_with_415(student: Client) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = student.request("POST", CHECK, b"dx = y", {"Content-Type": kind})
        assert_error(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty_source"), (b"dx = '\xe9'\n", "not_utf8"), (b"dx = 1\0", "nul_character")]
)
def test_a_file_that_is_no_text_is_refused_and_says_why(student: Client, content: bytes, code: str) -> None:
    error = assert_error(student.upload(CHECK, content), 422, code)
    assert error["message"].endswith(".")


def test_a_multipart_body_without_the_file_is_refused(student: Client) -> None:
    for body in (b"", b"--b--\r\n", b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n'):
        answer = student.request("POST", CHECK, body, {"Content-Type": "multipart/form-data; boundary=b"})
        assert_error(answer, 422, "invalid")
    assert answer.status == 422


def test_a_multipart_body_without_a_boundary_is_refused(student: Client) -> None:
    answer = student.request("POST", CHECK, b"x", {"Content-Type": "multipart/form-data"})
    assert answer.status in (400, 422)
    assert set(answer.json) == {"error"}


def test_a_file_name_may_be_anything(student: Client) -> None:
    for name in ("../../etc/passwd.py", "a\x1b[31m.py", "‮yp.evil.py", "n" * 5_000 + ".py", "テスト.py"):
        assert student.upload(CHECK, b"dx = y\ndy = x\n", name).json["report"]["verdict"] == "match"


def test_a_file_of_another_kind_is_refused_by_its_name(student: Client) -> None:
    for name in ("x.txt", "../../etc/passwd", "n" * 5_000):
        error = assert_error(student.upload(CHECK, b"dx = y\ndy = x\n", name), 422, "file_not_taken")
        assert "(.py)" in error["message"]


def test_answers_in_symbols_that_cannot_be_read_are_refused_each_with_its_reason(student: Client) -> None:
    body = {"kind": "symbolic", "answers": {"dx": "y*", "dy": "x", "dz": "w"}}
    error = assert_error(student.post("/api/v1/exercises/add-multiply/check", body), 422, "answers_not_readable")
    assert set(error["details"]["answers"]) == {"dx", "dz"}
    assert all(reason in error["message"] for reason in error["details"]["answers"].values())
    shape = {"kind": "symbolic", "answers": {"dW1": "X"}}  # read, though its shape does not fit
    answer = student.post("/api/v1/exercises/two-layer/check", shape)
    assert answer.json["report"]["gradients"][4]["verdict"] == "wrong_shape"


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("dx = (\n", "crashed"),
        ("dx = y\nraise ValueError('mine')\n", "crashed"),
        ("(" * DEEP + ")" * DEEP, "crashed"),
        ("a = 1\n", "finished"),
        ("dx = float('nan')\ndy = 'text'\n", "finished"),
    ],
)
def test_code_that_cannot_be_right_gets_a_verdict_and_is_kept(student: Client, source: str, status: str) -> None:
    answer = student.post(CHECK, {"kind": "code", "source": source})
    assert answer.status == 200
    assert answer.json["status"] == "graded"
    assert answer.json["report"]["verdict"] in ("mismatch", "not_run")
    assert answer.json["report"]["run"]["status"] in (status, "not_runnable")
    assert student.get(f"/api/v1/submissions/{answer.json['id']}").json["report"] == answer.json["report"]


def test_the_line_of_a_syntax_error_is_told(student: Client) -> None:
    run = student.post(CHECK, {"kind": "code", "source": "dx = y\ndy = = x\n"}).json["report"]["run"]
    assert run["line"] == 2
    assert run["message"]


@pytest.mark.parametrize("notebook", ["this is no JSON", "[" * DEEP + "]" * DEEP, "[]", '{"cells": [', "<html></html>"])
def test_what_cannot_be_a_notebook_is_refused(student: Client, notebook: str) -> None:
    assert_error(student.upload(CHECK, notebook.encode(), "week1.ipynb"), 422, "notebook_not_understood")


@pytest.mark.parametrize("notebook", ["{this is no JSON}", '{"cells":' * DEEP + "}" * DEEP, '{"cells": 5}', "{}"])
def test_what_looks_like_a_notebook_and_is_none_gets_a_verdict(student: Client, notebook: str) -> None:
    answer = student.upload(CHECK, notebook.encode(), "week1.ipynb")
    assert answer.status == 200
    assert answer.json["report"]["verdict"] in ("mismatch", "not_run")


def test_what_a_student_prints_comes_back_as_text(student: Client) -> None:
    source = "print('<script>alert(1)</script>\\x1b[31m\\u202e')\ndx = y\ndy = x\n"
    answer = student.post(CHECK, {"kind": "code", "source": source})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script" in answer.json["report"]["run"]["stdout"]


@pytest.mark.parametrize("wait", ["-1", "31", "nan", "inf", "soon", "1e9", "٣٣"])
def test_a_wait_that_is_no_time_is_refused(student: Client, wait: str) -> None:
    error = assert_error(student.get(f"/api/v1/submissions/1?wait={quote(wait)}"), 422, "invalid")
    assert "wait" in json.dumps(error["details"])


@pytest.mark.parametrize("key", ["", "k" * 201, "with space", "\xe9"])
def test_an_idempotency_key_that_is_none_is_refused(student: Client, key: str) -> None:
    answer = student.post(CHECK, {"kind": "code", "source": "dx = y"}, **{"Idempotency-Key": key})
    assert_error(answer, 422, "invalid")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/submissions/99999999",
        "/api/v1/submissions/" + "9" * 40,
        "/api/v1/submissions/" + "9" * 5_000,  # more digits than Python reads
        "/api/v1/submissions/2147483648",
        "/api/v1/courses/2147483648/exercises",
        "/api/v1/submissions/-1",
        "/api/v1/submissions/x",
        "/api/v1/submissions/%00",
        "/api/v1/nothing",
        "/api/v1/exercises/%00",
        "/api/v1/exercises/%ff%fe",
        "/api/v1/exercises/..%2f..%2fetc",
    ],
)
def test_an_address_where_nothing_is_answers_404(student: Client, path: str) -> None:
    answer = student.get(path)
    assert answer.status == 404
    assert set(answer.json) == {"error"}


def test_a_method_that_an_address_does_not_take_answers_405(student: Client) -> None:
    answer = student.request("DELETE", "/api/v1/exercises")
    assert_error(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer gg_wrong", "Basic Zm9vOmJhcg==", "Bearer \xff\xfe", "Bearer " + "x" * 9_000],
)
def test_a_header_without_a_good_token_answers_401(running: Parts, header: str) -> None:
    client = Client(running.configuration.public_url)
    assert_error(client.get("/api/v1/exercises", Authorization=header), 401, "not_signed_in")


def test_a_request_that_is_no_http_does_not_stop_the_service(running: Parts, student: Client) -> None:
    host, port = urlsplit(running.configuration.public_url).netloc.split(":")
    for garbage in (b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: nonsense\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(garbage)
            connection.recv(100)
    assert student.get("/api/v1/exercises").status == 200


def test_one_account_cannot_fill_the_queue(running: Parts) -> None:
    client = running.client("other student")
    slow = {"kind": "code", "source": "n = 0\nwhile n < 2_000_000:\n    n += 1\ndx = y\n"}
    quick = {"kind": "code", "source": "dx = y\ndy = x\n"}
    client.post(CHECK + "?wait=0", slow)
    answers = [client.post(CHECK + "?wait=0", quick) for _ in range(20)]
    assert [answer.status for answer in answers[:19]] == [202] * 19
    assert_error(answers[19], 429, "too_many_waiting")
    assert int(answers[19].headers["retry-after"]) > 0
    last = client.get(answers[18].headers["location"] + "?wait=20").json
    assert last["report"]["verdict"] == "match"
