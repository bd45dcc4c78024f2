"""The class interface."""

from typing import Any

import numpy as np
import pytest

from grader.candidate import Missing, NotArray
from grader.sandbox import Answers, Call, Job, Sandbox
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


# as courses have them

AFFINE: dict[str, Any] = {
    "kind": "class",
    "class": "Affine",
    "construct": ["W", "b"],
    "calls": [
        {"method": "forward", "arguments": ["X"], "returns": "y"},
        {"method": "backward", "arguments": ["grad_y"], "returns": "dX"},
    ],
    "read": {"dW": "dW", "W": "W_new"},
}
SAITOH = """
class Affine:
    def __init__(self, W, b):
        self.W, self.b, self.dW = W, b, None
    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b
    def backward(self, dout):
        self.dW = np.dot(self.x.T, dout)
        self.W -= 0.5 * self.dW
        return np.dot(dout, self.W.T + 0.5 * self.dW.T)
"""


def test_a_constructor_may_take_values_which_are_the_objects_own(sandbox: Sandbox) -> None:
    found = first(sandbox.run(job(SAITOH, AFFINE, Call(VALUES, ASKS))))
    assert numbers(found) == WANTED
    assert found.notes == ()


def test_what_is_constructed_of_values_is_not_where_a_call_constructs_only(sandbox: Sandbox) -> None:
    calls = [Call(VALUES, ASKS), Call({"n_in": 50, "n": 40}, ("W_start",), construct_only=True)]
    outcome = finished(sandbox.run(job(SAITOH, AFFINE, *calls)))
    assert (outcome.answers[1].raised, outcome.answers[1].candidates) == (None, {"W_start": Missing()})


NET: dict[str, Any] = {
    "kind": "class",
    "class": "TwoLayerNet",
    "construct": ["n_in", "n", 0.01],
    "state": {"params.W1": "W", "params.b1": "b"},
    "calls": [
        {"method": "loss", "arguments": ["X", "grad_y"], "keywords": {"reg": "eta"}, "returns": [None, {"W1": "dW"}]}
    ],
    "read": {"grads.X": "dX"},
}
LAYERED = (
    SAITOH.replace("        self.W -= 0.5 * self.dW\n", "").replace(" + 0.5 * self.dW.T", "")
    + """
class TwoLayerNet:
    def __init__(self, input_size, output_size, std):
        self.params = {"W1": std * np.random.randn(input_size, output_size), "b1": np.zeros(output_size)}
        self.layers = [Affine(self.params["W1"], self.params["b1"])]
    def loss(self, X, y, reg=0.0):
        scores = self.layers[0].forward(X)
        self.grads = {"X": self.layers[0].backward(y)}
        return float(reg), {"W1": self.layers[0].dW, "b1": y.sum(axis=0)}
"""
)


def test_state_in_a_dict_is_written_in_place_for_the_layers_that_refer_to_it(sandbox: Sandbox) -> None:
    found = first(sandbox.run(job(LAYERED, NET, Call(VALUES, ("dW", "dX")))))
    assert found.raised is None
    assert numbers(found) == {"dW": WANTED["dW"], "dX": WANTED["dX"]}


@pytest.mark.parametrize("made", ["pass", "self.params = {}", "self.params = None", "self.params = {'W1': 0}"])
def test_a_dict_that_the_constructor_does_not_fill_is_filled(sandbox: Sandbox, made: str) -> None:
    source = (
        f"class TwoLayerNet:\n    def __init__(self, *sizes): {made}\n"
        "    def loss(self, X, y, reg): return 0.0, {'W1': self.params['W1'] + self.params['b1']}"
    )
    found = first(sandbox.run(job(source, NET, Call(VALUES, ("dW",)))))
    assert number(found.candidates["dW"]) == [[2.0, 1.0], [4.0, 3.0]]


def test_places_in_a_list_are_written_and_read(sandbox: Sandbox) -> None:
    source = LAYERED.replace("self.loss", "self.x")
    changes = {"state": {"layers.0.W": "W", "layers.0.b": "b"}, "read": {"layers.0.dW": "dW", "layers.7.dW": "dX"}}
    changes |= {"calls": [{"method": "loss", "arguments": ["X", "grad_y", 0]}]}
    found = first(sandbox.run(job(source, NET | changes, Call(VALUES, ("dW", "dX")))))
    assert number(found.candidates["dW"]) == WANTED["dW"]
    assert found.candidates["dX"] == Missing()


def test_numbers_are_handed_over_as_they_are(sandbox: Sandbox) -> None:
    changes = {"calls": [{"method": "backward", "arguments": [1, -0.5], "keywords": {"n": 2}, "returns": "y"}]}
    source = "class Affine:\n    def __init__(self, W, b): pass\n    def backward(self, a, b, n): return [a, b, n]"
    found = first(sandbox.run(job(source, AFFINE | changes, Call(VALUES, ("y",)))))
    assert number(found.candidates["y"]) == [1.0, -0.5, 2.0]


@pytest.mark.parametrize(
    ("methods", "index"),
    [
        ("def gradient(self, x, t): pass", 2),
        ("def loss(self, X, y=None, reg=0.0): pass", 0),
        ("def loss(self, X, y=None, **options): pass", 0),
        ("def loss(self, X, y=None): pass", 1),
        ("def loss(self, x, t): pass\n    def gradient(self, x, t): pass", 1),
        ("def other(self): pass", 0),
    ],
)
def test_of_several_classes_of_one_name_the_one_whose_methods_are_there_is_taken(
    sandbox: Sandbox, methods: str, index: int
) -> None:
    interfaces = tuple(
        {"kind": "class", "class": "TwoLayerNet", "calls": [{"method": method, "keywords": keywords}]}
        for method, keywords in (("loss", {"reg": "eta"}), ("loss", {}), ("gradient", {}))
    )
    source = f"class TwoLayerNet(object):\n    {methods}"
    outcome = finished(sandbox.run(Job(source, False, interfaces, (), (Call(VALUES, ("y",)),))))
    assert outcome.interface == index


def test_a_class_that_lacks_a_method_comes_after_what_fits_as_it_should(sandbox: Sandbox) -> None:
    script = {"kind": "script", "reads": [{"names": ["y"], "pattern": "y"}]}
    for source, index in (("class Affine: pass\ny = 1", 1), ("class Affine: pass", 0), (SAITOH + "y = 1", 0)):
        outcome = finished(sandbox.run(Job(source, False, (AFFINE, script), (), (Call(VALUES, ("y",)),))))
        assert outcome.interface == index


def test_gradients_may_be_properties_of_what_the_calls_have_set(sandbox: Sandbox) -> None:
    source = (
        RIGHT.replace("self.b = np.zeros(n)", "self.b, self.kept = np.zeros(n), ()")
        .replace("self.grad_w = self.x.T @ grad_y", "self.kept = (grad_y,)")
        .replace("        self.grad_x = grad_y @ self.w.T\n", "")
    ) + (
        "    @property\n    def grad_w(self):\n        return self.x.T @ self.kept[0]\n"
        "    @property\n    def grad_x(self):\n        return self.kept[0] @ self.w.T\n"
    )
    found = answers(sandbox, source)
    assert numbers(found) == WANTED
    assert found.raised is None
