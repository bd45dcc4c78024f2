"""Wrong sums at a fork: a path dropped or overwritten, or counted with the wrong sign; and penalties: with another
factor, another one, or on what is not penalised."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Set
from typing import Any

import numpy as np

from grader.exercise import Gradient
from grader.mistakes.mistake import Circuit, Mistake, Share, exact_gradient, size
from grader.program import Input
from grader.trials import Trial


def wrong_sums(circuit: Circuit) -> Iterator[Mistake]:
    consumers: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, position in circuit.edges:
        consumers[circuit.operation(index).inputs[position]][index].append(position)
    for source, paths in consumers.items():
        edges = {consumer: [(consumer, p) for p in positions] for consumer, positions in paths.items()}
        for consumer, positions in paths.items():
            if len(positions) > 1:  # a * a: only one of its two factors differentiated
                code, told = ("penalty_factor", {"penalty": circuit.step(consumer), "factor": "1/2"})
                if not _is_penalty(circuit, source, consumer) or len(paths) == 1:
                    code, told = "factor", {"factor": "1/2"}
                yield Mistake(code, _where(circuit, source), told, rules={(consumer, positions[0]): _nothing})
        if len(paths) > 1:
            yield from _of_fork(circuit, source, edges)
    if penalties := {s: c for s, paths in consumers.items() for c in paths if _is_penalty(circuit, s, c)}:
        yield from _on_biases(circuit, penalties.keys(), next(iter(penalties.values())))


def _of_fork(circuit: Circuit, source: int, edges: dict[int, list[tuple[int, int]]]) -> Iterator[Mistake]:
    at, through = _where(circuit, source), _paths(circuit, edges)
    for consumer, mine in edges.items():
        if _is_penalty(circuit, source, consumer):
            told = {"penalty": circuit.step(consumer)}
            yield Mistake("penalty_missing", at, told, rules=_each(mine, _nothing))
            factors: dict[str, Callable[[Trial], float]] = {"2": lambda trial: 2.0, "1/2": lambda trial: 0.5}
            if samples := circuit.exercise.samples:
                factors[f"1/{samples}"] = size(samples, -1)
            for factor, times in factors.items():
                scaled = {edge: _scaled(circuit, edge, times) for edge in mine}
                yield Mistake("penalty_factor", at, {**told, "factor": factor}, rules=scaled)
            for times in (lambda trial: 1.0, factors["2"]):
                signs = {mine[0]: _of_size(source, times), **_each(mine[1:], _nothing)}
                yield Mistake("other_penalty", at, told, rules=signs)
        else:
            told = {"path": through[consumer]}
            yield Mistake("path_dropped", at, told, rules=_each(mine, _nothing))
        yield Mistake(
            "term_sign",
            at,
            {"path": through[consumer]},
            rules={e: _scaled(circuit, e, lambda trial: -1.0) for e in mine},
        )
        others = [edge for other, theirs in edges.items() if other != consumer for edge in theirs]
        if len(edges) > 2:
            told = {"path": ", ".join(dict.fromkeys(through[other] for other in edges if other != consumer))}
            yield Mistake("path_dropped", at, told, rules=_each(others, _nothing))


def _paths(circuit: Circuit, consumers: Iterable[int]) -> dict[int, str]:
    """How the paths are called: by the next step where that tells them apart, and is not the last one of all."""
    steps = {consumer: circuit.step(consumer) for consumer in consumers}
    shared = Counter(steps.values())
    ends = {circuit.exercise.program.name_of(ask.objective) for ask in circuit.gradients}
    told = {c: circuit.written(c) if shared[step] > 1 or step in ends else step for c, step in steps.items()}
    return {consumer: found or steps[consumer] for consumer, found in told.items()}


def _on_biases(circuit: Circuit, weights: Set[int], penalty: int) -> Iterator[Mistake]:
    """The `penalty` of the weights taken of what else is trained, too."""
    trained = {circuit.named[given.name] for given in circuit.exercise.inputs if given.parameter and given.dimensions}
    for ask in circuit.gradients:
        if ask.node in trained - weights:
            for times in (1.0, 2.0):

                def added(trial: Trial, _: object, right: Any, ask: Gradient = ask, times: float = times) -> Any:
                    upstream = exact_gradient(circuit.exercise, trial, ask.objective, penalty)
                    return right + times * upstream.flat[0] * trial.nodes[ask.node]

                told = {"penalty": circuit.step(penalty)}
                yield Mistake("penalty_on_bias", ask.name, told, finishes={ask.name: added})


def _where(circuit: Circuit, source: int) -> str:
    """The gradient at the fork, or the step that it is part of."""
    named = circuit.exercise.program.name_of(source)
    return circuit.gradient_of(source) if named else circuit.step(source)


def _is_penalty(circuit: Circuit, source: int, consumer: int) -> bool:
    """Whether that path leads through the weights alone, and not through the data."""
    program = circuit.exercise.program
    if not isinstance(program.nodes[source], Input) or not circuit.shape(source):
        return False

    def alone(node: int) -> bool:
        given = [program.nodes[i] for i in program.ancestors(node) if i != source]
        return not any(isinstance(entry, Input) and entry.shape for entry in given)

    consumers = {i for i, p in circuit.edges if circuit.operation(i).inputs[p] == source}
    return alone(consumer) and not all(alone(other) for other in consumers)


def _of_size(source: int, times: Callable[[Trial], float]) -> Share:
    """What a penalty of the absolute values passes on."""
    return lambda trial, upstream: times(trial) * upstream * np.sign(trial.nodes[source])


def _nothing(trial: object, upstream: object) -> None:
    return None


def _each(edges: Iterable[tuple[int, int]], share: Share) -> dict[tuple[int, int], Share]:
    return dict.fromkeys(edges, share)


def _scaled(circuit: Circuit, edge: tuple[int, int], times: Callable[[Trial], float]) -> Share:
    program = circuit.exercise.program
    return lambda trial, upstream: times(trial) * program.vjp(trial.nodes, *edge, upstream)
