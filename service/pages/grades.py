"""One student's grade in one assignment, for those who grade: what it is made of, and another in its place."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from sqlalchemy.orm import Session

from service import gradebook, overrides
from service.database import reading, writing
from service.models import Account, Assignment
from service.pages.blueprint import Answer, pages, person
from service.pages.presentation import points
from service.permissions import grade_to_give
from service.prose import LONGEST, cleaned

ATTEMPTS_SHOWN = 20


@pages.get("/assignments/<int:number>/grades/<int:student>")
@login_required
def grade(number: int, student: int) -> str:
    """What the grade is made of, and the form to give another."""
    return _grade_page(number, student)


@pages.post("/assignments/<int:number>/grades/<int:student>")
@login_required
def give_grade(number: int, student: int) -> Answer:
    """Gives the grade that the form holds, or withdraws the one that stands; or says what to change."""
    refused = None
    with writing() as session:
        assignment, account = grade_to_give(session, person(), number, student)
        if "withdraw" in request.form:
            overrides.withdraw(session, person(), assignment, account.id)
        else:
            refused = _give(session, assignment, account)
    if refused is not None:
        return _grade_page(number, student, refused), 422
    return redirect(url_for("pages.grade", number=number, student=student), code=303)


def _give(session: Session, assignment: Assignment, account: Account) -> str | None:
    """Gives the grade; what to change in the form, if anything."""
    comment = cleaned(request.form.get("comment", ""))
    problem: str | None = None
    if not 1 <= len(comment) <= LONGEST:
        problem = gettext(
            "Write a comment of up to %(most)s characters: the student sees it beside the grade.", most=LONGEST
        )
        return problem
    try:
        overrides.give(session, person(), assignment, account.id, float(request.form.get("score", "")), comment)
    except ValueError:  # no number, or one out of range
        problem = gettext("A grade is a number from 0 to %(most)s.", most=points(overrides.MOST * assignment.points))
    return problem


def _grade_page(number: int, student: int, refused: str | None = None) -> str:
    with reading() as session:
        assignment, account = grade_to_give(session, person(), number, student)
        standing = gradebook.gradebook(session, assignment.course, student).standing(student, number)
        history = overrides.history(session, number, student)
        filters = gradebook.Filters(assignment_id=number, account_id=student)
        attempts, total = gradebook.submissions(session, assignment.course_id, filters, per_page=ATTEMPTS_SHOWN)
    return render_template(
        "grade.html",
        assignment=assignment,
        student=account,
        standing=standing,
        history=history,
        attempts=attempts,
        total=total,
        refused=refused,
        typed=request.form,
        longest=LONGEST,
    )
