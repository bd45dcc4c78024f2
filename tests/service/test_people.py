"""Signing in: tokens, passwords and sessions, and what protects them."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from sqlalchemy import select

from service.accounts import make_account
from service.authentication import by_password, by_token, make_token, revoke_token
from service.models import Token
from tests.service.client import Client, assert_error
from tests.service.conftest import PASSWORD, Parts

RIGHT: dict[str, object] = {"kind": "code", "source": "dfdx = y\ndfdy = x\n"}


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
