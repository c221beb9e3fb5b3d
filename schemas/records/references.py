"""What records are named by: references, derived ids, and mixins of records that name something."""

from __future__ import annotations

import functools
import uuid
from dataclasses import dataclass

#: Namespace of ids that are derived from other ids (RFC 4122 version 5).
_DERIVED = uuid.UUID("6f1d9a3e-5a3b-4c58-9d0e-0b7c2f7a9d11")


def reference(institution_id: str, local_id: str) -> str:
    """The register-wide name of an institution's record: ``institution/id``, also its Kafka key."""
    return f"{institution_id}/{local_id}"


def match_id(demand_ref: str, achievement_ref: str) -> uuid.UUID:
    """The id of the match of a demand and an achievement, derived from both references.

    They are joined by a control character, which no id may hold: a space could be part of either.
    """
    return uuid.uuid5(_DERIVED, f"match\x1f{demand_ref}\x1f{achievement_ref}")


@functools.lru_cache(maxsize=512)
def deal_id(achievement_ref: str, demand_ref: str) -> uuid.UUID:
    """The id of the deal over an achievement for a demand, derived from both references."""
    return uuid.uuid5(_DERIVED, f"deal\x1f{achievement_ref}\x1f{demand_ref}")


class AboutAchievement:
    """Mixin of records that name an achievement of the speaking institution."""

    __slots__ = ()
    institution_id: str
    achievement_id: str

    @property
    def ref(self) -> str:
        """``institution/achievement``: the Kafka key."""
        return reference(self.institution_id, self.achievement_id)


class AboutDemand:
    """Mixin of records that name a demand of the speaking institution."""

    __slots__ = ()
    institution_id: str
    demand_id: str

    @property
    def ref(self) -> str:
        """``institution/demand``: the Kafka key."""
        return reference(self.institution_id, self.demand_id)


class AboutPair:
    """Mixin of records that name both an achievement and a demand."""

    __slots__ = ()
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str

    @property
    def achievement_ref(self) -> str:
        """``institution/achievement``."""
        # As ``reference`` has it, spelled out: of each move of a deal it is asked many times.
        return f"{self.achievement_institution_id}/{self.achievement_id}"

    @property
    def demand_ref(self) -> str:
        """``institution/demand``."""
        return f"{self.demand_institution_id}/{self.demand_id}"


class AboutTwo:
    """Mixin of records that name two achievements; the first has the smaller reference."""

    __slots__ = ()
    first_institution_id: str
    first_achievement_id: str
    second_institution_id: str
    second_achievement_id: str

    @property
    def pair(self) -> tuple[str, str]:
        """Both references, the smaller one first."""
        return (
            reference(self.first_institution_id, self.first_achievement_id),
            reference(self.second_institution_id, self.second_achievement_id),
        )


@dataclass(frozen=True, slots=True)
class LogPosition:
    """How far a partition was read: to before ``position``."""

    topic: str
    partition: int
    position: int
