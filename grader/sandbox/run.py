"""One run: the talk with the process that does a job, and what became of it."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from grader.sandbox.conversation import MOST_DELAYED, Conversation, Ended, Interrupted, Place, TimedOut
from grader.sandbox.frames import BadReply, Replies, most_bytes
from grader.sandbox.jobs import Failed, Finished, Job, Limits
from grader.sandbox.processes import Child, Ending
from grader.sandbox.words import line_of

_COUNTED = 0.8  # of its CPU time the kernel may have counted when it says that it is over: it counts in ticks
_SIGNALS = {item.value: item.name for item in signal.Signals}


def run(start: AbstractContextManager[Child], frames: Sequence[bytes], job: Job, limits: Limits) -> Finished | Failed:
    """What becomes of `job`, which is told in `frames`. Raises BrokenZygote where it is our own fault."""
    outcome: Finished | Failed | Ended
    with start as child:
        conversation = Conversation(child.channel, limits.wall_seconds, most_bytes(job), child.delayed)
        replies = Replies(job, limits)
        try:
            outcome = _talk(conversation, replies, frames)
        except TimedOut:
            if conversation.delayed() > MOST_DELAYED:
                outcome = Failed(
                    "sandbox_error",
                    "sandbox_error",
                    {"reason": "the machine stood still, or had no processor to spare"},
                )
            else:
                child.interrupt()
                outcome = _stopped("timed_out", limits.wall_seconds, conversation.place(), job)
        except BadReply:
            outcome = Failed("bad_output", "bad_output")
        except Ended as ended:
            outcome = ended
        seconds = conversation.seconds
    if isinstance(outcome, Ended):
        outcome = _died(outcome, child.ending(), job, limits)
    if isinstance(outcome, Failed):
        outcome = replace(outcome, stdout=replies.stdout)
    return replace(outcome, wall_seconds=seconds)


def _talk(conversation: Conversation, replies: Replies, frames: Sequence[bytes]) -> Finished | Failed:
    """Each reply is decoded as it is read."""
    for reply in conversation.replies(frames):
        if failed := replies.add(reply):
            return failed
    return Finished(replies.interface, replies.answers, replies.stdout, replies.notes, 0.0)


def _stopped(code: str, seconds: float, place: Place | None, job: Job) -> Failed:
    """With its place, if that is one of the submission's: a student can have it tell a hidden input instead."""
    line = line_of(place.line, job) if place else None
    cell = place.cell if place and job.notebook and place.cell <= job.source.count("cell_type") else 0
    return Failed("timed_out", code, {"seconds": seconds, **({"cell": cell} if cell else {})}, line)


def _died(ended: Ended, ending: Ending, job: Job, limits: Limits) -> Failed:
    """A signal says why. Where an allocation inside a library failed, it is an abort or an exit of the library's, and
    only the memory that was in use tells it from others."""
    name = _SIGNALS.get(-ending.code, f"signal {-ending.code}") if ending.code < 0 else ""
    if name == "SIGSYS":
        return Failed("forbidden", "forbidden")
    if name in ("SIGXCPU", "SIGKILL") and ending.cpu_seconds > _COUNTED * limits.cpu_seconds:
        return _stopped("cpu_time_exceeded", limits.cpu_seconds, ended.place, job)
    if isinstance(ended, Interrupted):  # too early
        return Failed("bad_output", "bad_output")
    used_much = ending.resident_bytes > limits.memory_bytes // 2
    if name == "SIGKILL" and ending.starved and not used_much:  # the kernel wanted memory that others use
        return Failed("sandbox_error", "sandbox_error", {"reason": "the machine has no memory to spare"})
    if name == "SIGKILL" or used_much:
        return Failed("out_of_memory", "out_of_memory", {"limit_mib": limits.memory_bytes >> 20})
    if name:
        return Failed("crashed", "crashed", {"signal": name})
    return Failed("crashed", "exited", {"status": ending.code})
