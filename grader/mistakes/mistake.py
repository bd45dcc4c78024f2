"""One mistake, and the sweep that makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np

from grader.candidate import Float64
from grader.elementwise import Elementwise
from grader.exercise import Exercise, Gradient, Value
from grader.expressions import Apply, Expression, Name, Number, written_out
from grader.program import Input, Operation, Program
from grader.trials import Trial

Share = Callable[[Trial, Any], Any]
"""What a gate wrongly passes on to one input of the gradient that reached it; None where it passes nothing."""
Arrival = Callable[[Trial, Any], Any]
"""What a node wrongly makes of the gradient that reached it."""
Forward = Callable[[Sequence[Any]], Any]
"""What a wrong forward pass has for a node's value, from the values of all nodes before it."""
Finish = Callable[[Trial, Mapping[int, Any], Any], Any]
"""What is wrongly answered, from the gradients of all nodes on the way and the answer that would be right."""


@dataclass(frozen=True, eq=False)
class Mistake:
    """A wrong rule at one place. `code` and `parameters` name it (`grader.messages`), `at` says where: a step of the
    forward pass whose rule is wrong, or a gradient. What is replaced: `rules` by (node, position of its input),
    `arrivals` by node, `finishes` by asked quantity; and of the forward pass values, by node."""

    code: str
    at: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[tuple[int, int], Share] = field(default_factory=dict)
    arrivals: Mapping[int, Arrival] = field(default_factory=dict)
    finishes: Mapping[str, Finish] = field(default_factory=dict)
    forward: Mapping[int, Forward] = field(default_factory=dict)
    repeated: bool = False
    """Whether it is one slip made at several places, each of which counts."""
    averaged: bool = False
    """Whether it is averaged over the samples in addition."""

    def places(self, program: Program) -> frozenset[int]:
        """The nodes whose gradient it changes first: a wrong forward pass may change them all."""
        if self.forward:
            return frozenset(range(len(program.nodes)))
        return frozenset(self.arrivals) | {program.nodes[node].inputs[position] for node, position in self.rules}

    @property
    def key(self) -> tuple[str, str, tuple[tuple[str, Any], ...]]:
        """What it is called: mistakes of one key are told in one sentence."""
        return self.code, self.at, tuple(sorted(self.parameters.items()))


Sweeps = dict[tuple[Trial, tuple[Mistake, ...], int, tuple[int, ...], tuple[int, ...]], Mapping[int, Any]]
"""Gradients of all nodes on the way, by trial, mistakes, objective, wanted nodes and nodes whose gradient is given."""
_RAISED = (ValueError, IndexError, KeyError, ZeroDivisionError)


def size(letter: str, power: int = 1) -> Callable[[Trial], float]:
    """The size of that dimension on a trial, to a power."""
    return lambda trial: float(trial.sizes[letter]) ** power


def predict(
    exercise: Exercise, ask: Gradient | Value, trial: Trial, mistakes: Sequence[Mistake] = (),
    given: Mapping[int, Float64] | None = None, sweeps: Sweeps | None = None,
) -> Float64 | None:  # fmt: skip
    """The answer to `ask` that these mistakes lead to, with the gradients `given` at some nodes on the way taken as
    they are; None where such code would raise. With `sweeps`, sweeps are kept there for other asked quantities and
    further mistakes; all that are kept in one have the same `given` at the same nodes of a trial."""
    gradients: Mapping[int, Any] = {}
    try:
        with np.errstate(all="ignore"):
            if slips := tuple(mistake for mistake in mistakes if mistake.forward):
                trial = _computed(exercise.program, trial, slips)
            if isinstance(ask, Gradient):
                gradients = _gradients(
                    exercise, ask, trial, tuple(mistakes), given or {}, {} if sweeps is None else sweeps
                )
                found = gradients.get(ask.node)
                found = np.zeros(np.shape(trial.nodes[ask.node])) if found is None else found
            else:
                found = trial.expected[ask.name].exact
            for mistake in mistakes:
                if ask.name in mistake.finishes:
                    found = mistake.finishes[ask.name](trial, gradients, found)
        return np.asarray(found, dtype=np.float64)
    except _RAISED:
        return None


