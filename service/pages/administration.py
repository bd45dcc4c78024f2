"""All accounts and courses, for the administrators of the deployment."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts import (
    AccountExists,
    LastAdministrator,
    NotAPerson,
    all_accounts,
    email_of,
    name_of,
    new_account,
    set_administrator,
)
from service.database import reading, writing
from service.models import Account, Course
from service.pages.blueprint import Answer, pages, person
from service.pages.people import invitation_address
from service.pages.presentation import looked_for, page_count, page_number
from service.pages.words import person_problem
from service.permissions import require_administrator

PER_PAGE = 50


@pages.get("/accounts")
@login_required
def accounts() -> Answer:
    """Accounts, to be searched, and courses."""
    return _page()


@pages.post("/accounts")
@login_required
def make_account() -> Answer:
    """Makes an account, and shows an invitation to it, this once."""
    require_administrator(person())
    form = request.form
    try:
        email, name = email_of(form.get("email", "")), name_of(form.get("name", ""))
        with writing() as session:
            made = new_account(session, person(), email, name, "administrator" in form)
            invited = made, invitation_address(session, made)
    except NotAPerson as error:
        return _page(problem=person_problem(error)), 422
    except AccountExists:
        return _page(problem=gettext("There is an account with this address.")), 409
    return _page(invited=invited)


@pages.post("/accounts/<int:number>/invitation")
@login_required
def invite_account(number: int) -> Answer:
    """Shows an invitation for anybody, this once."""
    require_administrator(person())
    with writing() as session:
        account = _find(session, number)
        invited = account, invitation_address(session, account)
    return _page(invited=invited)


@pages.post("/accounts/<int:number>/administrator")
@login_required
def change_administrator(number: int) -> Answer:
    """Makes somebody an administrator, or no longer one."""
    require_administrator(person())
    try:
        with writing() as session:
            set_administrator(session, person(), _find(session, number), request.form.get("administrator") == "yes")
    except LastAdministrator:
        return _page(problem=gettext("This is the only administrator. Make somebody else one first.")), 409
    return redirect(url_for("pages.home" if number == person().id else "pages.accounts"), code=303)


def _page(problem: str | None = None, invited: tuple[Account, str] | None = None) -> str:
    require_administrator(person())
    search = looked_for("search")
    page = page_number()
    with reading() as session:
        shown, total = all_accounts(session, search, page, PER_PAGE)
        courses = session.scalars(select(Course).order_by(Course.title, Course.id)).all()
        return render_template(
            "accounts.html",
            accounts=shown,
            total=total,
            page=page,
            pages=page_count(total, PER_PAGE),
            search=search,
            courses=courses,
            problem=problem,
            invited=invited,
        )


def _find(session: Session, number: int) -> Account:
    account = session.get(Account, number)
    return account if account is not None else abort(404)
