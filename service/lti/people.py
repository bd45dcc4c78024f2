"""Whose account a launch is. Somebody of a platform is known by its issuer and the subject, and by nothing else: an
e-mail address that an account has already gives nobody that account, unless they sign in to it and say so."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from service import audit, enrolment
from service.accounts import find_account, make_account
from service.authentication import Person
from service.lti.messages import Message
from service.models import (
    STUDENT,
    Account,
    AuditEntry,
    Enrolment,
    Extension,
    Identity,
    Invitation,
    LtiContext,
    LtiLaunch,
    LtiMember,
    LtiScore,
    Override,
    Submission,
    Token,
    now,
)

NOWHERE = "lti.invalid"  # where nobody has a mailbox (RFC 2606)


class LinkedOtherwise(Exception):
    """The account is somebody else's of the same platform, or this person has used another account already."""


def account_of(session: Session, issuer: str, subject: str) -> Account | None:
    """The account of this person of the platform."""
    return session.scalar(select(Account).join(Identity).where(Identity.issuer == issuer, Identity.subject == subject))


def may_choose(session: Session, issuer: str, subject: str) -> bool:
    """Whether this person is asked if they have an account here: they never came, at most a roster brought them."""
    account = account_of(session, issuer, subject)
    if account is None:
        return True
    came = exists().where(LtiMember.account_id == account.id, LtiMember.came_at.is_not(None))
    return not session.scalar(select(came)) and not _used(session, account)


def make_account_of(
    session: Session, issuer: str, subject: str, name: str, email: str | None, language: str | None
) -> Account:
    """The account of this person, made if there is none. Its address is theirs, unless an account has that."""
    found = account_of(session, issuer, subject)
    if found is not None:
        return found
    free = email and find_account(session, email) is None
    address = email if email and free else f"{secrets.token_hex(8)}@{NOWHERE}"
    account = make_account(session, address, name or subject[:200], language)
    account.address_unverified = address == email
    session.add(Identity(account_id=account.id, issuer=issuer, subject=subject))
    after = {"email": account.email, "name": account.name, "issuer": issuer}
    audit.record(session, as_person(account), "create", "account", account.id, after=after)
    return account


def link_account(session: Session, person: Person, issuer: str, message: Message) -> None:
    """Makes this person of the platform the one who is signed in. Raises LinkedOtherwise."""
    mine = select(Identity.subject).where(Identity.account_id == person.id, Identity.issuer == issuer)
    if any(subject != message.subject for subject in session.scalars(mine)):
        raise LinkedOtherwise
    other = account_of(session, issuer, message.subject)
    if other is not None and other.id == person.id:
        return
    if other is not None:
        if _used(session, other):
            raise LinkedOtherwise
        _move(session, other, person.id)
    else:
        session.add(Identity(account_id=person.id, issuer=issuer, subject=message.subject))
    audit.record(session, person, "link", "account", person.id, after={"issuer": issuer})


def join(
    session: Session, context: LtiContext, account: Account, role: str | None, sid: str | None = None, came: bool = True
) -> bool:
    """Notes that the account belongs to the platform's course, and enrols it in the course that this is here, if any;
    whether it was enrolled by this call. Who is enrolled already keeps their role: from then on the course's own list
    of people says it."""
    member = session.scalar(
        select(LtiMember).where(LtiMember.context_id == context.id, LtiMember.account_id == account.id)
    )
    if member is None:
        member = LtiMember(context_id=context.id, account_id=account.id)
        session.add(member)
    if came:
        member.came_at = now()
    if context.course_id is None or role is None:
        return False
    enrolled = enrolment.find(session, context.course_id, account.id)
    if enrolled is not None:
        enrolled.sid = enrolled.sid or sid
        return False
    session.add(Enrolment(course_id=context.course_id, account_id=account.id, role=role, sid=sid))
    after = {"role": role, "platform": context.platform.name}
    audit.record(session, as_person(account), "enrol", "person", account.id, context.course_id, after=after)
    return True


def as_person(account: Account) -> Person:
    """The account as the one who acts."""
    return Person(id=account.id, email=account.email, name=account.name, language=account.language)


def _used(session: Session, account: Account) -> bool:
    """Whether anything hangs on the account that another one cannot take over."""
    came = exists().where(LtiMember.account_id == account.id, LtiMember.came_at.is_not(None))
    acted = exists().where(Enrolment.account_id == account.id, Enrolment.role != STUDENT)
    if account.password_hash is not None or (session.scalar(select(came)) and session.scalar(select(acted))):
        return True
    tables = (Token, Invitation, Submission, Extension, Override)
    return any(session.scalar(select(exists().where(table.account_id == account.id))) for table in tables)


def _move(session: Session, unused: Account, account_id: int) -> None:
    """Lets the account take the place of one that nobody used."""
    enrolled = select(Enrolment.course_id).where(Enrolment.account_id == account_id)
    belongs = select(LtiMember.context_id).where(LtiMember.account_id == account_id)
    for twice in (
        delete(Enrolment).where(Enrolment.account_id == unused.id, Enrolment.course_id.in_(enrolled)),
        delete(LtiMember).where(LtiMember.account_id == unused.id, LtiMember.context_id.in_(belongs)),
        delete(LtiScore).where(LtiScore.account_id == unused.id),
    ):
        session.execute(twice)
    for table in (Enrolment, LtiMember, Identity, LtiLaunch, AuditEntry):
        session.execute(update(table).where(table.account_id == unused.id).values(account_id=account_id))
    session.delete(unused)
