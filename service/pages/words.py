"""What pages say of people: their roles, and what is wrong with what somebody typed."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from service.accounts import NotAPerson
from service.models import ASSISTANT, INSTRUCTOR, STUDENT
from service.passwords import LONGEST, SHORTEST, PasswordRefused

ROLES: Mapping[str, LazyString] = {
    STUDENT: lazy_gettext("Student"),
    ASSISTANT: lazy_gettext("Assistant"),
    INSTRUCTOR: lazy_gettext("Instructor"),
}


def password_problem(refused: PasswordRefused) -> LazyString:
    """What to change in a password."""
    if refused.code == "too_short":
        return lazy_gettext("A password has %(least)s characters or more. Several words are good.", least=SHORTEST)
    if refused.code == "too_long":
        return lazy_gettext("A password has %(most)s characters or fewer.", most=LONGEST)
    return lazy_gettext("This cannot be a password. Choose something else.")


def person_problem(error: NotAPerson) -> LazyString:
    """What to change in an address or a name."""
    if error.field == "email":
        return lazy_gettext("This is not an e-mail address.")
    return lazy_gettext("The name is missing, too long, or cannot be printed.")
