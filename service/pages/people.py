"""The people of a course: who is in it, ways to join, and its roster as a file."""

from __future__ import annotations

from datetime import timedelta

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from sqlalchemy.orm import Session

from service import enrolment, joining
from service.accounts import AccountExists, NotAPerson, correct, email_of, name_of, one_line
from service.configuration import settings
from service.database import reading, writing
from service.enrolment import LAST_INSTRUCTOR, LastInstructor
from service.invitations import NOT_INVITABLE, NOT_THEIRS, invitable, make_invitation, to_correct
from service.models import INSTRUCTOR, ROLES, Account, Course, Enrolment, now
from service.pages.blueprint import Answer, pages, person
from service.pages.presentation import looked_for, page_count, page_number, whole
from service.pages.words import person_problem
from service.permissions import course_to_manage, course_with_codes, course_with_people, manages
from service.rosters import FORMS
from service.rosters.reading import LONGEST_CELL
from service.spreadsheets import as_file, to_csv

PER_PAGE = 100
DAYS = (7, 30, 120)


@pages.get("/courses/<int:number>/people")
@login_required
def people(number: int) -> Answer:
    """Everybody in the course."""
    return people_page(number)


@pages.post("/courses/<int:number>/people")
@login_required
def enrol_person(number: int) -> Answer:
    """Enrols somebody by their address."""
    form, role = request.form, request.form.get("role", "")
    known = {name: text or None for name, text in _known().items()}
    try:
        with writing() as session:
            course_to_manage(session, person(), number)
            email, name = email_of(form.get("email", "")), name_of(form.get("name", ""))
            role = role if role in ROLES else ROLES[0]
            enrolment.enrol_by_address(session, person(), number, email, name, role, **known)
    except NotAPerson as error:
        return people_page(number, problem=person_problem(error)), 422
    return redirect(url_for("pages.people", number=number), code=303)


@pages.get("/courses/<int:number>/people/<int:account_id>")
@login_required
def member(number: int, account_id: int) -> Answer:
    """One person of the course: what is known of them, to be changed."""
    return _member_page(number, account_id)


@pages.post("/courses/<int:number>/people/<int:account_id>")
@login_required
def change_member(number: int, account_id: int) -> Answer:
    """Gives somebody another role, number or section."""
    try:
        with writing() as session:
            found = _enrolment(session, number, account_id)
            role = request.form.get("role", found.role)
            if role not in ROLES:
                abort(422)
            enrolment.change_role(session, person(), found, role)
            enrolment.write(session, person(), found, **_known())
    except LastInstructor:
        return _member_page(number, account_id, gettext(LAST_INSTRUCTOR)), 409
    return _back_to_people(number, account_id, role == INSTRUCTOR)


@pages.post("/courses/<int:number>/people/<int:account_id>/name")
@login_required
def correct_member(number: int, account_id: int) -> Answer:
    """Gives the account of somebody another name or address."""
    try:
        with writing() as session:
            _enrolment(session, number, account_id)
            account = to_correct(session, person(), account_id)
            if account is not None:
                email, name = email_of(request.form.get("email", "")), name_of(request.form.get("name", ""))
                correct(session, person(), account, email, name)
    except NotAPerson as error:
        return _member_page(number, account_id, person_problem(error)), 422
    except AccountExists:
        return _member_page(number, account_id, gettext("There is an account with this address.")), 409
    if account is None:
        return _member_page(number, account_id, gettext(NOT_THEIRS)), 409
    return _back_to_people(number, account_id)


@pages.post("/courses/<int:number>/people/<int:account_id>/removal")
@login_required
def remove_member(number: int, account_id: int) -> Answer:
    """Takes somebody out of the course."""
    try:
        with writing() as session:
            enrolment.remove(session, person(), _enrolment(session, number, account_id))
    except LastInstructor:
        return _member_page(number, account_id, gettext(LAST_INSTRUCTOR)), 409
    return _back_to_people(number, account_id, False)


