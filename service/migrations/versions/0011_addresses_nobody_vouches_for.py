"""Accounts tell whether nobody vouches for their address: those who registered themself, and those whose address a
learning platform told, who made their account by their own first launch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this state."""
    op.alter_column("accounts", "self_registered", new_column_name="address_unverified")
    accounts = sa.table("accounts", sa.column("id"), sa.column("address_unverified", sa.Boolean()))
    audit = sa.table("audit", *(sa.column(name) for name in ("account_id", "action", "kind", "number")))
    by_themselves = (audit.c.kind == "account", audit.c.action == "create", audit.c.account_id == audit.c.number)
    launched = sa.select(audit.c.number).where(*by_themselves)
    op.execute(accounts.update().where(accounts.c.id.in_(launched)).values(address_unverified=True))
