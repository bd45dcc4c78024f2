"""Who is in a course, and as what. Every change is recorded, and a course never loses its last instructor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, insert, select, true
from sqlalchemy.orm import Session

from service import audit
from service.accounts import account_for, named
from service.authentication import Person
from service.language import _
from service.models import INSTRUCTOR, ROLES, STUDENT, Account, Course, Enrolment, Identity, Token

KNOWN = ("sid", "section", "canvas_id")
LAST_INSTRUCTOR = _("This is the course's only instructor. Make somebody else an instructor first.")


class LastInstructor(Exception):
    """Without this instructor the course would have none."""


class Member(NamedTuple):
    """Somebody in a course; `can_sign_in` by a password, an identity or a token."""

    account: Account
    enrolment: Enrolment
    can_sign_in: bool


def members(
    session: Session,
    course_id: int,
    account_id: int | None = None,
    search: str = "",
    page: int = 1,
    per_page: int | None = None,
) -> tuple[list[Member], int]:
    """Those in the course, all or who is looked for, instructors first, then by name; and how many there are on all
    pages."""
    where = and_(Enrolment.course_id == course_id, _is(account_id), known_as(course_id, search))
    can_sign_in = (
        Account.password_hash.is_not(None)
        | exists().where(Identity.account_id == Account.id)
        | exists().where(Token.account_id == Account.id, Token.revoked_at.is_(None))
    )
    rows = (
        select(Account, Enrolment, can_sign_in)
        .join(Enrolment, Enrolment.account_id == Account.id)
        .where(where)
        .order_by(*(Enrolment.role != role for role in reversed(ROLES)), Account.name, Account.id)
    )
    if per_page is not None:
        rows = rows.limit(per_page).offset((page - 1) * per_page)
    total = session.execute(select(func.count()).select_from(Enrolment).join(Account).where(where)).scalar_one()
    return [Member(*row) for row in session.execute(rows)], total


def known_as(course_id: int, part: str) -> ColumnElement[bool]:
    """The accounts with `part` in their name or address, or in their number or section in this course; all, where it
    is empty."""
    there = Enrolment.sid.icontains(part, autoescape=True) | Enrolment.section.icontains(part, autoescape=True)
    return named(part) | Account.id.in_(select(Enrolment.account_id).where(Enrolment.course_id == course_id, there))


def enrol(
    session: Session, actor: Person | None, course_id: int, account: Account, role: str, **known: str | None
) -> Enrolment:
    """The account's enrolment in the course: a new one with this role, or as far as its address tells who it is (see
    `by_address`). One that is there already keeps its role; what is `known` of KNOWN, and not None, is written into
    either."""
    lock(session, course_id)
    found = find(session, course_id, account.id)
    if found is not None:
        write(session, actor, found, **known)
        return found
    enrol_each(session, actor, course_id, [(account, role, known)])
    return session.scalars(_enrolment(course_id, account.id)).one()


def enrol_by_address(
    session: Session, actor: Person | None, course_id: int, email: str, name: str, role: str, **known: str | None
) -> Account:
    """Enrols whoever has this address, as `enrol` does: their account, which is made with the name if there is none."""
    lock(session, course_id)
    account, _ = account_for(session, actor, email, name)
    enrol(session, actor, course_id, account, role, **known)
    return account


def enrol_each(
    session: Session,
    actor: Person | None,
    course_id: int,
    people: Iterable[tuple[Account, str, Mapping[str, str | None]]],
) -> None:
    """The same of many, in two statements: none is in the course, which is locked. Each comes with a role, and what is
    known of them."""
    told = [
        (account.id, {"role": by_address(account, role), **{name: value for name, value in known.items() if value}})
        for account, role, known in people
    ]
    nothing = dict.fromkeys(KNOWN)
    if told:
        rows = [{"course_id": course_id, "account_id": number, **nothing, **after} for number, after in told]
        session.execute(insert(Enrolment), rows)
    audit.record_each(
        session, actor, "enrol", "person", course_id, [(number, {"after": after}) for number, after in told]
    )


def by_address(account: Account, role: str) -> str:
    """The role that an account may be given by its address alone: one that nobody vouches for may be somebody else's,
    and its holder is a student until a person who teaches there makes them more."""
    return STUDENT if account.address_unverified else role


def write(session: Session, actor: Person | None, enrolment: Enrolment, **known: str | None) -> None:
    """Writes what is `known` of KNOWN and not None; an empty text takes it away."""
    new = {name: value or None for name, value in known.items() if value is not None}
    audit.change(session, actor, "person", enrolment.account_id, enrolment.course_id, enrolment, new)


def change_role(session: Session, actor: Person | None, enrolment: Enrolment, role: str) -> None:
    """Of one found to be changed. Raises LastInstructor, and then nothing has changed."""
    if role == enrolment.role:
        return
    _keep_an_instructor(session, enrolment)
    audit.change(session, actor, "person", enrolment.account_id, enrolment.course_id, enrolment, {"role": role})


def remove(session: Session, actor: Person | None, enrolment: Enrolment) -> None:
    """Takes somebody, found to be changed, out of the course; what they handed in stays. Raises LastInstructor."""
    _keep_an_instructor(session, enrolment)
    session.delete(enrolment)
    audit.record(
        session, actor, "remove", "person", enrolment.account_id, enrolment.course_id, before={"role": enrolment.role}
    )


def remove_students(session: Session, actor: Person | None, course_id: int, account_ids: Sequence[int]) -> None:
    """Takes students out of the course, which is locked, in two statements; what they handed in stays."""
    session.execute(delete(Enrolment).where(Enrolment.course_id == course_id, Enrolment.account_id.in_(account_ids)))
    told = [(number, {"before": {"role": STUDENT}}) for number in account_ids]
    audit.record_each(session, actor, "remove", "person", course_id, told)


def find(session: Session, course_id: int, account_id: int) -> Enrolment | None:
    """The account's enrolment in the course."""
    return session.scalar(_enrolment(course_id, account_id))


def find_to_change(session: Session, course_id: int, account_id: int) -> Enrolment | None:
    """The same, with the course's people locked."""
    lock(session, course_id)
    return find(session, course_id, account_id)


def instructors(session: Session, course_id: int) -> Sequence[int]:
    """The account ids of the course's instructors."""
    return session.scalars(
        select(Enrolment.account_id).where(Enrolment.course_id == course_id, Enrolment.role == INSTRUCTOR)
    ).all()


def lock(session: Session, course_id: int) -> None:
    """One change at a time to a course, its people, and which assignments it has. Whoever makes accounts as well, or
    changes assignments, locks first: two who do so in another order would wait for one another. What refers to the
    course otherwise does not wait (`key_share`)."""
    session.execute(select(Course.id).where(Course.id == course_id).with_for_update(key_share=True))


def _keep_an_instructor(session: Session, enrolment: Enrolment) -> None:
    if list(instructors(session, enrolment.course_id)) == [enrolment.account_id]:
        raise LastInstructor


def _enrolment(course_id: int, account_id: int) -> Select[Enrolment]:
    return select(Enrolment).where(Enrolment.course_id == course_id, Enrolment.account_id == account_id)


def _is(account_id: int | None) -> ColumnElement[bool]:
    return true() if account_id is None else Enrolment.account_id == account_id
