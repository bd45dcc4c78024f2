"""The ways in which code may be handed in: a script, a function, a class, a class of numbers, a procedure.

An interface is read into plain data (`spec`) that the sandboxed child follows; see `grader.sandbox` for its meaning.
A *pattern* is the name of a value (`w`, or `w.T` where the course has it transposed), a number, or a list or dict of
patterns. In YAML:

    - script
    - {function: backward, arguments: [parameters, cache, X, Y], returns: {dict: [dW1, db1]}}
    - {function: propagate, arguments: {w: w.T, b: b, X: X, Y: Y}, returns: [{dw: dw.T, db: db}, null]}
    - {function: initialize_parameters, arguments: [n_x, n_h, n_y], returns: {W1: W1_start}, start: true}
    - {class: Affine, construct: [W, b], calls: [forward(X), backward(dout) -> dX], read: {dW: dW, db: db}}
    - class: TwoLayerNet
      construct: [D, H, C]
      state: {params: {W1: W1, b1: b1, W2: W2, b2: b2}}
      calls: [{method: loss, arguments: [X, y], keywords: {reg: reg}, returns: [loss, {W1: dW1, b1: db1}]}]
    - value                                  # or {value: Scalar}: numbers as in micrograd, on scalar circuits
    - {procedure: derivative, arguments: [f, x, h]}
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.messages import in_words
from grader.program import Operation, Program
from grader.sandbox import PROCEDURE_ROLES, VALUE_GATES

_CALL = re.compile(r"\s*(\w+)\s*\(([\w\s,.=+-]*)\)\s*(?:->\s*([\w.]+)\s*)?")
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})([eE][+-]?\d{1,2})?")
_PACK_ALIASES = {"parameters": ["params"]}
_OPERATIONS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "negative": "-", "maximum": "max",
    "minimum": "min",
}  # fmt: skip
_FORMS = "an interface is `script` or `value`, or has a key function, class, value or procedure"


class InterfaceError(ValueError):
    """An interface that cannot be used; the message says why."""


@dataclass(frozen=True)
class Interface:
    """`name` for people and reports; `asks` what is asked through it; `spec` the sandbox's plain data."""

    name: str
    asks: tuple[str, ...]
    spec: Mapping[str, Any]

    def describe(self, language: str = "en") -> str:
        """How to hand in through this interface, in a sentence."""
        spec, said = self.spec, {"asks": ", ".join(self.asks)}
        match spec["kind"]:
            case "function":
                said["call"] = f"{spec['function']}({', '.join(a['name'] for a in spec['arguments'])})"
                leaves, returned = _leaves(spec["returns"]), spec["returns"]
                if isinstance(returned, list) and leaves != returned:
                    said["returned"] = _listed(returned).replace("None", "_")
                    return in_words("interface_function_nested", said, language)
                said["asks"] = ", ".join(leaf.removesuffix(".T") for leaf in leaves)
            case "class":
                read = [*spec["start"], *(a for a in spec["read"] if a not in spec["start"])]
                said["made"] = f"{spec['class']}({_listed(spec['construct'])})"
                said["calls"] = ", ".join(map(_call_written, spec["calls"]))
                if read:
                    said["read"] = ", ".join(read)
                    return in_words("interface_class", said, language)
                return in_words("interface_class_calls", said, language)
            case "value":
                said |= {"class": spec["class"], "operations": ", ".join(_operations(spec["program"]))}
            case "procedure":
                said["call"] = f"{spec['function']}({', '.join(spec['arguments'])})"
        return in_words(f"interface_{spec['kind']}", said, language)


