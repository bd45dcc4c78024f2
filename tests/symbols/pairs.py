"""Pairs of a derivative and an answer to it, equal in another form or not equal, over scalar exercises and functions.

Equal forms are made by rewriting a tree with identities, unequal ones by one slip. Each pair is looked at once more at
points of its own, by SymPy's numbers and not the judge's, so that what the table calls equal is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from grader import Exercise, catalogue, read_exercise
from grader.exact import derive
from grader.exercise import Asked, Gradient
from grader.expressions import Apply, Expression, ExpressionError, Name, Number, names_of, written_out
from grader.gates import GATES
from grader.notation import read

FUNCTIONS = (
    "log(exp(x) + exp(y))", "log(exp(x) + exp(y) + exp(z))", "log(1 + exp(x*y))", "softplus(x*y + z)",
    "log(1 + exp(-x))/2",
    "x/(y + x/(1 + y**2))", "(x/y)/(1 + z/(1 + x**2))", "1/(1 + 1/(1 + x**2))", "(x - y)/(x**2 + y**2 + 1)",
    "x**3*y**2 - 2*x*y", "(x**2 + 1)**(3/2)", "(x**2 + y**2 + 1)**4", "(1 + x**2)**y", "exp(x)**3/(1 + exp(x)**3)",
    "sqrt(1 + x**2*y**2)", "x*exp(-x**2/2)", "exp(-(x - y)**2)", "exp(sin(x)*cos(y))", "sin(x*y)/(2 + cos(x))",
    "tanh(x*y + z)", "tanh(x)*sigmoid(y)", "x*sigmoid(x)", "sigmoid(tanh(x) + y)", "log(1 + x**2 + y**2)",
    "log(sigmoid(x*y))",
    "abs(x)*y + abs(x*y)", "abs(x - y)**3", "max(x, y)*z", "max(x*y, z) + min(x, z)", "max(max(x, y), z)**2",
    "relu(x*y + z)*sigmoid(y)", "leaky_relu(x)*tanh(y)", "x*y*z + x/y + y/z",
)  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """An answer to an asked gradient, and whether it is right."""

    exercise: Exercise
    ask: Asked
    text: str
    equal: bool


def exercises() -> Iterator[Exercise]:
    """The catalogue's scalar exercises, and one for each of FUNCTIONS."""
    yield from (e for e in catalogue().values() if e.of_scalars)
    for number, function in enumerate(FUNCTIONS):
        names = [name for name in ("x", "y", "z") if name in function.replace("exp", "").replace("max", "")]
        inputs = "".join(f"  {name}: {{}}\n" for name in names)
        asked = ", ".join(f"d{name}" for name in names[:2])
        yield read_exercise(
            f"name: function-{number + 1}\ninputs:\n{inputs}forward: |\n  f = {function}\ngradients: [{asked}]\n"
        )


def pairs(each: int = 3, seed: int = 1) -> Iterator[Pair]:
    """For every asked gradient, `each` equal answers and `each` that are not."""
    generator = np.random.default_rng(seed)
    for exercise in exercises():
        for ask in exercise.asks:
            assert isinstance(ask, Gradient)
            yield from _of(exercise, ask, each, generator)


def _of(exercise: Exercise, ask: Gradient, each: int, generator: np.random.Generator) -> Iterator[Pair]:
    known = frozenset(exercise.program.names)
    start = read(str(derive(exercise.program, ask.objective, ask.node, {}).gradient[()]), known)
    for equal in (True, False):
        seen = {written_out(start)} if not equal else set()
        found = tries = 0
        while found < each and tries < 60:
            tries += 1
            tree = start
            for _ in range(int(generator.integers(2, 5))):
                tree = rewritten(tree, generator, sorted(names_of(start) or {exercise.inputs[0].name}))
            if not equal:
                tree = spoilt(tree, generator, sorted(known))
            text = written_out(tree)
            if text in seen or not _readable(text, known) or _agree(exercise, start, tree, generator) is not equal:
                continue
            seen.add(text)
            found += 1
            yield Pair(exercise, ask, text, equal)


def _readable(text: str, names: frozenset[str]) -> bool:
    try:
        read(text, names)
    except ExpressionError:
        return False
    return True


