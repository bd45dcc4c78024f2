"""What pages say of people, of what is written about courses, and of what is wrong with what somebody typed."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from service.accounts import NotAPerson
from service.deadlines import DAY, HOUR, ONCE
from service.models import (
    ASSISTANT,
    BEST,
    EVERYTHING,
    FULL,
    INSTRUCTOR,
    LAST,
    NONE,
    NOTHING,
    STUDENT,
    VERDICTS,
    WORKED,
)
from service.passwords import LONGEST, SHORTEST, PasswordRefused

ROLES: Mapping[str, LazyString] = {
    STUDENT: lazy_gettext("Student"),
    ASSISTANT: lazy_gettext("Assistant"),
    INSTRUCTOR: lazy_gettext("Instructor"),
}

_SHOWN: Mapping[str, LazyString] = {
    EVERYTHING: lazy_gettext("everything"),
    VERDICTS: lazy_gettext("what is right and wrong, and the points"),
    NOTHING: lazy_gettext("nothing"),
}
CHOICES: Mapping[str, Mapping[str, LazyString]] = {
    "shown_before": _SHOWN,
    "shown_after": _SHOWN,
    "practice": {
        FULL: lazy_gettext("is graded in full"),
        WORKED: lazy_gettext("is checked on the worked example only"),
        NONE: lazy_gettext("is refused"),
    },
    "counts": {BEST: lazy_gettext("the best"), LAST: lazy_gettext("the last")},
    "per": {
        DAY: lazy_gettext("each day begun"),
        HOUR: lazy_gettext("each hour begun"),
        ONCE: lazy_gettext("being late at all"),
    },
    "follow_through": {
        "full": lazy_gettext("full marks"),
        "half": lazy_gettext("half the marks"),
        "none": lazy_gettext("no marks"),
    },
}
COSTS: Mapping[str, LazyString] = {
    "float32": lazy_gettext("Computed in float32"),
    "epsilon": lazy_gettext("An epsilon in a logarithm or quotient"),
    "convention": lazy_gettext("Another honest convention"),
    "numerical_derivative": lazy_gettext("A numerical derivative"),
}
FIELDS: Mapping[str, LazyString] = {
    "title": lazy_gettext("Title"),
    "zone": lazy_gettext("Time zone"),
    "limits": lazy_gettext("What a run of a submission may use"),
    "wall_seconds": lazy_gettext("Seconds"),
    "cpu_seconds": lazy_gettext("Seconds of computing"),
    "memory_mib": lazy_gettext("Memory in MiB"),
    "output_kib": lazy_gettext("Output in KiB"),
    "exercise": lazy_gettext("Exercise"),
    "points": lazy_gettext("Points"),
    "archived": lazy_gettext("The course is archived"),
    "variants": lazy_gettext("Every student has a variant of their own"),
    "release_at": lazy_gettext("Released"),
    "due_at": lazy_gettext("Due"),
    "late_until": lazy_gettext("Taken until"),
    "late_policy": lazy_gettext("What a late one loses"),
    "lost": lazy_gettext("Part of the points"),
    "per": lazy_gettext("for"),
    "max_attempts": lazy_gettext("Attempts"),
    "cool_down": lazy_gettext("Seconds between two"),
    "counts": lazy_gettext("Which one counts"),
    "policy": lazy_gettext("What is not quite a mistake"),
    "follow_through": lazy_gettext("Right, given an earlier mistake, earns"),
    **COSTS,
    "interfaces": lazy_gettext("Ways to hand in that are taken"),
    "shown_before": lazy_gettext("What students see of their reports until it is closed for them"),
    "shown_after": lazy_gettext("What students see of their reports afterwards"),
    "practice": lazy_gettext("Practice on this exercise while it is open"),
    "more_attempts": lazy_gettext("More attempts"),
    "comment": lazy_gettext("Comment"),
    "score": lazy_gettext("Points"),
    "role": lazy_gettext("Role"),
    "sid": lazy_gettext("Number"),
    "section": lazy_gettext("Section"),
    "canvas_id": lazy_gettext("Number in Canvas"),
    "expires_at": lazy_gettext("Holds until"),
    "version": lazy_gettext("Version"),
    "platform": lazy_gettext("Learning platform"),
    "listed": lazy_gettext("People listed"),
    "enrolled": lazy_gettext("New in the course"),
    "submissions": lazy_gettext("Submissions"),
    "course_over_before": lazy_gettext("The course was over before"),
    "submission_id": lazy_gettext("Submission"),
    "account_id": lazy_gettext("Student"),
    "assignment_id": lazy_gettext("Assignment"),
    "outdated": lazy_gettext("Only what was not graded with the present version of its exercise"),
    "reason": lazy_gettext("Reason"),
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
