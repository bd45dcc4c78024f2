"""A service and a learning platform that know each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from service.lti.platforms import register_platform
from service.models import Account, Enrolment, Identity
from tests.service.conftest import PASSWORD, Parts, Place, healthy, make_parts
from tests.service.lti.platform import Platform, User, platform_for
from tests.service.servers import until
from tests.service.visitor import Page, Visitor

TOP, FRAME = {"Sec-Fetch-Dest": "document"}, {"Sec-Fetch-Dest": "iframe"}


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


@pytest.fixture(scope="session")
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
