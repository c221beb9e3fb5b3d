"""Deals, and what follows from them: clocks, windows, what payments gave to whom, recognition."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Table, Uuid

from consumers.column_types import DOCUMENT, Amount, Moment, Words
from consumers.tables.metadata import metadata

deals = Table(
    "deals",
    metadata,
    Column("deal_id", Uuid, primary_key=True),
    Column("achievement_institution_id", Words, nullable=False),
    Column("achievement_id", Words, nullable=False),
    Column("demand_institution_id", Words, nullable=False),
    Column("demand_id", Words, nullable=False),
    Column("move", Words, nullable=False),
    Column("moved_by", Words, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("stage", Words, nullable=False, index=True),
    Column("resume_to", Words),
    Column("mode", Words),
    Column("price_amount", Amount),
    Column("price_currency", Words),
    Column("terms_version", Integer, nullable=False),
    Column("reason", Words, nullable=False),
    Column("moved_at", Moment, nullable=False),
    Column("submission_id", Uuid, nullable=False),
    Column("territories", DOCUMENT),
    Column("period_months", Integer),
    Column("milestones", DOCUMENT),
    Column("royalty_percent", Amount),
    Column("is_evaluated", Boolean),
    Column("owner_confirmed", Integer),
    Column("enterprise_confirmed", Integer),
    Column("reopen_to", Words),
    Column("end_cause", Words),
    Column("contract_version", Integer),
    Column("contract_number", Words),
    Column("contract_kind", Words),
    Column("signed_on", Date),
    Column("registered_on", Date),
    Column("contract_amount", Amount),
    Column("contract_currency", Words),
    Column("non_technical_amount", Amount),
    Column("shares", DOCUMENT),
    Column("paid_amount", Amount),
    Column("owner_broker", Words),
    Column("enterprise_broker", Words),
    Column("certified_version", Integer),
    Column("certified_by", Words),
)

#: Moves that came before their turn and wait.
held_moves = Table(
    "held_moves",
    metadata,
    Column("deal_id", Uuid, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("achievement_institution_id", Words, nullable=False),
    Column("achievement_id", Words, nullable=False),
    Column("demand_institution_id", Words, nullable=False),
    Column("demand_id", Words, nullable=False),
    Column("move", Words, nullable=False),
    Column("moved_by", Words, nullable=False),
    Column("expected", Integer, nullable=False),
    Column("reason", Words, nullable=False),
    Column("moved_at", Moment, nullable=False),
    Column("submission_id", Uuid, nullable=False),
)

#: Clocks over deals that struck.
deal_clocks = Table(
    "deal_clocks",
    metadata,
    Column("deal_id", Uuid, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("action", Words, primary_key=True),
    Column("begun_on", Date, primary_key=True),
    *(
        Column(f"{side}_{part}", Words, nullable=False)
        for side in ("achievement", "demand")
        for part in ("institution_id", "id")
    ),
    Column("stage", Words, nullable=False),
    Column("turn", Words, nullable=False),
    Column("working_days", Integer, nullable=False),
    Column("due_at", Moment, nullable=False, index=True),
    Column("fired_at", Moment, nullable=False),
    Column("is_calendar_published", Boolean, nullable=False),
    Column("negotiations_position", BigInteger, nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("moved_by", Words, primary_key=True),
    Column("submission_id", Uuid, primary_key=True),
    Column("deal_id", Uuid, nullable=False, index=True),
    Column("achievement_institution_id", Words, nullable=False),
    Column("achievement_id", Words, nullable=False),
    Column("demand_institution_id", Words, nullable=False),
    Column("demand_id", Words, nullable=False),
    Column("move", Words, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("stage", Words, nullable=False),
    Column("faults", DOCUMENT, nullable=False),
    Column("moved_at", Moment, nullable=False),
)

#: What happened to deals in each week and month; ``pipeline_window_stages``, ``pipeline_window_amounts`` and
#: ``pipeline_window_losses`` are views of it. Windows that a correction has emptied are gone.
pipeline_windows = Table(
    "pipeline_windows",
    metadata,
    Column("period", Words, primary_key=True),
    Column("begins_on", Date, primary_key=True),
    Column("dimension", Words, primary_key=True),
    Column("value", Words, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("won", Integer, nullable=False),
    Column("lost", DOCUMENT, nullable=False),
    Column("stages", DOCUMENT, nullable=False),
)

#: What payments gave to whom, amounts within documents as text; ``ledger_entries`` is a view of it.
ledger_postings = Table(
    "ledger_postings",
    metadata,
    Column("deal_id", Uuid, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("payment_sequence", Integer, primary_key=True, autoincrement=False),
    Column("is_reversal", Boolean, primary_key=True, autoincrement=False),
    *(
        Column(f"{side}_{part}", Words, nullable=False)
        for side in ("achievement", "demand")
        for part in ("institution_id", "id")
    ),
    Column("move", Words, nullable=False),
    Column("contract_version", Integer, nullable=False),
    Column("currency", Words, nullable=False),
    Column("entries", DOCUMENT, nullable=False),
    Column("posted_at", Moment, nullable=False),
    Column("submission_id", Uuid, nullable=False),
)

#: Seasons that were closed, each as it was closed first; ``recognition_credits`` is a view of it.
recognitions = Table(
    "recognitions",
    metadata,
    Column("season", Words, primary_key=True),
    Column("closed_at", Moment, nullable=False),
    Column("closed_by", Words, nullable=False),
    Column("rules_version", Words, nullable=False),
    Column("positions", DOCUMENT, nullable=False),
    Column("entries", DOCUMENT, nullable=False),
)
