"""A student's assignments, and the page where one is handed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from markupsafe import Markup
from sqlalchemy import select

from grader import (
    Code,
    Exercise,
    SubmissionError,
    Symbols,
    Unreadable,
    answers_in,
    in_words,
    preview,
    read_code,
    read_symbols,
)
from service import overrides, submissions
from service.arrival import arrived_at
from service.database import reading
from service.deadlines import Refusal, situation, situations
from service.handouts import given_to
from service.language import preferred_language
from service.models import LAST, NONE, STUDENT, WORKED, Assignment, Course
from service.pages.blueprint import Answer, pages, person
from service.pages.diagrams import circuit, gates
from service.pages.presentation import duration, whole
from service.practice import check_allowed
from service.visibility import own_gradebook, own_submissions, shown

ATTEMPTS_SHOWN = 20


@pages.get("/")
@login_required
def home() -> Answer:
    """The courses where the reader studies, with how far they are, and those where they grade; or those that are
    archived. `others` are those that are on the other one of these two pages."""
    me, at, archived = person(), arrived_at(), "archived" in request.args
    with reading() as session:
        every = session.scalars(select(Course).where(Course.id.in_(me.roles)).order_by(Course.id)).all()
        here = [course for course in every if course.archived == archived]
        studied = [own_gradebook(session, course, me, at) for course in here if me.roles[course.id] == STUDENT]
        mine = situations(session, [item for book in studied for item in book.assignments], me.id)
    taught, others = [course for course in here if course.id in me.grades], len(every) - len(here)
    if len(taught) == 1 and not studied and not others:
        return redirect(url_for("pages.course", number=taught[0].id), code=303)
    return render_template(
        "assignments.html",
        studied=studied,
        taught=taught,
        mine=mine,
        at=at,
        closed={number for number, own in mine.items() if own.deadlines.closed(at)},
        archived=archived,
        others=others,
    )


@pages.get("/assignments/<int:number>")
@login_required
def assignment(number: int) -> Answer:
    """What is asked, the form to hand it in, and the reader's own attempts."""
    found = _find(number)
    return _hand_in_page(found, request.args.get("by", Code.kind), typed=_typed_before(found))


@pages.post("/assignments/<int:number>")
@login_required
def hand_in(number: int) -> Answer:
    """Hands in what the form holds and goes to its report; or shows the form again, with what was typed."""
    found, kind = _find(number), request.form.get("kind", Code.kind)
    exercise = given_to(person().id, found)
    if exercise is None:
        return _hand_in_page(found, kind, gettext("This exercise is not in the catalogue any more.")), 409
    try:
        submission, filename = _read_form(kind)
        if _became_late(found):
            late = gettext(
                "It is late now, and worth less. Your last attempt counts: hand in again if it shall be this."
            )
            return _hand_in_page(found, kind, late), 409
        made = submissions.hand_in(person(), submission, exercise, found, filename, at=arrived_at())
    except SubmissionError as refused:
        return _hand_in_page(found, kind, in_words(refused.code, refused.parameters, preferred_language())), 422
    except submissions.NotTaken as refused:
        return _hand_in_page(found, kind, _why(refused.refusal)), 409
    except submissions.TooManyWaiting:
        return _hand_in_page(found, kind, _too_many()), 429
    return redirect(url_for("pages.submission", number=made.id), code=303)


@pages.post("/assignments/<int:number>/check")
@login_required
def check(number: int) -> Answer:
    """Has what the form holds graded as practice, as far as the assignment allows that, and goes to its report; no
    attempt is spent."""
    found, kind = _find(number), request.form.get("kind", Code.kind)
    exercise = given_to(person().id, found)
    with reading() as session:
        allowed = check_allowed(session, person(), found, arrived_at())
    if exercise is None or allowed == NONE:
        none = gettext("This cannot be checked beforehand. Hand in instead.")
        return _hand_in_page(found, kind, none), 409
    try:
        submission, filename = _read_form(kind)
        made = submissions.hand_in(
            person(), submission, exercise, None, filename, at=arrived_at(), worked_only=allowed == WORKED
        )
    except SubmissionError as refused:
        return _hand_in_page(found, kind, in_words(refused.code, refused.parameters, preferred_language())), 422
    except submissions.TooManyWaiting:
        return _hand_in_page(found, kind, _too_many()), 429
    return redirect(url_for("pages.submission", number=made.id, assignment=number), code=303)


@pages.post("/assignments/<int:number>/read")
@login_required
def read_as(number: int) -> Answer:
    """The form again, with what each answer in symbols is understood as; nothing is handed in."""
    return _hand_in_page(_find(number), Symbols.kind)


def _too_many() -> str:
    return str(
        gettext("Many of your submissions are still waiting for their reports. Hand in again when they are back.")
    )


