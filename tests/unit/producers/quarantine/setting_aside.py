"""Records in quarantine to tell stories with."""

from __future__ import annotations

from typing import Any

from producers.quarantine.asides import Address, Aside
from producers.quarantine.deciding import Word
from schemas.quarantine import History
from schemas.records import QuarantineActed
from tests.unit.streams.making import NOW

AT = Address(0, 17)
WORD = Word("li@office", NOW, "because")
INBOX = "techdock.inbox.dlut.v1"


def history(topic: str = INBOX, lane: str = "admission", **changes: Any) -> History:
    told = {"timestamp": 1_700_000_000_123, "error": "Unreadable", "message": "value: cut off", "attempts": 1}
    return History(
        topic, 0, 4, lane=lane, **{**told, "first_failure": 1_700_000_000_456, "release": "0.1.0", **changes}
    )


def aside(value: bytes | None, *acts: QuarantineActed, came: History | None = None, **changes: Any) -> Aside:
    """A record of dlut that lies in quarantine at 0/17, after ``acts``."""
    values = {"timestamp": 1_700_000_000_123, "key": b"A1", "headers": [("source", b"erp")]}
    return Aside(AT, value=value, history=came or history(), acts=acts, **{**values, **changes})
