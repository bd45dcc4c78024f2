"""What becomes of a launch that is gone on with: somebody is in the course, and where the link leads is shown."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from service import enrolment
from service.authentication import Person
from service.lti import links, people
from service.lti.launches import OPEN
from service.lti.messages import Message
from service.models import INSTRUCTOR, Account, Course, LtiContext, LtiLaunch, now
from service.passwords import fingerprint

Place = tuple[str, dict[str, Any]]  # a page of ours: its endpoint and what its address is made of


def message_of(launch: LtiLaunch) -> Message:
    """What the platform said."""
    return Message(**launch.message)


def take(session: Session, ticket: str) -> LtiLaunch | None:
    """The launch that this ticket opens: once, and not for long."""
    held = (LtiLaunch.ticket == fingerprint(ticket), LtiLaunch.opened_at.is_(None), LtiLaunch.created_at > now() - OPEN)
    number = session.scalar(update(LtiLaunch).where(*held).values(opened_at=now()).returning(LtiLaunch.id))
    return find(session, number) if number is not None else None


def find(session: Session, number: int) -> LtiLaunch | None:
    """The launch, while it may be gone on with: nobody else of its platform does so until the transaction ends."""
    held = select(LtiLaunch).where(LtiLaunch.id == number, LtiLaunch.created_at > now() - OPEN)
    launch = session.scalar(held.options(joinedload(LtiLaunch.platform)))
    if launch is not None:
        people.one_by_one(session, launch.platform.issuer)
    return launch


def arrive(session: Session, launch: LtiLaunch, existing: Person | None = None) -> tuple[Account, Place]:
    """The platform's person goes on with the launch: their account, which is made if there is none, or the `existing`
    one that they say is theirs; and where to. Raises LinkedOtherwise."""
    message = message_of(launch)
    context = links.context_of(session, launch.platform, message)
    if context.course_id is not None:
        enrolment.lock(session, context.course_id)
    if existing is not None:
        people.link_account(session, existing, launch.platform.issuer, message)
    somebody = people.Somebody(message.subject, message.name, message.email, message.language)
    account = people.make_accounts_of(session, launch.platform.issuer, [somebody])[message.subject]
    people.join(session, context, [people.Arrival(account, message.role, message.sid)])
    launch.account_id = account.id
    place = destination(session, context, message, account.id) or ("pages.set_up_launch", {"number": launch.id})
    return account, place


def destination(session: Session, context: LtiContext, message: Message, account_id: int) -> Place | None:
    """Where the link of the launch leads the account; None where nobody has said so yet, or not them."""
    if context.course_id is None or message.resource is None:
        return None
    link = links.link_of(session, context, message)
    role = role_in(session, context.course_id, account_id)
    if link is None or role is None:
        return None
    if link.assignment_id is not None:
        return "pages.assignment", {"number": link.assignment_id}
    if role == INSTRUCTOR:
        return "pages.course", {"number": context.course_id}
    return "pages.home", {"archived": 1} if session.get_one(Course, context.course_id).archived else {}


def role_in(session: Session, course_id: int, account_id: int) -> str | None:
    """The account's role in the course."""
    found = enrolment.find(session, course_id, account_id)
    return found.role if found is not None else None
