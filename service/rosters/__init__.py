"""Rosters: who is in a course, as a table. Read in the columns of this service, of Gradescope and of Canvas; compared
with the course, so that it can be seen what would change; applied as a whole or not at all; and written again.

A roster adds people and fills in what is known of them. It takes no role away, changes no name, and removes students
only where that is asked for.
"""

from service.rosters.changes import Plan, Step, apply, plan
from service.rosters.problems import Problem, RosterRefused, in_words
from service.rosters.reading import FORMS, Roster, Row, read
from service.rosters.writing import as_file

__all__ = [
    "FORMS",
    "Plan",
    "Problem",
    "Roster",
    "RosterRefused",
    "Row",
    "Step",
    "apply",
    "as_file",
    "in_words",
    "plan",
    "read",
]
