"""What platforms and their browsers call: `/lti/login`, `/lti/launch`, `/lti/jwks`, `/lti/configuration`, and what
follows a launch in a frame, where there can be no session: `/lti/open`, `/lti/select`.

A form that comes from here carries the launch's ticket, which is good once, in place of a session and its CSRF token.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, current_app, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from grader import catalogue
from service import enrolment, headers
from service.authentication import by_id, csrf, start_session
from service.configuration import settings
from service.database import reading, writing
from service.lti import arrival, links, people, selection
from service.lti.description import addresses, description
from service.lti.launches import LaunchRefused, begin, find_platform
from service.lti.refusals import refusal_page
from service.lti.services import Services
from service.models import INSTRUCTOR, LtiLaunch, LtiPlatform
from service.outside import Unreachable
from service.passwords import fingerprint

if TYPE_CHECKING:
    from service.lti.keys import Signer
    from service.lti.verification import Verifier

BROWSER = "lti_browser"  # the cookie that tells a browser from others
BROWSER_SECONDS = 86_400
LONGEST_LINE = 255

log = logging.getLogger(__name__)
lti = Blueprint("lti", __name__, url_prefix="/lti")


def register(app: Flask) -> None:
    """Adds the routes to `app`."""
    csrf.exempt(lti)
    app.register_blueprint(lti)


@lti.errorhandler(LaunchRefused)
@lti.errorhandler(Unreachable)
def _refuse(error: LaunchRefused | Unreachable) -> tuple[str, int]:
    log.warning("a launch was refused: %s", error)
    return refusal_page(error)


@lti.route("/login", methods=["GET", "POST"])
def login() -> Response:
    """The beginning of a launch: sends the browser back to the platform, to say there who it is."""
    hint = request.values.get("login_hint", "")
    if not hint:
        raise LaunchRefused("login", "login_hint")
    browser = request.cookies.get(BROWSER) or secrets.token_urlsafe(32)
    with writing() as session:
        platform = find_platform(session, _line("iss"), _line("client_id"))
        begun = begin(session, platform, browser)
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": addresses(settings().public_url)["redirect_uri"],
        "login_hint": hint,
        "state": begun.state,
        "nonce": begun.nonce,
    }
    if "lti_message_hint" in request.values:
        asked["lti_message_hint"] = request.values["lti_message_hint"]
    separator = "&" if urlsplit(platform.authorization_url).query else "?"
    response = redirect(f"{platform.authorization_url}{separator}{urlencode(asked)}")
    _mark(response, browser)
    return response


@lti.post("/launch")
def launch() -> Response:
    """The launch itself. Where this is the browser in which it began, and not a frame, whoever came before goes on at
    once; else they are asked to."""
    if "error" in request.form:
        raise LaunchRefused("platform", _line("error")[:100])
    _, verifier = _tools()
    made, ticket = verifier.verify(_line("state"), request.form.get("id_token", ""), request.cookies.get(BROWSER))
    framed = request.headers.get("Sec-Fetch-Dest") != "document"
    message = arrival.message_of(made)
    with reading() as session:
        asked = people.may_choose(session, made.platform.issuer, message.subject)
    if message.selection is not None:
        found = _selection_page(made, ticket)
        if found is not None:
            return found
    if made.browser and not framed and not asked:
        return _open(ticket)
    page = render_template("lti_launch.html", launch=made, message=message, ticket=ticket, framed=framed, asked=asked)
    return _framed(make_response(page), made.platform)


@lti.post("/open")
def open_launch() -> Response:
    """Goes on with a launch, in a page of its own: as the platform's person, or by signing in to an account."""
    own = request.headers.get("Sec-Fetch-Site") == "same-origin"
    if not own and request.headers.get("Origin") != _origin(settings().public_url):
        raise LaunchRefused("ticket", "Origin")
    return _open(_line("ticket"), existing="existing" in request.form)


