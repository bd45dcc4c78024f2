"""The other honest convention: the gradients of steps are those of the cost, in place of those of the summed loss.

It is told by what is computed from them, and decided for a submission as a whole: one slip in the middle of it is that
slip, and not also a wrong convention. The gradients that are right in it become matches with a note; the wrong ones
are asked of the cost from then on, so that a mistake is looked for, and followed through, where it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader.candidate import Float64
from grader.compare import same
from grader.exercise import Exercise, Gradient
from grader.explain import alone, ratio
from grader.judging import Judged
from grader.mistakes import predict
from grader.program import Operation
from grader.report import Finding, Note
from grader.trials import TrialSet


def conventional(exercise: Exercise, trials: TrialSet, judged: Sequence[Judged]) -> list[Judged]:
    """`judged`, in the other convention where that is what the answers are in."""
    objectives = {j.ask.objective: j.ask.of for j in judged if isinstance(j.ask, Gradient)}
    if not any(t.tied for t in trials):
        for objective, of in objectives.items():
            if (found := _in(exercise, trials, judged, objective, of)) is not None:
                return found
    return list(judged)


def noted(judged: Judged, note: Note, cost: float) -> Judged:
    """A match with the note; or, where it costs all the points, a mismatch with it as the finding."""
    right = cost < 1
    judgements = tuple(replace(one, verdict="match" if right else "mismatch") for one in judged.judgements)
    told = (Finding(note.code, judged.ask.name, note.parameters),)
    if right:
        return replace(judged, judgements=judgements, findings=(), notes=(*judged.notes, note), worth=1 - cost)
    return replace(judged, judgements=judgements, findings=told, settled=True)


@dataclass(frozen=True, eq=False)
class _Step:
    """The answered gradient of a step: as it was asked, as it would be of the other objective, which is `times` as
    much on each trial, and the answers."""

    ask: Gradient
    other: Gradient
    times: tuple[float, ...]
    judged: Judged
    values: tuple[Float64 | None, ...]

    def right(self, trials: TrialSet) -> bool:
        """Whether it is exactly that of the other objective."""
        return all(
            value is not None and same(value, k * t.expected[self.ask.name].exact)
            for value, k, t in zip(self.values, self.times, trials, strict=True)
        )

    def usable(self, trials: TrialSet) -> bool:
        """Whether other gradients can be computed from it."""
        return all(
            value is not None and value.shape == t.expected[self.ask.name].exact.shape and np.isfinite(value).all()
            for value, t in zip(self.values, trials, strict=True)
        )


def _in(exercise: Exercise, trials: TrialSet, judged: Sequence[Judged], objective: int, of: str) -> list[Judged] | None:
    """`judged` with the gradients of steps as those of this objective; None where they are not. One that is right as
    it was asked shows that they are of the objective that was asked."""
    asked = [(j, j.ask) for j in judged if isinstance(j.ask, Gradient)]
    of_steps = [(j, ask) for j, ask in asked if isinstance(exercise.program.nodes[ask.node], Operation)]
    inner = [(j, ask) for j, ask in of_steps if ask.objective != objective]
    if not inner or any(j.right for j, _ in inner):
        return None
    steps = {ask.name: _step(exercise, trials, j, ask, replace(ask, objective=objective, of=of)) for j, ask in inner}
    answered = [step for step in steps.values() if step and any(value is not None for value in step.values)]
    if not answered or None in steps.values():
        return None
    right = {step.ask.name for step in answered if step.right(trials)}
    given = [step for step in answered if step.usable(trials)]
    found = [_computed_from(exercise, trials, j, ask, given) for j, ask in asked if ask.objective == objective]
    for_it, against = found.count("other"), found.count("asked")
    if for_it <= against and (against or len(right) < len(answered)):
        return None
    if not right and not (given and _told_better(exercise, trials, given[0])):
        return None
    told, cost = {"asked": answered[0].ask.of, "taken": of}, exercise.policy.convention
    right_in_it, wrong_in_it = Note("convention_mean_loss", told), Note("judged_as_mean_loss", told)

    def taken(j: Judged) -> Judged:
        if not (step := steps.get(j.ask.name)):
            return j
        if step.ask.name in right:
            return noted(replace(j, ask=step.other), right_in_it, cost)
        return replace(j, ask=step.other, notes=(*j.notes, wrong_in_it) if step in given else j.notes)

    return [taken(j) for j in judged]


def _step(exercise: Exercise, trials: TrialSet, judged: Judged, ask: Gradient, other: Gradient) -> _Step | None:
    """None where there is no constant between the two objectives' gradients."""
    times = [ratio(exercise, other, ask, t) for t in trials]
    constants = tuple(k for k in times if k is not None)
    values = tuple(one.value for one in judged.judgements)
    return _Step(ask, other, constants, judged, values) if len(constants) == len(times) else None


def _computed_from(
    exercise: Exercise, trials: TrialSet, judged: Judged, ask: Gradient, steps: Sequence[_Step]
) -> str | None:
    """Of which objective this answer takes the steps' gradients that it is computed from to be, if it is right then:
    the "other" one, or the one that was "asked"."""
    program = exercise.program
    way = program.between(frozenset([ask.node]), ask.objective).keys() - {ask.node}
    before = [step for step in steps if step.ask.node in way]
    possible = {"other", "asked"} if before else set()
    for i, (trial, one) in enumerate(zip(trials, judged.judgements, strict=True)):
        for objective in sorted(possible):
            given = {step.ask.node: _as_of(objective, step, i) for step in before}
            predicted = predict(exercise, ask, trial, (), given)
            if one.value is None or predicted is None or not same(one.value, predicted):
                possible.discard(objective)
    return possible.pop() if len(possible) == 1 else None


def _as_of(objective: str, step: _Step, i: int) -> Float64:
    value = step.values[i]
    assert value is not None
    return value if objective == "other" else step.times[i] * value


def _told_better(exercise: Exercise, trials: TrialSet, step: _Step) -> bool:
    """Whether one mistake leads to the answer as that of the other objective, and none as what was asked, but for one
    that is averaged in addition."""
    as_asked = alone(exercise, trials, step.judged)
    return all(m.averaged for m in as_asked) and bool(alone(exercise, trials, replace(step.judged, ask=step.other)))
