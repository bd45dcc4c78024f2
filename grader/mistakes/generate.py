"""All mistakes of an exercise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from grader.exercise import Exercise
from grader.mistakes.activations import wrong_activations
from grader.mistakes.cuts import wrong_sums
from grader.mistakes.finishes import wrong_finishes
from grader.mistakes.forwards import wrong_forwards
from grader.mistakes.local import wrong_local_rules
from grader.mistakes.mistake import Circuit, Mistake
from grader.mistakes.objectives import wrong_objectives
from grader.mistakes.operands import wrong_operands
from grader.mistakes.samples import wrong_samples

REPEATED = (
    "activation_derivative_missing", "activation_derivative_twice", "activation_for_derivative", "other_activation",
    "mask_inverted", "square_missing", "square_misplaced", "own_value", "factor_dropped", "activation_missing",
    "activation_replaced", "term_missing",
)  # fmt: skip

MOST_GATES = 500_000
"""How many gates may be swept to try all mistakes on one trial: some two seconds."""
FEWEST = 100


@lru_cache(maxsize=64)
def mistakes_of(exercise: Exercise) -> tuple[Mistake, ...]:
    """Every mistake that the rules of mutation make of this exercise's program, the likelier wording first; of a very
    large one as many as can be tried in a few seconds."""
    circuit = Circuit.of(exercise)
    most = max(FEWEST, MOST_GATES // (len(exercise.program.nodes) * max(1, len(exercise.asks))))
    rules = (
        wrong_finishes, wrong_activations, wrong_local_rules, wrong_objectives, wrong_operands, wrong_sums,
        wrong_samples, wrong_forwards,
    )  # fmt: skip
    single = list(islice(chain.from_iterable(rule(circuit) for rule in rules), most))
    return (*single, *_everywhere(single, {given.name for given in exercise.inputs if given.parameter}))


def _everywhere(single: Sequence[Mistake], trained: Set[str]) -> Iterator[Mistake]:
    """One slip made at every place that allows it: who forgets an activation's derivative forgets it in each layer, and
    who forgets a bias all of them."""
    alike: dict[tuple[str, str, int], list[Mistake]] = {}
    made: Counter[Any] = Counter()
    for mistake in single:
        if mistake.code in REPEATED and (mistake.rules or mistake.forward):
            bias = mistake.parameters.get("term") in trained
            told = "" if bias else str(sorted(mistake.parameters.items()))
            which = made[mistake.key] if mistake.forward else 0  # another activation: with its derivative, or without
            made[mistake.key] += 1
            alike.setdefault((mistake.code, told, which), []).append(mistake)
    for (code, *_), places in alike.items():
        forward = {node: value for place in places for node, value in place.forward.items()}
        if len(places) > 1 and len(forward) in (0, len(places)):
            at = ", ".join(dict.fromkeys(place.at for place in places))
            rules = {edge: share for place in reversed(places) for edge, share in place.rules.items()}
            finishes = {name: finish for place in places for name, finish in place.finishes.items()}
            said = {k: ", ".join(dict.fromkeys(str(p.parameters[k]) for p in places)) for k in places[0].parameters}
            yield Mistake(code, at, said, rules, finishes=finishes, forward=forward, repeated=not forward)
