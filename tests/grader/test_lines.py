"""Answers in symbols of arrays, and answers that use one another."""

import pytest

from grader import Symbols, catalogue, fifty_digits, grade, trial_set
from grader.exercise import Exercise
from grader.lines import Line, Unreadable, preview, read_lines
from grader.report import GradientReport, Report

TWO_LAYER = {
    "dZ2": "A2 - Y",
    "dW2": "dZ2 @ A1.T / m",
    "db2": "np.sum(dZ2, axis=1, keepdims=True) / m",
    "dZ1": "(W2.T @ dZ2) * (1 - A1**2)",
    "dW1": "dZ1 @ X.T / m",
    "db1": "np.sum(dZ1, axis=1, keepdims=True) / m",
}
RIGHT: dict[str, list[dict[str, str]]] = {
    "two-layer": [
        TWO_LAYER,
        {  # as in LaTeX, with the layer above
            "dZ2": "A^{[2]} - Y",
            "dW2": r"\frac{\partial J}{\partial W_2} = \frac{1}{m} dZ^{[2]} A^{[1]T}",
            "db2": r"\frac{1}{m} \text{sum}(dZ^{[2]}, axis=1)",
            "dZ1": r"W^{[2]\top} dZ^{[2]} \odot \left(1 - A_1^2\right)",
            "dW1": r"\frac{1}{m} dZ^{[1]} \cdot X^T",
            "db1": r"\frac1m \operatorname{sum}(dZ_1, axis=1)",
        },
        {  # as on paper, with a line of one's own, in any order
            "dW1": "1/m dZ₁ Xᵀ",
            "db1": "dZ1.sum(axis=1)/m",
            "dZ1": "dA1 ∘ (1 - tanh²(Z1))",
            "dA1": "W2^T (A2 - Y)",
            "dZ2": "sigmoid(Z2) - Y",
            "dW2": "(A2 - Y) A1^T / m",
            "db2": "mean(A2 - Y, axis=1, keepdims=True)",
        },
        {  # as in NumPy
            "dZ2": "np.subtract(A2, Y)",
            "dW2": "np.dot(dZ2, A1.T) / m",
            "db2": "1/m * np.sum(dZ2, axis=1, keepdims=True)",
            "dZ1": "np.multiply(np.dot(W2.T, dZ2), 1 - np.power(A1, 2))",
            "dW1": "np.matmul(dZ1, np.transpose(X)) * (1/m)",
            "db1": "np.mean(dZ1, axis=1, keepdims=True)",
        },
        {  # nothing simplified
            "dZ2": "dA2 * A2 * (1 - A2)",
            "dA2": "-Y/A2 + (1 - Y)/(1 - A2)",
            "dW2": "dZ2.dot(A1.T)/m",
            "db2": "sum(dZ2, axis=1, keepdims=True)/m",
            "dZ1": "W2.T @ dZ2 / np.cosh(Z1)**2",
            "dW1": "(X @ dZ1.T).T / m",
            "db1": "sum(dZ1, axis=1, keepdims=True)/m",
        },
    ],
    "two-layer-one-sample": [
        {"dz2": "a2 - y", "dW2": "dz2 a1^T", "db2": "dz2", "dz1": "W2^T dz2 * (1 - a1^2)", "dW1": "dz1 x^T",
         "db1": "dz1"}
    ],
    "logistic-regression": [
        {"da": "-y/a + (1-y)/(1-a)", "dz": "da * a * (1 - a)", "dw": "dz x^T", "db": "dz"},
        {"da": r"\frac{a-y}{a(1-a)}", "dz": "a - y", "dw": "x.T * (a - y)", "db": "a - y"},
    ],
    "logistic-regression-batch": [
        {"dw": "X (A-Y)^T / m", "db": "np.sum(A - Y)/m"},
        {"dZ": "A - Y", "dw": "1/m X @ dZ.T", "db": "mean(dZ)"},
    ],
    "linear-layer": [{"dW": "dZ @ A_prev.T / m", "db": "sum(dZ, axis=1)/m", "dA_prev": "W.T @ dZ"}],
    "affine-layer": [
        {"grad_w": "x^T delta", "grad_b": "sum(delta, axis=0)", "grad_x": "delta w^T"},
        {"grad_w": "x.T @ delta", "grad_b": "delta.sum(axis=0)", "grad_x": "(w delta^T)^T"},
    ],
    "affine-layer-images": [
        {"dx": "np.reshape(dout @ w.T, (N, d1, d2))", "dw": "x.reshape(N, D).T @ dout", "db": "np.sum(dout, axis=0)"}
    ],
    "middle-layer": [
        {
            "y": "np.maximum(0, U)", "dU": "grad_y * (U > 0)", "dW": "X.T @ dU", "db": "sum(dU, axis=0)",
            "dX": "dU @ W.T", "W_new": "W - eta*dW", "b_new": "b - eta*db",
        },
        {
            "y": "relu(X @ W + b)", "dU": "np.where(U > 0, grad_y, 0)", "dW": "X^T dU", "db": "dU.sum(axis=0)",
            "dX": "dU W^T", "W_new": "W - eta X^T dU", "b_new": "b - eta db",
        },
    ],
    "output-layer-softmax": [
        {"y": "softmax(U)", "dU": "y - t", "dW": "X^T dU", "db": "sum(dU, axis=0)", "dX": "dU W^T",
         "W_new": "W - eta dW", "b_new": "b - eta db"},
    ],
    "mlp-two-layer": [
        {"dY": "2c/m (Y - T)", "dW2": "dY Z1^T", "dW1": "(W2^T dY * Z1 * (1 - Z1)) X^T",
         "W2_new": "W2 - eta dW2", "W1_new": "W1 - eta dW1"},
    ],
    "two-layer-softmax": [
        {"ds": "(softmax(scores, axis=1) - one_hot(y, C))/N", "dW2": "hidden^T ds + reg W2", "db2": "sum(ds, axis=0)",
         "dh": "ds W2^T * (hidden > 0)", "dW1": "X^T dh + reg W1", "db1": "dh.sum(axis=0)"},
    ],
    "softmax-loss": [{"loss": "-mean(take(logp, y))", "dx": "(np.exp(logp) - np.eye(C)[y])/N"}],
    "svm-scores": [
        {"loss": "sum(margins)/N - 1", "v": "1(margins > 0)",
         "dx": "(v - one_hot(y, C) * sum(v, axis=1, keepdims=True))/N"}
    ],
    "sigmoid-neuron-vector": [
        {"ddot": "f(1-f)", "dw": "[x[0] ddot, x[1] ddot, ddot]", "dx": "np.array([w[0]*ddot, w[1]*ddot])"}
    ],
    "gradient-descent-step": [
        {"dw": "w - t", "du": "u^3", "w_1": "w - rho dw", "u_1": "u - rho*du", "w_2": "w_1 - rho (w_1 - t)",
         "u_2": "u_1 - rho u_1^3"},
    ],
    "relu-layer": [{"dx": "dout * (x > 0)"}, {"dx": r"dout \odot \mathbb{1}(x > 0)"}],
    "sigmoid-layer": [{"dx": "dout * out * (1 - out)"}],
    "softmax-with-loss": [{"dx": "(y - t)/N"}],
    "squared-error": [{"dy": "y - t"}],
}  # fmt: skip
CASES = [(name, i) for name, styles in RIGHT.items() for i in range(len(styles))]


