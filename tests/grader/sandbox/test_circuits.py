"""The value interface: circuits built of the student's own numbers, as in micrograd."""

from typing import Any

import numpy as np
import pytest

from grader.candidate import Missing, NotArray
from grader.gates import GATES
from grader.sandbox import Answers, Call, Failed, Finished, Sandbox
from grader.sandbox.inside.circuit import OPERATIONS, VALUES
from tests.grader.sandbox.jobs import failed, finished, first, job, number

HEAD = """
import math

class Value:
    def __init__(self, data, _children=()):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = set(_children)

    def _made(self, data, *parents):
        out = Value(data, [parent for parent, _ in parents])
        def _backward():
            for parent, local in parents:
                parent.grad += local * out.grad
        out._backward = _backward
        return out

    def backward(self):
        topo, visited = [], set()
        def build(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build(child)
                topo.append(v)
        build(self)
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()
"""
ADD_MULTIPLY = """
    def __add__(self, other):
        return self._made(self.data + other.data, (self, 1.0), (other, 1.0))
    def __mul__(self, other):
        return self._made(self.data * other.data, (self, other.data), (other, self.data))
"""
POWER = """
    def __pow__(self, n):
        assert isinstance(n, (int, float)), "only int or float powers"
        return self._made(self.data ** n, (self, n * self.data ** (n - 1)))
"""
FUNCTIONS = """
    def exp(self):
        e = math.exp(self.data)
        return self._made(e, (self, e))
    def relu(self):
        return self._made(max(0.0, self.data), (self, float(self.data > 0)))
    def log(self):
        return self._made(math.log(self.data), (self, 1 / self.data))
"""
BARE = HEAD + ADD_MULTIPLY + POWER + FUNCTIONS
FULL = (
    HEAD
    + POWER
    + FUNCTIONS
    + """
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return self._made(self.data + other.data, (self, 1.0), (other, 1.0))
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return self._made(self.data * other.data, (self, other.data), (other, self.data))
    def tanh(self):
        t = math.tanh(self.data)
        return self._made(t, (self, 1 - t * t))
    def __neg__(self): return self * -1
    def __radd__(self, other): return self + other
    def __sub__(self, other): return self + (-other)
    def __rsub__(self, other): return other + (-self)
    def __rmul__(self, other): return self * other
    def __truediv__(self, other): return self * other ** -1
    def __rtruediv__(self, other): return other * self ** -1
"""
)
DIVIDING = (
    HEAD
    + ADD_MULTIPLY
    + FUNCTIONS
    + """
    def __truediv__(self, other):
        q = self.data / other.data
        return self._made(q, (self, 1 / other.data), (other, -q / other.data))
"""
)


def run(sandbox: Sandbox, source: str, *program: Any, reads: dict[str, Any] | None = None) -> Finished | Failed:
    interface = {"kind": "value", "class": "Value", "program": program, "reads": reads or {"dx": "x", "dy": "y"}}
    values = {"x": np.array(0.75), "y": np.array(-1.5)}
    return sandbox.run(job(source, interface, Call(values, tuple(interface["reads"]))))


def gradients(sandbox: Sandbox, source: str, *program: Any, reads: dict[str, Any] | None = None) -> list[float]:
    found = first(run(sandbox, source, *program, reads=reads))
    assert found.raised is None, found.raised
    return [number(candidate) for candidate in found.candidates.values()]


X, Y = 0.75, -1.5
S = 1 / (1 + np.exp(-X))
PROGRAMS: list[tuple[list[Any], list[float]]] = [
    ([["multiply", ["x", "y"]]], [Y, X]),
    ([["add", ["x", "y"]], ["multiply", [0, "x"]]], [2 * X + Y, X]),
    ([["multiply", ["x", "x"]], ["multiply", [0, 0]], ["add", [1, "y"]]], [4 * X**3, 1]),
    ([["subtract", ["x", "y"]], ["multiply", [0, "y"]]], [Y, X - 2 * Y]),
    ([["subtract", [3.0, "x"]], ["subtract", ["y", 2.0]], ["multiply", [0, 1]]], [2 - Y, 3 - X]),
    ([["divide", ["x", "y"]]], [1 / Y, -X / Y**2]),
    ([["divide", [2.0, "x"]], ["divide", [0, 4.0]], ["add", [1, "y"]]], [-0.5 / X**2, 1]),
    ([["power", ["x", 3.0]], ["power", ["y", -2.0]], ["multiply", [0, 1]]], [3 * X**2 / Y**2, -2 * X**3 / Y**3]),
    ([["negative", ["x"]], ["exp", [0]], ["add", [1.0, 1]], ["divide", [1.0, 2]], ["multiply", [3, "y"]]],
     [Y * S * (1 - S), S]),
    ([["sigmoid", ["x"]], ["multiply", [0, "y"]]], [Y * S * (1 - S), S]),
    ([["tanh", ["x"]], ["multiply", ["y", 0]]], [Y * (1 - np.tanh(X) ** 2), np.tanh(X)]),
    ([["softplus", ["x"]], ["multiply", ["y", 0]]], [Y * S, np.log(1 + np.exp(X))]),
    ([["maximum", ["x", "y"]], ["multiply", [2.0, 0]]], [2, 0]),
    ([["maximum", [0.0, "y"]], ["multiply", [0, "x"]]], [0, 0]),
    ([["relu", ["x"]], ["multiply", [0, "y"]]], [Y, X]),
    ([["minimum", ["x", "y"]]], [0, 1]),
    ([["minimum", ["x", 0.25]], ["add", [0, "y"]]], [0, 1]),
    ([["leaky_relu", ["x"]], ["leaky_relu", ["y"]], ["add", [0, 1]]], [1, 0.01]),
    ([["abs", ["x"]], ["abs", ["y"]], ["multiply", [0, 1]]], [-Y, -X]),
]  # fmt: skip