@lru_cache(maxsize=64)  # asked for each prediction
def _computed(program: Program, trial: Trial, slips: Sequence[Mistake]) -> Trial:
    """The trial as a forward pass with these slips computes it; what is expected stays."""
    nodes: Sequence[Any] = trial.nodes
    for node, value in sorted((item for slip in slips for item in slip.forward.items()), key=lambda item: item[0]):
        nodes = program.forward_from(nodes, node, value(nodes))
    return replace(trial, nodes=nodes, gradients={})


def _gradients(
    exercise: Exercise, ask: Gradient, trial: Trial, mistakes: tuple[Mistake, ...], given: Mapping[int, Float64],
    sweeps: Sweeps,
) -> Mapping[int, Any]:  # fmt: skip
    if given or len(mistakes) > 1:  # a sweep for this answer alone: others will not ask for it
        return _swept(exercise, ask, (ask.node,), trial, mistakes, given, sweeps)
    try:
        return _swept(exercise, ask, _together(exercise, ask.objective), trial, mistakes, given, sweeps)
    except _RAISED:  # somewhere else than on the way to `ask`, maybe
        return _swept(exercise, ask, (ask.node,), trial, mistakes, given, sweeps)


def update(exercise: Exercise, step: Value, trial: Trial) -> list[Any]:
    """The values that an update step is computed from, by node of `exercise.updates`: gradients and the steps before it
    are as the trial has them expected, be they the student's own."""
    program = exercise.updates
    known = {name: trial.nodes[i] for name, i in exercise.program.names.items()}
    known |= {name: expected.exact for name, expected in trial.expected.items()}
    values, way = program.forward(known), program.ancestors(step.node) - {step.node}
    for earlier in sorted((a.node, a.name) for a in exercise.asks if isinstance(a, Value) and a.node in way):
        values = program.forward_from(values, earlier[0], trial.expected[earlier[1]].exact)
    return values


def exact_gradient(exercise: Exercise, trial: Trial, objective: int, node: int) -> Float64:
    """The gradient of a node on the way from an asked one to the objective; zeros elsewhere."""
    found = _exact(exercise, trial, objective).get(node)
    return np.zeros(np.shape(trial.nodes[node])) if found is None else np.asarray(found)


def _exact(exercise: Exercise, trial: Trial, objective: int) -> Mapping[int, Any]:
    if objective not in trial.gradients:
        rule = partial(exercise.program.vjp, trial.nodes)
        trial.gradients[objective] = exercise.program.sweep(objective, _together(exercise, objective), rule)
    return trial.gradients[objective]


@lru_cache(maxsize=1024)  # asked for each prediction
def _together(exercise: Exercise, objective: int) -> tuple[int, ...]:
    return tuple(ask.node for ask in exercise.asks if isinstance(ask, Gradient) and ask.objective == objective)


def _swept(
    exercise: Exercise, ask: Gradient, wanted: tuple[int, ...], trial: Trial, mistakes: tuple[Mistake, ...],
    given: Mapping[int, Float64], sweeps: Sweeps,
) -> Mapping[int, Any]:  # fmt: skip
    """Each mistake changes the sweep with those before it from where it is made; what is given changes the exact one,
    which is kept with the trial. After a wrong forward pass the whole sweep is another."""
    program, objective = exercise.program, ask.objective
    if not mistakes and not given:
        return _exact(exercise, trial, objective)
    key = (trial, mistakes, objective, wanted, tuple(given))
    if key not in sweeps:
        before: Mapping[int, Any] | None
        if mistakes and mistakes[-1].forward:
            before, changed = None, frozenset[int]()
        elif mistakes:
            before = _swept(exercise, ask, wanted, trial, mistakes[:-1], given, sweeps)
            changed = mistakes[-1].places(program)
        else:
            before, changed = _exact(exercise, trial, objective), frozenset(given)
        sweeps[key] = _sweep(exercise, ask, wanted, trial, mistakes, given, before, changed)
    return sweeps[key]


