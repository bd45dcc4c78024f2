"""Forward right or wrong × backward right for it: a backward pass that is the derivative of the student's own, wrong,
forward pass is no second mistake.

Where a submission answers with a value of the forward pass, that value is read again at moved inputs, put into the
rest of the program, and differenced: d/dv J = (J(x + hv) - J(x - hv)) / 2h, on the worked example along every entry of
each input whose gradient is asked, on one hidden trial along two random directions, so that numbers written into the
code show. It cannot see what the value does not show: a forward pass that is wrong and keeps it right. By an input that
the student's forward pass leaves out, as a bias that is not added, the derivative is zero: there the gradient is held
against the program's with zeros for that input, whose values are then the student's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from grader.candidate import Array, Float64
from grader.compare import same
from grader.exercise import Exercise, Gradient, Value
from grader.judging import Judged
from grader.program import Input
from grader.report import Note
from grader.sandbox import Answers, Call, Failed, Finished, SandboxUnavailable
from grader.trials import Trial, TrialSet

STEP = 1e-5
TOLERANCE = 1e-5
"""Relative to the largest entry: what rounding and the third derivative leave of a difference with this step."""
MOST_CALLS = 200
DIRECTIONS = 2

Asking = Callable[[Exercise, Trial, tuple[str, ...]], Call]
"""A call of the student's code at a trial's point, for these asked quantities."""
Running = Callable[[tuple[Call, ...]], Finished | Failed]
"""The same submission through the same interface, with other calls."""


@dataclass(frozen=True)
class TwoByTwo:
    """What is to be told, and which wrong gradients `follow` from which wrong value of the forward pass."""

    follows: Mapping[str, str]
    notes: tuple[Note, ...] = ()


def two_by_two(
    exercise: Exercise, trials: TrialSet, judged: Sequence[Judged], asking: Asking, run: Running
) -> TwoByTwo:
    """What the forward pass explains. `run` is used at most once, and only where both a value of the forward pass and
    a gradient are wrong.

    Raises SandboxUnavailable where that run failed on our side.
    """
    forward = {j.ask.name: node for j in judged if (node := _forward_node(exercise, j.ask)) is not None}
    gradients = [j for j in judged if isinstance(j.ask, Gradient) and _through(exercise, j.ask, forward)]
    if not forward or not gradients:
        return TwoByTwo({})
    wrong_values = [j for j in judged if j.ask.name in forward and not j.right]
    wrong = [j.ask.name for j in gradients if not j.right]
    if not wrong_values:
        right = {"forward": ", ".join(forward), "backward": ", ".join(wrong)}
        return TwoByTwo({}, (Note("forward_right_backward_wrong", right),) if wrong else ())
    told = {"forward": ", ".join(j.ask.name for j in wrong_values)}
    if not wrong:
        return TwoByTwo({}, (Note("forward_wrong_backward_right", told),))
    differences = _measured(exercise, trials, judged, forward, asking, run)
    if differences is None:
        return TwoByTwo({})
    values = {forward[j.ask.name]: j for j in judged if j.ask.name in forward}
    held: dict[str, bool | None] = {}
    for j in (j for j in gradients if not j.right):
        held[j.ask.name] = _held_against(j, differences.get(j.ask.name))
        if held[j.ask.name] is None and _left_out(exercise, trials, values, j):
            held[j.ask.name] = True
    follows = {name: wrong_values[-1].ask.name for name, consistent in held.items() if consistent}
    if len(follows) == len(wrong):
        return TwoByTwo(follows, (Note("forward_wrong_backward_follows", {**told, "backward": ", ".join(wrong)}),))
    if None in held.values():
        return TwoByTwo(follows)  # nothing is said of what cannot be told
    told["backward"] = ", ".join(name for name in wrong if name not in follows)
    return TwoByTwo(follows, (Note("forward_wrong_backward_wrong", told),))


def _forward_node(exercise: Exercise, ask: object) -> int | None:
    """The node of the program whose value is asked; None for an update step, or another kind of quantity."""
    if not isinstance(ask, Value):
        return None
    names = [step for step in exercise.steps if exercise.updates.names[step] == ask.node]
    return exercise.program.names[names[0]] if names else None


def _through(exercise: Exercise, ask: Gradient, forward: Mapping[str, int]) -> bool:
    """Whether the gradient is by an input, and passes through a value of `forward`."""
    way = exercise.program.between(frozenset([ask.node]), ask.objective)
    return isinstance(exercise.program.nodes[ask.node], Input) and not way.keys().isdisjoint(forward.values())


# ------------------------------------------------------------------------------------------------ moved inputs


@dataclass(frozen=True, eq=False)
class _Probe:
    """Two calls, at either side of a trial's point: the variable of `ask` is moved up and down along `direction`.
    `place` is the trial's in its set, `call` that of the first of the two calls."""

    ask: Gradient
    place: int
    call: int
    direction: Float64
    up: Trial
    down: Trial


