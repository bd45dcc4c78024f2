"""What a student is told of a wrong answer is true of it: no other mistake is named for what looks alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import Report, Sandbox, catalogue, grade, read_code, read_exercise, trial_set
from grader.exercise import Exercise


def graded(exercise: str | Exercise, source: str, sandbox: Sandbox) -> Report:
    chosen = catalogue()[exercise] if isinstance(exercise, str) else exercise
    return grade(chosen, read_code(source), trial_set(chosen, b"test", 3), sandbox)


def told(report: Report) -> dict[str, set[str]]:
    """The codes said of each answer that is wrong."""
    return {g.name: {f.code for f in g.findings} for g in report.gradients if g.verdict != "match"}


def verdicts(report: Report) -> dict[str, str]:
    return {g.name: g.verdict for g in report.gradients}


def test_at_a_kink_only_the_kink_is_at_fault(sandbox: Sandbox) -> None:
    report = graded("maximum", "dx = 1.0 if x >= y else 0.0\ndy = 1.0 if y >= x else 0.0\n", sandbox)
    assert told(report) == {"dx": {"not_a_subgradient"}, "dy": {"not_a_subgradient"}}


def test_where_an_answer_is_wrong_everywhere_the_kink_is_not_at_fault(sandbox: Sandbox) -> None:
    report = graded("maximum", "dx = x if x > y else 0\ndy = y if y > x else 0\n", sandbox)
    assert not any("not_a_subgradient" in codes for codes in told(report).values())


def test_a_factor_that_is_missing_is_told_by_what_it_is(sandbox: Sandbox) -> None:
    source = "import numpy as np\ndx = dout * np.exp(-x) / (1 + np.exp(-x))\n"
    half = graded("sigmoid-layer", source, sandbox)
    assert [f.parameters["factor"] for f in half.gradients[0].findings if f.code == "factor_dropped"] == ["out"]
    twice = graded("squared-error", "dy = 2 * (y - t)", sandbox)
    assert told(twice) == {"dy": {"factor"}}  # the ½ is a number, no factor of the chain


def test_where_float32_costs_points_nothing_else_is_at_fault(sandbox: Sandbox) -> None:
    exercise = read_exercise(
        "name: priced\ninputs: {x: , y: }\nforward: f = x * y\ngradients: [dx, dy]\npolicy: {float32: 1}\n"
    )
    report = graded(exercise, "import numpy as np\ndx = np.float32(y)\ndy = np.float32(x)\n", sandbox)
    assert told(report) == {"dx": {"float32"}, "dy": {"float32"}}


def test_nothing_follows_from_one_number_everywhere(sandbox: Sandbox) -> None:
    report = graded("add-multiply", "dq = 1\ndz = 1\ndx = 1\ndy = 1\n", sandbox)
    assert set(verdicts(report).values()) == {"mismatch"}
    assert report.score == 0


def test_nothing_follows_from_what_is_zero_but_on_the_worked_example(sandbox: Sandbox) -> None:
    source = "if x == -2 and y == 5:\n    dq = dx = dy = -4\nelse:\n    dq = dx = dy = 0\ndz = q\n"
    found = verdicts(graded("add-multiply", source, sandbox))
    assert found == {"dq": "mismatch", "dz": "match", "dx": "mismatch", "dy": "mismatch"}


def test_what_uses_a_wrong_constant_follows_where_the_right_one_is_a_constant_too(sandbox: Sandbox) -> None:
    source = "dp = 1\ndq = 1\ndx = dp*y\ndy = dp*x\ndz = dq*(z > w)\ndw = dq*(w > z)\n"
    found = verdicts(graded("max-multiply", source, sandbox))
    assert found.pop("dp") == "mismatch"
    assert set(found.values()) == {"follow_through"}


NUMERICAL = """import numpy as np
def numerical_gradient(f, x):
    h = {h}
    x = {x}
    grad = {grad}
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        up = f(x)
        x[i] = kept{minus}
        down = f(x)
        grad[i] = {quotient}
        x[i] = kept
    return {result}
