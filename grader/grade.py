"""The whole flow, one page: submission -> sandbox -> candidates -> compare -> diagnose -> report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from grader import compare, diagnose, symbolic
from grader.candidate import Array, Candidate, Float64, Missing, Raised
from grader.compare import Judgement
from grader.exact import DIGITS
from grader.exercise import Asked, Exercise, Gradient, Random, Value
from grader.interface import Interface
from grader.report import Entry, Finding, GradientReport, Note, Report, Run, Shape, Verdict
from grader.sandbox import Answers, Call, Failed, Finished, Job, Sandbox
from grader.submission import Code, Submission, Symbols
from grader.trials import Expected, Trial, TrialSet, of_value

SHOWN_ENTRIES = 5


def grade(exercise: Exercise, submission: Submission, trials: TrialSet, sandbox: Sandbox) -> Report:
    """The report on `submission`. Whatever a student hands in is answered with a report; only a fault of ours raises.

    `trials` is a set of `exercise` (`trial_set`); `sandbox` runs the code, and is not needed for symbols.
    """
    if isinstance(submission, Symbols):
        return _grade_symbols(exercise, submission, trials)
    outcome = sandbox.run(_job(exercise, submission, trials))
    if isinstance(outcome, Failed):
        report = _not_run(exercise, outcome)
    else:
        report = _grade_code(exercise, outcome, trials)
    return replace(report, notes=(Note("unsafe_no_sandbox"), *report.notes)) if sandbox.unsafe else report


# -------------------------------------------------------------------------------------------------------------- code


def _job(exercise: Exercise, submission: Code, trials: TrialSet) -> Job:
    return Job(
        source=submission.source,
        notebook=submission.notebook,
        interfaces=tuple(interface.spec for interface in exercise.interfaces),
        inputs=tuple(given.name for given in exercise.inputs),
        calls=_calls(exercise, trials),
    )


@lru_cache(maxsize=512)
def _calls(exercise: Exercise, trials: TrialSet) -> tuple[Call, ...]:
    """One call a trial, and one for each size at which a random start is looked at."""
    starts = [ask for ask in exercise.asks if isinstance(ask, Random)]
    asks = tuple(ask.name for ask in exercise.asks if not isinstance(ask, Random))
    calls = [Call({**t.sizes, **{n: np.asarray(v) for n, v in t.values.items()}}, asks) for t in trials]
    for sizes in {tuple(ask.at.items()) for ask in starts}:
        names = tuple(ask.name for ask in starts if tuple(ask.at.items()) == sizes)
        calls.append(Call({**exercise.dimensions, **dict(sizes)}, names, construct_only=True))
    return tuple(calls)


def _not_run(exercise: Exercise, failed: Failed) -> Report:
    ours = failed.status == "sandbox_error"
    run = Run(failed.status, failed.code, failed.parameters, failed.line, failed.stdout, failed.wall_seconds)
    nothing = Judgement("undecided" if ours else "missing")
    gradients = [_unanswered(exercise, ask, nothing) for ask in exercise.asks]
    return _report(exercise, "ungraded" if ours else "not_run", "code", None, gradients, run, 0)


def _grade_code(exercise: Exercise, outcome: Finished, trials: TrialSet) -> Report:
    interface = exercise.interfaces[outcome.interface]
    asked = [ask for ask in exercise.asks if ask.name in interface.asks]
    on_trials, starts = outcome.answers[: len(trials)], outcome.answers[len(trials) :]
    judged = {ask.name: _judge_start(ask, starts) for ask in asked if isinstance(ask, Random)}
    for ask in asked:
        if not isinstance(ask, Random):
            judged[ask.name] = [_judge(exercise, ask, t, a) for t, a in zip(trials, on_trials, strict=True)]
    findings, notes = _judge_ties(judged, trials.trials, on_trials)
    hidden = next((a.raised for a in on_trials[1:] if a.raised), None)
    gradients = []
    for ask in asked:
        mine = judged[ask.name]
        found = (*findings.get(ask.name, ()), *diagnose.findings(exercise, ask, mine, trials.trials, hidden)
                 ) if not isinstance(ask, Random) else _start_findings(exercise, ask, mine[0])  # fmt: skip
        gradients.append(_gradient(exercise, ask, mine, trials, found))
    run = _run(outcome, on_trials[0].raised)
    answered = any(g.verdict != "missing" for g in gradients)
    verdict: Verdict = "match" if all(g.verdict == "match" for g in gradients) else "mismatch"
    if run.status == "crashed" and not answered:
        verdict = "not_run"
    all_notes = [*outcome.notes, *(note for answers in outcome.answers for note in answers.notes)]
    notes += [Note(code, dict(parameters)) for code, parameters in all_notes]
    if verdict == "not_run":
        gradients = [replace(g, findings=()) for g in gradients]  # the exception says it all
    return _report(exercise, verdict, "code", interface, gradients, run, len(trials), notes=_once(notes))


def _judge(exercise: Exercise, ask: Asked, trial: Trial, answers: Answers) -> Judgement:
    expected = trial.expected[ask.name]
    if isinstance(ask, Value) and ask.own:
        expected = _own_value(exercise, ask, trial, answers)
    return compare.judge(_candidate(ask, answers), expected.exact, expected.scale)


def _candidate(ask: Asked, answers: Answers) -> Candidate:
    return answers.candidates.get(ask.name, Missing())


def _own_value(exercise: Exercise, ask: Value, trial: Trial, answers: Answers) -> Expected:
    """What an update step gives with the student's own gradients, where these have the right shape."""
    known = {name: trial.nodes[i] for name, i in exercise.program.names.items()}
    for name, expected in trial.expected.items():
        candidate = answers.candidates.get(name)
        own = isinstance(candidate, Array) and candidate.value.shape == expected.exact.shape
        known[name] = candidate.value if own and isinstance(candidate, Array) else expected.exact
    return of_value(exercise.updates.forward(known)[ask.node])


