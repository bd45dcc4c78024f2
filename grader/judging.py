"""How each kind of asked quantity is judged over the trials: a gradient or a value entry by entry, gradients on a kink
jointly, a random start by its statistics, a procedure by its error and its order of convergence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader import compare, diagnose
from grader.candidate import Array, Float64, Missing, Raised
from grader.compare import Judgement
from grader.exercise import Asked, Exercise, Procedure, Random, Value
from grader.report import Finding, Note
from grader.sandbox import Answers
from grader.shapes import written
from grader.trials import Expected, Trial, TrialSet, of_value


@dataclass(frozen=True, eq=False)
class Judged:
    """One asked quantity: a judgement a trial (the worked example first), what is wrong, what else is to be said, the
    part of its points that it is worth if it is right, and whether it is `settled`: right but for what its finding
    says."""

    ask: Asked
    judgements: tuple[Judgement, ...]
    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    worth: float = 1.0
    settled: bool = False

    @property
    def right(self) -> bool:
        return all(judgement.right for judgement in self.judgements)


def judge_answers(
    exercise: Exercise, asked: Sequence[Asked], trials: TrialSet, answers: Sequence[Answers]
) -> tuple[list[Judged], list[Note]]:
    """Each of `asked`, and notes on the whole; `answers` are those of the trials, then those of random starts."""
    on_trials, starts = answers[: len(trials)], answers[len(trials) :]
    hidden = next((a.raised for a in on_trials[1:] if a.raised), None)
    judged: list[Judged] = []
    for ask in asked:
        match ask:
            case Random():
                judged.append(_random(exercise, ask, starts))
            case Procedure():
                judged.append(_procedure(exercise, ask, trials, on_trials, hidden))
            case _:
                expected = [t.expected[ask.name] for t in trials]
                found = _entrywise(exercise, ask, trials, on_trials, expected, hidden)
                if isinstance(ask, Value) and ask.own and not found.right:  # what is exact is right, however it came
                    expected = [_own_value(exercise, ask, t, a) for t, a in zip(trials, on_trials, strict=True)]
                    found = _entrywise(exercise, ask, trials, on_trials, expected, hidden)
                judged.append(found)
    return _on_kinks(_in_other_order(judged, trials), trials.trials)


def _entrywise(
    exercise: Exercise, ask: Asked, trials: TrialSet, answers: Sequence[Answers], expected: Sequence[Expected],
    hidden: Raised | None,
) -> Judged:  # fmt: skip
    judgements = tuple(
        compare.judge(a.candidates[ask.name], e.exact, e.scale) for a, e in zip(answers, expected, strict=True)
    )
    tied = [t.tied for t in trials]
    untied = [j for j, t in zip(judgements, tied, strict=True) if not t]  # trials on a kink are judged jointly, later
    points = [t for t in trials if not t.tied]
    return Judged(ask, judgements, diagnose.findings(exercise, ask, untied, points, hidden))


def _in_other_order(judged: Sequence[Judged], trials: TrialSet) -> list[Judged]:
    """Answers that have each the shape of another one on every trial are told so: they stand in one another's place."""
    misshapen = [j for j in judged if j.judgements[0].verdict == "wrong_shape"]
    places = {
        one.ask.name: next((o.ask.name for o in misshapen if o is not one and _fits(one, o.ask, trials)), None)
        for one in misshapen
    }
    found = []
    for one in judged:
        place = places.get(one.ask.name)
        if place is not None and places[place] is not None:
            said = {"got": written(one.judgements[0].shape or ()), "other": place}
            one = replace(one, findings=(Finding("shape_of_another", one.ask.name, said),))
        found.append(one)
    return found


def _fits(one: Judged, other: Asked, trials: TrialSet) -> bool:
    """Whether the answer to `one` has the shape of what is asked as `other` on every trial."""
    return all(j.shape == other.shape(t.sizes) for j, t in zip(one.judgements, trials, strict=True))


def _own_value(exercise: Exercise, ask: Value, trial: Trial, answers: Answers) -> Expected:
    """What an update step gives with the student's own gradients, where these could be gradients: of the right shape,
    or one that fits it in an update, not all zero, and not so large that the step alone would be seen."""
    known = {name: trial.nodes[i] for name, i in exercise.program.names.items()}
    for name, expected in trial.expected.items():
        match answers.candidates[name]:
            case Array(value) if _broadcasts(value.shape, expected.exact.shape) and _could_be(value, expected):
                known[name] = value
            case _:
                known[name] = expected.exact
    return of_value(exercise.updates.forward(known)[ask.node])


