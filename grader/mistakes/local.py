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
from grader.gates import GATES
from grader.mistakes.mistake import Circuit, Mistake, Share
from grader.program import Input, Operation
from grader.shapes import unbroadcast
from grader.trials import worked_example

ACTIVATIONS = ("tanh", "sigmoid", "relu", "leaky_relu")
FROM_OUTPUT: dict[str, Callable[[Any], Any]] = {
    "tanh": lambda f: 1 - f**2,
    "sigmoid": lambda f: f * (1 - f),
}
"""Local gradients as they are written over the gate's own output."""

Slip = Callable[..., Any]  # of the gate's inputs and, last, its output
SLIPS: dict[tuple[str, int], tuple[tuple[str, Slip], ...]] = {
    ("tanh", 0): (("square_missing", lambda a, f: 1 - f), ("integrated", lambda a, f: np.log(np.cosh(a)))),
    ("sigmoid", 0): (
        ("factor_dropped", lambda a, f: 1 - f),
        ("factor_dropped", lambda a, f: f),
        ("integrated", lambda a, f: np.log1p(np.exp(a))),
    ),
    ("relu", 0): (("mask_inverted", lambda a, f: a < 0),),
    ("leaky_relu", 0): (("mask_inverted", lambda a, f: np.where(a > 0, 0.01, 1.0)),),
    ("log", 0): (("reciprocal_missing", lambda a, f: a), ("integrated", lambda a, f: a * np.log(a) - a)),
    ("exp", 0): (("power_rule", lambda a, f: a * np.exp(a - 1)),),
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
        ("power_rule", lambda a, n, f: a ** (n - 1)),
        ("power_rule", lambda a, n, f: n * a**n),
        ("integrated", lambda a, n, f: a ** (n + 1) / (n + 1)),
    ),
    ("maximum", 0): (("max_routed_to_loser", lambda a, b, f: a < b), ("max_split", lambda a, b, f: 0.5)),
    ("maximum", 1): (("max_routed_to_loser", lambda a, b, f: b < a), ("max_split", lambda a, b, f: 0.5)),
    ("minimum", 0): (("max_routed_to_loser", lambda a, b, f: a > b), ("max_split", lambda a, b, f: 0.5)),
    ("minimum", 1): (("max_routed_to_loser", lambda a, b, f: b > a), ("max_split", lambda a, b, f: 0.5)),
}
MAX_WITH_NUMBER = {"max_routed_to_loser": "mask_inverted"}
"""A maximum with a number is a mask, as in relu."""


def wrong_local_rules(circuit: Circuit) -> Iterator[Mistake]:
    for index, position in circuit.edges:
        gate = circuit.operation(index).gate
        if isinstance(gate, Elementwise):
            yield from _general(circuit, index, position, gate)
            yield from _particular(circuit, index, position, gate)
            if circuit.exercise.program.name_of(index) and circuit.exercise.program.name_of(circuit.operation(index).inputs[position]):
                yield _without_upstream(circuit, index, position)
    for name, node in circuit.named.items():
        if node in circuit.active:
            yield from _spelled_out(circuit, name, node)


def _without_upstream(circuit: Circuit, index: int, position: int) -> Mistake:
    """The local gradient alone, the chain forgotten."""
    program = circuit.exercise.program

    def share(trial: Any, upstream: Any) -> Any:
        return program.vjp(trial.nodes, index, position, np.ones(np.shape(trial.nodes[index])))

    at = circuit.gradient_of(circuit.operation(index).inputs[position])
    return Mistake("factor_dropped", at, {"factor": circuit.gradient_of(index)}, rules={(index, position): share})


