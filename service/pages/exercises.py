"""The exercises: what each asks, the files to begin with, and for instructors the page where they write their own."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from grader import Exercise, ExerciseError, catalogue, dimension_table, template
from service.curves import of_exercise
from service.database import reading
from service.examination import Busy, examined
from service.exercises import HandedOut, own_exercises, stated, store, versions
from service.handouts import file, find_exercise
from service.language import preferred_language
from service.models import Course
from service.pages.blueprint import Answer, pages, person
from service.pages.diagrams import checks, circuit, gates
from service.pages.presentation import whole
from service.permissions import require_teaching


@pages.get("/exercises")
@login_required
def exercises() -> str:
    """The catalogue."""
    return render_template("exercises.html", exercises=catalogue().values())


@pages.get("/exercises/<name>")
@login_required
def exercise(name: str) -> str:
    """The hand-out: the task, and what to begin with."""
    found, which = _find(name)
    return render_template(
        "exercise.html",
        exercise=found,
        which=which,
        table=dimension_table(found),
        worth=lambda points: points,
        circuit=circuit(found),
        gates=gates,
        checked=checks(of_exercise(found), "curves.show_curve_of_exercise", name=name, **which),
    )


@pages.get("/exercises/<name>/skeleton.<any(py, ipynb):form>")
@login_required
def skeleton(name: str, form: str) -> Response:
    """A file or notebook to fill in."""
    return file(_find(name)[0], form, preferred_language())


@pages.get("/courses/<int:number>/exercises")
@login_required
def author(number: int) -> str:
    """The exercises of a course's own, and one of them to change, or a new one to begin with."""
    course = _taught(number)
    name = request.args.get("name", "")
    with reading() as session:
        found = versions(session, number, name)[:1] if name else []
    return _author_page(course, found[0].source if found else template("my-exercise", preferred_language()))


@pages.post("/courses/<int:number>/exercises")
@login_required
def write(number: int) -> Answer:
    """Stores what the form holds, or shows what would follow from it; the page's script asks for this as one types."""
    course, source = _taught(number), request.form.get("source", "").replace("\r\n", "\n")
    try:
        made, shown = examined(source)
    except ExerciseError as problem:
        return _author_page(course, source, problem=problem), 422
    except Busy:
        busy = gettext("Other exercises are being checked just now. Try again in a moment.")
        return _author_page(course, source, problem=ExerciseError(busy)), 429
    if "store" not in request.form:
        return _author_page(course, source, made, shown)
    try:
        stored = store(person(), number, made)
    except HandedOut:
        taken = gettext(
            "The course has submissions to an exercise of this name that asks for other things. Choose another name."
        )
        return _author_page(course, source, made, shown, ExerciseError(taken)), 409
    return redirect(url_for("pages.author", number=number, name=stored.name), code=303)


def _find(name: str) -> tuple[Exercise, dict[str, int]]:
    """The exercise, and whose: what `?course=`, `?assignment=` or `?student=` said."""
    given = {key: whole(request.args.get(key, "")) for key in ("course", "assignment", "student")}
    with reading() as session:
        found = find_exercise(session, person(), name, *given.values())
    if found is None:
        abort(404)
    return found, {key: value for key, value in given.items() if value is not None}


def _taught(number: int) -> Course:
    require_teaching(person(), number)
    with reading() as session:
        return session.get_one(Course, number)


def _author_page(
    course: Course,
    source: str,
    exercise: Exercise | None = None,
    shown: dict[str, Any] | None = None,
    problem: ExerciseError | None = None,
) -> str:
    with reading() as session:
        own = [(stored, stated(stored)) for stored in own_exercises(session, course.id)]
    lines = source.splitlines()
    quoted = lines[problem.line - 1] if problem and problem.line and problem.line <= len(lines) else None
    return render_template(
        "authoring.html",
        course=course,
        own=own,
        source=source,
        exercise=exercise,
        worth=lambda points: points,
        shown=shown,
        problem=problem,
        quoted=quoted,
    )
