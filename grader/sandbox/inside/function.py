"""The function interface: one function, its parameters filled by name, or else by position.

    {"kind": "function", "function": "affine_backward",
     "arguments": [{"name": "dout", "aliases": ["delta"], "pattern": "delta"},
                   {"name": "cache", "pattern": ["X", "W", "b"]}],
     "returns": ["dX", "dW", "db"], "names": {"dX": ["dx"]}, "provides": {}}

`names` are the keys or attributes under which a result is accepted, `provides` globals that are set for each call.
With `"start": true` it is a function of dimensions that makes a random start: the only kind that is also called where
a call constructs only.
"""

from __future__ import annotations

import ast
import inspect
import traceback
from itertools import takewhile
from typing import Any

from .loading import Definitions
from .modules import Absent
from .source import Program, stored
from .trial import Trial
from .values import Pattern, leaves_of, name_of
from .wire import MAX_WORDS, Failure

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
Filling = tuple[list[Pattern], dict[str, Pattern]]  # by position, by name
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def fits(interface: dict[str, Any], program: Program) -> bool:
    """Whether the function is defined, or assigned, at top level: an imported one is not the student's."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Assign, ast.AnnAssign)
    return any(
        isinstance(statement, kinds) and interface["function"] in stored([statement])
        for _, statement in program.statements()
    )


def expected(interface: dict[str, Any]) -> str:
    """What would fit, as Python."""
    return f"def {interface['function']}({', '.join(argument['name'] for argument in interface['arguments'])})"


class Function:
    """A function of a program whose definitions are run once; it is called for each trial."""

    notes: tuple[()] = ()

    def __init__(self, interface: dict[str, Any], program: Program, inputs: list[str], absent: Absent) -> None:
        self.interface, self.inputs = interface, inputs
        self.definitions = Definitions(program, {})
        self.function = self.definitions[interface["function"]]
        self.own = stored(part.tree for part in program.parts)
        try:
            self.signature: inspect.Signature | None = inspect.signature(self.function)
        except (TypeError, ValueError):
            self.signature = None  # a callable that does not tell
        self._filled: dict[tuple[str, ...], Filling] = {}  # calls of one job have values of the same names

    def __call__(self, trial: Trial) -> None:
        if trial.call.construct_only and not self.interface.get("start"):
            return
        for name, pattern in self.interface.get("provides", {}).items():
            if name not in self.own:
                self.definitions.globals[name] = trial.give(pattern)
        names = tuple(trial.call.values)
        if names not in self._filled:
            self._filled[names] = self._fill(names)
        positional, named = self._filled[names]
        given = [trial.give(pattern) for pattern in positional]
        try:
            result = self.function(*given, **{name: trial.give(pattern) for name, pattern in named.items()})
        except BaseException as error:
            self._take_what_was_set(trial, error)
            raise
        trial.take_all(self.interface["returns"], result, self.interface.get("names", {}))

    def _take_what_was_set(self, trial: Trial, error: BaseException) -> None:
        """As of a script: what was set before an exception is still an answer, under a name of its own."""
        code = getattr(inspect.unwrap(self.function), "__code__", None)
        frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__) if frame.f_code is code)
        frame = next(frames, None)
        if frame is None:
            return
        given = frame.f_code.co_varnames[: frame.f_code.co_argcount + frame.f_code.co_kwonlyargcount]
        for leaf in leaves_of(self.interface["returns"]):
            ask = name_of(leaf)
            for name in (*self.interface.get("names", {}).get(ask, ()), ask):
                if name not in given and frame.f_locals.get(name) is not None:
                    trial.take(leaf, frame.f_locals[name])

    def _fill(self, values: tuple[str, ...]) -> Filling:
        """The patterns that fill the parameters where a call has these values: by name, where the names say nothing in
        order, or else all by position where their number is right. Raises Failure where it is not."""
        declared: list[Pattern] = [argument["pattern"] for argument in self.interface["arguments"]]
        parameters = list(self.signature.parameters.values()) if self.signature else []
        variadic = any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters)
        known = self._known(parameters, values)
        required = [p for p in parameters if p.default is p.empty and p.kind not in _VARIADIC]
        if not variadic:
            known |= self._in_order([p.name for p in required], known)
        unknown = [p.name for p in required if p.name not in known]
        if self.signature and not unknown and not variadic:
            in_order = takewhile(lambda p: p.name in known and p.kind in _POSITIONAL, parameters)
            positional = {p.name: known[p.name] for p in in_order}  # as wrappers take them that have no names
            named = {p.name: known[p.name] for p in parameters if p.name in known and p.name not in positional}
            if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
                for argument in self.interface["arguments"]:
                    if known.keys().isdisjoint((argument["name"], *argument.get("aliases", ()))):
                        named[argument["name"]] = argument["pattern"]
            return [*positional.values()], named
        count = len([p for p in required if p.kind in _POSITIONAL])
        if not self.signature or count == len(declared) or (variadic and count <= len(declared)):
            return declared, {}
        raise Failure(
            "unknown_parameter",
            function=self.interface["function"],
            parameter=unknown[0][:MAX_WORDS] if unknown else "*args",
            available=", ".join(self._available(values))[:MAX_WORDS],
        )

    def _known(self, parameters: list[inspect.Parameter], values: tuple[str, ...]) -> dict[str, Pattern]:
        """The pattern that fills each parameter: a declared argument, by name or alias, or a value of the call. One
        that has a default keeps it but for what was declared, or is an input: `n=2` is the student's own."""
        patterns: dict[str, Pattern] = {}
        for argument in self.interface["arguments"]:
            patterns.update(dict.fromkeys(argument.get("aliases", ()), argument["pattern"]))
        for argument in self.interface["arguments"]:
            patterns[argument["name"]] = argument["pattern"]
        for p in parameters:
            if p.name in values and (p.default is p.empty or p.name in self.inputs):
                patterns.setdefault(p.name, p.name)
        return {p.name: patterns[p.name] for p in parameters if p.name in patterns and p.kind not in _VARIADIC}

    def _in_order(self, required: list[str], known: dict[str, Pattern]) -> dict[str, Pattern]:
        """The declared arguments that no parameter names, for the required parameters that are not known: one for
        each, or none."""
        arguments, unknown = self.interface["arguments"], [name for name in required if name not in known]
        left = [a["pattern"] for a in arguments if not {a["name"], *a.get("aliases", ())}.intersection(required)]
        each = len(left) == len(unknown) and len(required) == len(arguments)
        return dict(zip(unknown, left, strict=True)) if each else {}

    def _available(self, values: tuple[str, ...]) -> dict[str, None]:
        return dict.fromkeys([*(argument["name"] for argument in self.interface["arguments"]), *values])
