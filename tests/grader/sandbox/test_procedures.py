"""The procedure interface: the student differentiates functions of ours."""

from typing import Any

import numpy as np
import pytest

from grader.candidate import Missing, NotArray
from grader.sandbox import Answers, Call, Failed, Finished, Sandbox
from tests.grader.sandbox.jobs import failed, finished, first, job, number

STEPS = [0.1, 0.05]
SINE = {"argument": "x", "body": "np.sin(x) + a * x**2"}
DERIVATIVE: dict[str, Any] = {
    "kind": "procedure",
    "function": "derivative",
    "arguments": ["f", "x", "h"],
    "calls": [{"ask": "d1", "f": SINE, "x": "x", "h": STEPS, "integer": False}],
}
SUM = {"argument": "x", "body": "np.sum(x**2 * A)"}
GRADIENT: dict[str, Any] = {
    "kind": "procedure",
    "function": "numerical_gradient",
    "arguments": ["f", "x"],
    "calls": [{"ask": "g", "f": SUM, "x": "X", "h": None, "integer": False}],
}
VALUES = {"x": np.array(0.5), "a": np.array(2.0), "X": np.array([[1.0, -2.0], [3.0, 4.0]]), "A": np.full((2, 2), 3.0)}
RIGHT = """
def numerical_gradient(f, x, h=1e-4):
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=['multi_index'])
    while not it.finished:
        i = it.multi_index
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        grad[i] = (above - f(x)) / (2 * h)
        x[i] = kept
        it.iternext()
    return grad
"""


def run(sandbox: Sandbox, source: str, interface: dict[str, Any] = DERIVATIVE, **changes: Any) -> Finished | Failed:
    asks = tuple(call["ask"] for call in (interface | changes)["calls"])
    return sandbox.run(job(source, interface | changes, Call(VALUES, asks)))


def answers(sandbox: Sandbox, source: str, interface: dict[str, Any] = DERIVATIVE, **changes: Any) -> Answers:
    return first(run(sandbox, source, interface, **changes))


def f(x: float) -> float:
    return float(np.sin(x) + 2 * x**2)


FORWARD = [(f(0.5 + h) - f(0.5)) / h for h in STEPS]


@pytest.mark.parametrize(
    ("signature", "f", "x", "h"),
    [
        ("f, x, h", "f", "x", "h"),
        ("x, h, f", "f", "x", "h"),
        ("func, x, eps", "func", "x", "eps"),
        ("delta, function, x", "function", "x", "delta"),
        ("f, x, h=1e-5", "f", "x", "h"),
        ("f, *, h=1, x", "f", "x", "h"),
        ("F, X, H", "F", "X", "H"),
        ("g, a, b", "g", "a", "b"),
        ("g, a, h=1e-4", "g", "a", "h"),
        ("f, a, b=1e-4", "f", "a", "b"),
        ("f, x, h, /", "f", "x", "h"),
        ("*all", "all[0]", "all[1]", "all[2]"),
    ],
)
def test_it_is_called_once_for_each_step_whatever_its_parameters_are_called(
    sandbox: Sandbox, signature: str, f: str, x: str, h: str
) -> None:
    found = answers(sandbox, f"def derivative({signature}):\n    return ({f}({x} + {h}) - {f}({x})) / {h}")
    assert found.raised is None
    assert number(found.candidates["d1"]) == FORWARD
    assert found.notes == ()


@pytest.mark.parametrize("signature", ["f, x, h=1e-4", "f, x", "function, x, eps=1e-4, verbose=True", "g, a, b=1"])
def test_without_steps_the_students_own_is_left_alone(sandbox: Sandbox, signature: str) -> None:
    calls = [DERIVATIVE["calls"][0] | {"h": None}]
    x = "a" if "a," in signature else "x"
    found = answers(sandbox, f"def derivative({signature}):\n    return {x}", calls=calls, arguments=["f", "x"])
    assert number(found.candidates["d1"]) == 0.5


def test_a_scalar_is_a_float_and_so_is_the_step(sandbox: Sandbox) -> None:
    source = "def derivative(f, x, h):\n    return type(x) is float and type(h) is float and np.isscalar(f(x))"
    assert number(answers(sandbox, source).candidates["d1"]) == [1.0, 1.0]


def test_an_array_is_a_fresh_float64_array_that_may_be_moved_if_it_is_put_back(sandbox: Sandbox) -> None:
    found = answers(sandbox, RIGHT, GRADIENT)
    np.testing.assert_allclose(number(found.candidates["g"]), 6 * VALUES["X"], rtol=1e-7)
    assert (found.raised, found.notes) == (None, ())


def test_results_for_several_steps_are_stacked_along_a_first_axis(sandbox: Sandbox) -> None:
    calls = [GRADIENT["calls"][0] | {"h": [0.1, 0.05, 0.025]}]
    found = answers(sandbox, RIGHT, GRADIENT, calls=calls, arguments=["f", "x", "h"])
    assert np.shape(number(found.candidates["g"])) == (3, 2, 2)


def test_a_result_that_is_used_again_is_copied_between_the_steps(sandbox: Sandbox) -> None:
    source = "kept = np.zeros(1)\ndef derivative(f, x, h):\n    kept[0] = h\n    return kept"
    assert number(answers(sandbox, source).candidates["d1"]) == [[0.1], [0.05]]


