"""The class, for those who teach or assist."""

from __future__ import annotations

import math
from collections import Counter

from flask import abort, render_template, request
from flask_login import login_required

from service import gradebook, grading
from service.database import reading
from service.exercises import exercise_named
from service.models import Course
from service.pages.blueprint import pages, person
from service.pages.presentation import SUBMISSIONS, page_number, whole

PER_PAGE = 25


@pages.get("/courses/<int:number>")
@login_required
def course(number: int) -> str:
    """Where everybody stands, which gradients go wrong, all submissions, to be filtered, and what grades them."""
    if number not in person().grades:
        abort(404)
    filters, page = _filters(), page_number()
    with reading() as session:
        book = gradebook.gradebook(session, session.get_one(Course, number))
        shown, total = gradebook.submissions(session, number, filters, page, PER_PAGE)
        workers = Counter(tuple(sorted(worker.layers.items())) for worker in grading.alive(session))
        exercises = {a.id: exercise_named(session, number, a.exercise) for a in book.assignments}
    return render_template(
        "course.html",
        book=book,
        asks={number: [ask.name for ask in exercise.asks] for number, exercise in exercises.items() if exercise},
        sandboxes=[(dict(layers), count) for layers, count in workers.most_common()],
        filters=filters,
        shown=shown,
        total=total,
        page=page,
        pages=max(1, math.ceil(total / PER_PAGE)),
    )


def _filters() -> gradebook.Filters:
    verdict = request.args.get("verdict", "")
    return gradebook.Filters(
        assignment_id=whole(request.args.get("assignment", "")),
        verdict=verdict if verdict in SUBMISSIONS else None,
        student=request.args.get("student", "").replace("\0", "").strip()[:100],
    )
