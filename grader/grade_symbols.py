"""Answers in symbols, graded: scalars at rational points, arrays on the trials that code is run on. What is wrong is
explained by the same mistakes as in code, on the same trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import mpmath
import numpy as np

from grader import compare, symbolic
from grader.candidate import Array, Candidate, Missing
from grader.compare import Judgement
from grader.convention import conventional
from grader.exercise import Asked, Exercise, Gradient
from grader.explain import Explanation, explain
from grader.expressions import names_of
from grader.fifty_digits import decided
from grader.judging import Judged, judge_answers
from grader.lines import Line, Lines, Unreadable, read_lines
from grader.report import Finding, GradientReport, Note, Report, Run, Verdict
from grader.reporting import gradient_report, once, unanswered, whole_report
from grader.sandbox import Answers
from grader.submission import Symbols
from grader.trials import Trial, TrialSet


def grade_symbols(exercise: Exercise, submission: Symbols, trials: TrialSet) -> Report:
    if not exercise.accepts_symbols:
        nothing = [unanswered(exercise, a, Judgement("missing"), Finding("missing", a.name)) for a in exercise.asks]
        findings = (Finding("symbols_not_taken"),)
        return whole_report(exercise, "mismatch", "symbolic", None, nothing, Run("not_needed"), 0, findings)
    lines = read_lines(exercise, submission.answers)
    way = _of_scalars if exercise.of_scalars else _of_arrays
    gradients = [_with_notes(lines, gradient) for gradient in way(exercise, lines, trials)]
    found = {g.verdict for g in gradients}
    verdict: Verdict = "needs_review" if "undecided" in found else "mismatch" if found - {"match"} else "match"
    notes = [Note("own_line", {"name": name, "understood": _understood(lines, name)}) for name in lines.own]
    only_code = [ask.name for ask in exercise.asks if ask not in exercise.in_symbols]
    notes += [Note("unknown_answer", {"name": name}) for name in lines.unknown if name not in only_code]
    if only_code:
        notes.append(Note("not_in_symbols", {"names": ", ".join(only_code)}))
    points = len(symbolic.rational_points(exercise, trials)) if exercise.of_scalars else len(trials)
    return whole_report(exercise, verdict, "symbolic", None, gradients, Run("not_needed"), points, (), once(notes))


def _understood(lines: Lines, name: str) -> str | None:
    return lines.read[name].understood


def _with_notes(lines: Lines, gradient: GradientReport) -> GradientReport:
    line = lines.read.get(gradient.name)
    return replace(gradient, notes=(*gradient.notes, *line.notes)) if isinstance(line, Line) else gradient


def _unreadable(exercise: Exercise, ask: Asked, line: Unreadable) -> GradientReport:
    """What could not be read; where it could, its shapes do not fit."""
    report = unanswered(exercise, ask, Judgement("missing"), Finding(line.code, ask.name, line.parameters))
    return replace(report, verdict="wrong_shape", understood=line.understood) if line.understood else report


def judge_arrays(exercise: Exercise, lines: Lines, trials: TrialSet) -> list[Judged]:
    """What was answered, and could be read: its values on the trials, judged as if code had returned them, and with 50
    digits where they are close."""
    answers = [_on_trial(lines, trial) for trial in trials]
    asked = [ask for ask in exercise.in_symbols if isinstance(lines.read.get(ask.name), Line)]
    judged, _ = judge_answers(exercise, asked, trials, answers)
    return conventional(exercise, trials, [decided(exercise, lines, trials, one) for one in judged])


def _of_arrays(exercise: Exercise, lines: Lines, trials: TrialSet) -> list[GradientReport]:
    judged = {one.ask.name: one for one in judge_arrays(exercise, lines, trials)}
    wrong = [name for name, one in judged.items() if not one.right]
    explained = explain(exercise, trials, [one for one in judged.values() if not _too_near(one)])
    for name in wrong:
        if earlier := _follows_from(lines, trials, name, wrong):
            explained[name] = Explanation(follows_from=earlier)
    gradients = []
    for ask in exercise.in_symbols:
        match lines.read.get(ask.name):
            case Unreadable() as line:
                gradients.append(_unreadable(exercise, ask, line))
            case Line() as line:
                one = judged[ask.name]
                report = gradient_report(exercise, one, trials, explained.get(ask.name))
                if _without_value(one, trials):
                    notes = (Note("undecided"),)
                    report = replace(report, verdict="undecided", points=0.0, findings=(), notes=notes)
                elif report.verdict == "match" and not report.notes:
                    report = replace(report, notes=(Note("agrees_on_trials", {"trials": len(trials)}),))
                gradients.append(replace(report, understood=line.understood))
            case None:
                gradients.append(unanswered(exercise, ask, Judgement("missing"), Finding("missing", ask.name)))
    return gradients


def _follows_from(lines: Lines, trials: TrialSet, name: str, wrong: Sequence[str]) -> str | None:
    """The nearest of the wrong answers that this one uses by name, if it is right with the exact ones in place."""
    line = lines.read[name]
    assert isinstance(line, Line)
    used = names_of(line.tree).union(*map(names_of, lines.behind(name).values()))
    read = {n: lines.read[n] for n in wrong if n in used}
    earlier = {n: one.node for n, one in read.items() if isinstance(one, Line)}
    for trial in trials if earlier else ():
        expected = trial.expected[name]
        value = lines.values(trial, {node: trial.expected[n].exact for n, node in earlier.items()})[line.node]
        if value is None or not compare.judge(_array(value), expected.exact, expected.scale).right:
            return None
    return next(reversed(earlier), None)


def _too_near(judged: Judged) -> bool:
    """Whether an answer is wrong by so little that no mistake could be told from what is right."""
    off = [one.relative_error for one in judged.judgements]
    return not judged.right and all(error is not None and error <= compare.SAME for error in off)


def _array(value: Any) -> Array:
    return Array(np.asarray(value, dtype=np.float64))


def _on_trial(lines: Lines, trial: Trial) -> Answers:
    values, candidates = lines.values(trial), dict[str, Candidate]()
    for name in trial.expected:
        line = lines.read.get(name)
        value = values[line.node] if isinstance(line, Line) else None
        candidates[name] = Missing() if value is None else _array(value)
    return Answers(candidates)


def _without_value(judged: Judged, trials: TrialSet) -> bool:
    """Whether an answer is right wherever it is a number, but is none somewhere."""
    without = False
    for one, trial in zip(judged.judgements, trials, strict=True):
        if one.verdict == "not_finite" and one.value is not None and one.wrong is not None:
            expected, without = trial.expected[judged.ask.name], True
            mended = np.where(one.wrong, expected.exact, one.value)
            one = compare.judge(Array(mended), expected.exact, expected.scale)
        if not one.right:
            return False
    return without


def _of_scalars(exercise: Exercise, lines: Lines, trials: TrialSet) -> list[GradientReport]:
    outcomes: dict[str, _Answered] = {}
    for ask in exercise.asks:
        if isinstance(ask, Gradient) and ask.name in lines.read:
            outcomes[ask.name] = _answered(exercise, ask, lines, trials)
    explained = explain(exercise, trials, [answered.judged for answered in outcomes.values() if answered.judged])
    gradients = []
    for ask in exercise.asks:
        if ask.name in outcomes:
            gradients.append(_symbolic_gradient(exercise, outcomes[ask.name], lines, trials, explained.get(ask.name)))
        else:
            gradients.append(unanswered(exercise, ask, Judgement("missing"), Finding("missing", ask.name)))
    return gradients


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


def _answered(exercise: Exercise, ask: Gradient, lines: Lines, trials: TrialSet) -> _Answered:
    line = lines.read[ask.name]
    if isinstance(line, Unreadable):
        return _Answered(ask, line)
    tree, behind = line.tree, lines.behind(ask.name)
    outcome = symbolic.judge_tree(exercise, ask, tree, trials, behind)
    if isinstance(outcome, symbolic.Undecided):
        return _Answered(ask, outcome)
    equal = isinstance(outcome, symbolic.Equal)
    judgements, differs_at_kink = [], False
    for i, trial in enumerate(trials):
        expected = trial.expected[ask.name]
        value = None if equal and i and not trial.tied else symbolic.value_at(tree, _numbers(trial), behind)
        answer = Missing() if value is None else _array(value)
        judgement = compare.judge(answer, expected.exact, expected.scale)
        if equal and (i or not judgement.right):
            differs_at_kink = differs_at_kink or (trial.tied and not judgement.right)
            judgement = compare.judge(Array(expected.exact), expected.exact, expected.scale)
        judgements.append(judgement)
    others = [other for other in exercise.asks if isinstance(other, Gradient) and other is not ask]
    other = None if equal else symbolic.equal_to(exercise, tree, others, trials, behind)
    return _Answered(ask, outcome, Judged(ask, tuple(judgements)), other, differs_at_kink)


def _numbers(trial: Trial) -> dict[str, mpmath.mpf]:
    return {name: mpmath.mpf(float(value)) for name, value in trial.values.items()}


def _symbolic_gradient(
    exercise: Exercise, answered: _Answered, lines: Lines, trials: TrialSet, explained: Explanation | None
) -> GradientReport:
    ask, outcome = answered.ask, answered.outcome
    match outcome:
        case Unreadable() as line:
            return _unreadable(exercise, ask, line)
        case symbolic.Undecided(understood):
            undecided = unanswered(exercise, ask, Judgement("undecided"))
            return replace(undecided, understood=understood, notes=(Note("undecided"),))
    assert answered.judged is not None
    if explained is None and isinstance(outcome, symbolic.Different):
        if code := symbolic.antiderivative(ask, lines, trials):
            explained = Explanation(findings=(Finding(code, ask.of),))
    report = replace(gradient_report(exercise, answered.judged, trials, explained), understood=outcome.understood)
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