def test_an_input_that_is_not_put_back_is_told(sandbox: Sandbox) -> None:
    found = answers(sandbox, RIGHT.replace("        x[i] = kept\n", ""), GRADIENT)
    assert found.notes == (("input_changed", {"name": "X"}),)


def test_a_result_that_is_the_input_itself_is_told(sandbox: Sandbox) -> None:
    found = answers(sandbox, "def numerical_gradient(f, x): return x", GRADIENT)
    assert found.notes == (("result_aliases_input", {"name": "g", "input": "X"}),)


@pytest.mark.parametrize(("integer", "kind"), [(True, "np.int64"), (False, "np.float64")])
def test_x_may_be_given_as_integers(sandbox: Sandbox, integer: bool, kind: str) -> None:
    calls = [GRADIENT["calls"][0] | {"integer": integer}]
    found = answers(sandbox, f"def numerical_gradient(f, x): return x.dtype == {kind}", GRADIENT, calls=calls)
    assert number(found.candidates["g"]) == 1.0
    calls = [DERIVATIVE["calls"][0] | {"integer": integer, "h": None}]
    kind = "int" if integer else "float"
    found = answers(sandbox, f"def derivative(f, x, h=1): return type(x) is {kind}", calls=calls)
    assert number(found.candidates["d1"]) == 1.0


def test_integers_that_swallow_the_step_give_the_zeros_they_deserve_and_no_note(sandbox: Sandbox) -> None:
    found = answers(sandbox, RIGHT, GRADIENT, calls=[GRADIENT["calls"][0] | {"integer": True}])
    assert found.candidates["g"] != Missing()
    assert found.notes == ()


def test_the_function_of_ours_knows_the_values_of_its_trial(sandbox: Sandbox) -> None:
    calls = [Call(VALUES | {"a": np.array(a)}, ("d1",)) for a in (2.0, 7.0)]
    outcome = finished(sandbox.run(job("def derivative(f, x, h): return f(1.0)", DERIVATIVE, *calls)))
    found = [number(a.candidates["d1"])[0] for a in outcome.answers]
    assert found == [np.sin(1.0) + 2.0, np.sin(1.0) + 7.0]


def test_only_the_calls_that_a_trial_asks_for_are_made(sandbox: Sandbox) -> None:
    calls = [DERIVATIVE["calls"][0], DERIVATIVE["calls"][0] | {"ask": "d2", "x": "absent"}]
    job_ = job("def derivative(f, x, h): return h", DERIVATIVE | {"calls": calls}, Call(VALUES, ("d1",)))
    assert number(first(sandbox.run(job_)).candidates["d1"]) == STEPS


def test_too_many_evaluations_are_refused(sandbox: Sandbox) -> None:
    source = "def derivative(f, x, h):\n    for i in range({}): f(x)\n    return h"
    assert number(answers(sandbox, source.format(100_000)).candidates["d1"]) == STEPS
    raised = answers(sandbox, source.format(100_001)).raised
    assert raised is not None
    assert (raised.type, raised.line) == ("RuntimeError", 2)
    assert raised.message == "f was evaluated more than 100000 times"


@pytest.mark.parametrize(
    ("result", "candidate"),
    [
        ("None", NotArray("NoneType")),
        ("'1' if h < 0.1 else 1.0", NotArray("str")),
        ("np.zeros(int(1 / h))", NotArray("arrays of different shapes")),
        ("np.zeros(600_000)", NotArray("array of 1200000 entries")),
        ("np.zeros((1,) * 8)", NotArray("array of 2 entries")),
    ],
)
def test_results_that_are_no_arrays_or_do_not_fit_are_told(sandbox: Sandbox, result: str, candidate: NotArray) -> None:
    found = answers(sandbox, f"def derivative(f, x, h):\n    return {result}")
    assert found.candidates["d1"] == candidate


@pytest.mark.parametrize(
    ("source", "kind", "line"),
    [
        ("def derivative(f, x, h):\n    return 1.0 / (h - 0.05)", "ZeroDivisionError", 2),
        ("def derivative(f, x, h):\n    return f('x')", "TypeError", 2),
        ("def derivative(f, x):\n    return f(x)", "TypeError", None),
        ("def derivative(f, x, h, n):\n    return f(x)", "TypeError", None),
    ],
)
def test_exceptions_are_told_as_elsewhere(sandbox: Sandbox, source: str, kind: str, line: int | None) -> None:
    found = answers(sandbox, source)
    assert found.candidates["d1"] == Missing()
    assert found.raised is not None
    assert (found.raised.type, found.raised.line) == (kind, line)


def test_without_the_function_nothing_fits(sandbox: Sandbox) -> None:
    told = failed(run(sandbox, "from numerics import derivative"))
    assert told.parameters == {"expected": "def derivative(f, x, h)"}


def test_a_lambda_will_do_and_a_training_script_around_it_is_not_run(sandbox: Sandbox) -> None:
    source = "derivative = lambda f, x, h: (f(x + h) - f(x)) / h\nprint(derivative(np.sin, 0, 1e-4))\nwhile True: pass"
    assert number(answers(sandbox, source).candidates["d1"]) == FORWARD
