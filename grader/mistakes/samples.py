"""Wrong sums over the samples, as loops over them go wrong: one sample alone, one left out, the division within the
loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from grader.candidate import Float64
from grader.exercise import Gradient
from grader.mistakes.mistake import Circuit, Mistake, Share
from grader.trials import Trial

WEIGHTS: dict[str, Callable[[int], Float64]] = {
    "last_sample_alone": lambda n: np.eye(n)[-1],
    "first_sample_alone": lambda n: np.eye(n)[0],
    "last_sample_left_out": lambda n: 1.0 - np.eye(n)[-1],
    "first_sample_left_out": lambda n: 1.0 - np.eye(n)[0],
    "averaged_within_loop": lambda n: np.power(float(n), np.arange(1.0 - n, 1.0)),
}
"""How often each of n samples is counted, where once each is right."""
OF_THE_LOOP = ("first_sample_alone", "last_sample_left_out", "first_sample_left_out")


def wrong_samples(circuit: Circuit) -> Iterator[Mistake]:
    """In one gradient; and what is a slip of the loop itself, in all of them."""
    samples = circuit.exercise.samples
    if samples is None:
        return
    asks = {a.name: _summed(circuit, a, samples) for a in circuit.gradients if samples not in a.dimensions}
    for code, weights in WEIGHTS.items():
        told = {"dimension": samples} if code == "averaged_within_loop" else {}
        summed = {name: {e: _weighted(circuit, e, samples, weights) for e in edges} for name, edges in asks.items()}
        if code in OF_THE_LOOP and len(asks) > 1:
            everywhere = {edge: share for rules in summed.values() for edge, share in rules.items()}
            yield Mistake(code, ", ".join(asks), told, rules=everywhere)
        for name, rules in summed.items():
            yield Mistake(code, name, told, rules=rules)


def _summed(circuit: Circuit, ask: Gradient, samples: str) -> list[tuple[int, int]]:
    """Where what is asked about is first made one for each sample, and its gradient summed over them therefore."""
    alike, found = {ask.node}, []
    for index in sorted(circuit.exercise.program.between(frozenset([ask.node]), ask.objective)):
        for position, source in enumerate(circuit.exercise.program.nodes[index].inputs):
            if source in alike and samples in circuit.shape(index):
                found.append((index, position))
            elif source in alike:
                alike.add(index)
    return found


def _weighted(circuit: Circuit, edge: tuple[int, int], samples: str, weights: Callable[[int], Float64]) -> Share:
    program, shape = circuit.exercise.program, circuit.shape(edge[0])
    after = (1,) * (len(shape) - 1 - shape.index(samples))

    def share(trial: Trial, upstream: Any) -> Any:
        each = weights(trial.sizes[samples]).reshape(-1, *after)
        return program.vjp(trial.nodes, *edge, upstream * each)

    return share
