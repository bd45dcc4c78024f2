"""The class interface."""

from typing import Any

import numpy as np
import pytest

from grader.candidate import Missing, NotArray
from grader.sandbox import Answers, Call, Sandbox
from tests.grader.sandbox.jobs import failed, finished, first, job, number

LAYER: dict[str, Any] = {
    "kind": "class",
    "class": "Layer",
    "construct": ["n_in", "n"],
    "start": {"w": "W_start"},
    "state": {"w": "W", "b": "b"},
    "calls": [
        {"method": "forward", "arguments": ["X"], "returns": "y"},
        {"method": "backward", "arguments": ["grad_y"], "returns": None},
        {"method": "update", "arguments": ["eta"]},
    ],
    "read": {"grad_w": "dW", "grad_x": "dX", "w": "W_new"},
    "base_classes": ["BaseLayer"],
}
VALUES = {
    "n_in": 2,
    "n": 2,
    "X": np.array([[1.0, 2.0]]),
    "W": np.array([[1.0, 2.0], [3.0, 4.0]]),
    "b": np.array([1.0, -1.0]),
    "grad_y": np.array([[1.0, 10.0]]),
    "eta": np.array(0.5),
}
ASKS = ("y", "dW", "dX", "W_new")
RIGHT = """
class Layer(BaseLayer):
    def __init__(self, n_in, n):
        self.w = np.random.randn(n_in, n) * np.sqrt(2 / n_in)
        self.b = np.zeros(n)
    def forward(self, x):
        self.x = x
        self.y = np.dot(x, self.w) + self.b
    def backward(self, grad_y):
        self.grad_w = self.x.T @ grad_y
        self.grad_x = grad_y @ self.w.T
    def update(self, eta):
        self.w -= eta * self.grad_w
"""


def answers(sandbox: Sandbox, source: str, asks: tuple[str, ...] = ASKS, **changes: Any) -> Answers:
    return first(sandbox.run(job(source, LAYER | changes, Call(VALUES, asks))))


def numbers(found: Answers) -> dict[str, Any]:
    return {name: number(candidate) for name, candidate in found.candidates.items()}


WANTED = {
    "y": [[8.0, 9.0]],
    "dW": [[1.0, 10.0], [2.0, 20.0]],
    "dX": [[21.0, 43.0]],
    "W_new": [[0.5, -3.0], [2.0, -6.0]],
}


def test_an_object_is_made_given_its_state_called_and_read(sandbox: Sandbox) -> None:
    found = answers(sandbox, RIGHT)
    assert numbers(found) == WANTED
    assert (found.raised, found.notes) == (None, ())


def test_a_result_may_be_returned_instead_of_kept(sandbox: Sandbox) -> None:
    source = RIGHT.replace("self.y = np.dot(x, self.w) + self.b", "return np.dot(x, self.w) + self.b")
    assert numbers(answers(sandbox, source)) == WANTED


def test_results_are_copied_as_soon_as_they_are_there(sandbox: Sandbox) -> None:
    assert numbers(answers(sandbox, RIGHT + "        self.y *= 0"))["y"] == WANTED["y"]


def test_state_is_written_in_place_so_that_references_hold(sandbox: Sandbox) -> None:
    source = RIGHT.replace("self.b = np.zeros(n)", "self.b = np.zeros(n); self.kept = self.w")
    source = source.replace("np.dot(x, self.w)", "np.dot(x, self.kept)")
    assert numbers(answers(sandbox, source)) == WANTED


@pytest.mark.parametrize("start", ["None", "np.zeros((n, n_in + 1))", "np.zeros((n_in, n), int)", "[[0, 0], [0, 0]]"])
def test_state_that_cannot_be_written_in_place_is_set(sandbox: Sandbox, start: str) -> None:
    source = RIGHT.replace("np.random.randn(n_in, n) * np.sqrt(2 / n_in)", start)
    assert numbers(answers(sandbox, source)) == WANTED


def test_state_may_lie_within_a_dict_of_the_object(sandbox: Sandbox) -> None:
    source = RIGHT.replace("self.w", "self.params['W']").replace("self.b = np", "self.b = np")
    source = source.replace("self.params['W'] = np.random", "self.params = {}; self.params['W'] = np.random")
    changes = {"start": {"params.W": "W_start"}, "state": {"params.W": "W", "b": "b"}}
    read = {"grad_w": "dW", "grad_x": "dX", "params.W": "W_new"}
    assert numbers(answers(sandbox, source, **changes, read=read)) == WANTED


