"""What people decide about grades, grading again, and who changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.models.base import Base, now
from service.models.people import Account
from service.models.work import QUEUED, Submission


class Override(Base):
    """A grade that a person gave: `score`, in the assignment's points, counts in place of what was computed, until it
    is withdrawn. The newest of a student and assignment is the one that stands; old ones stay."""

    __tablename__ = "overrides"
    __table_args__ = (Index("ix_overrides_assignment_id_account_id", "assignment_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    score: Mapped[float]
    comment: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]

    author: Mapped[Account] = relationship(foreign_keys=author_id)


class Regrade(Base):
    """Submissions of a course to be graded again, in the background. `reason` is told beside it."""

    __tablename__ = "regrades"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)

    author: Mapped[Account] = relationship()


class RegradeItem(Base):
    """One submission of a regrade; claimed and finished as a submission is, while its old report stays in force."""

    __tablename__ = "regrade_items"
    __table_args__ = (
        UniqueConstraint("regrade_id", "submission_id"),
        Index("ix_regrade_items_status_id", "status", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    regrade_id: Mapped[int] = mapped_column(ForeignKey("regrades.id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    old_report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"))
    new_report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"))
    status: Mapped[str] = mapped_column(String(20), default=QUEUED)
    tries: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]

    submission: Mapped[Submission] = relationship(lazy="joined", innerjoin=True)


class AuditEntry(Base):
    """Who changed what: `action` on the `kind` of thing with this `number`; `details` holds what it was and became.
    `account_id` is None for what was done by command on the machine itself."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_course_id_id", "course_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"))
    action: Mapped[str] = mapped_column(String(50))
    kind: Mapped[str] = mapped_column(String(50))
    number: Mapped[int | None]
    details: Mapped[dict[str, Any]]

    account: Mapped[Account | None] = relationship()
