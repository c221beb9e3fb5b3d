"""What may be registered twice, what people decided about it, and what is matched for what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TABLES = ("duplicate_suspicions", "duplicate_decisions", "representations")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "duplicate_suspicions", *_both(), _document("numbers"),
        sa.Column("similarity", sa.Double, nullable=False), sa.Column("by_text", sa.Boolean, nullable=False),
        _moment("evident_at"),
    )  # fmt: skip
    op.create_table(
        "duplicate_decisions", *_both(), _words("outcome"), _document("owners"), _moment("decided_at"),
        _words("decided_by"), _words("reason"),
    )  # fmt: skip
    op.create_table(
        "representations",
        sa.Column("institution_id", sa.Text, primary_key=True), sa.Column("achievement_id", sa.Text, primary_key=True),
        _words("by_institution_id"), _words("by_achievement_id"), _moment("caused_at"),
    )  # fmt: skip


def downgrade() -> None:
    """Drops them."""
    for table in _TABLES:
        op.drop_table(table)


def _both() -> list[sa.Column[str] | sa.Column[int]]:
    keys = [f"{side}_{part}" for side in ("first", "second") for part in ("institution_id", "achievement_id")]
    versions = [sa.Column(f"{side}_version", sa.Integer, nullable=False) for side in ("first", "second")]
    return [*(sa.Column(key, sa.Text, primary_key=True) for key in keys), *versions]


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _document(name: str) -> sa.Column[object]:
    return sa.Column(name, _DOCUMENT, nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
