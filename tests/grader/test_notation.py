"""What students write by hand and in LaTeX, as one checked tree; and what is refused before SymPy could see it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sympy
import sympy.parsing.latex
import sympy.parsing.sympy_parser

from grader import Symbols, catalogue, grade, trial_set
from grader.expressions import ExpressionError, written_out
from grader.messages import LANGUAGES, in_words
from grader.notation import CALLED, COMPOSED, read
from grader.submission import SubmissionError, read_symbols
from tests.symbols.hostile import HOSTILE

NAMES = ("x", "y", "z", "w0", "w_1", "dot", "alpha", "f", "s2")
LEFT = ("dx", "df/dx")

READ = {
    # as in Python, SymPy and NumPy
    "x*y + 1": "x*y + 1",
    "np.exp(x)": "exp(x)",
    "numpy.maximum(x, 0)": "maximum(x, 0)",
    "math.e**x": "e**x",
    "sympy.exp(-x)*np.pi": "exp(-x)*pi",
    "Heaviside(x)": "step(x)",
    "np.heaviside(x, 0)": "where(x > 0, 1, where(0 > x, 0, 0))",
    "Max(x, y, z)": "maximum(maximum(x, y), z)",
    "Piecewise((1, x > y), (0, True))": "where(x > y, 1, 0)",
    "Piecewise((y, x > y), (z, x <= y))": "where(x > y, y, z)",
    "np.where(x > y, 1, 0)": "where(x > y, 1, 0)",
    "x**(1/2)": "x**(1/2)",
    "x^(3/2 - 1)": "x**(3/2 - 1)",
    "E**x": "e**x",
    "np.square(x)": "x**2",
    "sech(x)^2": "(2/(exp(x) + exp(-x)))**2",
    # as by hand
    "2x": "2*x",
    "2x y": "2*x*y",
    "xy": "x*y",
    "z - xy^2": "z - x*y**2",
    "x\ny": "x*y",
    "x(y+1)": "x*(y + 1)",
    "x(y - z)": "x*(y - z)",
    "(x+1)(y+1)": "(x + 1)*(y + 1)",
    "(x+1)y": "(x + 1)*y",
    "2(x+y)": "2*(x + y)",
    "1(x>y)": "x > y",
    "y 1(x>y)": "y*(x > y)",
    "-1(x>y)": "-(x > y)",
    "f(1-f)": "f*(1 - f)",
    "2exp(x)": "2*exp(x)",
    "x sigmoid(y)": "x*sigmoid(y)",
    "σ(x)(1-σ(x))": "sigmoid(x)*(1 - sigmoid(x))",
    "e^x": "e**x",
    "e^(-x)/(1+e^(-x))^2": "e**(-x)/(1 + e**(-x))**2",
    "2e^x": "2*e**x",
    "πx": "pi*x",
    "tanh^2(x)": "tanh(x)**2",
    "1 - tanh²(x)": "1 - tanh(x)**2",
    "sin x": "sin(x)",
    "x²": "x**2",
    "x⁻²": "x**(-2)",
    "x·y − 1": "x*y - 1",
    "ｘ＊（ｙ＋１）": "x*(y + 1)",
    "w_0 + w1": "w0 + w_1",
    "w₀x": "w0*x",
    "α": "alpha",
    "dx = 2x": "2*x",
    "dfdx = y": "y",
    "df/dx = y": "y",
    "∂f/∂x = y": "y",
    "df_dx=y": "y",
    "1/2x": "1/2*x",
    "[x > y]": "x > y",
    "1[x > y] y": "(x > y)*y",
    "[x(y+1)]z": "x*(y + 1)*z",
    "2[x + 1]/[y]": "2*(x + 1)/y",
    "|x|": "abs(x)",
    "2|x||y - |z||": "2*abs(x)*abs(y - abs(z))",
    "np.power(x, 3) + pow(y, 2)": "x**3 + y**2",
    "np.multiply(x, np.negative(y))": "x*(-y)",
    "w_0x": "w0*x",
    "αx": "alpha*x",
    # LaTeX
    "$x y$": "x*y",
    "$$ 2x $$": "2*x",
    r"\(xy\)": "x*y",
    r"\[ \frac{x}{y} \]": "x/y",
    r"\left| w_0x_0 \right|".replace("x_0", "w_1"): "abs(w0*w_1)",
    r"\frac{x}{y}": "x/y",
    r"\frac{e^{-x}}{(1+e^{-x})^{2}}": "e**(-x)/(1 + e**(-x))**2",
    r"\frac12 x": "1/2*x",
    r"\sigma(x)(1-\sigma(x))": "sigmoid(x)*(1 - sigmoid(x))",
    r"\sigma\left(x\right)": "sigmoid(x)",
    r"2\left[x - y\right]z": "2*(x - y)*z",
    r"x \cdot y \times z": "x*y*z",
    r"1-\tanh^{2}(x)": "1 - tanh(x)**2",
    r"\mathbb{1}(x>y)": "x > y",
    r"\mathbf{1}_{x > y}": "x > y",
    r"\mathbb{1}[x \geq y]": "x >= y",
    r"\partial f/\partial x = y": "y",
    r"\frac{\partial f}{\partial x} = 2x": "2*x",
    r"\sqrt{x+1}": "sqrt(x + 1)",
    r"\sqrt[3]{x}": "x**(1/3)",
    r"\alpha w_{1} x": "alpha*w_1*x",
    r"x(y-z)": "x*(y - z)",
    r"\exp{(x)}": "exp(x)",
    r"\ln(x)\,y": "log(x)*y",
    r"\mathrm{dot}": "dot",
    r"\operatorname{sigmoid}(x)": "sigmoid(x)",
    r"\max(x, y)": "maximum(x, y)",
    "x^{2}": "x**2",
}  # fmt: skip

MISREAD = ("dy = y", "q = x", "df/dy = x", "x == y", "f(x) = x", "sin 2x", "sin x^2", "exp", "exp -x", "2 2", "x 2",
           "xq", "x'", "np.x", "np.load(x)", "Piecewise((1, x > y))", "Piecewise((1, x > y), (0, y > z))",
           "Piecewise()", "Piecewise((1, True), (0, True))", "Piecewise(1)", "sech(x, y)", "x^", "()", "x ** ",
           r"\frac{x}", r"\frac", r"\sqrt{x", r"\frac{x}{y", "{x", "x}", "⁻¹Heaviside", "w[0]", "f[x]",
           "x[y > 0]", "|x", "x|", "||", "x | y | z |", "[x", "x]", "[x, y]", "$x", "x$ + 1", "$x$ + $y$")  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_what_is_written_by_hand_is_understood(text: str) -> None:
    assert written_out(read(text, NAMES, LEFT)) == READ[text]


@pytest.mark.parametrize("text", READ)
def test_what_was_understood_is_understood_again_as_the_same(text: str) -> None:
    tree = read(text, NAMES, LEFT)
    assert written_out(read(written_out(tree), NAMES)) == written_out(tree)


@pytest.mark.parametrize("text", MISREAD)
def test_what_can_be_read_in_two_ways_or_none_is_refused_with_a_message(text: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        read(text, NAMES, LEFT)
    assert 10 < len(str(refusal.value)) < 900


def test_a_left_side_of_another_quantity_says_which_one_is_asked() -> None:
    with pytest.raises(ExpressionError, match=r"`dy`, is not what is asked here.*dx, df/dx"):
        read("dy = x", NAMES, LEFT)


def test_a_name_of_the_exercise_comes_before_a_function_or_constant_of_that_name() -> None:
    assert written_out(read("e + pi*sigma", ("e", "pi", "sigma"))) == "e + pi*sigma"
    assert written_out(read(r"\sigma + \pi", ("sigma", "pi"))) == "sigma + pi"
    assert written_out(read("max(x, 1)*max", ("x", "max"))) == "maximum(x, 1)*max"


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("e^(-x)", "exp(1)**(-x)"),
        ("2e^{x}/e^2", "2*exp(1)**x/e**2"),
        ("np.e**-x + e", "exp(1)**(-x) + e"),
        ("e^-2 e**(1/2)", "e**(-2)*e**(1/2)"),
    ],
)
def test_a_step_that_is_called_e_is_not_raised_to_a_variable_power(text: str, understood: str) -> None:
    assert written_out(read(text, ("e", "x"))) == understood


@pytest.mark.parametrize(
    "text", ["df/dq * x", r"\frac{\partial f}{\partial q} x", "x (df)/(dq)", "df / dqx", "∂f/∂q·x", "dw = df/dq x"]
)
def test_a_derivative_on_the_right_is_the_answer_of_that_name(text: str) -> None:
    names, quotients = ("x", "f", "dq", "dqx"), {"dfdq": "dq", "dfdqx": "dqx"}
    tree = read(text, names, ("dw",), quotients=quotients)
    assert written_out(tree) in ("dq*x", "x*dq", "dqx")
    with pytest.raises(ExpressionError):
        read("df/dx", names, quotients=quotients)
    assert written_out(read("df/dq", ("df", "dq"), quotients=quotients)) == "df/dq"


def test_letters_are_multiplied_only_where_each_is_a_name() -> None:
    assert written_out(read("xpy", ("x", "y", "xpy"))) == "xpy"
    with pytest.raises(ExpressionError) as refusal:
        read("xpy", ("x", "y"))
    assert refusal.value.code == "unknown_name"


@pytest.mark.parametrize("text", sorted(HOSTILE), ids=lambda t: ascii(t[:30]))
def test_hostile_text_is_refused_with_a_message_and_never_reaches_sympy(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exercise = catalogue()["multiply"]
    trials = trial_set(exercise, b"test", 0)
    grade(exercise, Symbols({"dx": "x", "dy": "x"}), trials, None)  # type: ignore[arg-type]  # derives all there is
    for module, name in (
        (sympy, "sympify"), (sympy, "S"), (sympy, "lambdify"), (sympy, "parse_expr"), (sympy, "Symbol"),
        (sympy, "simplify"), (sympy.parsing.sympy_parser, "parse_expr"),
        (sympy.parsing.sympy_parser, "eval_expr"), (sympy.parsing.latex, "parse_latex"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, _must_not_be_called(name))
    monkeypatch.setattr("builtins.eval", _must_not_be_called("eval"))
    answers = Symbols({"dx": text})  # as if nobody had bounded it: the notation has bounds of its own
    report = grade(exercise, answers, trials, None)  # type: ignore[arg-type]
    gradient = report.gradients[0]
    assert (gradient.verdict, gradient.understood, gradient.points) == ("missing", None, 0)
    for language in LANGUAGES:
        assert 10 < len(in_words(gradient.findings[0].code, gradient.findings[0].parameters, language)) < 900


@pytest.mark.parametrize("text", [text for text in sorted(HOSTILE) if len(text) > 2_000], ids=lambda t: ascii(t[:30]))
def test_what_is_too_long_is_not_even_taken_in(text: str) -> None:
    with pytest.raises(SubmissionError) as refusal:
        read_symbols({"dx": text})
    assert refusal.value.code == "answer_too_long"


def test_at_least_sixty_hostile_inputs_are_tried() -> None:
    assert len(HOSTILE) >= 60


def _must_not_be_called(name: str) -> Callable[..., Any]:
    def called(*_: object, **__: object) -> None:
        raise AssertionError(f"{name} was called")

    return called


def test_the_documented_functions_can_be_called() -> None:
    text = (Path(__file__).parents[2] / "docs" / "symbols.md").read_text("utf-8")
    listed = re.search(r"^Functions: `([^`]*)`", text, re.MULTILINE)
    assert listed
    assert set(COMPOSED) | {"sigmoid", "exp", "relu", "max"} <= set(listed[1].split()) <= CALLED
