"""Accounts that somebody makes for somebody else, or for themself: what an address and a name have to be."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from marshmallow import ValidationError, validate
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import audit
from service.accounts import Person, normal_email
from service.models import Account

LONGEST_EMAIL, LONGEST_NAME = 254, 200

_is_email = validate.Email()


class NotAPerson(ValueError):
    """An address or a name that cannot be one: `field` is "email" or "name", the message says what to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


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
    missing = [{"email": email, "name": name} for email, name in names.items() if email not in found]
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


def shown(text: str) -> str:
    """What somebody sent, as a message quotes it: short, and without what cannot be printed."""
    short = "".join(character if character.isprintable() else "·" for character in text[:80])
    return f"“{short}{'…' if len(text) > 80 else ''}”"
