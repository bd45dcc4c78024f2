"""Wrong finishes: a sign, a factor or a division too many or too few, or by another size; a bias summed wrongly;
transposed; update steps taken wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from typing import Any

import numpy as np

from grader.exercise import Gradient, Value
from grader.mistakes.mistake import Arrival, Circuit, Mistake, size, update
from grader.program import Input, Operation
from grader.trials import Trial


def wrong_finishes(circuit: Circuit) -> Iterator[Mistake]:
    for name, node in circuit.named.items():
        if node in circuit.active:
            yield from _factors(circuit, name, node)
    yield from _of_means(circuit)
    for ask in circuit.gradients:
        yield from _of_bias(circuit, ask)
        if len(ask.dimensions) == 2:
            yield _finish(ask, "transposed", lambda trial, gradients, right: np.asarray(right).T)
    for step in circuit.exercise.asks:
        if isinstance(step, Value):
            yield from _of_step(circuit, step)


def _factors(circuit: Circuit, name: str, node: int) -> Iterator[Mistake]:
    """At every named node: the gradient that reached it, times something."""
    at = circuit.gradient_of(node)

    def times(code: str, factor_of: Callable[[Trial], float], /, **told: str) -> Mistake:
        arrival: Arrival = lambda trial, upstream: factor_of(trial) * upstream  # noqa: E731
        return Mistake(code, at, told, arrivals={node: arrival})

    if not circuit.shape(node) and isinstance(circuit.exercise.program.nodes[node], Input):
        for i in circuit.named.values():
            entry = circuit.exercise.program.nodes[i]
            if (
                isinstance(entry, Operation)
                and entry.gate.name == "divide"
                and entry.inputs[1] in circuit.named.values()
            ):
                below = entry.inputs[1]
                if node == below:
                    continue  # the local rule's own slips say it
                for power in (1, 2):  # the denominator's square, not divided by, or by one of it only
                    yield times("quotient_rule", lambda trial, b=below, n=power: float(trial.nodes[b]) ** n)  # type: ignore[misc]
    yield times("sign", lambda trial: -1.0)
    yield times("factor", lambda trial: 2.0, factor="2")
    yield times("factor", lambda trial: 0.5, factor="1/2")
    for letter in circuit.exercise.dimensions:
        yield times("not_averaged", size(letter), dimension=letter)
        yield times("averaged_twice", size(letter, -1), dimension=letter)


def _of_means(circuit: Circuit) -> Iterator[Mistake]:
    """Another dimension's size divided by: where the forward pass divides, or in one of the gradients."""
    program, sizes = circuit.exercise.program, circuit.exercise.dimensions
    for index, position in circuit.edges:
        operation = circuit.operation(index)
        if operation.gate.name != "divide" or position:
            continue
        below = program.ancestors(operation.inputs[1])
        after = program.dependents([index])
        for right, used in permutations(sizes, 2):
            if program.names[right] not in below:
                continue
            told = {"dimension": right, "used": used}

            def instead(trial: Trial, upstream: Any, right: str = right, used: str = used) -> Any:
                return upstream * (trial.sizes[right] / trial.sizes[used])

            def share(trial: Trial, upstream: Any, index: int = index, instead: Arrival = instead) -> Any:
                return program.vjp(trial.nodes, index, 0, instead(trial, upstream))

            yield Mistake("averaged_over_another", circuit.step(index), told, rules={(index, 0): share})
            for ask in circuit.gradients:
                if ask.objective in after:
                    yield Mistake("averaged_over_another", ask.name, told, arrivals={ask.node: instead})


def _finish(ask: Gradient | Value, code: str, wrong: Callable[..., Any], **told: str) -> Mistake:
    return Mistake(code, ask.name, told, finishes={ask.name: wrong})


def _of_bias(circuit: Circuit, ask: Gradient) -> Iterator[Mistake]:
    """Where an input is broadcast to a larger matrix by one addition: the sum that undoes it, done wrongly."""
    consumers = [i for i, p in circuit.edges if circuit.operation(i).inputs[p] == ask.node]
    if len(consumers) != 1 or circuit.operation(consumers[0]).gate.name != "add":
        return
    added = consumers[0]
    wide, narrow = circuit.shape(added), ask.dimensions

    def summed(over: int | None, keep: bool) -> Callable[..., Any]:
        return lambda trial, gradients, right: np.sum(gradients[added], axis=over, keepdims=keep and over is not None)

    if narrow == wide and len(wide) == 2 and 1 in wide:  # one sample: nothing to sum, but it can be done
        yield _finish(ask, "bias_summed_over_everything", summed(None, False))
    if len(wide) != 2 or narrow == wide:
        return
    if not narrow:
        yield _finish(ask, "bias_not_summed", lambda trial, gradients, right: gradients[added])
        yield from _from_weights(circuit, ask, added, None)
        return
    axis = 0 if narrow[-1] == wide[1] and (len(narrow) == 1 or narrow[0] == 1) else 1

    yield _finish(ask, "bias_not_summed", lambda trial, gradients, right: gradients[added])
    for keep in (True, False):
        yield _finish(ask, "bias_wrong_axis", summed(1 - axis, keep), axis=str(1 - axis))
    yield _finish(ask, "bias_summed_over_everything", summed(None, False))
    yield _finish(ask, "bias_summed_over_everything", lambda t, g, r: np.full(np.shape(r), np.sum(g[added])))
    yield from _from_weights(circuit, ask, added, axis)


