"""Derivatives in symbols: equal in any honest form, different with a counterexample, undecided never wrong."""

import time

import pytest

from grader import Symbols, TrialError, catalogue, grade, read_exercise, read_symbols, trial_set
from grader.exercise import Gradient
from grader.lines import Unreadable
from grader.report import Report
from grader.submission import SubmissionError
from grader.symbolic import Different, Equal, Undecided, judge_symbols, rational_points

RIGHT = {
    ("multiply", "dx"): ["y", "1*y", "f/x", "y + x - x", "y**2/y"],
    ("add", "dx"): ["1", "1.0", "x/x", "cos(x)**2 + sin(x)**2"],
    ("maximum", "dx"): ["1(x>y)", "1 if x > y else 0", "Heaviside(x - y)", "(x > y)", "1(x >= y)", "1 - (y > x)"],
    ("add-multiply", "dq"): ["z", "f/q"],
    ("add-multiply", "dz"): ["q", "x + y"],
    ("sigmoid-neuron", "ddot"): ["f*(1-f)", "exp(-dot)/(1+exp(-dot))^2", "sigmoid(dot)*(1 - sigmoid(dot))",
                                 "1/(2 + exp(dot) + exp(-dot))", "(1 - tanh(dot/2)**2)/4"],
    ("sigmoid-neuron", "dw1"): ["x1*f*(1-f)", "x1*sigmoid(w0*x0 + w1*x1 + w2)*(1 - f)"],
    ("staged-fraction", "dinvden"): ["num", "x + sigy", "x + sigmoid(y)"],
    ("staged-fraction", "dden"): ["-num/den**2", "-num*invden^2"],
    ("staged-fraction", "dx"): ["invden - num/den**2*(sigx*(1 - sigx) + 2*xpy)",
                                "1/(sigmoid(x) + (x+y)^2) - f/den*(exp(-x)/(1+exp(-x))**2 + 2*(x + y))"],
}  # fmt: skip
WRONG = {
    ("multiply", "dx"): ["x", "-y", "y + 1e-9", "2*y"],
    ("add-multiply", "dz"): ["z", "x*y"],
    ("maximum", "dx"): ["1(x<y)", "x", "1"],
    ("sigmoid-neuron", "ddot"): ["f", "f*(1+f)", "-f*(1-f)", "f*(1-f)*w0"],
    ("staged-fraction", "dx"): ["invden", "invden - num/den**2*2*xpy"],
}


def outcome(exercise: str, name: str, text: str) -> object:
    ask = catalogue()[exercise].ask(name)
    assert isinstance(ask, Gradient)
    return judge_symbols(catalogue()[exercise], ask, text, trial_set(catalogue()[exercise], b"test", 0))


@pytest.mark.parametrize(
    ("asked", "text"), [(asked, text) for asked, texts in RIGHT.items() for text in texts], ids=str
)
def test_a_derivative_is_right_in_any_form(asked: tuple[str, str], text: str) -> None:
    assert isinstance(outcome(*asked, text), Equal)


@pytest.mark.parametrize(
    ("asked", "text"), [(asked, text) for asked, texts in WRONG.items() for text in texts], ids=str
)
def test_a_wrong_derivative_is_shown_a_point_where_it_differs(asked: tuple[str, str], text: str) -> None:
    found = outcome(*asked, text)
    assert isinstance(found, Different)
    assert found.relative_error > 0
    assert set(found.counterexample) == {"at", "candidate", "exact"}


def test_the_counterexample_has_exact_values() -> None:
    found = outcome("add-multiply", "dz", "x*y")
    assert isinstance(found, Different)
    assert found.counterexample == {"at": {"x": "-2", "y": "5", "z": "-4"}, "candidate": "-10", "exact": "3"}


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (("multiply", "dx"), "-3 + sqrt(-(x - 4)**2)"),
        (("multiply", "dx"), "y + 0*sqrt(x - 4)"),
        (("multiply", "dy"), "4 + 0*log(x - 3)"),
        (("maximum", "dx"), "1 + 0*sqrt(x - y)"),
        (("multiply", "dx"), "0*exp(100*(4-x)*(4-x))*exp(60*(4-x)*(4-x)) + y"),
    ],
)
def test_an_answer_that_has_no_value_somewhere_is_never_right(asked: tuple[str, str], text: str) -> None:
    assert not isinstance(outcome(*asked, text), Equal)


@pytest.mark.parametrize("text", [
    "exp(exp(exp(22*10^17*((1+1/10^17)-1))))", "exp(exp(10^30*((1+1/10^17)-1)))",
    "(10^20*((1+1/10^17)-1))^(10^20*((1+1/10^17)-1))", "exp(-exp(10^20*((1+1/10^17)-1)))",
])  # fmt: skip
def test_what_float64_does_not_see_growing_is_stopped_in_multiple_precision_too(text: str) -> None:
    before = time.process_time()
    assert not isinstance(outcome("multiply", "dx", text), Equal)
    assert time.process_time() - before < 2


