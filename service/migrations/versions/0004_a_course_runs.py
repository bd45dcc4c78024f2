"""Assistants and administrators, ways to sign in and to join, deadlines and extensions, grades that people give,
grading again, and who changed what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this state."""
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=50), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_audit_account_id")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_audit_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_account_id"), "audit", ["account_id"], unique=False)
    op.create_index("ix_audit_course_id_id", "audit", ["course_id", "id"], unique=False)
    op.create_table(
        "identities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_identities_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer_subject")),
    )
    op.create_index(op.f("ix_identities_account_id"), "identities", ["account_id"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_invitations_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("hash", name=op.f("uq_invitations_hash")),
    )
    op.create_index(op.f("ix_invitations_account_id"), "invitations", ["account_id"], unique=False)
    op.create_table(
        "join_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_join_codes_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_join_codes_code")),
    )
    op.create_index(op.f("ix_join_codes_course_id"), "join_codes", ["course_id"], unique=False)
    op.create_table(
        "regrades",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_regrades_author_id")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_regrades_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrades")),
    )
    op.create_index(op.f("ix_regrades_course_id"), "regrades", ["course_id"], unique=False)
    op.create_table(
        "extensions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("more_attempts", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_extensions_account_id")),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_extensions_assignment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
        sa.UniqueConstraint("assignment_id", "account_id", name=op.f("uq_extensions_assignment_id_account_id")),
    )
    op.create_index(op.f("ix_extensions_account_id"), "extensions", ["account_id"], unique=False)
    op.create_table(
        "overrides",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_overrides_account_id")),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_overrides_assignment_id")),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_overrides_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overrides")),
    )
    op.create_index("ix_overrides_assignment_id_account_id", "overrides", ["assignment_id", "account_id"], unique=False)
    op.create_table(
        "regrade_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("regrade_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("old_report_id", sa.Integer(), nullable=True),
        sa.Column("new_report_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=200), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["new_report_id"], ["reports.id"], name=op.f("fk_regrade_items_new_report_id")),
        sa.ForeignKeyConstraint(["old_report_id"], ["reports.id"], name=op.f("fk_regrade_items_old_report_id")),
        sa.ForeignKeyConstraint(["regrade_id"], ["regrades.id"], name=op.f("fk_regrade_items_regrade_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_regrade_items_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrade_items")),
        sa.UniqueConstraint("regrade_id", "submission_id", name=op.f("uq_regrade_items_regrade_id_submission_id")),
    )
    op.create_index("ix_regrade_items_status_id", "regrade_items", ["status", "id"], unique=False)
    op.create_index(op.f("ix_regrade_items_submission_id"), "regrade_items", ["submission_id"], unique=False)
    op.add_column("accounts", sa.Column("administrator", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("assignments", sa.Column("release_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("assignments", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("assignments", sa.Column("late_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("assignments", sa.Column("late_policy", sa.JSON(), nullable=True))
    op.add_column("assignments", sa.Column("max_attempts", sa.Integer(), nullable=True))
    op.add_column("assignments", sa.Column("cool_down", sa.Integer(), server_default="0", nullable=False))
    op.add_column("assignments", sa.Column("counts", sa.String(length=10), server_default="best", nullable=False))
    op.add_column("assignments", sa.Column("policy", sa.JSON(), nullable=True))
    op.add_column("assignments", sa.Column("interfaces", sa.JSON(), nullable=True))
    op.add_column(
        "assignments", sa.Column("shown_before", sa.String(length=20), server_default="everything", nullable=False)
    )
    op.add_column(
        "assignments", sa.Column("shown_after", sa.String(length=20), server_default="everything", nullable=False)
    )
    op.add_column("assignments", sa.Column("practice", sa.String(length=10), server_default="full", nullable=False))
    op.add_column("courses", sa.Column("zone", sa.String(length=64), server_default="UTC", nullable=False))
    op.add_column("enrolments", sa.Column("sid", sa.String(length=100), nullable=True))
    op.add_column("enrolments", sa.Column("section", sa.String(length=100), nullable=True))
    op.add_column("enrolments", sa.Column("canvas_id", sa.String(length=100), nullable=True))
    with op.batch_alter_table("reports") as reports:  # SQLite adds no constraint to a table that stands
        reports.add_column(sa.Column("regrade_id", sa.Integer(), nullable=True))
        reports.create_foreign_key(op.f("fk_reports_regrade_id"), "regrades", ["regrade_id"], ["id"])
    op.create_index(op.f("ix_reports_regrade_id"), "reports", ["regrade_id"], unique=False)
    op.add_column("submissions", sa.Column("worth", sa.Double(), server_default="1", nullable=False))
