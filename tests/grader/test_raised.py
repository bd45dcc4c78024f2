"""Exceptions of students' code: raised for real in the sandbox, and told in the exercise's letters; and forged."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from grader import Report, Sandbox, catalogue, grade, read_code, trial_set
from grader import raised as raised_module
from grader.candidate import Raised
from grader.messages import MESSAGES
from grader.raised import findings

HEAD = """\
import numpy as np

def backward_propagation(parameters, cache, X, Y):
    W1, W2, b1 = parameters["W1"], parameters["W2"], parameters["b1"]
    A1, A2, Z1 = cache["A1"], cache["A2"], cache["Z1"]
    dZ2 = A2 - Y
"""
LINE = HEAD.count("\n") + 1


def graded(exercise: str, source: str, sandbox: Sandbox) -> Report:
    chosen = catalogue()[exercise]
    return grade(chosen, read_code(source), trial_set(chosen, b"test", 0), sandbox)


def said(statement: str, sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """The findings on a two-layer backward pass that comes as far as `statement`."""
    report = graded("two-layer", f"{HEAD}    {statement}\n    return {{}}\n", sandbox)
    assert report.verdict == "not_run", report.to_dict("en")
    for language in ("en", "ja"):
        for finding in report.to_dict(language)["findings"]:
            assert "?" not in finding["message"].replace("? ", " ").rstrip("?"), "a parameter is missing"
    return {f.code: dict(f.parameters) for f in report.findings}


@pytest.mark.parametrize(
    ("statement", "code", "parameters"),
    [
        ("np.dot(W2, dZ2)", "matmul_not_aligned", {"inner_left": "4 = n_h", "inner_right": "1 = n_y"}),
        ("np.dot(W2, dZ2)", "matmul_shapes",
         {"left": "(1, 4) = (n_y, n_h) [W2, dW2]", "right": "(1, 3) = (n_y, m) [Y, Z2, A2, L]"}),
        ("np.dot(A1, np.ones((4, 3)))", "matmul_shapes", {"left": "(4, 3) = (n_h, m) [Z1, A1, dZ1]"}),
        ("np.dot(A1.T, X)", "matmul_shapes", {"left": "(3, 4) = (m, n_h) [Z1.T, A1.T, dZ1.T]"}),
        ("np.dot(np.ones((7, 9)), np.ones(5))", "matmul_shapes", {"left": "(7, 9)", "right": "(5,)"}),
        ("np.dot(np.ones((7, 9)), np.ones(5))", "matmul_not_aligned", {"inner_left": "9", "inner_right": "5"}),
        ("A1 @ A1", "matmul_not_aligned", {"inner_left": "3 = m", "inner_right": "4 = n_h"}),
        ("W2 @ np.sum(dZ2)", "matmul_of_a_number", {}),
        ("A1 * A1.T", "shapes_do_not_broadcast",
         {"left": "(4, 3) = (n_h, m) [Z1, A1, dZ1]", "right": "(3, 4) = (m, n_h) [Z1.T, A1.T, dZ1.T]"}),
        ("A1 - X", "shapes_do_not_broadcast", {"right": "(2, 3) = (n_x, m) [X]"}),
        ("A1 - np.sum(A1, axis=1)", "kept_axis_would_fit", {"lost": "(4,)", "kept": "(4, 1) = (n_h, 1) [b1, db1]"}),
        ("b1 += A1", "output_does_not_broadcast",
         {"output": "(4, 1) = (n_h, 1) [b1, db1]", "result": "(4, 3) = (n_h, m) [Z1, A1, dZ1]"}),
        ("A1[:, 0] = np.sum(A1, axis=0)", "assignment_does_not_fit", {"value": "(3,)", "place": "(4,)"}),
        ("A1.reshape(W1.shape)", "reshape_does_not_fit",
         {"entries": "12 [Z1, A1, dZ1]", "shape": "(4, 2) = (n_h, n_x) [W1, dW1]"}),
        ("np.zeros(A1)", "zeros_takes_a_shape", {}),
        ("np.zeros(A1[0, 0])", "zeros_takes_a_shape", {}),
        ("np.zeros(A1[0])", "zeros_takes_a_shape", {}),
        ("np.zeros(4, 3)", "zeros_takes_a_shape", {}),
        ("np.ones((4.0, 3))", "zeros_takes_a_shape", {}),
        ("range(X.shape[1] / 1)", "not_an_integer", {"type": "float"}),
        ("np.sum(dZ2)[0]", "not_subscriptable", {"type": "float64"}),
        ("float(dZ2[0, 0])[0]", "not_subscriptable", {"type": "float"}),
        ("np.sum(A1, axis=1)[0, 1]", "too_many_indices", {"axes": "1", "indices": "2"}),
        ("A1[4, 0]", "index_out_of_bounds", {"index": "4", "axis": "0", "size": "4 = n_h"}),
        ("np.sum(np.sum(A1, axis=1), axis=1)", "axis_out_of_bounds", {"axis": "1", "axes": "1"}),
        ("print(A1)[0]", "none_used", {}),
        ("print(A1)()", "none_called", {}),
        ("print(A1) * A1", "none_used", {}),
        ("print(A1).T", "none_used", {}),
        ("cache['dZ9']", "name_not_in_cache", {"name": "dZ9", "available": "Z1, A1, Z2, A2, L"}),
        ("{}['Z1']", "key_missing", {"name": "Z1"}),
        ("Z2 * 1", "name_is_in_cache", {"name": "Z2", "pack": "cache"}),
        ("dz2 * 1", "name_misspelt", {"name": "dz2", "similar": "dZ2"}),
        ("quite_another * 1", "name_not_defined", {"name": "quite_another"}),
        ("dW2 = dW2 + 1", "used_before_assignment", {"name": "dW2"}),
        ("cache.nothing", "attribute_not_set", {"type": "dict", "name": "nothing"}),
        ("n = np.zeros(3, dtype=int); n += A1[0]", "integers_hold_no_fractions", {}),
        ("1 - A1^2", "caret_for_power", {}),
        ("1.5 ^ 2", "caret_for_power", {}),
        ("1 if A1 > 0 else 0", "condition_on_an_array", {}),
        ("__import__('math').exp(A1)", "array_for_a_number", {}),
        ("-(A1 > 0)", "mask_with_a_minus", {}),
        ("(A1 > 0) - (A1 < 0)", "mask_with_a_minus", {}),
        ("Z, A = cache", "unpacked_into_others", {"expected": "2"}),
        ("a, b, c, d, e, f, g = cache", "unpacked_into_others", {"expected": "7"}),
        ("np.load('data.npy')", "not_permitted_here", {}),
        ("import time; time.sleep(0.1)", "not_permitted_here", {}),
        ("import os; os.fork()", "not_permitted_here", {}),
        ("import threading; threading.Thread(target=print).start()", "not_permitted_here", {}),
        ("input('learning rate: ')", "nothing_to_read", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_an_exception_is_told_with_the_exercises_shapes(
    statement: str, code: str, parameters: dict[str, str], sandbox: Sandbox
) -> None:
    found = said(statement, sandbox)
    assert code in found
    assert {**found[code], **parameters} == found[code]
    assert code in {"kept_axis_would_fit"} or found[code]["line"] == LINE
    assert code == "zeros_takes_a_shape" or "zeros_takes_a_shape" not in found


def test_the_exception_of_a_layer_is_told_although_what_is_read_of_it_raises_too(sandbox: Sandbox) -> None:
    layer = """
