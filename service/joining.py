"""Join codes: whoever has a course's code enrols as a student, with the account they are signed in to or a new one."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from service import audit
from service.accounts import account_for
from service.authentication import Person
from service.enrolment import enrol, lock
from service.models import STUDENT, Account, Course, JoinCode, now

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like another
LENGTH = 10  # 31 to the 10th: nobody guesses one


class AddressTaken(Exception):
    """This address cannot be registered: it has an account."""


def make_code(session: Session, actor: Person, course_id: int, expires_at: datetime | None) -> JoinCode:
    """A new code of the course, beside those that it has."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    made = JoinCode(course_id=course_id, code=code, expires_at=expires_at)
    session.add(made)
    session.flush()
    audit.record(session, actor, "create", "join code", made.id, course_id, after={"expires_at": expires_at})
    return made


def codes_of(session: Session, course_id: int) -> list[JoinCode]:
    """The course's codes that hold, the newest first."""
    codes = select(JoinCode).where(JoinCode.course_id == course_id, _holds())
    return list(session.scalars(codes.order_by(JoinCode.id.desc())))


def withdraw(session: Session, actor: Person, course_id: int, code_id: int) -> bool:
    """Makes a code worthless; whether the course had it."""
    code = session.scalar(select(JoinCode).where(JoinCode.id == code_id, JoinCode.course_id == course_id, _holds()))
    if code is None:
        return False
    code.withdrawn_at = now()
    audit.record(session, actor, "withdraw", "join code", code.id, course_id)
    return True


def course_of(session: Session, code: str) -> Course | None:
    """The course that a code leads to, as somebody typed it; None if it does not hold."""
    wanted = normal_code(code)
    found = session.execute(
        select(Course).join(JoinCode, JoinCode.course_id == Course.id).where(JoinCode.code == wanted, _holds())
    ).scalar_one_or_none()
    return found if wanted else None


def join(session: Session, person: Person, course: Course) -> str:
    """Enrols the person; the role that they have in the course, which is their old one if they were in it before."""
    return enrol(session, person, course.id, session.get_one(Account, person.id), STUDENT).role


def register(session: Session, course: Course, email: str, name: str, password_hash: str) -> Account:
    """A new account, enrolled in the course. Raises AddressTaken; then nothing has changed, and an account that
    somebody made for this address is not taken over."""
    lock(session, course.id)
    account, made = account_for(session, None, email, name)
    if not made:
        raise AddressTaken
    account.password_hash = password_hash
    account.address_unverified = True
    enrol(session, None, course.id, account, STUDENT)
    return account


def normal_code(text: str) -> str:
    """A code as it is stored, however it was typed; nothing where it cannot be one."""
    code = "".join(text.split()).replace("-", "").upper()
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""


def _holds() -> ColumnElement[bool]:
    return and_(JoinCode.withdrawn_at.is_(None), or_(JoinCode.expires_at.is_(None), JoinCode.expires_at > now()))
