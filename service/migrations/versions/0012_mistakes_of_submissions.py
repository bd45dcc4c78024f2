"""The index of mistakes holds the submission, which is what they are counted by."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this state."""
    op.drop_index("ix_mistakes_assignment_id_code", "mistakes")
    columns = ["assignment_id", "code", "account_id", "submission_id", "at"]
    op.create_index("ix_mistakes_assignment_id_code", "mistakes", columns)
