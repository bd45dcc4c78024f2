"""What can be said about a wrong answer: findings, each a code with parameters and put into words by
`grader.messages`. These come from shapes, types and from the pattern of right and wrong over the trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from grader.candidate import Raised
from grader.compare import Judgement
from grader.exercise import Asked, Exercise, Gradient, Procedure, Random
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
        return _on_worked_example(exercise, ask, judgements, trials)
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


def _on_worked_example(
    exercise: Exercise, ask: Asked, judgements: Sequence[Judgement], trials: Sequence[Trial]
) -> tuple[Finding, ...]:
    judgement = judgements[0]
    match judgement.verdict:
        case "wrong_shape":
            return (_shape(exercise, ask, judgements, trials),)
        case "not_array" | "not_real":
            return (Finding(judgement.verdict, ask.name, {"type": judgement.type}),)
        case "missing":
            return (Finding("missing", ask.name),)
        case "not_finite":
            assert judgement.wrong is not None
            count = int(np.sum(judgement.wrong))
            return (Finding("not_finite", ask.name, {"count": count, "entries": int(np.size(judgement.wrong))}),)
    return ()


Shape = tuple[int, ...]


def _shape(exercise: Exercise, ask: Asked, judgements: Sequence[Judgement], trials: Sequence[Trial]) -> Finding:
    """The dimension check, told in the exercise's letters. What is said holds of every trial with a wrong shape: sizes
    of the worked example may agree by chance."""
    first, expected = 1 if isinstance(ask, Procedure) and ask.steps else 0, exercise.shown_shape(ask)
    pairs = [((judgements[0].shape or ())[first:], expected)]
    for judgement, trial in zip(judgements[1:], trials[1:], strict=True):
        if judgement.verdict == "wrong_shape":
            pairs.append(((judgement.shape or ())[first:], trial.expected[ask.name].exact.shape[first:]))
    parameters = {
        "got": written(pairs[0][0]),
        "of": ask.wrt if isinstance(ask, Gradient) else ask.name,
        "letters": ask.symbolic_shape,
        "expected": written(expected),
    }
    if expected == ():
        return Finding("shape_of_an_array", ask.name, parameters)
    if not isinstance(ask, Gradient):
        return Finding("shape_other", ask.name, parameters)
    if _undifferentiated(ask, judgements, trials):
        return Finding("not_differentiated", ask.of)
    known = (code for code, holds in SHAPES.items() if all(holds(got, asked) for got, asked in pairs))
    return Finding(next(known, "shape_wrong"), ask.name, parameters)


def _squeezed(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)


SHAPES: dict[str, Callable[[Shape, Shape], bool]] = {
    "shape_transposed": lambda got, asked: got == asked[::-1] and len(got) == 2,
    "shape_scalar": lambda got, asked: got == (),
    "shape_axis_lost": lambda got, asked: _squeezed(got) == _squeezed(asked) and len(got) < len(asked),
    "shape_axis_added": lambda got, asked: _squeezed(got) == _squeezed(asked) and len(got) > len(asked),
    "shape_not_summed": lambda got, asked: (
        len(got) == len(asked) and all(g == e or e == 1 for g, e in zip(got, asked, strict=True))
    ),
}
"""What a shape of a gradient's looks like, by the shape that is got and the one that is asked; the first that holds."""


def _undifferentiated(ask: Gradient, judgements: Sequence[Judgement], trials: Sequence[Trial]) -> bool:
    """Whether the answer is what was to be differentiated, on every trial."""
    pairs = [(j.value, t.nodes[ask.objective]) for j, t in zip(judgements, trials, strict=True)]
    return all(v is not None and v.shape == () and np.isclose(v, f, rtol=1e-9, atol=0.0) for v, f in pairs)
