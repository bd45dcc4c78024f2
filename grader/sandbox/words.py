"""The text of a reply, decoded: bounded, of known codes, and cleaned of what a database or a renderer chokes on.

Every part is taken out by its place and type, so that nothing deeper or other than agreed comes through.
"""

from __future__ import annotations

import builtins
import json
import re
from functools import lru_cache
from typing import Any, cast

import numpy as np

from grader.candidate import Raised
from grader.report import RunStatus
from grader.sandbox.inside.wire import COUNT, FAILURES, MAX_STORY, MAX_WORDS, NAME, NAMES, NOTES, TEXT
from grader.sandbox.jobs import Failed, Job, Limits, Note

MAX_COUNT, MAX_NOTES = 10**9, 64

# NUL and other controls, bidirectional controls, halves of characters: shown as what they are, not obeyed.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)

_WORD = re.compile(r"\w+")

# Of hidden calls only words of Python's and NumPy's own are repeated: a student's class can be named after an input.
_BUILTIN = {name: item for name, item in vars(builtins).items() if isinstance(item, type)}
_EXCEPTIONS = {name for name, item in _BUILTIN.items() if issubclass(item, BaseException)} | {"LinAlgError"}
_TYPES = {*_BUILTIN, "NoneType", "ndarray", "function", "ragged", "array", "of"}
_TYPES |= {item.__name__ for item in np.sctypeDict.values()}


def parse(told: bytes) -> dict[str, Any]:
    """The JSON object in `told`. Raises ValueError where it is none, RecursionError where it is nested too deeply."""
    parsed = json.loads(told.decode())
    if not isinstance(parsed, dict):
        raise ValueError("not an object")
    return parsed


def clean(text: Any, most: int) -> str:
    """`text` fit to be stored and shown. Raises ValueError where it is no text or longer than `most`."""
    if not isinstance(text, str) or len(text) > most:
        raise ValueError("not a text of its bounds")
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def count(number: Any, most: int = MAX_COUNT) -> int:
    """A number from 0 to `most`. Raises ValueError."""
    if type(number) is not int or not 0 <= number <= most:
        raise ValueError("not a count")
    return number


def items(listed: Any, length: int) -> list[Any]:
    """A list of that length. Raises ValueError."""
    if not isinstance(listed, list) or len(listed) != length:
        raise ValueError("not a list of that length")
    return listed


@lru_cache(maxsize=512)
def type_name(name: Any, hidden: bool) -> str:
    """What an answer was; of a hidden call only if it is a type that everybody has."""
    told = clean(name, MAX_WORDS)
    parts = told.split()
    return told if not hidden or (len(parts) <= 3 and set(parts) <= _TYPES) else "object"


def raised(told: Any, job: Job, hidden: bool) -> Raised | None:
    """An exception; of a hidden call its type, if it is a common one, and its line."""
    if told is None:
        return None
    kind, message, line, traceback = items(told, 4)
    place = line_of(line, job)
    name = clean(kind, MAX_WORDS)
    if hidden:
        return Raised(name if name in _EXCEPTIONS else "Exception", "", place)
    return Raised(name, clean(message, MAX_STORY), place, clean(traceback, MAX_STORY))


def notes(told: Any, job: Job, hidden: bool) -> tuple[Note, ...]:
    """Notes of known codes with just their parameters; of a hidden call those that say no more than a name, in an order
    of ours: texts, counts, lists and an order of its own could tell an input."""
    if not isinstance(told, list) or len(told) > MAX_NOTES:
        raise ValueError("not a list of notes")
    read: list[Note] = []
    for code, parameters in told:
        wanted = NOTES[code]
        note = (code, _parameters(wanted, parameters, job))
        if not hidden or set(wanted.values()) <= {NAME}:
            read.append(note)
    return tuple(sorted(read, key=str) if hidden else read)


def failed(told: Any, job: Job, limits: Limits, stdout: str, hidden: bool) -> Failed:
    """What the child itself says of why it did not run; in a hidden call a text is no more than one of the submission's
    own words. A count that cannot be is 0: it would be a message."""
    code, parameters, line = items(told, 3)
    status, wanted = FAILURES[code]
    said = _parameters(wanted, parameters, None)
    most = {"cell": job.source.count("cell_type"), "limit_mib": limits.memory_bytes >> 20}
    said |= {name: 0 for name in most if said.get(name, 0) > most[name]}
    if hidden:
        own = set(_WORD.findall(job.source)) | _names(job)
        said = {k: v if wanted[k] != TEXT or v in own else "…" for k, v in said.items()}
    return Failed(cast(RunStatus, status), code, said, line_of(line, job), stdout)


def line_of(told: Any, job: Job) -> int | None:
    """A line that the submission may have, written as a file or in JSON: any other number would be a message."""
    if told is None:
        return None
    lines = 1 + job.source.count("\n") + job.source.count("\\n")
    return line if (line := count(told)) <= lines else None


def _parameters(wanted: dict[str, str], given: Any, job: Job | None) -> dict[str, Any]:
    if not isinstance(given, dict) or given.keys() != wanted.keys():
        raise ValueError("not the parameters of this code")
    return {key: _parameter(kind, given[key], job) for key, kind in wanted.items()}


def _parameter(kind: str, value: Any, job: Job | None) -> Any:
    if kind == COUNT:
        return count(value)
    if kind == TEXT:
        return clean(value, MAX_WORDS)
    known = _names(job) if job else set()
    if kind == NAME and value in known:
        return value
    if kind == NAMES and isinstance(value, list) and len(value) <= len(known) and set(value) <= known:
        return value
    raise ValueError("not a name of this job")


def _names(job: Job) -> set[str]:
    """All that a note may name: values, asks, inputs, and what is provided."""
    known = {name for call in job.calls for name in (*call.values, *call.asks)} | set(job.inputs)
    return known.union(*(interface.get("provides", ()) for interface in job.interfaces))
