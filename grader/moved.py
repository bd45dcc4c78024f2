"""What moves in a program when single entries of its nodes do: one entry of W1 moves one row of W1 @ X.

Of each node only the block that moves is computed, for many perturbed points at once, as its distance from where it
is without a perturbation. Gates that are linear in what moves pass distances on; others are evaluated at the moved
values, and their value without the perturbation is subtracted; a gate without a rule of its own gets whole arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.candidate import Float64
from grader.elementwise import Elementwise
from grader.gates import Gate
from grader.nodes import Operation
from grader.shapes import Options

Shape = tuple[int, ...]
Places = tuple[npt.NDArray[np.intp], ...]
"""Of each point, the index of the perturbed entry, by axis of the perturbed node."""


@dataclass(frozen=True)
class Block:
    """The part of a node of `shape` that moves. Along axis a of `along` (counted from the end) it is at one index: that
    of the perturbed entry along axis `along[a]` of its node. Along every other axis it is all of it."""

    shape: Shape
    along: Mapping[int, int]

    @classmethod
    def entry(cls, shape: Shape) -> Block:
        """A single entry."""
        return cls(shape, {i - len(shape): i for i, size in enumerate(shape) if size > 1})

    @property
    def sizes(self) -> Shape:
        """The block's own shape, in the node's rank."""
        rank = len(self.shape)
        return tuple(1 if i - rank in self.along else size for i, size in enumerate(self.shape))


@dataclass(eq=False)
class Points:
    """Perturbed points: `values` of all nodes without a perturbation, where each point's perturbed entry is, and how
    far each node's block is moved, (points, *block); `crossed` where the winner at a kink is another one than without
    a perturbation."""

    values: Sequence[Any]
    places: Places
    moves: dict[int, Float64]
    crossed: npt.NDArray[np.bool_]

    @property
    def count(self) -> int:
        return len(self.crossed)

    def part(self, some: slice) -> Points:
        """Some of the points; what is then found of `crossed` is found here too."""
        moves = {index: move[some] for index, move in self.moves.items()}
        return Points(self.values, tuple(index[some] for index in self.places), moves, self.crossed[some])


Rule = Callable[[Points], Any]
"""How far a node's block is moved, from how far those of its operands are."""


def moved(
    index: int, operation: Operation, blocks: Mapping[int, Block], shapes: Sequence[Shape]
) -> tuple[Block, int, Rule] | None:
    """What these blocks of a program, whose nodes have these `shapes`, move of the node `index`; how many numbers are
    held to compute how far; and the rule. None where they move nothing of it."""
    moving = [blocks.get(s) for s in operation.inputs]
    if not any(moving):
        return None
    find = _RULES.get(operation.gate.name, _elementwise if isinstance(operation.gate, Elementwise) else _gate)
    block, rule = find(index, operation, moving, [shapes[s] for s in operation.inputs], shapes[index])
    spread = operation.inputs if find is _gate or (find is _matmul and all(moving)) else ()
    return block, max(math.prod(b.sizes) for b in (block, *(Block(shapes[s], {}) for s in spread))), rule


# ------------------------------------------------------------------------------------------------ blocks of values


def _at(shape: Shape, along: Mapping[int, int], rank: int) -> Callable[[Any, Places], Any]:
    """How to read, from a value of `shape`, what stands where a block `along` of `rank` axes is: (points, *block), or
    the value itself where it is the same at all points."""
    own = len(shape)
    picked = [axis for axis in along if -axis <= own and shape[axis] > 1]
    if not picked:
        return lambda value, places: value
    order = [axis % own for axis in picked]
    order += [i for i in range(own) if i not in order]
    sizes = [1] * (rank - own) + [1 if i - own in picked else size for i, size in enumerate(shape)]
    if len(picked) == 1:
        source = along[picked[0]]
        return lambda value, places: value.transpose(order).take(places[source], 0).reshape(-1, *sizes)
    sources = [along[axis] for axis in picked]
    return lambda value, places: value.transpose(order)[tuple(places[s] for s in sources)].reshape(-1, *sizes)


