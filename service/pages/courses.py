"""The class, for those who teach or assist: what they have open all day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import abort, make_response, render_template, request
from flask_login import login_required
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import gradebook, grading, mistakes, statistics
from service.database import reading
from service.enrolment import known_as
from service.exercises import exercise_named
from service.models import STUDENT, Account, Assignment, Course, Enrolment
from service.pages.blueprint import Answer, pages, person
from service.pages.presentation import SUBMISSIONS, looked_for, page_count, page_number, whole

PER_PAGE = 25
STUDENTS_PER_PAGE = 50  # of the matrix
ROWS_PER_PAGE = 25  # of the gradebook, with a cell for each assignment
SHOWN = 5  # of what is longer elsewhere
ORDERS = ("name", "points", "wrong", "attempts")


@pages.get("/courses/<int:number>")
@login_required
def course(number: int) -> str:
    """How the class does at a glance."""
    with reading() as session:
        found, assignments = class_of(session, number)
        reached = statistics.reached(session, number, assignments)
        work = statistics.work(session, number)
        state = statistics.state(session, number, work)
        counted = statistics.handed_in(session, work, [item.id for item in assignments])
        return render_template(
            "course.html",
            course=found,
            assignments=assignments,
            figures={
                item.id: statistics.figures(state.students, counted[item.id], reached.get(item.id, {}))
                for item in assignments
            },
            totals=statistics.histogram(statistics.totals(assignments, reached).values()),
            widespread=mistakes.widespread(session, number, SHOWN),
            absent=statistics.absent(session, work),
            live=_live(session, found, state),
        )


@pages.get("/courses/<int:number>/live")
@login_required
def course_live(number: int) -> Answer:
    """What changes from moment to moment, for a page that is open; 304 where it is as it was."""
    with reading() as session:
        found, _ = class_of(session, number)
        state = statistics.state(session, number, statistics.work(session, number))
        text = render_template("_live.html", course=found, live=_live(session, found, state))
    response = make_response(text)
    response.add_etag()
    return response.make_conditional(request)


@pages.get("/courses/<int:number>/class")
@login_required
def class_matrix(number: int) -> str:
    """Students and gradients of one assignment, by the newest reports; the points that count, and its figures."""
    order, wanted = request.args.get("order", ""), looked_for("student")
    with reading() as session:
        found, assignments = class_of(session, number)
        chosen = whole(request.args.get("assignment", ""))
        assignment = next((item for item in assignments if item.id == chosen), assignments[-1] if assignments else None)
        if assignment is None:
            return render_template("class.html", course=found, assignments=assignments, assignment=None)
        reached = statistics.reached(session, number, [assignment], times=True)[assignment.id]
        every = statistics.matrix(session, number, assignment, reached)
        work = statistics.work(session, number)
        counted = statistics.handed_in(session, work, [assignment.id])[assignment.id]
        figures = statistics.figures(len(every), counted, reached)
        exercise = exercise_named(session, number, assignment.exercise)
        named = set(_students(session, number, wanted)) if wanted else set()
    by_gradient = statistics.by_gradient(every)
    rows = [row for row in every if not wanted or row.account_id in named]
    page = page_number()
    asked = [ask.name for ask in exercise.asks] if exercise else sorted(by_gradient)
    return render_template(
        "class.html",
        course=found,
        assignments=assignments,
        assignment=assignment,
        asked=asked,
        figures=figures,
        scores=statistics.histogram(figures.parts),
        attempts=Counter(min(count, SHOWN + 1) for count in figures.attempts),
        by_gradient={name: by_gradient.get(name, (0, 0)) for name in asked},
        hardest=statistics.hardest({name: by_gradient.get(name, (0, 0)) for name in asked}),
        rows=_ordered(rows, order)[(page - 1) * STUDENTS_PER_PAGE : page * STUDENTS_PER_PAGE],
        total=len(rows),
        wanted=wanted,
        order=order if order in ORDERS else ORDERS[0],
        page=page,
        pages=page_count(len(rows), STUDENTS_PER_PAGE),
    )


@pages.get("/courses/<int:number>/submissions")
@login_required
def course_submissions(number: int) -> str:
    """All submissions, newest first, to be filtered."""
    filters, page = _filters(), page_number()
    with reading() as session:
        found, assignments = class_of(session, number)
        shown, total = gradebook.submissions(session, number, filters, page, PER_PAGE)
    return render_template(
        "course_submissions.html",
        course=found,
        assignments=assignments,
        filters=filters,
        shown=shown,
        total=total,
        page=page,
        pages=page_count(total, PER_PAGE),
    )


@pages.get("/courses/<int:number>/assignments")
@login_required
def course_assignments(number: int) -> str:
    """What is handed out until when."""
    with reading() as session:
        found, assignments = class_of(session, number)
    return render_template("course_assignments.html", course=found, assignments=assignments)


@pages.get("/courses/<int:number>/grades")
@login_required
def course_grades(number: int) -> str:
    """The gradebook, page by page."""
    wanted, page = looked_for("student"), page_number()
    with reading() as session:
        found, _ = class_of(session, number)
        every = _students(session, number, wanted)
        shown = every[(page - 1) * ROWS_PER_PAGE : page * ROWS_PER_PAGE]
        book = gradebook.gradebook(session, found, among=shown)
    return render_template(
        "course_grades.html",
        course=found,
        book=book,
        wanted=wanted,
        total=len(every),
        page=page,
        pages=page_count(len(every), ROWS_PER_PAGE),
    )


def _students(session: Session, number: int, wanted: str) -> Sequence[int]:
    """The account ids of the course's students who are looked for, by name."""
    names = select(Account.id).join(Enrolment).where(Enrolment.course_id == number, Enrolment.role == STUDENT)
    return session.scalars(names.where(known_as(number, wanted)).order_by(Account.name, Account.id)).all()


def class_of(session: Session, number: int) -> tuple[Course, list[Assignment]]:
    """A course that this person grades in, with its assignments; nothing to anybody else."""
    if number not in person().grades:
        abort(404)
    assignments = select(Assignment).where(Assignment.course_id == number).order_by(Assignment.id)
    return session.get_one(Course, number), list(session.scalars(assignments))


def _live(session: Session, found: Course, state: statistics.State) -> dict[str, Any]:
    newest = gradebook.newest(session, found.id, SHOWN)
    workers = Counter(tuple(sorted(worker.layers.items())) for worker in grading.alive(session))
    return {
        "state": state,
        "newest": newest,
        "sandboxes": [(dict(layers), count) for layers, count in workers.most_common()],
    }


def _ordered(rows: list[statistics.Row], order: str) -> list[statistics.Row]:
    """By what was asked for; those without points, or without a report, last, else by name."""
    if order == "points":
        return sorted(rows, key=lambda row: (row.part is None, row.part or 0.0))
    if order == "wrong":
        return sorted(rows, key=lambda row: (row.submission_id is None, -row.wrong))
    if order == "attempts":
        return sorted(rows, key=lambda row: -(row.attempt or 0))
    return rows


def _filters() -> gradebook.Filters:
    verdict = request.args.get("verdict", "")
    return gradebook.Filters(
        assignment_id=whole(request.args.get("assignment", "")),
        verdict=verdict if verdict in SUBMISSIONS else None,
        student=looked_for("student"),
        mistake=looked_for("mistake"),
    )
