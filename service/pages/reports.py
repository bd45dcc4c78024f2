"""One submission: its place in the queue while it waits, its report when it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from flask import abort, render_template, request
from flask_login import login_required
from sqlalchemy.orm import Session

from grader import Report
from service import overrides, progress, submissions, visibility
from service.arrival import arrived_at
from service.configuration import settings
from service.curves import of_report
from service.database import reading
from service.exercises import exercise_handed_in
from service.gradebook import Line
from service.language import preferred_language
from service.models import DONE, VERDICTS, Assignment, Override, StoredReport, Submission
from service.pages.blueprint import pages, person
from service.pages.diagrams import checks, circuit, gates
from service.pages.presentation import whole
from service.pages.source import Place, source

REPORTS_SHOWN = 50
ATTEMPTS_SHOWN = 20


@pages.get("/submissions/<int:number>")
@login_required
def submission(number: int) -> str:
    """The report, or the place in the queue: the page's script asks the API until the report is there."""
    with reading() as session:
        found = submissions.find(session, person(), number)
        if found is None:
            abort(404)
        every, _ = submissions.reports_on(session, person(), found, per_page=REPORTS_SHOWN)
        stored = _chosen(every)
        position = submissions.position(session, found)
        exercise = exercise_handed_in(found, settings().trials_secret)
        seen = visibility.shown_to(session, person(), found, arrived_at())
        report = seen.of(Report.from_dict(stored.report)) if stored and position is None else None
        since = progress.since_last(session, person(), found, report, arrived_at()) if report else None
        attempts, total = _attempts(session, found)
        checked_for = _checked_for(session, found)
        override = _own_grade(session, found)
    handed_in = source(found.payload)
    partly = seen.what == VERDICTS and report is not None and report.verdict != "ungraded"
    exercise = exercise if exercise and (report is None or exercise.digest == report.exercise_digest) else None
    shown = of_report(report, exercise) if stored and stored.id == every[0].id else []  # the API has the newest
    at_fault = handed_in.at_fault(report, exercise) if handed_in and report and exercise else {}
    return render_template(
        "submission.html",
        submission=found,
        assignment=found.assignment,
        checked_for=checked_for,
        override=override,
        own=found.account_id == person().id,
        exercise=exercise,
        circuit=circuit(exercise, report, partly) if report else [],
        gates=gates,
        checked=checks(shown, "curves.show_curve", submission_id=found.id),
        position=position,
        done=found.status in DONE,
        seen=seen,
        partly=partly,
        report=report.to_dict(preferred_language()) if report else None,
        start_at=report.start_at if report else None,
        source=handed_in,
        place=handed_in.place(report) if handed_in and report else None,
        at_fault=at_fault,
        marked=_by_line(at_fault),
        since=since,
        attempts=attempts,
        total=total,
        every=every,
        stored=stored,
        worth=partial(_worth, found, report.max_score) if report else None,
    )


def _by_line(at_fault: Mapping[str, tuple[str, Sequence[Place]]]) -> dict[tuple[int, int], list[str]]:
    """The wrong gradients that each line is to be looked at for."""
    found: dict[tuple[int, int], list[str]] = {}
    for name, (_, places) in at_fault.items():
        for place in places:
            found.setdefault((place.cell, place.line), []).append(name)
    return found


def _attempts(session: Session, submission: Submission) -> tuple[list[Line], int]:
    if submission.assignment is None:
        return [], 0
    return progress.attempts_of(session, person(), submission, submission.assignment, arrived_at(), ATTEMPTS_SHOWN)


def _checked_for(session: Session, submission: Submission) -> Assignment | None:
    """The assignment that `?assignment=` says the practice was a check for."""
    number = whole(request.args.get("assignment", ""))
    if submission.assignment is not None or number is None:
        return None
    found = submissions.find_assignment(session, person(), number)
    return found if found is not None and found.exercise == submission.exercise else None


def _own_grade(session: Session, submission: Submission) -> Override | None:
    """The grade that the reader was given by hand, where the submission is their own."""
    if submission.assignment_id is None or submission.account_id != person().id:
        return None
    return overrides.standing(session, submission.assignment_id, submission.account_id)


def _chosen(every: Sequence[StoredReport]) -> StoredReport | None:
    """The report that `?report=` names, else the newest."""
    number = whole(request.args.get("report", ""))
    return next((stored for stored in every if stored.id == number), every[0] if every else None)


def _worth(submission: Submission, max_score: float, score: float) -> float:
    """A score out of `max_score`, in the assignment's points; practice has none of its own."""
    return submission.assignment.in_points(score, max_score) if submission.assignment else score
