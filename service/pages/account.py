"""One's own account: the password, tokens for programs, and who vouches for one."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required

from service.accounts import one_line
from service.authentication import start_session, tokens_of
from service.database import reading, writing
from service.models import Account
from service.own_account import TooManyTokens, WrongPassword, change_password, make_own_token, revoke_own_token
from service.pages.blueprint import Answer, pages, person
from service.pages.words import password_problem
from service.passwords import PasswordRefused
from service.providers import identities_of, provider_name
from service.throttle import TooMany


@pages.get("/account")
@login_required
def account() -> Answer:
    """What is kept of the reader, and what they can change."""
    return account_page()


@pages.post("/account/password")
@login_required
def set_password() -> Answer:
    """Changes the password; this browser's session goes on, all others end."""
    form = request.form
    if form.get("new") != form.get("again"):
        return account_page(problem=gettext("The two new passwords are not the same.")), 422
    try:
        changed = change_password(person(), form.get("old", ""), form.get("new", ""))
    except WrongPassword:
        return account_page(problem=gettext("The old password is not right.")), 422
    except PasswordRefused as refused:
        return account_page(problem=password_problem(refused)), 422
    except TooMany as much:
        often = gettext("There were too many wrong passwords. Wait a quarter of an hour, then try again.")
        return account_page(problem=often), 429, much.headers
    start_session(changed)
    return account_page(done=gettext("The password is changed. All other sessions have ended."))


@pages.post("/account/tokens")
@login_required
def make_token() -> Answer:
    """Makes a token and shows it, this once."""
    name = one_line(request.form.get("name", ""))
    if not 0 < len(name) <= 100 or not name.isprintable():
        return account_page(problem=gettext("Give the token a name of up to 100 characters.")), 422
    try:
        _, text = make_own_token(person(), name)
    except TooManyTokens:
        return account_page(problem=gettext("You have many tokens. Revoke those that you do not need.")), 409
    return account_page(token=text)


@pages.post("/account/tokens/<int:number>/revoke")
@login_required
def revoke_token(number: int) -> Answer:
    """Makes a token worthless."""
    with writing() as session:
        if not revoke_own_token(session, person(), number):
            abort(404)
    return redirect(url_for("pages.account"), code=303)


def account_page(problem: str | None = None, done: str | None = None, token: str | None = None) -> str:
    """The page; with what went wrong, what was done, or the text of a new token."""
    with reading() as session:
        found = session.get_one(Account, person().id)
        return render_template(
            "account.html",
            account=found,
            tokens=tokens_of(session, found.id),
            identities=identities_of(session, found.id),
            provider=provider_name(),
            problem=problem,
            done=done,
            token=token,
        )
