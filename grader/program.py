"""A forward program: statements over named arrays, read once, evaluated and swept backward for any dimensions.

The program is a table of nodes in the order of evaluation; equal subexpressions are one node. Everything else about
an exercise (shapes, exact gradients, the numerical check) is derived from this table and the table of gates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from grader.backward import Sweep, reverse, run
from grader.expressions import Apply, ExpressionError, evaluate, gates_of, parse, parse_statement, written_out
from grader.fused import Steps, fused
from grader.gates import GATES
from grader.nodes import Input as Input
from grader.nodes import Node as Node
from grader.nodes import Operation as Operation
from grader.shapes import Dimension, Dimensions, ShapeError, same_size, size_of, written

MAX_STATEMENTS = 200
MAX_NODES = 2_000
MAX_APPLIED = 10_000
"""Gates of all expressions together, where equal ones are counted each: what reading takes is proportional to them."""


class ProgramError(ValueError):
    """A forward program that cannot be read; `line` is 1-based within its text."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


Evaluation = Callable[[Sequence[Any]], Any]
"""The value of a node, from those of the nodes before it."""


@dataclass(frozen=True, eq=False)
class _Pass:
    """A forward and a backward pass: the numbers of the program (None elsewhere), its inputs, what is evaluated that
    does not move with the nodes wanted and what does, and the sweep."""

    numbers: tuple[float | None, ...]
    inputs: tuple[tuple[int, str], ...]
    fixed: tuple[tuple[int, Evaluation], ...]
    moving: tuple[tuple[int, Evaluation], ...]
    sweep: Sweep

    def unmoved(self, given: Mapping[str, Any]) -> list[Any]:
        values: list[Any] = list(self.numbers)
        for i, name in self.inputs:
            values[i] = given[name]
        for i, of in self.fixed:
            values[i] = of(values)
        return values


def evaluation(node: Operation) -> Evaluation:
    """How to compute the node."""
    forward = partial(node.gate.forward, **node.options) if node.options else node.gate.forward
    if len(node.inputs) == 1:
        (a,) = node.inputs
        return lambda values: forward(values[a])
    if len(node.inputs) == 2:
        a, b = node.inputs
        return lambda values: forward(values[a], values[b])
    return lambda values: forward(*(values[i] for i in node.inputs))


Consumers = Sequence[tuple[int, Sequence[tuple[int, int]]]]
"""Nodes, each with what reads it: (node, position of the input)."""


