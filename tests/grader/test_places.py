"""A mistake is told where it was made, or of what it spoils: never of a gradient that the student has right."""

from __future__ import annotations

import pytest

from grader import Report, Sandbox, catalogue, grade, lines_at_fault, read_code, trial_set
from tests.recall import table

FUNCTION = """import numpy as np
def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    W2, A1, A2 = parameters["W2"], cache["A1"], cache["A2"]
"""
DEEP = """import numpy as np
def L_model_backward(A2, Y, caches):
    m = Y.shape[1]
    (X, W1, b1), Z1 = caches[0]
    (A1, W2, b2), Z2 = caches[1]
"""
RETURN = '    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}\n'
LINES = {
    "dZ2": "A2 - Y",
    "dW2": "dZ2 @ A1.T / m",
    "db2": "dZ2.sum(axis=1, keepdims=True) / m",
    "dZ1": "W2.T @ dZ2 * (1 - A1**2)",
    "dW1": "dZ1 @ X.T / m",
    "db1": "dZ1.sum(axis=1, keepdims=True) / m",
}
RELU = {**LINES, "dZ1": "W2.T @ dZ2 * (Z1 > 0)"}
UNDIVIDED = {name: value.removesuffix(" / m") for name, value in LINES.items()}
FIRST_UNDIVIDED = {**RELU, "dW1": UNDIVIDED["dW1"], "db1": UNDIVIDED["db1"]}


def source(lines: dict[str, str], head: str = "") -> str:
    """A script, or the body of the function that `head` begins."""
    written = [f"{name} = {value}\n" for name, value in lines.items()]
    return head + "    " + "    ".join(written) + RETURN if head else "import numpy as np\n" + "".join(written)


def graded(exercise: str, text: str, sandbox: Sandbox) -> Report:
    return grade(catalogue()[exercise], read_code(text), trial_set(catalogue()[exercise], b"places", 0), sandbox)


def told(report: Report) -> list[str]:
    return [f"{f.code}@{f.at}" for g in report.gradients for f in g.findings]


def pointed_at(exercise: str, text: str, report: Report) -> dict[str, list[str]]:
    """What is computed on the lines that are pointed at for each gradient."""
    found = lines_at_fault([text], catalogue()[exercise], report)
    rows = text.split("\n")
    return {name: [rows[line - 1].split("=")[0].strip() for _, line in lines] for name, (_, lines) in found.items()}


@pytest.mark.parametrize(
    ("exercise", "text", "expected", "line"),
    [
        ("two-layer", source(UNDIVIDED, FUNCTION), ["not_averaged@dW2"], {"dW2": ["dW2"]}),
        ("two-layer", source(UNDIVIDED), ["not_averaged@dW2"], {"dW2": ["dW2"]}),
        ("deep-network", source(FIRST_UNDIVIDED, DEEP), ["not_averaged@dW1"], {"dW1": ["dW1"]}),
        ("deep-network", source(FIRST_UNDIVIDED), ["not_averaged@dW1"], {"dW1": ["dW1"]}),
        (
            "deep-network",
            source({n: v.replace("/ m", "/ (2 * m)") if n in ("dW1", "db1") else v for n, v in RELU.items()}, DEEP),
            ["factor@dW1"],
            {"dW1": ["dW1"]},
        ),
        (
            "two-layer",
            source({"m": "Y.size", **LINES}, FUNCTION),
            ["right_only_when_one@dW2", "averaged_twice@dW2"],
            {"dW2": ["dW2"]},
        ),
        (
            "two-layer",
            source({**LINES, "db1": "W2.T @ db2"}),
            ["activation_derivative_missing@A1"],
            {"db1": ["db1"]},
        ),
        (
            "two-layer",
            source({**LINES, "db1": "W2.T @ db2"}, FUNCTION),
            ["activation_derivative_missing@A1"],
            {"db1": ["db1"]},
        ),
        (
            "max-multiply",
            "dp = 1\ndq = 1\ndx = dp * y\ndy = dp * x\ndz = dq * (z > w)\ndw = dq * (z < w)\n",
            ["factor@dp"],
            {"dp": ["dp"]},
        ),
        ("two-layer", source({**LINES, "dZ2": "Y - A2"}, FUNCTION), ["sign@dW2"], {"dW2": ["dZ2"]}),
        ("two-layer", source({**LINES, "dZ2": "(A2 - Y) / m"}, FUNCTION), ["averaged_twice@dW2"], {"dW2": ["dZ2"]}),
    ],
)
def test_no_gradient_that_is_right_is_told_or_pointed_at(
    exercise: str, text: str, expected: list[str], line: dict[str, list[str]], sandbox: Sandbox
) -> None:
    report = graded(exercise, text, sandbox)
    assert told(report) == expected
    assert all(f.certain for g in report.gradients for f in g.findings)
    assert pointed_at(exercise, text, report) == line


def test_a_line_of_a_gradient_that_is_right_by_the_other_convention_is_not_pointed_at(sandbox: Sandbox) -> None:
    text = source({**UNDIVIDED, "dZ2": "(A2 - Y) / m", "db1": "W2.T @ db2"})
    report = graded("two-layer", text, sandbox)
    assert {g.name for g in report.gradients if g.verdict == "match"} == set(LINES) - {"db1"}
    assert pointed_at("two-layer", text, report) == {"db1": ["db1"]}


BETWEEN = {"two-layer-softmax": ("dhidden", "dscores", "dlogp", "ddata")}  # what is added to a penalty later
MULTIPLIED = ("sign", "factor", "not_averaged", "averaged_twice")


@pytest.mark.parametrize("name", ["two-layer", "deep-network", "max-multiply", "two-layer-softmax", "mlp-three-layer"])
def test_what_is_told_to_be_multiplied_was_answered_and_is_not_right(name: str) -> None:
    exercise = catalogue()[name]
    for mistake in table.mistakes_of(exercise):
        if mistake.code not in MULTIPLIED:
            continue
        for interface in exercise.interfaces:
            wrong = table.spoilt(exercise, interface, mistake)
            found = table.explained(exercise, interface, [mistake]) if wrong else {}
            for finding in (f for one in found.values() for f in one.findings if f.code in MULTIPLIED):
                told = (mistake.key, interface.name, finding)
                assert finding.at in wrong or finding.at in BETWEEN.get(name, ()), told
