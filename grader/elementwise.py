"""Gates applied entry by entry. Each is one line, its definition: its NumPy function, its multiple-precision function
and its local gradients are derived from that line by SymPy, so that no derivative is typed by hand. Each function is
derived when it is first asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from grader.shapes import Dimensions, Options, broadcast, unbroadcast

LETTERS = "abcdefgh"
"""Of a gate's arguments, in order."""
SHORT = 24
"""Characters of an expression without common parts that would be worth looking for."""
_NAMES = ("exp", "log", "sqrt", "sin", "cos", "tanh", "Max", "Min", "Piecewise", "Rational")


@dataclass(frozen=True)
class Elementwise:
    """A gate applied entry by entry, defined by `definition` in the LETTERS of its arguments."""

    name: str
    arity: int
    definition: str

    def settle(self, shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
        """The result's shape and the complete options. Raises ShapeError."""
        return broadcast(*shapes), options

    @property
    def forward(self) -> Callable[..., Any]:
        return _value(self.definition, self.arity, "numpy")

    def vjp(self, i: int, upstream: Any, output: Any, inputs: list[Any], options: Options, at_kink: float) -> Any:
        """The gradient for argument `i`, in its shape: upstream * local gradient, summed where it was broadcast."""
        return unbroadcast(upstream * self.partial(i, inputs, at_kink), np.shape(inputs[i]))

    def pullback(self, i: int) -> Callable[..., Any] | None:
        """`vjp` as one function of upstream, output, `at_kink` and the inputs, before anything is summed; None where
        the local gradient is zero."""
        return _pullback(self.definition, self.arity, i)

    def magnitude(self, i: int, upstream: Any, output: Any, inputs: list[Any], options: Options) -> Any:
        """`vjp` with every term counted positive."""
        return unbroadcast(upstream * np.abs(self.partial(i, inputs, 0.5)), np.shape(inputs[i]))

    def partial(self, i: int, inputs: list[Any], at_kink: float = 0.5) -> Any:
        """The local gradient for argument `i`; at a kink, `at_kink` of the way from one side's to the other's."""
        return _partial(self.definition, self.arity, i, "numpy")(*inputs, at_kink)

    @property
    def kinked(self) -> bool:
        """Whether the gate has kinks."""
        return bool(_kinks(self.definition, self.arity))

    def kinks(self, inputs: list[Any], options: Options) -> list[Any]:
        """For each kink of the gate, the quantity that vanishes there."""
        return [kink(*inputs) for kink in _kinks(self.definition, self.arity)]

    def symbolic(self, *arguments: Any) -> Any:
        """The gate applied to SymPy expressions."""
        letters, expression = _defined(self.definition, self.arity)
        return expression.xreplace(dict(zip(letters, arguments, strict=True)))

    @property
    def precise(self) -> Callable[..., Any]:
        """The gate on mpmath numbers."""
        return _value(self.definition, self.arity, "mpmath")

    def precise_partial(self, i: int) -> Callable[..., Any]:
        """The local gradient for argument `i` on mpmath numbers, of which the last is that at a kink (`partial`)."""
        return _partial(self.definition, self.arity, i, "mpmath")


@lru_cache(maxsize=1024)
def _defined(definition: str, arity: int) -> tuple[tuple[Any, ...], Any]:
    """SymPy's letters, and the definition over them."""
    import sympy  # 270 ms and 48 MB: only where something is derived

    letters = tuple(sympy.Symbol(letter, real=True) for letter in LETTERS[:arity])
    names = {name: getattr(sympy, name) for name in _NAMES} | {str(letter): letter for letter in letters}
    expression = eval(definition, {"__builtins__": {}}, names)  # this table's own text; sympify takes 1 ms to do so
    if len(definition) > SHORT:
        expression = min(expression, sympy.expand_mul(expression), key=sympy.count_ops)
    return letters, expression


@lru_cache(maxsize=1024)
def _derivative(definition: str, arity: int, i: int) -> Any:
    """SymPy's derivative of the definition by letter `i`."""
    import sympy

    letters, expression = _defined(definition, arity)
    # powsimp: b*a**(b - 1) for a**b*b/a, which is no number at a = 0
    return _one_sided(sympy.powsimp(sympy.diff(expression, letters[i])))


def _one_sided(derivative: Any) -> Any:
    """`derivative` with every step function counted from the same side of its kink, H(-u) = 1 - H(u), so that the
    shares of the two sides add up to one exactly at the kink."""
    import sympy

    def turn(step: Any) -> Any:
        u = step.args[0]
        return 1 - sympy.Heaviside(-u) if u.could_extract_minus_sign() else step

    return derivative.replace(lambda e: isinstance(e, sympy.Heaviside), turn)


@lru_cache(maxsize=1024)
def _value(definition: str, arity: int, numbers: str) -> Callable[..., Any]:
    """The gate as a function of `numbers`, "numpy" or "mpmath"."""
    letters, expression = _defined(definition, arity)
    return _compiled(letters, expression, numbers)


@lru_cache(maxsize=1024)
def _partial(definition: str, arity: int, i: int, numbers: str) -> Callable[..., Any]:
    import sympy

    letters, _ = _defined(definition, arity)
    at_kink = sympy.Symbol("at_kink")
    return _compiled((*letters, at_kink), _with_steps(_derivative(definition, arity, i), at_kink, numbers), numbers)


@lru_cache(maxsize=1024)
def _pullback(definition: str, arity: int, i: int) -> Callable[..., Any] | None:
    import sympy

    letters, expression = _defined(definition, arity)
    upstream, output, at_kink = sympy.symbols("upstream output at_kink", real=True)
    local = _with_steps(_derivative(definition, arity, i), at_kink, "numpy")
    if local == 0:
        return None
    if isinstance(expression, sympy.Function):
        local = local.subs(expression, output)  # 1 - tanh(a)**2 is 1 - output**2
    return _compiled((upstream, output, at_kink, *letters), upstream * local, "numpy")


@lru_cache(maxsize=1024)
def _kinks(definition: str, arity: int) -> tuple[Callable[..., Any], ...]:
    import sympy

    letters, expression = _defined(definition, arity)
    if not expression.has(sympy.Max, sympy.Min):
        return ()
    derivatives = [_derivative(definition, arity, i) for i in range(arity)]
    steps = {step.args[0] for derivative in derivatives for step in derivative.atoms(sympy.Heaviside)}
    return tuple(_compiled(letters, step, "numpy") for step in sorted(steps, key=str))


def _with_steps(derivative: Any, at_kink: Any, numbers: str) -> Any:
    """`derivative` with step functions that are `at_kink` where they jump."""
    import sympy

    def step(u: Any, *_: Any) -> Any:
        if numbers == "numpy":
            return sympy.Heaviside(u, at_kink)
        return sympy.Piecewise((0, u < 0), (1, u > 0), (at_kink, True))

    return derivative.replace(sympy.Heaviside, step)


def _compiled(arguments: tuple[Any, ...], body: Any, numbers: str) -> Callable[..., Any]:
    """The SymPy expression `body` as a function of `numbers`."""
    import mpmath
    import sympy
    from sympy.printing.numpy import NumPyPrinter
    from sympy.printing.pycode import MpmathPrinter

    printer = NumPyPrinter if numbers == "numpy" else MpmathPrinter
    settings = {"fully_qualified_modules": True, "inline": True, "allow_unknown_functions": False}
    # not modules by name: lambdify would then import all of NumPy's, which takes 120 ms
    namespace = {"numpy": np, "mpmath": mpmath, "functools": functools}
    compiled: Callable[..., Any] = sympy.lambdify(
        arguments, body, modules=[namespace], printer=printer(settings), cse=len(str(body)) > SHORT
    )
    return compiled


DEFINITIONS = {
    "add": (2, "a + b"),
    "subtract": (2, "a - b"),
    "multiply": (2, "a * b"),
    "divide": (2, "a / b"),
    "power": (2, "a ** b"),
    "negative": (1, "-a"),
    "exp": (1, "exp(a)"),
    "log": (1, "log(a)"),
    "sqrt": (1, "sqrt(a)"),
    "sin": (1, "sin(a)"),
    "cos": (1, "cos(a)"),
    "tanh": (1, "tanh(a)"),
    "sigmoid": (1, "1 / (1 + exp(-a))"),
    "relu": (1, "Max(a, 0)"),
    "leaky_relu": (1, "Max(a, a / 100)"),
    "softplus": (1, "log(1 + exp(a))"),
    "abs": (1, "Max(a, -a)"),
    "maximum": (2, "Max(a, b)"),
    "minimum": (2, "Min(a, b)"),
    "greater": (2, "Piecewise((1, a > b), (0, True))"),
    "greater_equal": (2, "Piecewise((1, a >= b), (0, True))"),
    "step": (1, "Piecewise((0, a < 0), (1, a > 0), (Rational(1, 2), True))"),
    "where": (3, "Piecewise((b, a > 0), (c, True))"),
}
