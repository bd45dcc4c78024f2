"""The nodes of a forward program: what is given, and what a gate computes from earlier nodes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from grader.gates import Gate
from grader.shapes import Dimensions, Options


@dataclass(frozen=True)
class Input:
    """A node that is given: an input, a dimension, or a number (`value`)."""

    name: str | None
    shape: Dimensions
    value: Fraction | None = None

    inputs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Operation:
    """A node that a gate computes from earlier nodes."""

    gate: Gate
    inputs: tuple[int, ...]
    options: Options
    shape: Dimensions


Node = Input | Operation
