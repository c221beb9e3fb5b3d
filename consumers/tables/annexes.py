"""Confidential annexes; never what is sealed."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, Table, Uuid

from consumers.column_types import Moment, Words
from consumers.tables.metadata import metadata

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
