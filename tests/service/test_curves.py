"""The numerical check over the API: only of entries whose exact value is shown, or whose derivative nobody asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import Code, Limits, Report, Sandbox, Symbols, catalogue, grade, trial_set
from service.models import EVERYTHING, GRADED, NOTHING, VERDICTS, Account, Assignment, StoredReport, Submission
from tests.service.client import Answer, assert_error
from tests.service.conftest import Embedded, Parts, make_parts

SUBMISSIONS = Path(__file__).parents[1] / "submissions"
SWAPPED = Code("dfdx = x\ndfdy = x\n")


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """The school, of which no process runs."""
    place = Embedded(tmp_path_factory.mktemp("school"))
    with make_parts(place, tmp_path_factory.mktemp("parts")) as parts:
        yield parts


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Limits()) as one:
        yield one


def graded(exercise: str, submission: Code | Symbols, sandbox: Sandbox) -> Report:
    found = catalogue()[exercise]
    return grade(found, submission, trial_set(found, b"tests", 0), sandbox)


def keep(school: Parts, exercise: str, report: Report | None, shown: str = EVERYTHING) -> int:
    """Stores a submission of the student's; its number."""
    with school.database.writing() as session:
        assignment = session.get_one(Assignment, school.school.assignments[exercise])
        assignment.shown_before = shown
        student = session.query(Account).filter_by(email="student@example.org").one()
        attempt = 1 + session.query(Submission).filter_by(account_id=student.id, assignment_id=assignment.id).count()
        made = Submission(
            assignment_id=assignment.id, account_id=student.id, attempt=attempt, exercise=exercise, kind="code",
            payload={"source": ""}, trial_set=0, status=GRADED,
        )  # fmt: skip
        session.add(made)
        session.flush()
        if report is not None:
            figures = {"verdict": report.verdict, "score": report.score, "max_score": report.max_score}
            session.add(
                StoredReport(submission_id=made.id, report=report.to_dict(), wrong=list(report.wrong), **figures)
            )
        return made.id


def ask(school: Parts, path: str, who: str = "student") -> Answer:
    return school.direct(who).get(f"/api/v1{path}")


def test_a_wrong_gradient_stands_beside_the_quotients_of_its_entry(school: Parts, sandbox: Sandbox) -> None:
    number = keep(school, "multiply", graded("multiply", SWAPPED, sandbox))
    found = ask(school, f"/submissions/{number}/curve?gradient=dx").json
    assert (found["exact"], found["candidate"], found["index"]) == (-3.0, 4.0, [])
    assert found["error"] == pytest.approx(7 / 4)
    assert {"h", "forward", "forward_error", "central", "central_error", "kink"} == set(found["steps"][0])
    right = ask(school, f"/submissions/{number}/curve?gradient=dy").json
    assert right["error"] == 0.0


def test_entries_of_an_array_are_those_that_the_report_shows(school: Parts, sandbox: Sandbox) -> None:
    source = (SUBMISSIONS / "two-layer" / "no_mean.py").read_text("utf-8")
    report = graded("two-layer", Code(source), sandbox)
    number = keep(school, "two-layer", report)
    shown = {",".join(map(str, e.index)) for g in report.gradients if g.name == "dW1" for e in g.worst}
    for row in range(4):
        for column in range(2):
            answer = ask(school, f"/submissions/{number}/curve?gradient=dW1&entry={row},{column}")
            assert answer.status == (200 if f"{row},{column}" in shown else 409)


@pytest.mark.parametrize("entry", ["gradient=dx&entry=0", "gradient=f", "gradient=dx&entry=%00", "gradient=dx&entry=x"])
def test_an_entry_that_is_not_there_is_refused(school: Parts, sandbox: Sandbox, entry: str) -> None:
    number = keep(school, "multiply", graded("multiply", SWAPPED, sandbox))
    assert_error(ask(school, f"/submissions/{number}/curve?{entry}"), 409, "not_shown")


def test_without_the_name_of_a_gradient_nothing_is_guessed(school: Parts, sandbox: Sandbox) -> None:
    number = keep(school, "multiply", graded("multiply", SWAPPED, sandbox))
    assert ask(school, f"/submissions/{number}/curve").status == 422


@pytest.mark.parametrize("shown", [VERDICTS, NOTHING])
def test_what_is_not_shown_to_the_student_is_shown_to_those_who_grade(
    school: Parts, sandbox: Sandbox, shown: str
) -> None:
    number = keep(school, "multiply", graded("multiply", SWAPPED, sandbox), shown)
    path = f"/submissions/{number}/curve?gradient=dx"
    assert_error(ask(school, path), 409, "not_shown")
    assert ask(school, path, "assistant").status == 200


def test_of_an_answer_that_was_not_given_nothing_is_told(school: Parts, sandbox: Sandbox) -> None:
    for submission in (Code("dfdx = y\n"), Code("dfdx = 1 / 0\n"), Symbols({"dx": "y", "dy": "y"})):
        number = keep(school, "multiply", graded("multiply", submission, sandbox))
        assert_error(ask(school, f"/submissions/{number}/curve?gradient=dy"), 409, "not_shown")


def test_before_there_is_a_report_there_is_no_curve(school: Parts) -> None:
    assert_error(ask(school, f"/submissions/{keep(school, 'multiply', None)}/curve?gradient=dx"), 409, "not_graded")


def test_an_exercise_shows_what_is_differentiated_numerically_and_no_derivative_that_it_asks_for(school: Parts) -> None:
    found = ask(school, "/exercises/numerical-gradient/curve?gradient=dg&entry=0,1").json
    assert (found["candidate"], found["error"]) == (None, None)
    assert min(step["central_error"] for step in found["steps"]) < 1e-9
    for name, gradient in (("multiply", "dx"), ("two-layer", "dW1&entry=0,0"), ("numerical-gradient", "dg&entry=9,9")):
        assert_error(ask(school, f"/exercises/{name}/curve?gradient={gradient}"), 409, "not_shown")
    assert_error(ask(school, "/exercises/nothing/curve?gradient=dx"), 404, "not_found")