def _judge_ties(
    judged: dict[str, list[Judgement]], trials: Sequence[Trial], answers: Sequence[Answers]
) -> tuple[dict[str, tuple[Finding, ...]], list[Note]]:
    """Judge the trials that lie on a kink over, jointly: any subgradient is right there."""
    findings: dict[str, tuple[Finding, ...]] = {}
    notes: list[Note] = []
    for i, trial in enumerate(trials):
        if not trial.tied:
            continue
        ends = {name: e.ends for name, e in trial.expected.items() if e.ends is not None and name in judged}
        given: dict[str, Float64] = {}
        for name in ends:
            here = judged[name][i]
            if here.value is not None and here.verdict in ("match", "mismatch"):
                given[name] = here.value
        if not given:
            continue
        t = compare.subgradient(given, ends)
        for name, value in given.items():
            first, second = ends[name]
            right = t is not None or bool(np.allclose(first, second) and np.allclose(value, first))
            judged[name][i] = replace(judged[name][i], verdict="match" if right else "mismatch", relative_error=None)
            if not right:
                shown = ", ".join(f"{n} = {float(v.reshape(-1)[0]):.4g}" for n, v in given.items())
                findings[name] = (Finding("not_a_subgradient", name, {"given": shown}),)
        if t is not None:
            notes.append(Note("subgradient_taken", {"share": round(min(max(t, 0.0), 1.0), 6) + 0.0}))
    return findings, notes


def _judge_start(ask: Random, starts: Sequence[Answers]) -> list[Judgement]:
    """A random start against its mean and standard deviation: five standard errors of each are allowed."""
    candidate = next((a.candidates[ask.name] for a in starts if ask.name in a.candidates), Missing())
    exact = np.full(ask.shape(ask.at), ask.mean)
    judgement = compare.judge(candidate, exact, np.full(exact.shape, ask.std + 1e-300))
    if judgement.verdict != "mismatch" or judgement.value is None:
        wrong = ask.std > 0 and judgement.right  # a constant start where a random one is asked
        return [replace(judgement, verdict="mismatch", relative_error=1.0) if wrong else judgement]
    if ask.std == 0:
        return [judgement]
    n = exact.size
    mean_off = abs(float(judgement.value.mean()) - ask.mean) / ask.std
    std_off = abs(float(judgement.value.std()) / ask.std - 1)
    right = mean_off <= 5 / np.sqrt(n) and std_off <= 5 / np.sqrt(2 * n)
    return [replace(judgement, verdict="match" if right else "mismatch", relative_error=max(mean_off, std_off))]


