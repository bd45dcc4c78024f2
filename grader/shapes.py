"""Shapes in an exercise's letters: what fits, what comes out, and how it is written.

A derived dimension is a product (`d1*d2`) or a sum (`k + n`) of letters, in one canonical spelling.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from grader.messages import in_words

Dimension = str | int
"""A letter of the exercise (`n_h`), a derived dimension (`d1*d2`), or a fixed size."""
Dimensions = tuple[Dimension, ...]
Options = Mapping[str, Any]


class ShapeError(ValueError):
    """Shapes that do not fit, told in the exercise's letters. `code` and `parameters` word it in other languages
    (`grader.messages`)."""

    def __init__(self, code: str, **parameters: Any) -> None:
        super().__init__(in_words(code, parameters))
        self.code, self.parameters = code, parameters


def written(shape: Dimensions) -> str:
    """`(n_h, m)`, `(n,)`, `()`: as Python writes a shape."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def product(dimensions: Iterable[Dimension]) -> Dimension:
    """The canonical product: fixed sizes first, letters in order, `2*d1*d2`."""
    sizes, letters = 1, []
    for dimension in dimensions:
        for factor in str(dimension).split("*"):
            if factor.isdigit():
                sizes *= int(factor)
            else:
                letters.append(factor)
    if not letters:
        return sizes
    return "*".join(([str(sizes)] if sizes != 1 else []) + sorted(letters))


def total(dimensions: Iterable[Dimension]) -> Dimension:
    """The canonical sum: letters in order, fixed sizes last, `k + n + 1`."""
    sizes, letters = 0, []
    for dimension in dimensions:
        for term in str(dimension).split(" + "):
            if term.isdigit():
                sizes += int(term)
            else:
                letters.append(term)
    if not letters:
        return sizes
    return " + ".join(sorted(letters) + ([str(sizes)] if sizes else []))


def size_of(dimension: Dimension, sizes: Mapping[str, int]) -> int:
    """The dimension as a number, from the letters' sizes."""
    if isinstance(dimension, int):
        return dimension
    if dimension in sizes:
        return sizes[dimension]
    if " + " in dimension:
        return sum(size_of(_factor(term), sizes) for term in dimension.split(" + "))
    return math.prod(size_of(_factor(factor), sizes) for factor in dimension.split("*"))


def _factor(text: str) -> Dimension:
    return int(text) if text.isdigit() else text


def same_size(one: Dimensions, other: Dimensions, derived: Mapping[str, Dimension]) -> bool:
    """Whether arrays of both shapes have as many entries at any sizes; `derived` spells declared letters out."""

    def factors(shape: Dimensions) -> Counter[str]:
        spelled = product(derived.get(d, d) if isinstance(d, str) else d for d in shape)
        return Counter(str(spelled).split("*"))

    return factors(one) == factors(other)


def broadcast(*shapes: Dimensions) -> Dimensions:
    """The common shape under NumPy's rule. Raises ShapeError."""
    rank = max(map(len, shapes), default=0)
    result: list[Dimension] = []
    for axis in range(-rank, 0):
        sizes = {shape[axis] for shape in shapes if len(shape) >= -axis} - {1}
        if len(sizes) > 1:
            raise ShapeError("shapes_not_elementwise", shapes=", ".join(map(written, shapes)))
        result.append(sizes.pop() if sizes else 1)
    return tuple(result)


def unbroadcast(gradient: Any, shape: tuple[int, ...]) -> Any:
    """`gradient` summed over the axes along which an operand of `shape` was broadcast."""
    if gradient.shape == shape:
        return gradient
    if gradient.ndim > len(shape):
        gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    widened = tuple(i for i, size in enumerate(shape) if size == 1 and gradient.shape[i] != 1)
    return gradient.sum(axis=widened, keepdims=True) if widened else gradient
