"""The numerical witness: central differences of the forward program, every entry truly perturbed.

One evaluation serves many perturbed points: they are stacked along a leading axis, and only the nodes that depend on
the perturbed one are computed again. It cannot see a wrong forward program, and an entry whose perturbation crosses
a kink is marked as unknown (NaN) rather than answered.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.candidate import Float64
from grader.elementwise import Elementwise
from grader.fused import Steps
from grader.moved import Moves, Places, Points, Shape, crossings, moves
from grader.program import Operation, Program

ROUNDING = 32 * float(np.finfo(np.float64).eps)

STEP = 2e-4
SHIFTS = np.array([1.0, -1.0, 0.5])
"""Where the objective is evaluated for each entry, in steps h from where it is."""
WEIGHTS = np.array([[-3, -1, 16], [-6, 2, 16]]).T / 6
"""Of f(x + h) - f(x), f(x - h) - f(x) and f(x + h/2) - f(x): the first column over h is f'(x) + O(h^3), the terms of
f'' and f''' cancel; the second is what this differs from the central difference by, h^2 f'''(x) / 6."""
FINE_STEP = 1e-5
"""Of a check so large that the third evaluation is left out."""
SAMPLE = 64
"""At so many entries of each node a large check measures how far the central difference is off."""
FEW = 1 << 14
"""So many numbers are evaluated at once as whole arrays: fewer steps count for more than less to compute."""
MANY = 1 << 21
"""A check that evaluates more numbers is a large one."""
RUN = 1 << 15
"""How many numbers the largest block of a run of points holds: what the fast part of a cache does."""
STACK_ENTRIES = 1 << 18
"""How many float64 a stack of the perturbed node holds at most (2 MiB)."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """The estimated gradient and a bound on its error, in the perturbed node's shape; NaN where a kink is crossed."""

    gradient: Float64
    error: Float64


def central_difference(program: Program, values: Sequence[Any], objective: int, node: int) -> Estimate:
    """The gradient of the scalar node `objective` with respect to `node`, from `program.forward` values."""
    return central_differences(program, values, objective, (node,))[node]


def central_differences(
    program: Program, values: Sequence[Any], objective: int, nodes: Sequence[int]
) -> dict[int, Estimate]:
    """The gradient of the scalar node `objective` with respect to each of `nodes`, from `program.forward` values.

    Every entry is moved by h, -h and h/2: the central difference (f(x + h) - f(x - h)) / 2h is extrapolated by the
    third, and by how much bounds the error. A large check leaves the third out, in smaller steps; what the others
    would have changed is measured at some entries.
    """
    sizes = tuple(int(values[program.names[letter]]) for letter in program.dimensions)
    plan = _plan(program, objective, tuple(nodes), sizes)
    at = np.concatenate([values[node] for node in nodes], axis=None)
    with np.errstate(all="ignore"):
        if isinstance(plan, _Sampled):
            best, error, unknown = _central(plan, values, at)
        else:
            best, change, error, unknown = _extrapolated(plan, values, at)
            error += np.abs(change) / 4  # the h^2 term of a half step: more than what is left of O(h^3)
    if unknown.any():
        best[unknown] = error[unknown] = np.nan
    return {node: Estimate(best[here].reshape(shape), error[here].reshape(shape)) for node, here, shape in plan.rows}


def _extrapolated(plan: _Plan, values: Sequence[Any], at: Float64) -> tuple[Float64, Float64, Float64, Any]:
    """The derivative at each entry, what extrapolation changed of it, its rounding, and whether it is unknown."""
    h = STEP * np.maximum(1.0, np.abs(at))
    distance, crossed = plan.distances(values, h[:, None] * SHIFTS)
    best, change = (distance @ WEIGHTS).T / h
    rounding = ROUNDING * (abs(values[plan.objective]) + np.abs(distance).max()) / h
    return best, change, rounding, crossed.any(axis=1)


def _central(plan: _Sampled, values: Sequence[Any], at: Float64) -> tuple[Float64, Float64, Any]:
    """The central difference at each entry, a bound of its error, and whether it is unknown."""
    h = FINE_STEP * np.maximum(1.0, np.abs(at))
    distance, crossed = plan.distances(values, h[:, None] * SHIFTS[:2])
    error = ROUNDING * (abs(values[plan.objective]) + np.abs(distance).max()) / h
    _, change, _, unknown = _extrapolated(plan.sample, values, at[plan.chosen])
    for (_, rows, _), (_, chosen, _) in zip(plan.rows, plan.sample.rows, strict=True):
        known = np.abs(change[chosen])[~unknown[chosen]]
        error[rows] += 4 * known.max(initial=0.0) * (FINE_STEP / STEP) ** 2
    return (distance[:, 0] - distance[:, 1]) / (2 * h), error, crossed.any(axis=1)


