"""Slips of the forward pass, where the code computes it itself: a term not added, an activation not applied, another
one, or that of minus its argument. Gradients are swept from them as they should be: who writes dZ = A - Y does so
whatever A is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from grader.exercise import Gradient, Value
from grader.gates import GATES
from grader.mistakes.activations import ACTIVATIONS, FROM_OUTPUT
from grader.mistakes.mistake import Circuit, Finish, Mistake
from grader.program import Operation, Program
from grader.trials import Trial


@dataclass(frozen=True)
class _Slip:
    """Another value of a node, from the values of all. `place` is the step that it is, or is part of."""

    code: str
    told: Mapping[str, str]
    place: str
    node: int
    value: Callable[[Sequence[Any]], Any]


def wrong_forwards(circuit: Circuit) -> Iterator[Mistake]:
    """Of each forward result that is asked; and, where something is trained, of all gradients at once: in a single
    circuit or layer they cannot be told from slips of the backward pass."""
    program, updates = circuit.exercise.program, circuit.exercise.updates
    for step in circuit.exercise.asks:
        if not isinstance(step, Value) or isinstance(updates.nodes[step.node], Operation):
            continue
        if (result := program.names.get(updates.name_of(step.node) or "")) is not None:
            for slip in _slips(circuit, result):
                yield _mistake(slip, {step.name: _result(program, slip, result)})
    if circuit.gradients and any(given.parameter for given in circuit.exercise.inputs):
        for slip in _slips(circuit, circuit.gradients[0].objective):
            yield _mistake(slip, _gradients(circuit, slip))


def _slips(circuit: Circuit, result: int) -> Iterator[_Slip]:
    program = circuit.exercise.program
    for index in sorted(program.ancestors(result)):
        node = program.nodes[index]
        if not isinstance(node, Operation):
            continue

        def slip(
            code: str,
            apply: Callable[[Any], Any] = _as_it_is,
            of: int = node.inputs[0],
            index: int = index,
            **told: str,
        ) -> _Slip:
            return _Slip(code, told, circuit.step(index), index, lambda values: apply(values[of]))

        gate = node.gate.name
        if gate == "add":
            for kept, dropped in (node.inputs, node.inputs[::-1]):
                if circuit.shape(kept) == node.shape and (term := program.name_of(dropped)):
                    yield slip("term_missing", of=kept, term=term)
        elif gate in ACTIVATIONS:
            yield slip("activation_missing", gate=gate)
            for other in ("sigmoid", "tanh", "relu"):
                if other != gate:
                    yield slip("activation_replaced", GATES[other].forward, gate=gate, activation=other)
            if gate == "sigmoid":
                yield slip("argument_sign", lambda z: 1 / (1 + np.exp(z)), gate=gate)


def _as_it_is(value: Any) -> Any:
    return value


def _mistake(slip: _Slip, finishes: Mapping[str, Finish]) -> Mistake:
    return Mistake(slip.code, slip.place, slip.told, finishes=finishes)


def _result(program: Program, slip: _Slip, result: int) -> Finish:
    return lambda trial, gradients, right: _moved(program, slip, trial)[result]


def _gradients(circuit: Circuit, slip: _Slip) -> dict[str, Finish]:
    program = circuit.exercise.program
    gate = circuit.operation(slip.node).gate.name
    on_the_way = [a for a in circuit.gradients if slip.node in program.ancestors(a.objective)]

    @lru_cache(maxsize=16)
    def swept(trial: Trial, objective: int) -> dict[int, Any]:
        moved = _moved(program, slip, trial)
        wanted = [ask.node for ask in on_the_way if ask.objective == objective]

        def rule(index: int, position: int, upstream: Any) -> Any:
            if index == slip.node and gate in FROM_OUTPUT:
                return upstream * FROM_OUTPUT[gate](moved[index])
            return program.vjp(moved, index, position, upstream)

        return program.sweep(moved, objective, wanted, rule)

    def finish(ask: Gradient) -> Finish:
        return lambda trial, gradients, right: swept(trial, ask.objective)[ask.node]

    return {ask.name: finish(ask) for ask in on_the_way}


def _moved(program: Program, slip: _Slip, trial: Trial) -> list[Any]:
    return program.forward_from(trial.nodes, slip.node, slip.value(trial.nodes))
