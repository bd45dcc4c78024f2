"""The class interface: construct, set its state, call its methods, read its attributes.

    {"kind": "class", "class": "MiddleLayer", "construct": ["n_in", "n"], "start": {"w": "W_start"},
     "state": {"w": "W", "b": "b"}, "calls": [{"method": "forward", "arguments": ["X"], "returns": "y"}, …],
     "read": {"grad_w": "dW", "w": "W_new"}, "base_classes": ["BaseLayer"]}

    {"kind": "class", "class": "TwoLayerNet", "construct": ["D", "H", "C"], "state": {"params.W1": "W1"},
     "calls": [{"method": "loss", "arguments": ["X", "y"], "keywords": {"reg": "reg"},
                "returns": [None, {"W1": "dW1"}]}]}

An attribute may be a path (`params.W1`): each step is a key, an attribute, or a place in a list. What is handed to the
constructor, or written as state, is the object's own, to keep and to change.
"""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from .loading import Definitions
from .modules import Absent
from .source import Program
from .trial import Trial
from .values import MISSING, look_up, name_of


def fits(interface: dict[str, Any], program: Program) -> float:
    """Whether the class is defined at top level: by half where it lacks a method that is called, for courses share
    the names of classes."""
    found = [s for _, s in program.statements() if isinstance(s, ast.ClassDef) and s.name == interface["class"]]
    if not found:
        return 0
    return 1 if all(_has(found[-1], call) for call in interface.get("calls", ())) else 0.5


def _has(tree: ast.ClassDef, call: dict[str, Any]) -> bool:
    """Whether the class has the method, with the keywords that it is called with, or may have inherited it."""
    for method in tree.body:
        if isinstance(method, ast.FunctionDef) and method.name == call["method"]:
            names = {argument.arg for argument in (*method.args.args, *method.args.kwonlyargs)}
            return method.args.kwarg is not None or names.issuperset(call.get("keywords", ()))
    return any(not (isinstance(base, ast.Name) and base.id == "object") for base in tree.bases)


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
        start = self.interface.get("start", {})
        if trial.call.construct_only and not start:
            return
        layer = self.type(*(trial.give_away(pattern) for pattern in self.interface.get("construct", ())))
        for path, ask in start.items():
            trial.take(ask, _get(layer, path))
        if trial.call.construct_only:
            return
        for path, pattern in self.interface.get("state", {}).items():
            _set(layer, path, trial.give_away(pattern))
        read = self.interface.get("read", {})
        before = {path: _snapshot(_there(layer, path)) for path in read}
        finished = False
        try:
            for place, call in enumerate(self.interface.get("calls", ())):
                if place == 2:  # after forward and backward: an update may clear the gradients that it has used
                    self._take_changed(trial, layer, before)
                self._call(trial, layer, call)
            finished = True
        finally:  # after an exception only what the calls have set is an answer
            for path, ask in read.items():
                value = _get(layer, path) if finished else _there(layer, path)
                if finished or not _unchanged(value, before[path]):
                    trial.take(ask, value)

    def _take_changed(self, trial: Trial, layer: Any, before: dict[str, tuple[Any, Any]]) -> None:
        """Take what the calls so far have set, the layer's own parameters aside."""
        for path, ask in self.interface.get("read", {}).items():
            value = _get(layer, path)
            if path not in self.interface.get("state", {}) and not _unchanged(value, before[path]):
                trial.take(ask, value)

    def _call(self, trial: Trial, layer: Any, call: dict[str, Any]) -> None:
        arguments = [trial.give(pattern) for pattern in call.get("arguments", ())]
        keywords = {name: trial.give(pattern) for name, pattern in call.get("keywords", {}).items()}
        result = getattr(layer, call["method"])(*arguments, **keywords)
        returns = call.get("returns")
        if isinstance(returns, str) and result is None:
            result = _get(layer, name_of(returns))
        trial.take_all(returns, result, {})


def _get(holder: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(holder, list) and step.isdecimal():
            holder = holder[int(step)] if int(step) < len(holder) else MISSING
        else:
            holder = look_up(holder, (step,))
    return holder


def _there(layer: Any, path: str) -> Any:
    """What is there before the calls, or where one has failed; a property may need what they set."""
    try:
        return _get(layer, path)
    except Exception:
        return MISSING


def _set(layer: Any, path: str, value: Any) -> None:
    """In place where it can be: layers keep references to these arrays."""
    held = _get(layer, path)
    if type(held) is np.ndarray and held.shape == np.shape(value) and held.dtype == np.float64 and held.flags.writeable:
        held[...] = value
        return
    way, _, last = path.rpartition(".")
    holder = _get(layer, way) if way else layer
    if holder is MISSING or holder is None:  # a dict that the constructor should have made
        holder = {}
        _set(layer, way, holder)
    if isinstance(holder, dict):
        holder[last] = value
    elif isinstance(holder, list) and last.isdecimal() and int(last) < len(holder):
        holder[int(last)] = value
    else:
        setattr(holder, last, value)


def _snapshot(value: Any) -> tuple[Any, Any]:
    return value, value.copy() if type(value) is np.ndarray else None


def _unchanged(value: Any, before: tuple[Any, Any]) -> bool:
    held, copy = before
    return value is held and (copy is None or np.array_equal(value, copy, equal_nan=copy.dtype.kind in "fc"))
