"""For which entries the numerical check may be seen step by step. Its curve tells the exact derivative: so only where a
report shows that anyhow, and in exercises where the derivative itself is not what is asked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice

import numpy as np

from grader import Exercise, Gradient, Procedure, Report

MOST_ENTRIES = 6
"""How many entries of an array an exercise offers."""


@dataclass(frozen=True)
class Entry:
    """An entry of an asked gradient, and what was handed in for it, None where nothing was."""

    name: str
    index: tuple[int, ...]
    candidate: float | None = None

    @property
    def place(self) -> str:
        """As an address has it: `0,1`."""
        return ",".join(map(str, self.index))


def of_report(report: Report | None, exercise: Exercise | None) -> list[Entry]:
    """The entries that the report shows beside their exact values, those to mend first. The report has to be as the
    reader may see it."""
    if report is None or exercise is None or report.kind != "code" or report.exercise_digest != exercise.digest:
        return []
    gradients = {ask.name for ask in exercise.asks if isinstance(ask, Gradient)}
    answered = sorted(report.gradients, key=lambda gradient: gradient.verdict == "match")
    return [
        Entry(gradient.name, entry.index, entry.candidate if math.isfinite(entry.candidate) else None)
        for gradient in answered
        if gradient.name in gradients
        for entry in gradient.worst
    ]


def of_exercise(exercise: Exercise) -> list[Entry]:
    """The first entries of what the exercise lets students differentiate numerically."""
    program = exercise.program
    return [
        Entry(ask.name, index)
        for ask in exercise.asks
        if isinstance(ask, Procedure)
        for index in islice(np.ndindex(program.shape_of(ask.node, exercise.dimensions)), MOST_ENTRIES)
    ]


def find(entries: list[Entry], name: str, place: str) -> Entry | None:
    """The entry of that name and place."""
    return next((entry for entry in entries if (entry.name, entry.place) == (name, place)), None)
