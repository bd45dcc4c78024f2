"""Whether an exercise may be used: its three witnesses held against one another on random points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from grader import exact
from grader.candidate import Float64
from grader.compare import relative_error
from grader.exercise import Exercise, Gradient
from grader.trials import Trial, draw_trial, trial_set

OUTRIGHT_ENTRIES = 60
"""How many entries of inputs SymPy differentiates outright in seconds."""


@dataclass(frozen=True)
class Agreement:
    """The largest relative differences, between each two witnesses, for one asked gradient at one point. `outright`
    is None where the exercise is too large at its smallest for SymPy to expand."""

    name: str
    sizes: tuple[tuple[str, int], ...]
    outright: float | None
    numerical: float

    @property
    def holds(self) -> bool:
        return (self.outright is None or self.outright <= 1e-12) and self.numerical <= 1e-6


def agreements(exercise: Exercise, points: int = 2) -> Iterator[Agreement]:
    """The witnesses' agreement at the smallest telling sizes, where SymPy differentiates the whole objective outright,
    and at the sizes of hidden trials. Raises TrialError where no usable points can be drawn."""
    generator = np.random.default_rng(20201123)
    small = exercise.sizes({letter: 1 if size == 1 else 2 for letter, size in exercise.dimensions.items()})
    for _ in range(points):
        trial = draw_trial(exercise, small, generator)
        for ask in exercise.asks:
            if isinstance(ask, Gradient):
                yield _agreement(exercise, ask, trial, outright=_entries(exercise, trial) <= OUTRIGHT_ENTRIES)
    for trial in trial_set(exercise, b"validate", 0):
        if not trial.tied:
            for ask in exercise.asks:
                if isinstance(ask, Gradient):
                    yield _agreement(exercise, ask, trial, outright=False)


def _entries(exercise: Exercise, trial: Trial) -> int:
    return sum(np.size(trial.values[given.name]) for given in exercise.inputs)


def _agreement(exercise: Exercise, ask: Gradient, trial: Trial, outright: bool) -> Agreement:
    expected = trial.expected[ask.name]
    assert expected.numerical is not None
    by_sympy = None
    if outright:
        labels = {g.name: trial.values[g.name] for g in exercise.inputs if g.draw.kind == "classes"}
        derivation = exact.derive(exercise.program, ask.objective, ask.node, trial.sizes, labels)
        by_sympy = _difference(derivation.evaluate(trial.nodes).astype(np.float64), expected.exact, expected.scale)
    numerical = _difference(expected.numerical, expected.exact, expected.scale)
    return Agreement(ask.name, tuple(trial.sizes.items()), by_sympy, numerical)


def _difference(a: Float64, b: Float64, scale: Float64) -> float:
    return float(relative_error(a, b, scale).max(initial=0.0))
