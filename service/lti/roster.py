"""The platform's list of a course's people, taken over here (NRPS)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import audit, enrolment
from service.authentication import Person
from service.lti import people
from service.lti.messages import address, person_name, role, sourced_id
from service.lti.people import Arrival, Somebody
from service.lti.services import Declined, Services
from service.models import Account, Enrolment, LtiContext, LtiMember, now

MOST_MEMBERS = 10_000


@dataclass(frozen=True)
class Taken:
    """How many people were `listed`, how many `enrolled` by it, and the names of those in the course who came from the
    platform and are `gone` from its list: they stay, until an instructor takes them out."""

    listed: int
    enrolled: int
    gone: list[str]


def fetch_roster(services: Services, context: LtiContext) -> list[Mapping[str, Any]]:
    """The active members that the platform lists. Raises `outside.Unreachable` and Declined."""
    if context.memberships is None:
        raise Declined("The platform does not tell who is in this course: allow it there to share names and roles.")
    listed: list[Mapping[str, Any]] = []
    for member in services.members(context.memberships):
        if len(listed) >= MOST_MEMBERS:
            raise Declined(f"The platform lists more than {MOST_MEMBERS} people.")
        subject = member.get("user_id")
        if isinstance(subject, str) and 0 < len(subject) <= 255 and subject.isprintable():
            if member.get("status", "Active") == "Active":
                listed.append(member)
    return listed


def take_roster(session: Session, person: Person, context: LtiContext, members: list[Mapping[str, Any]]) -> Taken:
    """Makes accounts for those who have none, and enrols those who are not in the course. Nobody's role changes, and
    nobody is taken out."""
    listed = {member["user_id"]: member for member in members}
    everybody = [Somebody(subject, person_name(m), address(m.get("email"))) for subject, m in listed.items()]
    issuer = context.platform.issuer
    people.one_by_one(session, issuer)
    if context.course_id is not None:
        enrolment.lock(session, context.course_id)
    accounts = people.make_accounts_of(session, issuer, everybody, person)
    arrivals = [Arrival(accounts[subject], role(m.get("roles")), sourced_id(m)) for subject, m in listed.items()]
    enrolled = people.join(session, context, arrivals, came=False, actor=person)
    context.roster_at = now()
    details = {"listed": len(listed), "enrolled": enrolled, "platform": context.platform.name}
    audit.record(session, person, "take roster", "course", context.course_id, context.course_id, **details)
    known = (
        select(Account)
        .join(LtiMember, LtiMember.account_id == Account.id)
        .join(Enrolment, Enrolment.account_id == Account.id)
        .where(LtiMember.context_id == context.id, Enrolment.course_id == context.course_id)
        .order_by(Account.name, Account.id)
    )
    present = {account.id for account in accounts.values()}
    gone = [account.name for account in session.scalars(known) if account.id not in present]
    return Taken(len(listed), enrolled, gone)
