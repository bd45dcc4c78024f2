"""People of a course: found by what one knows of them, corrected by whom they belong to, taken out and back."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.accounts import account_for, correct
from service.authentication import by_password, by_token
from service.enrolment import enrol
from service.invitations import accept, invited, make_invitation, to_correct
from service.models import Account, AuditEntry, Enrolment
from service.passwords import hashed
from tests.service.conftest import Parts


@pytest.fixture
def school(parts: Parts) -> Parts:
    parts.app.config["WTF_CSRF_ENABLED"] = False
    return parts


def newcomer(school: Parts, name: str, email: str, **known: str) -> int:
    """Somebody in the course who never signed in."""
    with school.database.writing() as session:
        account, _ = account_for(session, None, email, name)
        enrol(session, None, school.school.course, account, "student", **known)
        return account.id


def invite(school: Parts, number: int) -> str:
    """The secret of an invitation that the instructor made."""
    with school.app.app_context():
        teacher = by_token(school.school.tokens["instructor"])
    with school.database.writing() as session:
        return make_invitation(session, teacher, session.get_one(Account, number), "").rpartition("/")[2]


def number_of(school: Parts, name: str) -> int:
    with school.database.reading() as session:
        return session.scalars(select(Account.id).where(Account.email == f"{name}@example.org")).one()


def ask(school: Parts, method: str, path: str, who: str = "instructor", **body: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {school.school.tokens[who]}"}
    client, address = school.app.test_client(), f"/api/v1/courses/{school.school.course}{path}"
    return client.open(address, method=method, json=body or None, headers=headers)


def browse(school: Parts, path: str, who: str = "instructor", **form: str) -> TestResponse:
    """The page, or the answer to its form."""
    client, address = school.app.test_client(), f"/courses/{school.school.course}{path}"
    client.get(f"/sign-in/{school.school.tokens[who]}")
    return client.post(address, data=form) if form else client.get(address)


@pytest.mark.parametrize("part", ["inouy", "ÉMILE", "tomoko@", "B-17", "ä-3", "Wednesday"])
def test_people_are_found_by_name_address_number_and_section(school: Parts, part: str) -> None:
    newcomer(school, "Émile Inouye", "tomoko@example.org", sid="B-17 Ä-3", section="Wednesday 3")
    newcomer(school, "100 %", "other@example.org", sid="A", section="Monday")
    found = ask(school, "GET", f"/people?search={part}")
    assert [one["name"] for one in found.json] == ["Émile Inouye"]
    for page in ("people?search", "grades?student", "class?student"):
        text = browse(school, f"/{page}={part}").text
        assert "Inouye" in text, page
        assert "100 %" not in text, page


def test_what_one_looks_for_is_no_pattern_and_need_not_be_there(school: Parts) -> None:
    newcomer(school, "100 %", "other@example.org")
    assert [one["name"] for one in ask(school, "GET", "/people?search=%25").json] == ["100 %"]
    assert ask(school, "GET", "/people?search=nobody").json == []
    assert browse(school, "/people?search=nobody\0").status_code == 200


def test_a_number_or_section_elsewhere_is_not_looked_at(school: Parts) -> None:
    number = newcomer(school, "Inouye", "tomoko@example.org")
    with school.database.writing() as session:
        enrol(session, None, school.school.other_course, session.get_one(Account, number), "student", sid="secret-9")
    assert ask(school, "GET", "/people?search=secret-9").json == []


@pytest.mark.parametrize("by_form", [True, False])
def test_a_misspelt_name_is_corrected_and_who_was_invited_at_a_wrong_address_is_not_any_more(
    school: Parts, by_form: bool
) -> None:
    number = newcomer(school, "Ionuye", "tomko@example.org")
    secret = invite(school, number)
    right = {"name": " Inouye  Tomoko ", "email": "Tomoko@example.org"}
    if by_form:
        assert browse(school, f"/people/{number}/name", **right).status_code == 303
    else:
        assert ask(school, "PATCH", f"/people/{number}", **right).json["name"] == "Inouye Tomoko"
    with school.database.writing() as session:
        account = session.get_one(Account, number)
        assert (account.name, account.email) == ("Inouye Tomoko", "tomoko@example.org")
        assert invited(session, secret) is None
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert entry.details["before"] == {"name": "Ionuye", "email": "tomko@example.org"}
        assert entry.details["after"] == {"name": "Inouye Tomoko", "email": "tomoko@example.org"}


def test_an_invitation_holds_when_the_name_alone_is_another(school: Parts) -> None:
    number = newcomer(school, "Ionuye", "tomoko@example.org")
    secret = invite(school, number)
    assert ask(school, "PATCH", f"/people/{number}", name="Inouye").status_code == 200
    with school.database.reading() as session:
        assert invited(session, secret) is not None


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"email": "student@example.org"}, 409),
        ({"email": "STUDENT@example.org"}, 409),
        ({"email": "nothing"}, 422),
        ({"name": "x" * 201}, 422),
    ],
)
def test_what_cannot_be_a_name_or_is_somebody_elses_address_is_refused(
    school: Parts, wrong: dict[str, str], status: int
) -> None:
    number = newcomer(school, "Inouye", "tomoko@example.org")
    whole = {"name": "Inouye", "email": "tomoko@example.org", **wrong}
    assert ask(school, "PATCH", f"/people/{number}", **wrong).status_code == status
    refused = browse(school, f"/people/{number}/name", **whole)
    assert refused.status_code == status
    assert 'role="alert"' in refused.text
    with school.database.reading() as session:
        account = session.get_one(Account, number)
        assert (account.name, account.email) == ("Inouye", "tomoko@example.org")


def test_a_correction_and_an_invitation_taken_at_the_same_time_never_give_a_stranger_the_account(school: Parts) -> None:
    number = newcomer(school, "Inouye", "wrong@example.org")
    secret = invite(school, number)
    with school.app.app_context():
        teacher = by_token(school.school.tokens["instructor"])
    assert teacher is not None
    taken: list[object] = []

    def take() -> None:
        with school.database.writing() as session:
            taken.append(accept(session, secret, hashed("the password of a stranger")))

    stranger = threading.Thread(target=take)
    with school.database.writing() as session:
        account = to_correct(session, teacher, number)
        assert account is not None
        stranger.start()
        stranger.join(0.5)
        correct(session, teacher, account, "right@example.org", "Inouye")
    stranger.join(20)
    assert taken == [None]
    with school.app.app_context():
        assert by_password("right@example.org", "the password of a stranger") is None


def test_who_took_an_invitation_is_nobodys_to_correct_any_more(school: Parts) -> None:
    number = newcomer(school, "Inouye", "tomoko@example.org")
    secret = invite(school, number)
    corrected: list[int] = []
    with school.database.writing() as session:
        assert accept(session, secret, hashed("several words make one")) is not None
        session.flush()
        late = threading.Thread(
            target=lambda: corrected.append(ask(school, "PATCH", f"/people/{number}", name="Mallory").status_code)
        )
        late.start()
        late.join(0.5)
    late.join(20)
    assert corrected == [409]


def test_an_address_that_somebody_corrects_is_vouched_for(school: Parts) -> None:
    number = newcomer(school, "Inouye", "tomoko@example.org")
    with school.database.writing() as session:
        session.get_one(Account, number).address_unverified = True
    assert ask(school, "PATCH", f"/people/{number}", "administrator", name="Inouye T.").status_code == 200
    with school.database.reading() as session:
        assert session.get_one(Account, number).address_unverified
    assert ask(school, "PATCH", f"/people/{number}", "administrator", email="t@example.org").status_code == 200
    with school.database.reading() as session:
        assert not session.get_one(Account, number).address_unverified


def test_only_an_administrator_corrects_an_account_that_can_sign_in(school: Parts) -> None:
    number = number_of(school, "student")
    assert ask(school, "PATCH", f"/people/{number}", name="Mallory").json["error"]["code"] == "not_theirs"
    page = browse(school, f"/people/{number}").text
    assert "Only an administrator may change its name or address." in page
    assert 'name="email"' not in page
    assert ask(school, "PATCH", f"/people/{number}", "administrator", name="Studiosa").json["name"] == "Studiosa"


def test_number_section_and_role_are_changed_on_the_persons_page(school: Parts) -> None:
    number = newcomer(school, "Inouye", "tomoko@example.org", sid="B-17", section="Monday")
    done = browse(school, f"/people/{number}", role="assistant", sid=" C 4 ", section="")
    assert done.status_code == 303
    with school.database.reading() as session:
        found = session.scalars(select(Enrolment).where(Enrolment.account_id == number)).one()
        assert (found.role, found.sid, found.section) == ("assistant", "C 4", None)


def test_what_a_form_does_not_say_stays_and_a_role_that_is_none_is_refused(school: Parts) -> None:
    number = newcomer(school, "Inouye", "tomoko@example.org", sid="B-17", section="Monday")
    assert browse(school, f"/people/{number}", role="none").status_code == 422
    assert browse(school, f"/people/{number}", role="assistant").status_code == 303
    with school.database.reading() as session:
        found = session.scalars(select(Enrolment).where(Enrolment.account_id == number)).one()
        assert (found.role, found.sid, found.section) == ("assistant", "B-17", "Monday")


def test_what_was_typed_is_there_again_where_it_is_refused(school: Parts) -> None:
    number = newcomer(school, "Inouye", "tomoko@example.org")
    refused = browse(school, f"/people/{number}/name", name="Inouye TYPED", email="no address")
    assert 'value="Inouye TYPED"' in refused.text
    assert 'value="no address"' in refused.text


def test_who_leaves_a_course_is_sent_home_and_who_stays_to_its_people(school: Parts) -> None:
    own, people = number_of(school, "instructor"), f"/courses/{school.school.course}/people"
    assert ask(school, "PATCH", f"/people/{number_of(school, 'assistant')}", role="instructor").status_code == 200
    assert browse(school, f"/people/{own}", sid="7").location == people
    assert browse(school, f"/people/{own}", role="assistant").location == "/"
    assert (
        browse(school, f"/people/{number_of(school, 'student')}/removal", "assistant", csrf="none").location == people
    )
    assert (
        browse(school, f"/people/{number_of(school, 'assistant')}/removal", "administrator", csrf="none").status_code
        == 409
    )


def test_who_is_taken_out_by_mistake_comes_back_with_what_was_handed_in(school: Parts) -> None:
    number, assignment = number_of(school, "student"), school.school.assignments["multiply"]
    made = ask(school, "GET", "/people", "instructor").json
    assert number in [one["id"] for one in made]
    headers = {"Authorization": f"Bearer {school.school.tokens['student']}"}
    source = {"kind": "code", "source": "dfdx = y\ndfdy = x\n"}
    address = f"/api/v1/assignments/{assignment}/submissions"
    handed_in = school.app.test_client().post(address, json=source, headers=headers).json["id"]
    assert browse(school, f"/people/{number}/removal", csrf="none").status_code == 303
    assert ask(school, "GET", "/people?search=student@example.org").json == []
    again = {"email": "student@example.org", "name": "Student", "role": "student"}
    assert ask(school, "POST", "/people", **again).status_code == 201
    shown = school.app.test_client().get(f"/api/v1/submissions/{handed_in}", headers=headers)
    assert shown.status_code == 200
