"""What can be wrong with a roster, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import LazyString, lazy_gettext

WORDS: Mapping[str, LazyString] = {
    "too_large": lazy_gettext("The file is larger than 1 MiB. A roster is a table of text: save it as CSV."),
    "not_utf8": lazy_gettext("The file is not UTF-8. In Excel, save it as “CSV UTF-8 (Comma delimited)”."),
    "not_csv": lazy_gettext("This is not CSV: a quotation mark is open or in the wrong place."),
    "empty": lazy_gettext("There is nobody in the file."),
    "too_many": lazy_gettext("There are more than %(most)s rows."),
    "unknown_header": lazy_gettext(
        "The header is not known. It has at least the columns name and email; or First Name, Last Name and Email "
        "(Gradescope); or Student, ID and SIS Login ID (Canvas). Here it is: %(header)s"
    ),
    "column_twice": lazy_gettext("The column %(column)s is there twice."),
    "too_many_cells": lazy_gettext("This row has more cells than the header."),
    "bad_email": lazy_gettext("%(email)s is not an e-mail address."),
    "no_email": lazy_gettext("The e-mail address is missing."),
    "login_is_no_address": lazy_gettext(
        "The SIS Login ID %(login)s is not an e-mail address, and nobody in the course has this Canvas ID or SIS User "
        "ID. Add a column Email with the addresses."
    ),
    "bad_name": lazy_gettext("The name is missing, too long, or cannot be printed."),
    "bad_role": lazy_gettext("%(role)s is not a role: student, assistant (TA) or instructor."),
    "bad_cell": lazy_gettext("%(column)s is longer than 100 characters, or cannot be printed."),
    "twice": lazy_gettext("The same person stands in row %(first)s."),
    "sid_twice": lazy_gettext("The number %(sid)s stands in row %(first)s too. Everybody has another one."),
    "sid_of_another": lazy_gettext("The number %(sid)s belongs to %(email)s in this course."),
}


@dataclass(frozen=True)
class Problem:
    """What is wrong in a row, counted as a spreadsheet does from 1, the header's; None: with the whole file."""

    code: str
    row: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


class RosterRefused(ValueError):
    """A roster that is not taken, with all its problems; nothing has changed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


def in_words(problem: Problem) -> str:
    """What is wrong and what to change, in the reader's language."""
    return str(WORDS[problem.code]) % problem.parameters
