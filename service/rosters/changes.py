"""What a roster changes in a course: planned first, so that it can be looked at, and then done as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from service import audit
from service.accounts import accounts_for, find_accounts
from service.authentication import Person
from service.enrolment import KNOWN, by_address, enrol_each, lock, members, remove_students
from service.models import ROLES, STUDENT, Account, Enrolment
from service.rosters.problems import Problem, RosterRefused
from service.rosters.reading import Roster, Row

ADD, CHANGE, SAME, REMOVE = "add", "change", "same", "remove"


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
    return _plan(session, _Course(session, course_id), roster, remove_missing)


def apply(session: Session, actor: Person | None, course_id: int, roster: Roster, remove_missing: bool = False) -> Plan:
    """Does what `plan` says, in the session's transaction: in a few statements, however long the roster is, as others
    wait meanwhile. Raises RosterRefused, and then nothing has changed."""
    lock(session, course_id)
    inside = _Course(session, course_id)
    made = _plan(session, inside, roster, remove_missing)
    rows = {row.number: row for row in roster.rows}
    accounts, _ = accounts_for(session, actor, {step.email: step.name for step in made.having(ADD)})
    new = [(accounts[step.email], step.role, _known(rows[step.row or 0])) for step in made.having(ADD)]
    enrol_each(session, actor, course_id, new)
    changed = [_change(inside.by_email[step.email][1], step) for step in made.having(CHANGE)]
    audit.record_each(session, actor, "change", "person", course_id, changed)
    gone = [inside.by_email[step.email][0].id for step in made.having(REMOVE)]
    if gone:
        remove_students(session, actor, course_id, gone)
    return made


def _plan(session: Session, inside: _Course, roster: Roster, remove_missing: bool) -> Plan:
    problems: list[Problem] = []
    steps: list[Step] = []
    seen: dict[str, int] = {}
    accounts = find_accounts(session, [row.email for row in roster.rows if row.email])
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


class _Course:
    """Those in the course, to be found by what a row says of them."""

    def __init__(self, session: Session, course_id: int) -> None:
        self.people = [(member.account, member.enrolment) for member in members(session, course_id)[0]]
        self.by_email = {account.email: (account, enrolment) for account, enrolment in self.people}
        self._by_canvas = {enrolment.canvas_id: (account, enrolment) for account, enrolment in self.people}
        self._by_sid = {enrolment.sid: (account, enrolment) for account, enrolment in self.people}

    def find(self, row: Row) -> tuple[Account, Enrolment] | None:
        """By the address; where the roster has none, by Canvas's number or the school's."""
        if row.email:
            return self.by_email.get(row.email)
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
    listed, row = row.role, replace(row, role=by_address(account, row.role))
    changes = dict(_changes(row, enrolment))
    lower = ROLES.index(row.role) < ROLES.index(enrolment.role)
    role = enrolment.role if lower else row.role
    told = listed if listed != role else None
    return Step(CHANGE if changes else SAME, email, account.name, role, row.number, changes, told)


def _change(enrolment: Enrolment, step: Step) -> tuple[int, Mapping[str, Any]]:
    before, after = audit.set_values(enrolment, {name: new for name, (_, new) in step.changes.items()})
    return enrolment.account_id, {"before": before, "after": after}


def _known(row: Row) -> Mapping[str, str | None]:
    return {name: getattr(row, name) or None for name in KNOWN}


def _changes(row: Row, enrolment: Enrolment) -> Iterator[tuple[str, tuple[str | None, str]]]:
    if ROLES.index(row.role) > ROLES.index(enrolment.role):
        yield "role", (enrolment.role, row.role)
    for name in KNOWN:
        was, new = getattr(enrolment, name), getattr(row, name)
        if new and new != was:
            yield name, (was, new)
