"""Students' derivatives in symbols, held against SymPy's at rational points with 50 digits.

The answer is walked as a checked tree and never handed to SymPy: first in float64, which refuses what grows out of
reach, then in multiple precision, which decides. A point where the answer has no real value decides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache, partial
from typing import Any

import mpmath
import numpy as np

from grader.elementwise import Elementwise
from grader.exact import DIGITS, Derivation, derive, precise, precise_number
from grader.exercise import Exercise, Given, Gradient
from grader.expressions import Apply, Expression, evaluate, written_out
from grader.gates import GATES
from grader.lines import Lines, Unreadable, read_lines
from grader.program import Operation, Program, ProgramError
from grader.trials import DRAWS, TrialError, TrialSet

POINTS = 8
AGREEMENT_DIGITS = 30
AGREEMENT = mpmath.mpf(10) ** -AGREEMENT_DIGITS
REACH = 1e30
"""Where an intermediate value leaves this range the point decides nothing: multiple precision would crawl."""
REACH_PRECISELY = mpmath.mpf(REACH)
GROWING = frozenset(("exp", "power", "multiply", "divide"))
"""The gates that can lead out of reach at one step."""
_ARITHMETIC = frozenset(("add", "subtract", "multiply", "divide", "negative"))
_CONSTANTS_IN_FLOAT64 = {"e": np.float64(np.e), "pi": np.float64(np.pi)}
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
    """The answer differs: `counterexample` holds a point and both values as text; `relative_error` is that there."""

    understood: str
    counterexample: Mapping[str, Any]
    relative_error: float


@dataclass(frozen=True)
class Undecided:
    """It agrees where it has a value, but at some point it has no real value of reasonable size."""

    understood: str


Behind = Mapping[str, Expression]
NOTHING: Behind = {}
SymbolicOutcome = Equal | Different | Undecided | Unreadable


def judge_symbols(exercise: Exercise, ask: Gradient, text: str, trials: TrialSet) -> SymbolicOutcome:
    """The verdict on the expression `text` for the asked gradient `ask`; the points follow from those of `trials`."""
    line = read_lines(exercise, {ask.name: text}).read[ask.name]
    return line if isinstance(line, Unreadable) else judge_tree(exercise, ask, line.tree, trials)


def judge_tree(
    exercise: Exercise, ask: Gradient, tree: Expression, trials: TrialSet, behind: Behind = NOTHING
) -> SymbolicOutcome:
    """The verdict on an answer that has been read; `behind` are the trees of other answers that it uses, in order.

    All points are tried in float64 at once; those where that differs come first in multiple precision, which alone
    decides: one point where it differs is enough, and to be right it must agree at all.
    """
    points, understood = rational_points(exercise, trials), written_out(tree)
    floats, derivatives = _in_float64(exercise, trials)
    near, within_reach = _rough(tree, floats, len(points), behind)
    differs = ~(np.abs(near - derivatives[ask.name]) <= 1e-9 * np.maximum(np.abs(near), 1))
    with mpmath.workdps(DIGITS):
        for i in sorted(np.flatnonzero(within_reach), key=lambda i: not differs[i]):
            value, derivative = _fine(tree, points[i].values, behind), points[i].gradients[ask.name]
            if value is None:
                within_reach[i] = False
                continue
            reach = max(abs(value), abs(derivative), mpmath.mpf(1))
            off = abs(value - derivative)
            if not off <= AGREEMENT * reach:
                at = {name: str(number) for name, number in points[i].inputs.items()}
                shown = {"at": at, "candidate": _shown(value), "exact": _shown(derivative)}
                return Different(understood, shown, float(off / reach))
    return Equal(understood, len(points)) if within_reach.all() else Undecided(understood)


def value_at(tree: Expression, values: Mapping[str, Any], behind: Behind = NOTHING) -> Any | None:
    """The tree's value in multiple precision; None where it, or a part of it, is not a real number within REACH."""
    _, within_reach = _rough(tree, {name: np.float64(value) for name, value in values.items()}, 1, behind)
    with mpmath.workdps(DIGITS):
        return _fine(tree, values, behind) if within_reach.all() else None


def _rough(tree: Expression, values: Mapping[str, Any], points: int, behind: Behind) -> tuple[Any, Any]:
    """The tree's float64 values at all points at once, and where it and its parts stay real and within REACH."""
    within_reach = np.ones(points, dtype=bool)

    def gate(operation: Apply, arguments: list[Any]) -> Any:
        result = GATES[operation.gate].forward(*arguments)
        np.logical_and(within_reach, np.abs(result) <= REACH, out=within_reach)
        return result

    with np.errstate(all="ignore"):
        numbers = {**_CONSTANTS_IN_FLOAT64, **values}
        for name, other in behind.items():
            numbers[name] = evaluate(other, numbers, lambda number: np.float64(float(number)), gate)
        result = evaluate(tree, numbers, lambda number: np.float64(float(number)), gate)
    within_reach &= np.abs(result) <= REACH
    return result, within_reach


