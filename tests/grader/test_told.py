"""What a student is told of a wrong answer is true of it: no other mistake is named for what looks alike."""

from __future__ import annotations

import pytest

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


NUMERICAL = """import numpy as np
def numerical_gradient(f, x):
    h = {h}
    x = {x}
    grad = {grad}
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        up = f(x)
        x[i] = kept{minus}
        down = f(x)
        grad[i] = {quotient}
        x[i] = kept
    return {result}
"""
HONEST = {
    "h": "1e-4", "x": "x.astype(float)", "grad": "np.zeros(x.shape)", "minus": " - h",
    "quotient": "(up - down) / (2*h)", "result": "grad",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, {}),
        ({"quotient": "(up - down) / h"}, {"df": set(), "dg": set(), "dq": set()}),
        ({"quotient": "(up - down) / (4*h)"}, {"df": set(), "dg": set(), "dq": set()}),
        ({"quotient": "(up + down) / (2*h)"}, {"df": set(), "dg": set(), "dq": set()}),
        ({"h": "0.7"}, {"df": set(), "dg": set()}),  # of a square it is exact with any step
        ({"quotient": "0.0"}, {n: {"step_too_small"} for n in ("df", "dg", "dq")}),
        ({"h": "1e-50"}, {n: {"step_too_small"} for n in ("df", "dg", "dq")}),
        ({"result": "grad if grad.ndim == 2 else grad.round(2)[::-1]"}, {"df": set(), "dq": set()}),
    ],
)
def test_integers_are_not_at_fault_where_they_are_made_floats(
    changed: dict[str, str], wrong: dict[str, set[str]], sandbox: Sandbox
) -> None:
    assert told(graded("numerical-gradient", NUMERICAL.format(**(HONEST | changed)), sandbox)) == wrong


@pytest.mark.parametrize(
    "changed",
    [
        {"x": "x.copy()"},
        {"x": "x.copy()", "grad": "np.zeros_like(x)"},
        {"x": "x.copy()", "minus": "", "quotient": "(up - down) / h"},
        {"x": "x.copy()", "h": "-1e-4", "minus": "", "quotient": "(up - down) / h"},
        {"x": "x.copy()", "h": "0.01"},
        {"x": "x.copy()", "h": "1e-7", "grad": "np.zeros_like(x)"},
        {"grad": "np.zeros(x.shape, dtype=int) if (x == np.round(x)).all() else np.zeros(x.shape)"},
        {"result": "grad if (x != np.round(x)).any() else np.trunc(grad - 1e-7)"},
    ],
)
def test_integers_are_at_fault_where_they_cut_the_step_or_the_result(changed: dict[str, str], sandbox: Sandbox) -> None:
    found = told(graded("numerical-gradient", NUMERICAL.format(**(HONEST | changed)), sandbox))
    assert found == {"dq": {"integers_cut"}}


@pytest.mark.parametrize(
    ("exercise", "result"),
    [
        ("difference-quotient", "f(x + h) - f(x)"),
        ("difference-quotient", "(f(x) - f(x + h)) / h"),
        ("difference-quotient", "(f(x + h) - f(x)) / (2*h)"),
        ("difference-quotient", "(f(x) + h - f(x)) / h"),
        ("difference-quotient", "round((f(x + h) - f(x)) / h, 2)"),
        ("central-difference", "(f(x + h) - f(x - h)) / h"),
        ("central-difference", "f(x + h) - f(x - h)"),
        ("central-difference", "round((f(x + h) - f(x - h)) / (2*h), 2)"),
    ],
)
def test_a_wrong_procedure_is_wrong_on_the_worked_example_too(exercise: str, result: str, sandbox: Sandbox) -> None:
    found = told(graded(exercise, f"def derivative(f, x, h):\n    return {result}\n", sandbox))
    assert found == {"d1": set(), "d2": set(), "d3": set()}


@pytest.mark.parametrize("answer", ["-1/(2*x)", "-2*x**-3", "-1/2**x"])
def test_a_wrong_derivative_of_the_reciprocal_is_wrong_on_the_worked_example_too(answer: str, sandbox: Sandbox) -> None:
    report = graded("reciprocal", f"dx = {answer}\n", sandbox)
    assert "right_only_on_worked_example" not in told(report)["dx"]
