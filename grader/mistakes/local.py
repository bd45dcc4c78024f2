"""Wrong local rules: of one gate, dropped, doubled, taken at another value or of another function.

A general slip is made from the gate's own local gradient; what is particular to a gate is a line in a table. None of
these is ever used to judge, so the wrong formulas may be typed by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from grader.elementwise import Elementwise
from grader.mistakes.mistake import Circuit, Mistake, Share
from grader.program import Input
from grader.shapes import unbroadcast

Slip = Callable[..., Any]  # of the gate's inputs and, last, its output


def _without_exponent(a: Any, n: Any, f: Any) -> Any:
    return a ** (n - 1)


SLIPS: dict[tuple[str, int], tuple[tuple[str, Slip], ...]] = {
    ("tanh", 0): (
        ("square_missing", lambda a, f: 1 - f),
        ("square_misplaced", lambda a, f: (1 - f) ** 2),
        ("integrated", lambda a, f: np.log(np.cosh(a))),
    ),
    ("sigmoid", 0): (("integrated", lambda a, f: np.log1p(np.exp(a))),),
    ("relu", 0): (("mask_inverted", lambda a, f: a < 0),),
    ("leaky_relu", 0): (("mask_inverted", lambda a, f: np.where(a > 0, 0.01, 1.0)),),
    ("log", 0): (("reciprocal_missing", lambda a, f: a), ("integrated", lambda a, f: a * np.log(a) - a)),
    ("exp", 0): (("exponential_rule", lambda a, f: a * np.exp(a - 1)), ("exponential_rule", lambda a, f: a)),
    ("sqrt", 0): (("integrated", lambda a, f: 2 / 3 * a**1.5),),
    ("sin", 0): (("integrated", lambda a, f: -np.cos(a)),),
    ("cos", 0): (("integrated", lambda a, f: np.sin(a)),),
    ("add", 0): (("integrated", lambda a, b, f: a * a / 2 + a * b),),
    ("add", 1): (("integrated", lambda a, b, f: b * b / 2 + a * b),),
    ("multiply", 0): (("own_value", lambda a, b, f: a), ("integrated", lambda a, b, f: a * a * b / 2)),
    ("multiply", 1): (("own_value", lambda a, b, f: b), ("integrated", lambda a, b, f: a * b * b / 2)),
    ("divide", 0): (("quotient_rule", lambda a, b, f: b),),
    ("divide", 1): (
        ("square_missing", lambda a, b, f: -a / b),
        ("quotient_rule", lambda a, b, f: -1 / b**2),
        ("quotient_rule", lambda a, b, f: 1 / b),
        ("integrated", lambda a, b, f: a * np.log(np.abs(b))),
    ),
    ("power", 0): (
        ("power_rule", _without_exponent),
        ("power_rule", lambda a, n, f: f),
        ("power_rule", lambda a, n, f: n * a**n),
        ("integrated", lambda a, n, f: a ** (n + 1) / (n + 1)),
    ),
    ("maximum", 0): (("max_routed_to_loser", lambda a, b, f: a < b), ("max_split", lambda a, b, f: 0.5)),
    ("maximum", 1): (("max_routed_to_loser", lambda a, b, f: b < a), ("max_split", lambda a, b, f: 0.5)),
    ("minimum", 0): (("max_routed_to_loser", lambda a, b, f: a > b), ("max_split", lambda a, b, f: 0.5)),
    ("minimum", 1): (("max_routed_to_loser", lambda a, b, f: b > a), ("max_split", lambda a, b, f: 0.5)),
}
OF_NUMBERS = {"add": "sum_rule", "subtract": "sum_rule", "multiply": "product_rule", "divide": "quotient_rule"}
"""What goes wrong in circuits of numbers only: of arrays, the shapes speak against it."""
MAX_WITH_NUMBER = {"max_routed_to_loser": "mask_inverted"}
"""A maximum with a number is a mask, as in relu."""


def wrong_local_rules(circuit: Circuit) -> Iterator[Mistake]:
    for index, position in circuit.edges:
        gate = circuit.operation(index).gate
        if isinstance(gate, Elementwise):
            yield from _general(circuit, index, position, gate)
            yield from _particular(circuit, index, position, gate)
            if circuit.exercise.program.name_of(index) and circuit.exercise.program.name_of(
                circuit.operation(index).inputs[position]
            ):
                yield _without_upstream(circuit, index, position)


def _without_upstream(circuit: Circuit, index: int, position: int) -> Mistake:
    """The local gradient alone, the chain forgotten."""
    program = circuit.exercise.program

    def share(trial: Any, upstream: Any) -> Any:
        return program.vjp(trial.nodes, index, position, np.ones(np.shape(trial.nodes[index])))

    at = circuit.gradient_of(circuit.operation(index).inputs[position])
    return Mistake("factor_dropped", at, {"factor": circuit.gradient_of(index)}, rules={(index, position): share})


def _general(circuit: Circuit, index: int, position: int, gate: Elementwise) -> Iterator[Mistake]:
    """Slips that any gate's local gradient allows."""
    if gate.name == "log":
        yield _mistake(circuit, index, 0, "factor_dropped", lambda *_: 1.0, {"factor": "log′"})
    if gate.name == "sigmoid":
        value = circuit.exercise.program.name_of(index) or "σ"
        yield _mistake(circuit, index, 0, "factor_dropped", lambda _, f: 1 - f, {"factor": value})
        yield _mistake(circuit, index, 0, "factor_dropped", lambda _, f: f, {"factor": f"1 − {value}"})
    if gate.name in ("multiply", "divide"):
        other = circuit.operation(index).inputs[1 - position]
        node = circuit.exercise.program.nodes[other]
        if isinstance(node, Input) and node.value not in (None, 0, 1, -1) and not (gate.name == "divide" and position):
            lost = node.value if gate.name == "divide" else 1 / node.value
            yield _mistake(circuit, index, position, "factor", lambda *_: 1.0, {"factor": str(lost)})
        made_of = _made_of(circuit, other)
        if made_of and other != circuit.operation(index).inputs[position] and not (gate.name == "divide" and position):
            told = {"factor": circuit.exercise.program.name_of(other) or f"(… {', '.join(made_of)} …)"}
            yield _mistake(circuit, index, position, "factor_dropped", lambda *_: 1.0, told)
    if gate.name in ("multiply", "divide", "power") and not (gate.name == "power" and position):
        yield from _of_other_values(circuit, index, position, gate)
    if gate.name in ("maximum", "minimum"):
        yield _mistake(circuit, index, position, "activation_derivative_missing", lambda *_: 1.0, {"gate": gate.name})


