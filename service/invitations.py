"""Invitations: an address, good once and for two weeks, where somebody chooses the password of their account.

Whoever holds the address gets the account, so it is made only for those who may hand it out: the administrator for
anybody; an instructor for those in their own courses who never could sign in. It holds only as long as its author
still may hand the account out: one that teaches elsewhere by now, or administers, is not theirs any more. That somebody
is a student elsewhere as well takes no invitation away.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import ColumnElement, CursorResult, and_, exists, or_, select, true, update
from sqlalchemy.orm import Session, aliased

from service import audit
from service.accounts import lock
from service.authentication import Person, person_of
from service.language import _
from service.models import STUDENT, Account, Enrolment, Identity, Invitation, Token, now
from service.passwords import fingerprint

VALID = timedelta(days=14)

NOT_INVITABLE = _(
    "This account can sign in, was invited by an administrator, or is in a course that you do not teach. "
    "Only an administrator may invite it."
)
NOT_THEIRS = _(
    "This account can sign in, was invited by an administrator, or is in a course that you do not teach. "
    "Only an administrator may change its name or address."
)


def make_invitation(session: Session, actor: Person | None, account: Account, public_url: str) -> str:
    """The address of a new invitation to the account, below the service's own, to be shown once: only the hash of its
    secret is kept. Those made before stay good."""
    secret = secrets.token_urlsafe(32)
    author_id = actor.id if actor else None
    session.add(
        Invitation(account_id=account.id, author_id=author_id, hash=fingerprint(secret), expires_at=now() + VALID)
    )
    audit.record(session, actor, "invite", "account", account.id)
    return f"{public_url}/invitations/{secret}"


def invitable(session: Session, person: Person, account_ids: Iterable[int]) -> list[Account]:
    """Those of the accounts that the person may hand an invitation to: an administrator to all. Of others: who has no
    password, identity or token, is no administrator, was invited by none, and is in no course that the person does not
    teach: an invitation never takes an account over."""
    accounts = select(Account).where(Account.id.in_(account_ids), true() if person.administrator else _new_to(person))
    return list(session.scalars(accounts.order_by(Account.name, Account.id)))


def invited(session: Session, secret: str) -> Account | None:
    """Whose password the secret sets; None for one that is not known, was used, has expired, or does not hold any
    more."""
    found = session.scalar(select(Invitation).where(_good(secret)))
    if found is None:
        return None
    if found.author_id is None:
        return session.get_one(Account, found.account_id)
    author = person_of(session, found.author_id)
    if author is None:
        return None
    theirs = true() if author.administrator else _new_to(author, Enrolment.role != STUDENT)
    return session.scalar(select(Account).where(Account.id == found.account_id, theirs))


def accept(session: Session, secret: str, password_hash: str) -> Account | None:
    """Uses the secret up and sets the password, which ends all sessions and all other invitations of the account."""
    account = invited(session, secret)
    if account is None:
        return None
    lock(session, account.id)
    used = session.execute(update(Invitation).where(_good(secret)).values(used_at=now()))
    if not isinstance(used, CursorResult) or used.rowcount != 1:  # somebody else was faster by a moment
        return None
    others = update(Invitation).where(Invitation.account_id == account.id, Invitation.used_at.is_(None))
    session.execute(others.values(used_at=now()))
    account.password_hash = password_hash
    audit.record(session, None, "set password", "account", account.id, by="invitation")
    return account


def to_correct(session: Session, person: Person, account_id: int) -> Account | None:
    """The account, if its name and address are the person's to correct: whoever may hand an invitation to it. Nobody
    accepts one meanwhile."""
    lock(session, account_id)
    return next(iter(invitable(session, person, [account_id])), None)


def _new_to(person: Person, *forbidden: ColumnElement[bool]) -> ColumnElement[bool]:
    """`forbidden` says which enrolments in other courses there must not be; by default any."""
    elsewhere = exists().where(
        Enrolment.account_id == Account.id, Enrolment.course_id.not_in(person.teaches), *forbidden
    )
    inside = exists().where(Enrolment.account_id == Account.id, Enrolment.course_id.in_(person.teaches))
    identity = exists().where(Identity.account_id == Account.id)
    token = exists().where(Token.account_id == Account.id)
    administrator = aliased(Account)
    administrators = select(administrator.id).where(administrator.administrator)
    by_administrator = exists().where(
        Invitation.account_id == Account.id,
        or_(Invitation.author_id.is_(None), Invitation.author_id.in_(administrators)),
    )
    return and_(
        Account.password_hash.is_(None),
        Account.administrator.is_(False),
        *(~found for found in (identity, token, elsewhere, by_administrator)),
        inside,
    )


def _good(secret: str) -> ColumnElement[bool]:
    return and_(Invitation.hash == fingerprint(secret), Invitation.used_at.is_(None), Invitation.expires_at > now())
