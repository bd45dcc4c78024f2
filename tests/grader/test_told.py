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


def test_nothing_follows_from_one_number_everywhere(sandbox: Sandbox) -> None:
    report = graded("add-multiply", "dq = 1\ndz = 1\ndx = 1\ndy = 1\n", sandbox)
    assert set(verdicts(report).values()) == {"mismatch"}
    assert report.score == 0


def test_nothing_follows_from_what_is_zero_but_on_the_worked_example(sandbox: Sandbox) -> None:
    source = "if x == -2 and y == 5:\n    dq = dx = dy = -4\nelse:\n    dq = dx = dy = 0\ndz = q\n"
    found = verdicts(graded("add-multiply", source, sandbox))
    assert found == {"dq": "mismatch", "dz": "match", "dx": "mismatch", "dy": "mismatch"}


def test_what_uses_a_wrong_constant_follows_where_the_right_one_is_a_constant_too(sandbox: Sandbox) -> None:
    source = "dp = 1\ndq = 1\ndx = dp*y\ndy = dp*x\ndz = dq*(z > w)\ndw = dq*(w > z)\n"
    found = verdicts(graded("max-multiply", source, sandbox))
    assert found.pop("dp") == "mismatch"
    assert set(found.values()) == {"follow_through"}
