"""What a student is told of a wrong answer is true of it: no other mistake is named for what looks alike."""

from __future__ import annotations

from grader import Report, Sandbox, catalogue, grade, read_code, read_exercise, trial_set
from grader.exercise import Exercise


def graded(exercise: str | Exercise, source: str, sandbox: Sandbox) -> Report:
    chosen = catalogue()[exercise] if isinstance(exercise, str) else exercise
    return grade(chosen, read_code(source), trial_set(chosen, b"test", 3), sandbox)


def told(report: Report) -> dict[str, set[str]]:
    """The codes said of each answer that is wrong."""
    return {g.name: {f.code for f in g.findings} for g in report.gradients if g.verdict != "match"}


def verdicts(report: Report) -> dict[str, str]:
    return {g.name: g.verdict for g in report.gradients}


def test_at_a_kink_only_the_kink_is_at_fault(sandbox: Sandbox) -> None:
    report = graded("maximum", "dx = 1.0 if x >= y else 0.0\ndy = 1.0 if y >= x else 0.0\n", sandbox)
    assert told(report) == {"dx": {"not_a_subgradient"}, "dy": {"not_a_subgradient"}}


def test_where_float32_costs_points_nothing_else_is_at_fault(sandbox: Sandbox) -> None:
    exercise = read_exercise(
        "name: priced\ninputs: {x: , y: }\nforward: f = x * y\ngradients: [dx, dy]\npolicy: {float32: 1}\n"
    )
    report = graded(exercise, "import numpy as np\ndx = np.float32(y)\ndy = np.float32(x)\n", sandbox)
    assert told(report) == {"dx": {"float32"}, "dy": {"float32"}}
