"""What was judged, as parts of a report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader import compare
from grader.candidate import Float64
from grader.compare import Judgement
from grader.exercise import Asked, Exercise, Random
from grader.explain import Explanation
from grader.interface import Interface
from grader.judging import Judged
from grader.report import Entry, Finding, GradientReport, Note, Report, Run, Shape
from grader.trials import Expected, TrialSet

SHOWN_ENTRIES = 5
SHOWN_CELLS = 32
"""The most rows and columns of a grid of errors."""


def gradient_report(
    exercise: Exercise, judged: Judged, trials: TrialSet, explained: Explanation | None = None
) -> GradientReport:
    """One asked quantity over all trials; what is shown in numbers is of the worked example only."""
    ask, worked = judged.ask, judged.judgements[0]
    explained = explained or Explanation()
    verdict = next((j.verdict for j in judged.judgements if not j.right), worked.verdict)
    if worked.right and verdict == "missing":
        verdict = "mismatch"  # it was answered: it failed on a hidden trial, as a finding says
    worth = judged.worth if verdict == "match" else 0.0
    if explained.follows_from and verdict == "mismatch":
        verdict, worth = "follow_through", 1 - exercise.policy.follow_through
    expected = None if isinstance(ask, Random) else trials.trials[0].expected[ask.name]
    errors = [error for j in judged.judgements if (error := _largest(j)) is not None and verdict != "missing"]
    return GradientReport(
        name=ask.name,
        wrt=ask.wrt,
        verdict=verdict,
        points=ask.points * worth,
        max_points=ask.points,
        shape=Shape(ask.symbolic_shape, exercise.shown_shape(ask), worked.shape),
        relative_error=float(np.max(errors)) if errors else None,
        numerical_relative_error=None if expected is None else _numerical_error(expected),
        wrong_entries=0 if worked.wrong is None or worked.right else int(np.count_nonzero(worked.wrong)),
        entries=math.prod(exercise.shown_shape(ask)),
        worst=() if expected is None else _worst(worked, expected),
        findings=_findings(judged, explained),
        notes=judged.notes,
        follows_from=explained.follows_from,
        errors=None if expected is None else error_grid(worked, expected),
    )


GENERAL = ("imprecise", "right_only_on_worked_example", "wrong_on_some_hidden_trials")


def _findings(judged: Judged, explained: Explanation) -> tuple[Finding, ...]:
    """What is wrong: once the mistake is known, nothing that is said for want of it."""
    if explained.follows_from:
        return ()
    known = bool(explained.findings)
    return (*(f for f in judged.findings if not (known and f.code in GENERAL)), *explained.findings)


def unanswered(exercise: Exercise, ask: Asked, judgement: Judgement, *findings: Finding) -> GradientReport:
    shape = Shape(ask.symbolic_shape, exercise.shown_shape(ask), None)
    entries = math.prod(shape.expected)
    return GradientReport(
        ask.name, ask.wrt, judgement.verdict, 0.0, ask.points, shape, entries=entries, findings=findings
    )


def _numerical_error(expected: Expected) -> float | None:
    if expected.numerical is None or np.isnan(expected.numerical).any():
        return None
    return float(compare.relative_error(expected.exact, expected.numerical, expected.scale).max(initial=0.0))


def _largest(judgement: Judgement) -> float | None:
    if judgement.right or judgement.errors is None:
        return judgement.relative_error
    return float(judgement.errors.max(initial=0.0))


def _worst(judgement: Judgement, expected: Expected) -> tuple[Entry, ...]:
    """The entries that are furthest off, beside their witnesses."""
    if judgement.value is None or judgement.value.shape != expected.exact.shape:
        return ()
    off = _off(judgement, judgement.value, expected)
    order = np.argsort(-off.reshape(-1), kind="stable")[:SHOWN_ENTRIES]
    axes = [axis.tolist() for axis in np.unravel_index(order, off.shape)] if off.shape else []
    indices = zip(*axes, strict=True) if axes else [()]
    witness = expected.numerical
    return tuple(
        Entry(i, float(judgement.value[i]), float(expected.exact[i]), None if witness is None else float(witness[i]))
        for i in indices
    )


def error_grid(judgement: Judgement, expected: Expected) -> tuple[tuple[float, ...], ...] | None:
    """`GradientReport.errors`, to two digits; what is not finite is infinitely far off."""
    wrong, value = judgement.wrong, judgement.value
    if judgement.right or wrong is None or value is None or value.shape != expected.exact.shape or value.size < 2:
        return None
    off = np.where(wrong, _off(judgement, value, expected), 0.0)
    grid = off.reshape(1, -1) if off.ndim == 1 else off.reshape(off.shape[0], -1)
    for axis, length in enumerate(grid.shape):
        step = -(-length // SHOWN_CELLS)
        grid = np.maximum.reduceat(grid, range(0, length, step), axis=axis)
    return tuple(tuple(float(f"{entry:.1e}") for entry in row) for row in grid)


def _off(judgement: Judgement, value: Float64, expected: Expected) -> Float64:
    """How far each entry is off; what is not finite infinitely."""
    off = judgement.errors
    if off is None:
        with np.errstate(invalid="ignore"):
            off = compare.relative_error(value, expected.exact, expected.scale)
    return np.where(np.isnan(off), np.inf, off)


def whole_report(
    exercise: Exercise, verdict: Any, kind: Any, interface: Interface | None, gradients: Sequence[GradientReport],
    run: Run, trials: int, findings: tuple[Finding, ...] = (), notes: tuple[Note, ...] = (),
) -> Report:  # fmt: skip
    """The whole; what an interface does not return is not asked, and the points are scaled to the exercise's."""
    asked = sum(g.max_points for g in gradients)
    factor = exercise.max_score / asked if asked else 0.0
    scaled = tuple(replace(g, points=g.points * factor, max_points=g.max_points * factor) for g in gradients)
    return Report(
        exercise=exercise.name,
        exercise_digest=exercise.digest,
        verdict=verdict,
        kind=kind,
        interface=None if interface is None else interface.name,
        score=round(sum(g.points for g in scaled), 9),
        max_score=exercise.max_score,
        gradients=scaled,
        run=run,
        findings=findings,
        notes=notes,
        trials=trials,
    )


def once(notes: Sequence[Note]) -> tuple[Note, ...]:
    return tuple({(n.code, str(sorted(n.parameters.items(), key=str))): n for n in notes}.values())
