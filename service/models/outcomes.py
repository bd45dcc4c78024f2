"""What a class is asked about: narrow tables beside the reports, which are large and many."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base

FIGURES = ("assignment_id", "account_id", "attempt", "verdict", "score", "max_score", "worth", "at")


class Outcome(Base):
    """What came of one submission to an assignment, by the report that counts: `verdicts` of each gradient by its name.
    All but that is the submission's own, which never changes but for its `worth`; `at` is when it was made. Its index
    holds all that the figures of a class are made of."""

    __tablename__ = "outcomes"
    __table_args__ = (
        Index("ix_outcomes_figures", *FIGURES),
        Index("ix_outcomes_assignment_id_verdict", "assignment_id", "verdict"),
    )

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True, autoincrement=False)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    attempt: Mapped[int]
    at: Mapped[datetime]
    worth: Mapped[float]
    verdict: Mapped[str] = mapped_column(String(20))
    score: Mapped[float]
    max_score: Mapped[float]
    verdicts: Mapped[dict[str, Any]]


class Mistake(Base):
    """A mistake that the report on a submission to an assignment names, by the `code` of its message; `gradient` is
    the one that it was found in, None where it concerns the whole. Its index holds all that they are counted by."""

    __tablename__ = "mistakes"
    __table_args__ = (
        Index("ix_mistakes_assignment_id_code", "assignment_id", "code", "account_id", "submission_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    at: Mapped[datetime]
    gradient: Mapped[str | None] = mapped_column(String(100))
    code: Mapped[str] = mapped_column(String(100))
