"""What became of submissions, and what lies in quarantine."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Uuid

from consumers.column_types import DOCUMENT, Moment, Words
from consumers.tables.metadata import metadata

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