def _start_findings(exercise: Exercise, ask: Random, judgement: Judgement) -> tuple[Finding, ...]:
    if judgement.verdict != "mismatch" or judgement.value is None:
        return diagnose.findings(exercise, ask, [judgement], (), None)
    return (
        Finding(
            "random_start",
            ask.name,
            {
                "mean": f"{judgement.value.mean():.3g}", "std": f"{judgement.value.std():.3g}",
                "expected_mean": f"{ask.mean:.3g}", "expected_std": f"{ask.std:.3g}",
                "sizes": ", ".join(f"{letter} = {size}" for letter, size in ask.at.items()),
            },
        ),
    )  # fmt: skip


def _run(outcome: Finished, raised: Raised | None) -> Run:
    if raised is None:
        return Run("finished", stdout=outcome.stdout, wall_seconds=outcome.wall_seconds)
    said = {"type": raised.type, "text": raised.message, "traceback": raised.traceback}
    code = "raised" if raised.line else "raised_somewhere"
    return Run("crashed", code, said, raised.line, outcome.stdout, outcome.wall_seconds)


# ----------------------------------------------------------------------------------------------------------- symbols


def _grade_symbols(exercise: Exercise, submission: Symbols, trials: TrialSet) -> Report:
    gradients = []
    for ask in exercise.asks:
        text = submission.answers.get(ask.name)
        if not isinstance(ask, Gradient) or text is None or not exercise.accepts_symbols:
            gradients.append(_unanswered(exercise, ask, Judgement("missing"), Finding("missing", ask.name)))
        else:
            gradients.append(_symbolic_gradient(exercise, ask, text, trials))
    found = {g.verdict for g in gradients}
    verdict = "needs_review" if "undecided" in found else "mismatch" if found - {"match"} else "match"
    findings = () if exercise.accepts_symbols else (Finding("symbols_not_taken"),)
    notes = [
        Note("unknown_answer", {"name": n}) for n in submission.answers if n not in {a.name for a in exercise.asks}
    ]
    points = len(symbolic.rational_points(exercise)) if exercise.accepts_symbols else 0
    return _report(exercise, verdict, "symbolic", None, gradients, Run("not_needed"), points, findings, _once(notes))


def _symbolic_gradient(exercise: Exercise, ask: Gradient, text: str, trials: TrialSet) -> GradientReport:
    outcome = symbolic.judge_symbols(exercise, ask, text)
    report = _unanswered(exercise, ask, Judgement("missing"))
    match outcome:
        case symbolic.Unreadable(code, parameters):
            return replace(report, findings=(Finding(code, ask.name, parameters),))
        case symbolic.Undecided(understood):
            return replace(report, verdict="undecided", understood=understood, notes=(Note("undecided"),))
    answers: list[Judgement] = []
    for trial in (trials.trials[0], *(t for t in trials.trials if t.tied)):
        value = symbolic.value_of(text, trial.values)
        here = trial.expected[ask.name]
        answers.append(compare.judge(Missing() if value is None else Array(value), here.exact, here.scale))
    report = _gradient(exercise, ask, [answers[0]], trials, ())
    report = replace(report, understood=outcome.understood)
    if isinstance(outcome, symbolic.Different):
        error = outcome.relative_error
        return replace(
            report, verdict="mismatch", points=0.0, relative_error=error, counterexample=outcome.counterexample
        )
    notes = tuple(Note("differs_only_at_kink") for a in answers[1:] if not a.right)
    proof = f"agrees at {outcome.points} points to {DIGITS} digits"
    return replace(report, verdict="match", points=ask.points, relative_error=0.0, notes=notes, proof=proof)


# ------------------------------------------------------------------------------------------------------------ report