def _widened(block: Block, along: Mapping[int, int], rank: int) -> Callable[[Points, Any], Any]:
    """How to spread a block's moves, with zeros, over the axes that `along` leaves whole, lifted to `rank` axes."""
    lost = [axis for axis in block.along if axis not in along]
    target = Block(block.shape, {axis: block.along[axis] for axis in block.along if axis not in lost})
    own = len(block.shape)
    lifted = (*(1,) * (rank - own), *target.sizes)
    if not lost:
        return (lambda p, move: move) if rank == own else lambda p, move: move.reshape(-1, *lifted)
    kept = [size for i, size in enumerate(target.sizes) if i - own not in lost]

    def spread(p: Points, move: Any) -> Any:
        wide = np.zeros((p.count, *target.sizes))
        index = [p.places[block.along[i - own]] if i - own in lost else slice(None) for i in range(own)]
        wide[(np.arange(p.count), *index)] = move.reshape(-1, *kept)
        return wide.reshape(-1, *lifted)

    return spread


# ------------------------------------------------------------------------------------------------ rules

Moving = Sequence[Block | None]


def _elementwise(
    index: int, operation: Operation, moving: Moving, shapes: Sequence[Shape], shape: Shape
) -> tuple[Block, Rule]:
    blocks = [block for block in moving if block is not None]
    along = dict(set.intersection(*(set(block.along.items()) for block in blocks)))
    result, rank, gate = Block(shape, along), len(shape), operation.gate
    read = [_at(s, along, rank) for s in shapes]
    spread = [None if block is None else _widened(block, along, rank) for block in moving]
    operands = list(zip(operation.inputs, read, spread, strict=True))

    linear = _linear(gate.name, operands)
    if linear is None:
        return result, _evaluated(index, operation, operands, _at(shape, along, rank))
    sizes = result.sizes

    def passed_on(p: Points) -> Any:
        move = linear(p)
        return move if move.shape[1:] == sizes else np.broadcast_to(move, (p.count, *sizes))

    return result, passed_on


def _linear(name: str, operands: Sequence[Any]) -> Rule | None:
    """How far the result of a gate moves that is linear in its operands, in those that move; None for others."""
    moving = [(s, widen) for s, _, widen in operands if widen is not None]
    (source, widen), positions = moving[0], [i for i, (_, _, widen) in enumerate(operands) if widen is not None]
    if (name == "multiply" and len(moving) == 1) or (name == "divide" and positions == [0]):
        other, at, _ = operands[1 - positions[0]]
        scale = np.multiply if name == "multiply" else np.divide
        return lambda p: scale(widen(p, p.moves[source]), at(p.values[other], p.places))
    if name == "negative" or (name == "subtract" and positions == [1]):
        return lambda p: -widen(p, p.moves[source])
    if name not in ("add", "subtract"):
        return None
    if len(moving) == 1:
        return lambda p: widen(p, p.moves[source])
    (second, spread), combined = moving[1], np.add if name == "add" else np.subtract
    return lambda p: combined(widen(p, p.moves[source]), spread(p, p.moves[second]))


def _gate(
    index: int, operation: Operation, moving: Moving, shapes: Sequence[Shape], shape: Shape
) -> tuple[Block, Rule]:
    """Any gate: its operands are whole."""
    spread = [None if block is None else _widened(block, {}, len(block.shape)) for block in moving]
    operands = [(s, _whole, widen) for s, widen in zip(operation.inputs, spread, strict=True)]
    return Block(shape, {}), _evaluated(index, operation, operands, _whole)


def _whole(value: Any, places: Places) -> Any:
    return value


def _evaluated(index: int, operation: Operation, operands: Sequence[Any], result: Callable[..., Any]) -> Rule:
    gate, options = operation.gate, operation.options
    forward, kinked = gate.forward, gate.kinked

    def evaluated(p: Points) -> Any:
        here = [at(p.values[s], p.places) for s, at, _ in operands]
        there = [
            value if widen is None else value + widen(p, p.moves[s])
            for value, (s, _, widen) in zip(here, operands, strict=True)
        ]
        if kinked:
            p.crossed |= crossings(gate, options, here, there, p.count)
        return forward(*there, **options) - result(p.values[index], p.places)

    return evaluated


def crossings(gate: Gate, options: Options, here: list[Any], there: list[Any], count: int) -> npt.NDArray[np.bool_]:
    """At which of `count` points the winner at a kink of the gate is another one `there` than `here`."""
    found = np.zeros(count, dtype=bool)
    for before, after in zip(gate.kinks(here, options), gate.kinks(there, options), strict=True):
        found |= (np.sign(before) != np.sign(after)).reshape(count, -1).any(axis=1)
    return found


