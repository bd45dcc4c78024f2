"""Signing in, with an address and a password or with a token, and out."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from service.accounts import Person, by_password, by_token, signed_in
from service.pages.blueprint import pages
from service.pages.language import own_address

Answer = str | Response | tuple[str, int]


@pages.get("/sign-in")
def sign_in() -> Answer:
    """The form; whoever is signed in already goes on."""
    goal = own_address(request.args.get("next", ""))
    return redirect(goal, code=303) if signed_in() else _form(goal)


@pages.post("/sign-in")
def check_sign_in() -> Answer:
    """Starts a session, or shows the form again."""
    goal = own_address(request.form.get("next", ""))
    token = request.form.get("token", "").strip()
    if token:
        person = by_token(token)
    else:
        person = by_password(request.form.get("email", ""), request.form.get("password", ""))
    if person is None:
        return _form(goal, failed="token" if token else "password"), 422
    return _start(person, goal)


@pages.get("/sign-in/<token>")
def sign_in_by_link(token: str) -> Answer:
    """Starts a session from a sign-in address; the token leaves the address bar at once."""
    person = by_token(token)
    return _start(person, url_for("pages.home")) if person else (_form(url_for("pages.home"), failed="link"), 422)


@pages.post("/sign-out")
def sign_out() -> Response:
    """Ends the session; the chosen language stays."""
    logout_user()
    return redirect(url_for("pages.sign_in"), code=303)


def _start(person: Person, goal: str) -> Response:
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    login_user(person)
    return redirect(goal, code=303)


def _form(goal: str, failed: str | None = None) -> str:
    return render_template("sign_in.html", goal=goal, failed=failed, email=request.form.get("email", ""))
