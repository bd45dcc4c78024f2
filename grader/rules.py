"""What follows from the definition of an elementwise gate, derived by SymPy and written as Python functions. To load
SymPy takes 270 ms and 48 MB: `grader.elementwise` does so only for what is not known beforehand."""

from __future__ import annotations

import inspect
from functools import lru_cache
from string import ascii_lowercase
from typing import Any

import sympy
from sympy.printing.numpy import NumPyPrinter
from sympy.printing.pycode import MpmathPrinter

SHORT = 24
"""Characters of an expression without common parts that would be worth looking for."""
_NAMES = ("exp", "log", "sqrt", "sin", "cos", "tanh", "Max", "Min", "Piecewise", "Rational")


@lru_cache(maxsize=1024)
def defined(definition: str, arity: int) -> tuple[tuple[Any, ...], Any]:
    """SymPy's letters, and the definition over them."""
    letters = tuple(sympy.Symbol(letter, real=True) for letter in ascii_lowercase[:arity])
    names = {name: getattr(sympy, name) for name in _NAMES} | {str(letter): letter for letter in letters}
    expression = eval(definition, {"__builtins__": {}}, names)  # this table's own text; sympify takes 1 ms to do so
    if len(definition) > SHORT:
        expression = min(expression, sympy.expand_mul(expression), key=sympy.count_ops)
    return letters, expression


@lru_cache(maxsize=1024)
def _derivative(definition: str, arity: int, i: int) -> Any:
    """SymPy's derivative of the definition by letter `i`."""
    letters, expression = defined(definition, arity)
    # powsimp: b*a**(b - 1) for a**b*b/a, which is no number at a = 0
    return _one_sided(sympy.powsimp(sympy.diff(expression, letters[i])))


def _one_sided(derivative: Any) -> Any:
    """`derivative` with every step function counted from the same side of its kink, H(-u) = 1 - H(u), so that the
    shares of the two sides add up to one exactly at the kink."""

    def turn(step: Any) -> Any:
        u = step.args[0]
        return 1 - sympy.Heaviside(-u) if u.could_extract_minus_sign() else step

    return derivative.replace(lambda e: isinstance(e, sympy.Heaviside), turn)


def value(definition: str, arity: int, numbers: str) -> str:
    """The gate as a function of `numbers`, "numpy" or "mpmath"."""
    letters, expression = defined(definition, arity)
    return _written(letters, expression, numbers)


def partial(definition: str, arity: int, i: int, numbers: str) -> str:
    """The local gradient for argument `i`, as a function of the arguments and its share at a kink."""
    letters, _ = defined(definition, arity)
    at_kink = sympy.Symbol("at_kink")
    return _written((*letters, at_kink), _with_steps(_derivative(definition, arity, i), at_kink, numbers), numbers)


def pullback(definition: str, arity: int, i: int) -> str | None:
    """The upstream gradient times the local one, as a function of the former, the gate's output, the share at a kink
    and the arguments; None where it is zero."""
    letters, expression = defined(definition, arity)
    upstream, output, at_kink = sympy.symbols("upstream output at_kink", real=True)
    local = _with_steps(_derivative(definition, arity, i), at_kink, "numpy")
    if local == 0:
        return None
    if isinstance(expression, sympy.Function):
        local = local.subs(expression, output)  # 1 - tanh(a)**2 is 1 - output**2
    return _written((upstream, output, at_kink, *letters), upstream * local, "numpy")


def kinks(definition: str, arity: int) -> list[str]:
    """For each kink, the quantity that vanishes there, as a function of the arguments."""
    letters, expression = defined(definition, arity)
    if not expression.has(sympy.Max, sympy.Min):
        return []
    derivatives = [_derivative(definition, arity, i) for i in range(arity)]
    steps = {step.args[0] for derivative in derivatives for step in derivative.atoms(sympy.Heaviside)}
    return [_written(letters, step, "numpy") for step in sorted(steps, key=str)]


def _with_steps(derivative: Any, at_kink: Any, numbers: str) -> Any:
    """`derivative` with step functions that are `at_kink` where they jump."""

    def step(u: Any, *_: Any) -> Any:
        if numbers == "numpy":
            return sympy.Heaviside(u, at_kink)
        return sympy.Piecewise((0, u < 0), (1, u > 0), (at_kink, True))

    return derivative.replace(sympy.Heaviside, step)


def _written(arguments: tuple[Any, ...], body: Any, numbers: str) -> str:
    """The source of a function of `numbers` that computes the SymPy expression `body`."""
    printer = NumPyPrinter if numbers == "numpy" else MpmathPrinter
    settings = {"fully_qualified_modules": True, "inline": True, "allow_unknown_functions": False}
    # not modules by name: lambdify would then import all of NumPy's, which takes 120 ms
    function = sympy.lambdify(
        arguments, body, modules=[{}], printer=printer(settings), cse=len(str(body)) > SHORT, docstring_limit=0
    )
    return inspect.getsource(function).replace(function.__name__, "rule", 1)
