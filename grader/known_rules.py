"""What the catalogue's elementwise gates need of `grader.rules`, derived beforehand: `rules.json`, made by

python -m grader.known_rules
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from grader.elementwise import DEFINITIONS, Elementwise, key_of
from grader.exercise import Exercise, Gradient, Procedure
from grader.reading import catalogue
from grader.rules import kinks, partial, pullback, value

Rules = dict[str, str | list[str] | None]


def known_rules(exercises: Iterable[Exercise]) -> Rules:
    """What `grader.elementwise.rule` answers for all gates, and for the fused ones of these exercises, by `key_of`."""
    gates = {(definition, arity) for arity, definition in DEFINITIONS.values()}
    fused = {gate for exercise in exercises for gate in _fused(exercise)} - gates
    found: Rules = {}
    for definition, arity in sorted(gates | fused):
        asked: list[tuple[Callable[..., Any], tuple[object, ...]]] = [(kinks, ())]
        asked += [(pullback, (i,)) for i in range(arity)]
        for numbers in ("numpy", "mpmath") if (definition, arity) in gates else ("numpy",):
            asked += [(value, (numbers,)), *((partial, (i, numbers)) for i in range(arity))]
        for what, which in asked:
            found[key_of(what.__name__, definition, arity, *which)] = what(definition, arity, *which)
    return found


def _fused(exercise: Exercise) -> Iterator[tuple[str, int]]:
    """The definitions of the exercise's fused gates, whatever the gradients are asked for together."""
    asked = [ask for ask in exercise.asks if isinstance(ask, (Gradient, Procedure))]
    for objective in {ask.objective for ask in asked}:
        wanted = [ask.node for ask in asked if ask.objective == objective]
        for sources in (frozenset(wanted), *(frozenset([node]) for node in wanted)):
            for _, step in exercise.program.steps(sources, objective, known=False):
                if isinstance(step.gate, Elementwise):
                    yield step.gate.definition, step.gate.arity


def main() -> None:
    text = json.dumps(known_rules(catalogue().values()), indent=0, sort_keys=True)
    Path(__file__).with_name("rules.json").write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