def _broadcasts(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether an array of this shape can be subtracted from one of the other without changing its shape."""
    backwards = zip(reversed(shape), reversed(other), strict=False)
    return len(shape) <= len(other) and all(size in (1, length) for size, length in backwards)


def _could_be(value: Float64, expected: Expected) -> bool:
    largest, exact = float(np.abs(value).max(initial=0.0)), float(np.abs(expected.exact).max(initial=0.0))
    return 0 < largest <= 1e3 * max(exact, 1.0)


def _on_kinks(judged: Sequence[Judged], trials: Sequence[Trial]) -> tuple[list[Judged], list[Note]]:
    """Judge the trials that lie on a kink over, jointly: any subgradient is right there."""
    found = {j.ask.name: j for j in judged}
    notes: list[Note] = []
    for i, trial in enumerate(trials):
        if not trial.tied:
            continue
        ends = {name: e.ends for name, e in trial.expected.items() if e.ends is not None and name in found}
        ends = {name: pair for name, pair in ends.items() if not np.array_equal(*pair)}  # those that the kink decides
        given: dict[str, Float64] = {}
        for name in ends:
            here = found[name].judgements[i]
            if here.value is not None and here.verdict in ("match", "mismatch"):
                given[name] = here.value
        t = compare.subgradient(given, ends) if given else None
        for name in given:
            found[name] = _rejudged(found[name], i, right=t is not None)
        if t is not None:
            notes.append(Note("subgradient_taken", {"share": round(min(max(t, 0.0), 1.0), 6) + 0.0}))
    return list(found.values()), notes


def _rejudged(judged: Judged, i: int, right: bool) -> Judged:
    judgements = list(judged.judgements)
    judgements[i] = replace(judgements[i], verdict="match" if right else "mismatch", relative_error=None, errors=None)
    findings = judged.findings
    if not right and not findings and all(one.right for one in judgements[:i] + judgements[i + 1 :]):
        findings = (Finding("not_a_subgradient", judged.ask.name),)
    return replace(judged, judgements=tuple(judgements), findings=findings)


def _random(exercise: Exercise, ask: Random, starts: Sequence[Answers]) -> Judged:
    """A random start against its mean and standard deviation: five standard errors of each are allowed."""
    candidate = next((a.candidates[ask.name] for a in starts if ask.name in a.candidates), Missing())
    exact = np.full(ask.shape(ask.at), ask.mean)
    judgement = compare.judge(candidate, exact, np.full(exact.shape, ask.std + 1e-300))
    value = judgement.value
    if value is None or judgement.verdict not in ("match", "mismatch"):
        return Judged(ask, (judgement,), diagnose.findings(exercise, ask, [judgement], (), None))
    judgement = replace(judgement, wrong=None)
    units = value.ndim == 2 and value.shape[0] > 1 and bool((value == value[:1]).all())  # a row is a unit's weights
    alike = ask.std > 0 and (units or np.ptp(value) == 0)  # with such a start they stay so, whatever its spread
    if ask.std:
        n = exact.size
        mean_off = abs(float(value.mean()) - ask.mean) / ask.std
        std_off = abs(float(value.std()) / ask.std - 1)
        right = not alike and mean_off <= 5 / np.sqrt(n) and std_off <= 5 / np.sqrt(2 * n)
        error = max(mean_off, std_off)
        judgement = replace(judgement, verdict="match" if right else "mismatch", relative_error=error, errors=None)
    if judgement.right:
        return Judged(ask, (judgement,))
    told = {
        "mean": f"{value.mean():.3g}",
        "std": f"{value.std():.3g}",
        "expected_mean": f"{ask.mean:.3g}",
        "expected_std": f"{ask.std:.3g}",
        "sizes": ", ".join(f"{letter} = {size}" for letter, size in ask.at.items()),
    }
    code = "start_all_alike" if alike else "random_start"
    return Judged(ask, (judgement,), (Finding(code, ask.name, told),))


def _procedure(
    exercise: Exercise, ask: Procedure, trials: TrialSet, answers: Sequence[Answers], hidden: Raised | None
) -> Judged:
    """A difference quotient against the derivative, within the error that its step and order explain; where the steps
    are ours, its order of convergence is part of the verdict."""
    judgements: list[Judgement] = []
    orders = []
    changed = any(code == "input_changed" for a in answers for code, _ in a.notes)
    for trial, answer in zip(trials, answers, strict=True):
        expected = trial.expected[ask.name]
        judgement = compare.judge(answer.candidates[ask.name], expected.exact, expected.scale, allowed=True)
        if judgement.value is not None and judgement.verdict in ("match", "mismatch") and len(ask.steps) > 1:
            orders.append(_order(np.abs(judgement.value - expected.exact), ask.steps))
        judgements.append(judgement)
    order = float(np.nanmedian(orders)) if orders and not np.isnan(orders).all() else None
    compared = all(j.verdict in ("match", "mismatch") for j in judgements)
    slow = order is not None and CONVERGES < order < ask.order - 0.3 and compared
    findings = diagnose.findings(exercise, ask, judgements, trials.trials, hidden)
    if compared and (multiplied := _multiplied(ask, trials, judgements)):
        findings = (multiplied,)
    if slow:
        findings = (Finding("order_too_low", ask.name, {"order": round(order or 0.0, 2), "expected": ask.order}),)
    if not all(j.right for j in judgements) and _cut(exercise, ask, trials, judgements):
        findings = (Finding("integers_cut", ask.name),)
    elif _vanished(judgements):
        findings = (Finding("step_too_small", ask.name),)
    if changed:
        findings = (Finding("input_not_restored", ask.name), *findings)
    if slow or changed:
        judgements = [replace(j, verdict="mismatch") if j.right else j for j in judgements]
    right = all(j.right for j in judgements)
    notes = (Note("observed_order", {"order": round(order, 2)}),) if right and order is not None else ()
    return Judged(ask, tuple(judgements), findings, notes)


CONVERGES = 0.5
"""A quotient of a lower order goes somewhere else."""
TOO_MUCH = {2.0: ("other_distance", {"factor": "2"}), 0.5: ("other_distance", {"factor": "1/2"}), -1.0: ("sign", {})}


def _multiplied(ask: Procedure, trials: TrialSet, judgements: Sequence[Judgement]) -> Finding | None:
    """A constant factor that every answer has too much, as of a division by h in place of 2h."""
    pairs = [(j.value, t.expected[ask.name]) for j, t in zip(judgements, trials, strict=True) if j.value is not None]
    for k, (code, told) in TOO_MUCH.items():
        if all((np.abs(value - k * e.exact) <= max(1.0, abs(k)) * e.scale).all() for value, e in pairs):
            return Finding(code, ask.name, told)
    return None


def _cut(exercise: Exercise, ask: Procedure, trials: TrialSet, judgements: Sequence[Judgement]) -> bool:
    """Whether integers explain the answers on every trial: x holds them, and either the result was cut to integers, or
    x + h and x - h were (of the two one is then x, the other a whole step towards 0), and what f changes by was divided
    by one number throughout."""
    if ask.steps or not any(given.name == ask.wrt and given.draw.whole for given in exercise.inputs):
        return False
    values = [j.value for j in judgements if j.value is not None and j.verdict in ("match", "mismatch")]
    if len(values) < len(judgements):
        return False
    expected = [trial.expected[ask.name] for trial in trials]
    answer = np.concatenate([value.reshape(-1) for value in values])
    exact = np.concatenate([e.exact.reshape(-1) for e in expected])
    slack = np.concatenate([e.scale.reshape(-1) for e in expected])
    integers = bool((answer == np.trunc(answer)).all())
    if integers and bool(((np.trunc(exact - slack) <= answer) & (answer <= np.trunc(exact + slack))).all()):
        return True
    changes = [_changes_when_cut(exercise, ask, trial) for trial in trials]
    up, down = (np.concatenate([change[k] for change in changes]) for k in (0, 1))
    return any(_in_proportion(answer, change, integers) for change in (up, -down, up - down))


def _changes_when_cut(exercise: Exercise, ask: Procedure, trial: Trial) -> tuple[Float64, Float64]:
    """What the objective changes by where each entry of x is moved up or down by less than 1, and cut to an integer."""
    program = exercise.program
    known = {name: trial.nodes[i] for name, i in program.names.items()}
    x = np.asarray(trial.nodes[ask.node], dtype=np.float64)
    changes = np.zeros((2, x.size))
    for k, step in enumerate((0.5, -0.5)):
        for i in range(x.size):
            moved = x.copy()
            moved.flat[i] = np.trunc(moved.flat[i] + step)
            changes[k, i] = program.forward({**known, ask.wrt: moved})[ask.objective] - trial.nodes[ask.objective]
    return changes[0], changes[1]


LONGEST_STEP = 0.1
"""No difference quotient has a longer one: what is cut is then divided by less than twice that."""


def _in_proportion(answer: Float64, change: Float64, integers: bool) -> bool:
    """Whether every answer is `change` over the same small number, cut to `integers` where they all are such."""
    length = float(change @ change)
    k = float(answer @ change) / length if length else 0.0
    off = np.abs(answer - k * change)
    return bool(abs(k) >= 0.5 / LONGEST_STEP and (off <= 1e-6 * np.abs(answer).max() + integers).all())


def _order(error: Float64, steps: Sequence[float]) -> float:
    """The observed order of convergence: log(e1 / e2) / log(h1 / h2) for the first two steps; NaN at rounding."""
    first, second = float(np.max(error[0], initial=0.0)), float(np.max(error[1], initial=0.0))
    if first < 1e-9 or second < 1e-11:
        return float("nan")
    return float(np.log(first / second) / np.log(steps[0] / steps[1]))


def _vanished(judgements: Sequence[Judgement]) -> bool:
    """Whether every wrong answer is zero, or no number at all: f(x + h) was f(x)."""
    wrong = [j.value for j in judgements if j.value is not None and not j.right]
    return bool(wrong) and not any(np.nan_to_num(value, posinf=0.0, neginf=0.0).any() for value in wrong)
