"""Writing a course's people in each of the forms that can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Response

from service import spreadsheets
from service.enrolment import Member
from service.models import ASSISTANT, INSTRUCTOR, STUDENT
from service.spreadsheets import Cell, to_csv

GRADESCOPE_ROLES = {STUDENT: "Student", ASSISTANT: "TA", INSTRUCTOR: "Instructor"}


def write(people: Iterable[Member], form: str) -> bytes:
    """The people as a file in `form`, one of FORMS; Canvas's knows students only."""
    return to_csv({"own": _own, "gradescope": _gradescope, "canvas": _canvas}[form](people))


def as_file(people: Iterable[Member], form: str) -> Response:
    """The same, to be kept as a file."""
    return spreadsheets.as_file(f"roster-{form}.csv", write(people, form))


def _own(people: Iterable[Member]) -> Iterator[list[Cell]]:
    yield ["name", "email", "role", "sid", "section"]
    for account, enrolment, _ in people:
        yield [account.name, account.email, enrolment.role, enrolment.sid, enrolment.section]


def _gradescope(people: Iterable[Member]) -> Iterator[list[Cell]]:
    yield ["First Name", "Last Name", "SID", "Email", "Role", "Sections"]
    for account, enrolment, _ in people:
        first, last = _split(account.name)
        role = GRADESCOPE_ROLES[enrolment.role]
        yield [first, last, enrolment.sid, account.email, role, enrolment.section]


def _canvas(people: Iterable[Member]) -> Iterator[list[Cell]]:
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    for account, enrolment, _ in people:
        if enrolment.role == STUDENT:
            first, last = _split(account.name)
            name = f"{last}, {first}" if first else last
            yield [name, enrolment.canvas_id, enrolment.sid, account.email, enrolment.section]


def _split(name: str) -> tuple[str, str]:
    """The last word is the last name: read again, the name is the same."""
    first, _, last = name.rpartition(" ")
    return first, last
