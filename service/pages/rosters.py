"""A roster from a file: what it would change is shown first."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_login import login_required

from service import rosters
from service.database import reading, writing
from service.enrolment import members
from service.models import Course
from service.pages.blueprint import Answer, pages, person
from service.permissions import course_to_manage
from service.rosters import Plan, Problem, RosterRefused, as_file, in_words


@pages.get("/courses/<int:number>/roster")
@login_required
def roster(number: int) -> Answer:
    """The form for a roster."""
    return _page(_course(number))


@pages.post("/courses/<int:number>/roster")
@login_required
def import_roster(number: int) -> Answer:
    """Shows what the roster would change, or changes it."""
    course, file = _course(number), request.files.get("file")
    content = file.stream.read() if file is not None and file.filename else request.form.get("roster", "").encode()
    remove_missing = "remove_missing" in request.form
    try:
        found = rosters.read(content)
        if "apply" in request.form:
            with writing() as session:
                rosters.apply(session, person(), number, found, remove_missing)
            return redirect(url_for("pages.people", number=number), code=303)
        with reading() as session:
            made = rosters.plan(session, number, found, remove_missing)
    except RosterRefused as refused:
        return _page(course, content, problems=refused.problems), 422
    except UnicodeEncodeError:
        return _page(course, problems=[Problem("not_utf8")]), 422
    return _page(course, content, made, remove_missing)


@pages.get("/courses/<int:number>/roster-<any(own, gradescope, canvas):form>.csv")
@login_required
def export_roster(number: int, form: str) -> Answer:
    """The people of the course as a file."""
    with reading() as session:
        course_to_manage(session, person(), number)
        return as_file(members(session, number)[0], form)


def _course(number: int) -> Course:
    with reading() as session:
        return course_to_manage(session, person(), number)


def _page(
    course: Course,
    content: bytes = b"",
    plan: Plan | None = None,
    remove_missing: bool = False,
    problems: tuple[Problem, ...] | list[Problem] = (),
) -> str:
    told = [(problem.row, in_words(problem)) for problem in problems]
    text = content.decode("utf-8-sig", "replace")
    return render_template(
        "roster.html", course=course, text=text, plan=plan, remove_missing=remove_missing, problems=told
    )
