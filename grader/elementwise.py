"""Gates applied entry by entry. Each is one line, its definition: its NumPy function, its multiple-precision function
and its local gradients are derived from that line by SymPy (`grader.rules`), so that no derivative is typed by hand.

What the catalogue needs was derived beforehand and stands in `rules.json`, so that a process that grades never loads
SymPy; everything else is derived when it is first asked for."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import numpy as np

from grader.shapes import Dimensions, Options, broadcast, unbroadcast

LETTERS = "abcdefgh"
"""Of a gate's arguments, in order."""


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
        return _function("value", self.definition, self.arity, "numpy")

    def vjp(self, i: int, upstream: Any, output: Any, inputs: list[Any], options: Options, at_kink: float) -> Any:
        """The gradient for argument `i`, in its shape: upstream * local gradient, summed where it was broadcast."""
        return unbroadcast(upstream * self.partial(i, inputs, at_kink), np.shape(inputs[i]))

    def pullback(self, i: int) -> Callable[..., Any] | None:
        """`vjp` as one function of upstream, output, `at_kink` and the inputs, before anything is summed; None where
        the local gradient is zero."""
        if rule("pullback", self.definition, self.arity, i) is None:
            return None
        return _function("pullback", self.definition, self.arity, i)

    def magnitude(self, i: int, upstream: Any, output: Any, inputs: list[Any], options: Options) -> Any:
        """`vjp` with every term counted positive."""
        return unbroadcast(upstream * np.abs(self.partial(i, inputs, 0.5)), np.shape(inputs[i]))

    def partial(self, i: int, inputs: list[Any], at_kink: float = 0.5) -> Any:
        """The local gradient for argument `i`; at a kink, `at_kink` of the way from one side's to the other's."""
        return _function("partial", self.definition, self.arity, i, "numpy")(*inputs, at_kink)

    @property
    def known(self) -> bool:
        """Whether all that follows from the definition is known beforehand."""
        return key_of("kinks", self.definition, self.arity) in _known()

    @property
    def kinked(self) -> bool:
        """Whether the gate has kinks."""
        return bool(_kinks(self.definition, self.arity))

    def kinks(self, inputs: list[Any], options: Options) -> list[Any]:
        """For each kink of the gate, the quantity that vanishes there."""
        return [kink(*inputs) for kink in _kinks(self.definition, self.arity)]

    def symbolic(self, *arguments: Any) -> Any:
        """The gate applied to SymPy expressions."""
        from grader.rules import defined  # here: it loads SymPy

        letters, expression = defined(self.definition, self.arity)
        return expression.xreplace(dict(zip(letters, arguments, strict=True)))

    @property
    def precise(self) -> Callable[..., Any]:
        """The gate on mpmath numbers."""
        return _function("value", self.definition, self.arity, "mpmath")

    def precise_partial(self, i: int) -> Callable[..., Any]:
        """The local gradient for argument `i` on mpmath numbers, of which the last is that at a kink (`partial`)."""
        return _function("partial", self.definition, self.arity, i, "mpmath")


@lru_cache(maxsize=4096)
def rule(what: str, definition: str, arity: int, *which: Any) -> Any:
    """What `grader.rules` says of the gate with that definition, as the function there called `what` does: the source
    of a Python function, None where there is nothing to compute, or several sources."""
    known, key = _known(), key_of(what, definition, arity, *which)
    if key in known:
        return known[key]
    from grader import rules  # here: it loads SymPy

    return getattr(rules, what)(definition, arity, *which)


def key_of(*asked: Any) -> str:
    """Under what name a rule stands in `rules.json`."""
    return "; ".join(map(str, asked))


@cache
def _known() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(resources.files("grader").joinpath("rules.json").read_text("utf-8"))
    return found


@lru_cache(maxsize=4096)
def _function(what: str, definition: str, arity: int, *which: Any) -> Callable[..., Any]:
    return _compiled(rule(what, definition, arity, *which))


@lru_cache(maxsize=1024)
def _kinks(definition: str, arity: int) -> tuple[Callable[..., Any], ...]:
    return tuple(map(_compiled, rule("kinks", definition, arity)))


def _compiled(source: str) -> Callable[..., Any]:
    """The function whose source, SymPy's own, this is."""
    namespace: dict[str, Any] = {"numpy": np, "functools": functools}
    if "mpmath." in source:
        import mpmath  # here: it takes 4 MB

        namespace["mpmath"] = mpmath
    exec(source, namespace)
    found: Callable[..., Any] = namespace["rule"]
    return found


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
