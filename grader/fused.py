"""Chains of elementwise gates as single gates: the same program in fewer steps.

A fused gate is an elementwise gate whose definition is put together from those of its links, so its function and its
local gradients are derived like any other's, and common subexpressions are computed once. The logarithm of a sigmoid
is written with softplus, log(1 + exp(x)), which neither rounds to log(0) nor needs a second logarithm.

Chains of which all is known beforehand are those of the catalogue's exercises. To load SymPy and derive another one
takes far longer than its links take apart, however often a submission has them evaluated: only a very large check pays
for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from grader.elementwise import LETTERS, Elementwise
from grader.nodes import Input, Node, Operation

SMOOTH = frozenset(
    ("add", "subtract", "multiply", "divide", "negative", "power", "exp", "log", "sqrt", "sin", "cos", "tanh",
     "sigmoid", "softplus")
)  # fmt: skip
"""Gates without kinks and branches: those with them stay apart, so that who crosses one is seen."""
CHEAP = frozenset(("add", "subtract", "multiply", "negative"))
"""Gates that a chain computes again rather than read their value, where nothing moves them: they may cancel."""
LONGEST = 400
"""Characters of a fused definition: a chain that uses a long link often is cut there."""

Steps = tuple[tuple[int, Operation], ...]


def fused(nodes: Sequence[Node], moving: Sequence[int], sources: frozenset[int], known: bool) -> Steps:
    """The operations among the nodes `moving`, which lead from `sources` to the last of them, with the nodes that they
    compute, in order of evaluation; of chains, only the `known` ones fused, or all. The value of every one of `sources`
    is computed, or read, as a node of its own."""
    return _Chains(nodes, moving, sources).steps(known)


class _Chains:
    def __init__(self, nodes: Sequence[Node], moving: Sequence[int], sources: frozenset[int]) -> None:
        self.nodes, self.moving, self.sources = nodes, moving, sources
        self.last = self._last_links()
        self.links: dict[int, str] = {}
        """What is computed within a chain, over `v12` for the value of node 12."""

    def steps(self, known: bool) -> Steps:
        """In order of evaluation; with `known`, the links of chains that are not known as the steps that they are."""
        found = self._fused()
        if known:
            apart = {self.last[i] for i, step in found if isinstance(step.gate, Elementwise) and not step.gate.known}
            links = ((i, self.nodes[i]) for i in self.moving if self.last[i] in apart)
            found = [(i, step) for i, step in found if self.last[i] not in apart]
            found += [(i, link) for i, link in links if isinstance(link, Operation)]
        return tuple(sorted(found))

    def _fused(self) -> list[tuple[int, Operation]]:
        found: list[tuple[int, Operation]] = []
        for i in self.moving:
            node = self.nodes[i]
            if not isinstance(node, Operation):
                continue
            if not self._smooth(node):
                found.append((i, node))
                continue
            text = self._applied(node)
            if len(text) > LONGEST or len(_read(text)) > len(LETTERS):
                for s in node.inputs:  # cut here
                    if s in self.links and isinstance(link := self.nodes[s], Operation):
                        found.append((s, self._step(link, self.links.pop(s))))
                text = self._applied(node)
            if len(_read(text)) > len(LETTERS):  # what does not move is read, however cheap
                operands = dict(zip(LETTERS, (f"v{s}" for s in node.inputs), strict=False))
                text = _with_operands(node, operands)
            if self.last[i] == i:
                found.append((i, self._step(node, text)))
            else:
                self.links[i] = text
        return found

    def _last_links(self) -> dict[int, int]:
        """The last node of the chain that each moving node is a link of: itself, unless all that read it are links of
        one chain. Operands that broadcast stay apart, since their gradients are summed."""
        readers: dict[int, list[int]] = {i: [] for i in self.moving}
        for i in self.moving:
            for s in self.nodes[i].inputs:
                if s in readers:
                    readers[s].append(i)
        last: dict[int, int] = {}
        for i in reversed(self.moving):
            node = self.nodes[i]
            ends = {last[r] for r in readers[i]}
            inside = (
                i != self.moving[-1] and i not in self.sources and self._smooth(node) and len(ends) == 1
                and all(self._smooth(self.nodes[r]) and self.nodes[r].shape == node.shape for r in readers[i])
                and all(self.nodes[s].shape == node.shape for s in node.inputs if s in readers)
            )  # fmt: skip
            last[i] = ends.pop() if inside else i
        return last

    def _smooth(self, node: object) -> bool:
        return isinstance(node, Operation) and node.gate.name in SMOOTH

    def _applied(self, operation: Operation) -> str:
        assert isinstance(operation.gate, Elementwise)
        if operation.gate.name == "log" and (logarithm := self._of_sigmoid(operation.inputs[0])):
            return logarithm
        operands = dict(zip(LETTERS, map(self._operand, operation.inputs), strict=False))
        return _with_operands(operation, operands)

    def _of_sigmoid(self, i: int) -> str | None:
        """The logarithm of node i where that is a sigmoid, or 1 less a sigmoid, within the chain."""
        node = self.nodes[i]
        if i not in self.links or not isinstance(node, Operation):
            return None
        if node.gate.name == "sigmoid":
            x = self._operand(node.inputs[0])
            return f"({x} - log(1 + exp({x})))"
        if node.gate.name == "subtract":
            one, s = node.inputs
            number, sigmoid = self.nodes[one], self.nodes[s]
            if isinstance(number, Input) and number.value == 1 and s in self.links and isinstance(sigmoid, Operation):
                if sigmoid.gate.name == "sigmoid":
                    return f"(-log(1 + exp({self._operand(sigmoid.inputs[0])})))"
        return None

    def _operand(self, i: int) -> str:
        node = self.nodes[i]
        if i in self.links:
            return f"({self.links[i]})"
        if isinstance(node, Input) and node.value is not None:
            return f"(Rational({node.value.numerator}, {node.value.denominator}))"
        if i not in self.last and isinstance(node, Operation) and node.gate.name in CHEAP:
            return f"({self._applied(node)})"
        return f"v{i}"

    def _step(self, operation: Operation, text: str) -> Operation:
        read = _read(text)
        letters = {f"v{i}": letter for i, letter in zip(read, LETTERS, strict=False)}
        definition = _replaced(text, r"\bv\d+\b", letters.__getitem__)
        gate = operation.gate if read == operation.inputs else Elementwise("fused", len(read), definition)
        return Operation(gate, read, {}, operation.shape)


def _read(text: str) -> tuple[int, ...]:
    """The nodes whose values a definition reads."""
    return tuple(dict.fromkeys(int(name) for name in re.findall(r"\bv(\d+)\b", text)))


def _with_operands(operation: Operation, operands: Mapping[str, str]) -> str:
    assert isinstance(operation.gate, Elementwise)
    return _replaced(operation.gate.definition, rf"\b[{LETTERS[: operation.gate.arity]}]\b", operands.__getitem__)


def _replaced(text: str, pattern: str, by: Callable[[str], str]) -> str:
    return re.sub(pattern, lambda match: by(match[0]), text)
