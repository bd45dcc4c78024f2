"""The diagram of an exercise: its circuit, gate by gate where every number is a scalar, else step by step as the
forward pass names them; with the values of the worked example, and the order of the backward pass through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from grader.candidate import Float64
from grader.exercise import Exercise, Gradient, Value
from grader.expressions import Apply, Expression, Name, Number, parse_statement, written_out
from grader.program import Input, Operation, Program
from grader.shapes import written
from grader.trials import worked_example

_SIGNS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "power": "^", "negative": "−", "maximum": "max",
          "minimum": "min", "greater": ">", "greater_equal": "≥", "sqrt": "√", "sigmoid": "σ"}  # fmt: skip


MOST_GATES = 60
"""A circuit of more is shown by its named steps."""


@dataclass(frozen=True, eq=False)
class Element:
    """What is given, a gate, or a step of several `gates` (in forward order): node `node` of the program, computed as
    `operation` from the elements `inputs`; `sign` is its gate with the numbers that it takes (`1 ÷`). `place` is its
    turn to pass on gradients, from 1, and `gradient` the one that arrives there, of `of`; None where none does.
    `swept` is that of the diagram's objective, where what is asked is of another; `passed`, of that objective, is what
    it passes on to each of its inputs, a share where these have other consumers, too; None where nothing is.
    `asked` names the gradient that is asked there, `answer` the asked quantity that its value is."""

    node: int
    name: str | None
    operation: str
    sign: str
    gates: tuple[str, ...]
    inputs: tuple[int, ...]
    letters: str
    value: Float64
    place: int | None
    gradient: Float64 | None
    swept: Float64 | None
    passed: tuple[Float64 | None, ...]
    of: str
    asked: str | None
    answer: str | None


@dataclass(frozen=True, eq=False)
class Diagram:
    """The elements in forward order. `objective` is the node where the backward pass begins, with a gradient of 1;
    its value is called `of`."""

    elements: tuple[Element, ...]
    objective: int
    of: str


@lru_cache(maxsize=512)
def diagram(exercise: Exercise) -> Diagram | None:
    """The exercise's diagram; None where no gradient is asked. Raises TrialError where the worked example does."""
    asked = {ask.node: ask for ask in reversed(exercise.asks) if isinstance(ask, Gradient)}
    if not asked:
        return None
    trial = worked_example(exercise)
    program, values = exercise.program, trial.nodes
    last = max(asked.values(), key=lambda ask: ask.objective)
    shown = _shown(exercise, {ask.objective for ask in asked.values()}, last.objective)
    way = [i for i in program.between(frozenset(asked), last.objective) if i in shown]
    swept = program.backward(values, last.objective, way)
    elsewhere = {node: swept[node] for node, ask in asked.items() if ask.of != last.of and node in swept}
    gradients = swept | {node: trial.expected[ask.name].exact for node, ask in asked.items()}
    turns = [i for i in way if isinstance(program.nodes[i], Operation)]
    answers = {ask.node: ask.name for ask in exercise.asks if isinstance(ask, Value)}
    written_as = dict(_statements(exercise))

    def element(i: int) -> Element:
        name = program.name_of(i)
        gates, inputs = _inside(program, i, shown)
        passed = _passed(program, values, i, [source for source in inputs if source in swept], shown, swept)
        own = last.of if i == last.objective else _operation(program, i) if gates else ""
        return Element(
            node=i,
            name=name,
            operation=written_as.get(name or "", own),
            sign=_sign(program, i) if len(gates) == 1 else "",
            gates=gates,
            inputs=inputs,
            letters=written(program.nodes[i].shape),
            value=np.asarray(values[i], dtype=np.float64),
            place=turns.index(i) + 1 if i in turns else None,
            gradient=np.asarray(gradients[i], dtype=np.float64) if i in gradients else None,
            swept=np.asarray(elsewhere[i], dtype=np.float64) if i in elsewhere else None,
            passed=tuple(passed.get(source) for source in inputs),
            of=(asked.get(i) or last).of,
            asked=asked[i].name if i in asked else None,
            answer=answers.get(exercise.updates.names[name]) if name in exercise.answers else None,
        )

    return Diagram(tuple(element(i) for i in sorted(shown)), last.objective, last.of)


