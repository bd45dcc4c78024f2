"""The numerical check as a function of its step: how far both difference quotients are off, from steps so large that
the function bends to steps so small that rounding is all that is left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from grader.compare import relative_error
from grader.exercise import Exercise, Gradient, Procedure
from grader.finite import quotients
from grader.trials import worked_example

STEPS = tuple(float(f"{10 ** (-k / 4):.2g}") for k in range(57))
"""From 1 to 1e-14, four a decade; so large at first that kinks come within reach."""


@dataclass(frozen=True)
class Step:
    """Both quotients with step `h` and their relative errors, None where the function has no value; whether a `kink`
    lies within h of the worked example's point."""

    h: float
    forward: float | None
    forward_error: float | None
    central: float | None
    central_error: float | None
    kink: bool


@dataclass(frozen=True)
class Curve:
    """One entry (`index`) of one asked gradient on the worked example: its exact value, the scale on which a
    difference counts, and the quotients with each of STEPS."""

    name: str
    index: tuple[int, ...]
    exact: float
    scale: float
    steps: tuple[Step, ...]

    def error(self, value: float) -> float | None:
        """The relative error of another value of the entry, as a report has it; None where it is not finite."""
        numbers = (np.asarray(number, dtype=np.float64) for number in (value, self.exact, self.scale))
        return _finite(float(relative_error(*numbers)))


@lru_cache(maxsize=2048)
def curve(exercise: Exercise, name: str, index: tuple[int, ...]) -> Curve:
    """The curve of that entry of the asked gradient `name`. Raises KeyError where no such gradient is asked, IndexError
    where it has no such entry, TrialError where the worked example does."""
    ask = exercise.ask(name)
    if not isinstance(ask, (Gradient, Procedure)):
        raise KeyError(name)
    program, nodes = exercise.program, worked_example(exercise).nodes
    shape = np.shape(nodes[ask.node])
    if len(index) != len(shape) or not all(0 <= i < size for i, size in zip(index, shape, strict=True)):
        raise IndexError(f"{name} of shape {shape} has no entry {index}")
    exact = np.asarray(program.backward(nodes, ask.objective, [ask.node])[ask.node])[index]
    scale = np.asarray(program.magnitudes(nodes, ask.objective, [ask.node])[ask.node])[index] + 1e-300
    forward, central, crossed = quotients(program, nodes, ask.objective, ask.node, index, STEPS)
    errors = relative_error(np.stack([forward, central]), exact, scale)
    steps = (
        Step(h, _finite(f), _finite(off_f), _finite(c), _finite(off_c), bool(kink))
        for h, f, off_f, c, off_c, kink in zip(STEPS, forward, errors[0], central, errors[1], crossed, strict=True)
    )
    return Curve(name, index, float(exact), float(scale), tuple(steps))


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
