"""What a student sees of results, applied here for API, pages and lists alike: nothing, verdicts, or everything.

An assignment says what is shown until it is closed for that student (their own extension included), and what
afterwards. Whoever grades in the course sees everything.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader import GradientReport, Report
from service.authentication import Person
from service.deadlines import Deadlines, deadlines, deadlines_of
from service.gradebook import Filters, Gradebook, Line, gradebook, submissions
from service.models import EVERYTHING, NOTHING, VERDICTS, Assignment, Course, Extension, Submission


@dataclass(frozen=True)
class Shown:
    """What is shown of a report: NOTHING, VERDICTS or EVERYTHING; and when it will be more (None: not at a time)."""

    what: str = EVERYTHING
    more_at: datetime | None = None

    def of(self, report: Report) -> Report | None:
        """The report as it may be seen. That we failed to grade is no result, and always told."""
        if self.what == EVERYTHING or report.verdict == "ungraded":
            return report
        return verdicts_only(report) if self.what == VERDICTS else None


def shown(assignment: Assignment, mine: Deadlines, at: datetime) -> Shown:
    """What somebody for whom these deadlines hold sees at that time."""
    if mine.closed(at):
        return Shown(assignment.shown_after)
    ranks = (NOTHING, VERDICTS, EVERYTHING)
    more = ranks.index(assignment.shown_after) > ranks.index(assignment.shown_before)
    return Shown(assignment.shown_before, mine.closes_at if more else None)


def shown_to(session: Session, person: Person, submission: Submission, at: datetime) -> Shown:
    """What this person sees of the report on a submission that they may see at all."""
    assignment = submission.assignment
    if assignment is None or assignment.course_id in person.grades or submission.account_id != person.id:
        return Shown()
    if assignment.shown_before == assignment.shown_after == EVERYTHING:
        return Shown()  # as nearly always: nothing is asked for it
    return shown(assignment, deadlines_of(session, [assignment], person.id)[assignment.id], at)


def verdicts_only(report: Report) -> Report:
    """The report with the verdict and points of each gradient, how an answer in symbols was read, and why code did not
    run; without all else that it says of the answers, and what the code printed."""
    gradients = tuple(
        GradientReport(
            gradient.name, gradient.wrt, gradient.verdict, gradient.points, gradient.max_points,
            replace(gradient.shape, candidate=None), entries=gradient.entries, understood=gradient.understood,
        )
        for gradient in report.gradients
    )  # fmt: skip
    return replace(report, gradients=gradients, findings=(), notes=(), run=replace(report.run, stdout=""))


def own_gradebook(session: Session, course: Course, person: Person, at: datetime) -> Gradebook:
    """The person's own row, as a student sees it: of released assignments, without results that are not shown."""
    book = gradebook(session, course, person.id)
    hidden = _hidden(session, person, book.assignments, at)
    standings = {
        (account, number): replace(standing, best=None, newest=None, hidden=True) if number in hidden else standing
        for (account, number), standing in book.standings.items()
    }
    released = [item for item in book.assignments if item.release_at is None or item.release_at <= at]
    return replace(book, assignments=released, standings=standings)


def own_submissions(
    session: Session, assignment: Assignment, person: Person, at: datetime, per_page: int
) -> tuple[list[Line], int]:
    """The newest of the person's own attempts, and how many there are; results as they are shown."""
    filters = Filters(assignment_id=assignment.id, account_id=person.id)
    lines, total = submissions(session, assignment.course_id, filters, per_page=per_page)
    if not _hidden(session, person, [assignment], at):
        return lines, total
    return [_without_result(line) for line in lines], total


def hidden_from(session: Session, assignment: Assignment, students: Collection[int], at: datetime) -> set[int]:
    """Those of the students who may not see their score now: it is not released to them, or their result not shown."""
    if assignment.release_at is not None and at < assignment.release_at:
        return set(students)
    if NOTHING not in (assignment.shown_before, assignment.shown_after):
        return set()
    found = session.scalars(select(Extension).where(Extension.assignment_id == assignment.id))
    extensions = {extension.account_id: extension for extension in found}
    return {
        student
        for student in students
        if shown(assignment, deadlines(assignment, extensions.get(student)), at).what == NOTHING
    }


def _without_result(line: Line) -> Line:
    if line.verdict in (None, "ungraded"):
        return line
    return replace(line, verdict=None, score=None, wrong=(), hidden=True)


def _hidden(session: Session, person: Person, assignments: Sequence[Assignment], at: datetime) -> set[int]:
    studied = [item for item in assignments if item.course_id not in person.grades]
    mine = deadlines_of(session, studied, person.id)
    return {item.id for item in studied if shown(item, mine[item.id], at).what == NOTHING}
