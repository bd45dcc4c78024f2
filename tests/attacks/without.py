"""The sandbox without some of its layers: those of the child by the start-up of `inside.py`, those of the worker by
replacing a function of it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from grader.sandbox import Failed, conversation, frames, processes, sandbox, words
from grader.sandbox.conversation import Conversation

INSIDE = Path(__file__).with_name("inside.py")
MORE_SECONDS, MORE_BYTES = 2.6, 160 << 20  # what is let through without the wall clock, or the bound on the replies
UNBOUNDED = 1 << 40  # bytes or seconds


def taken_away(layers: frozenset[str]) -> Iterator[AbstractContextManager[Any]]:
    """What has to be entered, before there is a sandbox, so that it lacks these layers."""
    inside = {layer for layer in layers if layer not in IN_THE_WORKER}
    folder = str(processes.ENTRY.parent.parent)

    def reduced(usual: Callable[..., list[str]], mode: str, *rest: str) -> list[str]:
        command = usual(mode, *rest)
        at = command.index(str(processes.ENTRY))
        return [*command[:at], str(INSIDE), command[at + 1], folder, "|".join(inside), *command[at + 2 :]]

    if inside:
        yield _replaced(processes, "command", reduced)
    for layer in layers - inside:
        yield IN_THE_WORKER[layer]()


def _replaced(owner: Any, name: str, by: Callable[..., Any]) -> AbstractContextManager[Any]:
    """`owner.name(…)` becomes `by(owner.name, …)`."""
    original = getattr(owner, name)
    return patch.object(owner, name, lambda *arguments, **named: by(original, *arguments, **named))


def _whatever_failed(failed: Callable[..., Failed], told: Any, *arguments: Any) -> Failed:
    return dataclasses.replace(failed(["source_too_deep", {}, None], *arguments), status=told[0], code=told[0])


def _shown(judge: Callable[..., Any], told: Any, *arguments: Any) -> Any:
    """As if a call were not hidden: the last argument says whether it is."""
    return judge(told, *arguments[:-1], False)


def _more(seconds: float = 0.0, most: int = 0) -> AbstractContextManager[Any]:
    """A conversation that may last longer, or say more."""
    return _replaced(
        Conversation,
        "__init__",
        lambda usual, self, channel, wall_seconds, bound, delayed: usual(
            self, channel, wall_seconds + seconds, bound + most, delayed
        ),
    )


def _joined(encode: Callable[..., list[bytes]], *arguments: Any) -> list[bytes]:
    frames = encode(*arguments)
    return [b"".join(frames), *[b""] * (len(frames) - 1)]


@contextmanager
def _all_at_once() -> Iterator[None]:
    """All calls are sent with the first; as replies then come at any time, they are read byte by byte."""
    with _replaced(sandbox, "encode_job", _joined), patch.object(conversation, "_CHUNK", 1):
        yield


IN_THE_WORKER: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "almost empty environment": lambda: _replaced(processes, "environment", lambda usual: {**os.environ, **usual()}),
    "address space": lambda: _replaced(
        processes.Locked, "bound", lambda usual, self, memory, cpu: usual(self, UNBOUNDED, cpu)
    ),
    "CPU time": lambda: _replaced(
        processes.Locked, "bound", lambda usual, self, memory, cpu: usual(self, memory, UNBOUNDED)
    ),
    "worked example first": _all_at_once,
    "wall clock": lambda: _more(seconds=MORE_SECONDS),
    "kill by pidfd": lambda: patch.object(processes.Locked, "kill", lambda self: None),
    "bound on the reply": lambda: _more(most=MORE_BYTES),
    "bound on an answer": lambda: _replaced(
        frames, "_numbers", lambda usual, numbers, counts, most: usual(numbers, counts, 1 << 40)
    ),
    "known codes only": lambda: _replaced(words, "failed", _whatever_failed),
    "texts are cleaned": lambda: _replaced(words, "clean", lambda usual, text, most: str(text)[:most]),
    "no texts of hidden calls": lambda: _replaced(words, "raised", _shown),
}
