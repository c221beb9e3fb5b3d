"""Registered contracts of deals, and what was paid under them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Makes the columns."""
    for column in _columns():
        op.add_column("deals", column)


def downgrade() -> None:
    """Drops them."""
    for column in reversed(_columns()):
        op.drop_column("deals", column.name)


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("contract_version", sa.Integer), sa.Column("contract_number", sa.Text),
        sa.Column("contract_kind", sa.Text), sa.Column("signed_on", sa.Date), sa.Column("registered_on", sa.Date),
        _amount("contract_amount"), sa.Column("contract_currency", sa.Text), _amount("non_technical_amount"),
        sa.Column("shares", _DOCUMENT), _amount("paid_amount"),
    ]  # fmt: skip


def _amount(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric(18, 2).with_variant(sa.BigInteger, "sqlite"))
