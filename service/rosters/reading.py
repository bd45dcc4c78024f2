"""Reading a roster: which of the known forms it has is told by its header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.accounts import NotAPerson, email_of, name_of, one_line, shown
from service.models import ASSISTANT, INSTRUCTOR, STUDENT
from service.rosters.problems import Problem, RosterRefused

LARGEST_BYTES, LARGEST_ROWS, LONGEST_CELL = 1024 * 1024, 5_000, 100
FORMS = ("own", "gradescope", "canvas")
REQUIRED: Mapping[str, frozenset[str]] = {
    "gradescope": frozenset({"first name", "last name", "email"}),
    "canvas": frozenset({"student", "id", "sis login id"}),
    "own": frozenset({"name", "email"}),
}
SECTION = {"own": "section", "gradescope": "sections", "canvas": "section"}
SID = {"own": "sid", "gradescope": "sid", "canvas": "sis user id"}
ROLE_WORDS: Mapping[str, str] = {
    "": STUDENT,
    "student": STUDENT,
    "assistant": ASSISTANT,
    "ta": ASSISTANT,
    "reader": ASSISTANT,
    "instructor": INSTRUCTOR,
    "teacher": INSTRUCTOR,
}


@dataclass(frozen=True)
class Row:
    """Somebody in a roster. `email` is "" where Canvas tells another login, `login`."""

    number: int
    email: str
    name: str
    role: str
    sid: str = ""
    section: str = ""
    canvas_id: str = ""
    login: str = ""


@dataclass(frozen=True)
class Roster:
    """A roster that can be understood; `form` is one of FORMS."""

    form: str
    rows: tuple[Row, ...]


def read(content: bytes) -> Roster:
    """The roster in a file: CSV in UTF-8, separated by commas, semicolons or tabs. Raises RosterRefused."""
    header, lines = _table(content)
    form = _form(header)
    rows: list[Row] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    having_sid: dict[str, int] = {}
    for number, cells in lines:
        if len(cells) > len(header) and any(cells[len(header) :]):
            problems.append(Problem("too_many_cells", number))
            continue
        record = dict(zip(header, cells, strict=False))
        if _nobody(form, record):
            continue
        row, wrong = _row(form, number, record)
        problems += wrong
        key = row.email or row.canvas_id
        if key and first.setdefault(key, number) != number:
            problems.append(Problem("twice", number, {"first": first[key]}))
        elif row.sid and having_sid.setdefault(row.sid, number) != number:
            problems.append(Problem("sid_twice", number, {"sid": row.sid, "first": having_sid[row.sid]}))
        rows.append(row)
    if not rows and not problems:
        problems.append(Problem("empty"))
    if problems:
        raise RosterRefused(problems)
    return Roster(form, tuple(rows))


def _table(content: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header's names in small letters, and the rows that are not empty, with their numbers."""
    if len(content) > LARGEST_BYTES:
        raise RosterRefused([Problem("too_large")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RosterRefused([Problem("not_utf8", content[: error.start].count(b"\n") + 1)]) from None
    start = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=start.count), strict=True)
    try:
        filled = [(number, [_plain(cell) for cell in cells]) for number, cells in enumerate(reader, 1) if any(cells)]
    except csv.Error:
        raise RosterRefused([Problem("not_csv", reader.line_num)]) from None
    if not filled:
        raise RosterRefused([Problem("empty")])
    if len(filled) - 1 > LARGEST_ROWS:
        raise RosterRefused([Problem("too_many", None, {"most": LARGEST_ROWS})])
    header = [name.lower() for name in filled[0][1]]
    twice = [name for name in dict.fromkeys(header) if name and header.count(name) > 1]
    if twice:
        raise RosterRefused([Problem("column_twice", filled[0][0], {"column": shown(name)}) for name in twice])
    return header, filled[1:]


def _plain(cell: str) -> str:
    """Without blanks around it, and without the apostrophe that keeps a spreadsheet from calculating."""
    text = one_line(cell)
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "＝", "＋", "－", "＠") else text


def _form(header: Sequence[str]) -> str:
    for form, required in REQUIRED.items():
        if required <= set(header):
            return form
    raise RosterRefused([Problem("unknown_header", 1, {"header": shown(", ".join(header))})])


def _nobody(form: str, record: Mapping[str, str]) -> bool:
    """Rows of Canvas's gradebook that are no people: what is possible, how it is posted, and its test student."""
    if form != "canvas":
        return False
    student = record["student"]
    no_login = not record.get("sis login id") and not record.get("email")
    return not student or student == "Points Possible" or (student == "Student, Test" and no_login)


def _row(form: str, number: int, record: Mapping[str, str]) -> tuple[Row, list[Problem]]:
    problems: list[Problem] = []
    email = login = ""
    given = record.get("email") or (record["sis login id"] if form == "canvas" else "")
    try:
        email = email_of(given)
    except NotAPerson:
        if form == "canvas" and given and not record.get("email"):
            login = given
        else:
            problems.append(Problem("bad_email" if given else "no_email", number, {"email": shown(given)}))
    name = ""
    try:
        name = name_of(_name(form, record))
    except NotAPerson:
        problems.append(Problem("bad_name", number))
    role = ROLE_WORDS.get(record.get("role", "").lower()) if form != "canvas" else STUDENT
    if role is None:
        problems.append(Problem("bad_role", number, {"role": shown(record["role"])}))
    cells = {
        "sid": record.get(SID[form], ""),
        "section": record.get(SECTION[form], "") or record.get("section", ""),
        "canvas_id": record["id"] if form == "canvas" else "",
    }
    problems += [Problem("bad_cell", number, {"column": column}) for column in _unprintable(cells)]
    return Row(number, email, name, role or STUDENT, **cells, login=login), problems


def _unprintable(cells: Mapping[str, str]) -> Iterator[str]:
    return (name for name, text in cells.items() if len(text) > LONGEST_CELL or not text.isprintable())


def _name(form: str, record: Mapping[str, str]) -> str:
    if form == "gradescope":
        return f"{record['first name']} {record['last name']}"
    if form == "canvas":
        last, comma, rest = record["student"].partition(",")
        return f"{rest} {last}" if comma else last
    return record["name"]
