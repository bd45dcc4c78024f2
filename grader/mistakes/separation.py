"""Which mistakes a set of trials tells apart: those that lead to other arrays on at least one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from grader.exercise import Exercise, Gradient, Value
from grader.mistakes.generate import mistakes_of
from grader.mistakes.mistake import Mistake, predict
from grader.trials import Trial


def groups(exercise: Exercise, trials: Sequence[Trial], asked: Iterable[str] | None = None) -> list[list[Mistake]]:
    """The mistakes that spoil something of what is `asked` (everything, unless said), those together that the trials
    cannot tell apart. One that raises on a trial is left out."""
    names = {ask.name for ask in exercise.asks} if asked is None else set(asked)
    asks = [a for a in exercise.asks if isinstance(a, (Gradient, Value)) and a.name in names]
    right = _arrays(exercise, trials, asks, ())
    found: dict[tuple[bytes, ...], list[Mistake]] = {}
    for mistake in mistakes_of(exercise):
        arrays = _arrays(exercise, trials, asks, (mistake,))
        if arrays is not None and arrays != right:
            found.setdefault(arrays, []).append(mistake)
    return list(found.values())


def _arrays(
    exercise: Exercise, trials: Sequence[Trial], asks: Sequence[Gradient | Value], mistakes: Sequence[Mistake]
) -> tuple[bytes, ...] | None:
    """What the answers look like to six digits."""
    marks = []
    for trial in trials:
        for ask in asks:
            value = predict(exercise, ask, trial, mistakes)
            if value is None or not np.isfinite(value).all():
                return None
            size = float(np.abs(value).max(initial=0.0)) or 1.0
            marks.append(f"{value.shape} {size:.5e} {np.round(value / size, 5) + 0.0}".encode())
    return tuple(marks)