def graded(exercise: Exercise, answers: dict[str, str]) -> Report:
    return grade(exercise, Symbols(answers), trial_set(exercise, b"test", 0), None)  # type: ignore[arg-type]


def two_layer(**changed: str) -> dict[str, GradientReport]:
    """The report on the right answers, some of them changed, by name."""
    answers = {name: text for name, text in (TWO_LAYER | changed).items() if text}
    return {g.name: g for g in graded(catalogue()["two-layer"], answers).gradients}


def codes(gradient: GradientReport) -> set[str]:
    return {finding.code for finding in gradient.findings}


@pytest.mark.parametrize(("name", "style"), CASES)
def test_a_network_s_gradients_are_right_in_any_honest_form(name: str, style: int) -> None:
    exercise = catalogue()[name]
    report = graded(exercise, RIGHT[name][style])
    assert report.verdict == "match", [(g.name, g.verdict, g.findings) for g in report.gradients]
    assert report.score == report.max_score == exercise.max_score
    assert all(g.findings == () and g.understood for g in report.gradients)


@pytest.mark.parametrize(("name", "style"), CASES)
def test_what_is_right_is_right_to_fifty_digits(name: str, style: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fifty_digits, "CLEAR", -1.0)  # float64 settles nothing
    assert graded(catalogue()[name], RIGHT[name][style]).verdict == "match"


@pytest.mark.parametrize("written", ["(10^16 + A2 - 10^16) - Y", "(1 + 1e-9*A2 - 1)*1e9 - Y", "e^(log(A2)) - Y"])
def test_a_right_answer_that_float64_spoils_is_right(written: str) -> None:
    assert {gradient.verdict for gradient in two_layer(dZ2=written).values()} == {"match"}


