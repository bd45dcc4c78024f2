"""Untrusted YAML 1.2 as plain data with the line of every value, in bounded time and memory.

`1e-5` is a number and `no` a word; duplicate keys, aliases, anchors, tags and a second document are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)  # fmt: skip
from ruamel.yaml.nodes import ScalarNode

MAX_CHARACTERS = 64 * 1024
MAX_VALUES = 5_000
MAX_DEPTH = 12

Path = tuple[str | int, ...]


class YamlError(ValueError):
    """Text that is not the YAML we take; `line` is 1-based."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Document:
    """`data` as dicts, lists and scalars; `lines` maps each value's path to its 1-based line."""

    data: Any
    lines: dict[Path, int] = field(repr=False)

    def line(self, *path: str | int) -> int | None:
        """The line of the value at `path`, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read(text: str) -> Document:
    """The one document in `text`. Raises YamlError with the line and what is wrong."""
    if len(text) > MAX_CHARACTERS:
        raise YamlError(f"longer than {MAX_CHARACTERS // 1024} KiB", None)
    bad = next((i for i, c in enumerate(text) if c != "\n" and c != "\t" and not c.isprintable()), None)
    if bad is not None:
        raise YamlError(f"the character U+{ord(text[bad]):04X} is not allowed", text.count("\n", 0, bad) + 1)
    yaml = YAML(typ="safe", pure=True)
    lines: dict[Path, int] = {}
    try:
        events = iter(yaml.parse(text))
        started = False
        for event in events:
            if isinstance(event, DocumentStartEvent):
                if started:
                    raise YamlError("a second document begins: one exercise a file", event.start_mark.line + 1)
                started = True
                data = _build(next(events), events, (), lines, yaml.resolver)
        if not started:
            raise YamlError("the file is empty", 1)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not YAML"
        raise YamlError(f"not readable as YAML: {problem}", mark.line + 1 if mark else None) from None
    return Document(data, lines)


def _build(event: Any, events: Iterator[Any], path: Path, lines: dict[Path, int], resolver: Any) -> Any:
    line = event.start_mark.line + 1
    lines[path] = line
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
        raise YamlError("aliases and anchors (* and &) are not allowed", line)
    if getattr(event, "ctag", None) or getattr(event, "tag", None):
        raise YamlError("tags (!) are not allowed", line)
    if len(path) > MAX_DEPTH or len(lines) > MAX_VALUES:
        raise YamlError(f"nested more than {MAX_DEPTH} deep, or more than {MAX_VALUES} values", line)
    if isinstance(event, SequenceStartEvent):
        items: list[Any] = []
        while not isinstance(inner := next(events), SequenceEndEvent):
            items.append(_build(inner, events, (*path, len(items)), lines, resolver))
        return items
    if isinstance(event, MappingStartEvent):
        mapping: dict[str, Any] = {}
        while not isinstance(key := next(events), MappingEndEvent):
            if not isinstance(key, ScalarEvent):
                raise YamlError("a key must be plain text", key.start_mark.line + 1)
            if not key.value.isprintable():
                raise YamlError("an escaped control character is not allowed", key.start_mark.line + 1)
            if key.value in mapping:
                raise YamlError(f"the key `{key.value}` stands twice", key.start_mark.line + 1)
            mapping[key.value] = _build(next(events), events, (*path, key.value), lines, resolver)
            lines[(*path, key.value)] = key.start_mark.line + 1
        return mapping
    return _scalar(event, line, resolver)


def _scalar(event: ScalarEvent, line: int, resolver: Any) -> Any:
    kind = str(resolver.resolve(ScalarNode, event.value, event.implicit)).rsplit(":", 1)[-1]
    text = event.value
    try:
        match kind:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" if len(text) <= 30:
                return int(text.replace("_", ""), 0) if not text.lstrip("+-").isdigit() else int(text)
            case "float" if len(text) <= 30:
                return float(text)
    except ValueError:
        pass
    if not text.replace("\n", "").replace("\t", "").isprintable():
        raise YamlError("an escaped control character is not allowed", line)
    return str(text)
