"""All mistakes of an exercise."""

from __future__ import annotations

from functools import lru_cache

from grader.exercise import Exercise
from grader.mistakes.cuts import wrong_sums
from grader.mistakes.finishes import wrong_finishes
from grader.mistakes.local import wrong_local_rules
from grader.mistakes.mistake import Circuit, Mistake
from grader.mistakes.objectives import wrong_objectives
from grader.mistakes.operands import wrong_operands


@lru_cache(maxsize=512)
def mistakes_of(exercise: Exercise) -> tuple[Mistake, ...]:
    """Every mistake that the rules of mutation make of this exercise's program, the likelier wording first."""
    circuit = Circuit.of(exercise)
    rules = (wrong_finishes, wrong_local_rules, wrong_objectives, wrong_operands, wrong_sums)
    return tuple(mistake for rule in rules for mistake in rule(circuit))