@pytest.mark.parametrize("factor", ["1.001", "1.0000001", "(1 + 1e-9)", "(1 + 1e-11)"])
def test_an_answer_that_is_off_by_little_is_wrong_and_what_uses_it_follows(factor: str) -> None:
    found = two_layer(dZ2=f"{factor} (A2 - Y)")
    assert found.pop("dZ2").verdict == "mismatch"
    assert {gradient.verdict for gradient in found.values()} == {"follow_through"}


@pytest.mark.parametrize(("name", "style"), CASES)
def test_what_was_understood_is_understood_again_as_the_same(name: str, style: int) -> None:
    exercise = catalogue()[name]
    first = read_lines(exercise, RIGHT[name][style])
    again = read_lines(exercise, {n: line.understood for n, line in first.read.items() if isinstance(line, Line)})
    assert {n: line.understood for n, line in again.read.items()} == {
        n: line.understood for n, line in first.read.items()
    }
    assert len(again.program.nodes) == len(first.program.nodes)
    assert all(isinstance(shown, str) for shown in preview(exercise, RIGHT[name][style]).values())


def test_every_exercise_takes_symbols_but_those_of_procedures_and_random_starts() -> None:
    code_only = {name for name, exercise in catalogue().items() if not exercise.accepts_symbols}
    assert code_only == {
        "difference-quotient", "central-difference", "numerical-gradient", "two-layer-initialisation",
    }  # fmt: skip


MISTAKES = {  # (asked, answer): the mistake that is named, as it is in code
    ("dZ1", "W2.T @ dZ2"): {"activation_derivative_missing"},
    ("dZ1", "(W2.T @ dZ2) * (1 - Z1**2)"): {"activation_derivative_at_wrong_value"},
    ("dZ1", "(W2.T @ dZ2) * A1"): {"activation_for_derivative"},
    ("dW1", "dZ1 @ X.T"): {"not_averaged"},
    ("dW1", "X @ dZ1.T / m"): {"shape_transposed", "transposed"},
    ("dW1", "X.T @ dZ1 / m"): {"inner_dimensions"},
    ("dW1", "dZ1 * X / m"): {"shapes_not_elementwise"},
    ("dW2", "-dZ2 @ A1.T / m"): {"sign"},
    ("dW2", "2/m dZ2 A1^T"): {"factor"},
    ("db1", "sum(dZ1)/m"): {"shape_scalar", "bias_summed_over_everything"},
    ("db1", "sum(dZ1, axis=0)/m"): {"shape_wrong", "bias_wrong_axis"},
    ("db1", "dZ1/m"): {"shape_not_summed", "bias_not_summed"},
    ("db1", "sum(dZ1, axis=2)/m"): {"no_such_axis"},
    ("dZ2", "(A2 - Y) * A2 * (1 - A2)"): {"activation_derivative_twice", "other_loss"},
    ("dZ2", "Y - A2"): {"sign"},
    ("dZ2", "b1 + X"): {"shapes_not_elementwise"},
    ("dZ2", "m^T"): {"transpose_of_no_matrix"},
    ("dZ2", "A2[0, 0, 0]"): {"no_such_entry"},
}


@pytest.mark.parametrize(("wrong", "named"), MISTAKES.items(), ids=str)
def test_a_wrong_answer_is_named_as_it_is_in_code(wrong: tuple[str, str], named: set[str]) -> None:
    name, text = wrong
    gradient = two_layer(**{name: text})[name]
    assert gradient.verdict in ("mismatch", "wrong_shape")
    assert gradient.points == 0
    assert codes(gradient) == named


def test_shapes_that_do_not_fit_are_told_with_what_has_them() -> None:
    gradient = two_layer(dW1="X.T @ dZ1 / m")["dW1"]
    assert gradient.findings[0].parameters == {
        "left": "X.T (m, n_x)", "right": "dZ1 (n_h, m)", "one": "n_x", "other": "n_h",
    }  # fmt: skip
    assert gradient.understood == "X.T @ dZ1/m"


def test_what_is_right_given_an_earlier_answer_follows_from_it() -> None:
    found = two_layer(dZ1="W2.T @ dZ2")
    assert {n: (g.verdict, g.follows_from) for n, g in found.items() if g.verdict != "match"} == {
        "dZ1": ("mismatch", None), "dW1": ("follow_through", "dZ1"), "db1": ("follow_through", "dZ1"),
    }  # fmt: skip
    assert found["dW1"].points == 2 * (1 - catalogue()["two-layer"].policy.follow_through)


