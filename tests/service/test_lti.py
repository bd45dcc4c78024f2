"""Learning platforms: launches and their refusals, links, rosters, and scores that arrive whatever dies meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from service.accounts import make_account
from service.lti.platforms import change_platform, register_platform
from service.models import (
    INSTRUCTOR,
    STUDENT,
    Account,
    Assignment,
    Course,
    Enrolment,
    Identity,
    LtiPlatform,
    StoredReport,
)
from tests.service.conftest import PASSWORD, Parts, Place, healthy, make_parts
from tests.service.lti_platform import DEEP, LTI, Platform, User, new_key, platform_for
from tests.service.servers import until
from tests.service.visitor import Page, Visitor

TOP, FRAME = {"Sec-Fetch-Dest": "document"}, {"Sec-Fetch-Dest": "iframe"}
RIGHT = {"kind": "code", "source": "dfdx = y\ndfdy = x\n"}
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
HALF = {"kind": "code", "source": "dfdx = y\ndfdy = y\n"}


@dataclass(frozen=True)
class Linked:
    """A service, a platform that is registered in it, and the platform's instructor, who is the course's as well."""

    parts: Parts
    platform: Platform
    teacher: User

    @property
    def address(self) -> str:
        return self.parts.configuration.public_url

    def launch(self, user: User, visitor: Visitor | None = None, where: dict[str, str] = TOP, **message: Any) -> Page:
        """What somebody sees who follows a link of the platform."""
        visitor = visitor or Visitor()
        page = visitor.get(f"{self.address}/lti/login?{urlencode(self.platform.begins(user, **message))}", **where)
        assert page.status == 302, page.text
        [(goal, holds)] = visitor.follow(page).forms
        return visitor.follow(visitor.post(goal, holds, **where))

    def come(self, user: User, resource: str = "multiply") -> Visitor:
        """Somebody's browser, once they came."""
        visitor = Visitor()
        page = self.launch(user, visitor, **self.platform.resource(resource))
        if "/lti/open" in page.text:  # for the first time
            visitor.send(page, "/lti/open")
        return visitor

    def account(self, user: User) -> Account:
        with self.parts.database.reading() as session:
            known = select(Account).join(Identity).where(Identity.subject == user.id)
            return session.scalars(known).one()

    def role(self, user: User) -> str | None:
        with self.parts.database.reading() as session:
            enrolled = select(Enrolment.role).join(Identity, Identity.account_id == Enrolment.account_id)
            return session.scalar(
                enrolled.where(Identity.subject == user.id, Enrolment.course_id == self.parts.school.course)
            )


@pytest.fixture(scope="module")
def linked(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Linked]:
    """The platform's course is the school's first course, and its link `multiply` leads to that assignment."""
    variables = {"GRADIENT_GRADER_LTI_ALLOW_PRIVATE": "1", "GRADIENT_GRADER_PASSBACK_SECONDS": "0.1"}
    with make_parts(place, tmp_path_factory.mktemp("linked"), **variables) as parts, ExitStack() as stack:
        address = parts.configuration.public_url
        stack.enter_context(parts.start("web", "--port", address.rpartition(":")[2]))
        stack.enter_context(parts.start("worker", "--name", "worker-1"))
        platform = stack.enter_context(platform_for(address))
        with parts.database.writing() as session:
            register_platform(session, None, platform.registration, allow_private=True)
        until(lambda: healthy(parts.client()), seconds=60, every=0.1)
        made = Linked(parts, platform, platform.add_user("Teacher", "Instructor", "instructor@example.org"))
        connect(made)
        yield made


@pytest.fixture
def passing_back(linked: Linked) -> Iterator[None]:
    """The process that sends scores."""
    with linked.parts.start("passback"):
        yield


def connect(linked: Linked) -> None:
    """The teacher signs in to the account that they have, and says which course and which assignment it is."""
    visitor, school = Visitor(), linked.parts.school
    page = linked.launch(linked.teacher, visitor, **linked.platform.resource("multiply"))
    page = visitor.send(page, "/lti/open", existing="1")
    page = visitor.send(page, "/sign-in", email="instructor@example.org", password=PASSWORD)
    assert "you are Teacher. You are signed in here as Instructor" in page.text
    page = visitor.send(page, "/lti/account/")
    assert "Which course is this here?" in page.text
    page = visitor.send(page, "/lti/launches/", course=str(school.course))
    page = visitor.send(page, "/lti/launches/", assignment=str(school.assignments["multiply"]))
    assert page.url.endswith(f"/assignments/{school.assignments['multiply']}")


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
        {"login_hint": "1", "client_id": "tool-1"},
    ],
    ids=["nothing", "another platform", "a NUL", "no issuer"],
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