@dataclass(frozen=True, eq=False)
class _Probes:
    """All calls: the worked example as it is first and last, in between each probe's two."""

    calls: tuple[Call, ...]
    probes: tuple[_Probe, ...]


@lru_cache(maxsize=128)  # every submission is called on the same few sets of points, and calls are encoded once
def _probes(
    exercise: Exercise, trials: TrialSet, values: tuple[str, ...], asked: tuple[Gradient, ...], asking: Asking
) -> _Probes:
    hidden = next((i for i, t in enumerate(trials) if i and not t.tied), None)
    found: list[_Probe] = []
    for ask in asked:
        size = int(np.prod(ask.shape(trials.trials[0].sizes)))
        if 2 * (len(found) + size + DIRECTIONS) + 2 > MOST_CALLS:
            continue  # of so large a variable nothing is told
        along = [(0, d.reshape(ask.shape(trials.trials[0].sizes))) for d in np.eye(size)]
        if hidden is not None:
            along += [(hidden, d) for d in _directions(ask.shape(trials.trials[hidden].sizes))]
        for place, direction in along:
            up, down = (_moved(exercise, trials.trials[place], ask.node, h * direction) for h in (STEP, -STEP))
            found.append(_Probe(ask, place, 1 + 2 * len(found), direction, up, down))
    worked = trials.trials[0]
    points = [worked, *(point for probe in found for point in (probe.up, probe.down)), worked]
    return _Probes(tuple(asking(exercise, point, values) for point in points), tuple(found))


def _directions(shape: tuple[int, ...]) -> list[Float64]:
    generator = np.random.default_rng(7)
    return [np.asarray(generator.uniform(-1.0, 1.0, shape)) for _ in range(DIRECTIONS)]


def _moved(exercise: Exercise, trial: Trial, node: int, by: Float64) -> Trial:
    """The trial with an input moved, and every step of the forward pass with it."""
    program = exercise.program
    nodes = program.forward_from(trial.nodes, node, trial.nodes[node] + by)
    return replace(trial, nodes=nodes, values={name: nodes[program.names[name]] for name in trial.values})


# ------------------------------------------------------------------------------------------------ differences

_Differences = list[tuple[_Probe, float]]
"""For one gradient: each probe, and the derivative along it."""


