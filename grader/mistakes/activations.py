"""Wrong derivatives of activations, and of every gate of one argument: missing, twice, at another value, of another
function, times the argument; a mask of the gradient's own sign. An activation built from smaller gates, as
1 / (1 + exp(-u)), is recognised by its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from grader.elementwise import Elementwise
from grader.gates import GATES
from grader.mistakes.mistake import Circuit, Mistake, Share
from grader.program import Operation
from grader.trials import Trial, worked_example

ACTIVATIONS = ("tanh", "sigmoid", "relu", "leaky_relu")
FROM_OUTPUT: dict[str, Callable[[Any], Any]] = {
    "tanh": lambda f: 1 - f**2,
    "sigmoid": lambda f: f * (1 - f),
}
"""Local gradients as they are written over the gate's own output."""

Slip = Callable[[Any, Any], Any]
"""A local gradient, over the gate's input and its output."""


def wrong_activations(circuit: Circuit) -> Iterator[Mistake]:
    for index, _ in circuit.edges:
        gate = circuit.operation(index).gate
        if isinstance(gate, Elementwise) and gate.arity == 1 and gate.name not in ("negative", "log"):
            yield from _of_one_argument(circuit, index, gate)
    for name, node in circuit.named.items():
        if node in circuit.active:
            yield from _spelled_out(circuit, name, node)


def _of_one_argument(circuit: Circuit, index: int, gate: Elementwise) -> Iterator[Mistake]:
    source = circuit.operation(index).inputs[0]
    step, program = circuit.step(index), circuit.exercise.program

    def slip(code: str, rule: Slip, **told: str) -> Mistake:
        def share(trial: Trial, upstream: Any) -> Any:
            return upstream * rule(trial.nodes[source], trial.nodes[index])

        return Mistake(code, step, {"gate": gate.name, **told}, rules={(index, 0): share})

    def at(used: int, name: str, rule: Slip) -> Mistake:
        def share(trial: Trial, upstream: Any) -> Any:
            return upstream * rule(trial.nodes[used], trial.nodes[used])

        return Mistake("activation_derivative_at_wrong_value", step, {"used": name}, rules={(index, 0): share})

    if gate.name in (*ACTIVATIONS, "softplus", "abs"):
        yield slip("activation_derivative_missing", _one)
    else:
        yield slip("factor_dropped", _one, factor=f"{gate.name}′")
    yield slip("activation_derivative_twice", _squared(_partial(gate)))
    yield slip("activation_for_derivative", lambda u, f: f)
    if circuit.exercise.of_scalars:
        yield slip("argument_for_derivative", _times_argument(_partial(gate)))
    if gate.name == "relu":
        yield Mistake("mask_of_gradient", step, rules={(index, 0): _where_positive})
    for other in ACTIVATIONS if gate.name in ACTIVATIONS else ():
        if other != gate.name:
            yield slip("other_activation", _partial(GATES[other]), activation=other)
            if other in FROM_OUTPUT:
                yield slip("other_activation", _from_output(other), activation=other)
    values = worked_example(circuit.exercise).nodes
    for name, i in circuit.alike(source).items():
        if gate.name == "relu" and i in circuit.multiplied_by(index):
            continue  # the gradient itself, whose mask has its own name
        yield at(i, name, _partial(gate))
        if gate.name in FROM_OUTPUT and i != index and np.any(FROM_OUTPUT[gate.name](values[i])):  # not so of labels
            yield at(i, name, _from_output(gate.name))
    name_of_source = program.name_of(source)
    if gate.name in FROM_OUTPUT and name_of_source and program.name_of(index):
        yield at(source, name_of_source, _from_output(gate.name))


def _spelled_out(circuit: Circuit, name: str, node: int) -> Iterator[Mistake]:
    """Slips of an activation that is built from smaller gates. The gradient that reaches its input has passed the
    right derivative, which is taken out again."""
    values, program = worked_example(circuit.exercise).nodes, circuit.exercise.program
    for gate, step in ((gate, step) for gate in FROM_OUTPUT for step in circuit.alike(node)):
        i = circuit.named[step]
        operation = program.nodes[i]
        direct = isinstance(operation, Operation) and operation.gate.name == gate
        output = GATES[gate].forward(values[node])
        if i not in circuit.active or direct or not np.allclose(values[i], output, rtol=1e-12, atol=0):
            continue
        inside, right = program.ancestors(i), _from_output(gate)
        edges = [e for e in circuit.edges if circuit.operation(e[0]).inputs[e[1]] == node and e[0] in inside]
        slips: list[tuple[str, Slip, dict[str, str]]] = [
            ("activation_derivative_missing", _one, {"gate": gate}),
            ("activation_derivative_twice", _squared(right), {"gate": gate}),
            ("activation_derivative_at_wrong_value", _of_input(gate), {"used": name}),
            ("activation_derivative_at_wrong_value", _at_output(gate), {"used": step}),
            ("argument_for_derivative", _times_argument(right), {"gate": gate}),
            ("activation_for_derivative", lambda u, f: f, {"gate": gate}),
            ("factor_dropped", lambda u, f: 1 - f, {"factor": step}),
        ]
        for other in FROM_OUTPUT:
            if other != gate:
                slips.append(("other_activation", _from_output(other), {"gate": gate, "activation": other}))
        for code, slip, told in slips:
            rules = {edge: _instead(circuit, edge, node, i, right, slip) for edge in edges}
            yield Mistake(code, step, told, rules=rules)


def _instead(circuit: Circuit, edge: tuple[int, int], node: int, output: int, right: Slip, wrong: Slip) -> Share:
    def share(trial: Trial, upstream: Any) -> Any:
        u, f = trial.nodes[node], trial.nodes[output]
        return circuit.exercise.program.vjp(trial.nodes, *edge, upstream) / right(u, f) * wrong(u, f)

    return share


def _where_positive(trial: Trial, upstream: Any) -> Any:
    return upstream * (upstream > 0)


def _one(u: Any, f: Any) -> Any:
    return 1.0


def _partial(gate: Any) -> Slip:
    return lambda u, f: gate.partial(0, [u])


def _squared(slip: Slip) -> Slip:
    return lambda u, f: slip(u, f) ** 2


def _times_argument(slip: Slip) -> Slip:
    return lambda u, f: slip(u, f) * u


def _from_output(gate: str) -> Slip:
    return lambda u, f: FROM_OUTPUT[gate](f)


def _at_output(gate: str) -> Slip:
    slip = _partial(GATES[gate])
    return lambda u, f: slip(f, f)


def _of_input(gate: str) -> Slip:
    return lambda u, f: FROM_OUTPUT[gate](u)
