"""Brokers that the sides of a deal have appointed, and whether its contract is certified."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the columns."""
    for column in _columns():
        op.add_column("deals", column)
    # What the rows of an earlier release would say, were they written anew.
    op.execute(sa.text("UPDATE deals SET certified_version = 0"))


def downgrade() -> None:
    """Drops them."""
    for column in reversed(_columns()):
        op.drop_column("deals", column.name)


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("owner_broker", sa.Text), sa.Column("enterprise_broker", sa.Text),
        sa.Column("certified_version", sa.Integer), sa.Column("certified_by", sa.Text),
    ]  # fmt: skip
