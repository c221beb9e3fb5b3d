"""Institutions, delegations, and what receipts say of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables and columns."""
    op.add_column("receipts", _words("on_behalf_of"))
    op.add_column("receipts", sa.Column("institutions_position", sa.BigInteger))
    op.create_table(
        "institutions",
        _key("institution_id"), _words("name_zh"), _words("name_en"), _words("kind"), _words("district"),
        _words("admitted_by"), _moment("admitted_at"), _moment("suspended_at"), _words("suspension_reason"),
        _moment("removed_at"), _words("removal_reason"), _moment("key_rotated_at"),
    )  # fmt: skip
    op.create_table(
        "delegations",
        _key("from_institution_id"), _key("to_institution_id"), sa.Column("until", sa.Date), _moment("granted_at"),
        _moment("revoked_at"),
    )  # fmt: skip


def downgrade() -> None:
    """Drops them."""
    op.drop_table("delegations")
    op.drop_table("institutions")
    op.drop_column("receipts", "institutions_position")
    op.drop_column("receipts", "on_behalf_of")


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, primary_key=True)


def _words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text)


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True))