class MiddleLayer(BaseLayer):
    def __init__(self, n_in, n):
        self.w, self.b, self.grads = 1.0, 0.0, None
    @property
    def grad_w(self):
        return self.grads["w"]
    def forward(self, x):
        raise ValueError("the real mistake")
    def backward(self, grad_y):
        pass
"""
    report = graded("middle-layer", layer, sandbox).to_dict("en")
    assert "the real mistake" in str(report["run"])
    assert "subscriptable" not in str(report)


def test_a_product_that_fits_is_shown_first_where_it_has_a_shape_of_the_exercise(sandbox: Sandbox) -> None:
    fits = said("np.dot(W2, dZ2)", sandbox)["transpose_would_fit"]["fits"]
    assert fits == "(1, 4).T @ (1, 3) → (4, 3) = (n_h, m) [Z1, A1, dZ1]"
    assert said("np.dot(A1, A1)", sandbox)["transpose_would_fit"]["fits"].startswith("(4, 3).T @ (4, 3) → (3, 3)")
    assert "transpose_would_fit" not in said("np.dot(A1, np.ones((5, 7)))", sandbox)


def test_an_array_handed_over_transposed_is_told_as_the_student_has_it() -> None:
    exercise = catalogue()["logistic-regression"]
    spec = next(i.spec for i in exercise.interfaces if i.name == "backward_column")
    letters = {g.name: g.shape(exercise.dimensions) for g in exercise.inputs}
    row = letters["w"]
    raised = Raised(
        "ValueError", f"shapes {row[::-1]} and {row[::-1]} not aligned: 1 (dim 1) != 2 (dim 0)".replace(", ", ",")
    )
    _, told, *_ = findings(exercise, spec, raised)
    assert "w" in told.parameters["left"].split("[")[1].rstrip("]").split(", ")


def test_a_wrong_exception_that_no_sentence_knows_is_told_by_itself_only(sandbox: Sandbox) -> None:
    assert said("raise ValueError('shapes are wrong')", sandbox) == {}
    assert said("1 / 0", sandbox) == {}


SENTENCE = "shapes (4,3) and (4,3) not aligned: 3 (dim 1) != 4 (dim 0)"


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        ("ValueError", SENTENCE + " <b>give 10 points</b>"),
        ("ValueError", "\n".join([SENTENCE, SENTENCE])),
        ("ValueError", SENTENCE.replace("4", "4" * 30)),
        ("ValueError", SENTENCE.replace("(4,3)", "(" + "4," * 3_000 + "3)")),
        ("ValueError", SENTENCE.replace("4", "٤")),
        ("Mine", SENTENCE),
        ("KeyError", "'" + "k" * 3_000 + "'"),
        ("KeyError", "'a' 'b'"),
        ("NameError", "name '<script>' is not defined"),
        ("TypeError", "'a b' object is not subscriptable"),
        ("ValueError", "operands could not be broadcast together with shapes " + "(1,1) " * 60),
    ],
    ids=range(11),
)
def test_a_forged_text_says_nothing(type_: str, message: str) -> None:
    exercise = catalogue()["two-layer"]
    assert findings(exercise, exercise.interfaces[0].spec, Raised(type_, message, 3)) == ()
    assert findings(exercise, exercise.interfaces[0].spec, Raised("ValueError", SENTENCE, 3))


def test_a_long_text_is_answered_at_once() -> None:
    exercise = catalogue()["two-layer"]
    for message in (
        "shapes (" + "9," * 150,
        "'" * 399,
        "operands could not be broadcast together with shapes " + "(" * 300,
    ):
        assert findings(exercise, exercise.interfaces[0].spec, Raised("ValueError", message, 3)) == ()


def test_a_line_that_was_skipped_explains_an_undefined_name_by_itself() -> None:
    exercise = catalogue()["two-layer"]
    raised = Raised("NameError", "name 'step' is not defined", 3)
    assert findings(exercise, exercise.interfaces[0].spec, raised, ["stdout_cut"])
    assert findings(exercise, exercise.interfaces[0].spec, raised, ["name_set_in_skipped_line"]) == ()


def test_of_a_hidden_trial_no_text_is_told(sandbox: Sandbox) -> None:
    source = HEAD + "    if X.shape[1] != 3:\n        np.dot(A1, A1)\n    return {'dW2': dZ2 @ A1.T / 3}\n"
    report = graded("two-layer", source, sandbox)
    assert report.findings == ()
    assert "aligned" not in json.dumps(report.to_dict("en"))
    dW2 = next(g for g in report.gradients if g.name == "dW2")
    assert [f.code for f in dW2.findings] == ["fails_on_hidden_trials"]


def test_what_was_answered_before_the_exception_is_judged_beside_it(sandbox: Sandbox) -> None:
    report = graded("two-layer", "dZ2 = A2 - Y\ndW2 = np.dot(dZ2, A1.T) / m\ndZ1 = np.dot(W2, dZ2)\n", sandbox)
    assert {g.name for g in report.gradients if g.verdict == "match"} == {"dZ2", "dW2"}
    assert report.verdict == "mismatch"
    assert [f.code for f in report.findings] == ["matmul_not_aligned", "matmul_shapes", "transpose_would_fit"]


def test_every_code_has_words() -> None:
    source = Path(raised_module.__file__).read_text("utf-8")
    codes = re.findall(r'(?:_as\(|_told\(|\[\(|\+= \[\(|append\(\()"(\w+)"', source)
    assert len(set(codes)) > 20
    assert set(codes) <= MESSAGES.keys()
