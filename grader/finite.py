"""The numerical witness: central differences of the forward program, every entry truly perturbed.

One evaluation serves many perturbed points: they are stacked along a leading axis, and only the nodes that depend on
the perturbed one are computed again. It cannot see a wrong forward program, and an entry whose perturbation crosses
a kink is marked as unknown (NaN) rather than answered.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from grader.candidate import Float64
from grader.elementwise import Elementwise
from grader.fused import Steps
from grader.moved import Block, Shape, crossings
from grader.program import Evaluation, Operation, Program, evaluation
from grader.ways import Leg, ways

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
MANY = 3 << 21
"""A check that evaluates more numbers is a large one."""
RUN = 1 << 16
"""How many numbers the largest block of a run of points holds: what the fast part of a cache does."""
STACK_ENTRIES = 1 << 18
"""How many float64 a stack of the perturbed node holds at most (2 MiB)."""


class Estimate(NamedTuple):
    """The estimated gradient and a bound on its error, in the perturbed node's shape; NaN where a kink is crossed."""

    gradient: Float64
    error: Float64


def central_differences(
    program: Program, values: Sequence[Any], objective: int, nodes: Sequence[int]
) -> dict[int, Estimate]:
    """The gradient of the scalar node `objective` with respect to each of `nodes`, from `program.forward` values. Of
    these it reads the nodes' own and those of what does not move with them (`program.unmoved`).

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
    if unknown is not None:
        best[unknown] = error[unknown] = np.nan
    return {node: Estimate(best[here].reshape(shape), error[here].reshape(shape)) for node, here, shape in plan.rows}


def _extrapolated(plan: _Plan, values: Sequence[Any], at: Float64) -> tuple[Float64, Float64, Float64, Any]:
    """The derivative at each entry, what extrapolation changed of it, its rounding, and whether it is unknown."""
    h = np.maximum(STEP, STEP * np.abs(at))
    here, distance, crossed = plan.distances(values, at, h[:, None] * SHIFTS)
    best, change = (distance @ WEIGHTS).T / h
    rounding = ROUNDING * (abs(here) + np.abs(distance).max()) / h
    return best, change, rounding, None if crossed is None else crossed.any(axis=1)


def _central(plan: _Sampled, values: Sequence[Any], at: Float64) -> tuple[Float64, Float64, Any]:
    """The central difference at each entry, a bound of its error, and whether it is unknown."""
    h = np.maximum(FINE_STEP, FINE_STEP * np.abs(at))
    here, distance, crossed = plan.distances(values, at, h[:, None] * SHIFTS[:2])
    error = ROUNDING * (abs(here) + np.abs(distance).max()) / h
    _, change, _, unknown = _extrapolated(plan.sample, values, at[plan.chosen])
    for (_, rows, _), (_, chosen, _) in zip(plan.rows, plan.sample.rows, strict=True):
        known = change[chosen] if unknown is None else change[chosen][~unknown[chosen]]
        error[rows] += 4 * np.abs(known).max(initial=0.0) * (FINE_STEP / STEP) ** 2
    return (distance[:, 0] - distance[:, 1]) / (2 * h), error, None if crossed is None else crossed.any(axis=1)


Crossed = npt.NDArray[np.bool_] | None
Rows = tuple[tuple[int, slice, Shape], ...]
"""Nodes, each with the rows of an array of shifts that are those of its entries, and its shape."""


@dataclass(frozen=True, eq=False)
class _Together:
    """Few entries: all points are whole arrays, in one stack of `count`, of which the last is not moved; `moved` is
    where in it the entries are that are."""

    rows: Rows
    stacked: Stacked
    objective: int
    count: int
    moved: npt.NDArray[np.intp]

    def distances(self, values: Sequence[Any], at: Float64, shifts: Float64) -> tuple[Float64, Float64, Crossed]:
        """The objective where nothing is moved, how far it is moved by each of `shifts` of each entry, which are `at`,
        and whether a kink is crossed: None where none is."""
        points = at[None].repeat(self.count, axis=0)
        points.reshape(-1)[self.moved] += shifts.reshape(-1)
        stacks = {node: points[:, here].reshape(-1, *shape) for node, here, shape in self.rows}
        result, crossed = self.stacked.evaluate(values, stacks, self.objective)
        crossed = None if crossed is None else crossed[:-1].reshape(shifts.shape)
        return result[-1], (result[:-1] - result[-1]).reshape(shifts.shape), crossed


@dataclass(frozen=True, eq=False)
class _OneByOne:
    """Many entries: of each point only what it moves."""

    rows: Rows
    unmoved: tuple[tuple[int, Evaluation], ...]
    objective: int
    way: Leg

    def distances(self, values: Sequence[Any], at: Float64, shifts: Float64) -> tuple[Float64, Float64, Crossed]:
        """As those of `_Together`."""
        np.empty(32 * RUN)  # once freed, glibc keeps what is freed later, which else costs a page fault each 4 KiB
        here = list(values)
        for index, of in self.unmoved:
            here[index] = of(here)
        crossed = np.zeros(shifts.shape, dtype=bool)
        distance = self.way.follow(here, shifts.reshape(-1), crossed.reshape(-1), RUN).reshape(shifts.shape)
        return here[self.objective], distance, crossed if crossed.any() else None


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
        points = total * len(SHIFTS)
        moved = np.arange(points) * total + np.arange(total).repeat(len(SHIFTS))
        return _Together(rows, Stacked(steps, nodes, program), objective, points + 1, moved)
    found = ways(_legs(rows, entries, len(SHIFTS)), steps, objective, shapes, RUN)
    if found.numbers <= MANY:
        return _OneByOne(rows, _evaluations(steps), objective, found)
    steps = program.steps(wanted, objective, known=False)  # takes less than evaluating it link by link
    some = [chosen[:: -(-len(chosen) // SAMPLE)] for chosen in entries]
    chosen = np.concatenate([here.start + index for (_, here, _), index in zip(rows, some, strict=True)])
    sampled = _rows(nodes, some, shapes)
    few = ways(_legs(sampled, some, len(SHIFTS)), steps, objective, shapes, RUN)
    every = ways(_legs(rows, entries, 2), steps, objective, shapes, RUN)
    unmoved = _evaluations(steps)
    return _Sampled(rows, unmoved, objective, every, _OneByOne(sampled, unmoved, objective, few), chosen)


def _evaluations(steps: Steps) -> tuple[tuple[int, Evaluation], ...]:
    return tuple((index, evaluation(step)) for index, step in steps)


def _rows(nodes: Sequence[int], entries: Sequence[Any], shapes: Sequence[Shape]) -> Rows:
    ends = list(accumulate(map(len, entries)))
    return tuple(
        (node, slice(end - len(e), end), shapes[node]) for node, end, e in zip(nodes, ends, entries, strict=True)
    )


def _legs(rows: Rows, entries: Sequence[npt.NDArray[np.intp]], shifts: int) -> list[Leg]:
    """The beginnings of the ways of these entries, each moved by so many shifts."""
    return [
        Leg(
            node,
            slice(here.start * shifts, here.stop * shifts),
            tuple(index.repeat(shifts) for index in np.unravel_index(chosen, shape)) if shape else (),
            {node: Block.entry(shape)},
        )
        for (node, here, shape), chosen in zip(rows, entries, strict=True)
    ]


def quotient(
    program: Program, values: Sequence[Float64], objective: int, node: int, h: float, central: bool
) -> Float64:
    """The plain difference quotient with step h that a student would write, in the node's shape."""
    at = np.asarray(values[node], dtype=np.float64)
    moved = np.concatenate([np.eye(at.size) * h, np.eye(at.size) * (-h if central else 0.0), np.zeros((1, at.size))])
    stack = at.reshape(1, -1) + moved
    way = Stacked(_written(program, objective, node), (node,), program)
    with np.errstate(all="ignore"):
        result, _ = way.evaluate(values, {node: stack.reshape(-1, *at.shape)}, objective)
    up, down = result[:-1].reshape(2, -1)
    return np.asarray((up - down) / (2 * h if central else h)).reshape(at.shape)


