"""CloudEvents 1.0 attributes of a record as Kafka headers, in binary mode: the value is the Avro record as it is.

A source and an id name one event, however often and on however many topics it is told. So an id follows from what the
record is, and never from when or by whom it is written: a replay writes the same headers.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from schemas import codec

Header = tuple[str, bytes]

CONTENT_TYPE = "application/avro"
#: Every attribute that our records carry, and what it says.
ATTRIBUTES: Mapping[str, str] = {
    "ce_specversion": "Version of CloudEvents.",
    "ce_source": "Who says it: an institution, or a part of TechDock.",
    "ce_type": "Which record the value is.",
    "ce_id": "Together with the source the name of the event; of what follows from a submission, the submission's id.",
    "ce_time": "When it happened (UTC).",
    "content-type": "Media type of the value.",
}


def type_of(record: str) -> str:
    """The type of a record's events: ``techdock.MatchProposed.v1``."""
    return f"techdock.{record}.v1"


def part(name: str) -> str:
    """The source of what a part of TechDock says, for example a lane."""
    return f"/techdock/{name}"


def headers(record: str, source: str, event_id: str, time: bytes) -> list[Header]:
    """The attributes of one event; ``time`` is one that is ``spelled``."""
    return [*_constant(source, record), ("ce_id", event_id.encode()), ("ce_time", time)]


def spelled(time: datetime) -> bytes:
    """A time as RFC 3339 has it, in UTC."""
    if time.tzinfo is not UTC:
        time = time.astimezone(UTC)
    return time.isoformat().removesuffix("+00:00").encode() + b"Z"


# What follows from one record, and what came in one millisecond, has the same time.
@functools.lru_cache(maxsize=256)
def at(timestamp: int) -> bytes:
    """A time of Kafka as RFC 3339 has it; ``timestamp`` is in milliseconds since 1970 (UTC)."""
    return spelled(datetime.fromtimestamp(timestamp / 1000, UTC))


class Stamp:
    """Attributes for what a part of TechDock says, made from the written bytes.

    The id is a digest of the bytes: most decisions have no shorter name that a replay would give again, for a match is
    proposed anew after it was withdrawn, and a list changes by whatever came in one batch.
    """

    def __init__(self, name: str) -> None:
        self._source = part(name)
        #: Names of records by the first bytes of their values.
        self._names: dict[bytes, str] = {}

    def of(self, value: bytes | None, timestamp: int) -> list[Header]:
        """The headers of a record; none for a tombstone, or for bytes that are no record of ours.

        ``timestamp`` is in milliseconds since 1970 (UTC).
        """
        if value is None:
            return []
        record = self._names.get(value[:10]) or self._named(value)
        if record is None:
            return []
        digest = hashlib.blake2b(value, digest_size=16).hexdigest()
        return headers(record, self._source, digest, at(timestamp))

    def _named(self, value: bytes) -> str | None:
        record = codec.named(value)
        if record is not None and value.startswith(codec.prefix(record)):
            self._names[value[:10]] = record
        return record


# Sources are as many as institutions and lanes; each has a few types.
@functools.lru_cache(maxsize=4096)
def _constant(source: str, record: str) -> tuple[Header, ...]:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_source", source.encode()),
        ("ce_type", type_of(record).encode()),
        ("content-type", CONTENT_TYPE.encode()),
    )
