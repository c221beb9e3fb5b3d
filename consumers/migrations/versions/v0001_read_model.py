"""The read model's first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = ("achievements", "demands", "matches", "deals", "refusals", "receipts", "quarantine", "positions")


def upgrade() -> None:
    """Makes the tables."""
    _registers()
    _decisions()
    _accounts()


def downgrade() -> None:
    """Drops them."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _registers() -> None:
    op.create_table(
        "achievements",
        _key("institution_id"), _key("achievement_id"), _integer("version", False), _uuid("submission_id"),
        _moment("registered_at"), _moment("withdrawn_at"), _words("withdrawal_reason"),
        _document("zh"), _document("en"), _document("owners"), _integer("maturity"), _document("ip_rights"),
        _document("industries"), _document("modes"), _amount("price_amount"), _words("price_currency"),
        _words("district"), _document("territories"), sa.Column("valid_until", sa.Date), _words("disclosure"),
    )  # fmt: skip
    op.create_table(
        "demands",
        _key("institution_id"), _key("demand_id"), _integer("version", False), _uuid("submission_id"),
        _moment("posted_at"), _moment("withdrawn_at"), _words("withdrawal_reason"), _words("enterprise"),
        _document("zh"), _document("en"), _document("industries"), _integer("maturity_wanted"), _document("modes"),
        _amount("budget_amount"), _words("budget_currency"), sa.Column("deadline", sa.Date), _words("district"),
        _integer("matches_wanted"),
    )  # fmt: skip
    op.create_index("ix_demands_demand_id", "demands", ["demand_id"])


def _decisions() -> None:
    op.create_table(
        "matches",
        _uuid("match_id", primary_key=True),
        _words("demand_institution_id", False), _words("demand_id", False), _integer("demand_version", False),
        _words("achievement_institution_id", False), _words("achievement_id", False),
        _integer("achievement_version", False), _words("demand_title", False), _words("achievement_title", False),
        _document("industries", False), _integer("maturity"), _words("achievement_district"),
        _words("demand_district"), sa.Column("score", sa.Double, nullable=False), _words("model_version", False),
        _document("reasons", False), _moment("caused_at", False),
    )  # fmt: skip
    op.create_index("ix_matches_demand", "matches", ["demand_institution_id", "demand_id"])
    op.create_index("ix_matches_achievement", "matches", ["achievement_institution_id", "achievement_id"])
    op.create_table(
        "deals",
        _uuid("deal_id", primary_key=True), *_pair(), _words("move", False), _words("moved_by", False),
        _integer("sequence", False), _words("stage", False), _words("resume_to"), _words("mode"),
        _amount("price_amount"), _words("price_currency"), _integer("terms_version", False), _words("reason", False),
        _moment("moved_at", False), _uuid("submission_id"),
    )  # fmt: skip
    op.create_index("ix_deals_stage", "deals", ["stage"])
    op.create_table(
        "refusals",
        _key("moved_by"), _uuid("submission_id", primary_key=True), _uuid("deal_id"), *_pair(), _words("move", False),
        _integer("sequence", False), _words("stage", False), _document("faults", False), _moment("moved_at", False),
    )  # fmt: skip
    op.create_index("ix_refusals_deal_id", "refusals", ["deal_id"])


def _accounts() -> None:
    op.create_table(
        "receipts",
        _key("institution_id"), _uuid("submission_id", primary_key=True), _words("result", False),
        _words("kind", False), _words("subject_id", False), _integer("version", False), _words("register_topic"),
        _integer("register_partition"), sa.Column("register_offset", sa.BigInteger), _document("faults", False),
        _moment("submitted_at", False),
    )  # fmt: skip
    op.create_table(
        "quarantine",
        sa.Column("quarantine_partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("quarantine_offset", sa.BigInteger, primary_key=True, autoincrement=False),
        _words("source_topic"), _integer("source_partition"), sa.Column("source_offset", sa.BigInteger),
        _moment("source_timestamp"), _words("lane"), _words("error"), _words("message"), _integer("attempts"),
    )  # fmt: skip
    op.create_table(
        "positions",
        _key("topic"),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
    )


def _pair() -> list[sa.Column[Any]]:
    return [
        _words("achievement_institution_id", False), _words("achievement_id", False),
        _words("demand_institution_id", False), _words("demand_id", False),
    ]  # fmt: skip


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, primary_key=True)


def _words(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _integer(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=nullable)


def _uuid(name: str, primary_key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid, primary_key=primary_key, nullable=False)


def _moment(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _document(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON().with_variant(JSONB(), "postgresql"), nullable=nullable)


def _amount(name: str) -> sa.Column[Any]:
    # SQLite has no decimals: it holds hundredths.
    return sa.Column(name, sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"))