def read_interface(
    entry: Any,
    values: Sequence[str],
    inputs: Sequence[str],
    packs: Mapping[str, Sequence[str]],
    accepted: Mapping[str, Sequence[str]],
    program: Program | None = None,
    gradients: Mapping[str, tuple[int, int]] | None = None,
    procedures: Mapping[str, Mapping[str, Any]] | None = None,
) -> Interface:
    """The interface that the YAML `entry` states, over the names of `values`; `packs` are the dicts handed over whole
    (`parameters`, `cache`), `accepted` the names under which each asked quantity may be answered.

    A `value` interface needs the exercise's `program` and its `gradients` (see `value_interface`); a `procedure` the
    `procedures` that are asked: for each its `f` (argument and NumPy body), `x`, `h` (None or a list) and `integer`.

    Raises InterfaceError.
    """
    if entry in ("script", "value"):
        entry = {"script": {}} if entry == "script" else {"value": "Value"}
    if not isinstance(entry, dict):
        raise InterfaceError(_FORMS)
    reader = _Reader(values, inputs, packs, accepted)
    if "value" in entry:
        interface = value_interface(
            program or Program(), gradients or {}, _identifier(_only(entry, {"value"})["value"])
        )
        if interface is None:
            raise InterfaceError("`value` is for circuits whose inputs, gates and asked gradients are all scalar")
        return interface
    if "procedure" in entry:
        return reader.read_procedure(entry, procedures or {})
    forms = {"script": reader.read_script, "function": reader.read_function, "class": reader.read_class}
    for kind, read in forms.items():
        if kind in entry:
            return read(entry)
    raise InterfaceError(_FORMS)


def value_interface(
    program: Program, gradients: Mapping[str, tuple[int, int]], name: str = "Value"
) -> Interface | None:
    """The interface for a class of numbers that know how they came about, as micrograd's `Value`; None where the
    circuit is not scalar, or has a gate that no such class has or a number that is not finite.

    `gradients` are the asked ones with their nodes, (objective, variable); those of the first one's objective are
    asked through it.
    """
    objective = next((objective for objective, _ in gradients.values()), None)
    if objective is None:
        return None
    asked = {ask: node for ask, (of, node) in gradients.items() if of == objective}
    operands: dict[int, str | int | float] = {}  # of each node: an input's name, a number, or a step
    steps: list[list[Any]] = []
    for i in sorted(program.ancestors(objective)):
        node = program.nodes[i]
        if node.shape:
            return None
        if not isinstance(node, Operation):
            operands[i] = str(node.name) if node.value is None else float(node.value)
            continue
        taken = [operands[source] for source in node.inputs]
        if all(isinstance(operand, float) for operand in taken):
            with np.errstate(all="ignore"):  # Python's own numbers would raise, or come to complex ones
                folded = float(node.gate.forward(*map(np.float64, taken), **node.options))
            if not math.isfinite(folded):
                return None
            operands[i] = folded
        elif node.gate.name in VALUE_GATES:
            operands[i] = len(steps)
            steps.append([node.gate.name, taken])
        else:
            return None
    if not steps or any(isinstance(operands[node], float) for node in asked.values()):
        return None
    reads = {ask: operands[node] for ask, node in asked.items()}
    return Interface(name, tuple(asked), {"kind": "value", "class": name, "program": steps, "reads": reads})