@pytest.mark.parametrize(("program", "wanted"), PROGRAMS, ids=[str(p) for p, _ in PROGRAMS])
@pytest.mark.parametrize("source", [BARE, FULL, DIVIDING], ids=["bare", "full", "dividing"])
def test_whatever_the_class_has_the_gradients_are_right(
    sandbox: Sandbox, source: str, program: list[Any], wanted: list[float]
) -> None:
    assert gradients(sandbox, source, *program) == pytest.approx(wanted, rel=1e-12, abs=1e-15)


def test_the_gradients_of_steps_are_read_too_and_add_up_where_they_fork(sandbox: Sandbox) -> None:
    program = [["add", ["x", "y"]], ["multiply", [0, 0]], ["divide", [1.0, 1]], ["add", [2, 0]]]
    q = X + Y
    found = gradients(sandbox, FULL, *program, reads={"dq": 0, "dp": 1, "dr": 2, "dx": "x"})
    assert found == pytest.approx([1 - 2 / q**3, -1 / q**4, 1.0, 1 - 2 / q**3])


@pytest.mark.parametrize(("program", "wanted"), [p for p in PROGRAMS if p[0][0][0] in ("maximum", "minimum")])
def test_a_maximum_may_be_a_method_of_the_class(sandbox: Sandbox, program: list[Any], wanted: list[float]) -> None:
    own = """
    def max(self, other):
        first = float(self.data > other.data)
        return self._made(max(self.data, other.data), (self, first), (other, 1 - first))
    def min(self, other):
        first = float(self.data < other.data)
        return self._made(min(self.data, other.data), (self, first), (other, 1 - first))
"""
    assert gradients(sandbox, HEAD + ADD_MULTIPLY + own, *program) == wanted


@pytest.mark.parametrize(("program", "wanted"), [p for p in PROGRAMS if p[0][0][0] in ("maximum", "minimum", "relu")])
@pytest.mark.parametrize(("method", "sign"), [("__lt__", "<"), ("__gt__", ">")])
def test_of_numbers_that_can_be_compared_pythons_own_maximum_is_taken(
    sandbox: Sandbox, program: list[Any], wanted: list[float], method: str, sign: str
) -> None:
    own = f"    def {method}(self, other):\n        return self.data {sign} other.data\n"
    assert gradients(sandbox, HEAD + ADD_MULTIPLY + own, *program) == wanted


def test_an_overwritten_gradient_is_the_students_answer(sandbox: Sandbox) -> None:
    program = [["multiply", ["x", "x"]], ["add", [0, "y"]]]
    assert gradients(sandbox, BARE.replace("+= local", "= local"), *program) == [X, 1.0]


@pytest.mark.parametrize(
    ("source", "program", "operation"),
    [
        (HEAD + ADD_MULTIPLY, ["exp", ["x"]], ".exp()"),
        (HEAD + ADD_MULTIPLY, ["tanh", ["x"]], ".exp()"),
        (HEAD + ADD_MULTIPLY, ["maximum", ["x", "y"]], ".relu()"),
        (HEAD + ADD_MULTIPLY, ["divide", ["x", "y"]], "/"),
        (HEAD + ADD_MULTIPLY, ["power", ["x", -1.0]], "**"),
        (HEAD + ADD_MULTIPLY, ["power", ["x", 0.5]], "**"),
        (HEAD + ADD_MULTIPLY, ["sin", ["x"]], ".sin()"),
        (HEAD + POWER, ["subtract", ["x", "y"]], "*"),
        (HEAD, ["add", ["x", "y"]], "+"),
    ],
)
def test_what_is_missing_and_cannot_be_composed_is_told(
    sandbox: Sandbox, source: str, program: list[Any], operation: str
) -> None:
    told = failed(run(sandbox, source, program))
    assert (told.status, told.code) == ("not_runnable", "value_lacks")
    assert told.parameters == {"name": "Value", "operation": operation}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("other.data, (self, 1.0)", "other.dta, (self, 1.0)"),
        ("other.data, (self, 1.0)", "undefined, (self, 1.0)"),
        ("self.grad = 1.0", "self.grad = one"),
        ("self.data = data", "self.data = dat"),
    ],
)
def test_a_slip_in_the_class_is_an_exception_with_its_line(sandbox: Sandbox, right: str, wrong: str) -> None:
    source = BARE.replace(right, wrong)
    found = first(run(sandbox, source, ["add", ["x", 1.0]], ["add", [0, "y"]]))
    assert found.raised is not None
    assert found.raised.line == 1 + next(i for i, line in enumerate(source.splitlines()) if wrong in line)
    assert set(found.candidates.values()) == {Missing()}


