"""Whose account a launch is. Somebody of a platform is known by its issuer and the subject, and by nothing else: an
e-mail address that an account has already gives nobody that account, unless they sign in to it and say so."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import audit
from service.accounts import find_accounts
from service.authentication import Person, normal_email
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
    LtiPlatform,
    LtiScore,
    Override,
    Submission,
    Token,
    now,
)

NOWHERE = "lti.invalid"  # where nobody has a mailbox (RFC 2606)


class LinkedOtherwise(Exception):
    """The account is somebody else's of the same platform, or this person has used another account already."""


class Somebody(NamedTuple):
    """One of a platform's people, as it tells of them."""

    subject: str
    name: str
    email: str | None
    language: str | None = None


class Arrival(NamedTuple):
    """An account that belongs to a platform's course: its role there (None: none that counts here), and the number
    that the school knows it by."""

    account: Account
    role: str | None
    sid: str | None


def one_by_one(session: Session, issuer: str) -> None:
    """Until the transaction ends nobody else of the platform is let in: who comes twice at once, or while the roster is
    taken over, gets one account and is enrolled once."""
    held = select(LtiPlatform.id).where(LtiPlatform.issuer == issuer).order_by(LtiPlatform.id)
    session.execute(held.with_for_update(key_share=True))


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


def make_accounts_of(
    session: Session, issuer: str, everybody: Sequence[Somebody], actor: Person | None = None
) -> dict[str, Account]:
    """The accounts of these people of the platform, by subject; made where there are none, by each themself or by
    `actor`. Somebody's address is theirs, unless an account has it. In a few statements, however many they are."""
    known = select(Identity.subject, Account).join(Account, Identity.account_id == Account.id)
    theirs = (Identity.issuer == issuer, Identity.subject.in_([somebody.subject for somebody in everybody]))
    found = {subject: account for subject, account in session.execute(known.where(*theirs))}
    new = {somebody.subject: somebody for somebody in everybody if somebody.subject not in found}
    taken = set(find_accounts(session, [normal_email(one.email) for one in new.values() if one.email]))
    rows = {subject: _account(somebody, taken) for subject, somebody in new.items()}
    if not rows:
        return found
    in_order = sorted(rows.values(), key=lambda row: row["email"])  # as whoever else makes some of them
    try:
        with session.begin_nested():
            accounts = session.scalars(insert(Account).returning(Account), in_order)
            by_address = {account.email: account for account in accounts}
    except IntegrityError:  # somebody made an account with one of the addresses at the same moment
        return make_accounts_of(session, issuer, everybody, actor)
    made = {subject: by_address[row["email"]] for subject, row in rows.items()}
    identities = [{"account_id": one.id, "issuer": issuer, "subject": subject} for subject, one in made.items()]
    session.execute(insert(Identity), identities)
    told = [(one, {"email": one.email, "name": one.name, "issuer": issuer}) for one in made.values()]
    _record(session, actor, "create", "account", None, told)
    return found | made


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
    session: Session, context: LtiContext, arrivals: Sequence[Arrival], came: bool = True, actor: Person | None = None
) -> int:
    """Notes that these accounts belong to the platform's course, and enrols them in the course that this is here, if
    any, each themself or by `actor`; how many were enrolled by this call. Who is enrolled already keeps their role:
    from then on the course's own list of people says it. That course is locked."""
    numbers, course_id = [arrival.account.id for arrival in arrivals], context.course_id
    members = (LtiMember.context_id == context.id, LtiMember.account_id.in_(numbers))
    belong = set(session.scalars(select(LtiMember.account_id).where(*members)))
    new = [{"context_id": context.id, "account_id": number} for number in numbers if number not in belong]
    if new:
        session.execute(insert(LtiMember), new)
    if came:
        session.execute(update(LtiMember).where(*members).values(came_at=now()))
    if course_id is None:
        return 0
    listed = select(Enrolment).where(Enrolment.course_id == course_id, Enrolment.account_id.in_(numbers))
    enrolled = {one.account_id: one for one in session.scalars(listed)}
    for account, _, sid in arrivals:
        if account.id in enrolled:
            enrolled[account.id].sid = enrolled[account.id].sid or sid
    joining = [one for one in arrivals if one.role is not None and one.account.id not in enrolled]
    rows = [{"course_id": course_id, "account_id": a.id, "role": role, "sid": sid} for a, role, sid in joining]
    if rows:
        session.execute(insert(Enrolment), rows)
    told = [(one.account, {"role": one.role, "platform": context.platform.name}) for one in joining]
    _record(session, actor, "enrol", "person", course_id, told)
    return len(joining)


def as_person(account: Account) -> Person:
    """The account as the one who acts."""
    return Person(id=account.id, email=account.email, name=account.name, language=account.language)


def _account(somebody: Somebody, taken: set[str]) -> dict[str, Any]:
    """What the account for somebody is made of, whose address is `taken` from now on."""
    address = normal_email(somebody.email) if somebody.email else ""
    theirs = bool(address) and address not in taken
    email = address if theirs else f"{secrets.token_hex(8)}@{NOWHERE}"
    taken.add(email)
    name = somebody.name or somebody.subject[:200]
    return {"email": email, "name": name, "language": somebody.language, "address_unverified": theirs}


def _record(
    session: Session,
    actor: Person | None,
    action: audit.Action,
    kind: audit.Kind,
    course_id: int | None,
    told: Sequence[tuple[Account, Mapping[str, Any]]],
) -> None:
    """Records what came of each account, by `actor` or by themself."""
    if actor is not None:
        audit.record_each(session, actor, action, kind, course_id, [(one.id, {"after": after}) for one, after in told])
        return
    for account, after in told:
        audit.record(session, as_person(account), action, kind, account.id, course_id, after=after)


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
