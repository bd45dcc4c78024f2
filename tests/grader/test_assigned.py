"""The lines that give an asked quantity its value, told by tokens."""

import pytest

from grader import Sandbox, catalogue, grade, read_code, trial_set
from grader.assigned import LONGEST, assigned_lines, lines_at_fault
from grader.interface import Interface


def interface(exercise: str, name: str) -> Interface:
    return next(i for i in catalogue()[exercise].interfaces if i.name == name)


def lines(source: str, asked: str, exercise: str = "two-layer", name: str = "backward_propagation") -> list[int]:
    found = assigned_lines([source], interface(exercise, name), [asked], catalogue()[exercise].program.names)
    return [line for _, line in found[asked]]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1\ndW1 = dZ1 @ X.T\n", [2]),
        ("dW1 = 0\nfor i in range(3):\n    dW1 += a[i]\n", [1, 3]),
        ("dW1[0, :] = 2\n", [1]),
        ("dW1, db1 = f(1)\n", [1]),
        ("if m: dW1 = 3; db1 = 4\n", [1]),
        ("dW1: float = 3\n", [1]),
        ("dW1 = (a\n       + b)\n", [1, 2]),
        ('grads["dW1"] = 1\n', [1]),
        ("self.dW1 = 1\n", [1]),
        ('return {"dW1": a @ b, "db1": 2}\n', [1]),
        ('g = a @ b\nreturn {"db1": 2, "dW1": g}\n', [1]),
        ('return {\n  "db1": 2,\n  "dW1": a / m,\n}\n', [3]),
        ("dW1 == 2\nprint(dW1=3)\ndef f(dW1=4): pass\nW1 = 3\n# dW1 = 3\n'dW1 = 3'\n", []),
    ],
)
def test_a_value_is_found_however_it_is_given(source: str, expected: list[int]) -> None:
    assert lines(source, "dW1") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = 1\nb = 2\nreturn a, b\n", [2]),
        ("return (f(1, 2),\n  3)\n", [2]),
        ("return (a + 1) * 2, (b,\n 4)\n", [1, 2]),
        ("return f(1, 2)\n", []),
        ("return 1, 2, 3\n", []),
    ],
)
def test_a_result_in_order_is_known_by_its_place(source: str, expected: list[int]) -> None:
    in_order = Interface("f", ("da", "db"), {"kind": "function", "returns": ["da", "db.T"]})
    assert [line for _, line in assigned_lines([source], in_order, ["db"])["db"]] == expected


def test_names_that_a_script_may_use_are_known() -> None:
    assert lines("x = 4\ndfdx = x\n", "dx", "multiply", "script") == [2]


def test_names_that_a_layer_keeps_its_gradients_under_are_known() -> None:
    source = "class MiddleLayer:\n  def backward(self, grad_y):\n    self.grad_w = self.x.T @ grad_y\n"
    assert lines(source, "dW", "middle-layer", "MiddleLayer") == [3]


def test_cells_of_a_notebook_are_counted_each_and_what_is_not_python_ends_only_its_own() -> None:
    cells = ["!pip install x\n'''", "dW1 = 1\n(", "y = 2\ndW1 = 2"]
    assert assigned_lines(cells, None, ["dW1"])["dW1"] == ((2, 1), (3, 2))


@pytest.mark.parametrize("source", ["(" * LONGEST, "\0", "\ud800 = 3", "a\n  b\n c", "f'{'", "x" * (LONGEST + 1)])
def test_no_text_stops_it(source: str) -> None:
    assert assigned_lines([source], None, ["dW1"]) == {"dW1": ()}


BACKWARD = """def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    W1, W2 = parameters["W1"], parameters["W2"]
    A1, A2 = cache["A1"], cache["A2"]
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dA1 = W2.T @ dZ2
    dZ1 = dA1 * (1 - A1**2)
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("dA1 * (1 - A1**2)", "dA1 * (1 - A1**2) / m", {"dW1": ("dZ1", 9)}),
        ("dA1 * (1 - A1**2)", "dA1 * (1 - cache['Z1'] ** 2)", {"dW1": ("dZ1", 9)}),
        ("dZ2 = A2 - Y", "dZ2 = Y - A2", {"dW2": ("dZ2", 5)}),
        ("dZ1 @ X.T / m", "dZ1 @ X.T", {"dW1": ("dW1", 10)}),
        ("dZ1 @ X.T / m", "dZ1 @ X.T * 3.7 + 1", {"dW1": ("dW1", 10)}),
    ],
)
def test_the_lines_at_fault_are_those_where_the_mistake_was_made(
    right: str, wrong: str, expected: dict[str, tuple[str, int]], sandbox: Sandbox
) -> None:
    exercise, source = catalogue()["two-layer"], f"import numpy as np\n{BACKWARD.replace(right, wrong)}"
    assert source.count(wrong) == 1
    report = grade(exercise, read_code(source), trial_set(exercise, b"lines", 0), sandbox)
    found = lines_at_fault([source], exercise, report)
    assert {name: (called, line - 1) for name, (called, ((_, line),)) in found.items()} == expected


def test_a_step_that_the_source_does_not_name_leaves_the_lines_of_the_gradient(sandbox: Sandbox) -> None:
    exercise = catalogue()["two-layer"]
    source = "import numpy as np\n" + BACKWARD.replace("dZ1", "delta").replace("A1**2)", "A1**2) / m")
    report = grade(exercise, read_code(source), trial_set(exercise, b"lines", 0), sandbox)
    assert lines_at_fault([source], exercise, report)["dW1"] == ("dW1", ((1, 11),))
