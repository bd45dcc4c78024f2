"""Students' derivatives in symbols, held against SymPy's at rational points with 50 digits.

The answer is walked as a checked tree and never handed to SymPy: first in float64, which refuses what grows out of
reach, then in multiple precision, which decides. A point where the answer has no real value decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np

from grader.elementwise import Elementwise
from grader.exact import DIGITS, Derivation, derive, precise
from grader.exercise import Exercise, Given, Gradient
from grader.expressions import Apply, Expression, ExpressionError, evaluate, parse, written_out
from grader.gates import GATES
from grader.program import Operation
from grader.trials import DRAWS, TrialError, TrialSet

POINTS = 8
AGREEMENT_DIGITS = 30
AGREEMENT = mpmath.mpf(10) ** -AGREEMENT_DIGITS
REACH = 1e30
"""Where an intermediate value leaves this range the point decides nothing: multiple precision would crawl."""
_DENOMINATORS = (2, 3, 5, 7)


@dataclass(frozen=True, eq=False)
class Point:
    """A rational point: its inputs, every named value in multiple precision, and the exact gradients."""

    inputs: Mapping[str, Fraction]
    values: Mapping[str, Any]
    gradients: Mapping[str, Any]


@dataclass(frozen=True)
class Equal:
    """The answer agrees with the derivative at `points` points."""

    understood: str
    points: int


@dataclass(frozen=True)
class Different:
    """The answer differs: `counterexample` holds a point and both values as text, `relative_error` the worst."""

    understood: str
    counterexample: Mapping[str, Any]
    relative_error: float


@dataclass(frozen=True)
class Undecided:
    """It agrees where it has a value, but at some point it has no real value of reasonable size."""

    understood: str


@dataclass(frozen=True)
class Unreadable:
    """Not an expression of the exercise: a message code with its parameters."""

    code: str
    parameters: Mapping[str, Any]


SymbolicOutcome = Equal | Different | Undecided | Unreadable


def judge_symbols(exercise: Exercise, ask: Gradient, text: str, trials: TrialSet) -> SymbolicOutcome:
    """The verdict on the expression `text` for the asked gradient `ask`; the points follow from those of `trials`."""
    points = rational_points(exercise, trials)
    try:
        tree = parse(text, points[0].values, power_sign=True)
        _only_scalars(tree)
    except ExpressionError as error:
        return Unreadable(error.code, error.parameters)
    understood = written_out(tree)
    decided, worst, counterexample = 0, 0.0, None
    for point in points:
        value = value_at(tree, point.values)
        if value is None:
            continue
        decided += 1
        derivative = point.gradients[ask.name]
        with mpmath.workdps(DIGITS):
            reach = max(abs(value), abs(derivative), mpmath.mpf(1))
            off = abs(value - derivative)
            if not off <= AGREEMENT * reach:
                worst = max(worst, float(off / reach))
                counterexample = counterexample or {
                    "at": {name: str(number) for name, number in point.inputs.items()},
                    "candidate": _shown(value),
                    "exact": _shown(derivative),
                }
    if counterexample is not None:
        return Different(understood, counterexample, worst)
    return Equal(understood, decided) if decided == len(points) else Undecided(understood)


def _only_scalars(tree: Expression) -> None:
    """Refuse gates of arrays. Raises ExpressionError."""
    if isinstance(tree, Apply):
        if not isinstance(GATES[tree.gate], Elementwise):
            raise ExpressionError("form_not_allowed", text=written_out(tree)[:60])
        for argument in tree.arguments:
            _only_scalars(argument)


def value_at(tree: Expression, values: Mapping[str, Any]) -> Any | None:
    """The tree's value in multiple precision; None where it, or a part of it, is not a real number within REACH."""

    def rough(operation: Apply, arguments: list[Any]) -> Any:
        result = GATES[operation.gate].forward(*arguments)
        if not (np.isrealobj(result) and abs(result) <= REACH):
            raise ArithmeticError
        return np.float64(result)

    def fine(operation: Apply, arguments: list[Any]) -> Any:
        gate = GATES[operation.gate]
        assert isinstance(gate, Elementwise)
        result = gate.precise(*arguments)
        if not abs(result) <= REACH:  # what cancelled in float64 may be huge here: exp of it would not end
            raise ArithmeticError
        return result

    try:
        with np.errstate(all="ignore"):
            floats = {name: np.float64(value) for name, value in values.items()}
            evaluate(tree, floats, lambda number: np.float64(float(number)), rough)
        with mpmath.workdps(DIGITS):
            number = evaluate(tree, values, _precise, fine)
            return mpmath.mpf(number) if mpmath.isfinite(number) else None
    except (ArithmeticError, ValueError, TypeError):
        return None