Rows = tuple[tuple[int, slice, Shape], ...]
"""Nodes, each with the rows of an array of shifts that are those of its entries, and its shape."""


@dataclass(frozen=True, eq=False)
class _Together:
    """Few entries: all points are whole arrays, in one stack, of which the last is not moved."""

    rows: Rows
    steps: Steps
    objective: int
    one: Float64

    def distances(self, values: Sequence[Any], shifts: Float64) -> tuple[Float64, npt.NDArray[np.bool_]]:
        """How far the objective is moved by each of `shifts` of each entry, and whether a kink is crossed."""
        moved = self.one * np.append(shifts, 0.0)[:, None]
        stacks = {node: values[node] + moved[:, here].reshape(-1, *shape) for node, here, shape in self.rows}
        result, crossed = _evaluate(self.steps, values, stacks, self.objective)
        return (result[:-1] - result[-1]).reshape(shifts.shape), crossed[:-1].reshape(shifts.shape)


@dataclass(frozen=True, eq=False)
class _OneByOne:
    """Many entries: of each point only what it moves."""

    rows: Rows
    steps: Steps
    objective: int
    moves: tuple[Moves, ...]
    places: tuple[Places, ...]

    def distances(self, values: Sequence[Any], shifts: Float64) -> tuple[Float64, npt.NDArray[np.bool_]]:
        """As those of `_Together`."""
        np.empty(32 * RUN)  # once freed, glibc keeps what is freed later, which else costs a page fault each 4 KiB
        here = list(values)
        for index, step in self.steps:
            if step.gate.name == "fused":  # what moves is as far from what the same gate gives, to the last digit
                here[index] = step.gate.forward(*(here[s] for s in step.inputs))
        crossed, found = np.zeros(shifts.shape, dtype=bool), []
        for (node, rows, shape), moved, places in zip(self.rows, self.moves, self.places, strict=True):
            move = shifts[rows].reshape(-1, *(1,) * len(shape))
            found.append(moved.follow(Points(here, places, {node: move}, crossed[rows].reshape(-1)), RUN))
        return np.concatenate(found).reshape(shifts.shape), crossed


@dataclass(frozen=True, eq=False)
class _Sampled(_OneByOne):
    """So many entries that only some of them, the rows `chosen`, are moved three times."""

    sample: _OneByOne
    chosen: npt.NDArray[np.intp]


_Plan = _Together | _OneByOne


