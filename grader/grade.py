"""The whole flow, one page: submission -> sandbox -> candidates -> compare -> diagnose -> report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np

from grader import compare, symbolic
from grader.candidate import Array, Missing, Raised
from grader.compare import Judgement
from grader.exercise import Asked, Exercise, Gradient, Random
from grader.explain import Explanation, explain
from grader.interface import Interface
from grader.judging import Judged, judge_answers
from grader.precision import settle
from grader.provided import provided_modules
from grader.raised import findings as raised_findings
from grader.report import Entry, Finding, GradientReport, Note, Report, Run, Shape, Verdict
from grader.sandbox import Call, Failed, Finished, Job, Sandbox
from grader.submission import Code, Submission, Symbols
from grader.trials import Expected, Trial, TrialSet
from grader.two_by_two import Running, two_by_two
from grader.unsteady import differs, unsteady

SHOWN_ENTRIES = 5


def grade(exercise: Exercise, submission: Submission, trials: TrialSet, sandbox: Sandbox) -> Report:
    """The report on `submission`. Whatever a student hands in is answered with a report; only a fault of ours raises.

    `trials` is a set of `exercise` (`trial_set`); `sandbox` runs the code, and is not needed for symbols.
    """
    if isinstance(submission, Symbols):
        return _told(_grade_symbols(exercise, submission, trials), trials)
    job = _job(exercise, submission, trials)
    limits = exercise.limits.within(sandbox.limits)
    outcome = sandbox.run(job, limits)
    if isinstance(outcome, Failed):
        report = _not_run(exercise, outcome)
    else:
        taken = replace(job, interfaces=(job.interfaces[outcome.interface],))
        report = _grade_code(exercise, outcome, trials, lambda calls: sandbox.run(replace(taken, calls=calls), limits))
    report = _told(report, trials)
    return replace(report, notes=(Note("unsafe_no_sandbox"), *report.notes)) if sandbox.unsafe else report


def _told(report: Report, trials: TrialSet) -> Report:
    """With what is to be said where there were no hidden trials: then nothing can be called proved, either."""
    if not trials.worked_only:
        return report
    gradients = tuple(replace(gradient, proof=None) for gradient in report.gradients)
    return replace(report, gradients=gradients, notes=(Note("worked_example_only"), *report.notes))


# -------------------------------------------------------------------------------------------------------------- code


def _job(exercise: Exercise, submission: Code, trials: TrialSet) -> Job:
    return Job(
        source=submission.source,
        notebook=submission.notebook,
        interfaces=tuple(interface.spec for interface in exercise.interfaces),
        inputs=tuple(given.name for given in exercise.inputs),
        calls=_calls(exercise, trials),
        modules=provided_modules(exercise.modules, exercise.interfaces),
    )


@lru_cache(maxsize=512)
def _calls(exercise: Exercise, trials: TrialSet) -> tuple[Call, ...]:
    """One call a trial, and one for each size at which a random start is looked at."""
    starts = [ask for ask in exercise.asks if isinstance(ask, Random)]
    asks = tuple(ask.name for ask in exercise.asks if not isinstance(ask, Random))
    calls = [_call(exercise, trial, asks) for trial in trials]
    for sizes in {tuple(ask.at.items()) for ask in starts}:
        names = tuple(ask.name for ask in starts if tuple(ask.at.items()) == sizes)
        calls.append(Call({**exercise.dimensions, **dict(sizes)}, names, construct_only=True))
    return tuple(calls)


def _call(exercise: Exercise, trial: Trial, asks: tuple[str, ...]) -> Call:
    return Call({**trial.sizes, **_handed_over(exercise, trial)}, asks)


def _handed_over(exercise: Exercise, trial: Trial) -> dict[str, np.ndarray[Any, Any]]:
    """The values of inputs and steps as a student gets them: integers where they are labels, and without the steps
    that are themselves asked for, which would be answers lying about."""
    integers = {given.name for given in exercise.inputs if given.draw.whole}
    handed = {name: value for name, value in trial.values.items() if name not in exercise.answers}
    return {n: np.asarray(v, dtype=np.int64 if n in integers else np.float64) for n, v in handed.items()}


def _not_run(exercise: Exercise, failed: Failed) -> Report:
    ours = failed.status == "sandbox_error"
    run = Run(failed.status, failed.code, failed.parameters, failed.line, failed.stdout, failed.wall_seconds)
    nothing = Judgement("undecided" if ours else "missing")
    gradients = [_unanswered(exercise, ask, nothing) for ask in exercise.asks]
    return _report(exercise, "ungraded" if ours else "not_run", "code", None, gradients, run, 0)


def _grade_code(exercise: Exercise, outcome: Finished, trials: TrialSet, again: Running) -> Report:
    interface = exercise.interfaces[outcome.interface]
    asked = [ask for ask in exercise.asks if ask.name in interface.asks]
    judged, notes = judge_answers(exercise, asked, trials, outcome.answers)
    judged = unsteady(settle(exercise, trials, judged), outcome.answers[0])
    forward = two_by_two(exercise, trials, judged, _call, again)
    explained = explain(exercise, trials, judged)
    explained |= {name: Explanation(follows_from=value) for name, value in forward.follows.items()}
    explained = {j.ask.name: explained[j.ask.name] for j in judged if j.ask.name in explained and not differs(j)}
    gradients = [_gradient(exercise, j, trials, explained.get(j.ask.name)) for j in judged]
    gradients = [_with_advice(exercise, g, interface) if g.name not in explained else g for g in gradients]
    raised = outcome.answers[0].raised
    run = _run(outcome, raised)
    verdict: Verdict = "match" if all(g.verdict == "match" for g in gradients) else "mismatch"
    if run.status == "crashed" and all(g.verdict == "missing" for g in gradients):
        verdict = "not_run"
        gradients = [replace(g, findings=()) for g in gradients]  # the exception says it all
    notes += forward.notes
    noted = [code for code, _ in outcome.answers[0].notes]
    findings = raised_findings(exercise, interface.spec, raised, noted) if raised else ()
    for code, parameters in [*outcome.notes, *(note for answers in outcome.answers for note in answers.notes)]:
        notes.append(Note(code, dict(parameters)))
    return _report(exercise, verdict, "code", interface, gradients, run, len(trials), findings, _once(notes))


def _with_advice(exercise: Exercise, gradient: GradientReport, interface: Interface) -> GradientReport:
    """What a wrong gradient comes from is not handed in through this interface: so what follows cannot be told."""
    ask = exercise.ask(gradient.name)
    if gradient.verdict != "mismatch" or not isinstance(ask, Gradient):
        return gradient
    way = exercise.program.between(frozenset([ask.node]), ask.objective)
    others = [a for a in exercise.asks if isinstance(a, Gradient) and a.node in way and a.name not in interface.asks]
    if not others:
        return gradient
    note = Note("upstream_not_returned", {"names": ", ".join(other.name for other in others)})
    return replace(gradient, notes=(*gradient.notes, note))


def _run(outcome: Finished, raised: Raised | None) -> Run:
    if raised is None:
        return Run("finished", stdout=outcome.stdout, wall_seconds=outcome.wall_seconds)
    said = {"type": raised.type, "text": raised.message, "traceback": raised.traceback}
    code = "raised" if raised.line else "raised_somewhere"
    return Run("crashed", code, said, raised.line, outcome.stdout, outcome.wall_seconds)


# ----------------------------------------------------------------------------------------------------------- symbols


def _grade_symbols(exercise: Exercise, submission: Symbols, trials: TrialSet) -> Report:
    answers = symbolic.answers_by_name(exercise, submission.answers)
    outcomes: dict[str, _Answered] = {}
    for ask in exercise.asks:
        text = answers.get(ask.name)
        if isinstance(ask, Gradient) and text is not None and exercise.accepts_symbols:
            outcomes[ask.name] = _answered(exercise, ask, text, trials)
    judged = [answered.judged for answered in outcomes.values() if answered.judged]
    explained = explain(exercise, trials, judged)
    gradients = []
    for ask in exercise.asks:
        if ask.name in outcomes:
            gradients.append(_symbolic_gradient(exercise, outcomes[ask.name], trials, explained.get(ask.name)))
        else:
            gradients.append(_unanswered(exercise, ask, Judgement("missing"), Finding("missing", ask.name)))
    found = {g.verdict for g in gradients}
    verdict: Verdict = "needs_review" if "undecided" in found else "mismatch" if found - {"match"} else "match"
    findings = () if exercise.accepts_symbols else (Finding("symbols_not_taken"),)
    notes = [Note("unknown_answer", {"name": n}) for n in answers if n not in {a.name for a in exercise.asks}]
    points = len(symbolic.rational_points(exercise, trials)) if exercise.accepts_symbols else 0
    return _report(exercise, verdict, "symbolic", None, gradients, Run("not_needed"), points, findings, _once(notes))


@dataclass(frozen=True, eq=False)
class _Answered:
    """One answer in symbols: what was decided about it, and its values on the trials as if code had returned them
    (none where it could not be read or decided). What is equal to the derivative counts as right on a kink too."""

    ask: Gradient
    outcome: symbolic.SymbolicOutcome
    judged: Judged | None = None
    other: str | None = None
    """Another asked gradient that the answer is equal to, though not to its own."""
    differs_at_kink: bool = False


def _answered(exercise: Exercise, ask: Gradient, text: str, trials: TrialSet) -> _Answered:
    tree = symbolic.read_answer(exercise, ask, text)
    if isinstance(tree, symbolic.Unreadable):
        return _Answered(ask, tree)
    outcome = symbolic.judge_tree(exercise, ask, tree, trials)
    if isinstance(outcome, symbolic.Undecided):
        return _Answered(ask, outcome)
    equal = isinstance(outcome, symbolic.Equal)
    judgements, differs_at_kink = [], False
    for i, trial in enumerate(trials):
        expected = trial.expected[ask.name]
        value = None if equal and i and not trial.tied else symbolic.value_at(tree, _numbers(trial))
        answer = Missing() if value is None else Array(np.asarray(value, dtype=np.float64))
        judgement = compare.judge(answer, expected.exact, expected.scale)
        if equal and (i or not judgement.right):
            differs_at_kink = differs_at_kink or (trial.tied and not judgement.right)
            judgement = compare.judge(Array(expected.exact), expected.exact, expected.scale)
        judgements.append(judgement)
    others = [other for other in exercise.asks if isinstance(other, Gradient) and other is not ask]
    other = None if equal else symbolic.equal_to(exercise, tree, others, trials)
    return _Answered(ask, outcome, Judged(ask, tuple(judgements)), other, differs_at_kink)


def _numbers(trial: Trial) -> dict[str, mpmath.mpf]:
    return {name: mpmath.mpf(float(value)) for name, value in trial.values.items()}


def _symbolic_gradient(
    exercise: Exercise, answered: _Answered, trials: TrialSet, explained: Explanation | None
) -> GradientReport:
    ask, outcome = answered.ask, answered.outcome
    unanswered = _unanswered(exercise, ask, Judgement("missing"))
    match outcome:
        case symbolic.Unreadable(code, parameters):
            return replace(unanswered, findings=(Finding(code, ask.name, parameters),))
        case symbolic.Undecided(understood):
            return replace(unanswered, verdict="undecided", understood=understood, notes=(Note("undecided"),))
    assert answered.judged is not None
    report = replace(_gradient(exercise, answered.judged, trials, explained), understood=outcome.understood)
    if isinstance(outcome, symbolic.Different):
        if report.verdict != "follow_through":
            report = replace(report, verdict="mismatch", points=0.0, findings=_with_other(report.findings, answered))
        error = outcome.relative_error
        return replace(report, relative_error=error, counterexample=outcome.counterexample)
    notes = [Note("agrees", {"points": outcome.points, "digits": symbolic.AGREEMENT_DIGITS})]
    notes += [Note("differs_only_at_kink")] if answered.differs_at_kink else []
    return replace(report, verdict="match", points=ask.points, relative_error=0.0, notes=tuple(notes), proof="points")


def _with_other(findings: tuple[Finding, ...], answered: _Answered) -> tuple[Finding, ...]:
    """With what is to be said where the answer is another variable's derivative. A factor or path that was dropped
    can lead there too, and says more; the factor's own value, or another one, is the same slip in other words."""
    if answered.other is None or any(f.code not in ("own_value", "other_operand") for f in findings):
        return findings
    kept = [f for f in findings if f.code != "other_operand"]
    found = (*kept, Finding("other_variable", answered.ask.name, {"of": answered.other}))
    return tuple(replace(f, certain=f.certain and len(found) == 1) for f in found)


