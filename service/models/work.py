"""What is handed in, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, UniqueConstraint, and_, func, select
from sqlalchemy.orm import Mapped, aliased, foreign, mapped_column, relationship

from service.models.base import Base, now
from service.models.courses import Assignment
from service.models.people import Account

QUEUED = "queued"
GRADING = "grading"
GRADED = "graded"
UNGRADED = "ungraded"
DONE = (GRADED, UNGRADED)


class Submission(Base):
    """What one person handed in once: for an assignment, or for practice (`assignment_id` and `attempt` None).

    `payload` is {"source", "notebook", "filename"} for code and {"answers"} for symbols; `trial_set` the number of
    the hidden trials it is graded on, also when it is graded again. A worker that picks it up counts `tries` up and
    holds it until `lease_until`; only the holder of the current try may write the result. `worth` is the share of its
    points that its time leaves: less than 1 where it is late. Since `erased_at` only its grade is kept: what was handed
    in and what the reports said of it are gone.
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
    worth: Mapped[float] = mapped_column(default=1.0, server_default="1")
    erased_at: Mapped[datetime | None]

    assignment: Mapped[Assignment | None] = relationship()
    account: Mapped[Account] = relationship()
    newest_report: Mapped[StoredReport | None] = relationship(
        primaryjoin=lambda: and_(foreign(StoredReport.submission_id) == Submission.id, StoredReport.is_newest()),
        viewonly=True,
        uselist=False,
    )
    """The one that counts; None until there is one."""

    def points(self, score: float, max_score: float) -> float | None:
        """A report's score in the assignment's points, of which a late one keeps a share; None for practice."""
        if self.assignment is None:
            return None
        return self.assignment.in_points(score, max_score) * self.worth

    @classmethod
    def sql_points(cls, report: type[StoredReport]) -> ColumnElement[float]:
        """The same of columns, with the assignment's joined."""
        return Assignment.sql_in_points(report.score, report.max_score) * cls.worth


class StoredReport(Base):
    """A report as `grader.Report.to_dict()` gave it; old ones stay. The newest is the one that counts. One that was
    made by grading again names that `regrade_id`.

    What tables are asked about (`verdict`, `score`, `max_score`, and which gradients are wrong) stands beside it."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(20))
    score: Mapped[float]
    max_score: Mapped[float]
    wrong: Mapped[list[str]] = mapped_column(JSON)
    report: Mapped[dict[str, Any]]
    regrade_id: Mapped[int | None] = mapped_column(ForeignKey("regrades.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)

    @classmethod
    def is_newest(cls) -> ColumnElement[bool]:
        """Whether it is the newest on its submission."""
        other = aliased(cls)
        newest = select(func.max(other.id)).where(other.submission_id == cls.submission_id)
        return cls.id == newest.correlate(cls).scalar_subquery()


def spends_attempt() -> ColumnElement[bool]:
    """Whether a submission spends its attempt. One that we failed to grade does not, also once it is graded again."""
    failed = select(StoredReport.id).where(
        StoredReport.submission_id == Submission.id, StoredReport.verdict == "ungraded"
    )
    return and_(Submission.status != UNGRADED, ~failed.exists())


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
