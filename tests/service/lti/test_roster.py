"""The platform's list of people, taken over."""

from __future__ import annotations

import re

from service.accounts import make_account
from service.models import STUDENT, Account
from tests.service.conftest import PASSWORD
from tests.service.lti.conftest import Linked
from tests.service.visitor import Page, Visitor


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
