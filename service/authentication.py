"""Who is asking: bearer tokens for programs, sessions for browsers, roles by course.

A `Person` is what the rest works with: a reading of the account and its enrolments at the time of the request.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Flask, Request, current_app, g, request
from flask import session as browser_session
from flask_login import LoginManager, UserMixin, current_user, login_user
from flask_wtf import CSRFProtect
from sqlalchemy import Executable, bindparam, select
from sqlalchemy.orm import Session

from service import logs
from service.database import looking_up, reading
from service.models import ASSISTANT, INSTRUCTOR, Account, Enrolment, Token, now
from service.passwords import fingerprint, fits

csrf = CSRFProtect()


@dataclass(frozen=True, eq=False)
class Person(UserMixin):
    """Somebody signed in. `roles` maps the id of each course they are enrolled in to their role there; `stamp` is
    another one with every new password, and a session holds only as long as its own is the present one. One that began
    with a token, `token_id`, holds only as long as that does."""

    id: int
    email: str
    name: str
    language: str | None
    roles: Mapping[int, str] = field(default_factory=dict)
    administrator: bool = False
    stamp: str = ""
    token_id: int | None = None

    def get_id(self) -> str:
        """What a session keeps of this person."""
        return f"{self.id}.{self.stamp}.{self.token_id or ''}"

    @property
    def teaches(self) -> frozenset[int]:
        """The courses where they are an instructor: they hand out, enrol people and decide."""
        return frozenset(course for course, role in self.roles.items() if role == INSTRUCTOR)

    @property
    def grades(self) -> frozenset[int]:
        """The courses where they see what everybody handed in, and grade: as an instructor or an assistant."""
        return frozenset(course for course, role in self.roles.items() if role in (ASSISTANT, INSTRUCTOR))


def register(app: Flask) -> None:
    """Sessions and CSRF protection for `app`. A session is bound to the account; a bearer token is looked up at every
    request, so that a revoked one is refused at once."""
    csrf.init_app(app)
    login = LoginManager()
    login.login_view = "pages.sign_in"
    login.login_message = None
    login.session_protection = None
    login.user_loader(_by_session)
    login.init_app(app)


def asking() -> Person | None:
    """The person who sent this request: by its token, or where it has no Authorization header by its session."""
    if "asking" not in g:
        g.asking = by_bearer(request) if "Authorization" in request.headers else signed_in()
        if g.asking is not None:
            logs.note(account=g.asking.id)
    found: Person | None = g.asking
    return found


def signed_in() -> Person | None:
    """The person whose browser sent this request, if any."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def start_session(person: Person) -> None:
    """Signs the person in in this browser, in a session of its own; the chosen language stays."""
    language = browser_session.get("language")
    browser_session.clear()
    if language:
        browser_session["language"] = language
    login_user(person)
    g.pop("asking", None)


def forget_person() -> None:
    """From here on this request is nobody's: without the database nobody can be known."""
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined] # where Flask-Login keeps it


def by_bearer(request: Request) -> Person | None:
    """The person whose token is in the request's Authorization header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return by_token(token.strip()) if scheme.lower() == "bearer" else None


def by_token(token: str) -> Person | None:
    """The person to whom `token` belongs, unless it was revoked."""
    with looking_up() as session:
        return _person(session, _BY_TOKEN, fingerprint(token))


def by_password(email: str, password: str) -> Person | None:
    """The person with this address and password. An unknown address takes as long as a wrong password."""
    if not email.isprintable():
        return None
    with reading() as session:
        row = session.execute(
            select(Account.id, Account.password_hash).where(Account.email == normal_email(email))
        ).one_or_none()
    right = fits(row.password_hash if row is not None else None, password)
    return by_id(row.id) if row is not None and right else None


def make_token(session: Session, account: Account, name: str) -> str:
    """A new token of `account`, to be shown once: only its hash is kept."""
    token = f"gg_{secrets.token_urlsafe(32)}"
    session.add(Token(account_id=account.id, hash=fingerprint(token), name=name))
    return token


def revoke_token(session: Session, token: str) -> bool:
    """Makes `token` worthless; whether there was anything to revoke."""
    row = session.scalar(select(Token).where(Token.hash == fingerprint(token), Token.revoked_at.is_(None)))
    if row is None:
        return False
    row.revoked_at = now()
    return True


def tokens_of(session: Session, account_id: int) -> list[Token]:
    """The account's tokens that hold, the newest first."""
    tokens = select(Token).where(Token.account_id == account_id, Token.revoked_at.is_(None))
    return list(session.scalars(tokens.order_by(Token.id.desc())))


def normal_email(email: str) -> str:
    """The form in which addresses are stored and compared."""
    return email.strip().lower()


def by_id(account_id: int) -> Person:
    """The person with this account, which exists."""
    with looking_up() as session:
        person = person_of(session, account_id)
    assert person is not None
    return person


def person_of(session: Session, account_id: int) -> Person | None:
    """The same, as `session` has it."""
    return _person(session, _BY_NUMBER, account_id)


def _by_session(kept: str) -> Person | None:
    number, _, token = [*kept.split("."), "", ""][:3]
    which, value = (_BY_TOKEN_ID, token) if token else (_BY_NUMBER, number)
    if not value.isdecimal():
        return None
    with looking_up() as session:
        person = _person(session, which, int(value))
    return person if person is not None and person.get_id() == kept else None


def _person(session: Session, which: Executable, value: object) -> Person | None:
    """Read in one query, which every request makes: a row for each enrolment, or one without."""
    rows = session.execute(which, {"value": value}).all()
    if not rows:
        return None
    roles = {row.course_id: row.role for row in rows if row.role is not None}
    first = rows[0]
    stamp = fingerprint(first.password_hash or "")[:16]
    token_id = first._mapping.get("token_id")
    return Person(first.id, first.email, first.name, first.language, roles, first.administrator, stamp, token_id)


# Put together once: to do so for every request costs as much as the database's answer.
_READ = select(
    Account.id,
    Account.email,
    Account.name,
    Account.language,
    Account.administrator,
    Account.password_hash,
    Enrolment.course_id,
    Enrolment.role,
).outerjoin(Enrolment, Enrolment.account_id == Account.id)
_BY_NUMBER = _READ.where(Account.id == bindparam("value"))
_BY_HELD_TOKEN = (
    _READ.add_columns(Token.id.label("token_id"))
    .join(Token, Token.account_id == Account.id)
    .where(Token.revoked_at.is_(None))
)
_BY_TOKEN = _BY_HELD_TOKEN.where(Token.hash == bindparam("value"))
_BY_TOKEN_ID = _BY_HELD_TOKEN.where(Token.id == bindparam("value"))
