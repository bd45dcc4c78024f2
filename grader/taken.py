"""An exercise with some of its gradients asked of another objective than it says: where a student's are of that one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from grader.exercise import Asked, Exercise, Gradient
from grader.mistakes import exact_gradient
from grader.trials import Expected, Trial, TrialSet


def as_taken(exercise: Exercise, trials: TrialSet, asked: Sequence[Asked]) -> tuple[Exercise, TrialSet]:
    """The exercise with `asked` in place of its own questions of those names, and the same points with what is
    expected then; the exercise and trials themselves where nothing differs."""
    others = tuple(ask for ask in asked if isinstance(ask, Gradient) and ask != exercise.ask(ask.name))
    if not others:
        return exercise, trials
    points = tuple(_expecting(exercise, others, trial) for trial in trials)
    return _asking(exercise, others), replace(trials, trials=points)


@lru_cache(maxsize=128)
def _asking(exercise: Exercise, others: tuple[Gradient, ...]) -> Exercise:
    instead = {ask.name: ask for ask in others}
    return replace(exercise, asks=tuple(instead.get(ask.name, ask) for ask in exercise.asks))


@lru_cache(maxsize=512)
def _expecting(exercise: Exercise, others: tuple[Gradient, ...], trial: Trial) -> Trial:
    expected = dict(trial.expected)
    for ask in others:
        of_its_own = expected[ask.name]
        exact = exact_gradient(exercise, trial, ask.objective, ask.node)
        times = float(np.abs(exact).max(initial=0.0) / (np.abs(of_its_own.exact).max(initial=0.0) or 1.0))
        expected[ask.name] = Expected(exact, times * of_its_own.scale)
    return replace(trial, expected=expected, gradients={})  # what is kept of a sweep depends on what is asked
