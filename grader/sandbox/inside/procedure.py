"""The procedure interface: the student's function is called on functions of ours, such as `derivative(f, x, h)`.

    {"kind": "procedure", "function": "derivative", "arguments": ["f", "x", "h"],
     "calls": [{"ask": "d1", "f": {"argument": "x", "body": "np.sin(x) + a * x**2"}, "x": "x", "h": [0.1, 0.05]}, …]}

The body of f is ours, over `np` and the values of the trial. Each call of the list that the trial asks for is made once
for each h, and its results are stacked along a new first axis; without h, once. x is a fresh copy: a float, a float64
array, or with `"integer": true` an int or an int64 array. The student's parameters have any names: where each of ours
is told by one (`ROLES`) they are filled by name, else by position.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from . import values
from .loading import Definitions
from .modules import Absent
from .source import Program
from .trial import Trial

MOST_EVALUATIONS = 100_000  # of f, in one call of the student's function

ROLES = {
    "f": ("f", "func", "function", "fn", "fun"),
    "x": ("x", "x0"),
    "h": ("h", "eps", "epsilon", "delta", "dx", "step"),
}
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def expected(interface: dict[str, Any]) -> str:
    """What would fit, as Python."""
    return f"def {interface['function']}({', '.join(interface['arguments'])})"


class Procedure:
    """A function of a program whose definitions are run once; each trial makes all its calls."""

    notes: tuple[()] = ()

    def __init__(self, interface: dict[str, Any], program: Program, inputs: list[str], absent: Absent) -> None:
        self.interface = interface
        self.function = Definitions(program, {})[interface["function"]]
        try:
            parameters = list(inspect.signature(self.function).parameters.values())
        except (TypeError, ValueError):
            parameters = []  # a callable that does not tell
        named = [p.name for p in parameters if p.kind in _BY_NAME]
        found = {role: [name for name in named if name.lower() in ROLES[role]] for role in interface["arguments"]}
        self.names = {role: names[0] for role, names in found.items() if names}

    def __call__(self, trial: Trial) -> None:
        for call in self.interface["calls"]:
            if call["ask"] not in trial.call.asks:
                continue
            if call.get("h") is None:
                trial.take(call["ask"], self._result(trial, call, {}))
            else:
                results = [trial.classify(call["ask"], self._result(trial, call, {"h": h})) for h in call["h"]]
                trial.take_stacked(call["ask"], results)

    def _result(self, trial: Trial, call: dict[str, Any], step: dict[str, float]) -> Any:
        x = values.named(trial.call.values, call["x"])
        x = x.astype(np.int64) if call.get("integer") and isinstance(x, np.ndarray) else x
        given = {"f": counted(call["f"], trial), "x": trial.hand(call["x"], x), **step}
        given = {role: given[role] for role in self.interface["arguments"] if role in given}
        if given.keys() <= self.names.keys():
            return self.function(**{self.names[role]: value for role, value in given.items()})
        return self.function(*given.values())


def counted(f: dict[str, str], trial: Trial) -> Callable[[Any], Any]:
    """The function that `f` states, which can be evaluated so many times and no more."""
    known = {"np": np, **{name: values.fresh(value) for name, value in trial.call.values.items()}}
    evaluate = eval(f"lambda {f['argument']}: {f['body']}", known)
    evaluations = 0

    def function(x: Any) -> Any:
        nonlocal evaluations
        evaluations += 1
        if evaluations > MOST_EVALUATIONS:
            raise RuntimeError(f"f was evaluated more than {MOST_EVALUATIONS} times")
        return evaluate(x)

    return function
