"""Answers that differ when the same call is made again: a right backward pass knows nothing of the calls before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.exercise import Gradient, Random, Value
from grader.judging import Judged
from grader.report import Finding
from grader.sandbox import Answers

CODE = "accumulates_over_calls"


def differs(judged: Judged) -> bool:
    """Whether `unsteady` has found it so: nothing else explains it, and it follows from nothing."""
    return any(finding.code == CODE for finding in judged.findings)


def unsteady(judged: Sequence[Judged], worked: Answers) -> list[Judged]:
    """`judged`, where the quantities that `worked`, the answers on the worked example, notes as different on the second
    call are mistakes. A random start may differ; an update step that is right with the student's own gradient only
    follows from that gradient, where it is named too."""
    named = {n for code, told in worked.notes if code == "results_differ_on_second_call" for n in told["names"]}
    gradients = any(isinstance(j.ask, Gradient) and j.ask.name in named for j in judged)
    found = []
    for j in judged:
        follows = gradients and isinstance(j.ask, Value) and j.ask.own and j.judgements[0].right
        if j.ask.name in named and not isinstance(j.ask, Random) and not follows:
            first, *hidden = j.judgements
            first = replace(first, verdict="mismatch") if first.right else first
            told = Finding(CODE, j.ask.name)
            j = replace(j, judgements=(first, *hidden), findings=(told, *j.findings))
        found.append(j)
    return found


def without(judged: Judged) -> Judged:
    """Without what `unsteady` has found."""
    return replace(judged, findings=tuple(finding for finding in judged.findings if finding.code != CODE))