@dataclass(eq=False)
class Program:
    """Nodes in order of evaluation, and which of them have names. Build it with `given` and `read`; after that it is
    only read."""

    nodes: list[Node] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    dimensions: dict[str, Dimension] = field(default_factory=dict)
    """Each letter with its spelling: itself, or what it is derived from (`d1*d2`)."""
    functions: dict[str, str] = field(default_factory=dict)
    """Further names for functions of the language: a choice of the exercise."""
    _known: dict[object, int] = field(default_factory=dict, repr=False)
    _applied: int = field(default=0, repr=False)
    _numbers: dict[int, Any] = field(default_factory=dict, repr=False)
    """Of nodes that are computed from numbers alone, the number that they come to."""
    _between: dict[tuple[frozenset[int], int], dict[int, None]] = field(default_factory=dict, repr=False)
    _read_by: dict[tuple[frozenset[int], int], Consumers] = field(default_factory=dict, repr=False)
    _steps: dict[tuple[frozenset[int], int, bool], Steps] = field(default_factory=dict, repr=False)
    _sweeps: dict[tuple[frozenset[int], int], Sweep] = field(default_factory=dict, repr=False)
    _passes: dict[tuple[tuple[int, ...], int], _Pass] = field(default_factory=dict, repr=False)
    _evaluations: list[Evaluation] = field(default_factory=list, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """All but the functions that it put together, which are put together again."""
        return {**vars(self), "_sweeps": {}, "_passes": {}, "_evaluations": []}

    # ------------------------------------------------------------------------------------------------ building

    def given(self, name: str, shape: Dimensions) -> int:
        """Add an input of `shape`."""
        self.names[name] = self._append(Input(name, shape), key=("input", name))
        return self.names[name]

    def dimension(self, name: str, derived_from: Dimension | None = None) -> int:
        """Add a dimension: a number that is given with each trial."""
        self.dimensions[name] = name if derived_from is None else derived_from
        return self.given(name, ())

    def constant(self, name: str, value: Fraction) -> None:
        """Add a name for a number."""
        self.names[name] = self.number(value)

    def read(self, text: str) -> list[str]:
        """Add the statements of `text`, one `name = expression` a line; the names assigned, in order.

        Raises ProgramError with the line.
        """
        assigned: list[str] = []
        for number, line in enumerate(text.splitlines(), 1):
            line = line.split("#", 1)[0]
            if not line.strip():
                continue
            sides = parse_statement(line)
            if sides is None:
                raise ProgramError(f"`{line.strip()[:60]}` is not of the form `name = expression`", number)
            name, expression = sides
            if name in self.names:
                raise ProgramError(f"`{name}` already has a value: give each step a name of its own", number)
            if len(assigned) == MAX_STATEMENTS:
                raise ProgramError(f"more than {MAX_STATEMENTS} statements", number)
            try:
                node = self.add(expression)
            except ProgramError as error:
                shown = expression if len(expression) <= 200 else expression[:199] + "…"
                raise ProgramError(f"{name} = {shown}: {error}", number) from None
            if node in self.names.values():
                raise ProgramError(f"`{name}` is only another name for an earlier value", number)
            self.names[name] = node
            assigned.append(name)
        return assigned

    def add(self, text: str) -> int:
        """Add the expression `text`; the node of its value. Raises ProgramError."""
        try:
            tree = parse(text, self.names, functions=self.functions)
            self._applied += gates_of(tree)
            if self._applied > MAX_APPLIED:
                raise ProgramError(f"the expressions have more than {MAX_APPLIED} gates, equal ones counted each time")
            node: int = evaluate(tree, self.names, self.number, self._finite)
        except (ExpressionError, ShapeError) as error:
            raise ProgramError(str(error)) from None
        return node

    def copy(self) -> Program:
        """The same program, to be added to: its nodes are the first of the new one's."""
        return Program(list(self.nodes), dict(self.names), self.dimensions, self.functions, dict(self._known))

    def number(self, value: Fraction) -> int:
        """Add a number; its node."""
        return self._append(Input(None, (), value), key=("number", value))

    def apply(self, expression: Apply, inputs: Sequence[int]) -> int:
        """Add the gate of `expression` on the nodes `inputs`; its node. Raises ShapeError, ProgramError."""
        gate = GATES[expression.gate]
        shape, options = gate.settle(tuple(self.nodes[i].shape for i in inputs), dict(expression.options))
        if unknown := [d for d in options.get("shape", ()) if isinstance(d, str) and d not in self.dimensions]:
            raise ShapeError("not_a_dimension", name=unknown[0])
        if gate.name == "reshape" and not same_size(self.nodes[inputs[0]].shape, shape, self.dimensions):
            raise ShapeError("other_size", one=written(self.nodes[inputs[0]].shape), other=written(shape))
        shape = tuple(self._lettered(d) for d in shape)
        key = (gate.name, tuple(inputs), tuple(options.items()))
        return self._append(Operation(gate, tuple(inputs), options, shape), key)

    def _finite(self, expression: Apply, inputs: Sequence[int]) -> int:
        """`apply`, for an expression of an exercise, in which what is computed from numbers alone must be finite."""
        index = self.apply(expression, inputs)
        operation = self._operation(index)
        if operation.shape or index in self._numbers:
            return index
        given = [self._number_at(i) for i in inputs]
        if all(number is not None for number in given):
            with np.errstate(all="ignore"):
                self._numbers[index] = np.float64(operation.gate.forward(*given, **operation.options))
            if not np.isfinite(self._numbers[index]):
                text = written_out(expression)
                raise ProgramError(f"`{text[:60]}` is not a finite number: write another in its place")
        return index

    def _number_at(self, index: int) -> Any:
        """The number that the node is or comes to as it is computed from numbers alone; None for any other."""
        node = self.nodes[index]
        if isinstance(node, Operation):
            return self._numbers.get(index)
        return None if node.value is None else np.float64(node.value)

    def _lettered(self, dimension: Dimension) -> Dimension:
        """A computed dimension under the letter that was declared for it."""
        if isinstance(dimension, int) or dimension in self.dimensions:
            return dimension
        letter = next((letter for letter, spelled in self.dimensions.items() if spelled == dimension), None)
        if letter is None:
            raise ShapeError("undeclared_dimension", dimension=dimension)
        return letter

    def _append(self, node: Node, key: object) -> int:
        if key not in self._known:
            if len(self.nodes) == MAX_NODES:
                raise ProgramError(f"the program has more than {MAX_NODES} gates")
            self.nodes.append(node)
            self._known[key] = len(self.nodes) - 1
        return self._known[key]

    # ------------------------------------------------------------------------------------------------ structure

    def shape_of(self, node: int, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """The node's shape in numbers."""
        return tuple(size_of(d, sizes) for d in self.nodes[node].shape)

    def dependents(self, sources: Iterable[int]) -> set[int]:
        """The nodes that change with `sources`, these included."""
        found = set(sources)
        for i, node in enumerate(self.nodes):
            if not found.isdisjoint(node.inputs):
                found.add(i)
        return found

    def between(self, sources: frozenset[int], objective: int) -> dict[int, None]:
        """The nodes that lead from `sources` to `objective`, both included, in backward order."""
        if (sources, objective) not in self._between:
            found = self.dependents(sources) & self.ancestors(objective)
            self._between[sources, objective] = dict.fromkeys(sorted(found, reverse=True))
        return self._between[sources, objective]

    def steps(self, sources: frozenset[int], objective: int, known: bool = True) -> Steps:
        """The operations that lead from `sources` to `objective`: with the chains fused that are known, or with all."""
        if (asked := (sources, objective, known)) not in self._steps:
            self._steps[asked] = fused(self.nodes, sorted(self.between(sources, objective)), sources, known)
        return self._steps[asked]

    def ancestors(self, node: int) -> set[int]:
        """The nodes that `node` is computed from, itself included."""
        found = {node}
        for i in range(node, -1, -1):
            if i in found:
                found.update(self.nodes[i].inputs)
        return found

    def name_of(self, node: int) -> str | None:
        return next((name for name, i in self.names.items() if i == node), None)

    # ------------------------------------------------------------------------------------------------ evaluation

    def forward(
        self,
        values: Mapping[str, Any],
        number: Callable[[Fraction], Any] = float,
        apply: Callable[[Operation, list[Any]], Any] | None = None,
    ) -> list[Any]:
        """The value of every node, from the values of inputs and dimensions; float64 unless `apply` computes gates on
        other numbers."""
        for node in self.nodes[len(self._evaluations) :]:
            self._evaluations.append(evaluation(node) if isinstance(node, Operation) else lambda values: None)
        computed: list[Any] = []
        with np.errstate(all="ignore"):
            for node, evaluate in zip(self.nodes, self._evaluations, strict=True):
                if isinstance(node, Input):
                    computed.append(values[node.name or ""] if node.value is None else number(node.value))
                elif apply is None:
                    computed.append(evaluate(computed))
                else:
                    computed.append(apply(node, [computed[i] for i in node.inputs]))
        return computed

    def forward_from(self, values: Sequence[Any], node: int, value: Any) -> list[Any]:
        """The value of every node if `node` had another value."""
        moved, changed = list(values), self.dependents([node])
        moved[node] = value
        with np.errstate(all="ignore"):
            for i, operation in enumerate(self.nodes):
                if i in changed and i != node and isinstance(operation, Operation):
                    moved[i] = operation.gate.forward(*(moved[s] for s in operation.inputs), **operation.options)
        return moved

    def backward(
        self, values: Sequence[Any], objective: int, wanted: Iterable[int], at_kink: float = 0.5
    ) -> dict[int, Any]:
        """The reverse sweep: the gradient of the scalar node `objective` with respect to each wanted node, in that
        node's shape (zeros where it does not depend on it). The steps of the sweep are derived once, which takes
        milliseconds: a program that is used once is better served by `sweep`."""
        sources = tuple(wanted)
        key = frozenset(sources), objective
        if key not in self._sweeps:
            self._sweeps[key] = reverse(self.nodes, self.steps(*key), frozenset(self.between(*key)), key[0])
        with np.errstate(all="ignore"):
            found = run(self._sweeps[key], values, objective, at_kink)
        return {i: found[i] if i in found else np.zeros(np.shape(values[i])) for i in sources}

    def unmoved(self, given: Mapping[str, Any], objective: int, wanted: Sequence[int]) -> list[Any]:
        """From the values of inputs and dimensions, these and those of the nodes that the objective is computed from
        and that do not move with `wanted`; None for all other nodes."""
        with np.errstate(all="ignore"):
            return self._pass(tuple(wanted), objective).unmoved(given)

    def gradients(self, given: Mapping[str, Any], objective: int, wanted: Sequence[int]) -> dict[int, Any]:
        """As `backward`, from the values of inputs and dimensions: only what the gradients need is evaluated."""
        way = self._pass(tuple(wanted), objective)
        with np.errstate(all="ignore"):
            values = way.unmoved(given)
            for i, of in way.moving:
                values[i] = of(values)
            found = run(way.sweep, values, objective, at_kink=0.5)
        return {i: found[i] if i in found else np.zeros(np.shape(values[i])) for i in wanted}

    def _pass(self, wanted: tuple[int, ...], objective: int) -> _Pass:
        if (wanted, objective) not in self._passes:
            sources = frozenset(wanted)
            steps, moving = self.steps(sources, objective), self.between(sources, objective)
            read = {objective, *wanted}.union(*(step.inputs for _, step in steps)) - moving.keys()
            needed = sorted(set().union(*map(self.ancestors, read)) - moving.keys())
            inputs = [(i, node) for i, node in enumerate(self.nodes) if isinstance(node, Input)]
            numbers = {i: float(node.value) for i, node in inputs if node.value is not None}
            self._passes[wanted, objective] = _Pass(
                tuple(numbers.get(i) for i in range(len(self.nodes))),
                tuple((i, node.name) for i, node in inputs if node.name is not None),
                tuple((i, evaluation(node)) for i in needed if isinstance(node := self.nodes[i], Operation)),
                tuple((i, evaluation(step)) for i, step in steps),
                reverse(self.nodes, steps, frozenset(moving), sources),
            )
        return self._passes[wanted, objective]

    def magnitudes(self, values: Sequence[Any], objective: int, wanted: Iterable[int]) -> dict[int, Any]:
        """The reverse sweep with absolute values, the sum of |paths|: what rounding can honestly reach."""
        wanted = tuple(wanted)

        def rule(index: int, position: int, upstream: Any) -> Any:
            node = self._operation(index)
            inputs = [values[i] for i in node.inputs]
            return node.gate.magnitude(position, upstream, values[index], inputs, node.options)

        return self._wanted(values, wanted, self.sweep(objective, wanted, rule))

    def vjp(self, values: Sequence[Any], index: int, position: int, upstream: Any, at_kink: float = 0.5) -> Any:
        """What the gate at node `index` passes on to its input at `position` of the gradient `upstream`."""
        node = self._operation(index)
        inputs = [values[i] for i in node.inputs]
        return node.gate.vjp(position, upstream, values[index], inputs, node.options, at_kink)

    def sweep(
        self, objective: int, wanted: Iterable[int], rule: Callable[[int, int, Any], Any],
        arrived: Callable[[int, Any], Any] | None = None, before: Mapping[int, Any] | None = None,
        changed: Iterable[int] = (),
    ) -> dict[int, Any]:  # fmt: skip
        """The reverse sweep with any rules: `rule(node, position, upstream)` is what a node passes on to its input at
        that position (None where it passes nothing), `arrived(node, gradient)` what a node makes of the sum that
        reached it. The gradient of every node that one reached. With the gradients of an earlier sweep, `before`, only
        those of the `changed` nodes are computed anew, and what comes of them."""
        gradients = dict(before or {})
        anew = {objective} if before is None else set(changed)
        with np.errstate(all="ignore"):
            for index, consumers in self._consumers(frozenset(wanted), objective):
                if index not in anew:
                    continue
                gradient = np.float64(1.0) if index == objective else None
                for consumer, position in consumers:
                    share = rule(consumer, position, gradients[consumer]) if consumer in gradients else None
                    if share is not None:
                        gradient = share if gradient is None else gradient + share
                if gradient is not None and arrived is not None:
                    gradient = arrived(index, gradient)
                if gradient is gradients.get(index):
                    continue
                anew.update(self.nodes[index].inputs)
                if gradient is None:
                    del gradients[index]
                else:
                    gradients[index] = gradient
        return gradients

    def _consumers(self, sources: frozenset[int], objective: int) -> Consumers:
        """The nodes that lead from `sources` to `objective` in backward order, each with those of them that it is an
        input of, and at which position."""
        if (sources, objective) not in self._read_by:
            found: dict[int, list[tuple[int, int]]] = {i: [] for i in self.between(sources, objective)}
            for index in found:
                for position, source in enumerate(self.nodes[index].inputs):
                    if source in found:
                        found[source].append((index, position))
            self._read_by[sources, objective] = list(found.items())
        return self._read_by[sources, objective]

    def _wanted(self, values: Sequence[Any], wanted: Iterable[int], found: Mapping[int, Any]) -> dict[int, Any]:
        return {i: found[i] if i in found else np.zeros(np.shape(values[i])) for i in wanted}

    def _operation(self, index: int) -> Operation:
        node = self.nodes[index]
        assert isinstance(node, Operation)
        return node
