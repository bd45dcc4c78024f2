"""Who changed what in a course, for those who teach it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template, request
from flask_babel import LazyString, lazy_gettext
from flask_login import login_required

from service import audit
from service.database import reading
from service.models import Course
from service.pages import changes
from service.pages.blueprint import pages, person
from service.pages.presentation import looked_for, page_count, page_number, whole
from service.permissions import require_teaching

PER_PAGE = 50

# What a course has entries of.
KINDS: Mapping[audit.Kind, LazyString] = {
    "assignment": lazy_gettext("Assignment"),
    "course": lazy_gettext("Course"),
    "exercise": lazy_gettext("Exercise"),
    "extension": lazy_gettext("Extension"),
    "join code": lazy_gettext("Join code"),
    "override": lazy_gettext("Grade given"),
    "person": lazy_gettext("People"),
    "platform course": lazy_gettext("Course of a learning platform"),
    "regrade": lazy_gettext("Grading again"),
    "submissions": lazy_gettext("Submissions"),
}


@pages.get("/courses/<int:number>/audit")
@login_required
def audit_log(number: int) -> str:
    """The changes, newest first, to be filtered by kind of thing and by person."""
    require_teaching(person(), number)
    kind, page = looked_for("kind") or None, page_number()
    filters = audit.Filters(kind, whole(request.args.get("person", "")))
    with reading() as session:
        course = session.get_one(Course, number)
        entries, total = audit.entries(session, number, filters, page, PER_PAGE)
        kinds, people = audit.kinds(session, number), audit.people(session, number)
        about = changes.known(session, entries)
    return render_template(
        "audit.html",
        course=course,
        entries=entries,
        total=total,
        filters=filters,
        kinds=kinds,
        people=people,
        kind_in_words=lambda kind: KINDS.get(kind, kind),
        sentence=lambda entry: changes.sentence(entry, about),
        details=lambda entry: list(changes.details(entry, about, course.zone)),
        page=page,
        pages=page_count(total, PER_PAGE),
    )
