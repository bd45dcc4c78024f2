"""Exercises that courses write themselves, and assignments of which each student gets a variant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this state."""
    op.create_table(
        "course_exercises",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_course_exercises_author_id")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_course_exercises_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_exercises")),
        sa.UniqueConstraint("course_id", "name", "digest", name=op.f("uq_course_exercises_course_id_name_digest")),
        sa.UniqueConstraint("course_id", "name", "version", name=op.f("uq_course_exercises_course_id_name_version")),
    )
    op.add_column("assignments", sa.Column("variants", sa.Boolean(), nullable=False, server_default=sa.false()))
