"""Gates that move or add up entries: forward, vector-Jacobian products and shapes side by side.

Forward functions take float64, complex, SymPy or mpmath entries alike, and any number of stacked leading axes (one
evaluation for many perturbed points), so axes are counted from the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.shapes import Dimensions, Options, ShapeError, total, written


@dataclass(frozen=True)
class Structural:
    """A gate that moves or adds up entries. `vjps[i](upstream, output, inputs, **options)` is the gradient for
    argument i; a `bilinear` one multiplies its operands with one another. One whose arity is MANY takes 1 to MANY."""

    name: str
    arity: int
    forward: Callable[..., Any]
    vjps: tuple[Callable[..., Any], ...]
    settle: Callable[[tuple[Dimensions, ...], Options], tuple[Dimensions, Options]]
    options: tuple[str, ...] = ()
    bilinear: bool = False
    kinks_of: Callable[..., list[Any]] | None = None
    narrow: Callable[..., Any] | None = None
    """The vjp, in a shape that only broadcasts to the argument's."""

    def vjp(self, i: int, upstream: Any, output: Any, inputs: list[Any], options: Options, at_kink: float) -> Any:
        """The gradient for argument `i`, in its shape."""
        return self.vjps[i](upstream, output, inputs, **options)

    def magnitude(self, i: int, upstream: Any, output: Any, inputs: list[Any], options: Options) -> Any:
        """`vjp` with every term counted positive."""
        return self.vjps[i](upstream, output, [np.abs(v) for v in inputs] if self.bilinear else inputs, **options)

    @property
    def kinked(self) -> bool:
        """Whether the gate has kinks."""
        return self.kinks_of is not None

    def kinks(self, inputs: list[Any], options: Options) -> list[Any]:
        """For each kink of the gate, the quantity that vanishes there."""
        return [] if self.kinks_of is None else self.kinks_of(inputs, **options)


def _as_matrices(a: Any, b: Any, ranks: tuple[int, int]) -> tuple[Any, Any]:
    return (a[..., None, :] if ranks[0] == 1 else a), (b[..., :, None] if ranks[1] == 1 else b)


def _matmul(a: Any, b: Any, *, ranks: tuple[int, int]) -> Any:
    if ranks == (2, 2):
        if np.ndim(a) > 2 and np.ndim(b) == 2:  # as one product: a product for each of the stack takes longer
            return (a.reshape(-1, a.shape[-1]) @ b).reshape(*a.shape[:-1], b.shape[-1])
        return np.matmul(a, b)
    product = np.matmul(*_as_matrices(a, b, ranks))
    if ranks[1] == 1:
        product = product[..., 0]
    return product[..., 0] if ranks == (1, 1) else product[..., 0, :] if ranks[0] == 1 else product


def _matmul_vjp(i: int) -> Callable[..., Any]:
    def vjp(g: Any, out: Any, inputs: list[Any], *, ranks: tuple[int, int]) -> Any:
        if ranks == (2, 2):
            return g @ inputs[1].T if i == 0 else inputs[0].T @ g
        a, b = _as_matrices(inputs[0], inputs[1], ranks)
        g = g.reshape(a.shape[0], b.shape[1])
        return (g @ b.T if i == 0 else a.T @ g).reshape(inputs[i].shape)  # dA = G B^T, dB = A^T G

    return vjp


