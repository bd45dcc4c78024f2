"""Which mistakes the class makes, for those who teach or assist."""

from __future__ import annotations

from flask import abort, render_template, request
from flask_login import login_required

from grader import NAMES
from service import mistakes
from service.database import reading
from service.models import now
from service.pages.blueprint import pages
from service.pages.courses import class_of
from service.pages.presentation import whole

PEOPLE_SHOWN = 25


@pages.get("/courses/<int:number>/mistakes")
@login_required
def course_mistakes(number: int) -> str:
    """All that were made, the one of most students first."""
    with reading() as session:
        course, assignments = class_of(session, number)
        chosen = whole(request.args.get("assignment", ""))
        made = mistakes.made(session, course, now(), chosen)
    return render_template("mistakes.html", course=course, assignments=assignments, chosen=chosen, made=made)


@pages.get("/courses/<int:number>/mistakes/<code>")
@login_required
def course_mistake(number: int, code: str) -> str:
    """One mistake: when, where, and by whom it was made."""
    with reading() as session:
        course, assignments = class_of(session, number)
        if code not in NAMES:
            abort(404)
        at = now()
        made = mistakes.made(session, course, at, code=code)
        makers = mistakes.makers(session, number, code)
        places = mistakes.places(session, number, code)
    return render_template(
        "mistake.html",
        course=course,
        assignments={item.id: item for item in assignments},
        made=made[0] if made else mistakes.Made(code, 0, 0, [0] * mistakes.DAYS),
        days=mistakes.day_starts(course, at),
        makers=makers[:PEOPLE_SHOWN],
        places=places,
    )