def test_the_points_are_those_of_the_deployments_secret() -> None:
    exercise = catalogue()["multiply"]
    points = [rational_points(exercise, trial_set(exercise, secret, 0)) for secret in (b"one", b"two")]
    assert points[0][0].inputs == points[1][0].inputs == {"x": 4, "y": -3}
    assert points[0][1].inputs != points[1][1].inputs


def test_points_are_drawn_where_the_exercise_has_its_values_or_it_is_said_that_there_are_none() -> None:
    text = 'name: logs\ninputs:\n  x: {{draw: "uniform(3, 5)"}}\nforward: |\n  f = log(x - {})\ngradients: [dx]\n'
    usable = read_exercise(text.format("2.5"))
    assert isinstance(judge_symbols(usable, usable.asks[0], "1/(x - 5/2)", trial_set(usable, b"test", 0)), Equal)  # type: ignore[arg-type]
    empty = read_exercise(text.format(9))
    with pytest.raises(TrialError, match="no 8 rational points"):
        rational_points(empty, trial_set(usable, b"test", 0))


def test_points_lie_on_both_sides_of_a_kink_and_where_no_step_vanishes_by_accident() -> None:
    kink = read_exercise("name: kink\ninputs: {x: {}, y: {}}\nforward: |\n  f = relu(x) * y\ngradients: [dx]\n")
    trials = trial_set(kink, b"test", 0)
    assert {point.inputs["x"] > 0 for point in rational_points(kink, trials)} == {True, False}
    assert isinstance(judge_symbols(kink, kink.asks[0], "y", trials), Different)  # type: ignore[arg-type]
    exercise = catalogue()["add-multiply"]
    for secret in range(40):
        assert all(p.values["q"] != 0 for p in rational_points(exercise, trial_set(exercise, bytes([secret]), 0)))


@pytest.mark.parametrize("text", ["sum(x)", "x.T", "x[0]", "x @ y"])
def test_gates_of_arrays_are_refused_with_a_message(text: str) -> None:
    found = outcome("multiply", "dx", text)
    assert isinstance(found, Unreadable)
    assert found.code == "form_not_allowed"


@pytest.mark.parametrize("text", ["log(-1 - x**2)", "sqrt(-1 - y*y)", "exp(exp(exp(exp(9 + x*x))))", "x/(y - y)"])
def test_an_answer_without_a_real_value_anywhere_is_undecided(text: str) -> None:
    assert isinstance(outcome("multiply", "dx", text), Undecided)


def test_what_cannot_be_read_says_what_to_change() -> None:
    found = outcome("multiply", "dx", "y*z")
    assert isinstance(found, Unreadable)
    assert found.parameters["names"] == "f, x, y"


class NoSandbox:
    """Symbols need no sandbox; whoever touches this one fails."""


def report(exercise: str, **answers: str) -> Report:
    chosen = catalogue()[exercise]
    return grade(chosen, Symbols(answers), trial_set(chosen, b"test", 0), NoSandbox())  # type: ignore[arg-type]


def test_each_answer_has_its_own_verdict() -> None:
    result = report("add-multiply", dq="z", dz="x*y", dx="q *", dy="z")
    verdicts = {g.name: g.verdict for g in result.gradients}
    assert verdicts == {"dq": "match", "dz": "mismatch", "dx": "missing", "dy": "match"}
    assert (result.verdict, result.score, result.max_score) == ("mismatch", 2.0, 4.0)
    assert result.gradients[0].understood == "z"
    assert result.gradients[2].findings[0].code == "not_an_expression"
    assert result.to_dict("en")["summary"] == "2 of 4 gradients are right. Start at dz."


def test_an_undecided_answer_makes_the_whole_wait_for_review() -> None:
    result = report("multiply", dx="y", dy="log(-1 - x*x)")
    assert result.verdict == "needs_review"
    assert [g.verdict for g in result.gradients] == ["match", "undecided"]


def test_forms_that_differ_only_at_the_kink_are_equal_and_the_report_says_so() -> None:
    result = report("maximum", dx="1(x > y)", dy="1(y > x)")
    assert result.verdict == "match"
    assert any(n.code == "differs_only_at_kink" for g in result.gradients for n in g.notes)


def test_symbols_for_an_exercise_of_random_starts_are_answered_with_how_to_hand_in() -> None:
    result = report("two-layer-initialisation", W1_start="0.01")
    assert result.verdict == "mismatch"
    assert result.findings[0].code == "symbols_not_taken"


def test_answers_are_bounded_before_anybody_reads_them() -> None:
    for answers, code in (
        ({}, "empty_answers"), ({"dx": "  "}, "empty_answers"), ({"dx": "x" * 3000}, "answer_too_long"),
        ({"dx": 3}, "answer_not_text"), ({f"d{i}": "x" for i in range(100)}, "too_many_answers"),
        ({"dx": "\x00"}, "nul_character"), ({"dx": "\ud800"}, "lone_surrogate"),
    ):  # fmt: skip
        with pytest.raises(SubmissionError) as refusal:
            read_symbols(answers)
        assert refusal.value.code == code