def _written(program: Program, objective: int, node: int) -> Steps:
    """The steps from `node` to the objective as the program has them."""
    way = sorted(program.between(frozenset((node,)), objective))
    return tuple((i, step) for i in way if i != node and isinstance(step := program.nodes[i], Operation))


class Stacked:
    """Steps evaluated for many points at once, whose moved `sources` are stacked along a leading axis. The last point
    is not moved."""

    def __init__(self, steps: Steps, sources: Sequence[int], program: Program) -> None:
        ranks = {i: len(program.nodes[i].shape) for i in sources}
        self.steps: list[tuple[int, Operation, Evaluation, dict[int, int], bool]] = []
        for index, step in steps:
            if ranks.keys().isdisjoint(step.inputs):
                continue
            rank = len(step.shape)
            # a lower-rank operand keeps its stack in front: (k, n) beside (k, h, n) is (k, 1, n)
            lifts = {s: rank - ranks[s] for s in step.inputs if s in ranks and ranks[s] < rank}
            lifted = lifts if isinstance(step.gate, Elementwise) else {}
            self.steps.append((index, step, evaluation(step), lifted, index in ranks))
            ranks[index] = rank
        self.sources = frozenset(ranks)
        self.kinked = any(step.gate.kinked for _, step, *_ in self.steps)

    def evaluate(self, values: Sequence[Any], stacks: Mapping[int, Float64], objective: int) -> tuple[Float64, Crossed]:
        """The objective at every point of the stacks, and whether a kink's winner changed on the way there."""
        here, count = list(values), len(next(iter(stacks.values())))
        for node, stack in stacks.items():
            here[node] = stack
        crossed = np.zeros(count, dtype=bool) if self.kinked else None
        for index, step, evaluate, lifts, moved in self.steps:
            operands = here
            if lifts:
                operands = list(here)
                for s, lift in lifts.items():
                    operands[s] = here[s].reshape(count, *(1,) * lift, *here[s].shape[1:])
            value = evaluate(operands)
            if crossed is not None and step.gate.kinked:
                before = [here[s][-1] if s in self.sources else here[s] for s in step.inputs]
                crossed |= crossings(step.gate, step.options, before, [operands[s] for s in step.inputs], count)
            here[index] = value + (here[index] - here[index][-1]) if moved else value
        result = here[objective]
        return result if np.ndim(result) else np.full(count, result), crossed


