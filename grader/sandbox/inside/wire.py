"""The frames between parent and child, the words that a child may use, and what parent and zygote tell each other.

    job     = magic, header length, 0 (u32 each); header (marshal)
    call    = magic, told length, arrays length (u32 each); told (marshal); arrays (raw)
    reply   = magic, numbers length, text length (u32 each); numbers; text (JSON)
    numbers = for each ask: kind (u8), rank (u8), MAX_RANK dimensions (u32 each); then the arrays' data, float64 as
              this machine has them

    child:  LOCKED            reply to call 0                   reply to call 1, 2, …
    parent:         job, call 0              call 1, call 2, …                        …

No other call is sent before the first one, the worked example, has been answered. Those come together, and so do their
replies, as far as a socket holds them. Names never travel back: the numbers come in the order of the asks, which both
sides know. LOCKED is the byte that the child writes once the lock holds, before it has a job; instead of it, it says
what did not hold.
"""

from __future__ import annotations

import io
import json
import marshal
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

JOB_MAGIC, CALL_MAGIC, REPLY_MAGIC = b"GGj2", b"GGc2", b"GGr2"
HEAD = struct.Struct("<4sII")
LOCKED = b"L"
CHILD = struct.Struct("<i")  # a child's process id: from the zygote with its handle and channel, to it at its end
STATUS = struct.Struct("<iQd")  # of a child that has ended: wait status, largest resident memory in bytes, CPU seconds
KINDS = ("missing", "not_array", "not_real", "array")
AHEAD = 1 << 16  # bytes, which a socket takes at once: were it more, each end could wait for the other to read
MAX_RANK = 8
SHAPE = struct.Struct(f"<BB{MAX_RANK}I")
_UNUSED = (0,) * MAX_RANK
MAX_DATA = 32 << 20  # bytes of arrays in all replies of a job
MAX_TEXT = 1 << 20  # bytes of JSON in a reply
MAX_WORDS = 200  # characters of a type, a name, a line of source
MAX_STORY = 4000  # characters of an exception's text or traceback

# What a parameter of a note may be. All but NAME are for the worked example only: they can carry hidden inputs out.
NAME, NAMES, COUNT, TEXT = "name", "names", "count", "text"

NOTES: dict[str, dict[str, str]] = {
    "input_assignment_skipped": {"names": NAMES},
    "near_name": {"name": TEXT, "asked": NAME},
    "input_changed": {"name": NAME},
    "result_aliases_input": {"name": NAME, "input": NAME},
    "results_differ_on_second_call": {"names": NAMES},
    "computes_another_value": {"name": TEXT, "operation": TEXT, "got": TEXT, "expected": TEXT},
    "wrong_number_of_results": {"got": COUNT, "expected": COUNT},
    "returned_nothing": {},
    "result_not_understood": {"got": TEXT},
    "other_keys": {"names": NAMES, "keys": TEXT},
    "name_set_in_skipped_line": {"name": TEXT, "set_line": COUNT},
    "name_set_in_failed_line": {"name": TEXT, "set_line": COUNT, "type": TEXT, "text": TEXT},
    "name_from_missing_module": {"name": TEXT, "module": TEXT},
    "module_not_available": {"module": TEXT, "import_line": COUNT},
    "raised_in_cell": {"cell": COUNT},
    "stdout_cut": {"limit": COUNT},
    "stdout_cut_in_line": {"cut_line": COUNT},
    "stdout_cut_in_cell": {"cut_line": COUNT, "cut_cell": COUNT},
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
    "out_of_memory": ("out_of_memory", {"limit_mib": COUNT, "cell": COUNT}),
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
    """A call as decoded: arrays are read-only views of its frame."""

    values: dict[str, Any]
    asks: Sequence[str]
    construct_only: bool


@dataclass
class Work:
    """A job as decoded; `limits` by their names in `grader.sandbox.Limits`."""

    source: str
    notebook: bool
    interfaces: list[dict[str, Any]]
    inputs: list[str]
    modules: dict[str, str]
    limits: dict[str, Any]

    @property
    def draws(self) -> bool:
        """Whether it may draw from a generator: most do not, and to seed them takes as long as a call."""
        return any("random" in text for text in (self.source, *self.modules.values()))


def packed(told: dict[str, Any]) -> bytes:
    """As it goes to the child, in the version of marshal that does not intern strings: the child's own of the same
    letters lie anywhere, and each would be a page to copy."""
    return marshal.dumps(told, 2)


def read_job(reader: BinaryIO) -> Work:
    """The job that comes first. What comes from the parent is trusted."""
    header, _ = _read(reader, JOB_MAGIC)
    return Work(**marshal.loads(header))


def read_call(reader: BinaryIO) -> CallWork:
    """The next call, once the parent sends it."""
    told, arrays = _read(reader, CALL_MAGIC)
    call = CallWork(**marshal.loads(told))
    start = 0
    for name, value in call.values.items():
        if not isinstance(value, int):
            dtype, shape = value
            array: npt.NDArray[Any] = np.ndarray(shape, dtype, arrays, start)
            call.values[name] = array
            start += array.nbytes
    return call


class Channel(io.FileIO):
    """The child's end of the channel to the parent. What is written is sent before anything more is waited for: to wake
    the parent for each reply takes about as long as a small call. `reader` is what to read from."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "rb+", closefd=False)
        self._unsent = bytearray()
        self.reader = io.BufferedReader(self, AHEAD)

    def write(self, data: Any) -> int:
        self._unsent += data
        if len(self._unsent) >= AHEAD:
            self.send()
        return len(data)

    def readinto(self, buffer: Any) -> int | None:
        self.send()
        return super().readinto(buffer)

    def send(self) -> None:
        """All that was written."""
        while self._unsent:
            del self._unsent[: super().write(self._unsent)]


def _read(reader: BinaryIO, expected: bytes) -> tuple[bytes, bytes]:
    """The two parts of a frame. Raises EOFError where the parent has no more to say."""
    head = reader.read(HEAD.size)
    if not head:
        raise EOFError
    magic, *lengths = HEAD.unpack(head)
    if magic != expected:
        raise ValueError("the frame is broken")
    first, second = (reader.read(length) for length in lengths)
    return first, second


def frame(magic: bytes, first: bytes, second: bytes) -> bytes:
    """A frame of two parts."""
    return HEAD.pack(magic, len(first), len(second)) + first + second


def announced(data: bytes | bytearray) -> int:
    """The length of the reply that begins with `data`, HEAD.size bytes or more; 0 where it is none."""
    magic, numbers, text = HEAD.unpack_from(data)
    return HEAD.size + numbers + text if magic == REPLY_MAGIC and text <= MAX_TEXT else 0


def encode_reply(answers: Iterable[Answer], text: Mapping[str, Any], most: int = MAX_DATA) -> bytes:
    """The frame for `answers` in the order of the call's asks. What exceeds `most` bytes is told, not sent."""
    shapes, data = [], []
    for kind, _, value in answers:
        if value is not None and value.nbytes > most:
            kind, value = "not_array", None
        dimensions: tuple[int, ...] = () if value is None else value.shape
        shapes.append(SHAPE.pack(KINDS.index(kind), len(dimensions), *dimensions, *_UNUSED[len(dimensions) :]))
        if value is not None:
            most -= value.nbytes
            data.append(value.tobytes())
    return frame(REPLY_MAGIC, b"".join([*shapes, *data]), json.dumps(text).encode())
