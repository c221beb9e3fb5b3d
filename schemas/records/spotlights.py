"""The achievements that a session announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.records.references import LogPosition


class SpotlightOrder(StrEnum):
    """What puts an achievement before the next one."""

    UNKNOWN = "UNKNOWN"
    POINTS = "POINTS"
    DEMANDS = "DEMANDS"
    MATURITY = "MATURITY"
    REFERENCE = "REFERENCE"


@dataclass(frozen=True, slots=True)
class SpotlightEntry:
    """One achievement of a list, with what its points are the product of."""

    place: int
    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    title: str
    points: int
    maturity: int
    fit: int
    key_industry: str | None
    evidence: int
    interest: int
    demands: int
    decided_by: SpotlightOrder


@dataclass(frozen=True, slots=True)
class PassedOver:
    """One that would stand in the list, had its institution not enough there already."""

    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    points: int


@dataclass(frozen=True, slots=True)
class SpotlightChosen:
    """The achievements that a session announces, with everything that the choice follows from."""

    session: str
    chosen_at: datetime
    chosen_by: str
    count: int
    quota: int
    key_industries: tuple[str, ...]
    positions: tuple[LogPosition, ...]
    entries: tuple[SpotlightEntry, ...]
    passed_over: tuple[PassedOver, ...]
