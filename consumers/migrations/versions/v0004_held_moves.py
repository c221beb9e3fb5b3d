"""Terms in full, confirmations and ends of deals; moves that wait for their turn."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Makes the columns and the table."""
    for column in _columns():
        op.add_column("deals", column)
    op.create_table(
        "held_moves",
        sa.Column("deal_id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        *(_words(f"{side}_{part}") for side in ("achievement", "demand") for part in ("institution_id", "id")),
        _words("move"), _words("moved_by"), sa.Column("expected", sa.Integer, nullable=False), _words("reason"),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submission_id", sa.Uuid, nullable=False),
    )  # fmt: skip


def downgrade() -> None:
    """Drops them."""
    op.drop_table("held_moves")
    for column in reversed(_columns()):
        op.drop_column("deals", column.name)


def _columns() -> list[sa.Column[Any]]:
    percent = sa.Numeric(18, 2).with_variant(sa.BigInteger, "sqlite")
    return [
        sa.Column("territories", _DOCUMENT), sa.Column("period_months", sa.Integer),
        sa.Column("milestones", _DOCUMENT), sa.Column("royalty_percent", percent),
        sa.Column("is_evaluated", sa.Boolean), sa.Column("owner_confirmed", sa.Integer),
        sa.Column("enterprise_confirmed", sa.Integer), sa.Column("reopen_to", sa.Text), sa.Column("end_cause", sa.Text),
    ]  # fmt: skip


def _words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)