"""
HONEST = {
    "h": "1e-4", "x": "x.astype(float)", "grad": "np.zeros(x.shape)", "minus": " - h",
    "quotient": "(up - down) / (2*h)", "result": "grad",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, {}),
        ({"quotient": "(up - down) / h"}, {n: {"other_distance"} for n in ("df", "dg", "dq")}),
        ({"quotient": "(up - down) / (4*h)"}, {n: {"other_distance"} for n in ("df", "dg", "dq")}),
        ({"quotient": "(up + down) / (2*h)"}, {"df": set(), "dg": set(), "dq": set()}),
        ({"h": "0.7"}, {"df": set(), "dg": set()}),  # of a square it is exact with any step
        ({"quotient": "0.0"}, {n: {"step_too_small"} for n in ("df", "dg", "dq")}),
        ({"h": "1e-50"}, {n: {"step_too_small"} for n in ("df", "dg", "dq")}),
        ({"result": "grad if grad.ndim == 2 else grad.round(2)[::-1]"}, {"df": set(), "dq": set()}),
    ],
)
def test_integers_are_not_at_fault_where_they_are_made_floats(
    changed: dict[str, str], wrong: dict[str, set[str]], sandbox: Sandbox
) -> None:
    assert told(graded("numerical-gradient", NUMERICAL.format(**(HONEST | changed)), sandbox)) == wrong


@pytest.mark.parametrize(
    "changed",
    [
        {"x": "x.copy()"},
        {"x": "x.copy()", "grad": "np.zeros_like(x)"},
        {"x": "x.copy()", "minus": "", "quotient": "(up - down) / h"},
        {"x": "x.copy()", "h": "-1e-4", "minus": "", "quotient": "(up - down) / h"},
        {"x": "x.copy()", "h": "0.01"},
        {"x": "x.copy()", "h": "1e-7", "grad": "np.zeros_like(x)"},
        {"grad": "np.zeros(x.shape, dtype=int) if (x == np.round(x)).all() else np.zeros(x.shape)"},
        {"result": "grad if (x != np.round(x)).any() else np.trunc(grad - 1e-7)"},
    ],
)
def test_integers_are_at_fault_where_they_cut_the_step_or_the_result(changed: dict[str, str], sandbox: Sandbox) -> None:
    found = told(graded("numerical-gradient", NUMERICAL.format(**(HONEST | changed)), sandbox))
    assert found == {"dq": {"integers_cut"}}


@pytest.mark.parametrize(
    ("exercise", "result", "code"),
    [
        ("difference-quotient", "f(x + h) - f(x)", None),
        ("difference-quotient", "(f(x) - f(x + h)) / h", "sign"),
        ("difference-quotient", "(f(x + h) - f(x)) / (2*h)", "other_distance"),
        ("difference-quotient", "(f(x) + h - f(x)) / h", None),
        ("difference-quotient", "round((f(x + h) - f(x)) / h, 2)", None),
        ("central-difference", "(f(x + h) - f(x)) / h", "order_too_low"),
        ("central-difference", "(f(x + h) - f(x - h)) / h", "other_distance"),
        ("central-difference", "(f(x - h) - f(x + h)) / (2*h)", "sign"),
        ("central-difference", "f(x + h) - f(x - h)", None),
        ("central-difference", "round((f(x + h) - f(x - h)) / (2*h), 2)", None),
    ],
)
def test_a_wrong_procedure_is_wrong_on_the_worked_example_too(
    exercise: str, result: str, code: str | None, sandbox: Sandbox
) -> None:
    found = told(graded(exercise, f"def derivative(f, x, h):\n    return {result}\n", sandbox))
    assert found == dict.fromkeys(("d1", "d2", "d3"), {code} - {None})


@pytest.mark.parametrize("answer", ["-1/(2*x)", "-2*x**-3", "-1/2**x"])
def test_a_wrong_derivative_of_the_reciprocal_is_wrong_on_the_worked_example_too(answer: str, sandbox: Sandbox) -> None:
    report = graded("reciprocal", f"dx = {answer}\n", sandbox)
    assert "right_only_on_worked_example" not in told(report)["dx"]


TWO_LAYER = """import numpy as np
def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dW2 = dZ2 @ cache["A1"].T / m
    db2 = dZ2.sum(axis=1, keepdims=True) / m
    dZ1 = parameters["W2"].T @ dZ2 * (1 - cache["A1"] ** 2)
    dW1 = dZ1 @ X.T / m
    db1 = dZ1.sum(axis=1, keepdims=True) / m
    return {result}