# ------------------------------------------------------------------------------------------------------------ report


def _gradient(
    exercise: Exercise, judged: Judged, trials: TrialSet, explained: Explanation | None = None
) -> GradientReport:
    """One asked quantity over all trials; what is shown in numbers is of the worked example only."""
    ask, worked = judged.ask, judged.judgements[0]
    explained = explained or Explanation()
    verdict = next((j.verdict for j in judged.judgements if not j.right), worked.verdict)
    if worked.right and verdict == "missing":
        verdict = "mismatch"  # it was answered: it failed on a hidden trial, as a finding says
    worth = judged.worth if verdict == "match" else 0.0
    if explained.follows_from and verdict == "mismatch":
        verdict, worth = "follow_through", 1 - exercise.policy.follow_through
    expected = None if isinstance(ask, Random) else trials.trials[0].expected[ask.name]
    errors = [j.relative_error for j in judged.judgements if j.relative_error is not None and verdict != "missing"]
    return GradientReport(
        name=ask.name,
        wrt=ask.wrt,
        verdict=verdict,
        points=ask.points * worth,
        max_points=ask.points,
        shape=Shape(ask.symbolic_shape, exercise.shown_shape(ask), worked.shape),
        relative_error=float(np.max(errors)) if errors else None,
        numerical_relative_error=None if expected is None else _numerical_error(expected),
        wrong_entries=0 if worked.wrong is None or worked.right else int(np.sum(worked.wrong)),
        entries=int(np.prod(exercise.shown_shape(ask))),
        worst=() if expected is None else _worst(worked, expected),
        findings=_findings(judged, explained),
        notes=judged.notes,
        follows_from=explained.follows_from,
    )


