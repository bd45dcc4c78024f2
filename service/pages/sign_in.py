"""The browser's session: signing in, with an address and a password or with a token, and out; and its language."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import redirect, render_template, request, session, url_for
from flask_login import logout_user
from werkzeug.wrappers import Response

from grader import LANGUAGES
from service.authentication import Person, by_token, signed_in, start_session
from service.own_account import WrongPassword
from service.own_account import sign_in as by_password
from service.pages.blueprint import Answer, pages
from service.providers import provider_name
from service.throttle import TooMany


@pages.get("/sign-in")
def sign_in() -> Answer:
    """The form; whoever is signed in already goes on."""
    goal = own_address(request.args.get("next", ""))
    return redirect(goal, code=303) if signed_in() else sign_in_form(goal)


@pages.post("/sign-in")
def check_sign_in() -> Answer:
    """Starts a session, or shows the form again."""
    goal = own_address(request.form.get("next", ""))
    token = request.form.get("token", "").strip()
    if token:
        person = by_token(token)
        return _start(person, goal) if person else (sign_in_form(goal, failed="token"), 422)
    try:
        return _start(by_password(request.form.get("email", ""), request.form.get("password", "")), goal)
    except WrongPassword:
        return sign_in_form(goal, failed="password"), 422
    except TooMany as much:
        return sign_in_form(goal, failed="often"), 429, much.headers


@pages.get("/sign-in/<token>")
def sign_in_by_link(token: str) -> Answer:
    """Starts a session from a sign-in address; the token leaves the address bar at once. Not where another site led
    here: it could let somebody hand in to an account that is its own."""
    person, home = by_token(token), url_for("pages.home")
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        return sign_in_form(home, failed="led"), 422
    return _start(person, home) if person else (sign_in_form(home, failed="link"), 422)


@pages.post("/sign-out")
def sign_out() -> Response:
    """Ends the session; the chosen language stays."""
    logout_user()
    return redirect(url_for("pages.sign_in"), code=303)


@pages.post("/language")
def choose_language() -> Response:
    """Remembers the choice for this browser, and goes back to where it was made."""
    if request.form.get("language") in LANGUAGES:
        session["language"] = request.form["language"]
    return redirect(own_address(request.form.get("next", "")), code=303)


def own_address(address: str) -> str:
    """`address` if it is a path on this service, else the first page: nobody is sent elsewhere."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return url_for("pages.home")
    own = not parts.scheme and not parts.netloc and parts.path.startswith("/") and "\\" not in address
    return address if own and not address.startswith("//") and address.isprintable() else url_for("pages.home")


def sign_in_form(goal: str, failed: str | None = None) -> str:
    """The page with all ways in; `failed` says what did not go as it should."""
    email = request.form.get("email", "")
    return render_template("sign_in.html", goal=goal, failed=failed, email=email, provider=provider_name())


def _start(person: Person, goal: str) -> Response:
    start_session(person)
    return redirect(goal, code=303)
