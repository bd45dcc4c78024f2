"""What somebody does with their own account: sign in to it or register it, change its password, make tokens."""

from __future__ import annotations

from flask import request
from sqlalchemy.orm import Session

from service import audit, joining
from service.accounts import LONGEST_EMAIL
from service.authentication import Person, by_id, by_password, make_token, normal_email, tokens_of
from service.database import writing
from service.models import Account, Course, Token, now
from service.passwords import chosen
from service.throttle import REGISTRATIONS, Guesses, throttle

MOST_TOKENS = 50


class WrongPassword(Exception):
    """The password is not that of the account, or the account has none."""


class TooManyTokens(Exception):
    """So many tokens of the account hold that it gets no more: some can be revoked first."""


def sign_in(email: str, password: str) -> Person:
    """The person with this address and password. Raises WrongPassword, and TooMany where that happened too often."""
    guesses = Guesses(normal_email(email)[:LONGEST_EMAIL], request.remote_addr or "")
    guesses.check()
    person = by_password(email, password)
    if person is None:
        guesses.wrong()
        raise WrongPassword
    guesses.right()
    return person


def register(course: Course, email: str, name: str, password: str) -> Person:
    """A new account that is enrolled in the course. Raises PasswordRefused, AddressTaken, and TooMany where that
    happened too often."""
    address = request.remote_addr or ""
    guesses = Guesses(email, address)
    guesses.check()
    throttle().count(REGISTRATIONS, "registrations", address)
    password_hash = chosen(password, email)
    try:
        with writing() as session:
            account = joining.register(session, course, email, name, password_hash)
    except joining.AddressTaken:
        guesses.wrong()
        raise
    return by_id(account.id)


def change_password(person: Person, old: str, new: str) -> Person:
    """Gives the account another password, which ends all its sessions; the person to begin a new one with. Raises
    WrongPassword, TooMany, PasswordRefused."""
    sign_in(person.email, old)
    new_hash = chosen(new, person.email)
    with writing() as session:
        session.get_one(Account, person.id).password_hash = new_hash
        audit.record(session, person, "set password", "account", person.id, by="password")
    return by_id(person.id)


def make_own_token(person: Person, name: str) -> tuple[Token, str]:
    """A new token, and its text, to be shown once. Raises TooManyTokens."""
    with writing() as session:
        if len(tokens_of(session, person.id)) >= MOST_TOKENS:
            raise TooManyTokens
        text = make_token(session, session.get_one(Account, person.id), name)
        session.flush()
        made = tokens_of(session, person.id)[0]
        audit.record(session, person, "create", "token", made.id, after={"name": name})
        return made, text


def revoke_own_token(session: Session, person: Person, token_id: int) -> bool:
    """Makes one of the person's tokens worthless; whether it was theirs, and held."""
    token = next((token for token in tokens_of(session, person.id) if token.id == token_id), None)
    if token is None:
        return False
    token.revoked_at = now()
    audit.record(session, person, "revoke", "token", token.id)
    return True
