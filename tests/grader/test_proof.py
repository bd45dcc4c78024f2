"""Proofs come after the verdict, from a process with limits: they add to a report and never take from it."""

from collections.abc import Iterator

import pytest

from grader import Prover, Symbols, catalogue, grade, read_exercise, trial_set
from grader.exercise import Exercise, Gradient
from grader.notation import read
from grader.proof import equal_by_algebra
from grader.report import Report
from tests.grader.test_symbolic import RIGHT, WRONG

KINKS = "name: kinks\ninputs: {x: {}, y: {}}\nforward: |\n  f = max(x, y) * abs(x) + relu(y)\ngradients: [dx, dy]\n"


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover(seconds=20) as one:  # a busy machine is no reason to fail
        yield one


def graded(exercise: Exercise, **answers: str) -> Report:
    return grade(exercise, Symbols(answers), trial_set(exercise, b"test", 0), None)  # type: ignore[arg-type]


def provable(exercise: Exercise, name: str, text: str) -> bool:
    ask = exercise.ask(name)
    assert isinstance(ask, Gradient)
    return equal_by_algebra(exercise.program, ask.objective, ask.node, read(text, exercise.program.names))


@pytest.mark.parametrize(
    ("asked", "text"), [(asked, text) for asked, texts in RIGHT.items() for text in texts], ids=str
)
def test_a_right_answer_is_proved_in_any_form(asked: tuple[str, str], text: str) -> None:
    assert provable(catalogue()[asked[0]], asked[1], text)


@pytest.mark.parametrize(
    ("asked", "text"), [(asked, text) for asked, texts in WRONG.items() for text in texts], ids=str
)
def test_nothing_wrong_is_ever_proved(asked: tuple[str, str], text: str) -> None:
    assert not provable(catalogue()[asked[0]], asked[1], text)


@pytest.mark.parametrize(
    ("name", "text", "proved"),
    [
        ("dx", "1(x > y) |x| + max(x, y) sign(x)".replace("|x|", "abs(x)"), True),
        ("dx", "where(x > y, 1, 0)*abs(x) + max(x, y)*(2*Heaviside(x) - 1)", True),
        ("dy", "(1 - 1(x > y))*max(x, -x) + 1(y > 0)", True),
        ("dy", "Piecewise((abs(x), y > x), (0, True)) + relu(y)/y", True),
        ("dx", "1(x < y)*abs(x) + max(x, y)*sign(x)", False),
        ("dy", "1(y > x)*abs(x) + 1", False),
    ],
)
def test_both_sides_of_every_kink_are_compared(name: str, text: str, proved: bool) -> None:
    assert provable(read_exercise(KINKS), name, text) == proved


def test_the_report_says_what_was_proved_and_keeps_its_verdicts(prover: Prover) -> None:
    report = graded(catalogue()["add-multiply"], dq="z", dz="x*y", dx="f/q", dy="(q +")
    proved = prover.prove(catalogue()["add-multiply"], report)
    assert [g.proof for g in report.gradients] == ["points", None, "points", None]
    assert [g.proof for g in proved.gradients] == ["proved", None, "proved", None]
    assert [g.verdict for g in proved.gradients] == [g.verdict for g in report.gradients]
    assert proved.score == report.score
    assert "proved equal" in str(proved.to_dict("en")["gradients"][0]["notes"]).lower()


def test_what_takes_too_long_stays_with_its_points_and_the_next_is_proved_again(prover: Prover) -> None:
    exercise = catalogue()["staged-fraction"]
    report = graded(exercise, dx="invden - num/den**2*(sigx*(1 - sigx) + 2*xpy)")
    with Prover(seconds=0.0) as hurried:
        assert hurried.prove(exercise, report) == report
        hurried.seconds = 20
        assert [g.proof for g in hurried.prove(exercise, report).gradients].count("proved") == 1


def test_a_process_that_was_ended_is_begun_anew(prover: Prover) -> None:
    exercise = catalogue()["multiply"]
    report = graded(exercise, dx="y")
    assert prover.prove(exercise, report).gradients[0].proof == "proved"
    assert prover._process is not None
    prover._process.kill()
    prover._process.wait()
    assert prover.prove(exercise, report).gradients[0].proof == "proved"


def test_an_answer_that_uses_others_is_proved_with_these_in_their_place(prover: Prover) -> None:
    exercise = catalogue()["sigmoid-neuron"]
    answers = {"ddot": "s (1 - s)", "s": "1/(1 + e^(-dot))", "dw0": "x0 ddot", "dx0": "dw0 w0/x0", "dw1": "x0 ddot"}
    proved = prover.prove(exercise, graded(exercise, **answers))
    assert {g.name: g.proof for g in proved.gradients} == {
        "ddot": "proved", "dw0": "proved", "dw1": None, "dw2": None, "dx0": "proved", "dx1": None,
    }  # fmt: skip


def test_an_answer_that_grows_too_long_with_what_it_uses_stays_with_its_points(prover: Prover) -> None:
    exercise = catalogue()["add-multiply"]
    doubled = {f"d{i}": f"(d{i + 1} + d{i + 1})/2" for i in range(20, 60)}
    proved = prover.prove(exercise, graded(exercise, dq="d20 z", d60="1", dz="q", **doubled))
    assert [g.proof for g in proved.gradients] == ["points", "proved", None, None]
