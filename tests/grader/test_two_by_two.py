"""Forward right or wrong × backward right for it, on submissions that really run."""

from __future__ import annotations

from typing import Any

import pytest

from grader import Report, Sandbox, SandboxUnavailable, catalogue, grade, read_code, trial_set
from grader.sandbox import Failed, Finished, Job, Limits
from grader.two_by_two import MOST_CALLS

LAYER = """\
import numpy as np

class MiddleLayer(BaseLayer):
    def __init__(self, n_in, n):
        self.w = np.random.randn(n_in, n) * np.sqrt(2 / n_in)
        self.b = np.zeros(n)

    def forward(self, x):
        self.x = x
        self.u = np.dot(x, self.w) + self.b
        self.y = {forward}
        return self.y

    def backward(self, grad_y):
        delta = {delta}
        self.grad_w = np.dot(self.x.T, delta)
        self.grad_b = {bias}
        self.grad_x = np.dot(delta, self.w.T)

    def update(self, eta):
        self.w -= eta * self.grad_w
        self.b -= eta * self.grad_b
"""
RELU, OF_RELU = "np.where(self.u <= 0, 0, self.u)", "grad_y * (self.u > 0)"
TANH, OF_TANH = "np.tanh(self.u)", "grad_y * (1 - self.y ** 2)"
GRADIENTS = {"dW", "db", "dX"}


class Counting:
    """A sandbox that keeps the jobs it runs."""

    unsafe = False

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.limits = sandbox, sandbox.limits
        self.jobs: list[Job] = []

    def run(self, job: Job, limits: Limits) -> Finished | Failed:
        self.jobs.append(job)
        return self.sandbox.run(job, limits)


def layer(forward: str = RELU, delta: str = OF_RELU, bias: str = "np.sum(delta, axis=0)") -> str:
    return LAYER.format(forward=forward, delta=delta, bias=bias)


def graded(source: str, sandbox: Any, exercise: str = "middle-layer") -> Report:
    chosen = catalogue()[exercise]
    return grade(chosen, read_code(source), trial_set(chosen, b"test", 0), sandbox)


def verdicts(report: Report, verdict: str) -> set[str]:
    return {g.name for g in report.gradients if g.verdict == verdict}


def told(report: Report) -> set[str]:
    assert all("?" not in n["message"] for n in report.to_dict("en")["notes"] if n["code"].startswith("forward_"))
    return {n.code for n in report.notes if n.code.startswith("forward_")}


def test_a_right_layer_is_run_once_and_nothing_is_told(sandbox: Sandbox) -> None:
    counting = Counting(sandbox)
    report = graded(layer(), counting)
    assert report.verdict == "match"
    assert told(report) == set()
    assert len(counting.jobs) == 1


def test_a_backward_pass_that_is_right_for_a_wrong_forward_pass_follows_from_it(sandbox: Sandbox) -> None:
    counting = Counting(sandbox)
    report = graded(layer(TANH, OF_TANH), counting)
    assert verdicts(report, "follow_through") == GRADIENTS
    assert verdicts(report, "mismatch") == {"y"}
    assert {g.follows_from for g in report.gradients if g.verdict == "follow_through"} == {"y"}
    assert [f for g in report.gradients if g.name in GRADIENTS for f in g.findings] == []
    assert told(report) == {"forward_wrong_backward_follows"}
    assert report.start_at == "y"
    first, second = counting.jobs
    assert len(second.calls) <= MOST_CALLS
    assert all(call.asks == ("y",) for call in second.calls)
    assert not any({"y", "Y", "dW", "db", "dX"} & call.values.keys() for call in second.calls)
    assert len(first.calls) == 7


def test_what_follows_earns_what_the_policy_gives(sandbox: Sandbox) -> None:
    report = graded(layer(TANH, OF_TANH), sandbox)
    share = 1 - catalogue()["middle-layer"].policy.follow_through
    for gradient in report.gradients:
        if gradient.name in GRADIENTS:
            assert gradient.points == pytest.approx(share * gradient.max_points)