def value_of(text: str, values: Mapping[str, Any]) -> Any | None:
    """The float64 value of an answer that has been read before, at the point `values`; None where it has none."""
    value = value_at(parse(text, values, power_sign=True), {name: mpmath.mpf(float(v)) for name, v in values.items()})
    return None if value is None else np.float64(value)


@lru_cache(maxsize=2048)
def rational_points(exercise: Exercise, trials: TrialSet) -> tuple[Point, ...]:
    """The worked example where it has numbers, then points in general position; all away from kinks. Raises TrialError
    where none can be found."""
    generator = np.random.default_rng(list(trials.key))
    derivations = _derivations(exercise)
    points: list[Point] = []
    worked = {g.name: g.worked for g in exercise.inputs}
    if None not in worked.values():
        points.append(_point(exercise, {name: Fraction(str(value)) for name, value in worked.items()}, derivations))
    for _ in range(DRAWS):
        inputs = {given.name: _rational(given, generator) for given in exercise.inputs}
        distinct = len(set(inputs.values())) == len(inputs)
        if distinct and (point := _usable(exercise, inputs, derivations)):
            points.append(point)
        if len(points) == POINTS:
            return tuple(points)
    raise TrialError(f"{exercise.name}: no {POINTS} rational points in {DRAWS} draws")


@lru_cache(maxsize=256)
def _derivations(exercise: Exercise) -> Mapping[str, Derivation]:
    asked = [ask for ask in exercise.asks if isinstance(ask, Gradient)]
    return {ask.name: derive(exercise.program, ask.objective, ask.node, {}) for ask in asked}


def _rational(given: Given, generator: np.random.Generator) -> Fraction:
    denominator = int(generator.choice(_DENOMINATORS))
    if given.constant is not None:
        return Fraction(str(given.constant))
    if given.draw.kind == "uniform":
        low, high = Fraction(str(given.draw.low)), Fraction(str(given.draw.high))
        return low + (high - low) * Fraction(int(generator.integers(1, 4 * denominator)), 4 * denominator)
    size = Fraction(int(generator.integers(1, 2 * denominator + 1)), denominator)
    return size if generator.random() < 0.5 else -size


def _usable(exercise: Exercise, inputs: Mapping[str, Fraction], derivations: Mapping[str, Any]) -> Point | None:
    program = exercise.program
    nodes = program.forward({name: np.float64(float(value)) for name, value in inputs.items()})
    if not all(np.isfinite(v) for v in nodes):
        return None
    for node in program.nodes:
        if isinstance(node, Operation):
            kinks = node.gate.kinks([nodes[i] for i in node.inputs], node.options)
            if any(abs(kink) < 0.05 for kink in kinks):
                return None
    return _point(exercise, inputs, derivations)


def _point(exercise: Exercise, inputs: Mapping[str, Fraction], derivations: Mapping[str, Any]) -> Point:
    with mpmath.workdps(DIGITS):
        given = {name: _precise(value) for name, value in inputs.items()}
        nodes = exercise.program.forward(given, number=_precise, apply=precise)
        gradients = {name: derivation.evaluate(nodes)[()] for name, derivation in derivations.items()}
        return Point(inputs, {name: nodes[i] for name, i in exercise.program.names.items()}, gradients)


def _precise(number: Fraction) -> Any:
    return mpmath.mpf(number.numerator) / number.denominator


def _shown(value: Any) -> str:
    """A number as a fraction where it is one, else to twelve digits."""
    with mpmath.workdps(DIGITS):
        if abs(value) < 1e6:
            near = Fraction(str(mpmath.nstr(value, 40))).limit_denominator(5000)
            if abs(_precise(near) - value) < mpmath.mpf(10) ** -35:
                return str(near)
        return str(mpmath.nstr(value, 12))
