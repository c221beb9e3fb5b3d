"""Clocks over deals that struck."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "deal_clocks",
        sa.Column("deal_id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("action", sa.Text, primary_key=True),
        sa.Column("begun_on", sa.Date, primary_key=True),
        *(_words(f"{side}_{part}") for side in ("achievement", "demand") for part in ("institution_id", "id")),
        _words("stage"), _words("turn"), sa.Column("working_days", sa.Integer, nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("due_at", "fired_at")),
        sa.Column("is_calendar_published", sa.Boolean, nullable=False),
        sa.Column("negotiations_position", sa.BigInteger, nullable=False),
    )  # fmt: skip
    op.create_index("ix_deal_clocks_due_at", "deal_clocks", ["due_at"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("deal_clocks")


def _words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)
