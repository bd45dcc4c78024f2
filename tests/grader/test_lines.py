"""Answers in symbols of arrays, and answers that use one another."""

import pytest

from grader import Symbols, catalogue, fifty_digits, grade, trial_set
from grader.exercise import Exercise
from grader.lines import Line, Unreadable, preview, read_lines
from grader.report import GradientReport, Report
from tests.symbols.hostile import HOSTILE_OF_ARRAYS
from tests.symbols.networks import RIGHT, TWO_LAYER

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


def test_what_cancels_where_nothing_is_passed_on_is_right() -> None:
    assert graded(catalogue()["relu-layer"], {"dx": "dout*(x > 0) + x - 1/(dout/(x*dout))"}).verdict == "match"


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


@pytest.mark.parametrize(
    ("wrong", "named"), MISTAKES.items(), ids=lambda part: str(sorted(part) if isinstance(part, set) else part)
)
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


@pytest.mark.parametrize("text", sorted(HOSTILE_OF_ARRAYS), ids=lambda t: ascii(t[:30]))
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
