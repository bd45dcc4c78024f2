"""Courses, their own exercises, and what they hand out until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    SQLColumnExpression,
    String,
    Text,
    UniqueConstraint,
    and_,
    case,
    false,
    func,
    select,
)
from sqlalchemy.orm import Mapped, aliased, foreign, mapped_column, relationship

from service.models.base import Base, now
from service.models.people import Account

BEST, LAST = "best", "last"
NOTHING, VERDICTS, EVERYTHING = "nothing", "verdicts", "everything"
NONE, WORKED, FULL = "none", "worked", "full"


class Course(Base):
    """A course: people enrolled, assignments handed out. `zone` is the IANA name of the time zone that its times are
    given and shown in; `limits` what a run of a submission may use at most (by the names of
    `grader.STATED_LIMITS`), None where the deployment's are enough. One that is `archived` is apart from the
    others on people's first page."""

    __tablename__ = "courses"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    zone: Mapped[str] = mapped_column(String(64), default="UTC", server_default="UTC")
    limits: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True))
    archived: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(default=now)


class CourseExercise(Base):
    """One version of an exercise that a course wrote itself, as YAML; old versions stay. The highest `version` of a
    name is the current one, and goes before an exercise of the catalogue of the same name."""

    __tablename__ = "course_exercises"
    __table_args__ = (
        UniqueConstraint("course_id", "name", "digest"),
        UniqueConstraint("course_id", "name", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    name: Mapped[str] = mapped_column(String(100))
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    author: Mapped[Account] = relationship()

    @classmethod
    def is_current(cls) -> ColumnElement[bool]:
        """Whether it is the version that counts."""
        other = aliased(cls)
        newest = select(func.max(other.version)).where(other.course_id == cls.course_id, other.name == cls.name)
        return cls.version == newest.correlate(cls).scalar_subquery()


class Assignment(Base):
    """An exercise of the course or of the catalogue, handed out in a course.

    `points` is what all of it right is worth there. With `variants` every student gets a variant of their own.
    It is seen from `release_at` on (None: at once), due at `due_at` (None: never) and taken until `late_until` (None:
    not after it is due, where it is due at all). `late_policy` says what a late one is worth: {"lost": 0.1,
    "per": "day"} loses a tenth of the points for each day begun, `per` being "hour", "day" or "once".
    Of `max_attempts` (None: any number), at least `cool_down` seconds apart, the `counts` one ("best" or "last")
    counts. `policy` goes over the exercise's own, key by key (see `grader.Policy`); `interfaces` are the names of those
    that are taken, None for all. `shown_before` and `shown_after` say what a student sees of a report until it is due
    and afterwards: "nothing", "verdicts" (of each gradient, and the score) or "everything". `practice` says what
    practice on its exercise answers while it is open: "none", "worked" (the worked example only) or "full".
    """

    __tablename__ = "assignments"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    exercise: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200))
    points: Mapped[float]
    variants: Mapped[bool] = mapped_column(default=False, server_default=false())
    release_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    late_until: Mapped[datetime | None]
    late_policy: Mapped[dict[str, Any] | None]
    max_attempts: Mapped[int | None]
    cool_down: Mapped[int] = mapped_column(default=0, server_default="0")
    counts: Mapped[str] = mapped_column(String(10), default=BEST, server_default=BEST)
    policy: Mapped[dict[str, Any] | None]
    interfaces: Mapped[list[str] | None] = mapped_column(JSON)
    shown_before: Mapped[str] = mapped_column(String(20), default=EVERYTHING, server_default=EVERYTHING)
    shown_after: Mapped[str] = mapped_column(String(20), default=EVERYTHING, server_default=EVERYTHING)
    practice: Mapped[str] = mapped_column(String(10), default=FULL, server_default=FULL)
    created_at: Mapped[datetime] = mapped_column(default=now)

    course: Mapped[Course] = relationship()
    own_exercise: Mapped[CourseExercise | None] = relationship(
        primaryjoin=lambda: and_(
            foreign(CourseExercise.course_id) == Assignment.course_id,
            foreign(CourseExercise.name) == Assignment.exercise,
            CourseExercise.is_current(),
        ),
        viewonly=True,
        uselist=False,
    )
    """What its exercise's name stands for in the course's own; None where it is the catalogue's."""

    def in_points(self, score: float, max_score: float) -> float:
        """A score out of `max_score`, in the assignment's points."""
        return score * self.points / max_score if max_score else 0.0

    @classmethod
    def sql_in_points(
        cls, score: SQLColumnExpression[float], max_score: SQLColumnExpression[float]
    ) -> ColumnElement[float]:
        """The same of columns; NULL where there is no score."""
        return case((max_score == 0, 0.0), else_=score * cls.points / max_score)


class Extension(Base):
    """Another due date, last date, or more attempts for one student. None: as for everybody."""

    __tablename__ = "extensions"
    __table_args__ = (UniqueConstraint("assignment_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    due_at: Mapped[datetime | None]
    late_until: Mapped[datetime | None]
    more_attempts: Mapped[int] = mapped_column(default=0)
    comment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
