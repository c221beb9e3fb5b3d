"""What was submitted, and what was answered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SubmissionKind(StrEnum):
    """What was submitted."""

    UNKNOWN = "UNKNOWN"
    ACHIEVEMENT_REGISTERED = "ACHIEVEMENT_REGISTERED"
    ACHIEVEMENT_WITHDRAWN = "ACHIEVEMENT_WITHDRAWN"
    DEMAND_POSTED = "DEMAND_POSTED"
    DEMAND_WITHDRAWN = "DEMAND_WITHDRAWN"
    NEGOTIATION_UPDATED = "NEGOTIATION_UPDATED"
    ANNEX_DEPOSITED = "ANNEX_DEPOSITED"
    ANNEX_GRANTED = "ANNEX_GRANTED"
    ANNEX_REVOKED = "ANNEX_REVOKED"
    ANNEX_ERASED = "ANNEX_ERASED"
    FACT_VERIFIED = "FACT_VERIFIED"
    FACT_RETRACTED = "FACT_RETRACTED"
    TASK_MOVED = "TASK_MOVED"


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule: where, which, what was there, what to do."""

    field: str
    rule: str
    value: str
    repair: str


@dataclass(frozen=True, slots=True)
class SubmissionAccepted:
    """The final receipt of a submission that was registered."""

    submission_id: uuid.UUID
    institution_id: str
    kind: SubmissionKind
    subject_id: str
    version: int
    register_topic: str
    register_partition: int
    register_offset: int
    submitted_at: datetime
    on_behalf_of: str | None
    institutions_position: int | None


@dataclass(frozen=True, slots=True)
class SubmissionRefused:
    """The final receipt of a submission that was refused, with every reason."""

    submission_id: uuid.UUID
    institution_id: str
    kind: SubmissionKind
    subject_id: str
    version: int
    faults: tuple[Fault, ...]
    submitted_at: datetime
    on_behalf_of: str | None
    institutions_position: int | None
