"""Which exercise a name stands for: the course's own first, then the catalogue's; and for whom, where an assignment
gives each student a variant. Everything that shows, takes or grades a submission asks here."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import bindparam, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from grader import Exercise, ExerciseError, catalogue, draw_variant, read_exercise
from service import audit
from service.database import writing
from service.models import Assignment, CourseExercise, Submission

if TYPE_CHECKING:
    from service.authentication import Person

_RACES = 5

Written = TypeVar("Written")

log = logging.getLogger(__name__)


class HandedOut(Exception):
    """The course has submissions to the catalogue's exercise of this name, which asks for something else."""


def exercise_named(session: Session, course_id: int | None, name: str) -> Exercise | None:
    """The exercise that `name` stands for in the course; without one, in the catalogue."""
    if course_id is not None and name.isprintable():  # no exercise has another name, and not every database takes it
        own = session.scalar(_CURRENT, {"course": course_id, "name": name})
        if own is not None:
            return _read(own.digest, own.source)
    return catalogue().get(name)


def exercise_of(assignment: Assignment, account_id: int, secret: str) -> Exercise | None:
    """The exercise that the assignment gives this account, with the assignment's policy and interfaces, within the
    course's limits. Its variant follows from the deployment's `secret` of the trials, the course and the account. The
    assignment comes with its course and its own exercise, or they are asked for."""
    own = assignment.own_exercise
    exercise = catalogue().get(assignment.exercise) if own is None else _read(own.digest, own.source)
    if exercise is not None and assignment.variants:
        exercise = _variant(exercise, _course_secret(secret, assignment.course_id), str(account_id))
    how = (assignment.policy, assignment.interfaces, assignment.course.limits)
    if exercise is None or not any(how):
        return exercise
    return _handed_out(exercise, json.dumps(how, sort_keys=True))


def exercise_handed_in(submission: Submission, secret: str) -> Exercise | None:
    """The exercise that the submission is for, as its account was given it. The submission comes with its assignment,
    as that does to `exercise_of`."""
    if submission.assignment is None:
        return catalogue().get(submission.exercise)
    return exercise_of(submission.assignment, submission.account_id, secret)


def versions(session: Session, course_id: int, name: str) -> list[CourseExercise]:
    """All versions of the course's own exercise of that name, with their authors, the current one first."""
    if not name.isprintable():
        return []
    return list(
        session.scalars(
            select(CourseExercise)
            .options(joinedload(CourseExercise.author))
            .where(CourseExercise.course_id == course_id, CourseExercise.name == name)
            .order_by(CourseExercise.version.desc())
        )
    )


def own_exercises(session: Session, course_id: int) -> list[CourseExercise]:
    """The current version of each of the course's own exercises, by name."""
    every = session.scalars(
        select(CourseExercise)
        .options(joinedload(CourseExercise.author))
        .where(CourseExercise.course_id == course_id)
        .order_by(CourseExercise.name, CourseExercise.version)
    )
    return list({stored.name: stored for stored in every}.values())


def stated(stored: CourseExercise) -> Exercise | None:
    """The exercise that a stored version states; None if it is not read any more, see `_read`."""
    return _read(stored.digest, stored.source)


def store(author: Person, course_id: int, exercise: Exercise) -> CourseExercise:
    """Makes `exercise` the current version of its name in the course. What is current already stays as it is; what
    was so before becomes so again, with a new number. Raises HandedOut."""
    return storing(lambda session: store_in(session, author, course_id, exercise))


def storing(write: Callable[[Session], Written]) -> Written:
    """What `write`, which stores exercises, makes in a transaction."""
    for race in range(_RACES):
        try:
            with writing() as session:
                return write(session)
        except IntegrityError:  # somebody stored a version of the same name at the same moment
            if race == _RACES - 1:
                raise
    raise AssertionError("the last race is won or raises")


def store_in(session: Session, author: Person, course_id: int, exercise: Exercise) -> CourseExercise:
    """`store`, in a transaction of `storing`."""
    known = versions(session, course_id, exercise.name)
    if known and known[0].digest == exercise.digest:
        known[0].source = exercise.source  # its comments may be others
        return known[0]
    if not known and _asks_otherwise(exercise) and _handed_in_to(session, course_id, exercise.name):
        raise HandedOut
    stored = next((version for version in known if version.digest == exercise.digest), None)
    before = {"version": known[0].version, "digest": known[0].digest} if known else None
    if stored is None:
        stored = CourseExercise(course_id=course_id, name=exercise.name, digest=exercise.digest)
        session.add(stored)
    stored.version = known[0].version + 1 if known else 1
    stored.source, stored.author_id = exercise.source, author.id
    session.flush()
    after = {"version": stored.version, "digest": stored.digest}
    action: audit.Action = "change" if known else "create"
    audit.record(
        session, author, action, "exercise", stored.id, course_id, name=stored.name, before=before, after=after
    )
    return stored


def _asks_otherwise(exercise: Exercise) -> bool:
    """Whether the catalogue's exercise of this name, if there is one, asks for something else."""
    of_catalogue = catalogue().get(exercise.name)
    return of_catalogue is not None and {a.name for a in of_catalogue.asks} != {a.name for a in exercise.asks}


def _handed_in_to(session: Session, course_id: int, name: str) -> bool:
    of_course = (Assignment.course_id == course_id, Assignment.exercise == name)
    return bool(session.scalar(select(exists().where(Submission.assignment_id == Assignment.id, *of_course))))


@lru_cache(maxsize=512)
def _read(digest: str, source: str) -> Exercise | None:
    """A stored source, which was read and examined before it was stored: by a version of the grader that may have been
    another. What is not read any more is told to who runs it, and is to everybody else as if it were not there."""
    try:
        return read_exercise(source)
    except ExerciseError as error:
        log.error("an exercise that a course has stored cannot be read any more: %s", error)
        return None


@lru_cache(maxsize=256)  # with what is kept about it, half a megabyte each
def _variant(exercise: Exercise, secret: bytes, student: str) -> Exercise:
    return draw_variant(exercise, secret, student)


@lru_cache(maxsize=256)
def _handed_out(exercise: Exercise, how: str) -> Exercise:
    """Kept, so that what is computed for an exercise is computed once for all who are handed the same."""
    return exercise.handed_out(*json.loads(how))


def _course_secret(secret: str, course_id: int) -> bytes:
    return hmac.digest(secret.encode(), f"variants/{course_id}".encode(), "sha256")


# Put together once: every hand-in asks this.
_CURRENT = select(CourseExercise).where(
    CourseExercise.course_id == bindparam("course"),
    CourseExercise.name == bindparam("name"),
    CourseExercise.is_current(),
)
