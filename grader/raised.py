"""What an exception of the student's code says about their mistake: findings, with the shapes it names told in the
exercise's letters.

Only the exception of the worked example comes here: the text of others is never kept. It is the student's to write, so
it is bounded, matched whole against NumPy's and Python's own sentences, and only numbers and names are taken from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from math import prod
from typing import Any

from grader.candidate import Raised
from grader.exercise import Exercise, Random
from grader.report import Finding
from grader.shapes import Dimensions, size_of, written

MAX_CHARACTERS = 400
"""A longer text is none of the sentences below."""
SHOWN_NAMES = 4
_LISTED = 20
_EXPLAINED = {"name_set_in_skipped_line", "name_set_in_failed_line", "name_from_missing_module"}

Shape = tuple[int, ...]


def findings(
    exercise: Exercise, spec: Mapping[str, Any], raised: Raised, noted: Collection[str] = ()
) -> tuple[Finding, ...]:
    """What `raised`, the exception of the worked example, says; nothing where it is none that is known. `spec` is of
    the interface taken, `noted` the codes of the notes that the sandbox has made: they explain an undefined name."""
    if len(raised.message) > MAX_CHARACTERS or (raised.type == "NameError" and not _EXPLAINED.isdisjoint(noted)):
        return ()
    for types, sentence, say in _SENTENCES:
        match = re.fullmatch(sentence, raised.message.strip())
        if match and raised.type in types.split():
            where = {"line": raised.line} if raised.line else {}
            said = say(_Exercise(exercise, spec), match, _source_line(raised))
            return tuple(Finding(code, None, {**parameters, **where}) for code, parameters in said)
    return ()


class _Exercise:
    """The names and shapes that the student's code works with on the worked example."""

    def __init__(self, exercise: Exercise, spec: Mapping[str, Any]) -> None:
        self.sizes = exercise.dimensions
        program, leaves = exercise.program, set(_leaves(spec))
        dimensions: dict[str, Dimensions] = {
            name: program.nodes[i].shape for name, i in program.names.items() if name not in self.sizes
        }
        dimensions |= {ask.name: ask.dimensions for ask in exercise.asks if not isinstance(ask, Random)}
        self.arrays = {n: d[::-1] if f"{n}.T" in leaves else d for n, d in dimensions.items()}
        given = {a["name"]: a["pattern"] for a in spec.get("arguments", ()) if isinstance(a, Mapping)}
        self.packs = {name: tuple(p) for name, p in given.items() if isinstance(p, Mapping)}

    def shape_of(self, name: str) -> Shape:
        return tuple(size_of(d, self.sizes) for d in self.arrays[name])

    def told(self, shape: Shape) -> str:
        """`(4, 3) = (n_h, m) [Z1, A1]`; what no array of the exercise has, in numbers only."""
        found = self._lettered(shape, "") or self._lettered(shape[::-1], ".T") if shape else {}
        parts = [f"{letters} [{', '.join(names[:SHOWN_NAMES])}]" for letters, names in found.items()]
        return " = ".join([written(shape), "; ".join(parts)]) if parts else written(shape)

    def known(self, shape: Shape) -> bool:
        return any(self.shape_of(name) == shape for name in self.arrays)

    def size(self, size: int) -> str:
        """`4 = n_h`."""
        return " = ".join([str(size), *(letter for letter, length in self.sizes.items() if length == size)])

    def entries(self, count: int) -> str:
        """`12 [Z1, A1]`: arrays with so many entries."""
        names = [name for name in self.arrays if self.arrays[name] and prod(self.shape_of(name)) == count]
        return f"{count} [{', '.join(names[:SHOWN_NAMES])}]" if names else str(count)

    def _lettered(self, shape: Shape, transposed: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, dimensions in self.arrays.items():
            if self.shape_of(name) == shape:
                letters = written(dimensions[::-1] if transposed else dimensions)
                found.setdefault(letters, []).append(name + transposed)
        return found


Said = list[tuple[str, dict[str, Any]]]


def _not_aligned(exercise: _Exercise, match: re.Match[str], source: str) -> Said:
    left, right = _shape(match[1]), _shape(match[2])
    inner = {"inner_left": exercise.size(int(match[3])), "inner_right": exercise.size(int(match[4]))}
    told = {"left": exercise.told(left), "right": exercise.told(right)}
    return [("matmul_not_aligned", inner), ("matmul_shapes", told), *_would_fit(_products(exercise, left, right))]


def _products(exercise: _Exercise, left: Shape, right: Shape) -> list[str]:
    """The products of the two, transposed or in the other order, that fit; those first that give a known shape."""
    if len(left) != 2 or len(right) != 2:
        return []
    a, b = written(left), written(right)
    tried = [(f"{a}.T @ {b}", left[::-1], right), (f"{a} @ {b}.T", left, right[::-1]), (f"{b} @ {a}", right, left)]
    fitting = [(text, (one[0], two[1])) for text, one, two in tried if one[1] == two[0]]
    known = [(text, result) for text, result in fitting if exercise.known(result)]
    return [f"{text} → {exercise.told(result)}" for text, result in known or fitting]


def _would_fit(ways: Sequence[str]) -> Said:
    return [("transpose_would_fit", {"fits": "; ".join(ways)})] if ways else []


def _inner(exercise: _Exercise, match: re.Match[str], source: str) -> Said:
    right, left = int(match[1]), int(match[2])
    return [("matmul_not_aligned", {"inner_left": exercise.size(left), "inner_right": exercise.size(right)})]


def _broadcast(exercise: _Exercise, match: re.Match[str], source: str) -> Said:
    left, right = (_shape(text) for text in match[1].split()[:2])
    said: Said = [("shapes_do_not_broadcast", {"left": exercise.told(left), "right": exercise.told(right)})]
    if len(left) == 2 and left == right[::-1]:
        return said + _would_fit([f"{written(right)}.T → {exercise.told(left)}"])
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    if len(longer) == 2 and len(shorter) == 1 and shorter[0] == longer[0]:
        kept = exercise.told((shorter[0], 1))
        said.append(("kept_axis_would_fit", {"lost": written(shorter), "kept": kept}))
    return said


def _shapes_told(code: str, *names: str) -> Callable[[_Exercise, re.Match[str], str], Said]:
    def say(exercise: _Exercise, match: re.Match[str], source: str) -> Said:
        return [(code, {name: exercise.told(_shape(text)) for name, text in zip(names, match.groups(), strict=True)})]

    return say


def _reshape(exercise: _Exercise, match: re.Match[str], source: str) -> Said:
    entries = exercise.entries(int(match[1]))
    return [("reshape_does_not_fit", {"entries": entries, "shape": exercise.told(_shape(match[2]))})]


def _no_integer(exercise: _Exercise, match: re.Match[str], source: str) -> Said:
    if re.search(r"\b(zeros|ones|empty|full)\s*\(", source):
        return [("zeros_takes_a_shape", {})]
    return [("not_an_integer", {"type": match[1] if match.groups() else "ndarray"})]


def _index(exercise: _Exercise, match: re.Match[str], source: str) -> Said:
    index, axis, size = match.groups()
    return [("index_out_of_bounds", {"index": index, "axis": axis, "size": exercise.size(int(size))})]


def _key(exercise: _Exercise, match: re.Match[str], source: str) -> Said:
    name = match[1]
    held = exercise.packs
    asked = [held[pack] for pack in held if re.search(rf"\b{pack}\b", source)] or list(held.values())
    available = [key for keys in asked for key in keys]
    if not available or name in available:
        return [("key_missing", {"name": name})]
    return [("name_not_in_cache", {"name": name, "available": ", ".join(available[:_LISTED])})]


def _name(exercise: _Exercise, match: re.Match[str], source: str) -> Said:
    name = match[1]
    pack = next((pack for pack, held in exercise.packs.items() if name in held), None)
    if pack:
        return [("name_is_in_cache", {"name": name, "pack": pack})]
    close = {known.lower(): known for known in exercise.arrays}
    found = get_close_matches(name.lower(), close, 1)
    if found and close[found[0]] != name:
        return [("name_misspelt", {"name": name, "similar": close[found[0]]})]
    return [("name_not_defined", {"name": name})]


def _as(code: str, *names: str) -> Callable[[_Exercise, re.Match[str], str], Said]:
    """The parts of the sentence under these names."""

    def say(exercise: _Exercise, match: re.Match[str], source: str) -> Said:
        return [(code, dict(zip(names, match.groups(), strict=True)))]

    return say


_SIZE = r"[0-9]{1,9}"
_SHAPE = rf"\((?:{_SIZE}(?:,{_SIZE}){{0,7}},?)?\)"
_TYPE = r"'([A-Za-z_][A-Za-z0-9_.]{0,40})'"
_NAME = r"([^\W\d]\w{0,40})"

_SENTENCES: tuple[tuple[str, str, Callable[[_Exercise, re.Match[str], str], Said]], ...] = (
    # types; the whole sentence; what it says
    ("ValueError", rf"shapes ({_SHAPE}) and ({_SHAPE}) not aligned: ({_SIZE}) \(dim [0-9]\) != ({_SIZE}) \(dim [0-9]\)",
     _not_aligned),
    ("ValueError", rf"matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature "
     rf"[(),nkm?>-]{{1,40}} \(size ({_SIZE}) is different from ({_SIZE})\)", _inner),
    ("ValueError", r"matmul: Input operand [01] does not have enough dimensions \(has 0, .{1,80}\)",
     _as("matmul_of_a_number")),
    ("ValueError", rf"operands could not be broadcast together with shapes ({_SHAPE}(?: {_SHAPE}){{1,2}})", _broadcast),
    ("ValueError", rf"non-broadcastable output operand with shape ({_SHAPE}) doesn't match the broadcast shape "
     rf"({_SHAPE})", _shapes_told("output_does_not_broadcast", "output", "result")),
    ("ValueError", rf"could not broadcast input array from shape ({_SHAPE}) into shape ({_SHAPE})",
     _shapes_told("assignment_does_not_fit", "value", "place")),
    ("ValueError", rf"cannot reshape array of size ({_SIZE}) into shape ({_SHAPE})", _reshape),
    ("TypeError", r"expected a sequence of integers or a single integer, got .{1,200}", _as("zeros_takes_a_shape")),
    ("TypeError", r"Cannot interpret '[^']{1,100}' as a data type", _as("zeros_takes_a_shape")),
    ("TypeError", r"only integer scalar arrays can be converted to a scalar index", _no_integer),
    ("TypeError", rf"{_TYPE} object cannot be interpreted as an integer", _no_integer),
    ("IndexError", r"invalid index to scalar variable\.", lambda *_: [("not_subscriptable", {"type": "float64"})]),
    ("TypeError", r"'NoneType' object is not callable", _as("none_called")),
    ("TypeError", r"'NoneType' object is not (?:subscriptable|iterable)", _as("none_used")),
    ("TypeError", r"unsupported operand type\(s\) for [^:]{1,20}: (?:'NoneType' and '[\w.]{1,40}'|"
     r"'[\w.]{1,40}' and 'NoneType')", _as("none_used")),
    ("TypeError", r"cannot unpack non-iterable NoneType object", _as("none_used")),
    ("TypeError", rf"{_TYPE} object is not subscriptable", _as("not_subscriptable", "type")),
    ("IndexError", rf"too many indices for array: array is ({_SIZE})-dimensional, but ({_SIZE}) were indexed",
     _as("too_many_indices", "axes", "indices")),
    ("IndexError", rf"index (-?{_SIZE}) is out of bounds for axis ([0-9]) with size ({_SIZE})", _index),
    ("AxisError", rf"axis (-?{_SIZE}) is out of bounds for array of dimension ([0-9])",
     _as("axis_out_of_bounds", "axis", "axes")),
    ("KeyError", r"'([^'\\]{1,40})'", _key),
    ("NameError", rf"name '{_NAME}' is not defined", _name),
    ("UnboundLocalError NameError", rf"cannot access (?:local|free) variable '{_NAME}' where it is not associated with "
     r"a value(?: in enclosing scope)?", _as("used_before_assignment", "name")),
    ("AttributeError", r"'NoneType' object has no attribute '\w{1,40}'", _as("none_used")),
    ("AttributeError", rf"{_TYPE} object has no attribute '{_NAME}'", _as("attribute_not_set", "type", "name")),
    ("UFuncTypeError", r"Cannot cast ufunc '\w{1,20}' output from dtype\('float64'\) to dtype\('u?int[0-9]{1,2}'\) "
     r"with casting rule 'same_kind'", _as("integers_hold_no_fractions")),
    ("TypeError", r"unsupported operand type\(s\) for \^=?: .{1,100}", _as("caret_for_power")),
    ("TypeError", r"ufunc 'bitwise_xor' not supported for the input types, .{1,200}", _as("caret_for_power")),
    ("UFuncTypeError", r"ufunc 'bitwise_xor' .{1,200}", _as("caret_for_power")),
    ("ValueError", r"The truth value of an array with more than one element is ambiguous\. .{1,60}",
     _as("condition_on_an_array")),
    ("TypeError", r"only (?:0-dimensional|length-1|size-1) arrays can be converted to Python scalars",
     _as("array_for_a_number")),
    ("TypeError", r"(?:The )?numpy boolean (?:negative|subtract), the `-` operator, is not supported, .{1,120}",
     _as("mask_with_a_minus")),
    ("ValueError", r"(?:not enough|too many) values to unpack \(expected ([0-9]{1,3})(?:, got [0-9]{1,3})?\)",
     _as("unpacked_into_others", "expected")),
    ("PermissionError", r"\[Errno 1\] Operation not permitted(?:: .{1,200})?", _as("not_permitted_here")),
    ("BlockingIOError", r"\[Errno 11\] Resource temporarily unavailable", _as("not_permitted_here")),
    ("RuntimeError", r"can't start new thread", _as("not_permitted_here")),
    ("EOFError", r"EOF when reading a line", _as("nothing_to_read")),
)  # fmt: skip


def _shape(text: str) -> Shape:
    return tuple(int(size) for size in re.findall(_SIZE, text))


def _source_line(raised: Raised) -> str:
    """The student's source where it was raised, as their traceback shows it; empty where it does not."""
    lines = raised.traceback.splitlines()
    places = [i for i, line in enumerate(lines) if line.startswith("  File ") and f", line {raised.line}, in " in line]
    return lines[places[-1] + 1][:200] if places and places[-1] + 1 < len(lines) else ""


def _leaves(pattern: Any) -> Iterator[str]:
    if isinstance(pattern, str):
        yield pattern
    elif isinstance(pattern, Mapping):
        for part in pattern.values():
            yield from _leaves(part)
    elif isinstance(pattern, Sequence):
        for part in pattern:
            yield from _leaves(part)
