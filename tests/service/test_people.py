"""Who may do what: every route, each role, on one's own objects, a classmate's and another course's."""

from __future__ import annotations

import json
import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from service.accounts import by_password, by_token, make_account, make_token, revoke_token
from service.models import Token
from tests.service.client import Client, assert_error
from tests.service.conftest import PASSWORD, Parts

RIGHT: dict[str, object] = {"kind": "code", "source": "dfdx = y\ndfdy = x\n"}
OWN = "name: own\ninputs: {x: {}}\nforward: |\n  f = x ** 3\ngradients: [dx]\n"
PEOPLE = ("student", "classmate", "instructor", "other student", "other instructor", "")

TABLE = [
    # method, path, who is answered (by 2xx); nobody else: 404, and 401 without a token
    ("GET", "/api/v1/exercises", {"student", "classmate", "instructor", "other student", "other instructor"}),
    ("GET", "/api/v1/exercises/add", {"student", "classmate", "instructor", "other student", "other instructor"}),
    (
        "POST",
        "/api/v1/exercises/add/check",
        {"student", "classmate", "instructor", "other student", "other instructor"},
    ),
    ("GET", "/api/v1/assignments", {"student", "classmate", "instructor", "other student", "other instructor"}),
    ("POST", "/api/v1/assignments/{assignment}/submissions", {"student", "classmate", "instructor"}),
    ("POST", "/api/v1/assignments/{other_assignment}/submissions", {"other student", "other instructor"}),
    ("GET", "/api/v1/submissions/{of_student}", {"student", "instructor"}),
    ("GET", "/api/v1/submissions/{practice_of_student}", {"student"}),
    ("GET", "/api/v1/submissions/{of_other_student}", {"other student", "other instructor"}),
    (
        "GET",
        "/api/v1/exercises/add/handout.{form}",
        {"student", "classmate", "instructor", "other student", "other instructor"},
    ),
    ("POST", "/api/v1/exercises/preview", {"instructor", "other instructor"}),
    ("POST", "/api/v1/exercises", {"instructor"}),
    ("POST", "/api/v1/courses/{course}/exercises", {"instructor"}),
    ("POST", "/api/v1/courses/{other_course}/exercises", {"other instructor"}),
    ("GET", "/api/v1/courses/{course}/exercises", {"instructor"}),
    ("GET", "/api/v1/courses/{course}/exercises/{own_exercise}", {"instructor"}),
    ("GET", "/api/v1/courses/{course}/gradebook", {"instructor"}),
    ("GET", "/api/v1/courses/{other_course}/gradebook", {"other instructor"}),
    ("GET", "/api/v1/courses/{course}/gradebook.csv", {"instructor"}),
    ("GET", "/api/v1/assignments/{assignment}/grades/{student}", {"student", "instructor"}),
    ("PUT", "/api/v1/assignments/{assignment}/grades/{student}", {"instructor"}),
    ("DELETE", "/api/v1/assignments/{assignment}/grades/{student}", {"instructor"}),
    ("GET", "/api/v1/submissions/{of_student}/reports", {"student", "instructor"}),
    ("GET", "/api/v1/submissions/{of_student}/results.json", {"student", "instructor"}),
    ("POST", "/api/v1/courses/{course}/regrades", {"instructor"}),
    ("GET", "/api/v1/courses/{course}/regrades", {"instructor"}),
    ("GET", "/api/v1/regrades/{regrade}", {"instructor"}),
    ("GET", "/api/v1/regrades/{regrade}/items", {"instructor"}),
    ("GET", "/api/v1/courses/{course}/audit", {"instructor"}),
    ("GET", "/api/v1/health", set(PEOPLE)),
    ("GET", "/api/v1/openapi.json", set(PEOPLE)),
]


@pytest.fixture(scope="module")
def numbers(running: Parts) -> dict[str, int | str]:
    """The numbers in the table's paths."""
    school, first = running.school, running.school.assignments["multiply"]
    made = {
        "of_student": ("student", f"/api/v1/assignments/{first}/submissions?wait=20"),
        "practice_of_student": ("student", "/api/v1/exercises/add/check"),
        "of_other_student": ("other student", f"/api/v1/assignments/{school.other_assignment}/submissions"),
    }
    submissions = {name: running.client(who).post(path, RIGHT).json for name, (who, path) in made.items()}
    again = running.client("instructor").post(f"/api/v1/courses/{school.course}/regrades", {"reason": "To be fair."})
    return {
        "student": submissions["of_student"]["student"]["id"],
        "regrade": again.json["id"],
        "assignment": first,
        "other_assignment": school.other_assignment,
        "course": school.course,
        "own_exercise": running.client("instructor")
        .post(f"/api/v1/courses/{school.course}/exercises", {"source": OWN})
        .json["name"],
        "form": "py",
        "other_course": school.other_course,
        **{name: submission["id"] for name, submission in submissions.items()},
    }