def quotients(
    program: Program, values: Sequence[Float64], objective: int, node: int, entry: tuple[int, ...],
    steps: Sequence[float],
) -> tuple[Float64, Float64, npt.NDArray[np.bool_]]:  # fmt: skip
    """For one entry of `node` and each step h: the forward quotient (f(x + h) - f(x)) / h, the central one
    (f(x + h) - f(x - h)) / 2h, and whether a kink lies within h of x."""
    at = np.asarray(values[node], dtype=np.float64)
    flat = int(np.ravel_multi_index(entry, at.shape)) if entry else 0
    written = _written(program, objective, node)
    way = Stacked(written, (node,), program)
    rows = max(1, STACK_ENTRIES // max(at.size, sum(np.size(values[i]) for i, _ in written)))
    moved = np.concatenate([np.asarray(steps), -np.asarray(steps)])
    found, crossed = np.empty(len(moved)), np.zeros(len(moved), dtype=bool)
    with np.errstate(all="ignore"):
        for first in range(0, len(moved), rows):
            part = slice(first, first + rows)
            stack = np.repeat(at.reshape(1, -1), len(moved[part]) + 1, axis=0)
            stack[:-1, flat] += moved[part]
            result, kinks = way.evaluate(values, {node: stack.reshape(-1, *at.shape)}, objective)
            found[part] = result[:-1]
            if kinks is not None:
                crossed[part] = kinks[:-1]
        (up, down), h = found.reshape(2, -1), moved[: len(steps)]
        return (up - values[objective]) / h, (up - down) / (2 * h), np.logical_or(*crossed.reshape(2, -1))
