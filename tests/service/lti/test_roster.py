"""The platform's list of people, taken over."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from service.accounts import make_account
from service.lti.people import NOWHERE
from service.lti.roster import take_roster
from service.models import STUDENT, Account, Enrolment, Identity, LtiContext, LtiPlatform
from tests.service.conftest import PASSWORD, Parts
from tests.service.grading_again import person
from tests.service.lti.conftest import Linked
from tests.service.lti.platform import User
from tests.service.statements import counted
from tests.service.visitor import Page, Visitor

LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"


def roster_page(linked: Linked) -> tuple[Visitor, Page, str]:
    """The instructor's browser, the page of the course's platforms, and the number of the platform's course there."""
    visitor = linked.come(linked.teacher)
    page = visitor.get(f"{linked.address}/courses/{linked.parts.school.course}/platforms")
    context = re.search(r'name="roster" value="(\d+)"', page.text)
    assert context is not None
    return visitor, page, context[1]


def test_the_roster_is_taken_over_whole_and_says_who_is_gone(linked: Linked) -> None:
    gone, listed = linked.platform.add_user("Gone Away"), linked.platform.add_user("Listed Only")
    linked.platform.add_user("Inactive", status="Inactive")
    linked.platform.add_user("On the second page")
    linked.come(gone)
    del linked.platform.users[gone.id]
    visitor, page, context = roster_page(linked)
    page = visitor.send(page, "/platforms", roster=context)
    active = [user for user in linked.platform.users.values() if user.status == "Active"]
    assert len(active) > 2  # more than a page of the platform's
    assert f"taken over: {len(active)} people" in page.text
    assert re.search(r"still in the course: .*Gone Away", page.text)
    assert linked.role(gone) == STUDENT
    assert linked.role(listed) == STUDENT
    assert linked.account(listed).password_hash is None
    assert "0 of them new" in visitor.send(page, "/platforms", roster=context).text


def test_a_class_that_comes_for_the_first_time_at_once_and_twice_while_the_roster_is_taken(linked: Linked) -> None:
    everybody = [linked.platform.add_user(f"First time {number}") for number in range(8)]
    teacher, page, context = roster_page(linked)

    def come(user: User) -> Page:
        visitor = Visitor()
        page = linked.launch(user, visitor, **linked.platform.resource("multiply"))
        return visitor.send(page, "/lti/open") if "/lti/open" in page.text else page

    with ThreadPoolExecutor(2 * len(everybody) + 1) as threads:
        taken = threads.submit(teacher.send, page, "/platforms", roster=context)
        came = [threads.submit(come, user) for user in everybody for _ in range(2)]
    assert "The roster was taken over" in taken.result().text
    assignment = f"/assignments/{linked.parts.school.assignments['multiply']}"
    assert {urlsplit(one.result().url).path for one in came} == {assignment}
    assert {linked.role(user) for user in everybody} == {STUDENT}


def test_a_platform_that_is_away_costs_nothing_but_the_try(linked: Linked) -> None:
    visitor, page, context = roster_page(linked)
    linked.platform.away = True
    try:
        page = visitor.send(page, "/platforms", roster=context)
    finally:
        linked.platform.away = False
    assert page.status == 503
    assert "could not be taken over" in page.text
    assert "down for maintenance" in page.text
    assert visitor.send(page, "/platforms", roster=context).status == 200


def test_who_the_roster_brought_may_still_say_that_an_account_is_theirs(linked: Linked) -> None:
    listed = linked.platform.add_user("Ichiro Listed")
    visitor, page, context = roster_page(linked)
    visitor.send(page, "/platforms", roster=context)
    unused = linked.account(listed).id
    with linked.parts.database.writing() as session:
        own = make_account(session, "ichiro@example.org", "Ichiro", None, PASSWORD)
    student = Visitor()
    page = linked.launch(listed, student, **linked.platform.resource("multiply"))
    page = student.send(page, "/lti/open", existing="1")
    page = student.send(page, "/sign-in", email="ichiro@example.org", password=PASSWORD)
    student.send(page, "/lti/account/")
    assert linked.account(listed).id == own.id
    assert linked.role(listed) == STUDENT
    with linked.parts.database.reading() as session:
        assert session.get(Account, unused) is None


@pytest.mark.parametrize("place", ["embedded"], indirect=True)
def test_a_long_roster_costs_no_more_statements_than_a_short_one(parts: Parts) -> None:
    def listed(count: int) -> list[dict[str, Any]]:
        return [
            {"user_id": f"u{count}-{n}", "name": f"P {n}", "email": f"p{n % 40}@example.com", "roles": [LEARNER]}
            for n in range(count)
        ]

    platform = LtiPlatform(
        name="A platform", issuer="https://lms.example", client_id="1", authorization_url="", token_url="",
        jwks_url="", deployments=[], origins=[],
    )  # fmt: skip
    context = LtiContext(
        platform=platform, deployment="1", key="c", title="C", course_id=parts.school.course, scopes=[]
    )
    with parts.database.writing() as session:
        session.add(context)
    asked = []
    for count in (3, 60, 60):
        sent = counted(parts.database.engine)
        with parts.database.writing() as session:
            people = listed(count) + listed(count)[:1]  # who is listed twice is one person
            taken = take_roster(session, person(parts, "instructor"), session.get_one(LtiContext, context.id), people)
        asked.append(len(sent))
        assert taken.listed == count
        assert taken.enrolled == (count if len(asked) < 3 else 0)
    assert asked[0] == asked[1] > asked[2]
    with parts.database.reading() as session:
        addresses = session.scalars(select(Account.email).join(Identity).where(Identity.subject.like("u60-%"))).all()
        roles = session.scalars(select(Enrolment.role).join(Identity, Identity.account_id == Enrolment.account_id))
        assert set(roles) == {STUDENT}
    assert len({address for address in addresses if address.endswith("@example.com")}) == 37  # three were taken
    assert sum(address.endswith(f"@{NOWHERE}") for address in addresses) == 23