def _fine(tree: Expression, values: Mapping[str, Any], behind: Behind) -> Any | None:
    """The tree's value in the precision that is set; None as in `value_at`."""

    def gate(operation: Apply, arguments: list[Any]) -> Any:
        result = _precise(operation.gate)(*arguments)
        # what cancelled in float64 may be huge here: exp of it would not end
        if operation.gate in GROWING and not -REACH_PRECISELY <= result <= REACH_PRECISELY:
            raise ArithmeticError
        return result

    try:
        numbers = {"e": mpmath.e, "pi": mpmath.pi, **values}
        for name, other in behind.items():
            numbers[name] = evaluate(other, numbers, precise_number, gate)
        number = evaluate(tree, numbers, precise_number, gate)
        return mpmath.mpf(number) if mpmath.isfinite(number) else None
    except (ArithmeticError, ValueError, TypeError):
        return None


@cache
def _precise(gate: str) -> Callable[..., Any]:
    elementwise = GATES[gate]
    assert isinstance(elementwise, Elementwise)
    return elementwise.precise


def equal_to(
    exercise: Exercise, tree: Expression, others: Iterable[Gradient], trials: TrialSet, behind: Behind
) -> str | None:
    """The name of the first of the asked gradients `others` whose derivative the answer is."""
    return next((o.name for o in others if isinstance(judge_tree(exercise, o, tree, trials, behind), Equal)), None)


def antiderivative(ask: Gradient, lines: Lines, trials: TrialSet) -> str | None:
    """Whether the answer is an antiderivative of what was to be differentiated ("integrated"), or is that itself
    ("not_differentiated"); None where it is neither. Its derivative is found by the sweep that differentiates forward
    passes."""
    try:
        node = lines.place(ask.name)
    except ProgramError:  # more gates than a program may have
        return None
    seen, left = 0, {"integrated", "not_differentiated"}
    for trial in trials:
        values = lines.values(trial)
        slope = lines.program.sweep(node, [ask.node], partial(lines.program.vjp, values)).get(ask.node, 0.0)
        if np.isfinite(slope) and not trial.tied:
            whole = values[ask.objective]
            pairs = {"integrated": (slope, whole), "not_differentiated": (values[node], whole)}
            left = {name for name in left if math.isclose(*pairs[name], rel_tol=1e-7)}
            seen += 1
    return min(left) if left and seen >= POINTS // 2 else None


@lru_cache(maxsize=2048)
def _in_float64(exercise: Exercise, trials: TrialSet) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Every named value, and every asked gradient, at all rational points."""
    points = rational_points(exercise, trials)
    values = {name: np.array([float(p.values[name]) for p in points]) for name in points[0].values}
    return values, {name: np.array([float(p.gradients[name]) for p in points]) for name in points[0].gradients}


@lru_cache(maxsize=2048)
def rational_points(exercise: Exercise, trials: TrialSet) -> tuple[Point, ...]:
    """The worked example where it has numbers, then points in general position; all away from kinks. Without hidden
    trials the worked example alone. Raises TrialError where none can be found."""
    derivations = _derivations(exercise)
    if trials.worked_only:
        numbers = {given.name: Fraction(str(float(trials.trials[0].values[given.name]))) for given in exercise.inputs}
        return (_point(exercise, numbers, derivations),)
    generator = np.random.default_rng(list(trials.key))
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
    for i, node in enumerate(program.nodes):
        if isinstance(node, Operation):
            kinks = node.gate.kinks([nodes[i] for i in node.inputs], node.options)
            if any(abs(kink) < 0.05 for kink in kinks):
                return None
            if abs(nodes[i]) < 1e-6 and _only_arithmetic(program, i):
                return None  # one may divide by a step that vanishes by accident only
    return _point(exercise, inputs, derivations)


def _only_arithmetic(program: Program, node: int) -> bool:
    """Whether a value is zero by accident: not on one side of a kink."""
    way = [program.nodes[i] for i in program.ancestors(node)]
    return all(entry.gate.name in _ARITHMETIC for entry in way if isinstance(entry, Operation))


def _point(exercise: Exercise, inputs: Mapping[str, Fraction], derivations: Mapping[str, Any]) -> Point:
    with mpmath.workdps(DIGITS):
        given = {name: precise_number(value) for name, value in inputs.items()}
        nodes = exercise.program.forward(given, number=precise_number, apply=precise)
        gradients = {name: derivation.evaluate(nodes)[()] for name, derivation in derivations.items()}
        return Point(inputs, {name: nodes[i] for name, i in exercise.program.names.items()}, gradients)


def _shown(value: Any) -> str:
    """A number as a fraction where it is one, else to twelve digits."""
    with mpmath.workdps(DIGITS):
        if abs(value) < 1e6:
            near = Fraction(str(mpmath.nstr(value, 40))).limit_denominator(5000)
            if abs(precise_number(near) - value) < mpmath.mpf(10) ** -35:
                return str(near)
        return str(mpmath.nstr(value, 12))