def _shown(exercise: Exercise, objectives: set[int], last: int) -> set[int]:
    """The nodes that are elements, of those that lead to the objectives: each gate where all are scalars, else the
    named steps; and what is given to these."""
    program = exercise.program
    leading = set().union(*map(program.ancestors, objectives))
    gates = {i for i in leading if isinstance(program.nodes[i], Operation)}
    named = {i for name, i in program.names.items() if name not in exercise.dimensions}
    by_gate = len(gates) <= MOST_GATES and not any(program.nodes[i].shape for i in leading)
    shown = {last} | (gates if by_gate else gates & named)
    given = {i for i in leading & named if _is_given(program, i)}
    return shown | {source for i in shown for source in _inside(program, i, shown | given)[1]}


def _is_given(program: Program, i: int) -> bool:
    node = program.nodes[i]
    return isinstance(node, Input) and node.value is None


def _inside(program: Program, element: int, shown: set[int]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The gates within an element in forward order, each once, and the elements that feed it."""
    inside: set[int] = set()
    feeding: dict[int, None] = {}
    left = [element]
    while left:
        i = left.pop()
        node = program.nodes[i]
        if isinstance(node, Operation):
            inside.add(i)
            feeding |= dict.fromkeys(source for source in node.inputs if source in shown)
            left += [source for source in node.inputs if source not in shown and source not in inside]
    gates = (program.nodes[i] for i in sorted(inside))
    names = dict.fromkeys(node.gate.name for node in gates if isinstance(node, Operation))
    order = program.nodes[element].inputs if inside == {element} else sorted(feeding)
    return tuple(names), tuple(dict.fromkeys(source for source in order if source in feeding))


def _passed(
    program: Program, values: Sequence[Any], element: int, to: list[int], shown: set[int], gradients: Mapping[int, Any]
) -> dict[int, Float64]:
    """What the element passes on of the gradient that arrives there, through the gates within it and no other
    element."""
    if not to or element not in gradients:
        return {}

    def rule(i: int, position: int, upstream: Any) -> Any:
        return None if i in shown and i != element else program.vjp(values, i, position, upstream)

    def arrived(i: int, gradient: Any) -> Any:
        return gradients[element] if i == element else gradient

    found = program.sweep(element, to, rule, arrived)
    return {i: np.asarray(found[i], dtype=np.float64) for i in to if i in found}


def _statements(exercise: Exercise) -> list[tuple[str, str]]:
    sides = (parse_statement(line.split("#", 1)[0]) for line in exercise.forward.splitlines())
    return [side for side in sides if side]


def _operation(program: Program, gate: int) -> str:
    """What a gate computes, down to what has a name."""
    names = {i: name for name, i in program.names.items()}

    def expression(i: int) -> Expression:
        node = program.nodes[i]
        if i in names:
            return Name(names[i])
        if isinstance(node, Operation):
            return Apply(node.gate.name, tuple(map(expression, node.inputs)))
        assert node.value is not None
        return Number(node.value)

    return written_out(expression(gate))


def _sign(program: Program, i: int) -> str:
    """The gate's sign, beside the numbers that it takes: `+`, `1 ÷`, `^ 2`."""
    node = program.nodes[i]
    if not isinstance(node, Operation):
        return ""
    sign = _SIGNS.get(node.gate.name, node.gate.name)
    before, after = "", ""
    for position, source in enumerate(node.inputs):
        operand = program.nodes[source]
        if isinstance(operand, Input) and operand.value is not None:
            before, after = (f"{operand.value} ", after) if position == 0 else (before, f" {operand.value}")
    return before + sign + after