def _measured(
    exercise: Exercise, trials: TrialSet, judged: Sequence[Judged], forward: Mapping[str, int], asking: Asking,
    run: Running,
) -> dict[str, _Differences] | None:  # fmt: skip
    """By asked gradient, where all its calls were answered as they must be; None where the values of the forward pass
    are no numbers of the right shape, too coarse for differences, or others when the same call is made again."""
    if not all(_fine(j, len(trials)) for j in judged if j.ask.name in forward):
        return None
    asked = tuple(j.ask for j in judged if isinstance(j.ask, Gradient) and _through(exercise, j.ask, forward))
    probes = _probes(exercise, trials, tuple(forward), asked, asking)
    outcome = run(probes.calls)
    if isinstance(outcome, Failed):
        if outcome.status == "sandbox_error":
            raise SandboxUnavailable(str(outcome.parameters.get("reason", outcome.code)))
        return None
    first, last = (_values(outcome.answers[place], forward) for place in (0, -1))
    if first is None or last is None or not all(_close(first[name], last[name]) for name in forward):
        return None
    found: dict[str, _Differences] = {}
    for probe in probes.probes:
        answers = outcome.answers[probe.call : probe.call + 2]
        up, down = (
            _objective(exercise, probe.ask, point, forward, answer)
            for point, answer in zip((probe.up, probe.down), answers, strict=True)
        )
        found.setdefault(probe.ask.name, []).append((probe, (up - down) / (2 * STEP)))
    return {name: mine for name, mine in found.items() if np.isfinite([d for _, d in mine]).all()}


def _fine(judged: Judged, trials: int) -> bool:
    """Whether every trial was answered with finite numbers of the right shape, finer than float32 has them."""
    values = [j.value for j in judged.judgements if j.verdict in ("match", "mismatch") and j.value is not None]
    with np.errstate(over="ignore"):
        return len(values) == trials and any((value != value.astype(np.float32)).any() for value in values)


def _objective(exercise: Exercise, ask: Gradient, point: Trial, forward: Mapping[str, int], answers: Answers) -> float:
    """The objective of `ask` with the student's values in the place of the program's; NaN where there are none."""
    values = _values(answers, forward)
    nodes = point.nodes
    for name, node in sorted(forward.items(), key=lambda pair: pair[1]):
        if values is None or values[name].shape != np.shape(point.nodes[node]):
            return float("nan")
        nodes = exercise.program.forward_from(nodes, node, values[name])
    return float(nodes[ask.objective])


def _values(answers: Answers, forward: Mapping[str, int]) -> dict[str, Float64] | None:
    """The values of the forward pass in `answers`; None where one is not there, or not finite."""
    given = {name: answers.candidates[name] for name in forward}
    values = {n: c.value for n, c in given.items() if isinstance(c, Array) and np.isfinite(c.value).all()}
    return values if len(values) == len(forward) else None


def _close(one: Float64, other: Float64) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-12, atol=0.0))


def _held_against(judged: Judged, differences: _Differences | None) -> bool | None:
    """Whether the student's gradient is the derivative of their own forward pass; None where that cannot be told."""
    values = [j.value for j in judged.judgements if j.verdict in ("match", "mismatch")]
    if len(values) < len(judged.judgements):
        return False
    worked = np.array([derivative for probe, derivative in differences or () if probe.place == 0])
    if not worked.any() or (worked.size > 1 and np.ptp(worked) <= TOLERANCE * np.abs(worked).max()):
        return None  # zero, or one number everywhere: nothing is shown by agreeing with it
    largest = float(np.abs(worked).max())
    for probe, derivative in differences or ():
        value = values[probe.place]
        assert value is not None
        size = largest if probe.place == 0 else float(np.abs(value * probe.direction).sum())
        if not abs(float(np.sum(value * probe.direction)) - derivative) <= TOLERANCE * size:
            return False
    return True


def _left_out(exercise: Exercise, trials: TrialSet, values: Mapping[int, Judged], judged: Judged) -> bool:
    """Whether the forward pass, whose `values` are given by node, leaves out the input that this is the gradient by,
    and the gradient is the program's with zeros for that input."""
    ask, program = judged.ask, exercise.program
    assert isinstance(ask, Gradient)
    for i, trial in enumerate(trials):
        if trial.tied:
            continue
        nodes = program.forward_from(trial.nodes, ask.node, np.zeros_like(trial.nodes[ask.node]))
        pairs = [(j.judgements[i].value, nodes[node]) for node, j in values.items()]
        pairs.append((judged.judgements[i].value, program.backward(nodes, ask.objective, [ask.node])[ask.node]))
        if not all(value is not None and same(value, np.asarray(expected)) for value, expected in pairs):
            return False
    return True