def _matmul(
    index: int, operation: Operation, moving: Moving, shapes: Sequence[Shape], shape: Shape
) -> tuple[Block, Rule]:
    ranks = operation.options["ranks"]
    left, right = operation.inputs
    n, k = (1, *shapes[0])[-2:]
    m = shapes[1][1] if ranks[1] == 2 else 1
    a, b = (_as_matrix(block, rank == 1 and i == 1) for i, (block, rank) in enumerate(zip(moving, ranks, strict=True)))
    along: dict[int, int] = {}
    product: Rule
    if a is not None and b is not None:
        spread_a, spread_b = _widened(a, {}, 2), _widened(b, {}, 2)
        sizes_a, sizes_b = (-1, *a.sizes), (-1, *b.sizes)

        def product(p: Points) -> Any:
            move_a = spread_a(p, p.moves[left].reshape(sizes_a))
            move_b = spread_b(p, p.moves[right].reshape(sizes_b))
            return _times(move_a, p.values[right].reshape(k, m)) + (p.values[left].reshape(n, k) + move_a) @ move_b

    elif a is not None:
        along = {axis: source for axis, source in a.along.items() if axis == -2}
        rows, picks = a.sizes[0], _at((k, m), {-2: a.along[-1]}, 2) if -1 in a.along else None

        def product(p: Points) -> Any:
            move, other = p.moves[left], p.values[right].reshape(k, m)
            if picks is not None:
                return move.reshape(-1, rows, 1) * picks(other, p.places)
            return _times(move.reshape(-1, rows, k), other)

    else:
        assert b is not None
        along = {axis: source for axis, source in b.along.items() if axis == -1}
        columns, picks = b.sizes[1], _at((n, k), {-1: b.along[-2]}, 2) if -2 in b.along else None

        def product(p: Points) -> Any:
            move, other = p.moves[right], p.values[left].reshape(n, k)
            if picks is not None:
                return picks(other, p.places) * move.reshape(-1, 1, columns)
            if columns == 1:
                return _times(move.reshape(-1, 1, k), other.T).reshape(-1, n, 1)
            return other @ move.reshape(-1, k, columns)

    if ranks[1] == 1:  # the axis of rows is the last
        along = {axis + 1: source for axis, source in along.items()}
    result = Block(shape, along)
    sizes = (-1, *result.sizes)
    return result, lambda p: product(p).reshape(sizes)


def _as_matrix(block: Block | None, column: bool) -> Block | None:
    """The block of a vector as that of a row, or of a column."""
    if block is None or len(block.shape) == 2:
        return block
    if column:
        return Block((*block.shape, 1), {axis - 1: source for axis, source in block.along.items()})
    return Block((1, *block.shape), block.along)


def _times(stack: Any, matrix: Any) -> Any:
    """(points, r, k) @ (k, m), as one product."""
    points, rows, inner = stack.shape
    return (stack.reshape(points * rows, inner) @ matrix).reshape(points, rows, -1)


def _transpose(
    index: int, operation: Operation, moving: Moving, shapes: Sequence[Shape], shape: Shape
) -> tuple[Block, Rule]:
    (block,), (source,) = moving, operation.inputs
    assert block is not None
    result = Block(shape, {-3 - axis: s for axis, s in block.along.items()})
    return result, lambda p: p.moves[source].swapaxes(-1, -2)


def _sum(index: int, operation: Operation, moving: Moving, shapes: Sequence[Shape], shape: Shape) -> tuple[Block, Rule]:
    (block,), (source,) = moving, operation.inputs
    assert block is not None
    axes, keepdims = operation.options["axis"], operation.options["keepdims"]
    count = np.prod([shapes[0][axis] for axis in axes]) if operation.gate.name == "mean" else 1
    along = {
        axis if keepdims else axis + sum(a > axis for a in axes): s
        for axis, s in block.along.items()
        if axis not in axes
    }

    def summed(p: Points) -> Any:
        move = p.moves[source].sum(axis=axes, keepdims=keepdims) if axes else p.moves[source]
        return move if count == 1 else move / count

    return Block(shape, along), summed


_RULES: dict[str, Callable[..., tuple[Block, Rule]]] = {
    "matmul": _matmul,
    "transpose": _transpose,
    "sum": _sum,
    "mean": _sum,
}
