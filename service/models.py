"""What the service keeps: people, courses, assignments, submissions and their reports.

The database is the truth; the queue only delivers. Times are timezone-aware UTC on every database.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    SQLColumnExpression,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    case,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

STUDENT = "student"
INSTRUCTOR = "instructor"

QUEUED = "queued"
GRADING = "grading"
GRADED = "graded"
UNGRADED = "ungraded"
DONE = (GRADED, UNGRADED)

MAX_ID = 2**31 - 1  # of every table


def now() -> datetime:
    """The time, in UTC with its zone."""
    return datetime.now(UTC)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC; SQLite, which knows no zones, gives it back aware as well."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses a time without a zone: it would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The stored time, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Constraints have names, so that migrations can speak of them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UTCDateTime, dict[str, Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own spelling


class Account(Base):
    """A person. What they may do follows from their enrolments. `password_hash` is argon2's, None without password."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(8))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Token(Base):
    """A bearer token, of which only the SHA-256 is kept."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]


class Course(Base):
    """A course: people enrolled, assignments handed out."""

    __tablename__ = "courses"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Enrolment(Base):
    """A person's role in a course: "student" or "instructor"."""

    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("course_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
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


class Assignment(Base):
    """An exercise of the course or of the catalogue, handed out in a course. `points` is what all of it right is
    worth there. With `variants` every student gets a variant of their own."""

    __tablename__ = "assignments"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    exercise: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200))
    points: Mapped[float]
    variants: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(default=now)

    course: Mapped[Course] = relationship()

    def in_points(self, score: float, max_score: float) -> float:
        """A score out of `max_score`, in the assignment's points."""
        return score * self.points / max_score if max_score else 0.0

    @classmethod
    def sql_in_points(
        cls, score: SQLColumnExpression[float], max_score: SQLColumnExpression[float]
    ) -> ColumnElement[float]:
        """The same of columns; NULL where there is no score."""
        return case((max_score == 0, 0.0), else_=score * cls.points / max_score)


class Submission(Base):
    """What one person handed in once: for an assignment, or for practice (`assignment_id` and `attempt` None).

    `payload` is {"source", "notebook", "filename"} for code and {"answers"} for symbols; `trial_set` the number of
    the hidden trials it is graded on, also when it is graded again. A worker that picks it up counts `tries` up and
    holds it until `lease_until`; only the holder of the current try may write the result.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("assignment_id", "account_id", "attempt"),
        Index("ix_submissions_status_id", "status", "id"),
        Index("ix_submissions_account_id_id", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    attempt: Mapped[int | None]
    exercise: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    payload: Mapped[dict[str, Any]]
    trial_set: Mapped[int]
    status: Mapped[str] = mapped_column(String(20), default=QUEUED)
    created_at: Mapped[datetime] = mapped_column(default=now)
    picked_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None]

    assignment: Mapped[Assignment | None] = relationship()
    account: Mapped[Account] = relationship()


class StoredReport(Base):
    """A report as `grader.Report.to_dict()` gave it; old ones stay. The newest is the one that counts.

    What tables are asked about (`verdict`, `score`, `max_score`, and which gradients are wrong) stands beside it."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(20))
    score: Mapped[float]
    max_score: Mapped[float]
    wrong: Mapped[list[str]] = mapped_column(JSON)
    report: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class IdempotencyKey(Base):
    """A hand-in that a client may repeat safely: the same key with the same body is the same submission."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("account_id", "route", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    route: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(200))
    body_digest: Mapped[str] = mapped_column(String(64))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"))
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Worker(Base):
    """A process that grades: which layers its sandbox has, and when it was last alive."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    layers: Mapped[dict[str, Any]]
    started_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
