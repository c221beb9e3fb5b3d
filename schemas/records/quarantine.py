"""What people did with records in quarantine."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class QuarantineAction(StrEnum):
    """What was done with a record in quarantine."""

    UNKNOWN = "UNKNOWN"
    REPAIRED = "REPAIRED"
    REPLAYED = "REPLAYED"
    DROPPED = "DROPPED"


@dataclass(frozen=True, slots=True)
class QuarantineActed:
    """A person acted on a record in quarantine: repaired it, replayed it or dropped it."""

    quarantine_topic: str
    quarantine_partition: int
    quarantine_offset: int
    action: QuarantineAction
    acted_at: datetime
    acted_by: str
    reason: str
    sent_to: str | None
    submission_id: uuid.UUID | None
    repaired: bytes | None