def test_the_roster_is_taken_over_whole_and_says_who_is_gone(linked: Linked) -> None:
    gone, listed = linked.platform.add_user("Gone Away"), linked.platform.add_user("Listed Only")
    linked.platform.add_user("Inactive", status="Inactive")
    linked.come(gone)
    del linked.platform.users[gone.id]
    visitor = linked.come(linked.teacher)
    page = visitor.get(f"{linked.address}/courses/{linked.parts.school.course}/platforms")
    context = re.search(r'name="roster" value="(\d+)"', page.text)
    assert context is not None
    page = visitor.send(page, "/platforms", roster=context[1])
    active = [user for user in linked.platform.users.values() if user.status == "Active"]
    assert f"taken over: {len(active)} people" in page.text
    assert re.search(r"still in the course: .*Gone Away", page.text)
    assert linked.role(gone) == STUDENT
    assert linked.role(listed) == STUDENT
    assert linked.account(listed).password_hash is None
    again = visitor.send(page, "/platforms", roster=context[1])
    assert "0 of them new" in again.text
    linked.platform.away = True
    try:
        page = visitor.send(page, "/platforms", roster=context[1])
    finally:
        linked.platform.away = False
    assert page.status == 503
    assert "could not be taken over" in page.text


def test_who_the_roster_brought_may_still_say_that_an_account_is_theirs(linked: Linked) -> None:
    listed = linked.platform.add_user("Ichiro Listed")
    visitor = linked.come(linked.teacher)
    page = visitor.get(f"{linked.address}/courses/{linked.parts.school.course}/platforms")
    context = re.search(r'name="roster" value="(\d+)"', page.text)
    assert context is not None
    visitor.send(page, "/platforms", roster=context[1])
    unused = linked.account(listed).id
    with linked.parts.database.writing() as session:
        own = make_account(session, "ichiro@example.org", "Ichiro", None, PASSWORD)
    student = Visitor()
    page = student.send(
        linked.launch(listed, student, **linked.platform.resource("multiply")), "/lti/open", existing="1"
    )
    page = student.send(page, "/sign-in", email="ichiro@example.org", password=PASSWORD)
    student.send(page, "/lti/account/")
    assert linked.account(listed).id == own.id
    assert linked.role(listed) == STUDENT
    with linked.parts.database.reading() as session:
        assert session.get(Account, unused) is None


def hand_in(linked: Linked, user: User, body: dict[str, str], assignment: str = "multiply") -> int:
    """Hands in as the platform's student, by a token; the submission's number, once there is a report."""
    from service.accounts import make_token
    from tests.service.client import Client

    with linked.parts.database.writing() as session:
        token = make_token(session, session.get_one(Account, linked.account(user).id), "tests")
    client = Client(linked.address, token)
    made = client.post(f"/api/v1/assignments/{linked.parts.school.assignments[assignment]}/submissions?wait=20", body)
    assert made.json["report"], made.body
    return int(made.json["id"])


def test_scores_arrive_in_points_and_again_when_they_change(linked: Linked, passing_back: None) -> None:
    platform, student = linked.platform, linked.platform.add_user("Jun")
    linked.come(student)
    first = hand_in(linked, student, HALF)
    until(lambda: platform.score(student) == (5.0, 10.0, "FullyGraded"))
    [column] = [item for item in platform.columns.values() if item["resourceLinkId"] == "multiply"]
    assert (column["scoreMaximum"], column["label"]) == (10.0, "A product of two numbers") or column["label"]
    hand_in(linked, student, RIGHT)
    until(lambda: platform.score(student) == (10.0, 10.0, "FullyGraded"))
    received = platform.received
    with linked.parts.database.writing() as session:  # what grading again leaves behind: a newer report
        for report in session.scalars(select(StoredReport).where(StoredReport.submission_id > first - 1)).all():
            if report.submission_id in {first, first + 1} or report.score == report.max_score:
                values = {"submission_id": report.submission_id, "verdict": "mismatch", "report": report.report}
                session.add(StoredReport(**values, score=0.3, max_score=1.0, wrong=["dfdx"]))
    until(lambda: platform.score(student) == (3.0, 10.0, "FullyGraded"))
    assert platform.received == received + 1