def test_how_it_starts_is_read_before_anything_is_set(sandbox: Sandbox) -> None:
    calls = [Call({"n_in": 50, "n": 40}, ("W_start",), construct_only=True)] * 2
    outcome = finished(sandbox.run(job(RIGHT, LAYER, Call(VALUES, (*ASKS, "W_start")), *calls)))
    one, two = (number(found.candidates["W_start"]) for found in outcome.answers[1:])
    assert np.shape(one) == (50, 40)
    assert one != two
    assert abs(np.std(one) - 0.2) < 0.02
    assert outcome.answers[0].notes == ()  # a start is random by nature


def test_the_second_object_gets_the_same_random_numbers(sandbox: Sandbox) -> None:
    source = RIGHT.replace("self.grad_w =", "self.grad_w = np.random.rand() +")
    assert answers(sandbox, source).notes == ()


def test_what_an_object_keeps_in_its_class_is_found_by_the_second_one(sandbox: Sandbox) -> None:
    source = RIGHT.replace("self.grad_w =", "Layer.calls = getattr(Layer, 'calls', 0) + 1; self.grad_w = Layer.calls *")
    notes = dict(answers(sandbox, source).notes)
    assert notes == {"results_differ_on_second_call": {"names": ["dW", "W_new"]}}


def test_an_array_that_is_passed_and_changed_is_told(sandbox: Sandbox) -> None:
    source = RIGHT.replace("self.grad_w =", "grad_y *= 2; self.grad_w =")
    assert answers(sandbox, source).notes == (("input_changed", {"name": "grad_y"}),)


def test_after_an_exception_only_what_the_calls_have_set_is_read(sandbox: Sandbox) -> None:
    source = RIGHT.replace("self.grad_x = grad_y", "boom").replace("self.b = np", "self.grad_x = None; self.b = np")
    found = answers(sandbox, source)
    assert found.raised is not None
    assert (found.raised.type, found.raised.line) == ("NameError", 11)
    assert number(found.candidates["y"]) == WANTED["y"]
    assert number(found.candidates["dW"]) == WANTED["dW"]
    assert (found.candidates["dX"], found.candidates["W_new"]) == (Missing(), Missing())


def test_an_attribute_that_is_not_there_is_missing(sandbox: Sandbox) -> None:
    found = answers(sandbox, RIGHT.replace("self.grad_x", "self.gradx"))
    assert found.candidates["dX"] == Missing()
    assert found.raised is None


def test_an_attribute_that_stays_none_is_told_as_such(sandbox: Sandbox) -> None:
    found = answers(sandbox, RIGHT.replace("self.grad_x = grad_y @ self.w.T", "self.grad_x = None"))
    assert found.candidates["dX"] == NotArray("NoneType")


def test_a_constructor_that_takes_something_else_raises(sandbox: Sandbox) -> None:
    found = answers(sandbox, RIGHT.replace("self, n_in, n)", "self)"))
    assert found.raised is not None
    assert (found.raised.type, set(found.candidates.values())) == ("TypeError", {Missing()})


@pytest.mark.parametrize("head", ["", "from layers import BaseLayer\n", "from layers import *\n", "import layers\n"])
def test_a_base_class_of_the_course_is_provided_wherever_it_comes_from(sandbox: Sandbox, head: str) -> None:
    source = RIGHT.replace("(BaseLayer)", "(layers.BaseLayer)") if head == "import layers\n" else RIGHT
    assert numbers(answers(sandbox, head + source)) == WANTED


def test_the_students_own_base_class_is_used(sandbox: Sandbox) -> None:
    base = "class BaseLayer:\n    def update(self, eta):\n        self.w -= eta * self.grad_w\n"
    source = base + RIGHT[: RIGHT.index("    def update")]
    assert numbers(answers(sandbox, source)) == WANTED


def test_a_method_that_is_missing_raises(sandbox: Sandbox) -> None:
    found = answers(sandbox, RIGHT[: RIGHT.index("    def update")])
    assert found.raised is not None
    assert found.raised.type == "AttributeError"
    assert number(found.candidates["dW"]) == WANTED["dW"]
    assert found.candidates["W_new"] == Missing()


def test_without_the_class_nothing_fits(sandbox: Sandbox) -> None:
    told = failed(sandbox.run(job("class Other: pass", LAYER, Call(VALUES, ASKS))))
    assert told.parameters == {"expected": "class Layer"}