def test_what_follows_and_has_a_mistake_of_its_own_has_that_named() -> None:
    found = two_layer(dZ2="Y - A2", dW2="dZ2 @ A1.T")
    assert codes(found["dZ2"]) == {"sign"}
    assert codes(found["dW2"]) == {"not_averaged"}


def test_an_axis_of_one_that_a_sum_has_lost_is_taken_as_there_and_it_is_said() -> None:
    found = two_layer(db1="sum(dZ1, axis=1)/m")["db1"]
    assert (found.verdict, found.shape.candidate) == ("match", (4, 1))
    assert [n.parameters for n in found.notes if n.code == "taken_in_shape"] == [
        {"written": "(n_h,)", "shape": "(n_h, 1)"}
    ]


def test_an_answer_is_found_wrong_where_only_the_worked_example_has_it_right() -> None:
    found = two_layer(dW2="(A2 - Y) @ A1.T / 3", dZ2="A2 - Y + (n_x - 2)")
    assert (found["dW2"].verdict, found["dW2"].wrong_entries) == ("mismatch", 0)
    assert codes(found["dZ2"]) == {"right_only_on_worked_example"}


def test_an_answer_that_has_no_value_but_is_right_where_it_has_waits_for_the_instructor() -> None:
    exercise = catalogue()["squared-error"]
    assert graded(exercise, {"dy": "y - t + 0*sqrt(y)"}).gradients[0].verdict == "undecided"
    assert graded(exercise, {"dy": "t - y + 0*sqrt(y)"}).gradients[0].verdict == "not_finite"


def test_answers_may_use_one_another_in_any_order() -> None:
    exercise = catalogue()["add-multiply"]
    report = graded(exercise, {"dy": "dx", "dx": "dq*1", "dz": "q", "dq": "-z"})
    assert [(g.verdict, g.follows_from) for g in report.gradients] == [
        ("mismatch", None), ("match", None), ("follow_through", "dq"), ("follow_through", "dq"),
    ]  # fmt: skip
    assert report.gradients[2].understood == "dq*1"


def test_a_line_of_one_s_own_is_told_and_one_that_nobody_uses_too() -> None:
    answers = TWO_LAYER | {"dZ1": "dA_1 * (1 - A1**2)", "dA1": "W2.T @ dZ2", "dA0": "W1.T @ dZ1", "Z1": "0", "": "1"}
    report = graded(catalogue()["two-layer"], answers)
    assert report.verdict == "match"
    told = [(n.code, n.parameters["name"], n.parameters.get("understood")) for n in report.notes]
    assert told == [
        ("own_line", "dA1", "W2.T @ dZ2"), ("unknown_answer", "dA0", None), ("unknown_answer", "Z1", None),
        ("unknown_answer", "", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"dx": "dq*1"}, {"dx": ("answer_not_given", {"name": "dq"})}),
        ({"dx": "df*1"}, {"dx": ("answer_not_given", {"name": "df"})}),
        ({"dx": "k*1"}, {"dx": ("unknown_name", {"name": "k", "names": "f, q, x, y, z"})}),
        ({"dx": "dx"}, {"dx": ("answers_in_a_circle", {"names": "dx → dx"})}),
        (
            {"dx": "dy", "dy": "s", "s": "dx + 1", "dq": "dy"},
            {
                "dq": ("answer_not_readable", {"name": "dy"}),
                "dx": ("answers_in_a_circle", {"names": "dy → s → dx → dy"}),
                "dy": ("answers_in_a_circle", {"names": "dy → s → dx → dy"}),
            },
        ),
        ({"dq": "z +", "dx": "dq"}, {"dx": ("answer_not_readable", {"name": "dq"})}),
    ],
)
def test_what_an_answer_uses_has_to_be_there(
    answers: dict[str, str], told: dict[str, tuple[str, dict[str, str]]]
) -> None:
    read = read_lines(catalogue()["add-multiply"], answers).read
    for name, (code, parameters) in told.items():
        line = read[name]
        assert isinstance(line, Unreadable)
        assert (line.code, line.parameters) == (code, parameters)


def test_a_step_whose_value_is_asked_is_not_given_away() -> None:
    read = read_lines(catalogue()["middle-layer"], {"y": "Y", "dW": "X.T @ (grad_y * (Y > 0))"}).read
    assert {line.code for line in read.values() if isinstance(line, Unreadable)} == {"name_is_asked"}


def test_what_is_asked_of_code_only_does_not_count_in_symbols_and_it_is_said() -> None:
    report = graded(catalogue()["middle-layer"], RIGHT["middle-layer"][0] | {"W_start": "0"})
    assert [n.parameters for n in report.notes if n.code == "not_in_symbols"] == [{"names": "W_start, b_start"}]
    assert report.score == report.max_score