"""


@pytest.mark.parametrize("result", ["dW2, db2, dW1, db1", "-dW2, 2*db2, dW1, db1"])
def test_answers_in_another_order_are_told_so(result: str, sandbox: Sandbox) -> None:
    report = graded("two-layer", TWO_LAYER.format(result=result), sandbox)
    assert told(report) == {name: {"shape_of_another"} for name in ("dW1", "db1", "dW2", "db2")}
    assert [g.findings[0].parameters["other"] for g in report.gradients] == ["dW1", "db1", "dW2", "db2"]


def test_a_bias_that_is_not_summed_is_not_taken_for_another_answer(sandbox: Sandbox) -> None:
    found = told(graded("two-layer", TWO_LAYER.format(result="dW1, dZ1/m, dW2, db2"), sandbox))
    assert found == {"db1": {"shape_not_summed", "bias_not_summed"}}


def test_a_shape_that_looks_transposed_at_the_sizes_of_the_worked_example_only_is_not_told_to_be(
    sandbox: Sandbox,
) -> None:
    report = graded("two-layer", TWO_LAYER.format(result="dW1, dW2, dW2, db2"), sandbox)
    assert told(report) == {"db1": {"shape_wrong"}}


SVM = """import numpy as np
def svm_loss(W, b, X, y, reg):
    N = len(X)
    s = X @ W + b
    margins = np.maximum(0, s - s[np.arange(N), y][:, None] + 1)
    ds = (margins > 0).astype(float)
    ds[np.arange(N), y] = 0
    ds[np.arange(N), y] = -ds.sum(axis=1)
    loss = margins.sum() / N - 1 + reg * np.sum(W * W)
    dW, db = X.T @ ds / N + 2 * reg * W, ds.sum(axis=0) / N
    return {result}
"""


@pytest.mark.parametrize(
    "result",
    ['loss, {"dW": dW, "db": db}', '{"dW": dW, "db": db}, loss', "dW, db", "loss, dW, db", "[dW, db, loss]"],
)
def test_gradients_are_taken_as_they_are_returned_beside_the_loss(result: str, sandbox: Sandbox) -> None:
    assert graded("svm-loss", SVM.format(result=result), sandbox).verdict == "match"


def test_what_is_beside_the_loss_is_not_read_where_it_lacks_an_answer_or_is_one_of_two(sandbox: Sandbox) -> None:
    numbers = ("loss, 2.0, dW, db", "loss, dW, loss", "dW, loss, db")
    for result in (*numbers, 'loss, {"dW": dW}', '{"dW": dW, "db": db}, {"dW": dW, "db": 0 * db}'):
        assert graded("svm-loss", SVM.format(result=result), sandbox).score == 0


STARTS = """import numpy as np
def initialize_parameters(n_x, n_h, n_y):
    return {{"W1": np.random.randn(n_h, n_x) * 0.01, "b1": {b1}, "W2": np.random.randn(n_y, n_h) * 0.01, "b2": {b2}}}
"""


def test_a_loss_and_a_gradient_in_each_others_place_are_told_so(sandbox: Sandbox) -> None:
    source = (
        "def svm_loss(x, y):\n    scores = x - x[np.arange(len(y)), y][:, None]\n"
        "    margins = np.maximum(0, scores + 1)\n    margins[np.arange(len(y)), y] = 0\n"
        "    dx = (margins > 0) * 1.0\n    dx[np.arange(len(y)), y] = -dx.sum(axis=1)\n"
        "    return dx / len(y), margins.sum() / len(y)\n"
    )
    report = graded("svm-scores", source, sandbox)
    assert told(report) == {"loss": {"shape_of_another"}, "dx": {"shape_of_another"}}


def test_no_sum_is_at_fault_where_nothing_is_summed(sandbox: Sandbox) -> None:
    report = graded("two-layer-initialisation", STARTS.format(b1="np.zeros(n_h)", b2="0"), sandbox)
    assert told(report) == {"b1_start": {"shape_other"}, "b2_start": {"shape_other"}}


def test_what_was_not_differentiated_is_told_so_whatever_its_shape(sandbox: Sandbox) -> None:
    report = graded("squared-error", "E = 0.5 * ((y - t) ** 2).sum()\ndy = E\n", sandbox)
    assert told(report) == {"dy": {"not_differentiated"}}
    assert report.gradients[0].findings[0].at == "E"


def test_an_array_for_a_number_is_told_without_an_empty_shape(sandbox: Sandbox) -> None:
    report = graded("add-multiply", "dq = [z]\ndz = q\ndx = z\ndy = z\n", sandbox)
    assert told(report) == {"dq": {"shape_of_an_array"}}
    assert "()" not in report.to_dict("en")["gradients"][0]["findings"][0]["message"]


def test_names_in_a_sentence_are_written_as_people_write_them(sandbox: Sandbox) -> None:
    report = graded("add-multiply", "x = -2; y = 5; z = -4\ndq = z\ndz = q\ndx = z\ndy = z\n", sandbox)
    said = [note["message"] for note in report.to_dict("en")["notes"]]
    assert said == ["The assignments to x, y, z were skipped: the grader sets these."]


@pytest.mark.parametrize("second", ["w, u", "w_1 + rho * dw, u_1 + rho * du"])
def test_a_step_that_is_not_taken_or_goes_up_is_not_told_to_use_the_gradient_before(
    second: str, sandbox: Sandbox
) -> None:
    source = f"dw, du = w - t, u**3\nw_1, u_1 = w - rho * dw, u - rho * du\nw_2, u_2 = {second}\n"
    found = told(graded("gradient-descent-step", source, sandbox))
    assert found.keys() == {"w_2", "u_2"}
    assert "stale_gradient" not in found["w_2"] | found["u_2"]


DECAY = """
name: decay
dimensions: {n: 3}
inputs: {w: {shape: [n]}, t: {shape: [n]}, rho: {draw: "uniform(0.05, 0.5)"}, lam: {draw: "uniform(0.05, 0.5)"}}
forward: E = 1/2 * sum((w - t) ** 2)
gradients:
  dw: {of: E}
  w_1: {value: w - rho * lam * w - rho * dw, own: true}