class _Reader:
    def __init__(
        self,
        values: Sequence[str],
        inputs: Sequence[str],
        packs: Mapping[str, Sequence[str]],
        accepted: Mapping[str, Sequence[str]],
    ) -> None:
        self.values, self.inputs, self.packs, self.accepted = values, inputs, packs, accepted

    def read_script(self, entry: Mapping[str, Any]) -> Interface:
        body = _only(entry, {"script"})["script"]
        body = _only(body, {"provides", "answers"})
        provides = {str(k): self.built(p) for k, p in _only(body.get("provides", {}), None).items()}
        answers = {str(k): self.asked(p) for k, p in _only(body.get("answers", {}), None).items()}
        reads = [{"names": [name], "pattern": pattern} for name, pattern in answers.items()]
        reads += [{"names": list(names), "pattern": ask} for ask, names in self.accepted.items()]
        spec = {"kind": "script", "provides": provides, "reads": reads}
        return Interface("script", tuple(self.accepted), spec)

    def read_function(self, entry: Mapping[str, Any]) -> Interface:
        _only(entry, {"function", "arguments", "returns", "start"})
        function = _identifier(entry["function"])
        given = entry.get("arguments", list(self.inputs))
        given = {_identifier(name): name for name in given} if isinstance(given, list) else _only(given, None)
        arguments = [self.argument(_identifier(name), pattern) for name, pattern in given.items()]
        pattern = self.returned(entry.get("returns", list(self.accepted)))
        asks = self.asks_of(pattern)
        start = entry.get("start", False)
        if not isinstance(start, bool):
            raise InterfaceError("`start` is true or false")
        names = {a: list(self.accepted[a]) for a in asks}
        spec = {"kind": "function", "function": function, "arguments": arguments, "returns": pattern, "names": names,
                "provides": {}, "start": start}  # fmt: skip
        return Interface(function, asks, spec)

    def read_class(self, entry: Mapping[str, Any]) -> Interface:
        _only(entry, {"class", "construct", "start", "state", "calls", "read", "base_classes"})
        calls = [self.call(text) for text in _list(entry.get("calls", []))]
        state = {path: self.built(p) for path, p in _paths(entry.get("state", {}))}
        read = {path: self.asked(p) for path, p in _paths(entry.get("read", {}))}
        start = {path: self.asked(p) for path, p in _paths(entry.get("start", {}))}
        name = _identifier(entry["class"])
        spec = {
            "kind": "class",
            "class": name,
            "construct": [self.built(a) for a in _list(entry.get("construct", []))],
            "start": start, "state": state, "calls": calls, "read": read,
            "base_classes": [_identifier(b) for b in _list(entry.get("base_classes", []))],
        }  # fmt: skip
        return Interface(name, self.asks_of([read, start, [c["returns"] for c in calls]]), spec)

    def read_procedure(self, entry: Mapping[str, Any], procedures: Mapping[str, Mapping[str, Any]]) -> Interface:
        _only(entry, {"procedure", "arguments"})
        function = _identifier(entry["procedure"])
        arguments = _list(entry.get("arguments", ["f", "x"]))
        roles = set(map(str, arguments))
        if not {"f", "x"} <= roles <= set(PROCEDURE_ROLES) or len(roles) < len(arguments):
            raise InterfaceError(
                "the arguments of a procedure are f and x, and h where the steps are given, in any order"
            )
        if not procedures:
            raise InterfaceError("this exercise asks for no procedure")
        calls = [{"ask": ask, **procedure} for ask, procedure in procedures.items()]
        if ("h" in arguments) != any(call["h"] for call in calls):
            raise InterfaceError("a procedure has an argument h where what is asked states `steps`, and only there")
        spec = {"kind": "procedure", "function": function, "arguments": arguments, "calls": calls}
        return Interface(function, tuple(procedures), spec)

    def call(self, entry: Any) -> dict[str, Any]:
        """A method's call: `method(argument, name=argument) -> result`, or a mapping where the result is nested."""
        if isinstance(entry, dict):
            _only(entry, {"method", "arguments", "keywords", "returns"})
            method, arguments = entry.get("method"), _list(entry.get("arguments", []))
            keywords, returns = _only(entry.get("keywords", {}), None), entry.get("returns")
        else:
            match = _CALL.fullmatch(str(entry))
            if not match:
                raise InterfaceError(f"`{entry}` is not of the form `method(argument, …) -> result`")
            parts = [part.strip() for part in match[2].split(",") if part.strip()]
            method, returns = match[1], match[3]
            arguments = [_number(part) for part in parts if "=" not in part]
            pairs = [part.partition("=") for part in parts if "=" in part]
            keywords = {name.strip(): _number(part.strip()) for name, _, part in pairs}
        return {
            "method": _identifier(method),
            "arguments": [self.built(a) for a in arguments],
            "keywords": {_identifier(name): self.built(a) for name, a in keywords.items()},
            "returns": self.returned(returns),
        }

    def argument(self, name: str, pattern: Any) -> dict[str, Any]:
        aliases = [*_PACK_ALIASES.get(name, [])]
        aliases += [other for other in (name.lower(), name.upper()) if other != name and other not in self.values]
        return {"name": name, "aliases": aliases, "pattern": self.built(pattern)}

    def built(self, pattern: Any) -> Any:
        """A pattern of values handed over."""
        if isinstance(pattern, str) and pattern in self.packs and pattern not in self.values:
            return {name: name for name in self.packs[pattern]}
        return _pattern(pattern, self.values, "a value of the exercise", numbers=True)

    def asked(self, pattern: Any) -> Any:
        """A pattern of asked quantities read back."""
        return _pattern(pattern, list(self.accepted), "asked")

    def returned(self, pattern: Any) -> Any:
        """The same, where `{dict: [...]}` is a result of which the order does not matter."""
        if isinstance(pattern, dict) and set(pattern) == {"dict"} and isinstance(pattern["dict"], list):
            pattern = pattern["dict"]
        return self.asked(pattern)

    def asks_of(self, pattern: Any) -> tuple[str, ...]:
        found = {leaf.removesuffix(".T") for leaf in _leaves(pattern)}
        return tuple(ask for ask in self.accepted if ask in found)


