"""The numerical witness: central differences of the forward program, every entry truly perturbed.

One evaluation serves many perturbed points: they are stacked along a leading axis, and only the nodes that depend on
the perturbed one are computed again. It cannot see a wrong forward program, and an entry whose perturbation crosses
a kink is marked as unknown (NaN) rather than answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grader.candidate import Float64
from grader.elementwise import Elementwise
from grader.program import Operation, Program

STEP = 2e-4
STACK_ENTRIES = 1 << 18
"""How many float64 a stack of the perturbed node holds at most (2 MiB)."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """The estimated gradient and a bound on its error, in the perturbed node's shape; NaN where a kink is crossed."""

    gradient: Float64
    error: Float64


def central_difference(program: Program, values: Sequence[Float64], objective: int, node: int) -> Estimate:
    """The gradient of the scalar node `objective` with respect to `node`, from `program.forward` values.

    Two steps h and h/2 are extrapolated (Richardson), and their difference bounds the error.
    """
    at = np.asarray(values[node], dtype=np.float64)
    size = max(at.size, 1)
    rows = max(1, STACK_ENTRIES // (4 * size))
    gradient, error = np.empty(size), np.empty(size)
    affected = [i for i in sorted(program.dependents([node]) & program.ancestors(objective)) if i != node]
    for first in range(0, at.size, rows):
        entries = np.arange(first, min(first + rows, at.size))
        h = STEP * np.maximum(1.0, np.abs(at.reshape(-1)[entries]))
        signs = np.array([1.0, -1.0, 0.5, -0.5])[:, None]
        stack = np.repeat(at.reshape(1, -1), 4 * len(entries), axis=0)
        stack[np.arange(len(stack)), np.tile(entries, 4)] += (signs * h).reshape(-1)
        result, crossed = _evaluate(program, values, affected, node, stack.reshape(-1, *at.shape), objective)
        up, down, half_up, half_down = result.reshape(4, -1)
        wide = (up - down) / (2 * h)  # (f(x + h) - f(x - h)) / 2h = f'(x) + O(h^2)
        narrow = (half_up - half_down) / h
        best = (4 * narrow - wide) / 3  # the h^2 terms cancel
        rounding = 32 * np.finfo(np.float64).eps * np.maximum(np.abs(up), np.abs(down)) / h
        unknown = crossed.reshape(4, -1).any(axis=0)
        gradient[entries] = np.where(unknown, np.nan, best)
        error[entries] = np.where(unknown, np.nan, np.abs(best - narrow) + rounding)
    return Estimate(gradient.reshape(at.shape), error.reshape(at.shape))


def quotient(
    program: Program, values: Sequence[Float64], objective: int, node: int, h: float, central: bool
) -> Float64:
    """The plain difference quotient with step h that a student would write, in the node's shape."""
    at = np.asarray(values[node], dtype=np.float64)
    affected = [i for i in sorted(program.dependents([node]) & program.ancestors(objective)) if i != node]
    moved = np.concatenate([np.eye(at.size) * h, np.eye(at.size) * (-h if central else 0.0)])
    stack = at.reshape(1, -1) + moved
    result, _ = _evaluate(program, values, affected, node, stack.reshape(-1, *at.shape), objective)
    up, down = result.reshape(2, -1)
    return np.asarray((up - down) / (2 * h if central else h)).reshape(at.shape)


def _evaluate(
    program: Program, values: Sequence[Float64], affected: list[int], node: int, stack: Float64, objective: int
) -> tuple[Float64, Float64]:
    """The objective at every point of the stack, and whether a kink's winner changed on the way there."""
    stacked: dict[int, Float64] = {node: stack}
    crossed = np.zeros(len(stack), dtype=bool)

    def operand(source: int, rank: int) -> Float64:
        if source not in stacked:
            return values[source]
        value = stacked[source]  # a lower-rank operand keeps its stack in front: (k, n) beside (k, h, n) is (k, 1, n)
        return value.reshape(len(stack), *(1,) * (rank - value.ndim + 1), *value.shape[1:])

    with np.errstate(all="ignore"):
        for i in affected:
            operation = program.nodes[i]
            assert isinstance(operation, Operation)
            elementwise = isinstance(operation.gate, Elementwise)
            rank = len(operation.shape) if elementwise else 0
            inputs = [operand(s, rank) if elementwise else stacked.get(s, values[s]) for s in operation.inputs]
            stacked[i] = operation.gate.forward(*inputs, **operation.options)
            here = operation.gate.kinks([values[s] for s in operation.inputs], operation.options)
            there = operation.gate.kinks(inputs, operation.options)
            for before, after in zip(here, there, strict=True):
                crossed |= (np.sign(before) != np.sign(after)).reshape(len(stack), -1).any(axis=1)
    return np.broadcast_to(stacked.get(objective, values[objective]), (len(stack),)), crossed


def quotients(
    program: Program, values: Sequence[Float64], objective: int, node: int, entry: tuple[int, ...],
    steps: Sequence[float],
) -> tuple[Float64, Float64, npt.NDArray[np.bool_]]:  # fmt: skip
    """For one entry of `node` and each step h: the forward quotient (f(x + h) - f(x)) / h, the central one
    (f(x + h) - f(x - h)) / 2h, and whether a kink lies within h of x."""
    at = np.asarray(values[node], dtype=np.float64)
    flat = int(np.ravel_multi_index(entry, at.shape)) if entry else 0
    affected = [i for i in sorted(program.dependents([node]) & program.ancestors(objective)) if i != node]
    rows = max(1, STACK_ENTRIES // max(at.size, sum(np.size(values[i]) for i in affected)))
    moved = np.concatenate([np.asarray(steps), -np.asarray(steps)])
    results, crossings = [], []
    for first in range(0, len(moved), rows):
        part = moved[first : first + rows]
        stack = np.repeat(at.reshape(1, -1), len(part), axis=0)
        stack[:, flat] += part
        result, crossed = _evaluate(program, values, affected, node, stack.reshape(-1, *at.shape), objective)
        results.append(result)
        crossings.append(crossed)
    up, down = np.concatenate(results).reshape(2, -1)
    h, crossed = moved[: len(steps)], np.concatenate(crossings).reshape(2, -1)
    with np.errstate(all="ignore"):
        return (up - values[objective]) / h, (up - down) / (2 * h), crossed[0] | crossed[1]
