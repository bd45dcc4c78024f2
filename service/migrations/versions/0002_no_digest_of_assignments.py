"""Assignments without the digest of their exercise, which nothing read."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this state."""
    op.drop_column("assignments", "digest")