def _settle_matmul(shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
    a, b = shapes
    if not (1 <= len(a) <= 2 and 1 <= len(b) <= 2):
        raise ShapeError("product_of_no_matrices", left=written(a), right=written(b))
    if a[-1] != b[0]:
        raise ShapeError("inner_dimensions", left=written(a), right=written(b), one=a[-1], other=b[0])
    return a[:-1] + b[1:], {"ranks": (len(a), len(b))}


def _settle_transpose(shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
    (a,) = shapes
    if len(a) != 2:
        raise ShapeError("transpose_of_no_matrix", shape=written(a))
    return a[::-1], {}


def _settle_sum(shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
    (a,) = shapes
    given, keep = options.get("axis"), bool(options.get("keepdims", False))
    axes = tuple(range(-len(a), 0))
    if given is not None:
        if not isinstance(given, int) or isinstance(given, bool) or not -len(a) <= given < len(a):
            raise ShapeError("no_such_axis", axis=given, shape=written(a))
        axes = (given if given < 0 else given - len(a),)
    kept = tuple(1 if i - len(a) in axes else size for i, size in enumerate(a))
    shape = kept if keep else tuple(size for i, size in enumerate(a) if i - len(a) not in axes)
    return shape, {"axis": axes, "keepdims": keep}


_add_up: Callable[..., Any] = np.add.reduce


def _sum(a: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    return _add_up(a, axis=axis, keepdims=keepdims) if axis else a


def _sum_vjp(g: Any, out: Any, inputs: list[Any], *, axis: tuple[int, ...], keepdims: bool) -> Any:
    return np.broadcast_to(_sum_narrow(g, out, inputs, axis=axis, keepdims=keepdims), inputs[0].shape)


def _sum_narrow(g: Any, out: Any, inputs: list[Any], *, axis: tuple[int, ...], keepdims: bool) -> Any:
    return g if keepdims or not np.ndim(g) else np.expand_dims(g, axis)


def _mean(a: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    return _sum(a, axis=axis, keepdims=keepdims) / _count(a, axis)


def _mean_vjp(g: Any, out: Any, inputs: list[Any], *, axis: tuple[int, ...], keepdims: bool) -> Any:
    return _sum_vjp(g, out, inputs, axis=axis, keepdims=keepdims) / _count(inputs[0], axis)


def _mean_narrow(g: Any, out: Any, inputs: list[Any], *, axis: tuple[int, ...], keepdims: bool) -> Any:
    return _sum_narrow(g, out, inputs, axis=axis, keepdims=keepdims) / _count(inputs[0], axis)


def _count(a: Any, axis: tuple[int, ...]) -> int:
    return math.prod(np.shape(a)[i] for i in axis)


# x[i, j]: one entry, or a row: fixed indices of the leading axes


def _place(index: tuple[int, ...], rank: int) -> tuple[Any, ...]:
    return (Ellipsis, *index, *(slice(None),) * (rank - len(index)))


def _settle_item(shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
    (a,) = shapes
    index = options["index"]
    if len(index) > len(a):
        raise ShapeError("no_such_entry", index=list(index), shape=written(a))
    for i, size in zip(index, a, strict=False):
        if isinstance(size, int) and not 0 <= i < size:
            raise ShapeError("no_such_entry", index=list(index), shape=written(a))
    return a[len(index) :], {"index": index, "rank": len(a)}


def _item_vjp(g: Any, out: Any, inputs: list[Any], *, index: tuple[int, ...], rank: int) -> Any:
    result = np.zeros(np.shape(inputs[0]), dtype=np.asarray(g).dtype)
    result[_place(index, rank)] = g
    return result


# take(S, y): from each row i of S its entry y[i]


def _settle_take(shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
    a, labels = shapes
    if len(a) != 2 or labels != a[:1]:
        raise ShapeError("labels_do_not_fit", shapes=f"{written(a)}, {written(labels)}")
    return labels, {}


def _take(a: Any, labels: Any) -> Any:
    chosen = np.asarray(labels).astype(int)
    return a[..., np.arange(len(chosen)), chosen]


def _take_vjp(g: Any, out: Any, inputs: list[Any]) -> Any:
    a, labels = inputs
    result = np.zeros(a.shape, dtype=np.asarray(g).dtype)
    result[np.arange(len(labels)), np.asarray(labels).astype(int)] = g
    return result


# one_hot(y, C): a row for each label, 1 at its place


def _settle_one_hot(shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
    labels, (size,) = shapes[0], options["shape"]
    if len(labels) != 1 or isinstance(size, int):
        raise ShapeError("labels_do_not_fit", shapes=f"{written(labels)}, {written((size,))}")
    return (*labels, size), {"shape": options["shape"]}


def _one_hot(labels: Any, size: Any, *, shape: Dimensions) -> Any:
    return np.eye(int(size))[np.asarray(labels).astype(int)]


# max(S, axis=...): the largest along an axis; at a tie the winners share its gradient


def _settle_largest(shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
    if options.get("axis") is None:
        raise ShapeError("axis_missing")
    return _settle_sum(shapes, options)


def _largest(a: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    if np.asarray(a).dtype == object and hasattr(np.ravel(a)[0], "free_symbols"):
        import sympy  # here: it takes 48 MB

        parts = np.moveaxis(a, axis[0], -1)
        largest = np.frompyfunc(sympy.Max, 2, 1).reduce(parts, axis=-1)
        return np.expand_dims(largest, axis[0]) if keepdims else largest
    return np.max(a, axis=axis, keepdims=keepdims)


def _largest_vjp(g: Any, out: Any, inputs: list[Any], *, axis: tuple[int, ...], keepdims: bool) -> Any:
    (a,) = inputs
    winners = a == (out if keepdims else np.expand_dims(out, axis))
    return winners * (g if keepdims else np.expand_dims(g, axis)) / winners.sum(axis=axis, keepdims=True)


def _largest_kinks(inputs: list[Any], *, axis: tuple[int, ...], keepdims: bool) -> list[Any]:
    """How far each loser is below the winner, whose own place is positive: a new winner changes signs."""
    behind = inputs[0] - np.max(inputs[0], axis=axis, keepdims=True)
    return [np.where(behind == 0, 1.0, behind)]


# reshape(x, n, d): the sizes are inputs too, so that one program serves all sizes


def _settle_reshape(shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
    return options["shape"], {"shape": options["shape"], "rank": len(shapes[0])}


def _reshape(a: Any, *sizes: Any, shape: Dimensions, rank: int) -> Any:
    return np.reshape(a, (*np.shape(a)[: np.ndim(a) - rank], *(int(size) for size in sizes)))


# concatenate(a, b, axis=0)


def _settle_concatenate(shapes: tuple[Dimensions, ...], options: Options) -> tuple[Dimensions, Options]:
    rank, axis = len(shapes[0]), options.get("axis", 0)
    if any(len(shape) != rank for shape in shapes) or not -rank <= axis < rank:
        raise ShapeError("parts_do_not_fit", axis=axis, shapes=", ".join(map(written, shapes)))
    axis = axis if axis < 0 else axis - rank
    for i in range(-rank, 0):
        if i != axis and len({shape[i] for shape in shapes}) > 1:
            raise ShapeError("parts_do_not_fit", axis=axis + rank, shapes=", ".join(map(written, shapes)))
    joined = total(shape[axis] for shape in shapes)
    first = shapes[0]
    return tuple(joined if i - rank == axis else d for i, d in enumerate(first)), {"axis": axis, "rank": rank}


def _concatenate(*parts: Any, axis: int, rank: int) -> Any:
    lead = max((np.shape(p)[: np.ndim(p) - rank] for p in parts), key=len)
    return np.concatenate([np.broadcast_to(p, (*lead, *np.shape(p)[np.ndim(p) - rank :])) for p in parts], axis=axis)


def _concatenate_vjp(i: int) -> Callable[..., Any]:
    def vjp(g: Any, out: Any, inputs: list[Any], *, axis: int, rank: int) -> Any:
        first = sum(np.shape(p)[axis] for p in inputs[:i])
        return np.take(g, range(first, first + np.shape(inputs[i])[axis]), axis=axis)

    return vjp


MANY = 8
"""The most arguments of a gate that takes any number of them."""

STRUCTURAL = (
    Structural("matmul", 2, _matmul, (_matmul_vjp(0), _matmul_vjp(1)), _settle_matmul, bilinear=True),
    Structural("transpose", 1, lambda a: np.swapaxes(a, -1, -2), (lambda g, out, inputs: g.T,), _settle_transpose),
    Structural("sum", 1, _sum, (_sum_vjp,), _settle_sum, ("axis", "keepdims"), narrow=_sum_narrow),
    Structural("mean", 1, _mean, (_mean_vjp,), _settle_sum, ("axis", "keepdims"), narrow=_mean_narrow),
    Structural("largest", 1, _largest, (_largest_vjp,), _settle_largest, ("axis", "keepdims"), kinks_of=_largest_kinks),
    Structural(
        "item",
        1,
        lambda a, index, rank: a[_place(index, rank)],
        (_item_vjp,),
        _settle_item,
        ("index",),
    ),
    Structural("take", 2, _take, (_take_vjp,), _settle_take),
    Structural(
        "one_hot",
        2,
        _one_hot,
        tuple(lambda g, out, inputs, shape, i=i: np.zeros(np.shape(inputs[i])) for i in range(2)),
        _settle_one_hot,
        ("shape",),
    ),
    Structural(
        "reshape",
        MANY,
        _reshape,
        (lambda g, out, inputs, shape, rank: np.reshape(g, np.shape(inputs[0])),),
        _settle_reshape,
        ("shape",),
    ),
    Structural(
        "concatenate",
        MANY,
        _concatenate,
        tuple(_concatenate_vjp(i) for i in range(MANY)),
        _settle_concatenate,
        ("axis",),
    ),
)
