"""What an attack did, in words by the name of a measure, as far as it is seen in what the worker tells."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from grader.candidate import Array
from grader.sandbox import Failed, Finished
from tests.attacks.attack import GOT_THROUGH, Attack, Outcome
from tests.attacks.worker import Told

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MUCH_MEMORY = 200 << 20  # of the worker: more than a reply of the largest size, decoded, can take


def in_the_reply(told: Told, attack: Attack, token: str, hidden: float) -> Iterator[tuple[str, str]]:
    """What the worker would pass on."""
    outcome = told.outcome
    texts = _texts(outcome)
    if token in texts or (attack.beside and "owl-" in texts):
        yield "secrets", "a secret is in the reply"
    if str(hidden)[:8].replace(".", "") in re.sub(r"\W", "", texts):  # its digits, whatever is between them
        yield "hidden", "a hidden input is in the reply"
    if _CONTROL.search(texts):
        yield "text", "control characters are in the reply"
    if isinstance(outcome, Failed) and outcome.status == "sandbox_error":
        yield "fault", "it counts as our fault"
    for answers in outcome.answers if isinstance(outcome, Finished) else ():
        for found in answers.candidates.values():
            if isinstance(found, Array) and found.value.size > attack.limits.array_entries:
                yield "entries", "more numbers than allowed"
            if attack.claims and isinstance(found, Array) and found.value.tolist() == GOT_THROUGH:
                yield "claim", "it says so"
    if told.seconds > attack.limits.wall_seconds + 2:
        yield "time", "the worker waited beyond the deadline"


def measured(told: Told, attack: Attack) -> Iterator[tuple[str, str]]:
    """What the worker saw of the child that attacked, and of itself."""
    measures, limits = told.measures, attack.limits
    if measures.get("memory", 0) > limits.memory_bytes:
        yield "memory", f"{round(measures['memory'] / 2**20)} MiB of {limits.memory_bytes >> 20}"
    if measures.get("cpu", 0) > limits.cpu_seconds + 1.5:
        yield "cpu", f"{measures['cpu']:.1f} s of CPU time of {limits.cpu_seconds}"
    if measures.get("locked"):
        yield "locked", "memory is locked"
    if measures.get("root") and os.getuid():
        yield "privileges", "it is root"
    if measures.get("oom", -1000) > -100:
        yield "oom", "the kernel would rather kill the worker"
    if measures.get("survivor"):
        yield "survivor", "it lives on after its answer"
    if measures.get("worker memory", 0) > MUCH_MEMORY:
        yield "worker memory", f"the worker held {round(measures['worker memory'] / 2**20)} MiB"


def _texts(outcome: Outcome) -> str:
    """All that a report could show: what was printed, exceptions, lines, notes, the types of answers."""
    told: list[Any] = [outcome.stdout]
    if isinstance(outcome, Failed):
        told += [*outcome.parameters.values(), outcome.line]
    else:
        told += [note for note in outcome.notes]
        for answers in outcome.answers:
            raised = answers.raised
            told += [raised.type, raised.message, raised.line, raised.traceback] if raised else []
            told += [*answers.notes, *(getattr(found, "type", "") for found in answers.candidates.values())]
    return "\n".join(map(str, told))


def right(outcome: Outcome) -> bool:
    """Whether it is what the honest submission of the scene must get."""
    if not isinstance(outcome, Finished):
        return False
    found = [answers.candidates["dx"] for answers in outcome.answers]
    values = [candidate.value.tolist() for candidate in found if isinstance(candidate, Array)]
    return values == [6.0, 10.0] and outcome.stdout == "hello\n" and not outcome.notes
