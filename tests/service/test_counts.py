"""What the service asks its database, in counts that do not depend on the machine's mood.

They are the same for one submission as for several of several people: nothing is asked row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from pprint import pformat

import pytest
from flask.testing import FlaskClient

from service.worker import Grader
from tests.service.conftest import Parts
from tests.service.grading_again import a_grader
from tests.service.statements import counted

SOURCE = Path(__file__).parents[1] / "submissions" / "two-layer" / "derivative_at_the_wrong_variable.py"
API = "/api/v1"

# By what it is for: transactions that write, transactions that read, and the statements in them all.
EXPECTED = {
    "a hand-in": (1, 3, 8),
    "grading it": (2, 0, 6),
    "a report, waited for": (0, 2, 2),
    "a report, looked at": (0, 2, 10),  # one of them for a grade that was given by hand
    "a report, to who teaches": (0, 2, 10),
    "overview": (0, 2, 15),
    "what the overview asks every 5 s": (0, 2, 9),
    "class": (0, 2, 13),
    "mistakes": (0, 2, 5),
    "submissions": (0, 2, 6),
    "grades": (0, 2, 9),
    "gradebook, to a program": (0, 2, 7),
}
TELLS = (
    "Fewer is a gain: write it into the table. More is time that everybody waits: find where it comes from; if it "
    "buys something worth that, change the table in the same commit, and say there what it buys. All in all it is"
)


@pytest.mark.parametrize("place", ["embedded"], indirect=True)
def test_nothing_asks_the_database_for_more_than_it_did(parts: Parts) -> None:
    with a_grader(parts) as grader:
        asked(parts, grader, ["student"])  # what is asked once in the life of a process
        first = asked(parts, grader, ["student"])
        assert first == EXPECTED, f"{TELLS}\n{pformat(first, sort_dicts=False)}"
        assert asked(parts, grader, ["classmate", "student", "classmate"]) == first, "something is asked for each row"


def asked(parts: Parts, grader: Grader, people: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """What is sent to the database when the last of `people` hands in, and for pages about all that was handed in."""
    body = {"kind": "code", "source": SOURCE.read_text("utf-8")}
    assignment = parts.school.assignments["two-layer"]
    browsers = {who: signed_in(parts, who) for who in ("student", "classmate", "instructor")}
    web = counted(parts.app.extensions["gradient_grader_database"].engine)
    worker = counted(parts.database.engine)
    found: dict[str, tuple[int, int, int]] = {}
    number = 0

    def count(what: str, sent: list[str], work: Callable[[], object]) -> None:
        sent.clear()
        work()
        writes, reads = sent.count("BEGIN IMMEDIATE"), sent.count("BEGIN")
        found[what] = (writes, reads, len(sent) - writes - reads)

    def hand_in(who: str) -> None:
        nonlocal number
        number = parts.direct(who).post(f"{API}/assignments/{assignment}/submissions", body).json["id"]

    def get(who: str, path: str) -> None:
        if path.startswith(API):
            assert parts.direct(who).get(path).status == 200
        else:
            assert browsers[who].get(path).status_code == 200

    for who in people:
        count("a hand-in", web, partial(hand_in, who))
        count("grading it", worker, lambda: grader.grade(number))
    course = f"/courses/{parts.school.course}"
    for what, asker, path in (
        ("a report, waited for", people[-1], f"{API}/submissions/{number}?wait=10"),
        ("a report, looked at", people[-1], f"/submissions/{number}"),
        ("a report, to who teaches", "instructor", f"/submissions/{number}"),
        ("overview", "instructor", course),
        ("what the overview asks every 5 s", "instructor", f"{course}/live"),
        ("class", "instructor", f"{course}/class?assignment={assignment}"),
        ("mistakes", "instructor", f"{course}/mistakes"),
        ("submissions", "instructor", f"{course}/submissions"),
        ("grades", "instructor", f"{course}/grades"),
        ("gradebook, to a program", "instructor", f"{API}{course}/gradebook"),
    ):
        get(asker, path)  # once is not counted
        count(what, web, partial(get, asker, path))
    return found


def signed_in(parts: Parts, who: str) -> FlaskClient:
    browser = parts.app.test_client()
    assert browser.get(f"/sign-in/{parts.school.tokens[who]}").status_code == 303
    return browser
