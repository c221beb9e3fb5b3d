"""The nine key tasks: cases, events, refusals, and the ledger of funds."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_AMOUNT = sa.Numeric(18, 2).with_variant(sa.BigInteger, "sqlite")
_PLACE = ("task", "subject_institution_id", "subject_id", "case_id")
_TABLES = ("task_cases", "task_events", "fund_entries", "task_refusals")
#: A fund is opened once, and that says what it counts in.
_ACCOUNTS = """
    CREATE VIEW fund_accounts AS
    SELECT line.subject_institution_id, line.subject_id, line.account, opened.currency, sum(line.amount) AS amount
    FROM fund_entries AS line JOIN task_events AS opened
      ON opened.task = 'FUND' AND opened.move = 'OPEN' AND opened.case_id = ''
      AND opened.subject_institution_id = line.subject_institution_id AND opened.subject_id = line.subject_id
    GROUP BY line.subject_institution_id, line.subject_id, line.account, opened.currency
"""


def upgrade() -> None:
    """Makes the tables, and the view of what is in each account."""
    op.create_table(
        "task_cases", *(sa.Column(name, sa.Text, primary_key=True) for name in _PLACE), *_told(),
    )  # fmt: skip
    op.create_index("ix_task_cases_state", "task_cases", ["task", "state"])
    op.create_table("task_events", *_lies("states"), *map(_words, _PLACE), *_told())
    op.create_index("ix_task_events_case", "task_events", list(_PLACE))
    op.create_table(
        "fund_entries", *_lies("states"), sa.Column("account", sa.Text, primary_key=True), *map(_words, _PLACE[1:]),
        sa.Column("amount", _AMOUNT, nullable=False), _moment("moved_at"),
    )  # fmt: skip
    op.create_index("ix_fund_entries_subject", "fund_entries", list(_PLACE[1:3]))
    op.create_table(
        "task_refusals", *_lies("refusals"), *map(_words, (*_PLACE, "move", "moved_by", "state")),
        sa.Column("faults", _DOCUMENT, nullable=False), _moment("moved_at"),
        sa.Column("submission_id", sa.Uuid, nullable=False),
    )  # fmt: skip
    op.create_index("ix_task_refusals_moved_by", "task_refusals", ["moved_by"])
    op.execute(_ACCOUNTS)


def downgrade() -> None:
    """Drops them."""
    op.execute("DROP VIEW fund_accounts")
    for table in _TABLES:
        op.drop_table(table)


def _told() -> list[sa.Column[Any]]:
    return [
        *map(_words, ("move", "moved_by", "cause", "state")), _moment("moved_at"),
        sa.Column("submission_id", sa.Uuid, nullable=False),
        *map(_words, ("reason", "title", "text", "evidence")),
        *(
            sa.Column(name, sa.Text)
            for name in ("achievement_institution_id", "achievement_id", "party_institution_id", "person")
        ),
        sa.Column("amount", _AMOUNT), sa.Column("currency", sa.Text),
        *(sa.Column(name, sa.Integer) for name in ("count", "maturity")),
        *(sa.Column(name, sa.Date) for name in ("since", "until")),
        sa.Column("labels", _DOCUMENT, nullable=False), sa.Column("slot_id", sa.Text),
        *(sa.Column(name, _DOCUMENT) for name in ("assessment", "shares", "policy", "conclusion")),
    ]  # fmt: skip


def _lies(topic: str) -> list[sa.Column[int]]:
    return [
        sa.Column(f"{topic}_partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(f"{topic}_offset", sa.BigInteger, primary_key=True, autoincrement=False),
    ]


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
