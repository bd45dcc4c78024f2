"""The frames as the parent sees them: a job encoded, and a reply decoded that may have been written by anybody.

Nothing is allocated before its size has been checked, and nothing is believed beyond its form: a forged reply is just
another candidate answer. The layout is told in `grader.sandbox.inside.wire`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from grader.candidate import Array, Candidate, Missing, NotArray, NotReal
from grader.sandbox import words
from grader.sandbox.inside import wire
from grader.sandbox.inside.wire import HEAD, KINDS, SHAPE
from grader.sandbox.jobs import Answers, Call, Failed, Job, Limits, Note


class BadReply(ValueError):
    """The reply is not of the form that was agreed."""


def most_bytes(job: Job) -> int:
    """The largest replies, in all, that can be right."""
    asks = sum(len(call.asks) for call in job.calls)
    return len(job.calls) * (HEAD.size + wire.MAX_TEXT) + wire.MAX_DATA + asks * SHAPE.size


def encode_job(job: Job, limits: Limits) -> list[bytes]:
    """The frames to send, one after another as the calls are answered: the first call's comes with the job. Raises
    ValueError for values that are neither ints nor arrays of ints or floats."""
    first, *others = map(_encoded, job.calls)
    header = {
        "source": job.source,
        "notebook": job.notebook,
        "interfaces": job.interfaces,
        "inputs": list(job.inputs),
        "modules": dict(job.modules),
        "limits": vars(limits),
    }
    return [wire.frame(wire.JOB_MAGIC, wire.packed(header), b"") + first, *others]


@lru_cache(maxsize=4096)  # every submission to an exercise is called on the same few sets of points
def _encoded(call: Call) -> bytes:
    """The call's frame."""
    arrays: list[bytes] = []
    values: dict[str, Any] = {}
    for name, value in call.values.items():
        if isinstance(value, (int, np.integer)):
            values[name] = int(value)
            continue
        array = np.asarray(value)
        if array.dtype.kind not in "fi":
            raise ValueError(f"{name} is {array.dtype}, not a number that a student can be given")
        array = array.astype(f"<{array.dtype.kind}8")
        values[name] = [array.dtype.str, array.shape]
        arrays.append(array.tobytes())
    told = {"values": values, "asks": call.asks, "construct_only": call.construct_only}
    return wire.frame(wire.CALL_MAGIC, wire.packed(told), b"".join(arrays))


@dataclass
class Replies:
    """The replies to a job's calls as they come in, decoded: what the first one says stands before a hidden call
    is sent."""

    job: Job
    limits: Limits
    interface: int = 0
    stdout: str = ""
    notes: tuple[Note, ...] = ()
    answers: tuple[Answers, ...] = ()

    def add(self, data: bytes) -> Failed | None:
        """Takes the reply to the next call: what it answers, or that the submission failed. Raises BadReply."""
        hidden = bool(self.answers)
        try:
            numbers, told = _sections(data)
            text = words.parse(told)
            if not hidden:
                self.stdout = words.clean(text["stdout"], self.limits.stdout_bytes)
            if text["failed"] is not None:
                return words.failed(text["failed"], self.job, self.limits, self.stdout, hidden)
            if not hidden:
                self.interface = words.count(text["interface"], len(self.job.interfaces) - 1)
                self.notes = words.notes(text["notes"], self.job, hidden=False)
            self.answers += (self._answers(numbers, text["call"], hidden),)
        except (ValueError, KeyError, TypeError, RecursionError, struct.error) as error:
            raise BadReply(f"{type(error).__name__}: {error}") from None
        return None

    def _answers(self, numbers: memoryview, told: Any, hidden: bool) -> Answers:
        asks = self.job.calls[len(self.answers)].asks
        types = [words.type_name(item, hidden) for item in words.items(told["types"], len(asks))]
        candidates = dict(zip(asks, _candidates(numbers, types, self.limits.array_entries), strict=True))
        raised = words.raised(told["raised"], self.job, hidden)
        return Answers(candidates, raised, words.notes(told["notes"], self.job, hidden))


def _sections(data: bytes) -> tuple[memoryview, bytes]:
    if len(data) != wire.announced(data):
        raise BadReply("not a frame of its own length")
    _, numbers, _ = HEAD.unpack_from(data)
    return memoryview(data)[HEAD.size : HEAD.size + numbers], data[HEAD.size + numbers :]


def _candidates(numbers: memoryview, types: Sequence[str], most: int) -> list[Candidate]:
    """What was found for each ask, in order, and was of these `types`; `most` bounds an array's entries."""
    place = len(types) * SHAPE.size
    shapes: list[tuple[str, list[int]]] = []
    for kind, rank, *dimensions in SHAPE.iter_unpack(numbers[:place]):
        if kind >= len(KINDS) or rank > wire.MAX_RANK or (rank and KINDS[kind] != "array"):
            raise BadReply("no such kind of answer")
        shape = dimensions[:rank]
        if math.prod(filter(None, shape)) > most:  # none of its dimensions, empty as it may be
            raise BadReply("an array larger than allowed")
        shapes.append((KINDS[kind], shape))
    sizes = [math.prod(shape) if kind == "array" else 0 for kind, shape in shapes]
    if len(numbers) != place + 8 * sum(sizes):
        raise BadReply("not as many numbers as announced")
    data = np.frombuffer(numbers, np.float64, sum(sizes), place).copy()
    found: list[Candidate] = []
    start = 0
    for (kind, shape), size, name in zip(shapes, sizes, types, strict=True):
        if kind == "array":
            found.append(Array(data[start : start + size].reshape(shape), name))
        else:
            found.append(_NOT_ARRAYS[kind](name))
        start += size
    return found


_NOT_ARRAYS: dict[str, Callable[[str], Candidate]] = {
    "missing": lambda _: Missing(),
    "not_array": NotArray,
    "not_real": NotReal,
}
