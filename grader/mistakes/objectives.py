"""Wrong objectives: the sweep started from the output, from another loss, or from a softmax over the wrong axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from grader.exercise import Given
from grader.gates import GATES
from grader.mistakes.activations import FROM_OUTPUT
from grader.mistakes.forwards import results
from grader.mistakes.mistake import Arrival, Circuit, Finish, Mistake, exact_gradient
from grader.program import Operation
from grader.trials import Trial, worked_example

TARGETS = ("labels", "one_hot", "classes")


def wrong_objectives(circuit: Circuit) -> Iterator[Mistake]:
    for given in circuit.exercise.inputs:
        target = circuit.exercise.program.names[given.name]
        if not given.parameter and given.constant is None and target not in circuit.active:
            for name, node in _outputs(circuit, target):
                yield from _of_output(circuit, name, node, given, target)


def _outputs(circuit: Circuit, target: int) -> Iterator[tuple[str, int]]:
    """The last named nodes that the target has no part in, and that pass a gradient on."""
    program = circuit.exercise.program
    fed = program.dependents([target])
    before = {name: i for name, i in circuit.named.items() if i in circuit.active and i not in fed}
    meets = {
        s for i, node in enumerate(program.nodes)
        if i in fed and isinstance(node, Operation)
        for s in node.inputs if s not in fed
    }  # fmt: skip
    for name, i in before.items():
        later = program.dependents([i])
        if meets & later and not any(j in later and j != i for j in before.values()):
            yield name, i


def _of_output(circuit: Circuit, name: str, node: int, given: Given, target: int) -> Iterator[Mistake]:
    at = circuit.gradient_of(node)
    samples = circuit.exercise.samples

    def seeded(code: str, seed: Callable[[Any, Any], Any], place: int = node, **told: str) -> Iterator[Mistake]:
        """Once as it is, and once averaged over the samples."""
        where = circuit.gradient_of(place)
        for averaged in (False, True) if samples else (False,):

            def arrival(trial: Trial, upstream: Any, averaged: bool = averaged) -> Any:
                value = seed(trial.nodes[node], trial.nodes[target])
                value = np.asarray(value / trial.sizes[samples or ""] if averaged else value)
                value = value * _unit(circuit, node, trial, upstream)
                if np.size(upstream) > 1 and _proportional(value, upstream):
                    raise ValueError("the same loss, but for a factor")
                return value

            yield Mistake(code, where, told, arrivals={place: arrival}, averaged=averaged)

    trains = given.draw.kind in TARGETS or any(g.parameter for g in circuit.exercise.inputs) or given.dimensions
    if not trains:
        return
    yield from seeded("output_differentiated", lambda v, t: np.ones(np.shape(v)))
    compared = given.draw.kind in TARGETS or any(
        circuit.operation(i).gate.name == "subtract" and target in circuit.operation(i).inputs for i in circuit.active
        if isinstance(circuit.exercise.program.nodes[i], Operation)
    )  # fmt: skip
    if circuit.shape(node) == circuit.shape(target) and compared:
        yield from seeded("other_loss", lambda v, t: v - t, loss="squared error")
        yield from seeded("other_loss", lambda v, t: 2 * (v - t), loss="squared error")
        yield from seeded("other_loss", lambda v, t: np.sign(v - t), loss="absolute error")
        if given.draw.kind in TARGETS:
            yield from seeded("other_loss", lambda v, t: -t / v + (1 - t) / (1 - v), loss="cross-entropy")
            yield from seeded("other_loss", lambda v, t: -t / v, loss="cross-entropy")
        elif not given.draw.kind == "classes":
            yield from seeded("target_forgotten", lambda v, t: v, target=given.name)
    if given.draw.kind not in TARGETS and compared:
        for gate, derivative in FROM_OUTPUT.items():
            arrival = _superfluous(node, derivative)
            yield Mistake("activation_derivative_twice", at, {"gate": gate}, arrivals={node: arrival})
    if given.draw.kind == "classes" and len(circuit.shape(node)) == 2:

        def without_label(trial: Trial, upstream: Any) -> Any:
            return upstream * (1 - np.eye(upstream.shape[1])[np.asarray(trial.nodes[target]).astype(int)])

        yield Mistake("label_path_dropped", at, {"labels": given.name}, arrivals={node: without_label})
    if given.draw.kind in TARGETS:
        for squashed in _squashed(circuit, node, target):
            if _is_rule(circuit, squashed, target):
                yield from _fused(circuit, squashed, given, name)


def _is_rule(circuit: Circuit, squashed: _Squashed, target: int) -> bool:
    """Whether the gradient is c * (p - t) on the worked example."""
    trial = worked_example(circuit.exercise)
    u = trial.nodes[squashed.node]
    gradient = exact_gradient(circuit.exercise, trial, circuit.gradients[0].objective, squashed.node)
    return _proportional(squashed.probability(u) - squashed.target(u, trial.nodes[target]), gradient)


def _proportional(one: Any, other: Any) -> bool:
    same_shape = np.shape(one) == np.shape(other)
    return same_shape and bool(np.allclose(one * np.sum(other * other), other * np.sum(one * other)))


def _superfluous(node: int, derivative: Callable[[Any], Any]) -> Arrival:
    """The derivative of an activation where the output has none."""
    return lambda trial, upstream: upstream * derivative(trial.nodes[node])


def _unit(circuit: Circuit, node: int, trial: Trial, upstream: Any) -> float:
    """The objective that is swept in units of the first one that is asked about: the cost is 1/m of the summed loss."""
    first = exact_gradient(circuit.exercise, trial, circuit.gradients[0].objective, node)
    length = float(np.sum(first * first))
    return float(np.sum(upstream * first)) / length if length else 1.0


@dataclass(frozen=True, eq=False)
class _Squashed:
    """A node `node` whose gradient under the loss is c * (p - t), with p = sigmoid or softmax of it; and softmax over
    `everything` else."""

    node: int
    probability: Callable[[Any], Any]
    everything: tuple[Callable[[Any], Any], ...]
    target: Callable[[Any, Any], Any]


def _squashed(circuit: Circuit, node: int, target: int) -> Iterator[_Squashed]:
    """The nodes before the output, of the output's own shape, where the fused rule could be written."""
    program = circuit.exercise.program
    classes = len(circuit.shape(target)) < len(circuit.shape(node))

    def one_hot(v: Any, t: Any) -> Any:
        return np.eye(v.shape[1])[np.asarray(t).astype(int)] if classes else t

    def softmax(axis: int | None) -> Callable[[Any], Any]:
        def probability(u: Any) -> Any:
            e = np.exp(u - np.max(u, axis=axis, keepdims=axis is not None))
            return e / np.sum(e, axis=axis, keepdims=axis is not None)

        return probability

    for i in sorted(program.ancestors(node) & circuit.active, reverse=True):
        if program.name_of(i) and circuit.shape(i) == circuit.shape(node):
            yield _Squashed(i, lambda u: 1 / (1 + np.exp(-u)), (), one_hot)
            if len(circuit.shape(node)) == 2:
                for axis in (0, 1):
                    yield _Squashed(i, softmax(axis), (softmax(None), softmax(1 - axis)), one_hot)


