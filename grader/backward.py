"""The reverse sweep over fused steps, put together once: a list of what each node passes on to which.

It gives what a sweep gate by gate gives (`Program.sweep`), in fewer steps, and nothing in between.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

import numpy as np

from grader.elementwise import Elementwise
from grader.fused import Steps
from grader.nodes import Node, Operation

Rule = Callable[[Any, Sequence[Any], float], Any]
"""What is passed on of the gradient that arrived, from all nodes' values and the share at a kink."""
Sweep = tuple[tuple[int, tuple[tuple[int, Rule], ...]], ...]
"""Each node in backward order, with the nodes that it passes on to, and its rules for them."""


def reverse(nodes: Sequence[Node], steps: Steps, moving: frozenset[int], wanted: frozenset[int]) -> Sweep:
    """The sweep of `steps`, to those of their operands that are `moving`."""
    sums = ("sum", "mean")
    narrow = {step.inputs[0] for _, step in steps if step.gate.name in sums and step.inputs[0] not in wanted}
    found = []
    for index, step in reversed(steps):
        pulls = [_pull(step, position, narrow) if s in moving else None for position, s in enumerate(step.inputs)]
        rules = [
            (source, _rule(nodes, index, step, source, pull, index in narrow))
            for source, pull in zip(step.inputs, pulls, strict=True)
            if pull is not None
        ]
        found.append((index, tuple(rules)))
    return tuple(found)


def run(sweep: Sweep, values: Sequence[Any], objective: int, at_kink: float) -> dict[int, Any]:
    """The gradient of every node that the sweep reaches from the scalar `objective`."""
    gradients: dict[int, Any] = {objective: np.float64(1.0)}
    for index, rules in sweep:
        if index in gradients:
            upstream = gradients[index]
            for source, rule in rules:
                share = rule(upstream, values, at_kink)
                gradients[source] = gradients[source] + share if source in gradients else share
    return gradients


def _pull(step: Operation, position: int, narrow: Container[int]) -> Callable[..., Any] | None:
    """The gate's function of upstream, output, share at a kink and inputs; None where it passes nothing on."""
    gate, options = step.gate, step.options
    if isinstance(gate, Elementwise):
        return gate.pullback(position)
    vjp = gate.narrow if gate.narrow and step.inputs[position] in narrow else gate.vjps[position]
    return lambda g, output, at_kink, *inputs: vjp(g, output, inputs, **options)


def _rule(
    nodes: Sequence[Node], index: int, step: Operation, source: int, pull: Callable[..., Any], narrow: bool
) -> Rule:
    """What the step passes on to `source`. What arrives may be `narrow`: the gradient of a sum, which is the same along
    its axes, is not written out where it is multiplied next."""
    inputs = step.inputs
    if len(inputs) == 1:
        rule: Rule = lambda g, v, at_kink: pull(g, v[index], at_kink, v[source])  # noqa: E731
    elif len(inputs) == 2:
        a, b = inputs
        rule = lambda g, v, at_kink: pull(g, v[index], at_kink, v[a], v[b])  # noqa: E731
    else:
        rule = lambda g, v, at_kink: pull(g, v[index], at_kink, *(v[i] for i in inputs))  # noqa: E731
    if not isinstance(step.gate, Elementwise):
        return (lambda g, v, at_kink: rule(_full(g, v[index]), v, at_kink)) if narrow else rule
    wide: Rule = (lambda g, v, at_kink: _full(rule(g, v, at_kink), v[index])) if narrow else rule
    shape, rank = nodes[source].shape, len(step.shape)
    if shape == step.shape:
        return wide
    lead = rank - len(shape)  # summed where it was broadcast
    axes = (*range(lead), *(lead + i for i, size in enumerate(shape) if size != step.shape[lead + i]))
    if not lead:
        return lambda g, v, at_kink: np.add.reduce(wide(g, v, at_kink), axes, keepdims=True)
    return lambda g, v, at_kink: np.add.reduce(wide(g, v, at_kink), axes, keepdims=True).reshape(np.shape(v[source]))


def _full(gradient: Any, value: Any) -> Any:
    """The gradient in the shape of `value`."""
    return gradient if np.shape(gradient) == np.shape(value) else np.broadcast_to(gradient, np.shape(value))
