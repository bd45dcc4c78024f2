"""Small jobs. The exercise behind them all: f = x², whose derivative is 2x; x is 3 in the worked example."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.candidate import Array, Candidate
from grader.sandbox import Answers, Call, Failed, Finished, Job

SCRIPT: Mapping[str, Any] = {"kind": "script", "provides": {}, "reads": [{"names": ["dx", "dfdx"], "pattern": "dx"}]}
HONEST = "dx = 2 * x"


def script(source: str, *points: float, interface: Mapping[str, Any] = SCRIPT, notebook: bool = False) -> Job:
    calls = [Call({"x": np.array(float(point))}, ("dx",)) for point in points or (3.0,)]
    return Job(source, notebook, (interface,), ("x",), tuple(calls))


def job(source: str, interface: Mapping[str, Any], *calls: Call, inputs: tuple[str, ...] = ()) -> Job:
    return Job(source, False, (interface,), inputs, calls)


def finished(outcome: Finished | Failed) -> Finished:
    assert isinstance(outcome, Finished), outcome
    return outcome


def failed(outcome: Finished | Failed) -> Failed:
    assert isinstance(outcome, Failed), outcome
    return outcome


def first(outcome: Finished | Failed) -> Answers:
    return finished(outcome).answers[0]


def number(candidate: Candidate) -> Any:
    """The candidate's value as plain numbers."""
    assert isinstance(candidate, Array), candidate
    return candidate.value.tolist()


def codes(notes: tuple[tuple[str, Mapping[str, Any]], ...]) -> list[str]:
    return [code for code, _ in notes]
