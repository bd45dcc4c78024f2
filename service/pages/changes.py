"""An entry of the log in words: a sentence that says who did what to whom, and what each value was and became.

Entries hold numbers and the names of columns; what they stand for is looked up for a page of them at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from flask_babel import LazyString, gettext, lazy_gettext
from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Account, Assignment, AuditEntry, Extension
from service.pages.presentation import exercise_title, in_zone, percent, visible
from service.pages.words import CHOICES, COSTS, FIELDS, ROLES
from service.personal import GONE

SENTENCES: Mapping[tuple[str, str], LazyString] = {
    ("course", "create"): lazy_gettext("%(who)s made this course."),
    ("course", "change"): lazy_gettext("%(who)s changed the settings of the course."),
    ("course", "take roster"): lazy_gettext("%(who)s took over the roster of a learning platform."),
    ("assignment", "create"): lazy_gettext("%(who)s handed out %(assignment)s."),
    ("assignment", "change"): lazy_gettext("%(who)s changed how %(assignment)s is handed out."),
    ("assignment", "delete"): lazy_gettext("%(who)s deleted %(assignment)s."),
    ("extension", "create"): lazy_gettext("%(who)s gave %(whom)s an extension in %(assignment)s."),
    ("extension", "change"): lazy_gettext("%(who)s changed the extension of %(whom)s in %(assignment)s."),
    ("extension", "delete"): lazy_gettext("%(who)s withdrew the extension of %(whom)s in %(assignment)s."),
    ("override", "create"): lazy_gettext("%(who)s gave %(whom)s a grade in %(assignment)s."),
    ("override", "change"): lazy_gettext("%(who)s changed the grade given to %(whom)s in %(assignment)s."),
    ("override", "withdraw"): lazy_gettext("%(who)s withdrew the grade given to %(whom)s in %(assignment)s."),
    ("exercise", "create"): lazy_gettext("%(who)s wrote the exercise %(exercise)s."),
    ("exercise", "change"): lazy_gettext("%(who)s changed the exercise %(exercise)s."),
    ("join code", "create"): lazy_gettext("%(who)s made a join code."),
    ("join code", "withdraw"): lazy_gettext("%(who)s withdrew a join code."),
    ("person", "enrol"): lazy_gettext("%(who)s enrolled %(whom)s."),
    ("person", "change"): lazy_gettext("%(who)s changed what the course knows of %(whom)s."),
    ("person", "remove"): lazy_gettext("%(who)s took %(whom)s out of the course."),
    ("regrade", "create"): lazy_gettext("%(who)s had submissions graded again."),
    ("submissions", "erase"): lazy_gettext("%(who)s erased what was handed in; the grades stay."),
    ("platform course", "connect"): lazy_gettext("%(who)s connected the course with one of a learning platform."),
    ("platform course", "disconnect"): lazy_gettext("%(who)s disconnected the course from one of a learning platform."),
}
_JOINED = lazy_gettext("%(who)s joined the course.")
_SAID = {"account_id": "%(whom)s", "assignment_id": "%(assignment)s", "name": "%(exercise)s"}  # by the sentence
_OURS = {"id", "course_id", "created_at", "digest"}  # tells people nothing
_TIMES = {"release_at", "due_at", "late_until", "expires_at", "course_over_before"}

_Row = TypeVar("_Row", Account, Assignment, Extension)


class Detail(NamedTuple):
    """One value that an entry tells: what it `was` and what it `became`, None where the entry tells only one."""

    name: str
    was: str | None
    became: str | None


@dataclass(frozen=True)
class Known:
    """What the numbers in some entries stand for, by kind. A number may have been another row's before this row was
    made: then it is not what an older entry meant."""

    accounts: Mapping[int, Account]
    assignments: Mapping[int, Assignment]
    extensions: Mapping[int, Extension]


def known(session: Session, entries: Sequence[AuditEntry]) -> Known:
    """What the entries' numbers stand for, in one query for each kind."""
    extensions = _rows(session, Extension, [entry.number for entry in entries if entry.kind == "extension"])
    about = Known({}, {}, extensions)
    accounts = _rows(session, Account, [_subject(entry, "account_id", about) for entry in entries])
    assignments = _rows(session, Assignment, [_subject(entry, "assignment_id", about) for entry in entries])
    return Known(accounts, assignments, extensions)


def sentence(entry: AuditEntry, about: Known) -> Markup:
    """Who did what to whom, in which assignment."""
    who = visible(entry.account.name) if entry.account else gettext("A command on the server")
    said = _sentence(entry)
    if said is None:
        return escape(visible(f"{who}: {entry.kind} {entry.number}, {entry.action}"))
    names = {
        "whom": _person(_subject(entry, "account_id", about), entry, about),
        "assignment": _assignment(_subject(entry, "assignment_id", about), entry, about),
        "exercise": entry.details.get("name") or "",
    }
    strong = {place: Markup("<strong>{}</strong>").format(visible(name)) for place, name in names.items()}
    return Markup(escape(str(said))) % {"who": who, **strong}