def _agree(exercise: Exercise, one: Expression, other: Expression, generator: np.random.Generator) -> bool | None:
    """Whether both have one value at six random points; None where they cannot be told."""
    found = []
    with mpmath.workdps(40):
        for _ in range(6):
            inputs = {g.name: Fraction(int(generator.integers(-40, 41)) or 7, 16) for g in exercise.inputs}
            nodes = exercise.program.forward({name: np.float64(float(v)) for name, v in inputs.items()})
            names = {name: mpmath.mpf(float(nodes[i])) for name, i in exercise.program.names.items()}
            values = [_value(tree, names) for tree in (one, other)]
            if None in values:
                continue
            first, second = values
            found.append(abs(first - second) <= 1e-9 * max(abs(first), abs(second), 1))
            if abs(first - second) <= 1e-9 * max(abs(first), abs(second), 1) and abs(first - second) > 1e-13:
                return None
    return None if len(found) < 4 else all(found)


def _value(tree: Expression, names: dict[str, Any]) -> Any:
    """The value by NumPy's gates: no part of the judge."""
    match tree:
        case Number(value):
            return np.float64(float(value))
        case Name(name):
            return np.float64(float(names[name]))
        case Apply(gate, arguments):
            values = [_value(a, names) for a in arguments]
            if None in values:
                return None
            with np.errstate(all="ignore"):
                result = GATES[gate].forward(*values)
            return result if np.isfinite(result) and abs(result) < 1e12 else None
    raise AssertionError(tree)


# ------------------------------------------------------------------------------------------------------------ rewriting

Rewrite = Callable[..., Expression]


def _apply(gate: str, *arguments: Expression | int) -> Apply:
    return Apply(gate, tuple(Number(Fraction(a)) if isinstance(a, int) else a for a in arguments))


IDENTITIES: dict[str, tuple[Rewrite, ...]] = {
    "add": (lambda a, b: _apply("add", b, a), lambda a, b: _apply("subtract", a, _apply("negative", b))),
    "subtract": (
        lambda a, b: _apply("add", _apply("negative", b), a),
        lambda a, b: _apply("negative", _apply("subtract", b, a)),
    ),
    "multiply": (
        lambda a, b: _apply("multiply", b, a),
        lambda a, b: _apply("negative", _apply("multiply", _apply("negative", a), b)),
        lambda a, b: _spread(a, b),
        lambda a, b: _apply("divide", _apply("subtract", *(_squared(s, a, b) for s in ("add", "subtract"))), 4),
    ),
    "divide": (
        lambda a, b: _apply("multiply", a, _apply("power", b, -1)),
        lambda a, b: _apply("divide", 1, _apply("divide", b, a)),
        lambda a, b: _spread(a, _apply("divide", 1, b)),
    ),
    "power": (lambda a, n: _apply("multiply", a, _apply("power", a, _apply("subtract", n, 1))),),
    "exp": (
        lambda a: _apply("divide", 1, _apply("exp", _apply("negative", a))),
        lambda a: _apply("power", _apply("exp", _apply("divide", a, 2)), 2),
    ),
    "log": (lambda a: _apply("negative", _apply("log", _apply("divide", 1, a))),),
    "tanh": (
        lambda a: _apply("subtract", _apply("multiply", 2, _apply("sigmoid", _apply("multiply", 2, a))), 1),
        lambda a: _apply("negative", _apply("tanh", _apply("negative", a))),
    ),
    "sigmoid": (
        lambda a: _apply("divide", _apply("add", 1, _apply("tanh", _apply("divide", a, 2))), 2),
        lambda a: _apply("subtract", 1, _apply("sigmoid", _apply("negative", a))),
        lambda a: _apply("divide", _apply("exp", a), _apply("add", 1, _apply("exp", a))),
    ),
    "sin": (lambda a: _apply("negative", _apply("sin", _apply("negative", a))),),
    "cos": (
        lambda a: _apply("cos", _apply("negative", a)),
        lambda a: _apply("subtract", 1, _apply("multiply", 2, _squared_sine(_apply("divide", a, 2)))),
    ),
    "maximum": (
        lambda a, b: _apply("where", _apply("greater", a, b), a, b),
        lambda a, b: _apply("divide", _apply("add", _apply("add", a, b), _apply("abs", _apply("subtract", a, b))), 2),
    ),
    "minimum": (lambda a, b: _apply("negative", _apply("maximum", _apply("negative", a), _apply("negative", b))),),
    "abs": (lambda a: _apply("maximum", a, _apply("negative", a)),),
    "matmul": (
        lambda a, b: _apply("transpose", _apply("matmul", _apply("transpose", b), _apply("transpose", a))),
        lambda a, b: _apply("matmul", _apply("multiply", 2, a), _apply("divide", b, 2)),
        lambda a, b: _apply("negative", _apply("matmul", a, _apply("negative", b))),
    ),
    "transpose": (lambda a: _apply("divide", _apply("transpose", _apply("multiply", 3, a)), 3),),
    "step": (
        lambda a: _apply("greater", a, 0),
        lambda a: _apply("subtract", 1, _apply("step", _apply("negative", a))),
    ),
}  # fmt: skip
ANYWHERE: tuple[Callable[[Expression, Name], Expression], ...] = (
    lambda u, x: _apply("subtract", _apply("add", u, x), x),
    lambda u, x: _apply("divide", _apply("multiply", u, x), x),
    lambda u, x: _apply("multiply", u, _apply("add", *(_apply("power", _apply(f, x), 2) for f in ("sin", "cos")))),
    lambda u, x: _apply("divide", _apply("add", u, u), 2),
)