@pytest.mark.parametrize("written", ["A2 dZ", "A2 (1 - A2)", "2 X Y", "W1 X + W2"])
def test_what_stands_side_by_side_is_a_matrix_product_or_is_refused(written: str) -> None:
    assert isinstance(read_lines(catalogue()["two-layer"], {"dZ2": written}).read["dZ2"], Unreadable)


def test_a_name_that_is_called_T_can_be_used_and_transposed() -> None:
    exercise = catalogue()["mlp-two-layer"]
    read = read_lines(exercise, {"dW2": "(Y - T) Z1^T", "dW1": "T^T Y", "a": "Y^TT"}).read
    assert [line.understood for line in read.values()] == ["(Y - T) @ Z1.T", "T.T @ Y", "Y.T @ T"]


HOSTILE = {
    "X.__class__", "X.T.__class__", "X.T()", "X.tofile('x')", "X.dump('/tmp/x')", "X.sum.__self__", "X.dot", "X.data",
    "X.sum(axis=X)", "X.sum(axis='0')", "X.sum(axis=10**9)", "X.sum(out=Y)", "X.sum(1, 2, 3)", "np.sum(X, dtype=Y)",
    "np.load('x')", "np.fromfile('x')", "np.dot.__globals__", "np.dot(X)", "np.dot(X, Y, Z1)", "np.linalg.inv(W1)",
    "np.zeros(10**9)", "np.ones((9999, 9999))", "np.eye(10**9)", "np.eye(n_h)[X]", "np.eye(10**9)[m]", "np.array(X)",
    "np.array('x')", "np.array([X, Y])", "np.array([[1, 2], [3, 4]])", "[X for X in Y]", "[*X]", "[]", "[[]]", "X[:]",
    "X[None]", "X[..., 0]", "X[-1]", "X[10**9]", "X[X]", "X[0, 0, 0]", "X[True]", "X['a']", "X[lambda: 1]", "X[0].T",
    "X ** 9**9**9", "X^9999", "np.power(X, 9**9)", "np.power(2, 10**10)", "matmul(X)", "X @", "@X", "X @ @ Y", "X.T.T.",
    "reshape(X, 9)", "reshape(X, 99999, 99999)", "reshape(X, m)", "X.reshape(-1)", "X.reshape((m,) * 9)",
    "reshape(m, 1, 1, 1, 1, 1, 1, 1, 1)", "concatenate(X, Y)", "concatenate()", "take(X, Y)", "X.T(" * 60, "X^T" * 700,
    r"X^{[" * 100, r"X^{[1]", r"X^{[\input{x}]}", r"X^{[1][2]}", r"\odot X", r"X^\catcode", "X_" * 900, "[" * 500,
    "softmax(" * 30 + "Z2" + ")" * 30, "dZ2.sum(axis=0).sum(axis=0).sum(axis=0)", "lambda: X", "X if", "(X := 1)",
    "f'{X}'", "X' Y", "X;Y", "X == Y", "X and Y", "~X", "X // Y", "X % Y", "X | Y", "\u0425 @ Y", "X\u200b",
}  # fmt: skip


@pytest.mark.parametrize("text", sorted(HOSTILE), ids=lambda t: ascii(t[:30]))
def test_hostile_text_about_arrays_is_refused_with_a_message(text: str) -> None:
    found = graded(catalogue()["two-layer"], {"dZ2": text}).gradients[0]
    assert found.verdict in ("missing", "wrong_shape")
    assert found.points == 0
    assert found.findings


def test_arrays_are_bounded_before_they_are_computed() -> None:
    exercise = catalogue()["two-layer"]
    eight = {f"a{i + 1}": f"concatenate({', '.join([f'a{i}'] * 8)})" for i in range(40)}
    places = [", ".join("n_h" if i == k else "1" for i in range(6)) for k in range(6)]
    wide = [f"reshape(b1, {place})" for place in places]
    many = {f"s{i + 1}": "+".join([f"(s{i} @ X.T @ X)"] * 40) for i in range(40)}
    for answers in (
        {"a0": "[m, m]", **eight, "dZ2": "a30[0] + Y"},
        {"dZ2": " * ".join(wide)},
        {"s0": "X", **many, "dZ2": "s40"},
    ):
        read = read_lines(exercise, answers).read
        assert isinstance(read["dZ2"], Unreadable)
        assert any(isinstance(line, Unreadable) and line.code == "expressions_too_large" for line in read.values())
