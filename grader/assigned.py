"""Which lines of a student's source give each asked quantity its value, told by the source's tokens alone.

The text is hostile and may nest so deeply that a parser's stack ends: it is cut into tokens and neither parsed nor
compiled. What is seen: `name = …`, `object.name = …`, `object["name"] = …`, `{"name": …}`, and an entry of
`return a, b` where as many are asked; where such an entry is itself only a name, the lines that give it its value.
What is not seen is not told: a value that comes out of a loop over names, or of `update`.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from tokenize import TokenInfo
from typing import Any

from grader.exercise import Exercise, Gradient
from grader.interface import Interface
from grader.report import GradientReport, Report

LONGEST = 20_000
"""Characters of a source that are looked through."""
_LONGEST_VALUE = 300
"""Tokens of an entry of a dict."""
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_ASSIGN = frozenset(("=", "+=", "-=", "*=", "/=", "@=", "**="))
_SILENT = frozenset((tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING))

Place = tuple[int, int]
"""A part of the source and a line of it, both counted from 1."""


def assigned_lines(
    parts: Sequence[str], interface: Interface | None, asked: Collection[str], values: Collection[str] = ()
) -> dict[str, tuple[Place, ...]]:
    """For each of `asked` the lines, in order, that give it its value; empty where they cannot be known. `parts` are
    the cells of a notebook, or a file as the only one. `values` are the names of the exercise's own values: under such
    a name (`grads["W1"]`) a gradient is known only in something that is called `grad…`."""
    if sum(map(len, parts)) > LONGEST:
        return {name: () for name in asked}
    statements = [Statement(part, tokens) for part, text in enumerate(parts, 1) for tokens in _statements(text)]
    returned = _in_order(interface)
    return {name: _lines(name, statements, _names(interface, name), returned, values) for name in asked}


def lines_at_fault(
    parts: Sequence[str], exercise: Exercise, report: Report
) -> dict[str, tuple[str, tuple[Place, ...]]]:
    """Where to look for what made each wrong gradient of the report wrong, by its name: the lines that compute the
    gradient where the mistake was made, with its name (`dZ1`), if the source has it under that name and it is not
    known to be right; else its own. What only follows from another one is left out, and what has no lines."""
    interface = next((way for way in exercise.interfaces if way.name == report.interface), None)
    wrong = [g for g in report.gradients if g.verdict not in ("match", "missing", "follow_through")]
    right = _right(exercise, report)
    called = {g.name: [*_on_the_way(exercise, g, right), g.name] for g in wrong}
    names = {name for several in called.values() for name in several}
    lines = assigned_lines(parts, interface, names, exercise.program.names)
    return {
        name: next((other, lines[other]) for other in several if lines[other])
        for name, several in called.items()
        if any(lines[other] for other in several)
    }


def _right(exercise: Exercise, report: Report) -> set[int]:
    """The nodes whose gradients the student has right: those that were judged so, and what these are computed from."""
    program, found = exercise.program, set[int]()
    for ask in exercise.asks:
        if isinstance(ask, Gradient) and any(g.name == ask.name and g.verdict == "match" for g in report.gradients):
            found |= program.between(frozenset([ask.node]), ask.objective).keys()
    return found


def _on_the_way(exercise: Exercise, gradient: GradientReport, right: Collection[int]) -> list[str]:
    """How the gradients are called that the first mistake found in this one spoils before it, the nearest to the
    mistake first; those at nodes in `right` left out."""
    first = gradient.findings[0] if gradient.findings else None
    program, at = exercise.program, (first and (first.parameters.get("likely") or first.at)) or ""
    place = program.names.get(at, program.names.get(at.removeprefix("d")))
    target = program.names.get(gradient.wrt or "")
    if at == gradient.name or place is None or target is None:
        return []
    way = (program.ancestors(place) & program.dependents([target])) - set(right)
    if at in program.names:
        way -= {place}  # a wrong local rule of a step spoils the gradients of its inputs
    steps = sorted(((i, name) for name, i in program.names.items() if i in way), reverse=True)
    return [f"d{name}" for _, name in steps]


@dataclass(frozen=True)
class Statement:
    """A logical line: its tokens, without comments and line ends, in that part of the source."""

    part: int
    tokens: list[TokenInfo]

    def lines(self, tokens: Sequence[TokenInfo]) -> set[Place]:
        """The lines on which `tokens` stand."""
        return {(self.part, line) for line in range(tokens[0].start[0], tokens[-1].end[0] + 1)} if tokens else set()

    @cached_property
    def targets(self) -> list[list[TokenInfo]]:
        """What it assigns to."""
        pieces = _split(self.tokens, _ASSIGN)[:-1]
        return [target for piece in pieces for target in _split(_after_colon(piece), frozenset(","))]

    @cached_property
    def of_gradients(self) -> bool:
        """Whether what it assigns to is called `grad…`."""
        return _of_gradients(self.targets)

    @cached_property
    def entries(self) -> list[tuple[str, list[TokenInfo]]]:
        """Each `"key": value` of a dict in it, with the tokens of the value."""
        found = []
        for i, (key, colon) in enumerate(pairwise(self.tokens)):
            before = self.tokens[i - 1].string if i else ""
            if colon.string == ":" and key.type == tokenize.STRING and before in ("{", ","):
                found.append((_text(key), _until_end(self.tokens[i + 2 : i + 2 + _LONGEST_VALUE])))
        return found

    @cached_property
    def returned(self) -> list[list[TokenInfo]]:
        """What `return` gives back, one by one."""
        if not self.tokens or self.tokens[0].string != "return":
            return []
        tokens = self.tokens[1:]
        if tokens and tokens[0].string in ("(", "[") and len(_split(tokens[:-1], frozenset(","))) == 1:
            inside = _split(tokens[1:-1], frozenset(","))  # one bracket, if it closes at the end, around them all
            return [part for part in inside if part]
        return _split(tokens, frozenset(","))


def _statements(text: str) -> Iterator[list[TokenInfo]]:
    found: list[TokenInfo] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")).readline):
            if token.type == tokenize.NEWLINE or token.string == ";":
                yield found
                found = []
            elif token.type not in _SILENT:
                found.append(token)
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass  # what comes before is known all the same
    yield found


def _lines(
    name: str, statements: Sequence[Statement], names: set[str], returned: Sequence[str], values: Collection[str]
) -> tuple[Place, ...]:
    found: set[Place] = set()
    plain = {other for other in names if other == name or other not in values}
    followed: set[str] = set()
    while plain - followed:
        followed |= plain
        for statement in statements:
            if any(_is_one(target, plain, names) for target in statement.targets):
                found |= statement.lines(statement.tokens)
            given = [v for key, v in statement.entries if _known(key, plain, names, statement.of_gradients)]
            if name in returned and len(statement.returned) == len(returned):
                given.append(statement.returned[returned.index(name)])
            for value in given:  # a value that is only a name gets its value where that does
                plain |= _only_name(value)
                found |= set() if _only_name(value) else statement.lines(value)
    return tuple(sorted(found))


def _is_one(target: Sequence[TokenInfo], plain: set[str], names: set[str]) -> bool:
    """Whether the target is the quantity, or an entry of it."""
    match [token.string for token in target]:
        case [name] | [name, "[", *_] if name in plain:
            return True
        case [*before, ".", name] | [*before, ".", name, "[", _, "]"] if name in names:
            return _known(name, plain, names, _of_gradients([target[: len(before)]]))
        case [*before, "[", key, "]"] if target[-2].type == tokenize.STRING:
            return _known(key.strip("\"'"), plain, names, _of_gradients([target[: len(before)]]))
    return False


def _known(key: str, plain: set[str], names: set[str], of_gradients: bool) -> bool:
    return key in plain or (key in names and of_gradients)


def _of_gradients(targets: Sequence[Sequence[TokenInfo]]) -> bool:
    return any("grad" in token.string.lower() for target in targets for token in target)


def _only_name(tokens: Sequence[TokenInfo]) -> set[str]:
    return {tokens[0].string} if len(tokens) == 1 and tokens[0].type == tokenize.NAME else set()


def _text(key: TokenInfo) -> str:
    return key.string.strip("\"'")


def _split(tokens: Sequence[TokenInfo], signs: Collection[str]) -> list[list[TokenInfo]]:
    """The tokens between those `signs` that stand in no bracket."""
    pieces: list[list[TokenInfo]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.string in _OPEN) - (token.string in _CLOSE)
        if depth == 0 and token.string in signs:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return pieces


def _after_colon(tokens: Sequence[TokenInfo]) -> list[TokenInfo]:
    """`if a: b` is b, `b: int` is b."""
    pieces = _split(tokens, frozenset(":"))
    annotated = len(pieces) == 2 and len(pieces[0]) == 1
    return pieces[0] if annotated else pieces[-1]


def _until_end(tokens: Sequence[TokenInfo]) -> list[TokenInfo]:
    """Up to the comma or bracket that ends this value."""
    depth, found = 0, []
    for token in tokens:
        if depth == 0 and (token.string == "," or token.string in _CLOSE):
            break
        depth += (token.string in _OPEN) - (token.string in _CLOSE)
        found.append(token)
    return found


def _names(interface: Interface | None, name: str) -> set[str]:
    """Under what names this interface reads the asked quantity; the last part of a path."""
    spec: Mapping[str, Any] = interface.spec if interface else {}
    found = {name, *spec.get("names", {}).get(name, ())}
    for read in spec.get("reads", ()) if spec.get("kind") == "script" else ():
        found |= set(read["names"]) if read["pattern"] == name else set()
    patterns = [spec.get("returns"), spec.get("read"), spec.get("start"), *(c["returns"] for c in _calls(spec))]
    for pattern in patterns:
        found |= {path.rpartition(".")[2] for path in _keys(pattern, name)}
    return {key for key in found if key.isidentifier()}


def _calls(spec: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return spec.get("calls", ()) if spec.get("kind") == "class" else ()


def _keys(pattern: Any, name: str) -> Iterator[str]:
    """The keys under which `name` stands in a pattern of results."""
    for key, inner in pattern.items() if isinstance(pattern, Mapping) else ():
        if isinstance(inner, str) and inner.removesuffix(".T") == name:
            yield str(key)
    if isinstance(pattern, Mapping | list):
        for inner in pattern.values() if isinstance(pattern, Mapping) else pattern:
            yield from _keys(inner, name)


def _in_order(interface: Interface | None) -> list[str]:
    """The asked quantities of a function that returns several of them as a tuple."""
    returns = interface.spec.get("returns") if interface else None
    if not isinstance(returns, list) or not all(isinstance(ask, str) for ask in returns):
        return []
    return [ask.removesuffix(".T") for ask in returns]