"""


@pytest.mark.parametrize("step", ["w", "w - 2 * rho * lam * w"])
def test_where_there_is_no_step_before_none_is_named(step: str, sandbox: Sandbox) -> None:
    found = told(graded(read_exercise(DECAY), f"dw = w - t\nw_1 = {step}\n", sandbox))
    assert found.keys() == {"w_1"}
    assert "stale_gradient" not in found["w_1"]


DEEP = """
name: deep
dimensions: {n: 3, m: 2, h: 4, k: 5}
inputs:
  {X: {shape: [n, m]}, V: {shape: [m, h]}, b: {shape: [h]}, W: {shape: [h, k]}, c: {shape: [k]}, G: {shape: [n, k]}}
forward: |
  U = X @ V + b
  H = tanh(U)
  S = H @ W + c
  Y = sigmoid(S)
gradients:
  y: {value: Y}
  dW: {of: sum(G * Y), wrt: W}
"""


@pytest.mark.parametrize(
    ("hidden", "output", "finding"),
    [
        ("U", "1 / (1 + np.exp(-S))", ("activation_missing", "H", {"gate": "tanh"})),
        ("np.tanh(U)", "S", ("activation_missing", "Y", {"gate": "sigmoid"})),
        ("np.tanh(U - b)", "1 / (1 + np.exp(-S))", ("term_missing", "U", {"term": "b"})),
    ],
)
def test_what_is_left_out_of_the_forward_pass_is_told_with_its_place(
    hidden: str, output: str, finding: tuple[str, str, dict[str, str]], sandbox: Sandbox
) -> None:
    source = f"import numpy as np\nU = X @ V + b\nH = {hidden}\nS = H @ W + c\ny = {output}\n"
    right = "H = np.tanh(U)\nY = 1 / (1 + np.exp(-(H @ W + c)))\ndW = H.T @ (G * Y * (1 - Y))\n"
    report = graded(read_exercise(DEEP), source + right, sandbox)
    (y,) = (g for g in report.gradients if g.verdict != "match")
    assert y.name == "y"
    assert [(f.code, f.at, f.parameters) for f in y.findings] == [finding]


@pytest.mark.parametrize(
    ("y", "told"),
    [("a2", "activation_missing"), ("1 / (1 + np.exp(-a2))", "activation_replaced")],
)
def test_a_softmax_that_is_not_applied_is_told_of_its_own_step(y: str, told: str, sandbox: Sandbox) -> None:
    source = (
        "import numpy as np\n"
        f"a1 = x @ W1 + b1\nz1 = np.maximum(a1, 0)\na2 = z1 @ W2 + b2\nda2 = ({y} - t) / len(x)\n"
        "dW2, db2, da1 = z1.T @ da2, da2.sum(axis=0), da2 @ W2.T * (a1 > 0)\ndW1, db1 = x.T @ da1, da1.sum(axis=0)\n"
    )
    report = graded("two-layer-net", source, sandbox)
    assert {(f.code, f.at) for g in report.gradients for f in g.findings} == {(told, "y")}


def test_who_updates_each_layer_before_going_on_is_told_so_at_every_layer(sandbox: Sandbox) -> None:
    source = (Path(__file__).parents[1] / "submissions/mlp-three-layer/updated_layer_by_layer.py").read_text("utf-8")
    report = graded("mlp-three-layer", source, sandbox)
    found = {g.name: [(f.code, f.at, f.parameters["used"]) for f in g.findings] for g in report.gradients if g.findings}
    assert found == {"dW2": [("updated_value", "dZ2", "W3_new")], "dW1": [("updated_value", "dZ1", "W2_new")]}
