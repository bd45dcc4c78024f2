"""The ways in which code may be handed in: a script, a function, a class.

An interface is read into plain data (`spec`) that the sandboxed child follows; see `grader.sandbox` for its meaning.
A *pattern* is the name of a value, or a list or dict of patterns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.messages import in_words

_CALL = re.compile(r"\s*(\w+)\s*\(([\w\s,]*)\)\s*(?:->\s*(\w+)\s*)?")
_PACK_ALIASES = {"parameters": ["params"]}


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
        spec, asks = self.spec, ", ".join(self.asks)
        match spec["kind"]:
            case "script":
                return in_words("interface_script", {"asks": asks}, language)
            case "function":
                arguments = ", ".join(a["name"] for a in spec["arguments"])
                call = f"{spec['function']}({arguments})"
                return in_words("interface_function", {"call": call, "asks": asks}, language)
        calls = ", ".join(f"{c['method']}({', '.join(c['arguments'])})" for c in spec["calls"])
        made = f"{spec['class']}({', '.join(spec['construct'])})"
        read = ", ".join([*spec["start"], *(a for a in spec["read"] if a not in spec["start"])])
        return in_words("interface_class", {"made": made, "calls": calls, "read": read}, language)


def read_interface(
    entry: Any,
    values: Sequence[str],
    inputs: Sequence[str],
    packs: Mapping[str, Sequence[str]],
    accepted: Mapping[str, Sequence[str]],
) -> Interface:
    """The interface that the YAML `entry` states, over the names of `values`; `packs` are the dicts handed over whole
    (`parameters`, `cache`), `accepted` the names under which each asked quantity may be answered.

    Raises InterfaceError.
    """
    if entry == "script":
        entry = {"script": {}}
    if not isinstance(entry, dict):
        raise InterfaceError("an interface is `script`, or has a key function or class")
    reader = _Reader(values, inputs, packs, accepted)
    for kind in ("script", "function", "class"):
        if kind in entry:
            return getattr(reader, f"read_{kind}")(entry)  # type: ignore[no-any-return]  # one of the three below
    raise InterfaceError("an interface is `script`, or has a key function or class")


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
        _only(entry, {"function", "arguments", "returns"})
        function = _identifier(entry["function"])
        given = entry.get("arguments", list(self.inputs))
        given = {name: name for name in given} if isinstance(given, list) else _only(given, None)
        arguments = [self.argument(_identifier(name), pattern) for name, pattern in given.items()]
        returns = entry.get("returns", list(self.accepted))
        if isinstance(returns, dict) and set(returns) == {"dict"} and isinstance(returns["dict"], list):
            returns = returns["dict"]
        pattern = self.asked(returns)
        asks = tuple(a for a in self.accepted if a in set(_leaves(pattern)))
        names = {a: list(self.accepted[a]) for a in asks}
        spec = {"kind": "function", "function": function, "arguments": arguments, "returns": pattern, "names": names,
                "provides": {}}  # fmt: skip
        return Interface(function, asks, spec)

    def read_class(self, entry: Mapping[str, Any]) -> Interface:
        _only(entry, {"class", "construct", "start", "state", "calls", "read", "base_classes"})
        calls = []
        for text in entry.get("calls", []):
            match = _CALL.fullmatch(str(text))
            if not match:
                raise InterfaceError(f"`{text}` is not of the form `method(argument, …) -> result`")
            arguments = [a.strip() for a in match[2].split(",") if a.strip()]
            calls.append(
                {"method": match[1], "arguments": [self.built(a) for a in arguments],
                 "returns": None if match[3] is None else self.asked(match[3])}
            )  # fmt: skip
        state = {_identifier(k): self.built(v) for k, v in _only(entry.get("state", {}), None).items()}
        read = {_identifier(k): self.asked(v) for k, v in _only(entry.get("read", {}), None).items()}
        start = {_identifier(k): self.asked(v) for k, v in _only(entry.get("start", {}), None).items()}
        found = {*read.values(), *start.values(), *(c["returns"] for c in calls)}
        name = _identifier(entry["class"])
        spec = {
            "kind": "class",
            "class": name,
            "construct": [self.built(a) for a in entry.get("construct", [])],
            "start": start, "state": state, "calls": calls, "read": read,
            "base_classes": [_identifier(b) for b in entry.get("base_classes", [])],
        }  # fmt: skip
        return Interface(name, tuple(a for a in self.accepted if a in found), spec)

    def argument(self, name: str, pattern: Any) -> dict[str, Any]:
        aliases = [*_PACK_ALIASES.get(name, [])]
        aliases += [other for other in (name.lower(), name.upper()) if other != name and other not in self.values]
        return {"name": name, "aliases": aliases, "pattern": self.built(pattern)}

    def built(self, pattern: Any) -> Any:
        """A pattern of values handed over."""
        if isinstance(pattern, str) and pattern in self.packs and pattern not in self.values:
            return {name: name for name in self.packs[pattern]}
        return _pattern(pattern, self.values, "a value of the exercise")

    def asked(self, pattern: Any) -> Any:
        """A pattern of asked quantities read back."""
        return _pattern(pattern, list(self.accepted), "asked")


def _pattern(pattern: Any, names: Sequence[str], what: str) -> Any:
    match pattern:
        case None:
            return None
        case str() if pattern in names:
            return pattern
        case list():
            return [_pattern(p, names, what) for p in pattern]
        case dict():
            return {str(key): _pattern(p, names, what) for key, p in pattern.items()}
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
