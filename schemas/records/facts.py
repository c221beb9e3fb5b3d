"""What others than the owner verified about achievements."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.records.references import reference


class FactKind(StrEnum):
    """What a fact is about."""

    UNKNOWN = "UNKNOWN"
    IP_RIGHT = "IP_RIGHT"
    MATURITY = "MATURITY"
    TEST_REPORT = "TEST_REPORT"
    AWARD = "AWARD"


class AboutFact:
    """Mixin of records that name a fact of the institution that verified it."""

    __slots__ = ()
    institution_id: str
    fact_id: str

    @property
    def ref(self) -> str:
        """``institution/fact``: the Kafka key."""
        return reference(self.institution_id, self.fact_id)


@dataclass(frozen=True, slots=True)
class FactVerified(AboutFact):
    """An institution that is not the owner verified a fact about an achievement, by evidence."""

    submission_id: uuid.UUID
    institution_id: str
    fact_id: str
    version: int
    verified_at: datetime
    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    kind: FactKind
    statement: str
    evidence: str

    @property
    def achievement_ref(self) -> str:
        """``institution/achievement``."""
        return reference(self.achievement_institution_id, self.achievement_id)


@dataclass(frozen=True, slots=True)
class FactRetracted(AboutFact):
    """An institution takes back a fact that it verified."""

    submission_id: uuid.UUID
    institution_id: str
    fact_id: str
    version: int
    retracted_at: datetime
    reason: str
