"""Achievements, demands and matches, and which achievements may be the same."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Double, Index, Integer, Table, Uuid

from consumers.column_types import DOCUMENT, Amount, Moment, Words
from consumers.tables.metadata import metadata

achievements = Table(
    "achievements",
    metadata,
    Column("institution_id", Words, primary_key=True),
    Column("achievement_id", Words, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("submission_id", Uuid, nullable=False),
    Column("registered_at", Moment),
    Column("withdrawn_at", Moment),
    Column("withdrawal_reason", Words),
    Column("zh", DOCUMENT),
    Column("en", DOCUMENT),
    Column("owners", DOCUMENT),
    Column("maturity", Integer),
    Column("ip_rights", DOCUMENT),
    Column("industries", DOCUMENT),
    Column("modes", DOCUMENT),
    Column("price_amount", Amount),
    Column("price_currency", Words),
    Column("district", Words),
    Column("territories", DOCUMENT),
    Column("valid_until", Date),
    Column("disclosure", Words),
)

demands = Table(
    "demands",
    metadata,
    Column("institution_id", Words, primary_key=True),
    Column("demand_id", Words, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("submission_id", Uuid, nullable=False),
    Column("posted_at", Moment),
    Column("withdrawn_at", Moment),
    Column("withdrawal_reason", Words),
    Column("enterprise", Words),
    Column("zh", DOCUMENT),
    Column("en", DOCUMENT),
    Column("industries", DOCUMENT),
    Column("maturity_wanted", Integer),
    Column("modes", DOCUMENT),
    Column("budget_amount", Amount),
    Column("budget_currency", Words),
    Column("deadline", Date),
    Column("district", Words),
    Column("matches_wanted", Integer),
    Index("ix_demands_demand_id", "demand_id"),
)

matches = Table(
    "matches",
    metadata,
    Column("match_id", Uuid, primary_key=True),
    Column("demand_institution_id", Words, nullable=False),
    Column("demand_id", Words, nullable=False),
    Column("demand_version", Integer, nullable=False),
    Column("achievement_institution_id", Words, nullable=False),
    Column("achievement_id", Words, nullable=False),
    Column("achievement_version", Integer, nullable=False),
    Column("demand_title", Words, nullable=False),
    Column("achievement_title", Words, nullable=False),
    Column("industries", DOCUMENT, nullable=False),
    Column("maturity", Integer),
    Column("achievement_district", Words),
    Column("demand_district", Words),
    Column("score", Double, nullable=False),
    Column("model_version", Words, nullable=False),
    Column("reasons", DOCUMENT, nullable=False),
    Column("caused_at", Moment, nullable=False),
    Index("ix_matches_demand", "demand_institution_id", "demand_id"),
    Index("ix_matches_achievement", "achievement_institution_id", "achievement_id"),
)

#: What is suspected now; pairs with the smaller reference first.
duplicate_suspicions = Table(
    "duplicate_suspicions",
    metadata,
    Column("first_institution_id", Words, primary_key=True),
    Column("first_achievement_id", Words, primary_key=True),
    Column("second_institution_id", Words, primary_key=True),
    Column("second_achievement_id", Words, primary_key=True),
    Column("first_version", Integer, nullable=False),
    Column("second_version", Integer, nullable=False),
    Column("numbers", DOCUMENT, nullable=False),
    Column("similarity", Double, nullable=False),
    Column("by_text", Boolean, nullable=False),
    Column("evident_at", Moment, nullable=False),
)

#: The last decision about each pair.
duplicate_decisions = Table(
    "duplicate_decisions",
    metadata,
    Column("first_institution_id", Words, primary_key=True),
    Column("first_achievement_id", Words, primary_key=True),
    Column("second_institution_id", Words, primary_key=True),
    Column("second_achievement_id", Words, primary_key=True),
    Column("first_version", Integer, nullable=False),
    Column("second_version", Integer, nullable=False),
    Column("outcome", Words, nullable=False),
    Column("owners", DOCUMENT, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("decided_by", Words, nullable=False),
    Column("reason", Words, nullable=False),
)

#: Achievements that another one stands for in matches.
representations = Table(
    "representations",
    metadata,
    Column("institution_id", Words, primary_key=True),
    Column("achievement_id", Words, primary_key=True),
    Column("by_institution_id", Words, nullable=False),
    Column("by_achievement_id", Words, nullable=False),
    Column("caused_at", Moment, nullable=False),
)
