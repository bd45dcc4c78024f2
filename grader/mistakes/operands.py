"""Wrong operands of a matrix product: another array, a gradient or an updated value in place of the value; and a value
in place of the gradient that comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from grader.exercise import Value
from grader.mistakes.mistake import Circuit, Mistake, Share
from grader.trials import Trial

RATES = (1.0, 0.5, 0.1, 0.05, 0.01, 0.005, 0.001, 1e-4, 1.2, 0.0075)
"""Learning rates as they are written into code; where the exercise has one of its own, it is tried too."""


def wrong_operands(circuit: Circuit) -> Iterator[Mistake]:
    for index, position in circuit.edges:
        operation = circuit.operation(index)
        if operation.gate.name == "matmul" and operation.options["ranks"] == (2, 2):
            yield from _of_product(circuit, index, position)


def _of_product(circuit: Circuit, index: int, position: int) -> Iterator[Mistake]:
    source, other = circuit.operation(index).inputs[position], circuit.operation(index).inputs[1 - position]
    program = circuit.exercise.program
    at = circuit.gradient_of(source) if program.name_of(source) else circuit.step(index)
    instead = program.name_of(other) or circuit.step(other)
    inner = 0 if position else 1  # the axis of the other operand that the product sums over
    last = any(ask.node == source for ask in circuit.gradients)

    def using(code: str, operand: Operand, **told: str) -> Mistake:
        def share(trial: Trial, upstream: Any) -> Any:
            value = operand(trial)
            return value.T @ upstream if position else upstream @ value.T  # dB = A^T G, dA = G B^T

        return Mistake(code, at, {**told, "instead_of": instead}, rules={(index, position): share})

    def only(one: slice) -> Share:
        def share(trial: Trial, upstream: Any) -> Any:
            value = trial.nodes[other]
            return value[one].T @ upstream[one] if position else upstream[:, one] @ value[:, one].T

        return share

    def passing(node: int) -> Share:
        return lambda trial, upstream: program.vjp(trial.nodes, index, position, trial.nodes[node])

    added = circuit.shape(index)[0 if position else 1]  # over its entries this gradient is a sum
    if not last and added != circuit.exercise.samples:  # of which a loop or an index took one; see `samples`
        for one, missing in ((slice(None, 1), "1:"), (slice(-1, None), ":-1")):
            told = {"path": f"{circuit.step(index)}[{missing}]"}
            yield Mistake("path_dropped", at, told, rules={(index, position): only(one)})
    for name, i in circuit.named.items():
        shape = circuit.shape(i)
        fits = len(shape) == 2 and shape[inner] == circuit.shape(other)[inner]
        if i not in (other, index) and fits and (last or shape == circuit.shape(other)):
            yield using("other_operand", _value(i), used=name)
        elif len(shape) == 2 and shape[::-1] == circuit.shape(other) and i != index:
            code = "own_value" if i == source else "other_operand"
            yield using(code, _turned(i), used=name)
    place = circuit.step(index)
    if (result := circuit.named.get(place)) is not None and circuit.shape(result) == circuit.shape(index):
        given = circuit.given_from(result)
        for name, i in {place: result, **circuit.alike(result)}.items():
            if i not in (other, source) and i not in given:
                told = {"used": name, "instead_of": circuit.gradient_of(result)}
                yield Mistake("value_for_gradient", at, told, rules={(index, position): passing(i)})
    for ask in circuit.gradients:
        if ask.node == other:
            yield using("gradient_for_value", _expected(ask.name), used=ask.name)
            for rate in RATES:
                used = f"{instead} - {rate:g}*{ask.name}"
                yield using("updated_value", _updated(other, rate, ask.name), used=used)
            for step in circuit.exercise.asks:
                if isinstance(step, Value) and step.expression.startswith(f"{instead} -"):
                    yield using("updated_value", _expected(step.name), used=step.name)


Operand = Callable[[Trial], Any]


def _value(node: int) -> Operand:
    return lambda trial: trial.nodes[node]


def _turned(node: int) -> Operand:
    return lambda trial: trial.nodes[node].T


def _expected(name: str) -> Operand:
    return lambda trial: np.asarray(trial.expected[name].exact)


def _updated(node: int, rate: float, gradient: str) -> Operand:
    return lambda trial: trial.nodes[node] - rate * trial.expected[gradient].exact
