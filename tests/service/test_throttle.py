"""How often somebody may ask, hand in and guess: counted by account, so that a class behind one address is not one."""

from __future__ import annotations

from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from service import assets
from service.authentication import by_token
from service.joining import make_code
from service.own_account import sign_in as by_password
from service.throttle import HAND_INS, REGISTRATIONS, SIGN_INS, UNCOUNTED, Guesses, TooMany, throttle
from tests.service.conftest import PASSWORD, Parts, Place, free_port, make_parts

CODE = {"kind": "code", "source": "dfdx = y\ndfdy = x\n"}
PER_MINUTE = {"GRADIENT_GRADER_REQUESTS_PER_MINUTE": "5", "GRADIENT_GRADER_HAND_INS_PER_MINUTE": "3"}


def ask(
    school: Parts, who: str, method: str = "GET", path: str = "/api/v1/assignments", **sent: object
) -> TestResponse:
    headers = {"Authorization": f"Bearer {school.school.tokens[who]}"}
    return school.app.test_client().open(path, method=method, headers=headers, **sent)  # type: ignore[arg-type] # as Werkzeug takes it


def test_an_account_that_asks_too_often_waits_and_nobody_else_does(place: Place, tmp_path: Path) -> None:
    with make_parts(place, tmp_path, **PER_MINUTE) as school:
        assert [ask(school, "student").status_code for _ in range(6)] == [200] * 5 + [429]
        refused = ask(school, "student")
        assert refused.json["error"]["code"] == "too_many_requests"
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert ask(school, "classmate").status_code == 200
        check = "/api/v1/exercises/multiply/check?wait=0"
        answers = [ask(school, "student", "POST", check, json=CODE) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [202] * 3 + [429]
        assert school.app.test_client().get("/sign-in").status_code == 200
        assert school.app.test_client().get("/health").status_code == 200


def test_what_is_checked_first_counts_as_handed_in(place: Place, tmp_path: Path) -> None:
    with make_parts(place, tmp_path, **PER_MINUTE) as school:
        school.app.config["WTF_CSRF_ENABLED"] = False
        client = school.app.test_client()
        client.get(f"/sign-in/{school.school.tokens['student']}")
        path = f"/assignments/{school.school.assignments['multiply']}/check"
        form = {"kind": "code", "source": "dfdx = y"}
        assert [client.post(path, data=form).status_code for _ in range(4)] == [303] * 3 + [429]


def test_a_browser_is_told_on_a_page(place: Place, tmp_path: Path) -> None:
    with make_parts(place, tmp_path, **PER_MINUTE) as school:
        client = school.app.test_client()
        client.get(f"/sign-in/{school.school.tokens['student']}")
        answers = [client.get("/exercises") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert "nothing is lost" in answers[-1].text
        assert answers[-1].headers["Retry-After"]
        with client.get(f"{assets.path()}/style.css") as style:
            assert style.status_code == 200


def test_two_processes_count_together_where_there_is_redis(place: Place, tmp_path: Path) -> None:
    with make_parts(place, tmp_path, **PER_MINUTE) as one:
        if one.configuration.broker_url == "folder":
            return  # one process is all there is
        same = {"GRADIENT_GRADER_BROKER_URL": one.configuration.broker_url, **PER_MINUTE}
        (tmp_path / "two").mkdir()
        with make_parts(place, tmp_path / "two", **same) as two:
            answers = [ask(school, "student").status_code for school in (one, two) * 3]
            assert answers == [200] * 5 + [429]


def test_where_the_counters_are_away_everything_passes(place: Place, tmp_path: Path) -> None:
    nowhere = {"GRADIENT_GRADER_BROKER_URL": f"redis://127.0.0.1:{free_port()}/0"}
    with make_parts(place, tmp_path, **PER_MINUTE, **nowhere) as school:
        assert {ask(school, "student").status_code for _ in range(10)} == {200}


def test_wrong_passwords_are_counted_by_account_and_address(parts: Parts) -> None:
    parts.app.config["WTF_CSRF_ENABLED"] = False

    def sign_in(name: str, password: str, address: str = "192.0.2.1") -> TestResponse:
        form = {"email": f"{name}@example.org", "password": password}
        return parts.app.test_client().post("/sign-in", data=form, environ_base={"REMOTE_ADDR": address})

    assert [sign_in("student", "wrong").status_code for _ in range(10)] == [422] * 10
    refused = sign_in("student", PASSWORD)
    assert refused.status_code == 429
    assert "too many wrong passwords" in refused.text
    assert 1 <= int(refused.headers["Retry-After"]) <= 15 * 60
    assert sign_in("STUDENT", PASSWORD).status_code == 429, "the same account"
    assert sign_in("classmate", PASSWORD).status_code == 303, "a classmate at the same address"
    assert sign_in("student", PASSWORD, "192.0.2.2").status_code == 303, "the same person elsewhere"
    assert [sign_in("nobody", "wrong").status_code for _ in range(11)] == [422] * 10 + [429], "as if there were one"


def test_an_address_with_half_a_character_is_nobodys(place: Place, tmp_path: Path) -> None:
    with make_parts(place, tmp_path) as parts:
        given = {"email": "\ud800@example.org", "password": PASSWORD}
        answer = parts.app.test_client().post("/api/v1/sign-in", json=given)
        assert answer.status_code == 401


def test_right_passwords_are_counted_as_well(parts: Parts) -> None:
    email, address = "student@example.org", "192.0.2.1"
    with parts.app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        for _ in range(SIGN_INS.amount - 1):
            Guesses(email, address).check()
        assert by_password(email, PASSWORD).email == email
        with pytest.raises(TooMany) as much:
            by_password(email, PASSWORD)
        assert 1 <= much.value.retry_after <= 60
        assert by_password("classmate@example.org", PASSWORD).name == "Classmate", "a classmate at the same address"
    with parts.app.test_request_context(environ_base={"REMOTE_ADDR": "192.0.2.2"}):
        assert by_password(email, PASSWORD).email == email, "the same person elsewhere"


def test_one_address_registers_no_more_accounts_than_a_large_class(parts: Parts) -> None:
    parts.app.config["WTF_CSRF_ENABLED"] = False
    with parts.app.app_context():
        instructor = by_token(parts.school.tokens["instructor"])
        assert instructor
        with parts.database.writing() as session:
            code = make_code(session, instructor, parts.school.course, None).code
        for _ in range(REGISTRATIONS.amount - 1):
            throttle().count(REGISTRATIONS, "registrations", "192.0.2.1")

    def register(name: str, address: str = "192.0.2.1") -> int:
        form = {"name": name, "email": f"{name}@example.org", "new": "a long password", "again": "a long password"}
        client = parts.app.test_client()
        return client.post(f"/join/{code}", data=form, environ_base={"REMOTE_ADDR": address}).status_code

    assert (register("first"), register("second")) == (303, 429)
    assert register("second", "192.0.2.2") == 303


def test_what_is_counted_exists(parts: Parts) -> None:
    assert set(parts.app.view_functions) >= HAND_INS
    assert all(any(name.startswith(begins) for name in parts.app.view_functions) for begins in UNCOUNTED)