def _gradient(
    exercise: Exercise, ask: Asked, judgements: Sequence[Judgement], trials: TrialSet, found: tuple[Finding, ...]
) -> GradientReport:
    """One asked quantity over all trials; what is shown in numbers is of the worked example only."""
    worked = judgements[0]
    first_wrong = next((j for j in judgements if not j.right), worked)
    verdict = first_wrong.verdict
    if worked.right and verdict == "missing":
        verdict = "mismatch"  # it was answered: it failed on a hidden trial, as a finding says
    expected = None if isinstance(ask, Random) else trials.trials[0].expected[ask.name]
    errors = [j.relative_error for j in judgements if j.relative_error is not None and verdict != "missing"]
    return GradientReport(
        name=ask.name,
        wrt=ask.wrt,
        verdict=verdict,
        points=ask.points if verdict == "match" else 0.0,
        max_points=ask.points,
        shape=Shape(ask.symbolic_shape, _expected_shape(exercise, ask), worked.shape),
        relative_error=float(np.max(errors)) if errors else None,
        numerical_relative_error=None if expected is None else _numerical_error(expected),
        wrong_entries=0 if worked.wrong is None or worked.right else int(np.sum(worked.wrong)),
        entries=int(np.prod(_expected_shape(exercise, ask))),
        worst=() if expected is None else _worst(worked, expected),
        findings=found,
    )


def _unanswered(exercise: Exercise, ask: Asked, judgement: Judgement, *findings: Finding) -> GradientReport:
    shape = Shape(ask.symbolic_shape, _expected_shape(exercise, ask), None)
    entries = int(np.prod(shape.expected))
    return GradientReport(
        ask.name, ask.wrt, judgement.verdict, 0.0, ask.points, shape, entries=entries, findings=findings
    )


def _expected_shape(exercise: Exercise, ask: Asked) -> tuple[int, ...]:
    return ask.shape(ask.at if isinstance(ask, Random) else exercise.dimensions)


def _numerical_error(expected: Expected) -> float | None:
    if expected.numerical is None or np.isnan(expected.numerical).any():
        return None
    reach = np.maximum(np.maximum(np.abs(expected.exact), np.abs(expected.numerical)), expected.scale)
    return float((np.abs(expected.exact - expected.numerical) / reach).max(initial=0.0))


def _worst(judgement: Judgement, expected: Expected) -> tuple[Entry, ...]:
    """The entries that are furthest off, beside their witnesses."""
    if judgement.value is None or judgement.value.shape != expected.exact.shape:
        return ()
    off = np.abs(judgement.value - expected.exact) / np.maximum(np.abs(expected.exact), expected.scale)
    order = np.argsort(-np.nan_to_num(off.reshape(-1), nan=np.inf), kind="stable")[:SHOWN_ENTRIES]
    indices = [tuple(int(i) for i in np.unravel_index(flat, off.shape)) for flat in order]
    witness = expected.numerical
    return tuple(
        Entry(i, float(judgement.value[i]), float(expected.exact[i]), None if witness is None else float(witness[i]))
        for i in indices
    )


def _report(
    exercise: Exercise, verdict: Any, kind: Any, interface: Interface | None, gradients: Sequence[GradientReport],
    run: Run, trials: int, findings: tuple[Finding, ...] = (), notes: tuple[Note, ...] = (),
) -> Report:  # fmt: skip
    """The whole; what an interface does not return is not asked, and the points are scaled to the exercise's."""
    asked = sum(g.max_points for g in gradients)
    factor = exercise.max_score / asked if asked else 0.0
    scaled = tuple(replace(g, points=g.points * factor, max_points=g.max_points * factor) for g in gradients)
    return Report(
        exercise=exercise.name,
        exercise_digest=exercise.digest,
        verdict=verdict,
        kind=kind,
        interface=None if interface is None else interface.name,
        score=round(sum(g.points for g in scaled), 9),
        max_score=exercise.max_score,
        gradients=scaled,
        run=run,
        findings=findings,
        notes=notes,
        trials=trials,
    )


def _once(notes: Sequence[Note]) -> tuple[Note, ...]:
    return tuple({(n.code, str(sorted(n.parameters.items(), key=str))): n for n in notes}.values())