def test_an_exception_on_one_call_says_nothing_about_the_next(sandbox: Sandbox) -> None:
    program = [["maximum", ["x", 0.0]], ["log", [0]]]
    interface = {"kind": "value", "class": "Value", "program": program, "reads": {"dx": "x"}}
    calls = [Call({"x": np.array(x)}, ("dx",)) for x in (2.0, -1.0, 4.0)]
    outcome = finished(sandbox.run(job(BARE, interface, *calls)))
    assert [a.raised is None for a in outcome.answers] == [True, False, True]
    assert number(outcome.answers[2].candidates["dx"]) == 0.25


def test_an_operation_that_returns_nothing_is_an_exception(sandbox: Sandbox) -> None:
    raised = first(run(sandbox, BARE.replace("        return out\n", ""), ["add", ["x", "y"]])).raised
    assert raised is not None
    assert raised.type == "AttributeError"


def test_without_grad_there_is_no_answer_and_none_is_told(sandbox: Sandbox) -> None:
    assert first(run(sandbox, BARE.replace("grad", "gradient"), ["add", ["x", "y"]])).candidates["dx"] == Missing()
    source = BARE.replace("self.grad = 0.0", "self.grad = None").replace("v._backward()", "pass")
    assert first(run(sandbox, source, ["add", ["x", "y"]])).candidates["dx"] == NotArray("NoneType")


def test_what_the_class_remembers_is_found_by_the_second_call(sandbox: Sandbox) -> None:
    source = BARE.replace("self.grad = 1.0", "Value.calls = getattr(Value, 'calls', 0) + 1; self.grad = Value.calls")
    found: Answers = first(run(sandbox, source, ["add", ["x", "y"]]))
    assert found.notes == (("results_differ_on_second_call", {"names": ["dx", "dy"]}),)


def test_without_the_class_nothing_fits_and_a_call_that_only_constructs_is_not_made(sandbox: Sandbox) -> None:
    assert failed(run(sandbox, "dx = 1", ["add", ["x", "y"]])).parameters == {"expected": "class Value"}
    interface = {"kind": "value", "class": "Value", "program": [["exp", ["x"]]], "reads": {"dx": "x"}}
    calls = [Call({"x": np.array(0.0)}, ("dx",)), Call({"n": 3}, ("start",), construct_only=True)]
    outcome = finished(sandbox.run(job(BARE, interface, *calls)))
    assert outcome.answers[1].raised is None


def test_plain_numbers_come_to_what_the_gates_do() -> None:
    assert VALUES.keys() == OPERATIONS.keys()
    for gate, of in VALUES.items():
        for numbers in ((0.75, -1.5), (1.25, 2.0), *(((-0.5, 3.0),) if gate not in ("log", "sqrt") else ())):
            operands = numbers[: GATES[gate].arity]
            assert of(*operands) == pytest.approx(float(GATES[gate].forward(*map(np.float64, operands))), rel=1e-12)


CHAIN = [["multiply", ["x", "y"]], ["add", [0, "x"]], ["exp", [1]]]
WRONG_FORWARDS = {
    ("self.data * other.data,", "self.data * other.data + 1,"): ("*", "-0.125", "-1.125"),
    ("self.data + other.data,", "self.data - other.data,"): ("+", "-1.875", "-0.375"),
    ("math.exp(self.data)", "math.exp(-self.data)"): (".exp()", "1.45499", "0.687289"),
}


WORDS = ("operation", "got", "expected")


@pytest.mark.parametrize(("slip", "told"), WRONG_FORWARDS.items())
def test_an_operation_that_comes_to_another_value_is_told(
    sandbox: Sandbox, slip: tuple[str, str], told: tuple[str, str, str]
) -> None:
    (note,) = first(run(sandbox, BARE.replace(*slip), *CHAIN)).notes
    assert note == ("computes_another_value", {"name": "Value"} | dict(zip(WORDS, told, strict=True)))


HIDDEN = BARE.replace(".data", ".held")
RAISING = "    @property\n    def data(self):\n        raise KeyError('data')\n"


@pytest.mark.parametrize("source", [BARE, HIDDEN, HIDDEN + RAISING, BARE.replace("= data", "= np.float32(data)")])
def test_of_right_values_and_of_those_that_are_not_shown_nothing_is_told(sandbox: Sandbox, source: str) -> None:
    found = first(run(sandbox, "import numpy as np\n" + source, *CHAIN))
    assert (found.notes, found.raised) == ((), None)