def details(entry: AuditEntry, about: Known, zone: str) -> Iterator[Detail]:
    """What the sentence does not say; times on the clocks of `zone`."""
    told, said = entry.details, str(_sentence(entry) or "")
    before, after = told.get("before") or {}, told.get("after") or {}
    skipped = {*_OURS, "before", "after", *(name for name, place in _SAID.items() if place in said)}

    def shown(name: str, value: Any) -> str:
        return visible(_value(name, value, entry, about, zone))

    for name, value in told.items():
        if name not in skipped and not _nothing(value):
            yield Detail(_label(name), None, shown(name, value))
    for name in dict.fromkeys([*before, *after]):
        was, became = before.get(name), after.get(name)
        changed = was != became if before and after else not (_nothing(was) and _nothing(became))
        if changed and name not in skipped:
            yield Detail(_label(name), shown(name, was) if before else None, shown(name, became) if after else None)


def _nothing(value: Any) -> bool:
    return value is None or value is False or value == ""


def _rows(session: Session, table: type[_Row], numbers: Sequence[int | None]) -> dict[int, _Row]:
    wanted = {number for number in numbers if number is not None}
    return {row.id: row for row in session.scalars(select(table).where(table.id.in_(wanted)))} if wanted else {}


def _meant(rows: Mapping[int, _Row], number: int | None, entry: AuditEntry) -> _Row | None:
    row = rows.get(number) if number is not None else None
    return row if row is not None and row.created_at <= entry.at else None


def _subject(entry: AuditEntry, name: str, about: Known) -> int | None:
    """The number of the account or assignment that the entry is about."""
    if entry.kind == {"account_id": "person", "assignment_id": "assignment"}[name]:
        return entry.number
    told = [entry.details, entry.details.get("after") or {}, entry.details.get("before") or {}]
    found = next((each[name] for each in told if isinstance(each.get(name), int)), None)
    if found is None and entry.kind == "extension":
        extension = _meant(about.extensions, entry.number, entry)
        return getattr(extension, name) if extension else None
    return found


def _sentence(entry: AuditEntry) -> LazyString | None:
    if (entry.kind, entry.action) == ("person", "enrol") and entry.account_id == entry.number:
        return _JOINED
    return SENTENCES.get((entry.kind, entry.action))


def _person(number: int | None, entry: AuditEntry, about: Known) -> str:
    account = _meant(about.accounts, number, entry)
    return account.name if account else str(gettext("somebody"))


def _assignment(number: int | None, entry: AuditEntry, about: Known) -> str:
    """Its title, which an entry tells itself where the assignment is gone."""
    assignment = _meant(about.assignments, number, entry)
    if assignment is not None:
        return exercise_title(assignment.exercise, assignment.title)
    told = {**(entry.details.get("before") or {}), **(entry.details.get("after") or {})}
    return exercise_title(told.get("exercise", ""), told.get("title")) or gettext(
        "an assignment that is not known any more"
    )


def _label(name: str) -> str:
    return str(FIELDS.get(name, name))


def _value(name: str, value: Any, entry: AuditEntry, about: Known, zone: str) -> str:
    match value:
        case None | "":
            return "–"
        case bool():
            return str(gettext("yes") if value else gettext("no"))
        case dict():
            parts = {part: _value(part, inner, entry, about, zone) for part, inner in value.items()}
            return "; ".join(f"{_label(part)}: {shown}" for part, shown in parts.items())
        case list():
            return ", ".join(_value(name, each, entry, about, zone) for each in value)
        case int() | float():
            return _number(name, value, entry, about)
        case str():
            return _text(name, value, zone)
    return json.dumps(value, ensure_ascii=False)


def _number(name: str, value: float, entry: AuditEntry, about: Known) -> str:
    if name == "account_id":
        return _person(int(value), entry, about)
    if name == "assignment_id":
        return _assignment(int(value), entry, about)
    return percent(value) if name in ("lost", *COSTS) else f"{value:g}"


def _text(name: str, value: str, zone: str) -> str:
    if value == GONE:
        return str(gettext("deleted"))
    if name in _TIMES:
        try:
            return in_zone(datetime.fromisoformat(value), zone)
        except ValueError:
            return value
    if name == "exercise":
        return exercise_title(value)
    if name == "interfaces" and value == "symbols":
        return str(gettext("derivatives in symbols"))
    words = ROLES if name == "role" else CHOICES.get(name, {})
    return str(words.get(value, value))
