"""Invitations tell who made them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this state."""
    with op.batch_alter_table("invitations") as invitations:
        invitations.add_column(sa.Column("author_id", sa.Integer(), nullable=True))
        invitations.create_foreign_key("fk_invitations_author_id", "accounts", ["author_id"], ["id"])
