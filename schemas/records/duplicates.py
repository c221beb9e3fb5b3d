"""Achievements that may be the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.records.references import AboutAchievement, AboutTwo, reference


class DuplicateOutcome(StrEnum):
    """What a person has decided about two achievements."""

    UNKNOWN = "UNKNOWN"
    MERGE = "MERGE"
    DISTINCT = "DISTINCT"


@dataclass(frozen=True, slots=True)
class AchievementSketched(AboutAchievement):
    """What is compared of a registered achievement to find duplicates."""

    institution_id: str
    achievement_id: str
    version: int
    is_confidential: bool
    numbers: tuple[str, ...]
    zh: bytes
    en: bytes


@dataclass(frozen=True, slots=True)
class DuplicateSuspected(AboutTwo):
    """Achievements of two institutions may be one and the same."""

    first_institution_id: str
    first_achievement_id: str
    first_version: int
    second_institution_id: str
    second_achievement_id: str
    second_version: int
    numbers: tuple[str, ...]
    similarity: float
    by_text: bool
    evident_at: datetime


@dataclass(frozen=True, slots=True)
class DuplicateRetracted(AboutTwo):
    """Achievements are suspected no longer: the evidence is gone."""

    first_institution_id: str
    first_achievement_id: str
    second_institution_id: str
    second_achievement_id: str
    caused_at: datetime


@dataclass(frozen=True, slots=True)
class DuplicateResolved(AboutTwo):
    """A person has decided about two achievements; the last decision about them holds."""

    first_institution_id: str
    first_achievement_id: str
    first_version: int
    second_institution_id: str
    second_achievement_id: str
    second_version: int
    outcome: DuplicateOutcome
    owners: tuple[str, ...]
    decided_at: datetime
    decided_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class RepresentationChanged(AboutAchievement):
    """From now on another achievement stands in matches for this one, or none does any more."""

    institution_id: str
    achievement_id: str
    by_institution_id: str | None
    by_achievement_id: str | None
    caused_at: datetime

    @property
    def by_ref(self) -> str | None:
        """The one that stands for it; ``None`` where it stands for itself."""
        if self.by_institution_id is None or self.by_achievement_id is None:
            return None
        return reference(self.by_institution_id, self.by_achievement_id)
