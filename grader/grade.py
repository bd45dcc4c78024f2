"""The whole flow, one page: submission -> sandbox -> candidates -> compare -> diagnose -> report."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from grader.candidate import Raised
from grader.compare import Judgement
from grader.exercise import Exercise, Gradient, Random
from grader.explain import Explanation, explain
from grader.interface import Interface
from grader.judging import judge_answers
from grader.precision import settle
from grader.provided import provided_modules
from grader.raised import findings as raised_findings
from grader.report import GradientReport, Note, Report, Run, Verdict
from grader.reporting import gradient_report, once, unanswered, whole_report
from grader.sandbox import Call, Failed, Finished, Job, Sandbox
from grader.submission import Code, Submission, Symbols
from grader.trials import Trial, TrialSet
from grader.two_by_two import Running, two_by_two
from grader.unsteady import differs, unsteady, without


def grade(exercise: Exercise, submission: Submission, trials: TrialSet, sandbox: Sandbox) -> Report:
    """The report on `submission`. Whatever a student hands in is answered with a report; only a fault of ours raises.

    `trials` is a set of `exercise` (`trial_set`); `sandbox` runs the code, and is not needed for symbols.
    """
    if isinstance(submission, Symbols):
        from grader.grade_symbols import grade_symbols  # here: it loads mpmath

        return _told(grade_symbols(exercise, submission, trials), trials)
    job = _job(exercise, submission, trials)
    limits = exercise.limits.within(sandbox.limits)
    outcome = sandbox.run(job, limits)
    if isinstance(outcome, Failed):
        report = _not_run(exercise, outcome)
    else:
        taken = replace(job, interfaces=(job.interfaces[outcome.interface],))
        left = replace(limits, wall_seconds=max(0.1, limits.wall_seconds - outcome.wall_seconds))  # both within a lease
        report = _grade_code(exercise, outcome, trials, lambda calls: sandbox.run(replace(taken, calls=calls), left))
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
    gradients = [unanswered(exercise, ask, nothing) for ask in exercise.asks]
    return whole_report(exercise, "ungraded" if ours else "not_run", "code", None, gradients, run, 0)


def _grade_code(exercise: Exercise, outcome: Finished, trials: TrialSet, again: Running) -> Report:
    interface = exercise.interfaces[outcome.interface]
    asked = [ask for ask in exercise.asks if ask.name in interface.asks]
    judged, notes = judge_answers(exercise, asked, trials, outcome.answers)
    judged = unsteady(settle(exercise, trials, judged), outcome.answers[0])
    forward = two_by_two(exercise, trials, judged, _call, again)
    explained = explain(exercise, trials, judged)
    of_itself = {name for name, why in explained.items() if why.differs_by_itself}
    judged = [without(j) if j.ask.name in of_itself else j for j in judged]
    explained |= {name: Explanation(follows_from=value) for name, value in forward.follows.items()}
    explained = {j.ask.name: explained[j.ask.name] for j in judged if j.ask.name in explained and not differs(j)}
    gradients = [gradient_report(exercise, j, trials, explained.get(j.ask.name)) for j in judged]
    open_ones = {j.ask.name for j in judged if not j.settled} - explained.keys()
    gradients = [_with_advice(exercise, g, interface) if g.name in open_ones else g for g in gradients]
    raised = outcome.answers[0].raised
    run = _run(outcome, raised)
    verdict: Verdict = "match" if all(g.verdict == "match" for g in gradients) else "mismatch"
    if run.status == "crashed":
        if all(g.verdict == "missing" for g in gradients):
            verdict = "not_run"
        # the exception says why nothing is answered
        gradients = [replace(g, findings=()) if g.verdict == "missing" else g for g in gradients]
    asked_gradients = [g for g in gradients if isinstance(exercise.ask(g.name), Gradient)]
    follows = all(g.verdict in ("match", "follow_through") for g in asked_gradients)
    # who writes dZ = A - Y does so whatever A is: no derivative of that A, and yet right for it
    notes += [note for note in forward.notes if not (follows and note.code == "forward_wrong_backward_wrong")]
    if others := [ask.name for ask in exercise.asks if ask not in asked]:
        notes.append(Note("not_in_interface", {"names": ", ".join(others)}))
    noted = [code for code, _ in outcome.answers[0].notes]
    findings = raised_findings(exercise, interface.spec, raised, noted) if raised else ()
    for code, parameters in [*outcome.notes, *(note for answers in outcome.answers for note in answers.notes)]:
        notes.append(Note(code, dict(parameters)))
    return whole_report(exercise, verdict, "code", interface, gradients, run, len(trials), findings, once(notes))


def _with_advice(exercise: Exercise, gradient: GradientReport, interface: Interface) -> GradientReport:
    """What a wrong gradient comes from is not handed in through this interface: so what follows cannot be told."""
    ask = exercise.ask(gradient.name)
    if gradient.verdict != "mismatch" or not gradient.wrong_entries or not isinstance(ask, Gradient):
        return gradient  # or right on the worked example: then its own sizes or numbers are what is wrong
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
