"""Who changed what in a course, for those who teach it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flask import render_template, request
from flask_babel import LazyString, lazy_gettext
from flask_login import login_required
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import audit
from service.database import reading
from service.models import Account, Assignment, Course, Enrolment
from service.pages.blueprint import pages, person
from service.pages.presentation import page_count, page_number, whole
from service.permissions import require_teaching

PER_PAGE = 50

KINDS: Mapping[audit.Kind, LazyString] = {
    "account": lazy_gettext("Account"),
    "assignment": lazy_gettext("Assignment"),
    "course": lazy_gettext("Course"),
    "exercise": lazy_gettext("Exercise"),
    "extension": lazy_gettext("Extension"),
    "join code": lazy_gettext("Join code"),
    "override": lazy_gettext("Grade given"),
    "person": lazy_gettext("Person"),
    "platform": lazy_gettext("Learning platform"),
    "platform course": lazy_gettext("Course of a learning platform"),
    "practice": lazy_gettext("Practice"),
    "regrade": lazy_gettext("Grading again"),
    "submissions": lazy_gettext("Submissions"),
    "token": lazy_gettext("Token"),
}
ACTIONS: Mapping[audit.Action, LazyString] = {
    "change": lazy_gettext("changed"),
    "connect": lazy_gettext("connected"),
    "create": lazy_gettext("made"),
    "delete": lazy_gettext("deleted"),
    "disconnect": lazy_gettext("disconnected"),
    "enrol": lazy_gettext("enrolled"),
    "erase": lazy_gettext("erased but for their grades"),
    "invite": lazy_gettext("invited"),
    "link": lazy_gettext("linked"),
    "remove": lazy_gettext("removed"),
    "revoke": lazy_gettext("revoked"),
    "set password": lazy_gettext("password chosen"),
    "take roster": lazy_gettext("people taken over from the platform"),
    "withdraw": lazy_gettext("withdrawn"),
}


class Detail(NamedTuple):
    """One thing that an entry tells: what it `was` and what it became, or is; "" where there is nothing to tell."""

    name: str
    was: str
    became: str


@pages.get("/courses/<int:number>/audit")
@login_required
def audit_log(number: int) -> str:
    """The changes, newest first, to be filtered by kind of thing and by person."""
    require_teaching(person(), number)
    kind, page = request.args.get("kind", "").replace("\0", "")[:50] or None, page_number()
    filters = audit.Filters(kind, whole(request.args.get("person", "")))
    with reading() as session:
        course = session.get_one(Course, number)
        entries, total = audit.entries(session, number, filters, page, PER_PAGE)
        kinds, people = audit.kinds(session, number), audit.people(session, number)
        names = _names(session, number)
    return render_template(
        "audit.html",
        course=course,
        entries=entries,
        total=total,
        filters=filters,
        kinds=kinds,
        people=people,
        kind_in_words=lambda kind: KINDS.get(kind, kind),
        action_in_words=lambda action: ACTIONS.get(action, action),
        details=lambda entry: list(_details(entry.details, names)),
        page=page,
        pages=page_count(total, PER_PAGE),
    )


def _names(session: Session, course_id: int) -> Mapping[str, Mapping[int, str]]:
    """What the numbers in details stand for."""
    people = select(Account.id, Account.name).join(Enrolment).where(Enrolment.course_id == course_id)
    assignments = select(Assignment.id, Assignment.title).where(Assignment.course_id == course_id)
    return {
        "account_id": {number: name for number, name in session.execute(people)},
        "assignment_id": {number: title for number, title in session.execute(assignments)},
    }


def _details(told: Mapping[str, Any], names: Mapping[str, Mapping[int, str]]) -> Iterator[Detail]:
    before, after = told.get("before") or {}, told.get("after") or {}
    for name, value in told.items():
        if name not in ("before", "after") and value is not None and value is not False:
            known = names.get(name, {}).get(value) if isinstance(value, int) else None
            yield Detail(name.removesuffix("_id") if known else name, "", known or _text(value))
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield Detail(name, _text(before.get(name)), _text(after.get(name)))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
