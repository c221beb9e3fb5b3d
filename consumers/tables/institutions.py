"""Who takes part, who registers for whom, and what was verified of them."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, Integer, Table

from consumers.column_types import Moment, Words
from consumers.tables.metadata import metadata

#: Some events tell a part of a row alone, so that no column but the key is required.
institutions = Table(
    "institutions",
    metadata,
    Column("institution_id", Words, primary_key=True),
    Column("name_zh", Words),
    Column("name_en", Words),
    Column("kind", Words),
    Column("district", Words),
    Column("admitted_by", Words),
    Column("admitted_at", Moment),
    Column("suspended_at", Moment),
    Column("suspension_reason", Words),
    Column("removed_at", Moment),
    Column("removal_reason", Words),
    Column("key_rotated_at", Moment),
)

delegations = Table(
    "delegations",
    metadata,
    Column("from_institution_id", Words, primary_key=True),
    Column("to_institution_id", Words, primary_key=True),
    Column("until", Date),
    Column("granted_at", Moment),
    Column("revoked_at", Moment),
)

facts = Table(
    "facts",
    metadata,
    Column("institution_id", Words, primary_key=True),
    Column("fact_id", Words, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("verified_at", Moment),
    Column("achievement_institution_id", Words),
    Column("achievement_id", Words),
    Column("achievement_version", Integer),
    Column("kind", Words),
    Column("statement", Words),
    Column("evidence", Words),
    Column("retracted_at", Moment),
    Column("retraction_reason", Words),
    Index("ix_facts_achievement", "achievement_institution_id", "achievement_id"),
)
