"""What a class is asked about stands beside the reports: outcomes of submissions, and the mistakes that they name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.models.base import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

AT_ONCE = 500


def upgrade() -> None:
    """To this state; what the newest reports say is filled in."""
    outcomes = op.create_table(
        "outcomes",
        sa.Column("submission_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("worth", sa.Double(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("max_score", sa.Double(), nullable=False),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        *_keys("outcomes"),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_outcomes")),
    )
    mistakes = op.create_table(
        "mistakes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("gradient", sa.String(length=100), nullable=True),
        sa.Column("code", sa.String(length=100), nullable=False),
        *_keys("mistakes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mistakes")),
    )
    _fill(outcomes, mistakes)
    figures = ["assignment_id", "account_id", "attempt", "verdict", "score", "max_score", "worth", "at"]
    op.create_index("ix_outcomes_figures", "outcomes", figures)
    op.create_index("ix_outcomes_assignment_id_verdict", "outcomes", ["assignment_id", "verdict"])
    op.create_index(op.f("ix_outcomes_account_id"), "outcomes", ["account_id"])
    op.create_index("ix_mistakes_assignment_id_code", "mistakes", ["assignment_id", "code", "account_id", "at"])
    for column in ("submission_id", "account_id"):
        op.create_index(op.f(f"ix_mistakes_{column}"), "mistakes", [column])


def _keys(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [f"{other}_id"], [f"{other}s.id"], name=op.f(f"fk_{table}_{other}_id")
        )
        for other in ("submission", "assignment", "account")
    ]  # fmt: skip


def _fill(outcomes: sa.Table, mistakes: sa.Table) -> None:
    submissions = sa.table(
        "submissions", *map(sa.column, ("id", "assignment_id", "account_id", "attempt", "worth", "erased_at")),
        sa.column("created_at", UTCDateTime()),
    )  # fmt: skip
    reports = sa.table(
        "reports", *map(sa.column, ("id", "submission_id", "verdict", "score", "max_score")),
        sa.column("report", sa.JSON()),
    )  # fmt: skip
    s, r = submissions.c, reports.c
    newest = sa.select(sa.func.max(r.id)).group_by(r.submission_id)
    taken = (s.assignment_id, s.account_id, s.attempt, s.worth, s.created_at, r.submission_id, r.verdict, r.score)
    rows = (
        sa.select(*taken, r.max_score, r.report)
        .join_from(reports, submissions, s.id == r.submission_id)
        .where(r.id.in_(newest), s.assignment_id.is_not(None), s.attempt.is_not(None))
        .order_by(r.id)
    )
    found = op.get_bind().execute(rows)
    while batch := found.fetchmany(AT_ONCE):
        op.bulk_insert(outcomes, [_outcome(row) for row in batch])
        op.bulk_insert(mistakes, [mistake for row in batch for mistake in _mistakes(row)])


def _of_submission(row: Any) -> dict[str, Any]:
    kept = {name: getattr(row, name) for name in ("submission_id", "assignment_id", "account_id")}
    return {**kept, "at": row.created_at}


def _outcome(row: Any) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("attempt", "worth", "verdict", "score", "max_score")}
    verdicts = {gradient["name"]: gradient["verdict"] for gradient in row.report.get("gradients", ())}
    return {**_of_submission(row), **told, "verdicts": verdicts}


def _mistakes(row: Any) -> Sequence[dict[str, Any]]:
    report = row.report
    if row.verdict == "ungraded":
        return []
    of_all = [report.get("run", {}).get("code"), *(finding["code"] for finding in report.get("findings", ()))]
    named = [(None, code) for code in of_all if code]
    for gradient in report.get("gradients", ()):
        named += [(gradient["name"], finding["code"]) for finding in gradient["findings"]]
    return [{**_of_submission(row), "gradient": name, "code": code} for name, code in dict.fromkeys(named)]
