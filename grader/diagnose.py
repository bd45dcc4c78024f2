"""What can be said about a wrong answer: findings, each a code with parameters and put into words by
`grader.messages`. These come from shapes, types and from the pattern of right and wrong over the trials."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.candidate import Raised
from grader.compare import Judgement
from grader.exercise import Asked, Exercise, Gradient, Random
from grader.report import Finding
from grader.shapes import written
from grader.trials import Trial

IMPRECISE = 1e-4
"""Up to this relative error an answer is wrong in its precision rather than in its rule."""


def findings(
    exercise: Exercise, ask: Asked, judgements: Sequence[Judgement], trials: Sequence[Trial], raised: Raised | None
) -> tuple[Finding, ...]:
    """What is wrong with the answers to `ask`, one judgement a trial (the worked example first); `raised` is the
    exception of a hidden trial, where the worked example went through."""
    worked = judgements[0]
    wrong_by = [j.relative_error for j in judgements if not j.right]
    if wrong_by and all(j.verdict in ("match", "mismatch") for j in judgements) and not isinstance(ask, Random):
        largest = max(error for error in wrong_by if error is not None)
        if largest <= IMPRECISE:
            return (Finding("imprecise", ask.name, {"error": f"{largest:.1g}"}),)
    if not worked.right:
        return _on_worked_example(exercise, ask, worked)
    if all(j.right for j in judgements):
        return ()
    if raised is not None and any(j.verdict == "missing" for j in judgements):
        return (Finding("fails_on_hidden_trials", ask.name, {"type": raised.type, "where": raised.line or "?"}),)
    ones = [letter for letter, size in exercise.dimensions.items() if size == 1]
    for letter in ones:
        if all(j.right == (t.sizes[letter] == 1) for j, t in zip(judgements, trials, strict=True)):
            return (Finding("right_only_when_one", ask.name, {"dimension": letter}),)
    wrong = sum(not j.right for j in judgements)
    if wrong == len(judgements) - 1:
        return (Finding("right_only_on_worked_example", ask.name, {"hidden": wrong}),)
    return (Finding("wrong_on_some_hidden_trials", ask.name, {"wrong": wrong, "hidden": len(judgements) - 1}),)


def _on_worked_example(exercise: Exercise, ask: Asked, judgement: Judgement) -> tuple[Finding, ...]:
    match judgement.verdict:
        case "wrong_shape":
            return (_shape(exercise, ask, judgement.shape or ()),)
        case "not_array" | "not_real":
            return (Finding(judgement.verdict, ask.name, {"type": judgement.type}),)
        case "missing":
            return (Finding("missing", ask.name),)
        case "not_finite":
            assert judgement.wrong is not None
            count = int(np.sum(judgement.wrong))
            return (Finding("not_finite", ask.name, {"count": count, "entries": int(np.size(judgement.wrong))}),)
    return ()


def _shape(exercise: Exercise, ask: Asked, got: tuple[int, ...]) -> Finding:
    """The dimension check, told in the exercise's letters."""
    expected = exercise.shown_shape(ask)
    parameters = {
        "got": written(got),
        "of": ask.wrt if isinstance(ask, Gradient) else ask.name,
        "letters": ask.symbolic_shape,
        "expected": written(expected),
    }
    if got == expected[::-1] and len(got) == 2:
        return Finding("shape_transposed", ask.name, parameters)
    if got == () and expected:
        return Finding("shape_scalar", ask.name, parameters)
    if tuple(n for n in got if n != 1) == tuple(n for n in expected if n != 1):
        return Finding("shape_axis_lost" if len(got) < len(expected) else "shape_axis_added", ask.name, parameters)
    if len(got) == len(expected) and all(g == e or e == 1 for g, e in zip(got, expected, strict=True)):
        return Finding("shape_not_summed", ask.name, parameters)
    return Finding("shape_wrong", ask.name, parameters)
