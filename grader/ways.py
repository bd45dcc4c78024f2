"""The ways of single entries to the objective, joined where they move alike blocks: one entry of W1 moves a row of Z1,
and so does one of b1. What such rows move is then computed for both at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.candidate import Float64
from grader.fused import Steps
from grader.moved import Block, Places, Points, Rule, Shape, moved


@dataclass(eq=False)
class Leg:
    """A part of a way: from a block of `node` on. Its points, which are these of all, come from the legs that it
    `joins`, or are single entries of `node`. Of what they move, in order of evaluation: the blocks, and the rules,
    with how many numbers each holds at a point."""

    node: int
    points: slice
    places: Places
    blocks: dict[int, Block]
    joins: Sequence[Leg] = ()
    rules: list[tuple[int, int, Rule]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return int(self.points.stop - self.points.start)

    @property
    def numbers(self) -> int:
        """How many numbers the widest blocks on the ways here hold at all points."""
        return self.count * max((width for _, width, _ in self.rules), default=1) + sum(j.numbers for j in self.joins)

    def follow(self, values: Sequence[Any], shifts: Float64, crossed: npt.NDArray[np.bool_], run: int) -> Any:
        """How far the leg's last node is moved at its points, by the `shifts` of the entries of all; `crossed` is set
        where a kink is. Blocks of more than `run` numbers together are taken a part at a time."""
        if self.joins:
            move = np.concatenate([leg.follow(values, shifts, crossed, run) for leg in self.joins])
        else:
            move = shifts[self.points].reshape(-1, *(1,) * len(self.blocks[self.node].shape))
        return self._follow(Points(values, self.places, {self.node: move}, crossed[self.points]), run, 0)

    def _follow(self, points: Points, run: int, first: int) -> Any:
        for position, (index, width, rule) in enumerate(self.rules[first:], first):
            most = max(1, run // width)
            if points.count > most:
                parts = [points.part(slice(at, at + most)) for at in range(0, points.count, most)]
                return np.concatenate([self._follow(part, run, position) for part in parts])
            points.moves[index] = rule(points)
        return points.moves[next(reversed(self.blocks))]


def ways(legs: Sequence[Leg], steps: Steps, objective: int, shapes: Sequence[Shape], run: int) -> Leg:
    """The way of all points of these legs to the objective, in their order, along these steps of a program whose nodes
    have these `shapes`. Legs beside one another are joined where together they move no more than `run` numbers."""
    last_read = {s: index for index, step in steps for s in step.inputs}
    for index, step in steps:
        for leg in legs:
            if found := moved(index, step, leg.blocks, shapes):
                leg.blocks[index], width, rule = found
                leg.rules.append((index, width, rule))
        legs = _met(legs, index, last_read, run)
    for leg in legs:
        if objective not in leg.blocks:
            leg.blocks[objective] = Block((), {})
            leg.rules.append((objective, 1, lambda points: np.zeros(points.count)))
    return _joined(legs, objective)


def _met(legs: Sequence[Leg], index: int, last_read: Mapping[int, int], run: int) -> list[Leg]:
    """The legs, those joined that move alike blocks of the node `index`, and later nodes through it alone."""

    def moves(leg: Leg) -> tuple[int, ...] | None:
        """Along which axes the block is at one index."""
        alone = index in leg.blocks and all(s == index or last_read[s] <= index for s in leg.blocks)
        return tuple(sorted(leg.blocks[index].along)) if alone else None

    found: list[Leg] = []
    for axes, beside in groupby(legs, moves):
        together = list(beside)
        if axes is None or sum(leg.count * math.prod(leg.blocks[index].sizes) for leg in together) > run:
            found += together
        else:
            found.append(_joined(together, index))
    return found


def _joined(legs: Sequence[Leg], node: int) -> Leg:
    """The leg that these, which move alike blocks of the node, go on as."""
    if len(legs) == 1:
        return legs[0]
    block = legs[0].blocks[node]
    places = tuple(np.concatenate([leg.places[leg.blocks[node].along[axis]] for leg in legs]) for axis in block.along)
    points = slice(legs[0].points.start, legs[-1].points.stop)
    return Leg(node, points, places, {node: Block(block.shape, {axis: i for i, axis in enumerate(block.along)})}, legs)