def _spread(a: Expression, b: Expression) -> Expression:
    """a (c + d) as a c + a d."""
    for one, other in ((a, b), (b, a)):
        if isinstance(other, Apply) and other.gate in ("add", "subtract"):
            return _apply(other.gate, *(_apply("multiply", one, part) for part in other.arguments))
    return _apply("multiply", b, a)


def _squared_sine(a: Expression) -> Expression:
    return _apply("power", _apply("sin", a), 2)


def _squared(sign: str, a: Expression, b: Expression) -> Expression:
    return _apply("power", _apply(sign, a, b), 2)


def rewritten(tree: Expression, generator: np.random.Generator, names: list[str]) -> Expression:
    """The tree with one identity applied at one place."""

    def rewrite(part: Expression) -> Expression:
        rules = IDENTITIES.get(part.gate, ()) if isinstance(part, Apply) else ()
        if rules and generator.random() < 0.8:
            assert isinstance(part, Apply)
            return rules[generator.integers(len(rules))](*part.arguments)
        return ANYWHERE[generator.integers(len(ANYWHERE))](part, Name(names[generator.integers(len(names))]))

    return _at_one_place(tree, rewrite, generator)


def spoilt(tree: Expression, generator: np.random.Generator, names: list[str]) -> Expression:
    """The tree with one slip: a sign, a number, a name, a function, or a part that is dropped or a little off."""

    def slip(part: Expression) -> Expression:
        match part, generator.integers(4):
            case Number(value), _:
                return Number(value + generator.choice([-1, 1, 2]))
            case Name(), 0 | 1:
                return Name(names[generator.integers(len(names))])
            case Apply("sin" | "cos" | "tanh" | "sigmoid" | "exp" | "abs", (inner,)), 0 | 1:
                return Apply(str(generator.choice(["sin", "cos", "tanh", "sigmoid"])), (inner,))
            case Apply("add" | "subtract" | "multiply" | "divide" | "matmul", (a, b)), 0 | 1:
                return (a, b)[generator.integers(2)]
            case Apply("add", (a, b)), _:
                return _apply("subtract", a, b)
            case _, 2:
                return _apply("add", part, Number(Fraction(1, 10 ** int(generator.integers(1, 7)))))
        return _apply("negative", part)

    return _at_one_place(tree, slip, generator)


def _at_one_place(
    tree: Expression, change: Callable[[Expression], Expression], generator: np.random.Generator
) -> Expression:
    if not isinstance(tree, Apply) or generator.random() < 0.25:
        return change(tree)
    i = int(generator.integers(len(tree.arguments)))
    if tree.gate == "power" and i == 1:
        i = 0
    arguments = list(tree.arguments)
    arguments[i] = _at_one_place(arguments[i], change, generator)
    return Apply(tree.gate, tuple(arguments), tree.options)