GENERAL = ("imprecise", "right_only_on_worked_example", "wrong_on_some_hidden_trials")


def _findings(judged: Judged, explained: Explanation) -> tuple[Finding, ...]:
    """What is wrong: once the mistake is known, nothing that is said for want of it."""
    if explained.follows_from:
        return ()
    known = bool(explained.findings)
    return (*(f for f in judged.findings if not (known and f.code in GENERAL)), *explained.findings)


def _unanswered(exercise: Exercise, ask: Asked, judgement: Judgement, *findings: Finding) -> GradientReport:
    shape = Shape(ask.symbolic_shape, exercise.shown_shape(ask), None)
    entries = int(np.prod(shape.expected))
    return GradientReport(
        ask.name, ask.wrt, judgement.verdict, 0.0, ask.points, shape, entries=entries, findings=findings
    )


def _numerical_error(expected: Expected) -> float | None:
    if expected.numerical is None or np.isnan(expected.numerical).any():
        return None
    return float(compare.relative_error(expected.exact, expected.numerical, expected.scale).max(initial=0.0))


def _worst(judgement: Judgement, expected: Expected) -> tuple[Entry, ...]:
    """The entries that are furthest off, beside their witnesses."""
    if judgement.value is None or judgement.value.shape != expected.exact.shape:
        return ()
    off = compare.relative_error(judgement.value, expected.exact, expected.scale)
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
