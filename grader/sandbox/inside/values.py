"""Values given to a student and taken back.

A *pattern* says how named values are packed: a name is that value, `w.T` its transpose, a list or a dict packs
patterns, a number is itself, None is anything. Giving builds fresh copies along a pattern, taking destructures a
student's object along it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .wire import MAX_RANK, MAX_WORDS, Answer

Pattern = Any
MISSING: Any = object()

_SCALARS = {bool, int, float, np.bool_, np.longdouble, *(np.dtype(code).type for code in "bhilqBHILQefd")}
_COMPLEX = {complex, *(np.dtype(code).type for code in "FDG")}


def build(pattern: Pattern, give: Any) -> Any:
    """The object that `pattern` describes, with `give(name)` for each name."""
    if isinstance(pattern, str):
        return give(pattern)
    if isinstance(pattern, list):
        return [build(item, give) for item in pattern]
    if isinstance(pattern, dict):
        return {key: build(item, give) for key, item in pattern.items()}
    return pattern


def fresh(value: Any) -> Any:
    """A value as a student gets it: ints for dimensions and labels, floats for scalars, else a copy of the array."""
    if isinstance(value, int):
        return value
    return value.copy() if value.ndim else value.item()


def name_of(leaf: str) -> str:
    """The name in a pattern's leaf: `w` of `w` and of `w.T`."""
    return leaf.removesuffix(".T")


def named(values: Mapping[str, Any], leaf: str) -> Any:
    """The value that the leaf stands for, transposed if it says so."""
    return values[leaf[:-2]].T if leaf.endswith(".T") else values[leaf]


def leaves_of(pattern: Pattern) -> Iterator[str]:
    """The leaves of `pattern`, in order."""
    if isinstance(pattern, str):
        yield pattern
    elif isinstance(pattern, (list, dict)):
        for item in pattern.values() if isinstance(pattern, dict) else pattern:
            yield from leaves_of(item)


def names_in(pattern: Pattern) -> Iterator[str]:
    """The names in `pattern`, in order."""
    return map(name_of, leaves_of(pattern))


def look_up(holder: Any, keys: Iterable[str]) -> Any:
    """The first of `keys` that `holder` has, as a mapping's key or else as an attribute; MISSING where it has none."""
    for key in keys:
        if isinstance(holder, (dict, Mapping)):  # `dict` for speed: most are
            if key in holder:
                return holder[key]
        else:
            found = getattr(holder, key, MISSING)
            if found is not MISSING:
                return found
    return MISSING


def has_names(holder: Any) -> bool:
    """Whether `holder` may be asked by name: a mapping, a named tuple, an object with attributes of its own."""
    marks = ("_fields", "__dict__", "__slots__")
    return isinstance(holder, (dict, Mapping)) or any(hasattr(holder, mark) for mark in marks)


def type_name(value: Any) -> str:
    """The name of its type, which the student's metaclass has no part in."""
    return str(type.__dict__["__name__"].__get__(type(value)))[:MAX_WORDS]


def items_of(value: Any) -> list[Any] | None:
    """What a tuple, a list, or an array holds, in order; None for anything else."""
    if isinstance(value, (tuple, list)):
        return list(value)
    if type(value) is np.ndarray and value.ndim == 1:
        return list(value)
    return None


def is_number(value: Any) -> bool:
    """Whether it is a single number, by exact type."""
    return type(value) in _SCALARS or (type(value) is np.ndarray and value.ndim == 0)


def classify(value: Any, most: int) -> Answer:
    """What `value` is, by exact type: a subclass can claim anything of itself. `most` bounds an answer's entries."""
    kind = type(value)
    if value is MISSING:
        return Answer("missing")
    if kind in _SCALARS:
        return Answer("array", type_name(value), _real(value))
    if kind in _COMPLEX:
        return Answer("not_real", type_name(value))
    if kind is np.ndarray:
        return _array(value, most)
    if kind is list or kind is tuple:
        return _nested(value, most)
    return Answer("not_array", type_name(value))


