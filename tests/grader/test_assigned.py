"""The lines that give an asked quantity its value, told by tokens."""

import pytest

from grader import catalogue
from grader.assigned import LONGEST, assigned_lines
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