SLIPS = {  # (exercise, asked, answer): each mistake that is named
    ("multiply", "dx", "-y"): {"sign"},
    ("multiply", "dx", "2y"): {"factor"},
    ("multiply", "dx", "x^2 y/2"): {"integrated"},
    ("reciprocal", "dx", "ln(x)"): {"integrated"},
    ("sigmoid-neuron", "dw0", "ln(1 + e^dot)/x0 + 1"): {"integrated"},
    ("staged-fraction", "dden", r"num \ln(den)"): {"integrated"},
    ("maximum", "dx", "x^2/2 if x > y else x y"): {"integrated"},
    ("multiply", "dx", "x y"): {"not_differentiated"},
    ("shift", "dx", "x"): {"sum_rule"},
    ("shift", "dx", "x + 1/3"): set(),  # as steep as f, and not f
    ("add-multiply", "dx", "y z"): {"sum_rule"},
    ("add-multiply", "dy", "q z"): {"sum_rule"},
    ("sigmoid-neuron", "dw2", "w2 f(1-f)"): {"sum_rule"},
    ("sigmoid-neuron", "dw0", "w0 x0 f(1-f)"): {"product_rule"},
    ("sigmoid-neuron", "ddot", "dot f(1-f)"): {"argument_for_derivative"},
    ("sigmoid-neuron", "ddot", r"\sigma(f)(1 - \sigma(f))"): {"activation_derivative_at_wrong_value"},
    ("exponential", "dx", "x e^x"): {"argument_for_derivative"},
    ("squared-error", "dy", "(y - t)^2/2"): {"power_rule"},
    ("multiply", "dx", "1"): {"factor_dropped"},
    ("multiply", "dx", "x"): {"own_value", "other_variable"},
    ("add-multiply", "dz", "z"): {"own_value", "other_variable"},
    ("reciprocal", "dx", "-1/x"): {"square_missing"},
    ("reciprocal", "dx", "1/x^2"): {"sign"},
    ("sigmoid-neuron", "ddot", "f"): {"activation_for_derivative"},
    ("sigmoid-neuron", "dx0", "f(1-f)"): {"factor_dropped"},
    ("sigmoid-neuron", "dx0", "w1 f(1-f)"): {"other_variable"},
    ("sigmoid-neuron", "dw0", r"x0 \sigma(dot)"): {"activation_for_derivative"},
    ("sigmoid-neuron", "dw0", "x0"): {"activation_derivative_missing"},
    ("sigmoid-neuron-staged", "dx0", "w0 f(1 - dot)"): set(),
    ("staged-fraction", "dden", "-num/den"): {"square_missing"},
    ("staged-fraction", "dx", "invden"): {"path_dropped"},
}


@pytest.mark.parametrize(
    ("slip", "codes"), SLIPS.items(), ids=lambda part: str(sorted(part) if isinstance(part, set) else part)
)
def test_a_slip_is_named_as_it_is_in_code(slip: tuple[str, str, str], codes: set[str]) -> None:
    exercise, name, text = slip
    gradient = next(g for g in report(exercise, **{name: text}).gradients if g.name == name)
    assert gradient.verdict in ("mismatch", "missing")
    assert {f.code for f in gradient.findings} - {"unknown_name"} == codes
    assert all(f.certain == (len(codes) == 1) for f in gradient.findings if f.code in codes)


def test_another_variables_derivative_says_which() -> None:
    gradient = report("sigmoid-neuron", dx0="w1 f(1-f)").to_dict("en")["gradients"][4]
    assert gradient["findings"][0]["parameters"] == {"of": "dx1"}
    assert "it equals dx1" in gradient["findings"][0]["message"]


def test_what_is_right_given_an_earlier_answer_earns_what_the_exercise_gives() -> None:
    result = report("sigmoid-neuron", ddot="f", dw0="x0 f", dw1="x1 f(1-f)")
    verdicts = {g.name: (g.verdict, g.follows_from, g.points) for g in result.gradients[:3]}
    carried = 1 - catalogue()["sigmoid-neuron"].policy.follow_through
    assert verdicts == {
        "ddot": ("mismatch", None, 0),
        "dw0": ("follow_through", "ddot", carried),
        "dw1": ("match", None, 1),
    }


@pytest.mark.parametrize(
    ("asked", "text"), [(asked, text) for asked, texts in RIGHT.items() for text in texts], ids=str
)
def test_a_right_answer_draws_no_finding(asked: tuple[str, str], text: str) -> None:
    gradient = next(g for g in report(asked[0], **{asked[1]: text}).gradients if g.name == asked[1])
    assert (gradient.verdict, gradient.findings, gradient.follows_from) == ("match", (), None)


def test_a_gradient_is_known_under_each_of_its_names() -> None:
    chosen = catalogue()["add-multiply"]
    answers = {"df/dq": "dfdq = z", "∂f/∂z": "dz = q", "df_dx": "df/dx = z", "dy": "z", "dfdy": "x", "dw": "1"}
    result = grade(chosen, Symbols(answers), trial_set(chosen, b"test", 0), NoSandbox())  # type: ignore[arg-type]
    assert [g.verdict for g in result.gradients] == ["match"] * 4
    assert [n.parameters for n in result.notes if n.code == "unknown_answer"] == [{"name": "dw"}]
