"""The frames as the parent sees them: a job encoded, and a reply decoded that may have been written by anybody.

Nothing is allocated before its size has been checked, and nothing is believed beyond its form: a forged reply is just
another candidate answer. The layout is told in `grader.sandbox.inside.wire`.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from grader.candidate import Array, Candidate, Missing, NotArray, NotReal
from grader.sandbox import words
from grader.sandbox.inside import wire
from grader.sandbox.inside.wire import HEAD, JOB_HEAD, KINDS, RANK
from grader.sandbox.jobs import Answers, Call, Failed, Finished, Job, Limits

_Found = Array | int  # an answer's array, or the index in KINDS of what is there instead


class BadReply(ValueError):
    """The reply is not of the form that was agreed."""


def most_bytes(job: Job) -> int:
    """The largest reply that can be right."""
    asks = sum(len(call.asks) for call in job.calls)
    return HEAD.size + wire.MAX_DATA + wire.MAX_TEXT + asks * (RANK.size + 4 * wire.MAX_RANK)


def encode_job(job: Job, limits: Limits) -> bytes:
    """The job's frame. Raises ValueError for values that are neither ints nor arrays of ints or floats."""
    calls, data = _encoded(job.calls)
    header = {
        "source": job.source,
        "notebook": job.notebook,
        "interfaces": job.interfaces,
        "inputs": job.inputs,
        "modules": dict(job.modules),
        "limits": vars(limits),
    }
    told = json.dumps(header).encode()
    return JOB_HEAD.pack(wire.JOB_MAGIC, len(told), len(calls), len(data)) + told + calls + data


@lru_cache(maxsize=512)  # every submission to an exercise is called on the same few sets of points
def _encoded(given: tuple[Call, ...]) -> tuple[bytes, bytes]:
    """The calls as JSON, and all their arrays."""
    arrays: list[bytes] = []
    calls = []
    for call in given:
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
        calls.append({"values": values, "asks": call.asks, "construct_only": call.construct_only})
    return json.dumps(calls).encode(), b"".join(arrays)


def decode_reply(data: bytes, job: Job, limits: Limits, wall_seconds: float) -> Finished | Failed:
    """What the child says. Raises BadReply."""
    try:
        numbers, told = _sections(data)
        text = words.parse(told)
        stdout = words.clean(text["stdout"], limits.stdout_bytes)
        if text["failed"] is not None:
            return words.failed(text["failed"], stdout, wall_seconds)
        found = _numbers(numbers, [len(call.asks) for call in job.calls], limits.array_entries)
        interface = words.count(text["interface"], len(job.interfaces) - 1)
        notes = words.notes(text["notes"], job, hidden=False)
        calls = words.items(text["calls"], len(job.calls))
        answers = tuple(_answers(job, place, calls[place], found[place]) for place in range(len(job.calls)))
    except (ValueError, KeyError, TypeError, RecursionError, struct.error) as error:
        raise BadReply(f"{type(error).__name__}: {error}") from None
    return Finished(interface, answers, stdout, notes, wall_seconds)


def _sections(data: bytes) -> tuple[memoryview, bytes]:
    magic, numbers, text = HEAD.unpack_from(data)
    if magic != wire.REPLY_MAGIC or text > wire.MAX_TEXT or len(data) != HEAD.size + numbers + text:
        raise BadReply("not a frame of its own length")
    return memoryview(data)[HEAD.size : HEAD.size + numbers], data[HEAD.size + numbers :]


def _numbers(numbers: memoryview, counts: Sequence[int], most: int) -> list[list[_Found]]:
    """For each call what was found for its asks, in order."""
    shapes: list[tuple[int, tuple[int, ...]]] = []
    place = 0
    for _ in range(sum(counts)):
        kind, rank = RANK.unpack_from(numbers, place)
        if kind >= len(KINDS) or rank > wire.MAX_RANK or (rank and KINDS[kind] != "array"):
            raise BadReply("no such kind of answer")
        shape = struct.unpack_from(f"<{rank}I", numbers, place + RANK.size)
        if math.prod(max(1, dimension) for dimension in shape) > most:
            raise BadReply("an array larger than allowed")
        shapes.append((kind, shape))
        place += RANK.size + 4 * rank
    sizes = [math.prod(shape) if KINDS[kind] == "array" else 0 for kind, shape in shapes]
    if len(numbers) != place + 8 * sum(sizes):
        raise BadReply("not as many numbers as announced")
    found: list[_Found] = []
    for (kind, shape), size in zip(shapes, sizes, strict=True):
        if KINDS[kind] == "array":
            found.append(Array(np.frombuffer(numbers, "<f8", size, place).astype(np.float64).reshape(shape)))
            place += 8 * size
        else:
            found.append(kind)
    parts = iter(found)
    return [[next(parts) for _ in range(count)] for count in counts]


def _answers(job: Job, place: int, told: Any, found: list[_Found]) -> Answers:
    asks, hidden = job.calls[place].asks, place > 0
    types = [words.type_name(item, hidden) for item in words.items(told["types"], len(asks))]
    candidates = {ask: _candidate(item, name) for ask, item, name in zip(asks, found, types, strict=True)}
    return Answers(candidates, words.raised(told["raised"], hidden), words.notes(told["notes"], job, hidden))


def _candidate(found: _Found, name: str) -> Candidate:
    if isinstance(found, Array):
        return Array(found.value, name)
    candidates: dict[str, Candidate] = {
        "missing": Missing(),
        "not_array": NotArray(name),
        "not_real": NotReal(name),
    }
    return candidates[KINDS[found]]