def _pattern(pattern: Any, names: Sequence[str], what: str, numbers: bool = False) -> Any:
    match pattern:
        case None:
            return None
        case str() if pattern.removesuffix(".T") in names:
            return pattern
        case int() | float() if numbers and not isinstance(pattern, bool):
            return pattern
        case list():
            return [_pattern(p, names, what, numbers) for p in pattern]
        case dict():
            return {str(key): _pattern(p, names, what, numbers) for key, p in pattern.items()}
    raise InterfaceError(f"`{pattern}` is not {what}")


def _leaves(pattern: Any) -> list[str]:
    match pattern:
        case str():
            return [pattern]
        case list():
            return [leaf for p in pattern for leaf in _leaves(p)]
        case dict():
            return [leaf for p in pattern.values() for leaf in _leaves(p)]
    return []


def _paths(nested: Any) -> Iterator[tuple[str, Any]]:
    """The leaves of nested attributes with their paths: `params.W1` of `{params: {W1: W}}`; in lists, places."""
    for key, pattern in _only(nested, None).items():
        if isinstance(pattern, list):
            pattern = dict(enumerate(pattern))
        name = key if isinstance(key, int) else _identifier(key)
        if isinstance(pattern, dict):
            yield from ((f"{name}.{path}", leaf) for path, leaf in _paths(pattern))
        else:
            yield str(name), pattern


def _number(text: str) -> str | float:
    """What an argument in a call's text is: a number, or a name."""
    if not _NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def _written(pattern: Any) -> str:
    """A pattern as Python writes it."""
    match pattern:
        case list():
            return f"[{_listed(pattern)}]"
        case dict():
            return "{" + ", ".join(f'"{key}": {_written(p)}' for key, p in pattern.items()) + "}"
    return str(pattern)


def _listed(patterns: Sequence[Any]) -> str:
    return ", ".join(map(_written, patterns))


def _call_written(call: Mapping[str, Any]) -> str:
    arguments = [*map(_written, call["arguments"]), *(f"{k}={_written(p)}" for k, p in call["keywords"].items())]
    returns = "" if isinstance(call["returns"], str | None) else f" -> {_written(call['returns']).replace('None', '_')}"
    return f"{call['method']}({', '.join(arguments)}){returns}"


def _operations(program: Sequence[Sequence[Any]]) -> list[str]:
    """The operations that the circuit needs, as one writes them."""
    return list(dict.fromkeys(_OPERATIONS.get(gate, f"{gate}()") for gate, _ in program))


def _list(items: Any) -> list[Any]:
    if not isinstance(items, list):
        raise InterfaceError("a list is expected here")
    return items


def _only(mapping: Any, keys: set[str] | None) -> Mapping[str, Any]:
    if not isinstance(mapping, dict):
        raise InterfaceError("a mapping is expected here")
    if keys is not None and (unknown := set(mapping) - keys):
        raise InterfaceError(f"`{min(unknown)}` is not known here; there are: {', '.join(sorted(keys))}")
    return mapping


def _identifier(name: Any) -> str:
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
        raise InterfaceError(f"`{name}` cannot be a name in Python code here")
    return name
