"""The tables of the read model, as SQLAlchemy Core sees them; ``migrations/`` makes them.

Keys are the market's own: the institution and its id, or the id that is derived from both sides. ``matches`` holds the
live ones alone. ``positions`` says up to where each partition has had its effect, and moves in the same transaction.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Double, Index, Integer, MetaData, Table, Uuid

from consumers.column_types import DOCUMENT, Amount, Moment, Words

metadata = MetaData()

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

receipts = Table(
    "receipts",
    metadata,
    Column("institution_id", Words, primary_key=True),
    Column("submission_id", Uuid, primary_key=True),
    Column("result", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("subject_id", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("register_topic", Words),
    Column("register_partition", Integer),
    Column("register_offset", BigInteger),
    Column("faults", DOCUMENT, nullable=False),
    Column("submitted_at", Moment, nullable=False),
    Column("on_behalf_of", Words),
    Column("institutions_position", BigInteger),
)

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

#: Where the bytes lie in the quarantine topic (the key), where they came from, what was wrong, and what a person last
#: did about it; never the bytes.
quarantine = Table(
    "quarantine",
    metadata,
    Column("quarantine_partition", Integer, primary_key=True, autoincrement=False),
    Column("quarantine_offset", BigInteger, primary_key=True, autoincrement=False),
    Column("source_topic", Words),
    Column("source_partition", Integer),
    Column("source_offset", BigInteger),
    Column("source_timestamp", Moment),
    Column("lane", Words),
    Column("error", Words),
    Column("message", Words),
    Column("attempts", Integer),
    Column("first_failure", Moment),
    Column("release", Words),
    Column("last_act", Words),
    Column("acted_at", Moment),
    Column("acted_by", Words),
    Column("act_reason", Words),
)

#: Confidential annexes; never what is sealed. An annex stands where ``version`` is above ``erased_version``, and a
#: grant where its version is above the annex's ``erased_version`` and it was not revoked.
annexes = Table(
    "annexes",
    metadata,
    Column("institution_id", Words, primary_key=True),
    Column("achievement_id", Words, primary_key=True),
    Column("version", Integer),
    Column("media_type", Words),
    Column("sealed_bytes", Integer),
    Column("after_erasure", Integer),
    Column("deposited_at", Moment),
    Column("erased_version", Integer),
    Column("erased_at", Moment),
    Column("erased_by", Words),
    Column("erasure_reason", Words),
)

annex_grants = Table(
    "annex_grants",
    metadata,
    Column("institution_id", Words, primary_key=True),
    Column("achievement_id", Words, primary_key=True),
    Column("grantee_institution_id", Words, primary_key=True),
    Column("version", Integer),
    Column("nda", Words),
    Column("until", Date),
    Column("granted_at", Moment),
    Column("revoked_at", Moment),
    Column("revocation_reason", Words),
)

annex_readings = Table(
    "annex_readings",
    metadata,
    Column("reading_id", Uuid, primary_key=True),
    Column("institution_id", Words, nullable=False),
    Column("achievement_id", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("reader_institution_id", Words, nullable=False),
    Column("grant_version", Integer),
    Column("nda", Words),
    Column("read_at", Moment, nullable=False),
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
)  # fmt: skip

#: Tables in which the first word about a row is the last one.
FIRST_COUNTS = frozenset({recognitions.name})
