"""Live matches, their reasons, and the candidates behind them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.records.references import AboutPair, reference


class Factor(StrEnum):
    """What contributed to a score."""

    UNKNOWN = "UNKNOWN"
    TERM = "TERM"
    INDUSTRY = "INDUSTRY"
    MATURITY = "MATURITY"
    PLACE = "PLACE"
    BUDGET = "BUDGET"
    GATE = "GATE"
    CUT = "CUT"


class WithdrawalReason(StrEnum):
    """Why a match no longer holds."""

    UNKNOWN = "UNKNOWN"
    OUTRANKED = "OUTRANKED"
    ACHIEVEMENT_WITHDRAWN = "ACHIEVEMENT_WITHDRAWN"
    ACHIEVEMENT_REVISED = "ACHIEVEMENT_REVISED"
    ACHIEVEMENT_EXPIRED = "ACHIEVEMENT_EXPIRED"
    ACHIEVEMENT_CONTRACTED = "ACHIEVEMENT_CONTRACTED"
    DEMAND_WITHDRAWN = "DEMAND_WITHDRAWN"
    DEMAND_REVISED = "DEMAND_REVISED"
    DEMAND_EXPIRED = "DEMAND_EXPIRED"
    MODEL_CHANGED = "MODEL_CHANGED"
    #: It is suspected to be, or is, the same as another one that stands in matches for both.
    DUPLICATE = "DUPLICATE"


#: Parts that a term's contribution is divided into by fields; halves to sixths, eighths and tenths of it come out even.
FIELD_PARTS = 240


def by_field(contribution: float, in_title: int, in_keywords: int) -> dict[str, float]:
    """What title, keywords and abstract account for in a term's contribution, those that do; they sum to it.

    Nothing where a reason does not tell its fields.
    """
    if in_title < 0 or in_keywords < 0:
        return {}
    parts = {"title": in_title, "keywords": in_keywords, "abstract": FIELD_PARTS - in_title - in_keywords}
    return {field: contribution * part / FIELD_PARTS for field, part in parts.items() if part}


@dataclass(frozen=True, slots=True)
class Reason:
    """One contribution to a score."""

    factor: Factor
    detail: str
    contribution: float
    in_title: int
    in_keywords: int

    @property
    def fields(self) -> dict[str, float]:
        """What title, keywords and abstract account for."""
        return by_field(self.contribution, self.in_title, self.in_keywords)


@dataclass(frozen=True, slots=True)
class MatchProposed(AboutPair):
    """An achievement came among a demand's best."""

    match_id: uuid.UUID
    demand_institution_id: str
    demand_id: str
    demand_version: int
    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    demand_title: str
    achievement_title: str
    industries: tuple[str, ...]
    maturity: int | None
    achievement_district: str | None
    demand_district: str | None
    score: float
    model_version: str
    reasons: tuple[Reason, ...]
    caused_at: datetime


@dataclass(frozen=True, slots=True)
class MatchRevised(MatchProposed):
    """A match still holds, with another score, version or reasons."""


@dataclass(frozen=True, slots=True)
class MatchWithdrawn(AboutPair):
    """A match no longer holds."""

    match_id: uuid.UUID
    demand_institution_id: str
    demand_id: str
    demand_version: int
    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    demand_title: str
    achievement_title: str
    industries: tuple[str, ...]
    maturity: int | None
    achievement_district: str | None
    demand_district: str | None
    reason: WithdrawalReason
    caused_at: datetime


@dataclass(frozen=True, slots=True)
class Candidate(AboutPair):
    """One achievement that may become a match of a demand; the state of the ranking lane."""

    demand_institution_id: str
    demand_id: str
    demand_version: int
    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    demand_title: str
    achievement_title: str
    industries: tuple[str, ...]
    maturity: int | None
    achievement_district: str | None
    demand_district: str | None
    score: float
    model_version: str
    reasons: tuple[Reason, ...]
    matches_wanted: int


@dataclass(frozen=True, slots=True)
class CandidateEntry:
    """One achievement in a lane's list: what ranks it, and all that is told of it once it is live."""

    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    demand_version: int
    score: float
    candidate: bytes

    @property
    def achievement_ref(self) -> str:
        """``institution/achievement``."""
        return reference(self.achievement_institution_id, self.achievement_id)


@dataclass(frozen=True, slots=True)
class RemovedCandidate:
    """One achievement that left a matching lane's list."""

    achievement_institution_id: str
    achievement_id: str
    reason: WithdrawalReason

    @property
    def achievement_ref(self) -> str:
        """``institution/achievement``."""
        return reference(self.achievement_institution_id, self.achievement_id)


@dataclass(frozen=True, slots=True)
class CandidatesChanged:
    """What one matching lane now holds for one demand: the entries that changed since its last word."""

    demand_institution_id: str
    demand_id: str
    lane: int
    matches_wanted: int
    entries: tuple[CandidateEntry, ...]
    removed: tuple[RemovedCandidate, ...]
    caused_at: datetime

    @property
    def demand_ref(self) -> str:
        """``institution/demand``: the Kafka key."""
        return reference(self.demand_institution_id, self.demand_id)
