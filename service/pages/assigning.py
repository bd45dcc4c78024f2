"""Pages where a course is run: its title and zone, what it hands out until when, and who has more time.

A form is loaded by the schema that the API's JSON is loaded by; `service.pages.written` puts it into that form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from flask import abort, redirect, render_template, request, url_for
from flask_login import login_required
from marshmallow import ValidationError
from sqlalchemy import func, select

from grader import catalogue
from service import assigning, copying
from service.assigning import FieldErrors, HandedIn
from service.database import reading
from service.deadlines import deadlines
from service.exercises import exercise_named, own_exercises, stated
from service.forms import AssignmentFields, CopyFields, CourseFields, ExtensionFields
from service.language import _
from service.models import STUDENT, Account, Assignment, Course, Enrolment, Extension
from service.pages import written
from service.pages.blueprint import Answer, pages, person
from service.pages.presentation import whole
from service.permissions import assignment_to_change, assignment_to_grade, course_to_change, require_administrator

_NO_ERRORS: Mapping[str, Any] = {}
_CHOOSE = _("Choose a student of this course, or a section.")
_SECTION = "section:"  # before its name, where students are chosen by number
_SKIPPED = _("The clocks are put forward then, and skip this time. Choose another one.")


@pages.route("/courses", methods=["GET", "POST"])
@login_required
def courses() -> Answer:
    """All courses, and a form to make one: for administrators."""
    require_administrator(person())
    with reading() as session:
        every = session.scalars(select(Course).order_by(Course.id)).all()
    typed, errors = dict(request.form) or {"zone": "UTC"}, _NO_ERRORS
    if request.method == "POST":
        values, errors = _loaded(CourseFields(), written.course(typed))
        if not errors:
            assigning.make_course(person(), values)
            return redirect(url_for("pages.courses"), code=303)
    page = render_template("courses.html", courses=every, typed=typed, errors=errors, zones=_zones())
    return page, 422 if errors else 200


@pages.route("/courses/<int:number>/settings", methods=["GET", "POST"])
@login_required
def course_settings(number: int) -> Answer:
    """A course's title, zone and limits, and whether it is archived."""
    course = _taught(number)
    stored = {"title": course.title, "zone": course.zone, "archived": course.archived, **(course.limits or {})}
    typed, errors = dict(request.form) or stored, _NO_ERRORS
    if request.method == "POST":
        values, errors = _loaded(CourseFields(), written.course(request.form))
        if not errors:
            assigning.change_course(person(), number, values)
            return redirect(url_for("pages.course", number=number), code=303)
    page = render_template("course_settings.html", course=course, typed=typed, errors=errors, zones=_zones())
    return page, 422 if errors else 200


@pages.route("/courses/<int:number>/assignments/new", methods=["GET", "POST"])
@login_required
def new_assignment(number: int) -> Answer:
    """First an exercise is chosen, then how it is handed out."""
    course = _taught(number)
    name = request.values.get("exercise", "")
    with reading() as session:
        exercise = exercise_named(session, number, name) if name.isprintable() else None
        own = [known for stored in own_exercises(session, number) if (known := stated(stored))]
    if exercise is None:
        others = [known for name, known in catalogue().items() if name not in {mine.name for mine in own}]
        return render_template("choose_exercise.html", course=course, own=own, exercises=others)
    if request.method == "GET":
        return _assignment_page(course, None, name, written.shown_new(exercise), {})
    values, errors = _loaded(AssignmentFields(), {**written.assignment(request.form, course.zone), "exercise": name})
    try:
        if not errors:
            assigning.make_assignment(person(), number, values)
    except FieldErrors as refused:
        errors = refused.errors
    if errors:
        return _assignment_page(course, None, name, written.typed(request.form), errors), 422
    return redirect(url_for("pages.course_assignments", number=number), code=303)


@pages.route("/courses/<int:number>/assignments/copies", methods=["GET", "POST"])
@login_required
def copy_assignments(number: int) -> Answer:
    """The assignments of another course, taken over with their dates moved."""
    course = _taught(number)
    typed, errors = dict(request.form) or {"days": "364"}, _NO_ERRORS
    if request.method == "POST":
        values, errors = _loaded(CopyFields(), written.copy(typed))
        try:
            if not errors:
                copying.copy_assignments(person(), number, values)
                return redirect(url_for("pages.course_assignments", number=number), code=303)
        except FieldErrors as refused:
            errors = refused.errors
    with reading() as session:
        courses = [(other.id, other.title) for other in copying.sources(session, person(), number)]
    page = render_template("copy_assignments.html", course=course, courses=courses, typed=typed, errors=errors)
    return page, 422 if errors else 200


