"""Every gate of the forward language, its local rule beside it.

An elementwise gate is one line: its definition. Its NumPy function, its multiple-precision function and its local
gradients are all derived from that line by SymPy, so no derivative is typed by hand. A structural gate (matrix
product, transpose, sum) states its forward, its vector-Jacobian products and its shapes side by side.

Forward functions take float64, complex, SymPy or mpmath entries alike, and any number of stacked leading axes (one
evaluation for many perturbed points), so axes are counted from the end.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

Dimension = str | int
"""A letter of the exercise (`n_h`), or a fixed size."""
Dimensions = tuple[Dimension, ...]
Options = Mapping[str, Any]


class ShapeError(ValueError):
    """Shapes that do not fit, told in the exercise's letters."""


def written(shape: Dimensions) -> str:
    """`(n_h, m)`, `(n,)`, `()`: as Python writes a shape."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def broadcast(*shapes: Dimensions) -> Dimensions:
    """The common shape under NumPy's rule. Raises ShapeError."""
    rank = max(map(len, shapes), default=0)
    result: list[Dimension] = []
    for axis in range(-rank, 0):
        sizes = {shape[axis] for shape in shapes if len(shape) >= -axis} - {1}
        if len(sizes) > 1:
            raise ShapeError(f"shapes {' and '.join(written(s) for s in shapes)} do not fit elementwise")
        result.append(sizes.pop() if sizes else 1)
    return tuple(result)


def unbroadcast(gradient: Any, shape: tuple[int, ...]) -> Any:
    """`gradient` summed over the axes along which an operand of `shape` was broadcast."""
    if gradient.shape == shape:
        return gradient
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    widened = tuple(i for i, size in enumerate(shape) if size == 1 and gradient.shape[i] != 1)
    return gradient.sum(axis=widened, keepdims=True) if widened else gradient


# ---------------------------------------------------------------------------------------------- elementwise gates


