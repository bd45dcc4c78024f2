"""Launches: what follows a link of a learning platform, and what is refused."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from service import outside
from service.lti import verification
from service.lti.platforms import change_platform
from service.models import INSTRUCTOR, STUDENT, Account, Assignment, Course, Enrolment, Identity, LtiPlatform
from tests.service.conftest import PASSWORD
from tests.service.lti.conftest import FRAME, TOP, Linked
from tests.service.lti.platform import DEEP, LTI, new_key
from tests.service.servers import until
from tests.service.visitor import Visitor


def test_a_student_follows_a_link_and_is_in_the_assignment(linked: Linked) -> None:
    student, visitor = linked.platform.add_user("Aiko"), Visitor()
    page = linked.launch(student, visitor, **linked.platform.resource("multiply"))
    assert "You come from A platform as Aiko." in page.text
    page = visitor.send(page, "/lti/open")
    assert page.url.endswith(f"/assignments/{linked.parts.school.assignments['multiply']}")
    assert linked.account(student).email == student.email
    assert linked.role(student) == STUDENT
    again = linked.launch(student, visitor, **linked.platform.resource("multiply"))
    assert again.url == page.url  # known, in a browser that is known: at once


def test_in_a_frame_nothing_is_opened_but_a_page_that_leads_out_of_it(linked: Linked) -> None:
    student, visitor = linked.platform.add_user("Ben"), linked.come(linked.platform.add_user("Ben"))
    linked.come(student)
    page = linked.launch(student, visitor, FRAME, **linked.platform.resource("multiply"))
    assert "Open in a new tab" in page.text
    assert 'target="_blank"' in page.text
    assert page.headers["Content-Security-Policy"].endswith(f"frame-ancestors {linked.platform.address}")
    assert "session=" not in str(page.headers.get_all("Set-Cookie"))


def test_a_launch_in_another_browser_than_where_it_began_is_shown_with_its_name_first(linked: Linked) -> None:
    student = linked.platform.add_user("Chiyo")
    linked.come(student)
    began, victim = Visitor(), Visitor()
    begins = urlencode(linked.platform.begins(student, **linked.platform.resource("multiply")))
    [(goal, holds)] = began.follow(began.get(f"{linked.address}/lti/login?{begins}")).forms
    page = victim.post(goal, holds, **TOP)
    assert page.status == 200
    assert "as Chiyo" in page.text
    [(goal, holds)] = page.forms
    elsewhere = victim.post(goal, holds, Origin="https://elsewhere.example", **{"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status == 400
    assert victim.get(f"{linked.address}/").status == 302  # to sign in


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        ({"signed with": new_key()}, "signature does not hold"),
        ({"aud": "another-tool"}, "meant for another tool"),
        ({"aud": ["tool-1", "another-tool"]}, "meant for another tool"),
        ({"aud": None}, "meant for another tool"),
        ({"iss": "https://elsewhere.example"}, "does not come from the platform"),
        ({"exp": 1_600_000_000}, "too old"),
        ({"exp": None}, "too old"),
        ({"iat": 4_000_000_000, "exp": 4_000_000_060}, "dated in the future"),
        ({"nonce": "of another launch"}, "not the one that began here"),
        ({f"{LTI}deployment_id": "deployment-2"}, "deployment-2"),
        ({f"{LTI}version": "1.1"}, "version"),
        ({f"{LTI}message_type": "LtiStartProctoring"}, "message_type"),
        ({"sub": None}, "sub"),
        ({"sub": "nul\0"}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({f"{LTI}context": {}}, "context"),
        ({f"{LTI}context": ["course-1"]}, "context"),
        ({f"{LTI}resource_link": {"id": 5}}, "id"),
    ],
    ids=lambda value: next(iter(value)).rpartition("/")[2] if isinstance(value, dict) else value,
)
def test_a_launch_that_is_not_to_be_believed_is_refused_and_says_why(
    linked: Linked, spoilt: dict[str, Any], told: str
) -> None:
    student = linked.platform.add_user("Nobody")
    page = linked.launch(student, **{**linked.platform.resource("multiply"), **spoilt})
    assert page.status == 400
    assert told in page.text
    with linked.parts.database.reading() as session:
        assert session.scalar(select(Identity).where(Identity.subject == student.id)) is None


def test_a_launch_is_good_once_and_its_nonce_for_no_other(linked: Linked) -> None:
    student, visitor = linked.platform.add_user("Daiki"), Visitor()

    def begin() -> tuple[str, dict[str, str]]:
        begins = urlencode(linked.platform.begins(student, **linked.platform.resource("multiply")))
        [form] = visitor.follow(visitor.get(f"{linked.address}/lti/login?{begins}")).forms
        return form

    goal, holds = begin()
    assert visitor.post(goal, holds, **TOP).status == 200
    replayed = visitor.post(goal, holds, **TOP)
    assert replayed.status == 400
    assert "opened before" in replayed.text
    _, other = begin()
    swapped = visitor.post(goal, {**other, "id_token": holds["id_token"]}, **TOP)
    assert swapped.status == 400
    assert "not the one that began here" in swapped.text


def test_a_page_that_was_gone_on_with_is_not_gone_on_with_again(linked: Linked) -> None:
    visitor = Visitor()
    page = linked.launch(linked.platform.add_user("Emi"), visitor, **linked.platform.resource("multiply"))
    visitor.send(page, "/lti/open")
    again = visitor.send(page, "/lti/open")
    assert again.status == 400
    assert "used before" in again.text


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"iss": "https://elsewhere.example", "login_hint": "1"},
        {"iss": "\0", "login_hint": "1"},
        {"iss": "https://" + "a" * 5_000, "login_hint": "1"},
        {"login_hint": "1", "client_id": "tool-1"},
    ],
    ids=["nothing", "another platform", "a NUL", "long", "no issuer"],
)
def test_what_begins_no_launch_is_refused(linked: Linked, sent: dict[str, str]) -> None:
    page = Visitor().get(f"{linked.address}/lti/login?{urlencode(sent)}")
    assert page.status == 400
    assert "This launch cannot be taken" in page.text


def test_an_id_token_that_is_none_is_refused(linked: Linked) -> None:
    visitor = Visitor()
    for text in ("", "a.b.c", "\ud800".encode("utf-8", "replace").decode(), "e30.e30.", "é" * 5_000):
        begins = urlencode(linked.platform.begins(linked.teacher))
        answer = visitor.get(f"{linked.address}/lti/login?{begins}")
        state = re.search(r"state=([\w-]+)", answer.headers["Location"])
        assert state is not None
        page = visitor.post(f"{linked.address}/lti/launch", {"state": state[1], "id_token": text})
        assert page.status == 400, text
        assert "signature does not hold" in page.text


def test_an_address_that_an_account_has_gives_nobody_that_account(linked: Linked) -> None:
    taker = linked.platform.add_user("Taker", email="STUDENT@example.org")
    linked.come(taker)
    account = linked.account(taker)
    assert account.email.endswith("@lti.invalid")
    with linked.parts.database.reading() as session:
        victim = session.scalars(select(Account).where(Account.email == "student@example.org")).one()
    assert victim.id != account.id
    other = linked.platform.add_user("Another", email="student@example.org")
    linked.come(other)
    assert linked.account(other).email not in (account.email, victim.email)


def test_the_address_that_a_platform_tells_makes_nobody_more_than_a_student(linked: Linked) -> None:
    email, other = "professor@example.org", linked.parts.school.other_course
    linked.come(linked.platform.add_user("Mallory", email="Professor@example.org"))
    body = {"email": email, "name": "The professor", "role": "instructor"}
    made = linked.parts.client("other instructor").post(f"/api/v1/courses/{other}/people", body)
    assert (made.status, made.json["name"], made.json["role"]) == (201, "Mallory", "student")


def test_who_has_an_account_links_it_by_signing_in_and_nobody_else_does(linked: Linked) -> None:
    classmate, visitor = linked.platform.add_user("Classmate"), Visitor()
    page = linked.launch(classmate, visitor, **linked.platform.resource("multiply"))
    page = visitor.send(page, "/lti/open", existing="1")
    page = visitor.send(page, "/sign-in", email="classmate@example.org", password=PASSWORD)
    stranger = Visitor()
    stranger.get(f"{linked.address}/sign-in/{linked.parts.school.tokens['student']}")
    assert stranger.get(page.url).status == 404  # in another browser than where it was opened
    page = visitor.send(page, "/lti/account/")
    assert page.url.endswith(f"/assignments/{linked.parts.school.assignments['multiply']}")
    assert linked.account(classmate).email == "classmate@example.org"

    second, visitor = linked.platform.add_user("Somebody else"), Visitor()
    page = linked.launch(second, visitor, **linked.platform.resource("multiply"))
    page = visitor.send(page, "/lti/open", existing="1")
    page = visitor.send(page, "/sign-in", email="classmate@example.org", password=PASSWORD)
    page = visitor.send(page, "/lti/account/")
    assert page.status == 409
    assert "These two cannot be one" in page.text


def test_roles_are_those_of_the_platforms_course(linked: Linked) -> None:
    assistant = linked.platform.add_user("Assistant", "TeachingAssistant")
    linked.come(assistant)
    assert linked.role(assistant) == "assistant"
    also = [
        f"http://purl.imsglobal.org/vocab/lis/v2/membership{end}"
        for end in ("#Instructor", "/Instructor#TeachingAssistant")
    ]
    canvas, visitor = linked.platform.add_user("Canvas's assistant"), Visitor()
    page = linked.launch(canvas, visitor, **{**linked.platform.resource("multiply"), f"{LTI}roles": also})
    visitor.send(page, "/lti/open")
    assert linked.role(canvas) == "assistant"
    mentor, visitor = linked.platform.add_user("Mentor", "Mentor"), Visitor()
    page = visitor.send(linked.launch(mentor, visitor, **linked.platform.resource("multiply")), "/lti/open")
    assert "does not say that you are a student" in page.text
    assert linked.role(mentor) is None


def test_a_student_who_comes_before_it_is_set_up_is_told_so(linked: Linked) -> None:
    student, visitor = linked.platform.add_user("Early"), Visitor()
    elsewhere = {f"{LTI}context": {"id": "course-9", "title": "Not connected"}}
    page = linked.launch(student, visitor, **linked.platform.resource("r"), **elsewhere)
    page = visitor.send(page, "/lti/open")
    assert page.status == 200
    assert "has not finished setting this up" in page.text
    assert "form method" not in page.text.partition("<main")[2]
    page = linked.launch(student, visitor, **linked.platform.resource("not placed"))
    assert "has not finished setting this up" in page.text
    refused = visitor.post(page.url, {"course": str(linked.parts.school.course)})
    assert refused.status == 400  # no CSRF token


def test_only_an_instructor_here_connects_and_only_where_allowed_makes_a_course(linked: Linked) -> None:
    teacher, visitor = linked.platform.add_user("New teacher", "Instructor"), Visitor()
    elsewhere = {f"{LTI}context": {"id": "course-2", "title": "Another one"}}
    page = linked.launch(teacher, visitor, **linked.platform.resource("r"), **elsewhere)
    page = visitor.send(page, "/lti/open")
    assert "You teach no course here yet" in page.text
    for course in (str(linked.parts.school.course), "new", "", "x"):
        assert visitor.send(page, "/lti/launches/", course=course).status == 404
    with linked.parts.database.writing() as session:
        platform = session.scalars(select(LtiPlatform)).one()
        change_platform(session, None, platform, {"makes_courses": True}, allow_private=True)
    page = visitor.send(visitor.get(page.url), "/lti/launches/", course="new")
    assert "Where in Another one does this link lead?" in page.text
    page = visitor.send(page, "/lti/launches/", assignment="")
    with linked.parts.database.reading() as session:
        made = session.scalars(select(Course).where(Course.title == "Another one")).one()
        [enrolment] = session.scalars(select(Enrolment).where(Enrolment.course_id == made.id))
    assert page.url.endswith(f"/courses/{made.id}")
    assert (enrolment.role, enrolment.account_id) == (INSTRUCTOR, linked.account(teacher).id)


def test_an_instructor_picks_an_assignment_and_its_link_leads_there(linked: Linked) -> None:
    visitor, school = Visitor(), linked.parts.school
    page = linked.launch(linked.teacher, visitor, FRAME, **linked.platform.selection())
    assert "Choose an assignment" in page.text
    assert page.headers["Content-Security-Policy"].endswith(f"frame-ancestors {linked.platform.address}")
    page = visitor.send(page, "/lti/select", pick=f"assignment:{school.assignments['add']}")
    assert f"form-action {linked.platform.address};" in page.headers["Content-Security-Policy"]
    [(goal, holds)] = page.forms
    assert goal == f"{linked.platform.address}/selected"
    said = linked.platform.checked(holds["JWT"], linked.platform.address)
    assert said is not None
    assert said[f"{LTI}message_type"] == "LtiDeepLinkingResponse"
    assert said[f"{DEEP}data"] == "opaque"
    [item] = said[f"{DEEP}content_items"]
    assert item["lineItem"]["scoreMaximum"] == 10.0
    student, visitor = linked.platform.add_user("Fumi"), Visitor()
    page = linked.launch(student, visitor, **linked.platform.resource("placed", **item["custom"]))
    assert visitor.send(page, "/lti/open").url.endswith(f"/assignments/{school.assignments['add']}")


def test_a_link_to_the_whole_course_leads_a_student_to_where_that_is(linked: Linked) -> None:
    visitor, whole = Visitor(), linked.platform.resource("whole")
    visitor.send(linked.launch(linked.teacher, visitor, **whole), "/lti/launches/", assignment="")
    student, visitor = linked.platform.add_user("Maki"), Visitor()
    page = visitor.send(linked.launch(student, visitor, **whole), "/lti/open")
    assert page.url == f"{linked.address}/"
    for archived, path in ((True, "/?archived=1"), (False, "/")):
        with linked.parts.database.writing() as session:
            session.get_one(Course, linked.parts.school.course).archived = archived
        page = linked.launch(student, visitor, **whole)
        assert page.url == f"{linked.address}{path}"
        assert "Backpropagation" in page.text


def test_an_exercise_of_the_catalogue_becomes_an_assignment_by_being_picked(linked: Linked) -> None:
    visitor = Visitor()
    page = linked.launch(linked.teacher, visitor, FRAME, **linked.platform.selection())
    wrong = visitor.send(page, "/lti/select", pick="exercise:nothing")
    assert wrong.status == 400
    page = linked.launch(linked.teacher, visitor, FRAME, **linked.platform.selection())
    page = visitor.send(page, "/lti/select", pick="exercise:logistic-regression")
    assert page.status == 200
    with linked.parts.database.reading() as session:
        made = session.scalars(select(Assignment).where(Assignment.exercise == "logistic-regression")).one()
    assert made.course_id == linked.parts.school.course


def test_a_student_picks_nothing_and_no_assignment_of_another_course_is_picked_or_led_to(linked: Linked) -> None:
    student, visitor = linked.platform.add_user("Goro"), Visitor()
    linked.come(student)
    page = linked.launch(student, visitor, FRAME, **linked.platform.selection())
    assert page.status == 400
    assert "Only an instructor" in page.text
    other = linked.parts.school.other_assignment
    page = linked.launch(linked.teacher, visitor, FRAME, **linked.platform.selection())
    assert visitor.send(page, "/lti/select", pick=f"assignment:{other}").status == 400
    forged = linked.platform.resource("forged", gradient_grader_assignment=str(other))
    page = visitor.send(linked.launch(linked.platform.add_user("Hana"), visitor, **forged), "/lti/open")
    assert "has not finished setting this up" in page.text


def test_a_platform_that_signs_with_a_new_key_is_believed_as_soon_as_it_shows_it(linked: Linked) -> None:
    student = linked.platform.add_user("Kana")
    linked.platform.keys.append(new_key())
    until(lambda: linked.launch(student, **linked.platform.resource("multiply")).status == 200, every=0.2)


def test_while_a_platform_is_asked_for_its_keys_others_are_served(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    @contextmanager
    def noted() -> Iterator[None]:
        told.append("rests")
        yield
        told.append("goes on")

    def noting(*arguments: Any) -> outside.Answer:
        told.append("asks")
        return ask(*arguments)

    ask = outside.ask
    monkeypatch.setattr(verification, "resting", noted)
    monkeypatch.setattr(verification.outside, "ask", noting)
    with linked.parts.database.reading() as session:
        platform = session.scalars(select(LtiPlatform)).one()
    assert verification.Verifier(linked.parts.database, allow_private=True)._keys_of(platform, latest=False).keys
    assert told == ["rests", "asks", "goes on"]


def test_keys_that_many_wait_for_are_asked_for_once_and_for_a_while_not_again_where_they_cannot_be_had(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def slow(address: str, allow_private: bool) -> outside.Answer:
        asked.append(address)
        time.sleep(0.2)
        raise outside.Unreachable("It is away.")

    def told(_: object) -> str:
        with pytest.raises(outside.Unreachable) as away:
            verifier._keys_of(platform, latest=True)
        return str(away.value)

    monkeypatch.setattr(verification, "resting", nullcontext)
    monkeypatch.setattr(verification.outside, "ask", slow)
    verifier = verification.Verifier(linked.parts.database, allow_private=True)
    with linked.parts.database.reading() as session:
        platform = session.scalars(select(LtiPlatform)).one()
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(told, range(8))) == ["It is away."] * 8
    assert told(None) == "It is away."
    assert asked == [platform.jwks_url]
    monkeypatch.setattr(verification, "_TROUBLE_KEPT", 0.0)
    told(None)
    assert len(asked) == 2


def test_a_platform_whose_keys_cannot_be_had_is_told_as_away_and_an_inactive_one_as_unknown(linked: Linked) -> None:
    student = linked.platform.add_user("Leo")

    def change(**settings: Any) -> None:
        with linked.parts.database.writing() as session:
            platform = session.scalars(select(LtiPlatform)).one()
            change_platform(session, None, platform, settings, allow_private=True)

    change(jwks_url=f"{linked.platform.address}/nothing")
    try:
        page = linked.launch(student, **linked.platform.resource("multiply"))
        assert page.status == 503
        assert "The platform does not answer" in page.text
        change(active=False)
        begins = urlencode(linked.platform.begins(student))
        assert "not registered here" in Visitor().get(f"{linked.address}/lti/login?{begins}").text
    finally:
        change(jwks_url=f"{linked.platform.address}/jwks", active=True)
