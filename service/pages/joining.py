"""Ways in: an invitation, where a password is chosen, and a course's code, with an account or with a new one."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext

from service import joining
from service.accounts import NotAPerson, email_of, name_of
from service.authentication import by_id, signed_in, start_session
from service.database import reading, writing
from service.invitations import accept, invited
from service.models import Account, Course
from service.own_account import register
from service.pages.blueprint import Answer, pages
from service.pages.words import password_problem, person_problem
from service.passwords import PasswordRefused, chosen
from service.throttle import TooMany


@pages.get("/invitations/<secret>")
def invitation(secret: str) -> Answer:
    """The form where somebody who was invited chooses a password."""
    account = _invited(secret)
    return _invitation_page(account) if account else (_invitation_page(None), 404)


@pages.post("/invitations/<secret>")
def accept_invitation(secret: str) -> Answer:
    """Sets the password and signs in."""
    account = _invited(secret)
    if account is None:
        return _invitation_page(None), 404
    if request.form.get("new") != request.form.get("again"):
        return _invitation_page(account, gettext("The two new passwords are not the same.")), 422
    try:
        password_hash = chosen(request.form.get("new", ""), account.email)
    except PasswordRefused as refused:
        return _invitation_page(account, password_problem(refused)), 422
    with writing() as session:
        accepted = accept(session, secret, password_hash)
    if accepted is None:
        return _invitation_page(None), 404
    start_session(by_id(accepted.id))
    return redirect(url_for("pages.home"), code=303)


@pages.get("/join")
def join() -> Answer:
    """The form for a code."""
    code = joining.normal_code(request.args.get("code", ""))
    if code:
        return redirect(url_for("pages.join_course", code=code), code=303)
    return render_template("join.html", course=None, unknown="code" in request.args)


@pages.get("/join/<code>")
def join_course(code: str) -> Answer:
    """What the code leads to: a button for who is signed in, a form for who is not."""
    course = _course(code)
    return _join_page(course, code) if course else _unknown_code()


@pages.post("/join/<code>")
def enrol(code: str) -> Answer:
    """Enrols whoever is signed in; registers who is not, and enrols them."""
    course, person = _course(code), signed_in()
    if course is None:
        return _unknown_code()
    if person is not None:
        with writing() as session:
            joining.join(session, person, course)
        return redirect(_home_with(course), code=303)
    form = request.form
    if form.get("new") != form.get("again"):
        return _join_page(course, code, gettext("The two new passwords are not the same.")), 422
    try:
        email, name = email_of(form.get("email", "")), name_of(form.get("name", ""))
        made = register(course, email, name, form.get("new", ""))
    except NotAPerson as error:
        return _join_page(course, code, person_problem(error)), 422
    except PasswordRefused as refused:
        return _join_page(course, code, password_problem(refused)), 422
    except joining.AddressTaken:
        taken = gettext(
            "No account could be made with these. If you have one, sign in first and open this address again; "
            "if somebody else enrolled you, ask them for an invitation."
        )
        return _join_page(course, code, taken), 422
    except TooMany as much:
        return _join_page(course, code, gettext("This was a little too often")), 429, much.headers
    start_session(made)
    return redirect(_home_with(course), code=303)


def _home_with(course: Course) -> str:
    """The one of the two first pages that the course is on."""
    return url_for("pages.home", archived=1 if course.archived else None)


def _course(code: str) -> Course | None:
    with reading() as session:
        return joining.course_of(session, code)


def _invited(secret: str) -> Account | None:
    with reading() as session:
        return invited(session, secret)


def _unknown_code() -> Answer:
    return render_template("join.html", course=None, unknown=True), 404


def _join_page(course: Course, code: str, problem: str | None = None) -> str:
    typed = {name: request.form.get(name, "") for name in ("email", "name")}
    return render_template("join.html", course=course, code=joining.normal_code(code), problem=problem, typed=typed)


def _invitation_page(account: Account | None, problem: str | None = None) -> str:
    return render_template("invitation.html", account=account, problem=problem)