def _made_of(circuit: Circuit, index: int) -> tuple[str, ...]:
    """The inputs and steps that a node's expression names, in order; none of a number, or of dimensions alone."""
    program = circuit.exercise.program
    if name := program.name_of(index):
        return (name,) if name in circuit.named else ()
    parts = [_made_of(circuit, source) for source in program.nodes[index].inputs]
    return tuple(dict.fromkeys(name for part in parts for name in part))


def _of_other_values(circuit: Circuit, index: int, position: int, gate: Elementwise) -> Iterator[Mistake]:
    """The local gradient taken at another named value: of the other factor, or of what is divided by or raised."""
    inputs = circuit.operation(index).inputs
    moved = 1 - position if gate.name == "multiply" or (gate.name == "divide" and not position) else position
    instead = circuit.exercise.program.name_of(inputs[moved])
    constant = isinstance(node := circuit.exercise.program.nodes[inputs[moved]], Input) and node.value is not None
    if instead is None or instead in circuit.exercise.dimensions or constant:
        return
    given = _gives(circuit, index)
    alike = circuit.alike(inputs[moved])
    for name, i in sorted(alike.items(), key=lambda entry: entry[1] != inputs[position]):
        if i == index or (i in inputs and not given):
            continue

        def share(trial: Any, upstream: Any, i: int = i) -> Any:
            values = [trial.nodes[s] for s in inputs]
            values[moved] = trial.nodes[i]
            return unbroadcast(
                np.asarray(upstream * gate.partial(position, values)), np.shape(trial.nodes[inputs[position]])
            )

        code, at = "other_operand", circuit.step(index)
        if given:
            code, at = "value_for_gradient", circuit.gradient_of(inputs[position])
        yield Mistake(code, at, {"used": name, "instead_of": instead}, rules={(index, position): share})


def _gives(circuit: Circuit, index: int) -> bool:
    """Whether the node is a product in sum(Y * G), which stands for the given gradient G at Y and is in no task."""
    return circuit.step(index) not in circuit.named


