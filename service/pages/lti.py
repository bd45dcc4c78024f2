"""What follows a launch from a learning platform, for whoever is signed in; and the course's platforms, for those who
teach it."""

from __future__ import annotations

import hmac

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required, logout_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.configuration import settings
from service.database import looking_up, reading, writing
from service.lti import arrival, links, scores
from service.lti.description import addresses
from service.lti.messages import Message
from service.lti.people import LinkedOtherwise
from service.lti.roster import fetch_roster, take_roster
from service.lti.routes import BROWSER, services_of
from service.lti.services import Declined
from service.models import INSTRUCTOR, Course, LtiContext, LtiLaunch
from service.outside import Unreachable
from service.pages.blueprint import Answer, pages, person
from service.pages.presentation import whole
from service.passwords import fingerprint
from service.permissions import require_teaching


@pages.get("/lti/account/<int:number>")
@login_required
def link_account(number: int) -> Answer:
    """Asks whoever signed in whether the platform's person is them."""
    with looking_up() as session:
        launch = _launch_in_this_browser(session, number)
    return render_template("lti_account.html", launch=launch, message=arrival.message_of(launch))


@pages.post("/lti/account/<int:number>")
@login_required
def confirm_account(number: int) -> Answer:
    """Links the platform's person to the account, and goes on."""
    with writing() as session:
        launch = _launch_in_this_browser(session, number)
        message = arrival.message_of(launch)
        try:
            _, (endpoint, values) = arrival.arrive(session, launch, person())
        except LinkedOtherwise:
            return render_template("lti_account.html", launch=launch, message=message, refused=True), 409
    return redirect(url_for(endpoint, **values), code=303)


@pages.get("/lti/launches/<int:number>")
@login_required
def set_up_launch(number: int) -> Answer:
    """Where the link leads is not said yet: an instructor says it here, others are told."""
    me = person()
    with writing() as session:
        launch, message, context = _own_launch(session, number)
        place = arrival.destination(session, context, message, me.id)
        if place is not None:
            return redirect(url_for(place[0], **place[1]), code=303)
        teaches = list(session.scalars(select(Course).where(Course.id.in_(me.teaches)).order_by(Course.title)))
        course = session.get(Course, context.course_id) if context.course_id is not None else None
        assignments = links.assignments(session, course.id) if course is not None else []
    return render_template(
        "lti_setup.html",
        launch=launch,
        message=message,
        context=context,
        course=course,
        teaches=teaches,
        assignments=assignments,
        connects=course is None and message.role == INSTRUCTOR,
        places=course is not None and course.id in me.teaches,
    )


@pages.post("/lti/launches/<int:number>")
@login_required
def say_where_launch_leads(number: int) -> Answer:
    """Takes what an instructor said: which course it is, then which assignment; or that they have another account."""
    me = person()
    with writing() as session:
        launch, message, context = _own_launch(session, number)
        if "existing" in request.form:
            logout_user()
            return redirect(url_for("pages.link_account", number=number), code=303)
        chosen = request.form.get("course", "")
        if context.course_id is None:
            course = whole(chosen)
            if message.role != INSTRUCTOR or not (
                (chosen == "new" and launch.platform.makes_courses) or course in me.teaches
            ):
                abort(404)
            made = links.make_course(session, me, context) if course is None else course
            links.connect(session, me, context, made)
        else:
            assignment = whole(request.form.get("assignment", ""))
            known = [None, *(item.id for item in links.assignments(session, context.course_id))]
            if context.course_id not in me.teaches or message.resource is None or assignment not in known:
                abort(404)
            if links.link_of(session, context, message) is None:
                links.place(session, context, message, assignment)
    return redirect(url_for("pages.set_up_launch", number=number), code=303)


@pages.get("/courses/<int:number>/platforms")
@login_required
def course_platforms(number: int) -> Answer:
    """The platform courses that this course is, their links, and which scores they have."""
    return _platforms_page(number)


@pages.post("/courses/<int:number>/platforms")
@login_required
def change_platforms(number: int) -> Answer:
    """Takes over a roster, tries scores again at once, or disconnects a platform's course."""
    require_teaching(person(), number)
    if "again" in request.form:
        with writing() as session:
            scores.try_again(session, number)
    elif "disconnect" in request.form:
        with writing() as session:
            links.disconnect(session, person(), _context(session, number, "disconnect"))
    else:
        return _take_roster(number)
    return redirect(url_for("pages.course_platforms", number=number), code=303)


def _take_roster(number: int) -> Answer:
    with reading() as session:
        context = _context(session, number, "roster")
    try:
        members = fetch_roster(services_of(context.platform), context)
    except (Unreachable, Declined) as error:
        return _platforms_page(number, failed=str(error)), 503
    with writing() as session:
        taken = take_roster(session, person(), _context(session, number, "roster"), members)
    said = gettext(
        "The roster was taken over: %(listed)s people, %(enrolled)s of them new in the course.",
        listed=taken.listed,
        enrolled=taken.enrolled,
    )
    return _platforms_page(number, taken=said, gone=taken.gone)


def _platforms_page(number: int, taken: str = "", failed: str = "", gone: list[str] | None = None) -> str:
    require_teaching(person(), number)
    with reading() as session:
        return render_template(
            "lti_course.html",
            course=session.get_one(Course, number),
            contexts=scores.contexts_in(session, number),
            links=scores.links_in(session, number),
            states=scores.states(session, number),
            addresses=addresses(settings().public_url),
            taken=taken,
            failed=failed,
            gone=gone or [],
        )


def _context(session: Session, course_id: int, field: str) -> LtiContext:
    found = scores.context_in(session, course_id, whole(request.form.get(field, "")))
    return found if found is not None else abort(404)


def _own_launch(session: Session, number: int) -> tuple[LtiLaunch, Message, LtiContext]:
    launch = arrival.find(session, number)
    if launch is None or launch.account_id != person().id:
        abort(404)
    message = arrival.message_of(launch)
    return launch, message, links.context_of(session, launch.platform, message)


def _launch_in_this_browser(session: Session, number: int) -> LtiLaunch:
    """The launch, if it was opened here: who can only sign in cannot take somebody else's place at a platform, and
    nobody is led to take over what somebody else opened."""
    launch, browser = arrival.find(session, number), request.cookies.get(BROWSER, "")
    if launch is None or launch.opened_at is None or launch.browser is None:
        abort(404)
    return launch if hmac.compare_digest(launch.browser, fingerprint(browser)) else abort(404)
