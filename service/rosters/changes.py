"""What a roster changes in a course: planned first, so that it can be looked at, and then done as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts import Person
from service.enrolment import KNOWN, by_address, change_role, enrol, lock, members, remove, write
from service.models import ROLES, STUDENT, Account, Enrolment
from service.people import account_for
from service.rosters.problems import Problem, RosterRefused
from service.rosters.reading import Roster, Row

ADD, CHANGE, SAME, REMOVE = "add", "change", "same", "remove"
AT_ONCE = 500  # addresses in one query


@dataclass(frozen=True)
class Step:
    """What becomes of one person: `action` is "add", "change", "same" or "remove", and `role` theirs afterwards (when
    removed: before). `changes` are what is known of them, what it was and what it will be. `listed_role` is that of the
    roster where they do not get it: it is lower than the one they keep, or too much for their address alone.
    `new_account` says that one is made."""

    action: str
    email: str
    name: str
    role: str
    row: int | None = None
    changes: Mapping[str, tuple[str | None, str]] = field(default_factory=dict)
    listed_role: str | None = None
    new_account: bool = False


@dataclass(frozen=True)
class Plan:
    """All that applying a roster does."""

    steps: tuple[Step, ...]

    def having(self, action: str) -> list[Step]:
        """The steps with this action."""
        return [step for step in self.steps if step.action == action]

    @property
    def changes_nothing(self) -> bool:
        """Whether the course is as the roster has it."""
        return all(step.action == SAME for step in self.steps)


def plan(session: Session, course_id: int, roster: Roster, remove_missing: bool = False) -> Plan:
    """What `apply` would do; with `remove_missing`, students who are not in the roster are taken out of the course.
    Raises RosterRefused."""
    inside = _Course(session, course_id)
    problems: list[Problem] = []
    steps: list[Step] = []
    seen: dict[str, int] = {}
    accounts = _accounts(session, [row.email for row in roster.rows if row.email])
    for row in roster.rows:
        found = inside.find(row)
        email = row.email or (found[0].email if found else "")
        other = inside.having_sid(row)
        if not email:
            problems.append(Problem("login_is_no_address", row.number, {"login": row.login}))
        elif other is not None and other.email != email:
            problems.append(Problem("sid_of_another", row.number, {"sid": row.sid, "email": other.email}))
        elif seen.setdefault(email, row.number) != row.number:
            problems.append(Problem("twice", row.number, {"first": seen[email]}))
        else:
            steps.append(_step(row, email, found, accounts.get(email)))
    if problems:
        raise RosterRefused(problems)
    if remove_missing:
        steps += [
            Step(REMOVE, account.email, account.name, STUDENT)
            for account, enrolment in inside.people
            if enrolment.role == STUDENT and account.email not in seen
        ]
    return Plan(tuple(steps))


def apply(session: Session, actor: Person | None, course_id: int, roster: Roster, remove_missing: bool = False) -> Plan:
    """Does what `plan` says, in the session's transaction. Raises RosterRefused, and then nothing has changed."""
    lock(session, course_id)
    made = plan(session, course_id, roster, remove_missing)
    known = {row.number: row for row in roster.rows}
    inside = {account.email: enrolment for account, enrolment in _Course(session, course_id).people}
    for step in made.steps:
        if step.action == REMOVE:
            remove(session, actor, inside[step.email])
        elif step.action == ADD:
            account, _ = account_for(session, actor, step.email, step.name)
            row = known[step.row or 0]
            enrol(session, actor, course_id, account, step.role, **{name: getattr(row, name) or None for name in KNOWN})
        elif step.action == CHANGE:
            write(session, actor, inside[step.email], **{k: new for k, (_, new) in step.changes.items() if k in KNOWN})
            change_role(session, actor, inside[step.email], step.role)
    return made


class _Course:
    """Those in the course, to be found by what a row says of them."""

    def __init__(self, session: Session, course_id: int) -> None:
        self.people = [(member.account, member.enrolment) for member in members(session, course_id)[0]]
        self._by_email = {account.email: (account, enrolment) for account, enrolment in self.people}
        self._by_canvas = {enrolment.canvas_id: (account, enrolment) for account, enrolment in self.people}
        self._by_sid = {enrolment.sid: (account, enrolment) for account, enrolment in self.people}

    def find(self, row: Row) -> tuple[Account, Enrolment] | None:
        """By the address; where the roster has none, by Canvas's number or the school's."""
        if row.email:
            return self._by_email.get(row.email)
        return (self._by_canvas.get(row.canvas_id) if row.canvas_id else None) or (
            self._by_sid.get(row.sid) if row.sid else None
        )

    def having_sid(self, row: Row) -> Account | None:
        """Who has the row's number in this course."""
        found = self._by_sid.get(row.sid) if row.sid else None
        return found[0] if found else None


def _step(row: Row, email: str, found: tuple[Account, Enrolment] | None, account: Account | None) -> Step:
    if found is None:
        role = by_address(account, row.role) if account else row.role
        return Step(
            ADD, email, account.name if account else row.name, role, row.number, new_account=account is None,
            listed_role=row.role if role != row.role else None,
        )  # fmt: skip
    account, enrolment = found
    row = replace(row, role=by_address(account, row.role))
    changes = dict(_changes(row, enrolment))
    lower = ROLES.index(row.role) < ROLES.index(enrolment.role)
    return Step(
        CHANGE if changes else SAME,
        email,
        account.name,
        enrolment.role if lower else row.role,
        row.number,
        changes,
        row.role if lower else None,
    )


def _changes(row: Row, enrolment: Enrolment) -> Iterator[tuple[str, tuple[str | None, str]]]:
    if ROLES.index(row.role) > ROLES.index(enrolment.role):
        yield "role", (enrolment.role, row.role)
    for name in KNOWN:
        was, new = getattr(enrolment, name), getattr(row, name)
        if new and new != was:
            yield name, (was, new)


def _accounts(session: Session, emails: list[str]) -> dict[str, Account]:
    found: dict[str, Account] = {}
    for start in range(0, len(emails), AT_ONCE):
        some = emails[start : start + AT_ONCE]
        found |= {account.email: account for account in session.scalars(select(Account).where(Account.email.in_(some)))}
    return found
