"""Accounts tell whether somebody registered themself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this state."""
    op.add_column("accounts", sa.Column("self_registered", sa.Boolean(), server_default=sa.false(), nullable=False))
