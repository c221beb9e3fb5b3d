"""What deals qualify for under policies."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from schemas.records.references import AboutPair, reference


class HintCause(StrEnum):
    """Why a deal qualifies no longer."""

    UNKNOWN = "UNKNOWN"
    #: It was closed, or its last day is over.
    POLICY_ENDED = "POLICY_ENDED"
    POLICY_CHANGED = "POLICY_CHANGED"
    DEAL_ENDED = "DEAL_ENDED"
    DEAL_CHANGED = "DEAL_CHANGED"
    #: The achievement or the demand has a new version, or was withdrawn.
    REGISTER_CHANGED = "REGISTER_CHANGED"
    DAY_CHANGED = "DAY_CHANGED"
    #: Nothing changed but how TechDock decides.
    DECIDED_ANEW = "DECIDED_ANEW"


class AboutBenefit(AboutPair):
    """Mixin of records that name a policy and a deal."""

    __slots__ = ()
    policy_institution_id: str
    policy_id: str

    @property
    def policy_ref(self) -> str:
        """``institution/policy``."""
        return reference(self.policy_institution_id, self.policy_id)


@dataclass(frozen=True, slots=True)
class PolicyHinted(AboutBenefit):
    """A deal qualifies under a policy; the last word about the two holds."""

    policy_institution_id: str
    policy_id: str
    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    title: str
    benefit: str
    until: date | None
    missing: tuple[str, ...]
    hinted_at: datetime


@dataclass(frozen=True, slots=True)
class PolicyHintWithdrawn(AboutBenefit):
    """A deal qualifies under a policy no longer."""

    policy_institution_id: str
    policy_id: str
    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    cause: HintCause
    withdrawn_at: datetime