def _from_weights(circuit: Circuit, ask: Gradient, added: int, axis: int | None) -> Iterator[Mistake]:
    program = circuit.exercise.program
    weights = next((a for a in circuit.gradients if a.node in _factors_of(program.nodes[added], program.nodes)), None)
    if weights is not None:

        def from_weights(trial: Trial, gradients: Mapping[int, Any], right: Any) -> Any:
            dw = trial.expected[weights.name].exact
            return np.reshape(np.sum(dw, axis=axis), np.shape(right))

        yield _finish(ask, "bias_from_weights", from_weights, used=weights.name)


def _factors_of(node: Any, nodes: list[Any]) -> set[int]:
    """The operands of the matrix product that is added to the bias."""
    products = [nodes[i] for i in node.inputs if isinstance(nodes[i], Operation) and nodes[i].gate.name == "matmul"]
    operands = {i for product in products for i in product.inputs}
    turned = [nodes[i] for i in operands if isinstance(nodes[i], Operation) and nodes[i].gate.name == "transpose"]
    return operands | {i for transpose in turned for i in transpose.inputs}


def _of_step(circuit: Circuit, step: Value) -> Iterator[Mistake]:
    """Wrong updates w - rate * gradient."""
    if not step.dimensions:
        yield _finish(step, "sign", lambda trial, gradients, right: -right)
        for told, times in (("2", 2.0), ("1/2", 0.5)):
            yield _finish(step, "factor", lambda trial, g, right, k=times: k * right, factor=told)
        for d in circuit.exercise.dimensions:
            yield _finish(step, "not_averaged", lambda trial, g, right, d=d: right * trial.sizes[d], dimension=d)
            yield _finish(step, "averaged_twice", lambda trial, g, right, d=d: right / trial.sizes[d], dimension=d)
    program = circuit.exercise.updates
    node = program.nodes[step.node]
    if not isinstance(node, Operation):
        return

    def wrong(code: str, value: Callable[[list[Any]], Any]) -> Mistake:
        return _finish(step, code, lambda trial, gradients, right: value(update(circuit.exercise, step, trial)))

    if node.gate.name == "subtract" and isinstance(taken := program.nodes[node.inputs[1]], Operation):
        start, whole = node.inputs
        yield wrong("step_sign", lambda v: v[start] + v[whole])
        yield wrong("start_missing", lambda v: -v[whole])
        before = program.nodes[start]
        if isinstance(before, Operation) and any(
            a.node == start for a in circuit.exercise.asks if isinstance(a, Value)
        ):
            earlier = before.inputs[0]
            yield wrong("stale_gradient", lambda v: v[start] + (v[start] - v[earlier]))
        if taken.gate.name == "multiply":
            rate, slope = taken.inputs
            yield from _rate_in_gradient(circuit, program.name_of(rate), program.name_of(slope))
            yield wrong("rate_missing", lambda v: v[start] - v[slope])
            yield wrong("rate_twice", lambda v: v[start] - v[rate] * v[whole])
            yield wrong("gradient_missing", lambda v: v[start] - v[rate])
            yield wrong("gradient_missing", lambda v: v[start] - v[rate] * v[start])
            yield wrong("step_sign", lambda v: v[start] + v[slope])


def _rate_in_gradient(circuit: Circuit, rate: str | None, slope: str | None) -> Iterator[Mistake]:
    """The learning rate multiplied in where the gradients begin."""
    ask = next((ask for ask in circuit.gradients if ask.name == slope), None)
    if ask is not None and rate is not None and rate in circuit.named:
        node = circuit.named[rate]

        def arrival(trial: Trial, upstream: Any) -> Any:
            return trial.nodes[node] * upstream

        yield Mistake("rate_in_gradient", ask.name, arrivals={ask.objective: arrival})
