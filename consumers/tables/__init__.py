"""The tables of the read model, as SQLAlchemy Core sees them; ``migrations/`` makes them.

Keys are the market's own: the institution and its id, or the id that is derived from both sides. ``matches`` holds the
live ones alone. ``positions`` says up to where each partition has had its effect, and moves in the same transaction.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table

from consumers.column_types import Words
from consumers.tables.annexes import annex_grants, annex_readings, annexes
from consumers.tables.deals import (
    deal_clocks,
    deals,
    held_moves,
    ledger_postings,
    pipeline_windows,
    recognitions,
    refusals,
)
from consumers.tables.institutions import delegations, facts, institutions
from consumers.tables.market import (
    achievements,
    demands,
    duplicate_decisions,
    duplicate_suspicions,
    matches,
    representations,
)
from consumers.tables.metadata import metadata
from consumers.tables.submissions import quarantine, receipts
from consumers.tables.tasks import fund_entries, task_cases, task_events, task_refusals

positions = Table(
    "positions",
    metadata,
    Column("topic", Words, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
)

#: What a rebuild refills.
CONTENT: tuple[Table, ...] = (
    achievements, demands, matches, deals, held_moves, deal_clocks, refusals, receipts, quarantine, institutions,
    delegations, annexes, annex_grants, annex_readings, facts,
    duplicate_suspicions, duplicate_decisions, representations, pipeline_windows, ledger_postings, recognitions,
    task_cases, task_events, fund_entries, task_refusals,
)  # fmt: skip

#: Tables in which the first word about a row is the last one.
FIRST_COUNTS = frozenset({recognitions.name})

__all__ = [
    "CONTENT",
    "FIRST_COUNTS",
    "achievements",
    "annex_grants",
    "annex_readings",
    "annexes",
    "deal_clocks",
    "deals",
    "delegations",
    "demands",
    "duplicate_decisions",
    "duplicate_suspicions",
    "facts",
    "fund_entries",
    "held_moves",
    "institutions",
    "ledger_postings",
    "matches",
    "metadata",
    "pipeline_windows",
    "positions",
    "quarantine",
    "receipts",
    "recognitions",
    "refusals",
    "representations",
    "task_cases",
    "task_events",
    "task_refusals",
]
