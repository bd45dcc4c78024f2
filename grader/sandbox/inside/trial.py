"""One call of a student's code: what was given to it, what it answered, what it raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from . import values
from .values import MISSING, Pattern
from .wire import MAX_WORDS, Answer, CallWork

_MISSING = Answer("missing")
MOST_KEYS = 10  # of a mapping, that are told
Raised = tuple[str, str, int | None, str]  # type, text, line, traceback


class Trial:
    """Gives fresh copies of the call's values and takes answers, which are classified and copied on the spot."""

    def __init__(self, call: CallWork, array_entries: int) -> None:
        self.call = call
        self.raised: Raised | None = None
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self._answers: dict[str, Answer] = {}
        self._given: list[tuple[str, np.ndarray[Any, Any], np.ndarray[Any, Any]]] = []  # leaf, ours, the student's
        self._array_entries = array_entries

    @property
    def answers(self) -> list[Answer]:
        """In the order of the call's asks."""
        return [self._answers.get(name, _MISSING) for name in self.call.asks]

    def note(self, code: str, **parameters: Any) -> None:
        """Adds a note of wire.NOTES, once."""
        if (code, parameters) not in self.notes:
            self.notes.append((code, parameters))

    def give(self, pattern: Pattern) -> Any:
        """The object that `pattern` describes, of fresh copies."""
        return values.build(pattern, lambda leaf: self.hand(leaf, values.named(self.call.values, leaf)))

    def give_away(self, pattern: Pattern) -> Any:
        """The same, of copies that the student's code is free to keep and to change."""
        return values.build(pattern, lambda leaf: values.fresh(values.named(self.call.values, leaf)))

    def hand(self, leaf: str, value: Any) -> Any:
        """A fresh copy of `value`, of which it will be told as of `leaf` if the student's code changes it."""
        given = values.fresh(value)
        if isinstance(given, np.ndarray):
            self._given.append((leaf, value, given))
        return given

    def take(self, ask: str, value: Any) -> None:
        """Records the answer to `ask`, transposed where the leaf says `.T`; the first one stays."""
        name = values.name_of(ask)
        if value is MISSING or name in self._answers or name not in self.call.asks:
            return
        answer = self.classify(name, value)
        self._answers[name] = answer if name == ask else values.transposed(answer)

    def take_stacked(self, ask: str, answers: Sequence[Answer]) -> None:
        """Records the answers of several calls as the answer to `ask`."""
        self._answers[ask] = values.stacked(answers, self._array_entries)

    def classify(self, ask: str, value: Any) -> Answer:
        """What `value` is, as an answer to `ask`; that it shares memory with an input is noted."""
        if type(value) is np.ndarray:
            own = value.base is None  # its memory is nobody else's, unless it is the given array itself
            for leaf, _, given in self._given:
                if value is given or (not own and np.may_share_memory(value, given)):
                    self.note("result_aliases_input", name=ask, input=values.name_of(leaf))
        return values.classify(value, self._array_entries)

    def take_all(self, pattern: Pattern, result: Any, names: dict[str, list[str]]) -> None:
        """Takes what `result` holds along `pattern`. A flat pattern, all names, is generous: a mapping or an object
        is asked for each name under its accepted `names`, so is one in a tuple that has them all (beside a loss), a
        sequence is read in order, and where one thing is asked the result may be that itself. Where it is a mapping
        beside what is not asked, as (gradients, loss), the mapping may stand alone, or elsewhere in the tuple."""
        if pattern is None:
            return
        if isinstance(pattern, str):
            self.take(pattern, result)
            return
        whole = [item for item in pattern if item is not None] if isinstance(pattern, list) else []
        if len(whole) == 1 and isinstance(whole[0], dict):
            inner = list(whole[0].items())
            if self._by_name(inner, result, names) or self._beside(inner, result, names):
                return
        parts = list(pattern.items()) if isinstance(pattern, dict) else [(None, item) for item in pattern]
        flat = all(isinstance(item, str) for _, item in parts)
        if result is None:
            self.note("returned_nothing")
        elif flat and (self._by_name(parts, result, names) or self._beside(parts, result, names)):
            pass
        elif (items := values.items_of(result)) is not None and (flat or isinstance(pattern, list)):
            self._in_order(parts, items, result, names)
        elif flat and len(parts) == 1:
            self.take(parts[0][1], result)
        elif isinstance(pattern, dict) and (found := _held(result, pattern)):
            for key, value in found.items():
                self.take_all(pattern[key], value, names)
        else:
            self.note("result_not_understood", got=values.type_name(result))

    def _by_name(self, parts: list[tuple[Any, Any]], result: Any, names: dict[str, list[str]]) -> bool:
        if not values.has_names(result):
            return False
        found = _found(parts, result, names)
        for ask, value in found.items():
            self.take(ask, value)
        missing = [values.name_of(ask) for ask, value in found.items() if value is MISSING]
        if not isinstance(result, (dict, Mapping)):
            return len(missing) < len(found)
        if missing:
            known = {name for key, ask in parts for name in _names_of(key, ask, names)}
            others = [key[:MAX_WORDS] for key in islice(result, MOST_KEYS) if isinstance(key, str) and key not in known]
            if others:
                self.note("other_keys", names=missing, keys=", ".join(others)[:MAX_WORDS])
        return True

    def _beside(self, parts: list[tuple[Any, Any]], result: Any, names: dict[str, list[str]]) -> bool:
        """The same of the one mapping in a tuple that has all that is asked."""
        if not isinstance(result, tuple):
            return False
        whole = [item for item in result if isinstance(item, (dict, Mapping))]
        whole = [m for m in whole if all(value is not MISSING for value in _found(parts, m, names).values())]
        return len(whole) == 1 and self._by_name(parts, whole[0], names)

    def _in_order(self, parts: list[tuple[Any, Any]], items: list[Any], result: Any, names: Any) -> None:
        if len(parts) == 1 and isinstance(parts[0][1], str) and not (isinstance(result, tuple) and len(items) == 1):
            self.take(parts[0][1], result)
        elif len(items) == len(parts) + 1 and (kept := _beside_a_number(items)):
            self._in_order(parts, kept, result, names)
        elif len(items) != len(parts):
            self.note("wrong_number_of_results", got=len(items), expected=len(parts))
        else:
            for (_, item), value in zip(parts, items, strict=True):
                self.take_all(item, value, names)

    def finish(self) -> None:
        """Notes which of the given arrays the call has changed."""
        for leaf, value, given in self._given:
            if given.shape != value.shape or given.tobytes() != value.tobytes():
                self.note("input_changed", name=values.name_of(leaf))


def _beside_a_number(items: list[Any]) -> list[Any] | None:
    """The items without the loss that is returned before or after them: a number at one end only."""
    first, last = (values.is_number(item) for item in (items[0], items[-1]))
    if first == last:
        return None
    return items[1:] if first else items[:-1]


def _found(parts: list[tuple[Any, Any]], holder: Any, names: dict[str, list[str]]) -> dict[Any, Any]:
    """What `holder` has for each leaf of a flat pattern, under its key, its accepted names, or its own; or MISSING."""
    return {ask: values.look_up(holder, _names_of(key, ask, names)) for key, ask in parts}


def _names_of(key: Any, ask: str, names: dict[str, list[str]]) -> list[Any]:
    name = values.name_of(ask)
    return [*([key] if key else ()), *names.get(name, ()), name]


def _held(holder: Any, keys: Iterable[Any]) -> dict[Any, Any]:
    held = {key: values.look_up(holder, [str(key)]) for key in keys}
    return {key: value for key, value in held.items() if value is not MISSING}
