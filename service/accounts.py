"""Accounts: found, made by somebody for somebody else or for themself, and what an address and a name have to be."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from marshmallow import ValidationError, validate
from sqlalchemy import ColumnElement, insert, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import audit
from service.authentication import Person, normal_email
from service.database import paged
from service.models import Account, Invitation, now
from service.passwords import hashed

LONGEST_EMAIL, LONGEST_NAME = 254, 200

_is_email = validate.Email()


class NotAPerson(ValueError):
    """An address or a name that cannot be one: `field` is "email" or "name", the message says what to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class AccountExists(Exception):
    """There is an account with this address."""


class LastAdministrator(Exception):
    """Without this one there would be no administrator."""


def email_of(text: str) -> str:
    """The address as it is stored and compared. Raises NotAPerson."""
    email = normal_email(text)
    if not email:
        raise NotAPerson("email", "The e-mail address is missing.")
    try:
        _is_email(email)
        email.encode()
    except (ValidationError, UnicodeEncodeError):
        raise NotAPerson("email", f"{shown(text)} is not an e-mail address.") from None
    if len(email) > LONGEST_EMAIL or not email.isprintable():
        raise NotAPerson("email", f"{shown(text)} is not an e-mail address.")
    return email


def name_of(text: str) -> str:
    """The name on one line, its blanks single. Raises NotAPerson."""
    name = one_line(text)
    if not name:
        raise NotAPerson("name", "The name is missing.")
    if len(name) > LONGEST_NAME:
        raise NotAPerson("name", f"The name is longer than {LONGEST_NAME} characters.")
    if not all(character.isprintable() for character in name):
        raise NotAPerson("name", f"The name {shown(name)} has characters that cannot be printed.")
    return name


def one_line(text: str) -> str:
    """The text without line breaks, its blanks single, its characters composed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def find_account(session: Session, email: str) -> Account | None:
    """The account with this address."""
    return session.scalar(select(Account).where(Account.email == normal_email(email)))


def make_account(session: Session, email: str, name: str, language: str | None = None, password: str = "") -> Account:
    """A new account, in `session`; without a password it signs in by token only."""
    account = Account(email=normal_email(email), name=name, language=language)
    if password:
        account.password_hash = hashed(password)
    session.add(account)
    session.flush()
    return account


def account_for(session: Session, actor: Person | None, email: str, name: str) -> tuple[Account, bool]:
    """The account with this address, and whether it was made by this call. One that exists stays as it is."""
    email = normal_email(email)
    accounts, made = accounts_for(session, actor, {email: name})
    return accounts[email], email in made


def accounts_for(
    session: Session, actor: Person | None, names: Mapping[str, str]
) -> tuple[dict[str, Account], frozenset[str]]:
    """The accounts with these addresses, as they are stored, and which of them were made by this call, with their
    names: in a few statements, however many there are."""
    found = find_accounts(session, names)
    missing = [{"email": email, "name": name} for email, name in sorted(names.items()) if email not in found]
    if not missing:
        return found, frozenset()
    try:
        with session.begin_nested():
            made = {account.email: account for account in session.scalars(insert(Account).returning(Account), missing)}
    except IntegrityError:  # somebody made one of them at the same moment
        return accounts_for(session, actor, names)
    told = [(account.id, {"after": {"email": account.email, "name": account.name}}) for account in made.values()]
    audit.record_each(session, actor, "create", "account", None, told)
    return found | made, frozenset(made)


def find_accounts(session: Session, emails: Iterable[str]) -> dict[str, Account]:
    """Those of the addresses, as they are stored, that have an account."""
    return {account.email: account for account in session.scalars(select(Account).where(Account.email.in_(emails)))}


def named(part: str) -> ColumnElement[bool]:
    """The accounts with `part` in their name or address; all, where it is empty."""
    fits = Account.name.icontains(part, autoescape=True) | Account.email.icontains(part, autoescape=True)
    return fits if part else true()


def all_accounts(session: Session, search: str = "", page: int = 1, per_page: int = 50) -> tuple[list[Account], int]:
    """One page of the accounts whose name or address has `search` in it, by name; and how many there are."""
    rows = select(Account).where(named(search)).order_by(Account.name, Account.id)
    found, total = paged(session, rows, page, per_page)
    return list(found.scalars()), total


def new_account(session: Session, actor: Person, email: str, name: str, administrator: bool = False) -> Account:
    """A new account. Raises AccountExists."""
    account, made = account_for(session, actor, email, name)
    if not made:
        raise AccountExists
    set_administrator(session, actor, account, administrator)
    return account


def correct(session: Session, actor: Person | None, account: Account, email: str, name: str) -> None:
    """Gives an account another address or name, both as `email_of` and `name_of` answer them. For another address
    whoever gives it vouches, and who was invited at the old one is not any more. Raises AccountExists."""
    new: dict[str, str | bool] = {"email": email, "name": name}
    if email != account.email:
        open_ones = (Invitation.account_id == account.id) & Invitation.used_at.is_(None)
        session.execute(update(Invitation).where(open_ones).values(used_at=now()))
        new["address_unverified"] = False
    try:
        with session.begin_nested():
            before, after = audit.set_values(account, new)
            session.flush()
    except IntegrityError:
        raise AccountExists from None
    if after:
        audit.record(session, actor, "change", "account", account.id, before=before, after=after)


def lock(session: Session, account_id: int) -> None:
    """One at a time takes an account over, says whose it is, hands in with it, or deletes it."""
    session.execute(select(Account.id).where(Account.id == account_id).with_for_update(key_share=True))


def set_administrator(session: Session, actor: Person | None, account: Account, administrator: bool) -> None:
    """Makes the account an administrator's, or no longer one. Raises LastAdministrator."""
    if account.administrator == administrator:
        return
    all_of_them = select(Account.id).where(Account.administrator).order_by(Account.id)
    everyone = session.scalars(all_of_them.with_for_update(key_share=True)).all()
    if list(everyone) == [account.id]:
        raise LastAdministrator
    account.administrator = administrator
    audit.record(
        session, actor, "change", "account", account.id,
        before={"administrator": not administrator}, after={"administrator": administrator},
    )  # fmt: skip


def shown(text: str) -> str:
    """What somebody sent, as a message quotes it: short, and without what cannot be printed."""
    short = "".join(character if character.isprintable() else "·" for character in text[:80])
    return f"“{short}{'…' if len(text) > 80 else ''}”"
