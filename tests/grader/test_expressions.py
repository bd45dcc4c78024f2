"""One door for all text: what passes, what is refused, and in what time."""

import gc
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest

from grader.expressions import (
    Apply,
    ExpressionError,
    Name,
    Number,
    depth_of,
    gates_of,
    names_of,
    parse,
    parse_statement,
    put,
    written_out,
)
from grader.notation import read

NAMES = ("x", "y", "W", "m")

ACCEPTED = {
    "x*y + 1": "x*y + 1",
    "x^2": "x**2",
    "-x**2": "-x**2",
    "(x + y)*m": "(x + y)*m",
    "x - (y - m)": "x - (y - m)",
    "x/(y*m)": "x/(y*m)",
    "exp(-x)/(1+exp(-x))**2": "exp(-x)/(1 + exp(-x))**2",
    "σ(x)": "sigmoid(x)",
    "ln(x)": "log(x)",
    "1(x > y)": "x > y",
    "x < y": "y > x",
    "1 if x > y else 0": "where(x > y, 1, 0)",
    "max(x, y)": "maximum(x, y)",
    "W.T @ x": "W.T @ x",
    "sum(x, axis=-1, keepdims=True)": "sum(x, axis=-1, keepdims=True)",
    "1e-3": "1/1000",
    "+x": "x",
    "x**-1": "x**(-1)",
}

REFUSED = {
    "": "not_an_expression",
    "y +": "not_an_expression",
    "x = 1": "not_an_expression",
    "x := 1": "not_an_expression",
    "lambda: x": "form_not_allowed",
    "[x for x in y]": "form_not_allowed",
    "x.__class__": "form_not_allowed",
    "x.__class__.__bases__[0]": "form_not_allowed",
    "f'{x}'": "form_not_allowed",
    "'x'": "form_not_allowed",
    "True": "form_not_allowed",
    "1j": "form_not_allowed",
    "x[-1]": "form_not_allowed",
    "x[y]": "form_not_allowed",
    "x[0:1]": "form_not_allowed",
    "x[True]": "form_not_allowed",
    "x if y else *m": "not_an_expression",
    "(x, y)": "form_not_allowed",
    "x and y": "form_not_allowed",
    "x < y < m": "form_not_allowed",
    "~x": "form_not_allowed",
    "x // y": "form_not_allowed",
    "x % y": "form_not_allowed",
    "__import__('os')": "unknown_function",
    "eval(x)": "unknown_function",
    "x(y)": "unknown_function",
    "__builtins__": "unknown_name",
    "foo": "unknown_name",
    "ｘ1": "unknown_name",
    "9**9**9": "exponent_too_large",
    "x**1000": "exponent_too_large",
    "x**(2**9)": "exponent_too_large",
    "1e999999999": "number_too_long",
    "9" * 400: "number_too_long",
    "1e000000999999999": "number_too_long",
    "9" * 30 + "e300": "number_too_long",
    "0x" + "F" * 1_900: "number_too_long",
    "x[()]": "form_not_allowed",
    "leaky_relu(" * 30 + "x" + ")" * 30: "expression_too_deep",
    "softmax(" * 12 + "x" + ")" * 12: "expression_too_deep",
    "+".join(["softmax(" * 9 + "x" + ")" * 9] * 9): "expression_too_deep",
    "-" * 100_000 + "x": "expression_too_long",
    "-" * 1_000 + "x": "expression_too_deep",
    "(" * 5_000: "expression_too_long",
    "(" * 500 + "x" + ")" * 500: "expression_too_deep",
    "x+" * 900 + "x": "expression_too_deep",
    "x" * 1_000_000: "expression_too_long",
    "exp(" * 45 + "x" + ")" * 45: "expression_too_deep",
    "max(x)": "wrong_number_of_arguments",
    "exp(x, y)": "wrong_number_of_arguments",
    "sum(x, where=y)": "option_not_allowed",
    "exp(x, axis=0)": "option_not_allowed",
    "sum(x, axis=y)": "option_not_allowed",
    "sum(*x)": "form_not_allowed",
    "sum(**x)": "wrong_number_of_arguments",
    "\x00": "not_an_expression",
    "x\ny": "not_an_expression",
    "\u202ex": "not_an_expression",
    "print(x)": "unknown_function",
    "yield x": "not_an_expression",
    "await x": "form_not_allowed",
}


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_was_understood_is_written_out(text: str) -> None:
    assert written_out(read(text, NAMES)) == ACCEPTED[text]


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_is_written_out_is_understood_as_the_same(text: str) -> None:
    tree = read(text, NAMES)
    assert parse(written_out(tree).replace("maximum", "max"), NAMES) == tree or "/1000" in written_out(tree)


@pytest.mark.parametrize("text", REFUSED, ids=lambda t: ascii(t[:24]))
def test_other_text_is_refused_at_once_with_a_message(text: str) -> None:
    before = time.process_time()
    with pytest.raises(ExpressionError) as refusal:
        parse(text, NAMES)
    assert refusal.value.code == REFUSED[text]
    assert time.process_time() - before < 0.5
    assert len(str(refusal.value)) < 400


def test_numbers_are_exact() -> None:
    assert parse("0.1", ()) == Number(Fraction(1, 10))
    assert parse("-2", ()) == Number(Fraction(-2))


def test_the_names_of_an_expression_are_found() -> None:
    assert names_of(parse("x*exp(y) + 1", NAMES)) == {"x", "y"}
    assert parse("x", NAMES) == Name("x")
    assert isinstance(parse("-x", NAMES), Apply)


def test_a_statement_has_one_name_on_its_left() -> None:
    assert parse_statement("  q = x + y ") == ("q", "x + y")
    assert parse_statement("q == x") is None
    assert parse_statement("q, r = x") is None
    assert parse_statement("x + y") is None
    assert parse_statement("q = ") is None
    blanks = " " * 60_000  # a pattern that tries each of them took seconds
    assert parse_statement(f"q = x{blanks}+ y{blanks}") == ("q", f"x{blanks}+ y")


def test_a_tree_knows_its_length_and_depth_without_being_walked() -> None:
    tree = parse("x", NAMES)
    for _ in range(200):
        tree = put(parse("x*x + 1", NAMES), {"x": tree})
        gates_of(tree), depth_of(tree)  # asked at once, since it goes deep for what was not asked before
    assert gates_of(tree) == 2 * (2**200 - 1)
    assert depth_of(tree) == 400
    assert gates_of(parse("leaky_relu(exp(x))", NAMES)) == 3  # in NumPy code its argument stands twice
    assert written_out(parse("leaky_relu(exp(x))", NAMES), numpy=True).count("exp") == 2


@pytest.mark.parametrize(("text", "column"), [("y +", 3), ("x * (y + 1", 5), ("x = 1", 3), ("", 1)])
def test_where_it_is_no_expression_is_told(text: str, column: int) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(text, ("x", "y"))
    assert refused.value.parameters["column"] == column


class _Kept:
    """Is in its own way, so that only the garbage collector ends it: as it does whenever it likes, amid a parse too."""

    def __init__(self) -> None:
        self.own = self

    def __del__(self) -> None:
        for _ in range(30):
            pass


def test_many_threads_may_read_at_a_time() -> None:
    def read_some(own: int) -> None:
        for number in range(300):
            _Kept()
            parse("x + " * 20 + f"exp(x * {number}) * (y - {own})", ("x", "y"))

    before = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(10, 2, 2)
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(read_some, range(8)))
    finally:
        gc.set_threshold(*before[0])
        sys.setswitchinterval(before[1])
