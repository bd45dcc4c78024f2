"""Courses have limits of their own for the runs of submissions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this state."""
    op.add_column("courses", sa.Column("limits", sa.JSON(none_as_null=True), nullable=True))