def _why(refusal: Refusal | None) -> str:
    """Why nothing is taken, and what to do; what was typed stays in the form."""
    if refusal is None:
        abort(404)
    said = {
        "closed": gettext("This assignment is closed: nothing was handed in. Ask your instructor for an extension."),
        "no_attempts_left": gettext("You have spent all attempts: nothing was handed in."),
        "cool_down": gettext(
            "It is too early for the next attempt. Hand in again in %(time)s.", time=duration(refusal.seconds)
        ),
    }
    return str(said[refusal.code])


def _became_late(found: Assignment) -> bool:
    """Whether a hand-in that will count, being the last, has lost points since its page was shown."""
    try:
        then = float(request.form.get("worth", ""))
    except ValueError:
        return False
    with reading() as session:
        return found.counts == LAST and situation(session, found, person().id).deadlines.worth(arrived_at()) < then


def _find(number: int) -> Assignment:
    with reading() as session:
        found = submissions.find_assignment(session, person(), number)
    return found if found is not None else abort(404)


def _read_form(kind: str) -> tuple[Code | Symbols, str]:
    if kind == Symbols.kind:
        return read_symbols(_answers() | _own_lines()), ""
    file = request.files.get("file")
    if file is not None and file.filename:
        return read_code(file.stream.read(), file.filename), file.filename
    return read_code(request.form.get("source", "")), ""


def _answers() -> dict[str, str]:
    prefix = "answer-"
    return {name.removeprefix(prefix): text for name, text in request.form.items() if name.startswith(prefix)}


def _own_lines() -> dict[str, str]:
    """The lines `name = expression` of the student's own. Raises SubmissionError."""
    found, answers = answers_in(request.form.get("lines", "").splitlines()), _answers()
    if twice := next((name for name in found if answers.get(name, "").strip()), None):
        raise SubmissionError("answered_twice", name=twice)
    return found


def _typed_before(found: Assignment) -> Mapping[str, Any]:
    """The payload of the reader's own earlier attempt or check that `?from=` names: to go on from there."""
    number = whole(request.args.get("from", ""))
    if number is None:
        return {}
    with reading() as session:
        earlier = submissions.find(session, person(), number)
    if earlier is None or earlier.account_id != person().id or earlier.payload.get("notebook"):
        return {}
    checked = earlier.assignment_id is None and earlier.exercise == found.exercise
    return earlier.payload if checked or earlier.assignment_id == found.id else {}


def _hand_in_page(
    found: Assignment, kind: str, refused: str | None = None, typed: Mapping[str, Any] | None = None
) -> str:
    exercise = given_to(person().id, found)
    symbols = exercise is not None and exercise.accepts_symbols
    code = exercise is not None and exercise.accepts_code
    asked = {ask.name for ask in exercise.in_symbols} if exercise else set()
    answers = _answers() if typed is None else typed.get("answers", {})
    lines = (f"{name} = {text}" for name, text in answers.items() if name not in asked)
    at = arrived_at()
    with reading() as session:
        attempts, total = own_submissions(session, found, person(), at, per_page=ATTEMPTS_SHOWN)
        mine = situation(session, found, person().id)
        override = overrides.standing(session, found.id, person().id)
        checks = check_allowed(session, person(), found, at)
    return render_template(
        "hand_in.html",
        assignment=found,
        zone=found.course.zone,
        mine=mine,
        at=at,
        refusal=None if found.course_id in person().grades else mine.refusal(at),
        seen=shown(found, mine.deadlines, at),
        exercise=exercise,
        checks=checks,
        circuit=circuit(exercise),
        gates=gates,
        worth=lambda points: found.in_points(points, exercise.max_score) if exercise else points,
        by=Symbols.kind if symbols and (kind == Symbols.kind or not code) else Code.kind,
        source=request.form.get("source", "") if typed is None else typed.get("source", ""),
        answers=answers,
        lines=request.form.get("lines", "") if typed is None else "\n".join(lines),
        understood=_understood(exercise, answers) if exercise is not None and symbols else {},
        refused=refused,
        attempts=attempts,
        total=total,
        override=override,
    )


def _understood(exercise: Exercise, answers: Mapping[str, str]) -> Mapping[str, Markup | str]:
    """What each answer and line is understood as, typeset, or what to change in it; "" is of the lines together."""
    try:
        given = {**answers, **_own_lines()}
        shown = preview(exercise, read_symbols(given).answers if any(map(str.strip, given.values())) else {})
    except SubmissionError as refused:
        return {"": in_words(refused.code, refused.parameters, preferred_language())}
    return {name: _told(read) for name, read in shown.items()}


def _told(read: str | Unreadable) -> Markup | str:
    if isinstance(read, Unreadable):
        return in_words(read.code, read.parameters, preferred_language())
    return Markup(read)  # of a checked tree, its names escaped