@lru_cache(maxsize=32)
def _plan(program: Program, objective: int, nodes: tuple[int, ...], sizes: tuple[int, ...]) -> _Plan:
    letters = dict(zip(program.dimensions, sizes, strict=True))
    shapes = tuple(program.shape_of(i, letters) for i in range(len(program.nodes)))
    wanted = frozenset(nodes)
    steps = program.steps(wanted, objective)
    entries = [np.arange(math.prod(shapes[node])) for node in nodes]
    rows, total = _rows(nodes, entries, shapes), sum(map(len, entries))
    if total * sum(math.prod(shapes[index]) for index, _ in steps) <= FEW:
        one = np.concatenate([np.eye(total).repeat(len(SHIFTS), axis=0), np.zeros((1, total))])
        return _Together(rows, steps, objective, one)
    found = tuple(moves(program, wanted, node, objective, shapes) for node in nodes)
    few = [chosen[:: -(-len(chosen) // SAMPLE)] for chosen in entries]
    some = _OneByOne(_rows(nodes, few, shapes), steps, objective, found, _places(nodes, few, shapes, len(SHIFTS)))
    if sum(len(chosen) * moved.width for chosen, moved in zip(entries, found, strict=True)) > MANY:
        chosen = np.concatenate([here.start + index for (_, here, _), index in zip(rows, few, strict=True)])
        return _Sampled(rows, steps, objective, found, _places(nodes, entries, shapes, 2), some, chosen)
    return _OneByOne(rows, steps, objective, found, _places(nodes, entries, shapes, len(SHIFTS)))


def _rows(nodes: Sequence[int], entries: Sequence[Any], shapes: Sequence[Shape]) -> Rows:
    ends = list(accumulate(map(len, entries)))
    return tuple(
        (node, slice(end - len(e), end), shapes[node]) for node, end, e in zip(nodes, ends, entries, strict=True)
    )


def _places(nodes: Sequence[int], entries: Sequence[Any], shapes: Sequence[Shape], shifts: int) -> tuple[Places, ...]:
    """Where the perturbed entry is, of each point of each node: `shifts` points an entry."""
    return tuple(
        tuple(index.repeat(shifts) for index in np.unravel_index(chosen, shapes[node])) if shapes[node] else ()
        for node, chosen in zip(nodes, entries, strict=True)
    )


def quotient(
    program: Program, values: Sequence[Float64], objective: int, node: int, h: float, central: bool
) -> Float64:
    """The plain difference quotient with step h that a student would write, in the node's shape."""
    at = np.asarray(values[node], dtype=np.float64)
    moved = np.concatenate([np.eye(at.size) * h, np.eye(at.size) * (-h if central else 0.0)])
    stack = at.reshape(1, -1) + moved
    result, _ = _evaluate(_written(program, objective, node), values, {node: stack.reshape(-1, *at.shape)}, objective)
    up, down = result.reshape(2, -1)
    return np.asarray((up - down) / (2 * h if central else h)).reshape(at.shape)


def _written(program: Program, objective: int, node: int) -> Steps:
    """The steps from `node` to the objective as the program has them."""
    way = sorted(program.between(frozenset((node,)), objective))
    return tuple((i, step) for i in way if i != node and isinstance(step := program.nodes[i], Operation))


def _evaluate(
    steps: Steps, values: Sequence[Any], stacked: dict[int, Any], objective: int
) -> tuple[Float64, npt.NDArray[np.bool_]]:
    """The objective at every point of the stacks, and whether a kink's winner changed on the way there."""
    count = len(next(iter(stacked.values())))
    changed = np.zeros(count, dtype=bool)

    def operand(source: int, rank: int) -> Any:
        if source not in stacked:
            return values[source]
        value = stacked[source]  # a lower-rank operand keeps its stack in front: (k, n) beside (k, h, n) is (k, 1, n)
        return value if value.ndim > rank else value.reshape(count, *(1,) * (rank - value.ndim + 1), *value.shape[1:])

    with np.errstate(all="ignore"):
        for i, step in steps:
            if stacked.keys().isdisjoint(step.inputs):
                continue
            gate, options = step.gate, step.options
            rank = len(step.shape) if isinstance(gate, Elementwise) else 0
            inputs = [operand(s, rank) for s in step.inputs]
            value = gate.forward(*inputs, **options)
            stacked[i] = value + (stacked[i] - values[i]) if i in stacked else value
            if gate.kinked:
                changed |= crossings(gate, options, [values[s] for s in step.inputs], inputs, count)
    return np.broadcast_to(stacked.get(objective, values[objective]), (count,)), changed


def quotients(
    program: Program, values: Sequence[Float64], objective: int, node: int, entry: tuple[int, ...],
    steps: Sequence[float],
) -> tuple[Float64, Float64, npt.NDArray[np.bool_]]:  # fmt: skip
    """For one entry of `node` and each step h: the forward quotient (f(x + h) - f(x)) / h, the central one
    (f(x + h) - f(x - h)) / 2h, and whether a kink lies within h of x."""
    at = np.asarray(values[node], dtype=np.float64)
    flat = int(np.ravel_multi_index(entry, at.shape)) if entry else 0
    way = _written(program, objective, node)
    rows = max(1, STACK_ENTRIES // max(at.size, sum(np.size(values[i]) for i, _ in way)))
    moved = np.concatenate([np.asarray(steps), -np.asarray(steps)])
    results, crossings = [], []
    for first in range(0, len(moved), rows):
        part = moved[first : first + rows]
        stack = np.repeat(at.reshape(1, -1), len(part), axis=0)
        stack[:, flat] += part
        result, crossed = _evaluate(way, values, {node: stack.reshape(-1, *at.shape)}, objective)
        results.append(result)
        crossings.append(crossed)
    up, down = np.concatenate(results).reshape(2, -1)
    h, crossed = moved[: len(steps)], np.concatenate(crossings).reshape(2, -1)
    with np.errstate(all="ignore"):
        return (up - values[objective]) / h, (up - down) / (2 * h), crossed[0] | crossed[1]
