"""Courses that are over are archived."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this state."""
    op.add_column("courses", sa.Column("archived", sa.Boolean(), nullable=False, server_default=sa.false()))