def _particular(circuit: Circuit, index: int, position: int, gate: Elementwise) -> Iterator[Mistake]:
    inputs = circuit.operation(index).inputs
    nodes = [circuit.exercise.program.nodes[i] for i in inputs]
    numbers = [isinstance(node, Input) and node.value is not None for node in nodes]
    if gate.name in ("maximum", "minimum") and not any(numbers):
        if position == 0:
            yield from _of_maximum(circuit, index, gate)
        return
    for code, rule in SLIPS.get((gate.name, position), ()):
        if code in ("own_value", "integrated") and (
            len(set(inputs)) < len(inputs) or (any(numbers) and code == "own_value") or _gives(circuit, index)
        ):
            continue
        if rule is _without_exponent and nodes[1] == Input(None, (), Fraction(2)):
            continue  # the square's 2: a factor
        if code == "integrated" and circuit.step(index) != circuit.gradients[-1].of:
            continue  # one integrates a function, not a gate in the middle of it
        code = MAX_WITH_NUMBER.get(code, code) if any(numbers) else code
        yield _mistake(circuit, index, position, code, rule, {})
    if gate.name in ("maximum", "minimum"):
        yield _mistake(circuit, index, position, "activation_for_derivative", lambda *v: v[-1], {"gate": gate.name})
        yield from _squared_hinge(circuit, index)
    if circuit.exercise.of_scalars and (not any(numbers) or circuit.exercise.program.name_of(index)):
        yield from _of_numbers(circuit, index, position, gate)


def _squared_hinge(circuit: Circuit, index: int) -> Iterator[Mistake]:
    """Of a sum of margins, in place of it the sum of their squares."""
    readers = [circuit.operation(i) for i, p in circuit.edges if circuit.operation(i).inputs[p] == index]
    if (name := circuit.exercise.program.name_of(index)) and any(reader.gate.name == "sum" for reader in readers):
        arrivals = {index: lambda trial, upstream: 2 * upstream * trial.nodes[index]}
        yield Mistake("other_loss", f"d{name}", {"loss": "squared hinge"}, arrivals=arrivals)


def _of_numbers(circuit: Circuit, index: int, position: int, gate: Elementwise) -> Iterator[Mistake]:
    """The values of a sum's terms in place of 1, as in a product, and the gate's own in place of its derivative; that
    of the whole function is told as such elsewhere."""
    slips: list[Slip] = [lambda a, b, f: a, lambda a, b, f: b] if gate.name in ("add", "subtract") else []
    if gate.name in OF_NUMBERS and index != circuit.gradients[-1].objective:
        slips.append(lambda a, b, f: f)
    for slip in slips:
        yield _mistake(circuit, index, position, OF_NUMBERS[gate.name], slip, {})


def _of_maximum(circuit: Circuit, index: int, gate: Elementwise) -> Iterator[Mistake]:
    """One rule for both inputs: which of them the gradient belongs to, or a value in place of that."""
    table = zip(SLIPS[gate.name, 0], SLIPS[gate.name, 1], strict=True)
    slips: list[tuple[str, dict[str, Any], tuple[Slip, Slip]]] = [(code, {}, (a, b)) for (code, a), (_, b) in table]
    told = {"gate": gate.name}
    slips += [
        ("activation_for_derivative", told, (lambda a, b, f: f, lambda a, b, f: f)),
        ("argument_for_derivative", told, (lambda a, b, f: a, lambda a, b, f: b)),
        ("argument_for_derivative", told, (lambda a, b, f: a * (a == f), lambda a, b, f: b * (b == f))),
        ("other_activation", {**told, "activation": "relu"}, (lambda a, b, f: a > 0, lambda a, b, f: b > 0)),
    ]
    for code, said, pair in slips:
        rules = {(index, p): _share(circuit, index, p, rule) for p, rule in enumerate(pair)}
        yield Mistake(code, circuit.step(index), said, rules={e: r for e, r in rules.items() if e in circuit.edges})


def _mistake(circuit: Circuit, index: int, position: int, code: str, rule: Slip, told: dict[str, Any]) -> Mistake:
    return Mistake(code, circuit.step(index), told, rules={(index, position): _share(circuit, index, position, rule)})


def _share(circuit: Circuit, index: int, position: int, rule: Slip) -> Share:
    sources = circuit.operation(index).inputs

    def share(trial: Any, upstream: Any) -> Any:
        inputs = [trial.nodes[i] for i in sources]
        return unbroadcast(np.asarray(upstream * rule(*inputs, trial.nodes[index])), np.shape(inputs[position]))

    return share
