"""Which of our courses a platform's course is, and where its links lead."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from service import audit
from service.authentication import Person
from service.enrolment import lock
from service.exercises import exercise_named
from service.language import preferred_language
from service.lti.messages import Message, number
from service.models import (
    INSTRUCTOR,
    Assignment,
    Course,
    Enrolment,
    LtiContext,
    LtiLink,
    LtiPlatform,
    LtiScore,
)


def context_of(session: Session, platform: LtiPlatform, message: Message) -> LtiContext:
    """The platform's course, with what the launch says of it."""
    context = session.scalar(
        select(LtiContext).where(
            LtiContext.platform_id == platform.id,
            LtiContext.deployment == message.deployment,
            LtiContext.key == message.context,
        )
    )
    if context is None:
        context = LtiContext(
            platform_id=platform.id, deployment=message.deployment, key=message.context, title="", scopes=[]
        )
        session.add(context)
    context.title = message.context_title or context.title or str(message.context)[:200]
    if message.lineitems or message.lineitem:
        context.lineitems, context.scopes = message.lineitems, message.scopes
    context.memberships = message.memberships or context.memberships
    session.flush()
    return context


def link_of(session: Session, context: LtiContext, message: Message) -> LtiLink | None:
    """Where the link of the launch leads; None until an instructor has said so, or where it led to an assignment that
    is not this course's. One that was picked here (deep linking) says itself where it leads."""
    link = session.scalar(select(LtiLink).where(LtiLink.context_id == context.id, LtiLink.key == message.resource))
    if link is None and message.assignment is not None and _assignment(session, context, message.assignment):
        link = place(session, context, message, message.assignment)
    if link is not None and message.lineitem:
        link.lineitem = message.lineitem
    return link


def place(session: Session, context: LtiContext, message: Message, assignment_id: int | None) -> LtiLink:
    """Lets the link of the launch lead to the assignment, or to the whole course."""
    link = LtiLink(
        context_id=context.id,
        key=message.resource,
        title=message.resource_title,
        assignment_id=assignment_id,
        lineitem=message.lineitem,
    )
    session.add(link)
    session.flush()
    return link


def connect(session: Session, person: Person, context: LtiContext, course_id: int) -> None:
    """Says that the platform's course is this course, which the person teaches."""
    context.course_id = course_id
    after = {"platform": context.platform.name, "title": context.title}
    audit.record(session, person, "connect", "platform course", context.id, course_id, after=after)


def disconnect(session: Session, person: Person, context: LtiContext) -> None:
    """The platform's course is no course here any more. People and grades stay; its links are to be set up anew."""
    _forget(session, LtiLink.context_id == context.id)
    before = {"platform": context.platform.name, "title": context.title}
    audit.record(session, person, "disconnect", "platform course", context.id, context.course_id, before=before)
    context.course_id = None


def forget_assignment(session: Session, assignment_id: int) -> None:
    """The links that lead to the assignment, which nobody handed in to, are to be set up anew."""
    _forget(session, LtiLink.assignment_id == assignment_id)


def make_course(session: Session, person: Person, context: LtiContext) -> int:
    """A new course for the platform's, which the person teaches."""
    course = Course(title=context.title)
    session.add(course)
    session.flush()
    session.add(Enrolment(course_id=course.id, account_id=person.id, role=INSTRUCTOR))
    after = {"title": course.title, "platform": context.platform.name}
    audit.record(session, person, "create", "course", course.id, course.id, after=after)
    return course.id


def assignments(session: Session, course_id: int) -> list[Assignment]:
    """What the course hands out."""
    return list(session.scalars(select(Assignment).where(Assignment.course_id == course_id).order_by(Assignment.id)))


def picked(session: Session, person: Person, course_id: int, pick: str) -> Assignment | None:
    """The assignment that "assignment:5" names; for "exercise:multiply" a new one of the course, worth the exercise's
    own points. None where there is no such thing."""
    kind, _, name = pick.partition(":")
    if kind == "assignment":
        found = session.get(Assignment, number(name) or 0)
        return found if found is not None and found.course_id == course_id else None
    exercise = exercise_named(session, course_id, name) if kind == "exercise" else None
    if exercise is None:
        return None
    lock(session, course_id)
    title, points = exercise.title_in(preferred_language()), exercise.max_score
    made = Assignment(course_id=course_id, exercise=name, title=title, points=points)
    session.add(made)
    session.flush()
    after = {"exercise": name, "title": title, "points": points}
    audit.record(session, person, "create", "assignment", made.id, course_id, after=after)
    return made


def _forget(session: Session, which: ColumnElement[bool]) -> None:
    links = select(LtiLink.id).where(which)
    session.execute(delete(LtiScore).where(LtiScore.link_id.in_(links)))
    session.execute(delete(LtiLink).where(which))


def _assignment(session: Session, context: LtiContext, number: int) -> bool:
    found = session.get(Assignment, number)
    return found is not None and context.course_id is not None and found.course_id == context.course_id
