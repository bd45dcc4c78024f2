"""Slips of the forward pass, where the code computes it itself: a term not added, or subtracted, a difference taken the
other way round, an activation not applied, another one, or that of minus its argument. The backward pass is as it
should be (who writes dZ = A - Y does so whatever A is), or has the derivative of the other activation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from grader.exercise import Value
from grader.gates import GATES
from grader.mistakes.activations import ACTIVATIONS, FROM_OUTPUT
from grader.mistakes.mistake import Circuit, Finish, Mistake, Share
from grader.program import Input, Operation
from grader.trials import Trial

DERIVATIVES: Mapping[str, Callable[[Any], Any]] = {**FROM_OUTPUT, "relu": lambda f: f > 0}
"""Of an activation, over its own output."""


def wrong_forwards(circuit: Circuit) -> Iterator[Mistake]:
    """Where a forward result is asked, or something is trained: in a single circuit or layer slips of the forward pass
    cannot be told from those of the backward pass."""
    program, asked = circuit.exercise.program, results(circuit)
    trained = any(given.parameter for given in circuit.exercise.inputs)
    ends = [*asked.values(), *(ask.objective for ask in circuit.gradients if trained)]
    for index in sorted(set().union(*(program.ancestors(end) for end in ends))):
        if isinstance(program.nodes[index], Operation):
            finishes = {name: _value(node) for name, node in asked.items() if index in program.ancestors(node)}
            yield from _at(circuit, index, finishes)


def results(circuit: Circuit) -> dict[str, int]:
    """The nodes of the forward results that are asked."""
    names, updates = circuit.exercise.program.names, circuit.exercise.updates
    values = [ask for ask in circuit.exercise.asks if isinstance(ask, Value)]
    given = {
        ask.name: updates.name_of(ask.node) for ask in values if not isinstance(updates.nodes[ask.node], Operation)
    }
    return {asked: names[name] for asked, name in given.items() if name in names}


def _value(node: int) -> Finish:
    return lambda trial, gradients, right: trial.nodes[node]


def _at(circuit: Circuit, index: int, finishes: Mapping[str, Finish]) -> Iterator[Mistake]:
    node = circuit.operation(index)
    gate = node.gate.name

    def slip(
        code: str, arguments: Sequence[int], apply: Callable[..., Any], derivative_of: str = gate, **told: str
    ) -> Mistake:
        """`apply` of the nodes `arguments` in place of this one's value, and the derivative of that gate."""
        differentiated = derivative_of in DERIVATIVES and (index, 0) in circuit.edges
        rules = {(index, 0): _from_output(index, derivative_of)} if differentiated else {}
        return Mistake(
            code, circuit.step(index), told, rules=rules, finishes=finishes,
            forward={index: lambda values: apply(*(values[i] for i in arguments))},
        )  # fmt: skip

    if gate == "add":
        for kept, dropped in (node.inputs, node.inputs[::-1]):
            if circuit.shape(kept) == node.shape and (term := _term(circuit, dropped)):
                yield slip("term_missing", (kept,), lambda value: value, term=term)
                yield slip("term_subtracted", (kept, dropped), np.subtract, term=term)
    elif gate == "subtract" and _summed(circuit, index):
        yield slip("difference_turned", node.inputs, lambda first, second: second - first)
    elif gate in ACTIVATIONS:
        given = bool(circuit.multiplied_by(index) & set(circuit.alike(index).values()))  # as in a layer: the gradient
        yield slip("activation_missing", node.inputs, lambda value: value, gate=gate)
        for other in DERIVATIVES:
            for own in (gate,) if given else (gate, other):  # there, a wrong derivative has its own name
                if other != gate:
                    applied = GATES[other].forward
                    yield slip("activation_replaced", node.inputs, applied, own, gate=gate, activation=other)
        if gate == "sigmoid":
            yield slip("argument_sign", node.inputs, lambda z: GATES[gate].forward(-z), gate=gate)


def _term(circuit: Circuit, index: int) -> str | None:
    """How a term is called: by its name, or as the number it is."""
    node = circuit.exercise.program.nodes[index]
    return str(node.value) if isinstance(node, Input) and node.value else circuit.exercise.program.name_of(index)


def _summed(circuit: Circuit, index: int) -> bool:
    """Whether the node is a term of sums only: turned round, it is not the same again but for its sign."""
    program = circuit.exercise.program
    readers = [node for node in program.nodes if isinstance(node, Operation) and index in node.inputs]
    return bool(readers) and all(reader.gate.name in ("add", "subtract") for reader in readers)


def _from_output(index: int, gate: str) -> Share:
    def share(trial: Trial, upstream: Any) -> Any:
        return upstream * DERIVATIVES[gate](trial.nodes[index])

    return share
