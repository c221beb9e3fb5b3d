"""The nine key tasks and the funds that they spend."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Table, Uuid

from consumers.column_types import DOCUMENT, Amount, Moment, Words
from consumers.tables.metadata import metadata


def _task_columns() -> tuple[Column[Any], ...]:
    """What was told with the last move of a case, or with any; absent where the move does not say it."""
    return (
        *(Column(name, Words, nullable=False) for name in ("move", "moved_by", "cause", "state")),
        Column("moved_at", Moment, nullable=False),
        Column("submission_id", Uuid, nullable=False),
        *(Column(name, Words, nullable=False) for name in ("reason", "title", "text", "evidence")),
        *(Column(f"achievement_{part}", Words) for part in ("institution_id", "id")),
        *(Column(name, Words) for name in ("party_institution_id", "person")),
        Column("amount", Amount),
        Column("currency", Words),
        *(Column(name, Integer) for name in ("count", "maturity")),
        *(Column(name, Date) for name in ("since", "until")),
        Column("labels", DOCUMENT, nullable=False),
        Column("slot_id", Words),
        *(Column(name, DOCUMENT) for name in ("assessment", "shares", "policy", "conclusion")),
    )


#: Cases of the nine key tasks as they were told last, and, under the case ``''``, the subjects that they are in.
task_cases = Table(
    "task_cases",
    metadata,
    *(Column(name, Words, primary_key=True) for name in ("task", "subject_institution_id", "subject_id", "case_id")),
    *_task_columns(),
    Index("ix_task_cases_state", "task", "state"),
)

#: Every advance, by where it lies in the topic.
task_events = Table(
    "task_events",
    metadata,
    Column("states_partition", Integer, primary_key=True, autoincrement=False),
    Column("states_offset", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, Words, nullable=False) for name in ("task", "subject_institution_id", "subject_id", "case_id")),
    *_task_columns(),
    Index("ix_task_events_case", "task", "subject_institution_id", "subject_id", "case_id"),
)

#: Lines of funds in double entry, by the advance that they are of. The view ``fund_accounts`` sums them up.
fund_entries = Table(
    "fund_entries",
    metadata,
    Column("states_partition", Integer, primary_key=True, autoincrement=False),
    Column("states_offset", BigInteger, primary_key=True, autoincrement=False),
    Column("account", Words, primary_key=True),
    *(Column(name, Words, nullable=False) for name in ("subject_institution_id", "subject_id", "case_id")),
    Column("amount", Amount, nullable=False),
    Column("moved_at", Moment, nullable=False),
    Index("ix_fund_entries_subject", "subject_institution_id", "subject_id"),
)

#: Moves in tasks that were refused, by where the refusal lies in the topic.
task_refusals = Table(
    "task_refusals",
    metadata,
    Column("refusals_partition", Integer, primary_key=True, autoincrement=False),
    Column("refusals_offset", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, Words, nullable=False) for name in ("task", "subject_institution_id", "subject_id", "case_id")),
    *(Column(name, Words, nullable=False) for name in ("move", "moved_by", "state")),
    Column("faults", DOCUMENT, nullable=False),
    Column("moved_at", Moment, nullable=False),
    Column("submission_id", Uuid, nullable=False),
    Index("ix_task_refusals_moved_by", "moved_by"),
)