@pages.post("/courses/<int:number>/people/<int:account_id>/invitation")
@login_required
def invite_person(number: int, account_id: int) -> Answer:
    """Shows an invitation for somebody, this once."""
    with writing() as session:
        _enrolment(session, number, account_id)
        accounts = invitable(session, person(), [account_id])
        made = [(account, invitation_address(session, account)) for account in accounts]
    if not made:
        return people_page(number, problem=gettext(NOT_INVITABLE)), 409
    return people_page(number, invited=made[0])


@pages.post("/courses/<int:number>/invitations")
@login_required
def invite_all(number: int) -> Answer:
    """A file with an invitation for each person in the course who never could sign in."""
    with writing() as session:
        course_to_manage(session, person(), number)
        waiting = [one.account.id for one in enrolment.members(session, number)[0] if not one.can_sign_in]
        accounts = invitable(session, person(), waiting)
        rows = [(account.name, account.email, invitation_address(session, account)) for account in accounts]
    return as_file("invitations.csv", to_csv([("name", "email", "invitation"), *rows]))


@pages.post("/courses/<int:number>/join-codes")
@login_required
def make_join_code(number: int) -> Answer:
    """Makes a code that a class enrols with."""
    days = whole(request.form.get("days", ""))
    with writing() as session:
        course_with_codes(session, person(), number)
        joining.make_code(session, person(), number, now() + timedelta(days=days) if days in DAYS else None)
    return redirect(url_for("pages.people", number=number, _anchor="joining"), code=303)


@pages.post("/courses/<int:number>/join-codes/<int:code_id>/withdraw")
@login_required
def withdraw_join_code(number: int, code_id: int) -> Answer:
    """Makes a code worthless."""
    with writing() as session:
        course_with_codes(session, person(), number)
        if not joining.withdraw(session, person(), number, code_id):
            abort(404)
    return redirect(url_for("pages.people", number=number, _anchor="joining"), code=303)


def people_page(number: int, problem: str | None = None, invited: tuple[Account, str] | None = None) -> str:
    """The page; with what went wrong, or with an invitation that was made."""
    page, search = page_number(), looked_for("search")
    with reading() as session:
        course: Course = course_with_people(session, person(), number)
        shown, total = enrolment.members(session, number, None, search, page, PER_PAGE)
        waiting = [one.account.id for one in shown if not one.can_sign_in]
        return render_template(
            "people.html",
            course=course,
            people=shown,
            search=search,
            total=total,
            page=page,
            pages=page_count(total, PER_PAGE),
            manages=manages(person(), number),
            invitable={account.id for account in invitable(session, person(), waiting)},
            codes=joining.codes_of(session, number) if manages(person(), number) else [],
            address=settings().public_url,
            forms=FORMS,
            days=DAYS,
            problem=problem,
            invited=invited,
        )


def _member_page(number: int, account_id: int, problem: str | None = None) -> str:
    with reading() as session:
        course: Course = course_to_manage(session, person(), number)
        found, _ = enrolment.members(session, number, account_id)
        if not found:
            abort(404)
        refused = None if invitable(session, person(), [account_id]) else gettext(NOT_THEIRS)
        return render_template(
            "person.html", course=course, member=found[0], refused=refused, typed=request.form, problem=problem
        )


def _back_to_people(number: int, account_id: int, teaches: bool = True) -> Answer:
    """To the course's people; home, if it was the reader who no longer teaches the course."""
    if account_id == person().id and not teaches and not person().administrator:
        return redirect(url_for("pages.home"), code=303)
    return redirect(url_for("pages.people", number=number), code=303)


def _known() -> dict[str, str]:
    """What the form says of somebody in the course."""
    form = request.form
    known = {name: one_line(form[name])[:LONGEST_CELL] for name in ("sid", "section") if name in form}
    return {name: "".join(filter(str.isprintable, said)) for name, said in known.items()}


def _enrolment(session: Session, number: int, account_id: int) -> Enrolment:
    course_to_manage(session, person(), number)
    found = enrolment.find_to_change(session, number, account_id)
    return found if found is not None else abort(404)


def invitation_address(session: Session, account: Account) -> str:
    """Where the account's password is chosen anew, by an invitation that the reader makes."""
    return make_invitation(session, person(), account, settings().public_url)
