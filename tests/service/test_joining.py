"""Ways in: invitations and join codes, and that neither takes an account over or tells who has one."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from werkzeug.test import TestResponse

from service import passwords
from service.accounts import account_for
from service.authentication import by_token
from service.enrolment import enrol
from service.invitations import accept, invitable, invited, make_invitation
from service.joining import codes_of, course_of, make_code, normal_code, withdraw
from service.models import Account, Course, Enrolment, Identity, Invitation, JoinCode, now
from tests.service.client import assert_error
from tests.service.conftest import PASSWORD, Parts

GOOD = "several words make one"


@pytest.fixture
def school(parts: Parts) -> Parts:
    parts.app.config["WTF_CSRF_ENABLED"] = False
    return parts


def person(school: Parts, name: str) -> Any:
    with school.app.app_context():
        return by_token(school.school.tokens[name])


def newcomer(school: Parts, email: str = "new@example.org", course: int | None = None) -> int:
    """Somebody whom the instructor enrolled and who never signed in."""
    with school.database.writing() as session:
        account, _ = account_for(session, None, email, "Newcomer")
        enrol(session, None, course or school.school.course, account, "student")
        return account.id


def invite(school: Parts, account_id: int) -> str:
    with school.database.writing() as session:
        return make_invitation(session, None, session.get_one(Account, account_id), "")


def choose(client: FlaskClient, address: str, password: str = GOOD, again: str | None = None) -> TestResponse:
    return client.post(address, data={"new": password, "again": again or password})


def test_an_invitation_sets_a_password_once(school: Parts) -> None:
    address = invite(school, newcomer(school))
    also = invite(school, newcomer(school))
    client = school.app.test_client()
    assert "new@example.org" in client.get(address).text
    assert choose(client, address, "short").status_code == 422
    assert choose(client, address, GOOD, "another one of them").status_code == 422
    assert choose(client, address, "new@example.org").status_code == 422
    assert choose(client, address).headers["Location"] == "/"
    assert "Newcomer" in client.get("/").text, "signed in"
    for used in (address, also):
        assert choose(school.app.test_client(), used, "another good password").status_code == 404
    signed_in = school.app.test_client().post("/sign-in", data={"email": "new@example.org", "password": GOOD})
    assert signed_in.status_code == 303


def test_a_code_that_would_hold_beyond_all_calendars_is_refused(school: Parts) -> None:
    path = f"/api/v1/courses/{school.school.course}/join-codes"
    answer = school.direct("instructor").post(path, {"expires_at": "9999-12-31T23:59:59-14:00"})
    assert_error(answer, 422, "invalid")


def test_an_invitation_expires_and_only_its_hash_is_kept(school: Parts) -> None:
    secret = invite(school, newcomer(school)).rpartition("/")[2]
    with school.database.writing() as session:
        assert invited(session, secret) is not None
        assert invited(session, "\ud800") is None
        assert secret not in str([vars(kept) for kept in session.scalars(select(Invitation))])
        session.execute(update(Invitation).values(expires_at=now() - timedelta(seconds=1)))
    with school.database.writing() as session:
        assert invited(session, secret) is None
        assert accept(session, secret, "hash") is None
    assert school.app.test_client().get(f"/invitations/{secret}").status_code == 404


def test_an_instructor_invites_only_who_never_could_sign_in_and_is_nobody_elses(school: Parts) -> None:
    account_id = newcomer(school)
    with school.database.reading() as session:
        everybody = session.scalars(select(Account.id)).all()
        assert [account.id for account in invitable(session, person(school, "instructor"), everybody)] == [account_id]
        assert invitable(session, person(school, "other instructor"), everybody) == []
        assert invitable(session, person(school, "assistant"), everybody) == []
        assert len(invitable(session, person(school, "administrator"), everybody)) == len(everybody)


def test_no_instructor_takes_over_an_account_by_enrolling_it(school: Parts) -> None:
    ids = {
        how: newcomer(school, f"{how}@example.org") for how in ("password", "identity", "administrator", "elsewhere")
    }
    with school.database.writing() as session:
        session.get_one(Account, ids["password"]).password_hash = "hash"
        session.add(Identity(account_id=ids["identity"], issuer="https://x.example", subject="1"))
        session.get_one(Account, ids["administrator"]).administrator = True
        enrol(session, None, school.school.other_course, session.get_one(Account, ids["elsewhere"]), "student")
        session.flush()
        assert invitable(session, person(school, "instructor"), ids.values()) == []
    client = school.app.test_client()
    client.get(f"/sign-in/{school.school.tokens['instructor']}")
    for account_id in ids.values():
        refused = client.post(f"/courses/{school.school.course}/people/{account_id}/invitation")
        assert refused.status_code == 409
        assert "/invitations/" not in refused.text


@pytest.mark.parametrize("given", ["elsewhere", "administrator", "identity", "removed"])
def test_an_invitation_holds_no_longer_than_the_account_is_its_authors_to_hand_out(school: Parts, given: str) -> None:
    account_id, teacher, elsewhere = newcomer(school), person(school, "instructor"), school.school.other_course
    with school.database.writing() as session:
        account = session.get_one(Account, account_id)
        address = make_invitation(session, teacher, account, "")
        by_command = make_invitation(session, None, account, "")
        assert invited(session, by_command.rpartition("/")[2]) == account
        session.execute(delete(Invitation).where(Invitation.author_id.is_(None)))
        enrol(session, None, elsewhere, account, "student")
    secret = address.rpartition("/")[2]
    with school.database.writing() as session:
        assert invited(session, secret) is not None
        account = session.get_one(Account, account_id)
        match given:
            case "elsewhere":
                session.execute(update(Enrolment).where(Enrolment.course_id == elsewhere).values(role="assistant"))
            case "administrator":
                account.administrator = True
            case "identity":
                session.add(Identity(account_id=account_id, issuer="https://x.example", subject="1"))
            case "removed":
                session.execute(delete(Enrolment).where(Enrolment.account_id == account_id))
    with school.database.writing() as session:
        assert accept(session, secret, "hash") is None
        assert session.get_one(Account, account_id).password_hash is None
    assert choose(school.app.test_client(), address).status_code == 404


@pytest.mark.parametrize("by", ["administrator", None])
def test_whom_an_administrator_invited_no_instructor_invites(school: Parts, by: str | None) -> None:
    account_id = newcomer(school)
    with school.database.writing() as session:
        teacher, account = person(school, "instructor"), session.get_one(Account, account_id)
        make_invitation(session, teacher, account, "")
        assert invitable(session, teacher, [account_id]) == [account]
        address = make_invitation(session, person(school, by) if by else None, account, "")
        assert invitable(session, teacher, [account_id]) == []
        assert invited(session, address.rpartition("/")[2]) == account


def test_all_who_cannot_sign_in_are_invited_at_once(school: Parts) -> None:
    newcomer(school)
    newcomer(school, "other@example.org")
    client = school.app.test_client()
    client.get(f"/sign-in/{school.school.tokens['instructor']}")
    file = client.post(f"/courses/{school.school.course}/invitations").data.decode("utf-8-sig")
    rows = [line.split(",") for line in file.split()]
    assert [row[1] for row in rows] == ["email", "new@example.org", "other@example.org"]
    for row in rows[1:]:
        path = row[2].removeprefix(school.configuration.public_url)
        assert row[1] in school.app.test_client().get(path).text


def code_of(school: Parts, expires_at: Any = None) -> JoinCode:
    with school.database.writing() as session:
        return make_code(session, person(school, "instructor"), school.school.course, expires_at)


def role(school: Parts, email: str) -> str | None:
    with school.database.reading() as session:
        roles = select(Enrolment.role).join(Account).where(Account.email == email)
        return session.scalar(roles.where(Enrolment.course_id == school.school.course))


def test_whoever_is_signed_in_joins_with_a_code_and_keeps_a_role_that_they_have(school: Parts) -> None:
    code = code_of(school).code
    for name, becomes in (("other student", "student"), ("assistant", "assistant")):
        client = school.app.test_client()
        client.get(f"/sign-in/{school.school.tokens[name]}")
        typed = f"{code[:5].lower()} - {code[5:]}"
        page = client.get("/join", query_string={"code": typed}, follow_redirects=True)
        assert "Backpropagation" in page.text
        assert client.post(page.request.path).status_code == 303
        assert role(school, f"{name.replace(' ', '.')}@example.org") == becomes


def test_a_code_leads_to_where_its_course_is(school: Parts) -> None:
    code, client = code_of(school).code, school.app.test_client()
    client.get(f"/sign-in/{school.school.tokens['other student']}")
    assert client.post(f"/join/{code}").headers["Location"] == "/"
    with school.database.writing() as session:
        session.get_one(Course, school.school.course).archived = True
    answer = client.post(f"/join/{code}")
    assert answer.headers["Location"] == "/?archived=1"
    assert "Backpropagation" in client.get(answer.headers["Location"]).text


def test_whoever_has_no_account_makes_one_with_a_code(school: Parts) -> None:
    code = code_of(school).code
    client = school.app.test_client()
    form = {"name": "  Emmy   Noether ", "email": " Emmy@Example.org", "new": GOOD, "again": GOOD}
    for wrong in ({"email": "emmy"}, {"name": " "}, {"new": "short", "again": "short"}, {"again": "another"}):
        assert client.post(f"/join/{code}", data={**form, **wrong}).status_code == 422
    assert role(school, "emmy@example.org") is None
    assert client.post(f"/join/{code}", data=form).status_code == 303
    assert "Emmy Noether" in client.get("/").text
    assert role(school, "emmy@example.org") == "student"


def test_whoever_registered_themself_is_made_no_more_than_a_student_by_an_address(school: Parts) -> None:
    email, other = "professor@example.org", school.school.other_course
    form = {"name": "Mallory", "email": email, "new": GOOD, "again": GOOD}
    assert school.app.test_client().post(f"/join/{code_of(school).code}", data=form).status_code == 303
    headers = {"Authorization": f"Bearer {school.school.tokens['other instructor']}"}
    people = f"/api/v1/courses/{other}/people"
    client = school.app.test_client()
    body = {"email": email, "name": "The professor", "role": "instructor"}
    made = client.post(people, json=body, headers=headers)
    assert (made.status_code, made.json["role"]) == (201, "student")
    roster = f"name,email,role\nThe professor,{email},instructor\n"
    planned = client.post(
        f"/api/v1/courses/{other}/roster?apply=true", data=roster, headers=headers, content_type="text/csv"
    )
    assert (planned.json["steps"][0]["action"], planned.json["steps"][0]["role"]) == ("same", "student")
    assert client.patch(f"{people}/{made.json['id']}", json={"role": "assistant"}, headers=headers).status_code == 200
    with school.database.reading() as session:
        assert session.scalars(select(Account).where(Account.email == email)).one().administrator is False


def test_an_address_that_has_an_account_is_neither_told_nor_taken_over(school: Parts) -> None:
    code, waiting = code_of(school).code, newcomer(school, "waiting@example.org", school.school.other_course)
    for email in ("student@example.org", "waiting@example.org"):
        client = school.app.test_client()
        form = {"name": "Mallory", "email": email, "new": GOOD, "again": GOOD}
        answer = client.post(f"/join/{code}", data=form)
        assert answer.status_code == 422
        assert "sign in first" in answer.text
        assert client.get("/account").status_code == 302
        assert school.app.test_client().post("/sign-in", data={"email": email, "password": GOOD}).status_code == 422
    assert role(school, "waiting@example.org") is None
    with school.database.reading() as session:
        assert session.get_one(Account, waiting).password_hash is None


def test_a_code_holds_until_it_expires_or_is_withdrawn_and_cannot_be_guessed(school: Parts) -> None:
    held = code_of(school, now() + timedelta(days=1))
    past, gone = code_of(school, now() - timedelta(seconds=1)), code_of(school)
    with school.database.writing() as session:
        instructor = person(school, "instructor")
        assert not withdraw(session, instructor, school.school.other_course, gone.id)
        assert withdraw(session, instructor, school.school.course, gone.id)
        assert not withdraw(session, instructor, school.school.course, gone.id)
    with school.database.reading() as session:
        assert [code.id for code in codes_of(session, school.school.course)] == [held.id]
        assert course_of(session, held.code) is not None
        for code in (past.code, gone.code, held.code[:-1], held.code + "A", "", "\0", "\ud800", "x" * 50):
            assert course_of(session, code) is None
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{10}", held.code)
    assert normal_code("abc") == ""


def test_a_new_password_is_long_enough_and_not_the_address() -> None:
    for password in ("ninechars", "x" * 1_001, "student@example.org", "ten chars \ud800"):
        with pytest.raises(passwords.PasswordRefused):
            passwords.chosen(password, "student@example.org")
    with pytest.raises(passwords.PasswordRefused):
        passwords.chosen("Student.Examiner", "student.examiner@example.org")
    assert passwords.fits(passwords.chosen("日本語のパスワードです", "x@example.org"), "日本語のパスワードです")


def test_a_password_is_changed_with_the_old_one_and_all_other_sessions_end(school: Parts) -> None:
    here, there = school.app.test_client(), school.app.test_client()
    for client in (here, there):
        client.post("/sign-in", data={"email": "student@example.org", "password": PASSWORD})
        assert client.get("/account").status_code == 200
    wrong = {"old": "not it", "new": GOOD, "again": GOOD}
    assert here.post("/account/password", data=wrong).status_code == 422
    assert there.get("/account").status_code == 200
    assert here.post("/account/password", data={**wrong, "old": PASSWORD}).status_code == 200
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302
    assert person(school, "student") is not None, "tokens hold"


def test_a_token_is_shown_once_works_and_is_revoked_by_its_owner(school: Parts, tmp_path: Path) -> None:
    client = school.app.test_client()
    client.get(f"/sign-in/{school.school.tokens['student']}")
    made = client.post("/account/tokens", data={"name": "my <script>"})
    text = re.search(r"gg_[\w-]{43}", made.text)
    assert text
    assert "<script>" not in made.text.replace("<script src", "")
    assert text[0] not in client.get("/account").text
    headers = {"Authorization": f"Bearer {text[0]}"}
    listed = school.app.test_client().get("/api/v1/tokens", headers=headers).json
    assert [token["name"] for token in listed] == ["my <script>", "tests"]
    for name, status in (("", 422), ("x" * 101, 422), ("\0", 422)):
        assert client.post("/account/tokens", data={"name": name}).status_code == status
    assert client.post(f"/account/tokens/{listed[0]['id']}/revoke").status_code == 303
    assert school.app.test_client().get("/api/v1/tokens", headers=headers).status_code == 401


@pytest.mark.parametrize("way", ["address", "form"])
def test_a_session_that_began_with_a_token_ends_with_it_and_no_other_does(school: Parts, way: str) -> None:
    with_token, with_password, program = (school.app.test_client() for _ in range(3))
    signed_in = {"email": "student@example.org", "password": PASSWORD}
    with_password.post("/sign-in", data=signed_in)
    token = program.post("/api/v1/sign-in", json={**signed_in, "name": "to be revoked"}).json["token"]
    if way == "address":
        with_token.get(f"/sign-in/{token}")
    else:
        with_token.post("/sign-in", data={"token": token})
    assert with_token.get("/account").status_code == with_password.get("/account").status_code == 200
    assert program.delete("/api/v1/sign-in", headers={"Authorization": f"Bearer {token}"}).status_code == 204
    assert with_token.get("/account").status_code == 302
    assert with_token.get("/api/v1/account").status_code == 401
    assert with_password.get("/account").status_code == 200


def test_tokens_are_bounded(school: Parts) -> None:
    headers = {"Authorization": f"Bearer {school.school.tokens['student']}"}
    client = school.app.test_client()
    answers = [client.post("/api/v1/tokens", json={"name": "one more"}, headers=headers) for _ in range(50)]
    assert [answer.status_code for answer in answers] == [201] * 49 + [409]
    assert answers[-1].json["error"]["code"] == "too_many_tokens"
    signing_in = {"email": "student@example.org", "password": PASSWORD, "name": "one more"}
    assert client.post("/api/v1/sign-in", json=signing_in).json["error"]["code"] == "too_many_tokens"


def test_a_course_keeps_an_instructor_and_a_deployment_an_administrator(school: Parts) -> None:
    client, course = school.app.test_client(), school.school.course
    with school.database.reading() as session:
        ids = {email.partition("@")[0]: number for email, number in session.execute(select(Account.email, Account.id))}

    def ask(method: str, path: str, who: str, **body: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {school.school.tokens[who]}"}
        return client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    last = f"/courses/{course}/people/{ids['instructor']}"
    for who in ("instructor", "administrator"):
        assert ask("PATCH", last, who, role="assistant").json["error"]["code"] == "last_instructor"
        assert ask("DELETE", last, who).json["error"]["code"] == "last_instructor"
    assert (
        ask("PATCH", f"/courses/{course}/people/{ids['assistant']}", "instructor", role="instructor").status_code == 200
    )
    assert ask("DELETE", last, "assistant").status_code == 204
    assert ask("GET", f"/courses/{course}/people", "instructor").status_code == 404
    only = f"/accounts/{ids['administrator']}"
    assert ask("PATCH", only, "administrator", administrator=False).json["error"]["code"] == "last_administrator"
    assert ask("PATCH", f"/accounts/{ids['student']}", "administrator", administrator=True).status_code == 200
    assert ask("PATCH", only, "student", administrator=False).status_code == 200
    assert ask("GET", "/accounts", "administrator").status_code == 404


@pytest.mark.parametrize("enrolled", [True, False])
def test_where_a_code_is_typed_is_found_from_the_first_page(school: Parts, enrolled: bool) -> None:
    if not enrolled:
        with school.database.writing() as session:
            session.execute(delete(Enrolment))
    client = school.app.test_client()
    client.get(f"/sign-in/{school.school.tokens['student']}")
    assert 'href="/join"' in client.get("/").text


def test_what_cannot_be_enrolled_is_refused(school: Parts) -> None:
    good = {"email": "x@example.org", "name": "X", "role": "student"}
    headers = {"Authorization": f"Bearer {school.school.tokens['instructor']}"}
    address = f"/api/v1/courses/{school.school.course}/people"
    for field, value in [
        ("email", "x"),
        ("email", f"{'x' * 250}@example.org"),
        ("name", "\0"),
        ("name", " "),
        ("role", "boss"),
        ("role", None),
        ("sid", "\ud800"),
        ("sid", "1" * 101),
        ("more", "1"),
    ]:
        answer = school.app.test_client().post(address, json={**good, field: value}, headers=headers)
        assert answer.status_code == 422, (field, value)
        assert field in answer.json["error"]["details"]
    assert school.app.test_client().post(address, json=good, headers=headers).status_code == 201