def _sweep(
    exercise: Exercise, ask: Gradient, wanted: Sequence[int], trial: Trial, mistakes: Sequence[Mistake],
    given: Mapping[int, Float64], before: Mapping[int, Any] | None, changed: frozenset[int],
) -> Mapping[int, Any]:  # fmt: skip
    program = exercise.program
    rules = {edge: share for mistake in mistakes for edge, share in mistake.rules.items()}

    def rule(index: int, position: int, upstream: Any) -> Any:
        if (index, position) in rules:
            return rules[index, position](trial, upstream)
        return program.vjp(trial.nodes, index, position, upstream)

    def arrived(index: int, gradient: Any) -> Any:
        if index in given and index != ask.node:
            return given[index]
        for mistake in mistakes:
            if index in mistake.arrivals:
                gradient = mistake.arrivals[index](trial, gradient)
        return gradient

    return program.sweep(ask.objective, wanted, rule, arrived, before, changed)


@dataclass(frozen=True, eq=False)
class Circuit:
    """What the rules of mutation read of an exercise: its asked gradients, and the nodes that pass a gradient on to
    them (`active`)."""

    exercise: Exercise
    gradients: tuple[Gradient, ...]
    active: frozenset[int]
    edges: tuple[tuple[int, int], ...]
    """(node, position of its input) wherever a gradient passes."""
    named: Mapping[str, int]
    """Inputs and steps, dimensions left out."""

    @classmethod
    def of(cls, exercise: Exercise) -> Circuit:
        program = exercise.program
        gradients = tuple(ask for ask in exercise.asks if isinstance(ask, Gradient))
        active: set[int] = set()
        for ask in gradients:
            active |= program.between(frozenset([ask.node]), ask.objective).keys()
        edges = tuple(
            (i, p) for i in sorted(active) for p, source in enumerate(program.nodes[i].inputs) if source in active
        )
        named = {name: i for name, i in program.names.items() if name not in exercise.dimensions}
        return cls(exercise, gradients, frozenset(active), edges, named)

    def operation(self, index: int) -> Operation:
        node = self.exercise.program.nodes[index]
        assert isinstance(node, Operation)
        return node

    def shape(self, index: int) -> tuple[Any, ...]:
        """The node's shape in letters."""
        return self.exercise.program.nodes[index].shape

    def step(self, index: int) -> str:
        """The step of the forward pass that node `index` is, or is part of."""
        return self._steps.get(index, self.gradients[0].of)

    def written(self, index: int) -> str | None:
        """The node's expression, where gates of single entries make it."""
        found = self._expression(index)
        return None if found is None else written_out(found)

    def _expression(self, index: int) -> Expression | None:
        program = self.exercise.program
        node, name = program.nodes[index], program.name_of(index)
        if name is not None:
            return Name(name)
        if isinstance(node, Input):
            return None if node.value is None else Number(node.value)
        parts = [self._expression(source) for source in node.inputs]
        known = tuple(part for part in parts if part is not None)
        return Apply(node.gate.name, known) if isinstance(node.gate, Elementwise) and len(known) == len(parts) else None

    @cached_property
    def _steps(self) -> dict[int, str]:
        program = self.exercise.program
        found = {i: name for name, i in self.named.items()}
        for i in range(len(program.nodes) - 1, -1, -1):
            for source in program.nodes[i].inputs:
                if i in found and program.name_of(source) is None:
                    found[source] = found[i]  # of several steps it is part of, the first
        return found

    def gradient_of(self, index: int) -> str:
        """How the gradient at a named node is called: as the exercise asks for it, else with a d before the name."""
        asked = next((ask.name for ask in self.gradients if ask.node == index), None)
        return asked or f"d{self.exercise.program.name_of(index)}"

    def multiplied_by(self, index: int) -> set[int]:
        """By which nodes it is multiplied: of `sum(Y * G)` the gradient at Y is G."""
        operations = (node for node in self.exercise.program.nodes if isinstance(node, Operation))
        products = (set(node.inputs) for node in operations if node.gate.name == "multiply" and index in node.inputs)
        return set().union(*products) - {index}

    def given_from(self, index: int) -> set[int]:
        """What is given as the gradient at the node, or at a step that is computed from it."""
        steps = (i for i in self.named.values() if i == index or index in self.exercise.program.ancestors(i))
        return set().union(*map(self.multiplied_by, steps))

    def alike(self, index: int) -> dict[str, int]:
        """Other named nodes of the same shape in letters."""
        return {n: i for n, i in self.named.items() if i != index and self.shape(i) == self.shape(index)}
