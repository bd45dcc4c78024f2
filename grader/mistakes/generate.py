"""All mistakes of an exercise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice

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
    "mask_inverted", "square_missing", "square_misplaced", "own_value", "factor_dropped",
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
    return (*single, *_everywhere(single))


def _everywhere(single: Sequence[Mistake]) -> Iterator[Mistake]:
    """One slip made at every place that allows it: who forgets an activation's derivative forgets it in each layer."""
    alike: dict[tuple[str, str], list[Mistake]] = {}
    for mistake in single:
        if mistake.rules and mistake.code in REPEATED:
            alike.setdefault((mistake.code, str(sorted(mistake.parameters.items()))), []).append(mistake)
    for (code, _), places in alike.items():
        if len(places) > 1:
            at = ", ".join(dict.fromkeys(place.at for place in places))
            rules = {edge: share for place in reversed(places) for edge, share in place.rules.items()}
            yield Mistake(code, at, places[0].parameters, rules=rules, repeated=True)
