"""Grading again: what of a course, how far it is, and what it changed."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from sqlalchemy import select

from service import regrades
from service.database import reading
from service.models import Account, Assignment, Course
from service.pages.blueprint import Answer, pages, person
from service.pages.presentation import page_count, page_number, whole
from service.permissions import require_grading
from service.prose import LONGEST, cleaned
from service.regrades import CHANGED, FAILED, NothingToRegrade, Scope
from service.statistics import students_of

PER_PAGE = 25


@pages.get("/courses/<int:number>/regrades")
@login_required
def regrades_of_course(number: int) -> str:
    """The form to ask for one, and those of before."""
    return _regrades_page(number)


@pages.post("/courses/<int:number>/regrades")
@login_required
def ask_for_regrade(number: int) -> Answer:
    """Has what the form says graded again and goes to where it is watched; or says what to change."""
    require_grading(person(), number)
    reason = cleaned(request.form.get("reason", ""))
    if not 1 <= len(reason) <= LONGEST:
        asked = gettext("Write a reason of up to %(most)s characters: it is kept beside the result.", most=LONGEST)
        return _regrades_page(number, asked), 422
    given = {name: whole(request.form.get(name, "")) for name in ("submission", "student", "assignment")}
    scope = Scope(given["submission"], given["student"], given["assignment"], "outdated" in request.form)
    try:
        made, _ = regrades.ask(person(), number, scope, reason)
    except NothingToRegrade:
        return _regrades_page(number, gettext("Nothing that is graded already fits. Choose more.")), 409
    return redirect(url_for("pages.regrade", number=made.id), code=303)


@pages.get("/regrades/<int:number>")
@login_required
def regrade(number: int) -> str:
    """How far it is, and what it changed: the page's script asks for it again until it is done."""
    only = request.args.get("only")
    only = only if only in (CHANGED, FAILED) else None
    page = page_number()
    with reading() as session:
        found = regrades.find(session, person(), number)
        if found is None:
            abort(404)
        course = session.get_one(Course, found.course_id)
        far = regrades.progress(session, [number])[number]
        items, total = regrades.items(session, number, only, page, PER_PAGE)
    return render_template(
        "regrade.html",
        regrade=found,
        course=course,
        far=far,
        items=items,
        only=only,
        page=page,
        pages=page_count(total, PER_PAGE),
    )


def _regrades_page(number: int, refused: str | None = None) -> str:
    require_grading(person(), number)
    page = page_number()
    with reading() as session:
        course = session.scalars(select(Course).where(Course.id == number)).one()
        assignments = session.scalars(select(Assignment).where(Assignment.course_id == number).order_by(Assignment.id))
        students = session.scalars(
            select(Account).where(Account.id.in_(students_of(number))).order_by(Account.name, Account.id)
        )
        choices = {"assignments": assignments.all(), "students": students.all()}
        found, total = regrades.regrades_of(session, number, page, PER_PAGE)
        far = regrades.progress(session, [each.id for each in found])
    return render_template(
        "regrades.html",
        course=course,
        **choices,
        regrades=found,
        far=far,
        refused=refused,
        chosen=request.values,
        page=page,
        pages=page_count(total, PER_PAGE),
    )
