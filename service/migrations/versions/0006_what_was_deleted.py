"""Submissions of which only the grade is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this state."""
    op.add_column("submissions", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
