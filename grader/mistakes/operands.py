"""Wrong operands of a matrix product: another array, a gradient or an updated value in place of the value."""

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

    def using(code: str, operand: Callable[[Trial], Any], **told: str) -> Mistake:
        def share(trial: Trial, upstream: Any) -> Any:
            value = operand(trial)
            return value.T @ upstream if position else upstream @ value.T  # dB = A^T G, dA = G B^T

        return Mistake(code, at, {**told, "instead_of": instead}, rules={(index, position): share})

    def only(one: slice) -> Share:
        def share(trial: Trial, upstream: Any) -> Any:
            value = trial.nodes[other]
            return value[one].T @ upstream[one] if position else upstream[:, one] @ value[:, one].T

        return share

    if not last:  # a sum over paths, of which a loop or an index took one
        for one, missing in ((slice(None, 1), "1:"), (slice(-1, None), ":-1")):
            told = {"path": f"{circuit.step(index)}[{missing}]"}
            yield Mistake("path_dropped", at, told, rules={(index, position): only(one)})
    for name, i in circuit.named.items():
        shape = circuit.shape(i)
        fits = len(shape) == 2 and shape[inner] == circuit.shape(other)[inner]
        if i not in (other, index) and fits and (last or shape == circuit.shape(other)):
            yield using("other_operand", lambda trial, i=i: trial.nodes[i], used=name)  # type: ignore[misc]
        elif len(shape) == 2 and shape[::-1] == circuit.shape(other) and i != index:
            code = "own_value" if i == source else "other_operand"
            yield using(code, lambda trial, i=i: trial.nodes[i].T, used=name)  # type: ignore[misc]
    for ask in circuit.gradients:
        if ask.node == other:
            yield using("gradient_for_value", lambda trial, n=ask.name: trial.expected[n].exact, used=ask.name)  # type: ignore[misc]
            for rate in RATES:
                yield using(
                    "updated_value",
                    lambda trial, n=ask.name, rate=rate: trial.nodes[other] - rate * trial.expected[n].exact,  # type: ignore[misc]
                    used=f"{instead} - {rate:g}*{ask.name}",
                )
            for step in circuit.exercise.asks:
                if isinstance(step, Value) and step.expression.startswith(f"{instead} -"):
                    yield using("updated_value", lambda trial, n=step.name: np.asarray(trial.expected[n].exact), used=step.name)  # type: ignore[misc]
