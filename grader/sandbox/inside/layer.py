"""The class interface: construct, set its state, call its methods, read its attributes.

    {"kind": "class", "class": "MiddleLayer", "construct": ["n_in", "n"], "start": {"w": "W_start"},
     "state": {"w": "W", "b": "b"}, "calls": [{"method": "forward", "arguments": ["X"], "returns": "y"}, …],
     "read": {"grad_w": "dW", "w": "W_new"}, "base_classes": ["BaseLayer"]}

An attribute may be a path (`params.W1`): each step is a key or an attribute.
"""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from .loading import Definitions
from .modules import Absent
from .source import Program
from .trial import Trial
from .values import look_up


def fits(interface: dict[str, Any], program: Program) -> bool:
    """Whether the class is defined at top level."""
    return any(
        isinstance(statement, ast.ClassDef) and statement.name == interface["class"]
        for _, statement in program.statements()
    )


def expected(interface: dict[str, Any]) -> str:
    """What would fit, as Python."""
    return f"class {interface['class']}"


class Layer:
    """A class of a program whose definitions are run once; an object is constructed for each trial."""

    notes: tuple[()] = ()

    def __init__(self, interface: dict[str, Any], program: Program, inputs: list[str], absent: Absent) -> None:
        bases = {name: type(name, (), {}) for name in interface.get("base_classes", ())}
        absent.provided.update(bases)
        self.interface = interface
        self.type = Definitions(program, bases)[interface["class"]]

    def __call__(self, trial: Trial) -> None:
        layer = self.type(*(trial.give(pattern) for pattern in self.interface.get("construct", ())))
        for path, ask in self.interface.get("start", {}).items():
            trial.take(ask, _get(layer, path))
        if trial.call.construct_only:
            return
        for path, name in self.interface.get("state", {}).items():
            _set(layer, path, trial.fresh(name))
        read = self.interface.get("read", {})
        before = {path: _snapshot(_get(layer, path)) for path in read}
        finished = False
        try:
            for call in self.interface.get("calls", ()):
                self._call(trial, layer, call)
            finished = True
        finally:  # after an exception only what the calls have set is an answer
            for path, ask in read.items():
                value = _get(layer, path)
                if finished or not _unchanged(value, before[path]):
                    trial.take(ask, value)

    def _call(self, trial: Trial, layer: Any, call: dict[str, Any]) -> None:
        arguments = [trial.give(pattern) for pattern in call.get("arguments", ())]
        result = getattr(layer, call["method"])(*arguments)
        returns = call.get("returns")
        if isinstance(returns, str) and result is None:
            result = _get(layer, returns)
        trial.take_all(returns, result, {})


def _get(holder: Any, path: str) -> Any:
    for step in path.split("."):
        holder = look_up(holder, (step,))
    return holder


def _set(layer: Any, path: str, value: Any) -> None:
    """In place where it can be: layers keep references to these arrays."""
    held = _get(layer, path)
    if type(held) is np.ndarray and held.shape == np.shape(value) and held.dtype.kind == "f" and held.flags.writeable:
        held[...] = value
        return
    *way, last = path.split(".")
    holder = _get(layer, ".".join(way)) if way else layer
    if isinstance(holder, dict):
        holder[last] = value
    else:
        setattr(holder, last, value)


def _snapshot(value: Any) -> tuple[Any, Any]:
    return value, value.copy() if type(value) is np.ndarray else None


def _unchanged(value: Any, before: tuple[Any, Any]) -> bool:
    held, copy = before
    return value is held and (copy is None or np.array_equal(value, copy, equal_nan=copy.dtype.kind in "fc"))