@pages.route("/assignments/<int:number>/settings", methods=["GET", "POST"])
@login_required
def assignment_settings(number: int) -> Answer:
    """How an exercise is handed out."""
    found = _assignment(number)
    if request.method == "GET":
        shown = written.shown(found, found.course.zone)
        return _assignment_page(found.course, found, found.exercise, shown, {})
    given = {**written.assignment(request.form, found.course.zone, found), "exercise": found.exercise}
    values, errors = _loaded(AssignmentFields(), given)
    try:
        if not errors and assigning.change_assignment(person(), number, values) is None:
            abort(404)
    except FieldErrors as refused:
        errors = refused.errors
    if errors:
        return _assignment_page(found.course, found, found.exercise, written.typed(request.form), errors), 422
    return redirect(url_for("pages.course_assignments", number=found.course_id), code=303)


@pages.post("/assignments/<int:number>/delete")
@login_required
def delete_assignment(number: int) -> Answer:
    """Deletes an assignment that nobody handed in to."""
    found = _assignment(number)
    try:
        assigning.delete_assignment(person(), number)
    except HandedIn:
        shown, errors = written.shown(found, found.course.zone), {"delete": [assigning.HANDED_IN]}
        return _assignment_page(found.course, found, found.exercise, shown, errors), 409
    return redirect(url_for("pages.course_assignments", number=found.course_id), code=303)


@pages.route("/assignments/<int:number>/extensions", methods=["GET", "POST"])
@login_required
def extensions(number: int) -> Answer:
    """Who has more time or attempts, and a form to give them."""
    found = _graded(number)
    who = request.values.get("student", "")
    if request.method == "GET":
        return _extensions_page(found, who, {}, {})
    values, errors = _loaded(ExtensionFields(), written.extension(request.form, found.course.zone))
    try:
        if not errors and not _extended(found, who, values):
            errors = {"student": [_CHOOSE]}
    except FieldErrors as refused:
        errors = refused.errors
    if errors:
        return _extensions_page(found, who, dict(request.form), errors), 422
    return redirect(url_for("pages.extensions", number=number), code=303)


@pages.post("/assignments/<int:number>/extensions/<int:account>/withdraw")
@login_required
def withdraw_extension(number: int, account: int) -> Answer:
    """Ends an extension."""
    if not assigning.withdraw_extension(person(), _graded(number), account):
        abort(404)
    return redirect(url_for("pages.extensions", number=number), code=303)


def _taught(number: int) -> Course:
    with reading() as session:
        return course_to_change(session, person(), number)


def _assignment(number: int) -> Assignment:
    with reading() as session:
        return assignment_to_change(session, person(), number)


def _graded(number: int) -> Assignment:
    with reading() as session:
        return assignment_to_grade(session, person(), number)


def _loaded(schema: Any, given: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """What the schema makes of it, and what is wrong in which field."""
    try:
        return schema.load(given), {}
    except ValidationError as error:
        skipped = {name: [_SKIPPED] for name in error.messages_dict if written.on_no_clock(given.get(name))}
        return {}, {**error.messages_dict, **skipped}


def _zones() -> list[str]:
    return sorted(available_timezones())


def _assignment_page(
    course: Course, found: Assignment | None, name: str, typed: Mapping[str, Any], errors: Mapping[str, Any]
) -> str:
    with reading() as session:
        exercise = exercise_named(session, course.id, name)
    return render_template(
        "assignment_settings.html", course=course, assignment=found, exercise=exercise, typed=typed, errors=errors
    )


def _extended(found: Assignment, who: str, values: Mapping[str, Any]) -> bool:
    """Gives the extension to a student, by number, or to a section; whether there is anybody."""
    section = who.startswith(_SECTION) and who.isprintable()  # what is not, not every database takes
    meant = who.removeprefix(_SECTION) if section else whole(who)
    return meant is not None and bool(assigning.extend(person(), found, meant, values))


def _extensions_page(found: Assignment, who: str, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    zone = found.course.zone
    students = (
        select(Account.id, Account.name, Account.email)
        .join(Enrolment, Enrolment.account_id == Account.id)
        .where(Enrolment.course_id == found.course_id, Enrolment.role == STUDENT)
        .order_by(Account.name, Account.id)
    )
    sections = (
        select(Enrolment.section, func.count())
        .where(Enrolment.course_id == found.course_id, Enrolment.role == STUDENT, Enrolment.section.is_not(None))
        .group_by(Enrolment.section)
        .order_by(Enrolment.section)
    )
    with reading() as session:
        everybody = session.execute(students).all()
        in_sections = session.execute(sections).all()
        given = select(Extension).where(Extension.assignment_id == found.id)
        extended = {extension.account_id: extension for extension in session.scalars(given)}
    chosen = extended.get(whole(who) or 0)
    rows = [(row, extended[row.id], deadlines(found, extended[row.id])) for row in everybody if row.id in extended]
    return render_template(
        "extensions.html",
        assignment=found,
        zone=zone,
        students=everybody,
        sections=[(f"{_SECTION}{section}", section, count) for section, count in in_sections],
        rows=[*rows, (None, None, deadlines(found, None))],
        who=who,
        typed=typed or written.shown_extension(chosen, zone),
        errors=errors,
    )
