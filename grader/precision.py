"""Answers that are right but for their arithmetic: recognised by doing the same.

An answer that is off by little is held against the same trial computed in float32, with an epsilon inside logarithms
and quotients, and by difference quotients. Agreement makes it a match with a note, which costs what the exercise's
policy says. What is off by more, or in none of these ways, is wrong.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from grader.candidate import Float64
from grader.convention import conventional, noted
from grader.exercise import Exercise, Gradient, Value
from grader.finite import quotient
from grader.judging import Judged
from grader.program import Operation, Program
from grader.report import Note
from grader.trials import Trial, TrialSet

SMALLEST, LARGEST = 1e-10, 1e-2
"""Below this relative error an answer is exact; beyond, it is wrong in its rule."""
EPSILONS = tuple(10.0**-k for k in range(12, 4, -1))
WHERE = (("log",), ("divide",), ("log", "divide"), ("divide", "forward"), ("log", "divide", "forward"))
"""Where an epsilon is added; with it in the forward pass, every later value moves too."""
Sweeps = dict[tuple[Trial, int, float, tuple[str, ...]], Mapping[int, Any]]
"""Gradients at all asked nodes, by trial, objective, epsilon and where it is added."""
STEPS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
EXPLAINED = 0.05
"""What is left of the error, once it is explained, is at most this part of it."""
FLOAT32 = 64 * float(np.finfo(np.float32).eps)
"""Relative to the sum of |paths|: what a few dozen roundings in float32 reach."""


def settle(exercise: Exercise, trials: TrialSet, judged: Sequence[Judged]) -> list[Judged]:
    """`judged`, with answers that are right but for precision or convention turned into matches with a note."""
    sweeps: Sweeps = {}
    settled = [_precise(exercise, trials, one, sweeps) for one in judged]
    return conventional(exercise, trials, settled)


def _precise(exercise: Exercise, trials: TrialSet, judged: Judged, sweeps: Sweeps) -> Judged:
    if not isinstance(judged.ask, (Gradient, Value)):
        return judged
    for trial, one in zip(trials, judged.judgements, strict=True):
        if one.verdict not in ("match", "mismatch") or (trial.tied and not one.right):
            return judged  # a kink is no matter of precision
    off = max((one.relative_error or 0.0 for one in judged.judgements), default=0.0)
    if not SMALLEST < off < LARGEST:
        return judged
    pairs = [(t, one.value) for t, one in zip(trials, judged.judgements, strict=True) if not t.tied]
    answers = [(t, value) for t, value in pairs if value is not None]
    if isinstance(judged.ask, Gradient):
        for added in itertools.product(EPSILONS, _where(exercise.program)):
            if all(
                _explains(t, judged.ask, v, _with_epsilon(exercise, judged.ask, t, added, sweeps)) for t, v in answers
            ):
                return noted(judged, Note("epsilon", {"epsilon": f"{added[0]:.0e}"}), exercise.policy.epsilon)
        if (note := _numerical(exercise, judged.ask, answers[:2])) is not None:
            return noted(judged, note, exercise.policy.numerical_derivative)
    if not judged.right and _in_float32(exercise, judged, answers):
        return noted(judged, Note("float32"), exercise.policy.float32)
    return judged


def _explains(trial: Trial, ask: Gradient, answer: Float64, other: Float64) -> bool:
    """Whether `other` is far nearer to the answer than the exact gradient is."""
    expected = trial.expected[ask.name]
    left, error = np.abs(answer - other), np.abs(answer - expected.exact)
    return bool(left.max(initial=0.0) <= EXPLAINED * error.max(initial=0.0) + 1e-12 * expected.scale.max(initial=0.0))


@lru_cache(maxsize=64)
def _where(program: Program) -> tuple[tuple[str, ...], ...]:
    """WHERE, less what adds nothing in this program."""
    there = {node.gate.name for node in program.nodes if isinstance(node, Operation) and _takes_epsilon(program, node)}
    kept = (tuple(place for place in where if place in {*there, "forward"}) for where in WHERE)
    return tuple(dict.fromkeys(where for where in kept if not there.isdisjoint(where)))


def _takes_epsilon(program: Program, node: Operation) -> bool:
    """Whether the logarithm's argument, or the quotient's denominator, is not just a number or a size."""
    return isinstance(program.nodes[node.inputs[-1]], Operation)


def _with_epsilon(
    exercise: Exercise, ask: Gradient, trial: Trial, added: tuple[float, tuple[str, ...]], sweeps: Sweeps
) -> Float64:
    """The gradient by the sweep with log(a + epsilon) or a / (b + epsilon); in the forward pass too, if that is among
    where it is added. What other gradients are asked of the objective is found with it, and kept."""
    if (key := (trial, ask.objective, *added)) not in sweeps:
        nodes = [
            other.node for other in exercise.asks if isinstance(other, Gradient) and other.objective == ask.objective
        ]
        sweeps[key] = _swept_with_epsilon(exercise.program, ask.objective, nodes, trial, *added)
    found = sweeps[key].get(ask.node)
    return np.asarray(np.zeros(np.shape(trial.nodes[ask.node])) if found is None else found, dtype=np.float64)


def _swept_with_epsilon(
    program: Program, objective: int, nodes: Sequence[int], trial: Trial, epsilon: float, where: tuple[str, ...]
) -> Mapping[int, Any]:
    def moved(node: Operation, inputs: list[Any]) -> list[Any]:
        if node.gate.name in where and _takes_epsilon(program, node):
            return [*inputs[:-1], inputs[-1] + epsilon]
        return inputs

    values = list(trial.nodes)
    if "forward" in where:
        for i, node in enumerate(program.nodes):
            if isinstance(node, Operation):
                values[i] = node.gate.forward(*moved(node, [values[s] for s in node.inputs]), **node.options)

    def rule(index: int, position: int, upstream: Any) -> Any:
        node = program.nodes[index]
        assert isinstance(node, Operation)
        inputs = moved(node, [values[i] for i in node.inputs])
        return node.gate.vjp(position, upstream, values[index], inputs, node.options, 0.5)

    return program.sweep(objective, nodes, rule)


def _numerical(exercise: Exercise, ask: Gradient, answers: Sequence[tuple[Trial, Float64]]) -> Note | None:
    for central in (False, True):
        for h in STEPS:
            if all(
                _explains(t, ask, v, quotient(exercise.program, t.nodes, ask.objective, ask.node, h, central))
                for t, v in answers
            ):
                return Note("numerical_derivative", {"h": f"{h:.0e}", "formula": "central" if central else "forward"})
    return None


def _in_float32(exercise: Exercise, judged: Judged, answers: Sequence[tuple[Trial, Float64]]) -> bool:
    """Whether the error is no larger than float32 makes it: a few times what the same sweep leaves in float32. An
    answer of neither float32's type nor its numbers was so in part only, and may be off by less."""
    ask = judged.ask
    typed = all("float32" in (one.type or "") or "float16" in (one.type or "") for one in judged.judgements)
    rounded = all(bool((value == value.astype(np.float32)).all()) for _, value in answers)
    times = 1.0 if typed or rounded else 1 / 8
    for trial, value in answers:
        expected = trial.expected[ask.name]
        if isinstance(ask, Gradient):
            left = 16 * np.abs(_swept_in_float32(exercise, ask, trial) - expected.exact).max(initial=0.0)
            allowed = FLOAT32 * expected.scale + left
        else:
            allowed = np.asarray(FLOAT32 * np.abs(expected.exact).max(initial=1.0))
        if not (np.abs(value - expected.exact) <= times * allowed).all():
            return False
    return True


def _swept_in_float32(exercise: Exercise, ask: Gradient, trial: Trial) -> Float64:
    program = exercise.program
    given = {g.name: np.asarray(trial.values[g.name], dtype=np.float32) for g in exercise.inputs}
    nodes = program.forward({**trial.sizes, **given}, number=np.float32)
    swept = program.sweep(ask.objective, [ask.node], partial(program.vjp, nodes))  # gate by gate, as written
    return np.asarray(swept[ask.node], dtype=np.float64)
