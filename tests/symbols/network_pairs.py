"""Pairs of a network's gradient and an answer to it, equal in another form or not equal.

The right answers of `tests.symbols.networks`, with the other answers that they use in the place of their names, are
rewritten by identities, or spoilt by one slip that leaves the shape. What the table calls equal is held against the
answer that it was made from, in float64, on trials that the judge does not see.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from grader import Exercise, catalogue, trial_set
from grader.exercise import Asked
from grader.expressions import Expression, names_of, put, written_out
from grader.lines import Line, read_lines
from tests.symbols.networks import RIGHT
from tests.symbols.pairs import Pair, rewritten, spoilt


def network_pairs(each: int = 2, seed: int = 3) -> Iterator[Pair]:
    """For every answer in every style, `each` equal answers and `each` that are not."""
    generator = np.random.default_rng(seed)
    for name, styles in RIGHT.items():
        exercise = catalogue()[name]
        for style in styles:
            lines = read_lines(exercise, style)
            for ask in exercise.in_symbols:
                line = lines.read.get(ask.name)
                if isinstance(line, Line):
                    tree = line.tree
                    for used, other in reversed(lines.behind(ask.name).items()):
                        tree = put(tree, {used: other})
                    yield from _of(exercise, ask, tree, each, generator)


def _of(exercise: Exercise, ask: Asked, start: Expression, each: int, generator: np.random.Generator) -> Iterator[Pair]:
    steps = [g.name for g in exercise.inputs] + list(exercise.steps)
    for equal in (True, False):
        seen = {written_out(start)}
        for _ in range(60):
            tree = start
            for _ in range(int(generator.integers(1, 4))):
                tree = rewritten(tree, generator, sorted(names_of(start)))
            if not equal:
                tree = spoilt(tree, generator, steps)
            text = written_out(tree)
            if text not in seen and _agree(exercise, ask, written_out(start), text) is equal:
                seen.add(text)
                yield Pair(exercise, ask, text, equal)
            if len(seen) > each:
                break


def _agree(exercise: Exercise, ask: Asked, one: str, other: str) -> bool | None:
    """Whether both have one value on other trials; None where they cannot be told, or one is no answer."""
    first, second = (read_lines(exercise, {ask.name: text}) for text in (one, other))
    line, changed = first.read[ask.name], second.read[ask.name]
    if not isinstance(line, Line) or not isinstance(changed, Line):
        return None
    off = 0.0
    for trial in trial_set(exercise, b"pairs", 0):
        right, value = first.values(trial)[line.node], second.values(trial)[changed.node]
        if value is None or np.shape(value) != np.shape(right) or not np.isfinite(value).all():
            return None
        off = max(off, float(np.max(np.abs(value - right)) / max(1.0, np.max(np.abs(right)))))
    return True if off <= 1e-10 else False if off > 1e-8 else None