def _spelled_out(circuit: Circuit, name: str, node: int) -> Iterator[Mistake]:
    """Slips of an activation that the exercise builds from smaller gates, as 1 / (1 + exp(-u)): recognised by its
    values. The gradient that reaches u has passed the right derivative, which is taken out again."""
    values = worked_example(circuit.exercise).nodes
    for gate, derivative in FROM_OUTPUT.items():
        output = GATES[gate].forward(values[node])
        for step, i in circuit.alike(node).items():
            operation = circuit.exercise.program.nodes[i]
            direct = isinstance(operation, Operation) and operation.gate.name == gate
            if i not in circuit.active or direct or not np.allclose(values[i], output, rtol=1e-12, atol=0):
                continue
            slips: list[tuple[str, Callable[[Any, Any], Any], dict[str, str]]] = [
                ("activation_derivative_missing", lambda u, f: 1.0, {"gate": gate}),
                ("activation_derivative_twice", lambda u, f, d=derivative: d(f) ** 2, {"gate": gate}),  # type: ignore[misc]
                ("activation_derivative_at_wrong_value", lambda u, f, d=derivative: d(u), {"used": name}),  # type: ignore[misc]
                ("activation_for_derivative", lambda u, f: f, {"gate": gate}),
                ("factor_dropped", lambda u, f: 1 - f, {"factor": step}),
            ]
            for other, wrong in FROM_OUTPUT.items():
                if other != gate:
                    told = {"gate": gate, "activation": other}
                    slips.append(("other_activation", lambda u, f, w=wrong: w(f), told))  # type: ignore[misc]
            inside = circuit.exercise.program.ancestors(i)
            edges = [e for e in circuit.edges if circuit.operation(e[0]).inputs[e[1]] == node and e[0] in inside]
            for code, slip, told in slips:

                def share(
                    trial: Any, upstream: Any, slip: Any = slip, i: int = i, node: int = node, right: Any = derivative
                ) -> Any:
                    f = trial.nodes[i]
                    return upstream / right(f) * slip(trial.nodes[node], f)

                def rule(edge: tuple[int, int], share: Share = share) -> Share:
                    return lambda trial, g: share(trial, circuit.exercise.program.vjp(trial.nodes, *edge, g))

                yield Mistake(code, step, told, rules={edge: rule(edge) for edge in edges})


def _general(circuit: Circuit, index: int, position: int, gate: Elementwise) -> Iterator[Mistake]:
    """Slips that any gate's local gradient allows."""
    if gate.name == "log":
        yield _mistake(circuit, index, 0, "factor_dropped", lambda *_: 1.0, {"factor": "log′"})
    elif gate.arity == 1 and gate.name != "negative":
        yield from _of_one_argument(circuit, index, gate)
    if gate.name in ("multiply", "divide"):
        other = circuit.operation(index).inputs[1 - position]
        node = circuit.exercise.program.nodes[other]
        if isinstance(node, Input) and node.value not in (None, 0, 1, -1) and not (gate.name == "divide" and position):
            lost = node.value if gate.name == "divide" else 1 / node.value  # type: ignore[operator]
            yield _mistake(circuit, index, position, "factor", lambda *_: 1.0, {"factor": str(lost)})
        plain = isinstance(node, Input) and (node.value is not None or node.name in circuit.exercise.dimensions)
        if not plain and other != circuit.operation(index).inputs[position] and not (gate.name == "divide" and position):
            name = circuit.exercise.program.name_of(other)
            told = {"factor": name or f"of {circuit.step(index)}"}
            yield _mistake(circuit, index, position, "factor_dropped", lambda *_: 1.0, told)
    if gate.name in ("multiply", "divide", "power") and not (gate.name == "power" and position):
        yield from _of_other_values(circuit, index, position, gate)
    if gate.name in ("maximum", "minimum"):
        yield _mistake(circuit, index, position, "activation_derivative_missing", lambda *_: 1.0, {"gate": gate.name})


def _of_other_values(circuit: Circuit, index: int, position: int, gate: Elementwise) -> Iterator[Mistake]:
    """The local gradient taken at another named value: of the other factor, or of what is divided by or raised."""
    inputs = circuit.operation(index).inputs
    moved = 1 - position if gate.name == "multiply" or (gate.name == "divide" and not position) else position
    instead = circuit.exercise.program.name_of(inputs[moved])
    if instead is None or instead in circuit.exercise.dimensions:
        return
    for name, i in circuit.alike(inputs[moved]).items():
        if i in inputs or i == index:
            continue

        def share(trial: Any, upstream: Any, i: int = i) -> Any:
            values = [trial.nodes[s] for s in inputs]
            values[moved] = trial.nodes[i]
            return unbroadcast(np.asarray(upstream * gate.partial(position, values)), np.shape(trial.nodes[inputs[position]]))

        told = {"used": name, "instead_of": instead}
        yield Mistake("other_operand", circuit.step(index), told, rules={(index, position): share})


