"""Whose account a launch is. Somebody of a platform is known by its issuer and the subject, and by nothing else: an
e-mail address that an account has already gives nobody that account, unless they sign in to it and say so."""

from __future__ import annotations

import secrets

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from service import audit
from service.accounts import Person, make_account, normal_email
from service.lti.messages import Message
from service.models import (
    Account,
    AuditEntry,
    Enrolment,
    Extension,
    Identity,
    LtiContext,
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
    """Whether this person may still say that an account they have is theirs: they have none from the platform, or one
    that a roster brought and nobody used."""
    account = account_of(session, issuer, subject)
    return account is None or not _used(session, account)


def make_account_of(
    session: Session, issuer: str, subject: str, name: str, email: str | None, language: str | None
) -> Account:
    """The account of this person, made if there is none. Its address is theirs, unless an account has that."""
    found = account_of(session, issuer, subject)
    if found is not None:
        return found
    free = email and session.scalar(select(Account.id).where(Account.email == normal_email(email))) is None
    address = email if email and free else f"{secrets.token_hex(8)}@{NOWHERE}"
    account = make_account(session, address, name or subject[:200], language)
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
    where = (Enrolment.course_id == context.course_id, Enrolment.account_id == account.id)
    enrolment = session.scalar(select(Enrolment).where(*where))
    if enrolment is not None:
        enrolment.sid = enrolment.sid or sid
        return False
    session.add(Enrolment(course_id=context.course_id, account_id=account.id, role=role, sid=sid))
    after = {"role": role, "platform": context.platform.name}
    audit.record(session, as_person(account), "enrol", "person", account.id, context.course_id, after=after)
    return True


def as_person(account: Account) -> Person:
    """The account as the one who acts."""
    return Person(id=account.id, email=account.email, name=account.name, language=account.language)


def _used(session: Session, account: Account) -> bool:
    ways = (
        exists().where(LtiMember.account_id == account.id, LtiMember.came_at.is_not(None)),
        *(exists().where(table.account_id == account.id) for table in (Token, Submission, Extension, Override)),
    )
    return account.password_hash is not None or any(session.scalar(select(way)) for way in ways)


def _move(session: Session, unused: Account, account_id: int) -> None:
    """Lets the account take the place of one that nobody used."""
    for table, place in ((Enrolment, "course_id"), (LtiMember, "context_id")):
        theirs = set(session.scalars(select(getattr(table, place)).where(table.account_id == account_id)))
        for row in session.scalars(select(table).where(table.account_id == unused.id)).all():
            if getattr(row, place) in theirs:
                session.delete(row)
            else:
                row.account_id = account_id
    for table in (Identity, LtiScore, AuditEntry):
        session.execute(update(table).where(table.account_id == unused.id).values(account_id=account_id))
    session.flush()
    session.delete(unused)
