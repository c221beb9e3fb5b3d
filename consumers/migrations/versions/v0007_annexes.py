"""Confidential annexes: what is told of them, who may read them, and who did; facts that others verified."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "annexes",
        _key("institution_id"), _key("achievement_id"), sa.Column("version", sa.Integer), _words("media_type"),
        sa.Column("sealed_bytes", sa.Integer), sa.Column("after_erasure", sa.Integer), _moment("deposited_at"),
        sa.Column("erased_version", sa.Integer), _moment("erased_at"), _words("erased_by"), _words("erasure_reason"),
    )  # fmt: skip
    op.create_table(
        "annex_grants",
        _key("institution_id"), _key("achievement_id"), _key("grantee_institution_id"),
        sa.Column("version", sa.Integer), _words("nda"), sa.Column("until", sa.Date), _moment("granted_at"),
        _moment("revoked_at"), _words("revocation_reason"),
    )  # fmt: skip
    op.create_table(
        "annex_readings",
        sa.Column("reading_id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Text, nullable=False), sa.Column("achievement_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("reader_institution_id", sa.Text, nullable=False),
        sa.Column("grant_version", sa.Integer), _words("nda"),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
    )  # fmt: skip
    op.create_table(
        "facts",
        _key("institution_id"), _key("fact_id"), sa.Column("version", sa.Integer, nullable=False),
        _moment("verified_at"), _words("achievement_institution_id"), _words("achievement_id"),
        sa.Column("achievement_version", sa.Integer), _words("kind"), _words("statement"), _words("evidence"),
        _moment("retracted_at"), _words("retraction_reason"),
    )  # fmt: skip
    op.create_index("ix_facts_achievement", "facts", ["achievement_institution_id", "achievement_id"])


def downgrade() -> None:
    """Drops them."""
    for table in ("facts", "annex_readings", "annex_grants", "annexes"):
        op.drop_table(table)


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, primary_key=True)


def _words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text)


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True))
