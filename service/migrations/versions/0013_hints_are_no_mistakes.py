"""Hints that stand beside a mistake, and say what would fit, are not kept as mistakes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this state."""
    mistakes = sa.table("mistakes", sa.column("code"))
    hints = ("matmul_shapes", "transpose_would_fit", "kept_axis_would_fit")
    op.execute(mistakes.delete().where(mistakes.c.code.in_(hints)))