def _of_one_argument(circuit: Circuit, index: int, gate: Elementwise) -> Iterator[Mistake]:
    source = circuit.operation(index).inputs[0]
    own = circuit.exercise.program.name_of(index)

    def slip(code: str, rule: Slip, /, **told: Any) -> Mistake:
        return _mistake(circuit, index, 0, code, rule, {"gate": gate.name, **told})

    if gate.name in (*ACTIVATIONS, "softplus", "abs"):
        yield slip("activation_derivative_missing", lambda *_: 1.0)
    else:
        yield slip("factor_dropped", lambda *_: 1.0, factor=f"{gate.name}′")
    yield slip("activation_derivative_twice", lambda a, f: gate.partial(0, [a]) ** 2)
    yield slip("activation_for_derivative", lambda a, f: f)
    for other in ACTIVATIONS if gate.name in ACTIVATIONS else ():
        if other != gate.name:
            yield slip("other_activation", lambda a, f, o=other: GATES[o].partial(0, [a]), activation=other)  # type: ignore[union-attr,misc]
            if other in FROM_OUTPUT:
                yield slip("other_activation", lambda a, f, o=other: FROM_OUTPUT[o](f), activation=other)
    for name, i in circuit.alike(source).items():
        yield _at(circuit, index, gate.partial, name, i)
        if gate.name in FROM_OUTPUT and i != index:
            yield _at(circuit, index, lambda _, v, g=gate.name: FROM_OUTPUT[g](v[0]), name, i)  # type: ignore[misc]
    if gate.name in FROM_OUTPUT and (name := circuit.exercise.program.name_of(source)) and own:
        yield _at(circuit, index, lambda _, v, g=gate.name: FROM_OUTPUT[g](v[0]), name, source)  # type: ignore[misc]


def _at(circuit: Circuit, index: int, partial: Callable[..., Any], name: str, used: int) -> Mistake:
    def share(trial: Any, upstream: Any) -> Any:
        return upstream * partial(0, [trial.nodes[used]])

    told = {"used": name}
    return Mistake("activation_derivative_at_wrong_value", circuit.step(index), told, rules={(index, 0): share})


def _particular(circuit: Circuit, index: int, position: int, gate: Elementwise) -> Iterator[Mistake]:
    inputs = circuit.operation(index).inputs
    nodes = [circuit.exercise.program.nodes[i] for i in inputs]
    numbers = [isinstance(node, Input) and node.value is not None for node in nodes]
    if gate.name in ("maximum", "minimum") and not any(numbers):
        if position == 0:
            yield from _of_maximum(circuit, index, gate)
        return
    for code, rule in SLIPS.get((gate.name, position), ()):
        if code in ("own_value", "integrated") and (len(set(inputs)) < len(inputs) or any(numbers) and code == "own_value"):
            continue
        if code == "power_rule" and gate.name == "power" and nodes[1] == Input(None, (), Fraction(2)):
            continue  # the square's 2: a factor
        if code == "integrated" and circuit.step(index) != circuit.gradients[-1].of:
            continue  # one integrates a function, not a gate in the middle of it
        code = MAX_WITH_NUMBER.get(code, code) if any(numbers) else code
        yield _mistake(circuit, index, position, code, rule, {})
    if gate.name in ("maximum", "minimum"):
        yield _mistake(circuit, index, position, "activation_for_derivative", lambda *v: v[-1], {"gate": gate.name})


def _of_maximum(circuit: Circuit, index: int, gate: Elementwise) -> Iterator[Mistake]:
    """One rule for both inputs: which of them the gradient belongs to."""
    for (code, first), (_, second) in zip(SLIPS[gate.name, 0], SLIPS[gate.name, 1], strict=True):
        rules = {(index, p): _share(circuit, index, p, rule) for p, rule in enumerate((first, second))}
        yield Mistake(code, circuit.step(index), {}, rules={e: r for e, r in rules.items() if e in circuit.edges})


def _mistake(circuit: Circuit, index: int, position: int, code: str, rule: Slip, told: dict[str, Any]) -> Mistake:
    return Mistake(code, circuit.step(index), told, rules={(index, position): _share(circuit, index, position, rule)})


def _share(circuit: Circuit, index: int, position: int, rule: Slip) -> Share:
    sources = circuit.operation(index).inputs

    def share(trial: Any, upstream: Any) -> Any:
        inputs = [trial.nodes[i] for i in sources]
        return unbroadcast(np.asarray(upstream * rule(*inputs, trial.nodes[index])), np.shape(inputs[position]))

    return share