@pytest.mark.parametrize(("method", "path", "allowed"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_each_role_is_answered_on_what_is_its_own_and_on_nothing_else(
    running: Parts, numbers: dict[str, int | str], method: str, path: str, allowed: set[str]
) -> None:
    for who in PEOPLE:
        client, address = running.client(who), path.format(**numbers)
        body = json.dumps(_body(address, numbers)).encode() if method in ("POST", "PUT") else None
        answer = client.request(method, address, body, {"Content-Type": "application/json"})
        if who in allowed:
            assert answer.status in (200, 201, 202), (who, answer.body)
        elif who == "student" and "/grades/" in path:  # their own, not to be changed by them
            assert_error(answer, 403, "forbidden")
        elif who:
            assert_error(answer, 404, "not_found")
        else:
            assert_error(answer, 401, "not_signed_in")


def _body(address: str, numbers: dict[str, int | str]) -> dict[str, object]:
    if address.endswith(("/check", "/submissions")):
        return RIGHT
    if address.endswith("/regrades"):
        return {"reason": "To be fair."}
    if "/grades/" in address:
        return {"score": 5, "comment": "So."}
    return {"source": OWN} if address != "/api/v1/exercises" else {"source": OWN, "course_id": numbers["course"]}


def test_the_table_is_complete(running: Parts) -> None:
    rules = {
        (method, re.sub(r"<(?:[\w(), ]+:)?\w+>", "*", rule.rule))
        for rule in running.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert rules == {(method, re.sub(r"\{\w+\}|(?<=exercises/)add", "*", path)) for method, path, _ in TABLE}


def test_what_is_not_ones_own_looks_like_what_does_not_exist(running: Parts, numbers: dict[str, int]) -> None:
    client = running.client("classmate")
    foreign = client.get(f"/api/v1/submissions/{numbers['of_student']}")
    assert foreign.body == client.get("/api/v1/submissions/987654321").body


def test_a_revoked_token_is_refused_at_once(running: Parts) -> None:
    with running.database.writing() as session:
        token = make_token(session, make_account(session, "leaver@example.org", "Leaver"), "to be revoked")
    client = Client(running.configuration.public_url, token)
    assert client.get("/api/v1/exercises").status == 200
    with running.database.writing() as session:
        assert revoke_token(session, token)
        assert not revoke_token(session, token)
    assert_error(client.get("/api/v1/exercises"), 401, "not_signed_in")


def test_only_the_hash_of_a_token_is_kept(running: Parts) -> None:
    with running.database.reading() as session:
        kept = list(session.scalars(select(Token.hash)))
    assert all(re.fullmatch(r"[0-9a-f]{64}", text) for text in kept)
    assert not set(kept) & set(running.school.tokens.values())


def test_a_password_signs_in_and_nothing_else_does(running: Parts) -> None:
    with running.app.app_context():
        person = by_password(" Student@Example.ORG ", PASSWORD)
        assert person is not None
        assert person.name == "Student"
        for email, password in [
            ("student@example.org", "Swordfish"),
            ("student@example.org", ""),
            ("student@example.org", "x" * 5_000),
            ("nobody@example.org", PASSWORD),
            ("student@example.org\0", PASSWORD),
            ("student@example.org", "sword\0fish"),
            ("student@example.org", "\ud800"),
        ]:
            assert by_password(email, password) is None
        assert by_token("\ud800") is None


def test_a_signed_in_browser_changes_something_only_with_the_csrf_token(running: Parts) -> None:
    address = running.configuration.public_url
    cookie, page = _sign_in(Client(address), running.school.tokens["student"])
    browser = {"Cookie": cookie, "Content-Type": "application/json", "Referer": address}
    client = Client(address)
    assert client.get("/api/v1/assignments", Cookie=cookie).status == 200
    assert_error(client.post("/api/v1/exercises/add/check", RIGHT, **browser), 400, "bad_request")
    token = re.search(r'name="csrf[-_]token"[^>]*(?:value|content)="([^"]+)"', page)
    assert token is not None
    answer = client.post("/api/v1/exercises/add/check", RIGHT, **browser, **{"X-CSRFToken": token[1]})
    assert answer.status == 200


def test_a_session_cookie_is_of_no_use_to_scripts_and_to_other_sites(running: Parts) -> None:
    client = Client(running.configuration.public_url)
    answer = client.get(f"/sign-in/{running.school.tokens['student']}")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_every_answer_carries_the_headers_that_protect_the_reader(running: Parts) -> None:
    client = running.client("student")
    for path in ("/health", "/sign-in", "/api/v1/exercises", "/nothing-here", "/api/v1/nothing-here"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"


def _sign_in(client: Client, token: str) -> tuple[str, str]:
    """The session's cookie, and a page with a CSRF token in it."""
    page = client.get("/sign-in")
    before = _cookie(page.headers["set-cookie"])
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.body.decode())
    assert found is not None
    form = urlencode({"token": token, "csrf_token": found[1]}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": before, "Referer": client.address}
    answer = client.request("POST", "/sign-in", form, kind)
    assert answer.status == 303
    cookie = _cookie(answer.headers["set-cookie"])
    home = client.get(answer.headers["location"], Cookie=cookie)
    assert home.status == 200, home
    fresh = _cookie(home.headers["set-cookie"]) if "set-cookie" in home.headers else cookie
    return fresh, home.body.decode()


def _cookie(header: str) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in SimpleCookie(header).items())
