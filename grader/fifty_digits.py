"""Answers in symbols of arrays with 50 digits, on the trials where float64 leaves doubt: where an answer is not right
to the last few digits, rounding may have moved a right one away, or hidden what is off by little.

The trial's inputs are taken as the decimal numbers that they print as; forward pass, reverse sweep and answer are
computed over, by the same gates and rules. A trial or an answer that is too large or leaves the numbers that can be
reached stays with float64's verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np

from grader import compare, diagnose
from grader.candidate import Array
from grader.compare import Judgement
from grader.elementwise import Elementwise
from grader.exact import DIGITS, precise, precise_number, precise_vjp
from grader.exercise import Asked, Exercise, Gradient, Value
from grader.judging import Judged
from grader.lines import NUMBERS, Line, Lines
from grader.program import Operation
from grader.symbolic import AGREEMENT, GROWING, REACH
from grader.trials import Trial, TrialSet

CLEAR = 1e-12
"""Relative to the sum of |paths|: below this, float64 settles that an answer is right."""
MAX_WORK = 10_000
"""How many numbers are computed for an answer, and how many a trial may hold: twice those of the largest exercise of
the catalogue."""


def decided(exercise: Exercise, lines: Lines, trials: TrialSet, judged: Judged) -> Judged:
    """`judged` with what 50 digits say in the place of float64's doubts. One trial where the answer differs is enough
    to be wrong."""
    line, ask = lines.read.get(judged.ask.name), judged.ask
    if not isinstance(line, Line) or not isinstance(ask, (Gradient, Value)) or getattr(ask, "own", False):
        return judged
    judgements = list(judged.judgements)
    if all(map(_clear, judgements)):
        return judged
    for i, trial in enumerate(trials):
        if not trial.tied and not _clear(judgements[i]) and (found := _over_again(exercise, lines, line, ask, trial)):
            judgements[i] = found
            if not found.right:
                break
    untied = [j for j, t in zip(judgements, trials, strict=True) if not t.tied]
    points = [t for t in trials if not t.tied]
    findings = diagnose.findings(exercise, ask, untied, points, None)
    return replace(judged, judgements=tuple(judgements), findings=findings)


def _clear(judgement: Judgement) -> bool:
    """Whether float64 is enough: the answer agrees, or is no array of numbers to be compared."""
    return judgement.verdict not in ("match", "mismatch") or (judgement.relative_error or 0.0) <= CLEAR


def _over_again(exercise: Exercise, lines: Lines, line: Line, ask: Asked, trial: Trial) -> Judgement | None:
    point = _point(exercise, trial)
    value = None if point is None else _value(lines, line, point)
    if point is None or value is None:
        return None
    expected, exact = trial.expected[ask.name], point.expected[ask.name]
    with mpmath.workdps(DIGITS):
        scale = np.maximum(np.atleast_1d(expected.scale), 1)  # where 0 is right, digits that cancel leave a remainder
        error = compare.relative_error(np.atleast_1d(value), np.atleast_1d(exact), scale)
        wrong = np.asarray(np.logical_not(error <= AGREEMENT), dtype=bool).reshape(value.shape)
    if not wrong.any():
        return compare.judge(Array(expected.exact), expected.exact, expected.scale)
    found = value.astype(np.float64)
    errors = compare.shown_errors(found, expected.exact, wrong, error.astype(np.float64).reshape(value.shape))
    return Judgement("mismatch", value.shape, float(error.max()), wrong, found, errors=errors)


@dataclass(frozen=True, eq=False)
class _Point:
    """A trial in 50 digits: the value of every node of the exercise's program, and what is right."""

    nodes: Sequence[Any]
    expected: dict[str, Any]


@lru_cache(maxsize=16)
def _point(exercise: Exercise, trial: Trial) -> _Point | None:
    """None where the trial is too large."""
    if sum(map(np.size, trial.nodes)) > MAX_WORK:
        return None
    program = exercise.program
    decimal = np.frompyfunc(lambda number: mpmath.mpf(repr(float(number))), 1, 1)
    with mpmath.workdps(DIGITS):
        given = {g.name: decimal(trial.values[g.name]) for g in exercise.inputs}
        given |= {letter: mpmath.mpf(size) for letter, size in trial.sizes.items()}  # 1/3 of an int is a float
        nodes = program.forward(given, number=precise_number, apply=precise)
        found: dict[str, Any] = {}
        for ask in exercise.asks:
            if isinstance(ask, Gradient):

                def rule(index: int, position: int, upstream: Any) -> Any:
                    node = program.nodes[index]
                    assert isinstance(node, Operation)
                    return precise_vjp(node, position, upstream, nodes[index], [nodes[i] for i in node.inputs])

                swept = program.sweep(ask.objective, [ask.node], rule)
                found[ask.name] = swept.get(ask.node, np.zeros(np.shape(nodes[ask.node]), dtype=object))
        known = {name: nodes[i] for name, i in program.names.items()} | found
        updated = exercise.updates.forward(known, number=precise_number, apply=precise)
        found |= {ask.name: updated[ask.node] for ask in exercise.asks if isinstance(ask, Value)}
    return _Point(nodes, {name: np.asarray(value, dtype=object) for name, value in found.items()})


def _value(lines: Lines, line: Line, point: _Point) -> Any | None:
    """The answer's value; None where it, or a part of it, is out of reach or no real number."""
    program, values, work = lines.program, dict(enumerate(point.nodes)), 0
    numbers = {NUMBERS["e"]: mpmath.e, NUMBERS["pi"]: mpmath.pi}
    with mpmath.workdps(DIGITS):
        try:
            for i in sorted(program.ancestors(line.node) - values.keys()):
                node = program.nodes[i]
                if not isinstance(node, Operation):
                    assert node.value is not None
                    values[i] = +numbers[node.value] if node.value in numbers else precise_number(node.value)
                    continue
                inputs = [values[s] for s in node.inputs]
                work += max(map(np.size, inputs)) * (np.shape(inputs[1])[-1] if node.gate.name == "matmul" else 1)
                values[i] = precise(node, inputs)
                work += np.size(values[i])
                far = isinstance(node.gate, Elementwise) and node.gate.name in GROWING
                if work > MAX_WORK or (far and not np.all(np.abs(values[i]) <= REACH)):
                    return None
            value = np.asarray(values[line.node], dtype=object)
            return np.frompyfunc(mpmath.mpf, 1, 1)(value) if value.shape else np.asarray(mpmath.mpf(value[()]))
        except (ArithmeticError, ValueError, TypeError, IndexError):
            return None