def transposed(answer: Answer) -> Answer:
    """A matrix transposed; anything else as it is, for its shape is wrong either way."""
    if answer.value is None or answer.value.ndim != 2:
        return answer
    return answer._replace(value=answer.value.T)


def stacked(answers: Sequence[Answer], most: int) -> Answer:
    """The answers of several calls as one, along a new first axis; the first that is no array stands for all."""
    arrays = [answer.value for answer in answers if answer.value is not None]
    if len(arrays) < len(answers):
        return next(answer for answer in answers if answer.value is None)
    if len({array.shape for array in arrays}) != 1:
        return Answer("not_array", "arrays of different shapes")
    if (entries := sum(array.size for array in arrays)) > most or arrays[0].ndim == MAX_RANK:
        return Answer("not_array", f"array of {entries} entries")
    return Answer("array", answers[0].type, np.stack(arrays))


def same(one: Answer, other: Answer) -> bool:
    """Whether two answers are the same but for rounding, NaN like NaN."""
    if one.value is None or other.value is None:
        return one == other
    if one.value.shape != other.value.shape:
        return False
    if one.value.tobytes() == other.value.tobytes():  # nearly always
        return True
    finite = np.abs(one.value[np.isfinite(one.value)])
    return np.allclose(one.value, other.value, rtol=0.0, atol=1e-12 * finite.max(initial=0.0), equal_nan=True)


def _array(value: np.ndarray[Any, Any], most: int) -> Answer:
    name = "ndarray" if value.dtype == np.float64 else f"{value.dtype.name} array"
    if value.dtype.kind not in "biufO":
        return Answer("not_real", name)
    if value.size > most or value.ndim > MAX_RANK:
        return Answer("not_array", f"array of {value.size} entries")
    if value.dtype.kind == "O":  # of plain numbers it is an array like any other
        plain = _nested([value.tolist()], most).value
        if plain is None or (value.size and plain.shape[1:] != value.shape):
            return Answer("not_real", name)
        return Answer("array", name, plain.reshape(value.shape))
    return Answer("array", name, _real(value))


def _nested(value: Any, most: int) -> Answer:
    """A list or tuple: rectangular and of plain numbers, or refused with the reason."""
    name = type_name(value)
    leaves: list[Any] = []
    try:
        shape = _flatten(value, leaves, most, 0)
    except (ValueError, OverflowError) as refused:
        return Answer("not_array", str(refused))
    for leaf in leaves:
        if type(leaf) in _COMPLEX:
            return Answer("not_real", f"{name} of {type_name(leaf)}")
        if type(leaf) not in _SCALARS:
            return Answer("not_array", f"{name} of {type_name(leaf)}")
    flat = np.array([_real(leaf) for leaf in leaves], dtype=np.float64)
    return Answer("array", name, flat.reshape(shape))


def _flatten(value: Any, leaves: list[Any], most: int, depth: int) -> tuple[int, ...]:
    """Appends the leaves in order; the shape. Raises ValueError where it is ragged, too deep, or too large."""
    if type(value) is np.ndarray and value.ndim and value.size <= most:
        value = list(value)
    if type(value) not in (list, tuple):
        leaves.append(value.item() if type(value) is np.ndarray and value.ndim == 0 else value)
        return ()
    if depth == MAX_RANK:
        raise ValueError("list nested too deeply")
    if len(leaves) + len(value) > most:
        raise ValueError(f"list of more than {most} entries")
    shapes = {_flatten(item, leaves, most, depth + 1) for item in value}
    if len(shapes) > 1:
        raise ValueError("ragged list")
    return (len(value), *(shapes.pop() if shapes else ()))


def _real(value: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A float64 copy. An int too large for a float is infinite."""
    if type(value) is np.ndarray and value.dtype == np.float64:  # nearly always
        return np.array(value)
    try:
        with np.errstate(all="ignore"):
            return np.array(value, dtype=np.float64)
    except OverflowError:
        return np.array(np.inf if value > 0 else -np.inf)