@dataclass(frozen=True)
class Elementwise:
    """A gate applied entry by entry, defined by `definition` in the letters a, b, c of its arguments."""

    name: str
    arity: int
    definition: str

    def settle(self, shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
        """The result's shape and the complete options. Raises ShapeError."""
        return broadcast(*shapes), options

    @property
    def forward(self) -> Callable[..., Any]:
        return _functions(self.definition, self.arity, "numpy").value

    def vjp(self, i: int, upstream: Any, output: Any, inputs: list[Any], options: Options, at_kink: float) -> Any:
        """The gradient for argument `i`, in its shape: upstream * local gradient, summed where it was broadcast."""
        return unbroadcast(upstream * self.partial(i, inputs, at_kink), np.shape(inputs[i]))

    def magnitude(self, i: int, upstream: Any, output: Any, inputs: list[Any], options: Options) -> Any:
        """`vjp` with every term counted positive."""
        return unbroadcast(upstream * np.abs(self.partial(i, inputs, 0.5)), np.shape(inputs[i]))

    def partial(self, i: int, inputs: list[Any], at_kink: float = 0.5) -> Any:
        """The local gradient for argument `i`; at a kink, `at_kink` of the way from one side's to the other's."""
        return _functions(self.definition, self.arity, "numpy").partials[i](*inputs, at_kink)

    def kinks(self, inputs: list[Any]) -> list[Any]:
        """For each kink of the gate, the quantity that vanishes there."""
        return [kink(*inputs) for kink in _functions(self.definition, self.arity, "numpy").kinks]

    def symbolic(self, *arguments: Any) -> Any:
        """The gate applied to SymPy expressions."""
        letters, expression, _ = _derived(self.definition, self.arity)
        return expression.xreplace(dict(zip(letters, arguments, strict=True)))

    @property
    def precise(self) -> Callable[..., Any]:
        """The gate on mpmath numbers."""
        return _functions(self.definition, self.arity, "mpmath").value


@dataclass(frozen=True)
class _Functions:
    value: Callable[..., Any]
    partials: tuple[Callable[..., Any], ...]
    kinks: tuple[Callable[..., Any], ...]


@cache
def _derived(definition: str, arity: int) -> tuple[tuple[Any, ...], Any, tuple[Any, ...]]:
    """SymPy's letters, the definition over them, and its derivative by each letter."""
    import sympy  # 270 ms and 48 MB: only where something is derived

    letters = sympy.symbols("a b c", real=True)[:arity]
    expression = sympy.sympify(definition, locals={str(letter): letter for letter in letters})
    partials = tuple(_one_sided(sympy.diff(expression, letter)) for letter in letters)
    return letters, expression, partials


def _one_sided(derivative: Any) -> Any:
    """`derivative` with every step function counted from the same side of its kink, H(-u) = 1 - H(u), so that the
    shares of the two sides add up to one exactly at the kink."""
    import sympy

    def turn(step: Any) -> Any:
        u = step.args[0]
        return 1 - sympy.Heaviside(-u) if u.could_extract_minus_sign() else step

    return derivative.replace(lambda e: isinstance(e, sympy.Heaviside), turn)


@cache
def _functions(definition: str, arity: int, numbers: str) -> _Functions:
    """The gate's functions over `numbers`, "numpy" or "mpmath"."""
    import mpmath
    import sympy
    from sympy.printing.numpy import NumPyPrinter
    from sympy.printing.pycode import MpmathPrinter

    letters, expression, partials = _derived(definition, arity)
    at_kink = sympy.Symbol("at_kink")
    steps = sorted({step.args[0] for p in partials for step in p.atoms(sympy.Heaviside)}, key=str)
    printer = NumPyPrinter if numbers == "numpy" else MpmathPrinter
    # not modules by name: lambdify would then import all of NumPy's, which takes 120 ms
    namespace = {"numpy": np, "mpmath": mpmath, "functools": functools}

    def function(arguments: tuple[Any, ...], body: Any) -> Callable[..., Any]:
        settings = {"fully_qualified_modules": True, "inline": True, "allow_unknown_functions": False}
        compiled: Callable[..., Any] = sympy.lambdify(
            arguments, body, modules=[namespace], printer=printer(settings), cse=True
        )
        return compiled

    shared = [p.replace(sympy.Heaviside, lambda u, *_: sympy.Heaviside(u, at_kink)) for p in partials]
    return _Functions(
        value=function(letters, expression),
        partials=tuple(function((*letters, at_kink), p) for p in shared) if numbers == "numpy" else (),
        kinks=tuple(function(letters, step) for step in steps) if numbers == "numpy" else (),
    )


_ELEMENTWISE = {
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
    "abs": (1, "Max(a, -a)"),
    "maximum": (2, "Max(a, b)"),
    "minimum": (2, "Min(a, b)"),
    "greater": (2, "Piecewise((1, a > b), (0, True))"),
    "greater_equal": (2, "Piecewise((1, a >= b), (0, True))"),
    "step": (1, "Piecewise((0, a < 0), (1, a > 0), (Rational(1, 2), True))"),
    "where": (3, "Piecewise((b, a > 0), (c, True))"),
}

# ----------------------------------------------------------------------------------------------- structural gates


@dataclass(frozen=True)
class Structural:
    """A gate that moves or adds up entries. `vjps[i](upstream, output, inputs, **options)` is the gradient for
    argument i; a `bilinear` one multiplies its operands with one another."""

    name: str
    arity: int
    forward: Callable[..., Any]
    vjps: tuple[Callable[..., Any], ...]
    settle: Callable[[tuple[Dimensions, ...], Options], tuple[Dimensions, Options]]
    options: tuple[str, ...] = ()
    bilinear: bool = field(default=False)

    def vjp(self, i: int, upstream: Any, output: Any, inputs: list[Any], options: Options, at_kink: float) -> Any:
        """The gradient for argument `i`, in its shape."""
        return self.vjps[i](upstream, output, inputs, **options)

    def magnitude(self, i: int, upstream: Any, output: Any, inputs: list[Any], options: Options) -> Any:
        """`vjp` with every term counted positive."""
        return self.vjps[i](upstream, output, [np.abs(v) for v in inputs] if self.bilinear else inputs, **options)

    def kinks(self, inputs: list[Any]) -> list[Any]:
        """None: these gates are linear in each argument."""
        return []


def _as_matrices(a: Any, b: Any, ranks: tuple[int, int]) -> tuple[Any, Any]:
    return (a[..., None, :] if ranks[0] == 1 else a), (b[..., :, None] if ranks[1] == 1 else b)


def _matmul(a: Any, b: Any, *, ranks: tuple[int, int]) -> Any:
    product = np.matmul(*_as_matrices(a, b, ranks))
    if ranks[1] == 1:
        product = product[..., 0]
    return product[..., 0] if ranks == (1, 1) else product[..., 0, :] if ranks[0] == 1 else product


def _matmul_vjp(i: int) -> Callable[..., Any]:
    def vjp(g: Any, out: Any, inputs: list[Any], *, ranks: tuple[int, int]) -> Any:
        a, b = _as_matrices(inputs[0], inputs[1], ranks)
        g = g.reshape(a.shape[0], b.shape[1])
        return (g @ b.T if i == 0 else a.T @ g).reshape(inputs[i].shape)  # dA = G B^T, dB = A^T G

    return vjp


def _settle_matmul(shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
    a, b = shapes
    if not (1 <= len(a) <= 2 and 1 <= len(b) <= 2):
        raise ShapeError(f"@ takes vectors and matrices, not {written(a)} and {written(b)}")
    if a[-1] != b[0]:
        raise ShapeError(f"{written(a)} @ {written(b)}: the inner dimensions {a[-1]} and {b[0]} differ")
    return a[:-1] + b[1:], {"ranks": (len(a), len(b))}


def _settle_transpose(shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
    (a,) = shapes
    if len(a) != 2:
        raise ShapeError(f".T is of a matrix, not of shape {written(a)}")
    return a[::-1], {}


def _settle_sum(shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
    (a,) = shapes
    given, keep = options.get("axis"), bool(options.get("keepdims", False))
    axes = tuple(range(-len(a), 0))
    if given is not None:
        if not isinstance(given, int) or isinstance(given, bool) or not -len(a) <= given < len(a):
            raise ShapeError(f"axis={given} of shape {written(a)}")
        axes = (given if given < 0 else given - len(a),)
    kept = tuple(1 if i - len(a) in axes else size for i, size in enumerate(a))
    shape = kept if keep else tuple(size for i, size in enumerate(a) if i - len(a) not in axes)
    return shape, {"axis": axes, "keepdims": keep}


def _sum(a: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    return np.asarray(a).sum(axis=axis, keepdims=keepdims) if axis else a


def _sum_vjp(g: Any, out: Any, inputs: list[Any], *, axis: tuple[int, ...], keepdims: bool) -> Any:
    return np.broadcast_to(g if keepdims else np.expand_dims(g, axis), inputs[0].shape)


def _count(a: Any, axis: tuple[int, ...]) -> int:
    return math.prod(np.shape(a)[i] for i in axis)


_STRUCTURAL = (
    Structural("matmul", 2, _matmul, (_matmul_vjp(0), _matmul_vjp(1)), _settle_matmul, bilinear=True),
    Structural(
        "transpose",
        1,
        lambda a: np.swapaxes(a, -1, -2),
        (lambda g, out, inputs: np.swapaxes(g, -1, -2),),
        _settle_transpose,
    ),
    Structural("sum", 1, _sum, (_sum_vjp,), _settle_sum, options=("axis", "keepdims")),
    Structural(
        "mean",
        1,
        lambda a, axis, keepdims: _sum(a, axis=axis, keepdims=keepdims) / _count(a, axis),
        (
            lambda g, out, inputs, axis, keepdims: (
                _sum_vjp(g, out, inputs, axis=axis, keepdims=keepdims) / _count(inputs[0], axis)
            ),
        ),
        _settle_sum,
        options=("axis", "keepdims"),
    ),
)

Gate = Elementwise | Structural
GATES: dict[str, Gate] = {
    **{name: Elementwise(name, arity, definition) for name, (arity, definition) in _ELEMENTWISE.items()},
    **{gate.name: gate for gate in _STRUCTURAL},
}
