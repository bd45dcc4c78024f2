"""Answers that are right but for their arithmetic or a convention are told from wrong ones."""

from __future__ import annotations

import pytest

from grader import Code, Report, Sandbox, catalogue, grade, read_exercise, trial_set

FORWARD_DIFFERENCES = """
import numpy as np
def cost(W1, b1, W2, b2, X, Y):
    A2 = 1 / (1 + np.exp(-(W2 @ np.tanh(W1 @ X + b1) + b2)))
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / X.shape[1]
def backward_propagation(parameters, cache, X, Y):
    grads = {}
    for name in ("W1", "b1", "W2", "b2"):
        p = {k: v.copy() for k, v in parameters.items()}
        g = np.zeros_like(p[name])
        for i in np.ndindex(g.shape):
            h = HH
            p[name][i] += h
            up = cost(X=X, Y=Y, **p)
            p[name][i] -= (LOW)
            down = cost(X=X, Y=Y, **p)
            p[name][i] = parameters[name][i]
            g[i] = (up - down) / (LOW)
        grads["d" + name] = g
    return grads
"""


def report(source: str, sandbox: Sandbox, policy: str = "") -> Report:
    exercise = read_exercise(catalogue()["two-layer"].source + policy)
    return grade(exercise, Code(source, False), trial_set(exercise, b"test", 0), sandbox)


@pytest.mark.parametrize(("h", "low", "formula"), [("1e-4", "h", "forward"), ("1e-3", "2 * h", "central")])
def test_a_numerical_derivative_is_named_and_costs_the_points(h: str, low: str, formula: str, sandbox: Sandbox) -> None:
    found = report(FORWARD_DIFFERENCES.replace("HH", h).replace("LOW", low), sandbox)
    assert found.verdict == "mismatch"
    assert found.score == 0
    for gradient in found.gradients:
        assert [f.code for f in gradient.findings] == ["numerical_derivative"]
        assert gradient.findings[0].parameters["formula"] == formula
        assert gradient.notes == ()  # as nothing further up, which was not handed in, has a part in it


def test_a_teacher_may_let_a_numerical_derivative_pass(sandbox: Sandbox) -> None:
    source = FORWARD_DIFFERENCES.replace("HH", "1e-4").replace("LOW", "h")
    found = report(source, sandbox, "policy: {numerical_derivative: 0.25}\n")
    assert found.verdict == "match"
    assert found.score == pytest.approx(0.75 * found.max_score)


SLOPPY = """
import numpy as np
def backward_propagation(parameters, cache, X, Y):
    m, A1, A2, W2 = X.shape[1], cache["A1"], cache["A2"], parameters["W2"]
    dZ2 = (A2 - Y) * FACTOR
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {"dW1": dZ1 @ X.T / m, "db1": dZ1.sum(1, keepdims=True) / m,
            "dW2": dZ2 @ A1.T / m, "db2": dZ2.sum(1, keepdims=True) / m}
"""


def test_an_error_as_small_as_float32s_but_in_the_rule_is_still_wrong(sandbox: Sandbox) -> None:
    found = report(SLOPPY.replace("FACTOR", "1.0001"), sandbox)
    assert found.verdict == "mismatch"
    assert not {n.code for g in found.gradients for n in g.notes} & {"float32", "epsilon", "convention_mean_loss"}


@pytest.mark.parametrize(("policy", "part"), [("none", 0.0), ("half", 0.5), ("full", 1.0)])
def test_follow_through_earns_what_the_policy_says(policy: str, part: float, sandbox: Sandbox) -> None:
    found = report(SLOPPY.replace("FACTOR", "-1"), sandbox, f"policy: {{follow_through: {policy}}}\n")
    assert [g.verdict for g in found.gradients] == ["mismatch", *["follow_through"] * 3]
    first, *others = found.gradients
    assert first.points == 0
    assert sum(g.points for g in others) == pytest.approx(part * sum(g.max_points for g in others))
    assert found.start_at == "dW2"


def test_an_unknown_mistake_further_up_asks_for_the_gradients_between(sandbox: Sandbox) -> None:
    found = report(SLOPPY.replace("FACTOR", "np.cos(7 * A2)"), sandbox)
    for gradient in found.gradients:
        assert not gradient.findings
        (note,) = gradient.notes
        assert note.code == "upstream_not_returned"
        assert "dZ2" in note.parameters["names"]