def _fused(circuit: Circuit, squashed: _Squashed, given: Given, output: str) -> Iterator[Mistake]:
    """Slips in dZ = c * (A - Y), where that is the rule; `output` is the step of A, which may be asked, too."""
    node = squashed.node
    target = circuit.exercise.program.names[given.name]
    asked = [name for name, result in results(circuit).items() if result == circuit.named[output]]

    def forward(code: str, probability: Callable[[Any], Any], where: str = output, **told: str) -> Mistake:
        """Another value than A, in dZ too."""
        finishes: dict[str, Finish] = {name: lambda trial, _, right: probability(trial.nodes[node]) for name in asked}
        return replace(slip(code, lambda u, p, t: probability(u) - t, where, **told), finishes=finishes)

    def slip(
        code: str, rule: Callable[[Any, Any, Any], Any], where: str = circuit.gradient_of(node), **told: str
    ) -> Mistake:
        def arrival(trial: Trial, upstream: Any) -> Any:
            u = trial.nodes[node]
            p, t = squashed.probability(u), squashed.target(u, trial.nodes[target])
            c = float(np.sum(upstream * (p - t)) / np.sum((p - t) ** 2))
            if not np.allclose(upstream, c * (p - t), rtol=1e-9, atol=1e-12):
                raise ValueError("the rule is another one")
            return c * rule(u, p, t)

        return Mistake(code, where, told, arrivals={node: arrival})

    yield slip("target_forgotten", lambda u, p, t: p, target=given.name)
    yield slip("activation_derivative_twice", lambda u, p, t: (p - t) * p * (1 - p))
    if squashed.everything:
        yield slip("activation_derivative_missing", lambda u, p, t: -t / p, gate="softmax")
        yield forward("activation_missing", lambda u: u, gate="softmax")
        yield forward("activation_replaced", GATES["sigmoid"].forward, gate="softmax", activation="sigmoid")
        if given.draw.kind == "classes":
            yield slip("label_of_every_row", lambda u, p, t: p - t.max(axis=0))
            yield slip("label_of_every_row", lambda u, p, t: p - 1)
            yield slip("label_as_number", lambda u, p, t: p - np.argmax(t, axis=1)[:, None])
        yield slip("label_overwritten", lambda u, p, t: p * (1 - t) - t)
        yield slip("softmax_diagonal", lambda u, p, t: -t * (1 - p))
        for everything in squashed.everything:
            yield forward("softmax_over_everything", everything, output if asked else circuit.gradient_of(node))