def test_a_backward_pass_that_is_wrong_for_either_forward_pass_is_told_so(sandbox: Sandbox) -> None:
    report = graded(layer(TANH, "grad_y * (1 - self.y)"), sandbox)
    assert verdicts(report, "follow_through") == set()
    assert verdicts(report, "mismatch") == {"y", *GRADIENTS}
    assert told(report) == {"forward_wrong_backward_wrong"}


def test_of_a_backward_pass_each_gradient_is_told_by_itself(sandbox: Sandbox) -> None:
    report = graded(layer(TANH, OF_TANH, "2 * np.sum(delta, axis=0)"), sandbox)
    assert verdicts(report, "follow_through") == {"dW", "dX"}
    assert verdicts(report, "mismatch") == {"y", "db"}
    note = next(n for n in report.notes if n.code == "forward_wrong_backward_wrong")
    assert note.parameters == {"forward": "y", "backward": "db"}


def test_a_wrong_shape_is_no_derivative_of_anything(sandbox: Sandbox) -> None:
    report = graded(layer(TANH, OF_TANH, "delta"), sandbox)
    assert verdicts(report, "follow_through") == {"dW", "dX"}
    assert told(report) == {"forward_wrong_backward_wrong"}


def test_the_gradient_of_a_bias_that_is_not_added_follows_too(sandbox: Sandbox) -> None:
    report = graded(layer().replace(" + self.b\n", "\n"), sandbox)
    assert verdicts(report, "mismatch") == {"y"}
    assert verdicts(report, "follow_through") == GRADIENTS
    assert told(report) == {"forward_wrong_backward_follows"}


def test_the_gradient_of_a_bias_that_is_not_added_has_to_be_right_for_that(sandbox: Sandbox) -> None:
    report = graded(layer(bias="2 * np.sum(delta, axis=0)").replace(" + self.b\n", "\n"), sandbox)
    assert verdicts(report, "mismatch") == {"y", "db"}
    assert verdicts(report, "follow_through") == {"dW", "dX"}


def test_a_right_backward_pass_beside_a_wrong_forward_pass_is_told(sandbox: Sandbox) -> None:
    counting = Counting(sandbox)
    report = graded(layer("2 * np.maximum(self.u, 0)"), counting)
    assert verdicts(report, "mismatch") == {"y"}
    assert told(report) == {"forward_wrong_backward_right"}
    assert len(counting.jobs) == 1


def test_a_wrong_backward_pass_beside_a_right_forward_pass_is_told(sandbox: Sandbox) -> None:
    counting = Counting(sandbox)
    report = graded(layer(delta="grad_y * self.y"), counting)
    assert verdicts(report, "match") >= {"y"}
    assert told(report) == {"forward_right_backward_wrong"}
    assert len(counting.jobs) == 1


@pytest.mark.parametrize(
    ("exercise", "source"),
    [
        ("output-layer-squared-error", """\
import numpy as np
class OutputLayer(BaseLayer):
    def __init__(self, n_in, n):
        self.w = np.zeros((n_in, n))
        self.b = np.zeros(n)
    def forward(self, x):
        self.x = x
        self.y = 1 / (1 + np.exp(-(np.dot(x, self.w) + self.b)))
    def backward(self, t):
        delta = (self.y - t) * self.y * (1 - self.y)
        self.grad_w = np.dot(self.x.T, delta)
        self.grad_b = np.sum(delta, axis=0)
        self.grad_x = np.dot(delta, self.w.T)
    def update(self, eta):
        self.w -= eta * self.grad_w
        self.b -= eta * self.grad_b
"""),
        ("softmax-loss", """\
import numpy as np
def softmax_loss(x, y):
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    loss = np.sum((p[np.arange(len(y)), y] - 1) ** 2)
    q = np.zeros_like(p)
    q[np.arange(len(y)), y] = 2 * (p[np.arange(len(y)), y] - 1)
    return loss, p * (q - np.sum(p * q, axis=1, keepdims=True))
"""),
    ],
    ids=["a value on the way", "the loss itself"],
)  # fmt: skip
def test_another_exercises_forward_value_is_followed_too(exercise: str, source: str, sandbox: Sandbox) -> None:
    report = graded(source, sandbox, exercise)
    assert told(report) == {"forward_wrong_backward_follows"}
    assert verdicts(report, "follow_through") >= {"dx"} or verdicts(report, "follow_through") == GRADIENTS