@lti.post("/select")
def select_assignment() -> Response:
    """Tells the platform what was picked."""
    with writing() as session:
        made = arrival.take(session, _line("ticket"))
        if made is None:
            raise LaunchRefused("ticket")
        message = arrival.message_of(made)
        account = people.account_of(session, made.platform.issuer, message.subject)
        context = links.context_of(session, made.platform, message)
        if message.selection is None or account is None or context.course_id is None:
            raise LaunchRefused("not_instructor")
        actor = people.as_person(account)
        if arrival.role_in(session, context.course_id, account.id) != INSTRUCTOR:
            raise LaunchRefused("not_instructor")
        picked = links.picked(session, actor, context.course_id, _line("pick"))
        if picked is None:
            raise LaunchRefused("malformed", "pick")
    signer, _ = _tools()
    address = addresses(settings().public_url)["target_link_uri"]
    signed = selection.response(signer, made.platform, message, [picked], address)
    goal = message.selection["return_url"]
    page = render_template("lti_return.html", platform=made.platform, goal=goal, signed=signed, picked=picked)
    return _framed(make_response(page), made.platform, form_action=_origin(goal))


@lti.get("/jwks")
def jwks() -> Response:
    """The keys that our signatures are checked with."""
    signer, _ = _tools()
    return jsonify(signer.public())


@lti.get("/configuration")
def configuration() -> Response:
    """What a platform needs to know of this service."""
    return jsonify(description(settings().public_url))


def _open(ticket: str, existing: bool = False) -> Response:
    browser = request.cookies.get(BROWSER) or secrets.token_urlsafe(32)
    with writing() as session:
        made = arrival.take(session, ticket)
        if made is None:
            raise LaunchRefused("ticket")
        made.browser = fingerprint(browser)
        if existing:
            response = redirect(url_for("pages.link_account", number=made.id), code=303)
            _mark(response, browser)
            return response
        account, (endpoint, values) = arrival.arrive(session, made)
    start_session(by_id(account.id))
    response = redirect(url_for(endpoint, **values), code=303)
    _mark(response, browser)
    return response


def _selection_page(made: LtiLaunch, ticket: str) -> Response | None:
    """What can be picked; None while it has to be said first who this is, and which course."""
    message = arrival.message_of(made)
    with writing() as session:
        people.one_by_one(session, made.platform.issuer)
        account = people.account_of(session, made.platform.issuer, message.subject)
        context = links.context_of(session, made.platform, message)
        if account is None or context.course_id is None:
            return None
        enrolment.lock(session, context.course_id)
        people.join(session, context, [people.Arrival(account, message.role, message.sid)])
        if arrival.role_in(session, context.course_id, account.id) != INSTRUCTOR:
            raise LaunchRefused("not_instructor")
        assignments = links.assignments(session, context.course_id)
    names = sorted(catalogue())
    page = render_template("lti_select.html", ticket=ticket, context=context, assignments=assignments, exercises=names)
    return _framed(make_response(page), made.platform)


def _framed(response: Response, platform: LtiPlatform, form_action: str = "'self'") -> Response:
    """Lets the platform, and nobody else, show the page in a frame."""
    origins = dict.fromkeys([*map(_origin, (platform.issuer, platform.authorization_url)), *platform.origins])
    policy = headers.content_policy(" ".join(filter(None, origins)) or "'none'", form_action)
    response.headers["Content-Security-Policy"] = policy
    return response


def _mark(response: Response, browser: str) -> None:
    """The cookie by which this browser is known again, also in a frame where it keeps such cookies."""
    secure = settings().public_url.startswith("https://")
    response.set_cookie(
        BROWSER, browser, max_age=BROWSER_SECONDS, path="/lti", secure=secure, httponly=True,
        samesite="None" if secure else "Lax",
    )  # fmt: skip


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""


def _line(name: str) -> str:
    """A parameter of one line; one with controls in it, or longer than any that we keep, is none of ours."""
    value = request.values.get(name, "")
    return value if value.isprintable() and len(value) <= LONGEST_LINE else ""


def services_of(platform: LtiPlatform) -> Services:
    """What the platform does for us."""
    signer, _ = _tools()
    return Services(platform, signer, settings().lti_allow_private)


def _tools() -> tuple[Signer, Verifier]:
    """The application's, made at first need."""
    from service.lti.keys import Signer  # here: joserfc takes 8 MB, which without a learning platform nobody needs
    from service.lti.verification import Verifier

    if "gradient_grader_lti" not in current_app.extensions:
        configuration, database = settings(), current_app.extensions["gradient_grader_database"]
        current_app.extensions["gradient_grader_lti"] = (
            Signer(database, configuration.secret_key),
            Verifier(database, configuration.lti_allow_private),
        )
    found: tuple[Signer, Verifier] = current_app.extensions["gradient_grader_lti"]
    return found
