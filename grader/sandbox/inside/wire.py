"""The two frames between parent and child, and the words that a child may use.

    job    = magic, header length, calls length, arrays length (u32 each); header, calls (JSON); arrays (raw)
    reply  = LOCKED; magic, numbers length, text length (u32 each); numbers; text (JSON)
    numbers = for each call, for each ask: kind (u8), rank (u8), rank × dimension (u32); then the arrays' float64 data

Names never travel back: the numbers come in the order of the asks, which both sides know. LOCKED is the byte that
the child writes once the lock holds and before student code exists; without it whatever follows is our fault.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

JOB_MAGIC, REPLY_MAGIC = b"GGj1", b"GGr1"
JOB_HEAD = struct.Struct("<4sIII")
HEAD = struct.Struct("<4sII")
RANK = struct.Struct("<BB")
LOCKED = b"L"
KINDS = ("missing", "not_array", "not_real", "array")
MAX_RANK = 8
MAX_DATA = 32 << 20  # bytes of arrays in a reply
MAX_TEXT = 1 << 20  # bytes of JSON in a reply
MAX_WORDS = 200  # characters of a type, a name, a line of source
MAX_STORY = 4000  # characters of an exception's text or traceback

# What a parameter of a note may be. Notes with TEXT are for the worked example only: text can carry hidden inputs out.
NAME, NAMES, COUNT, TEXT = "name", "names", "count", "text"

NOTES: dict[str, dict[str, str]] = {
    "input_assignment_skipped": {"names": NAMES},
    "input_changed": {"name": NAME},
    "result_aliases_input": {"name": NAME, "input": NAME},
    "results_differ_on_second_call": {"names": NAMES},
    "wrong_number_of_results": {"got": COUNT, "expected": COUNT},
    "returned_nothing": {},
    "result_not_understood": {"got": TEXT},
    "name_set_in_skipped_line": {"name": TEXT, "set_line": COUNT},
    "name_set_in_failed_line": {"name": TEXT, "set_line": COUNT, "type": TEXT, "text": TEXT},
    "name_from_missing_module": {"name": TEXT, "module": TEXT},
    "module_not_available": {"module": TEXT, "import_line": COUNT},
    "raised_in_cell": {"cell": COUNT},
    "stdout_cut": {"limit": COUNT},
}

# code: (status, its parameters)
FAILURES: dict[str, tuple[str, dict[str, str]]] = {
    "syntax_error": ("not_runnable", {"reason": TEXT, "text": TEXT}),
    "syntax_error_in_cell": ("not_runnable", {"reason": TEXT, "text": TEXT, "cell": COUNT}),
    "source_too_deep": ("not_runnable", {}),
    "notebook_not_understood": ("not_runnable", {}),
    "notebook_without_code": ("not_runnable", {}),
    "no_interface_fits": ("not_runnable", {"expected": TEXT}),
    "definition_failed": ("not_runnable", {"name": TEXT, "type": TEXT, "text": TEXT}),
    "definition_skipped": ("not_runnable", {"name": TEXT}),
    "value_lacks": ("not_runnable", {"name": TEXT, "operation": TEXT}),
    "unknown_parameter": ("not_runnable", {"function": TEXT, "parameter": TEXT, "available": TEXT}),
    "out_of_memory": ("out_of_memory", {"limit_mib": COUNT}),
}


class Failure(Exception):
    """The submission cannot be run at all: a code of FAILURES, its parameters, and the student's line."""

    def __init__(self, code: str, line: int | None = None, **parameters: Any) -> None:
        super().__init__(code)
        self.code = code
        self.line = line
        self.parameters = parameters


class Answer(NamedTuple):
    """One classified answer: its kind (of KINDS), the student's type, and for an array its float64 copy."""

    kind: str
    type: str = ""
    value: npt.NDArray[np.float64] | None = None


@dataclass
class CallWork:
    """A call as decoded: arrays are read-only views of the job."""

    values: dict[str, Any]
    asks: list[str]
    construct_only: bool


@dataclass
class Work:
    """A job as decoded; `limits` by their names in `grader.sandbox.Limits`."""

    source: str
    notebook: bool
    interfaces: list[dict[str, Any]]
    inputs: list[str]
    modules: dict[str, str]
    calls: list[CallWork]
    limits: dict[str, Any]


def decode_job(data: bytes) -> Work:
    """The job in `data`, which comes from the parent and is trusted."""
    magic, header_length, calls_length, arrays_length = JOB_HEAD.unpack_from(data)
    told = JOB_HEAD.size + header_length
    start = told + calls_length
    if magic != JOB_MAGIC or len(data) != start + arrays_length:
        raise ValueError("the job's frame is broken")
    header = json.loads(data[JOB_HEAD.size : told])
    calls = []
    for call in json.loads(data[told:start]):
        values: dict[str, Any] = call["values"]
        for name, value in values.items():
            if not isinstance(value, int):
                dtype, shape = value
                values[name] = np.ndarray(shape, dtype, data, start)
                start += 8 * math.prod(shape)
        calls.append(CallWork(values, call["asks"], call["construct_only"]))
    return Work(calls=calls, **header)


def complete(reply: bytes | bytearray) -> bool:
    """Whether `reply` holds LOCKED and a whole frame: nothing that may follow can make it a better answer."""
    if len(reply) < len(LOCKED) + HEAD.size:
        return False
    magic, numbers, text = HEAD.unpack_from(reply, len(LOCKED))
    return bool(magic == REPLY_MAGIC) and len(reply) >= len(LOCKED) + HEAD.size + numbers + text


def encode_reply(answers: Iterable[Answer], text: Mapping[str, Any]) -> bytes:
    """The frame for `answers` in the order of the calls and their asks. What exceeds MAX_DATA is told, not sent."""
    shapes, data, left = bytearray(), [], MAX_DATA
    for answer in answers:
        value = answer.value
        if value is not None and value.nbytes > left:
            answer, value = Answer("not_array"), None
        dimensions: Sequence[int] = () if value is None else value.shape
        shapes += RANK.pack(KINDS.index(answer.kind), len(dimensions))
        shapes += struct.pack(f"<{len(dimensions)}I", *dimensions)
        if value is not None:
            left -= value.nbytes
            data.append(value.astype("<f8").tobytes())
    numbers = bytes(shapes) + b"".join(data)
    words = json.dumps(text).encode()
    return HEAD.pack(REPLY_MAGIC, len(numbers), len(words)) + numbers + words