HOSTILE = {
    "raises when called on": "np.arctan(self.u) if once(x) else 1 / 0",
    "another shape when called on": "np.arctan(self.u) if once(x) else np.zeros((9, 9))",
    "not finite when called on": "np.arctan(self.u) if once(x) else np.arctan(self.u) * np.nan",
    "no numbers when called on": "np.arctan(self.u) if once(x) else 'follow through'",
    "ends the program": "np.arctan(self.u) if once(x) else __import__('os')._exit(0)",
    "random": "np.arctan(self.u) + np.random.randn()",
    "coarse": "np.float32(1) * np.arctan(self.u).astype(np.float32)",
    "constant": "np.ones_like(self.u) / 3",
}


@pytest.mark.parametrize("forward", HOSTILE.values(), ids=HOSTILE)
def test_a_forward_pass_that_is_no_function_explains_nothing(forward: str, sandbox: Sandbox) -> None:
    """One that is no named mistake either."""
    calls = "seen = []\ndef once(x):\n    seen.append(0)\n    return len(seen) <= 9\n"
    report = graded(layer(forward, "grad_y / (1 + self.u**2)") + calls, sandbox)
    assert "y" not in {g.follows_from for g in report.gradients}
    assert {"y", "dW"} <= verdicts(report, "mismatch")
    assert told(report) == set()
    assert report.run.status == "finished"


@pytest.mark.parametrize("forward", ["1 / 0", "np.zeros((9, 9))", "'text'"])
def test_of_a_forward_pass_that_gives_no_value_nothing_is_told(forward: str, sandbox: Sandbox) -> None:
    counting = Counting(sandbox)
    report = graded(layer(forward, "2 * grad_y"), counting)
    assert "dW" in report.wrong
    assert told(report) == set()
    assert len(counting.jobs) == 1


def test_zeros_forward_and_backward_earn_nothing(sandbox: Sandbox) -> None:
    report = graded(layer("0 * self.u", "0 * grad_y"), sandbox)
    assert verdicts(report, "follow_through") == set()
    assert told(report) == set()


def test_gradients_written_in_for_the_worked_example_do_not_follow(sandbox: Sandbox) -> None:
    delta = "grad_y * (1 - self.y ** 2) * (1 if grad_y.shape == (3, 4) else 0.5)"
    report = graded(layer(TANH, delta), sandbox)
    assert verdicts(report, "follow_through") == set()
    assert told(report) == {"forward_wrong_backward_wrong"}


def test_what_is_random_or_grows_does_not_follow(sandbox: Sandbox) -> None:
    source = "count = [0]\n" + layer(TANH, OF_TANH, "count.append(0) or np.sum(delta, axis=0) * min(2, len(count) - 1)")
    report = graded(source, sandbox)
    db = next(g for g in report.gradients if g.name == "db")
    assert db.verdict == "mismatch"
    assert "accumulates_over_calls" in {f.code for f in db.findings}


def test_a_second_run_that_fails_on_our_side_is_no_verdict(sandbox: Sandbox) -> None:
    class Failing(Counting):
        def run(self, job: Job, limits: Limits) -> Finished | Failed:
            return Failed("sandbox_error", "sandbox_error") if self.jobs else super().run(job, limits)

    with pytest.raises(SandboxUnavailable):
        graded(layer(TANH, OF_TANH), Failing(sandbox))
