"""What deals are grouped by: what the register said last of their achievements and demands, and who announced them.

district      of the demand; unknown where it has none
institution   that offers the achievement
enterprise    that posted the demand
industry      each of the achievement's; unknown where it has none
broker        each whom the deal's contract gives a share; none where there is no contract or no broker
session       the last one that had announced the achievement when the deal began, by the lists that count now;
              none where there is no such session
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from schemas.records import (
    AchievementRegistered,
    DealAdvanced,
    DemandPosted,
    PipelineDimension,
    Record,
    ShareRole,
    SpotlightChosen,
)

#: Where the register does not say what a deal is grouped by.
UNKNOWN = "unknown"
#: Where there is nobody to group a deal by.
NONE = "none"
_ALL = "all"
_Fact = TypeVar("_Fact")


class Announced(NamedTuple):
    """When a session announced an achievement."""

    at: datetime
    session: str


class Cohorts:
    """What is known of achievements and demands; facts about the same one are taken in their order."""

    def __init__(self) -> None:
        self._districts: dict[str, str | None] = {}
        self._industries: dict[str, tuple[str, ...]] = {}
        self._lists: dict[str, frozenset[str]] = {}
        self._announced: defaultdict[str, set[Announced]] = defaultdict(set)

    def take(self, record: Record) -> frozenset[str]:
        """Note one more fact; the achievements and demands whose deals may belong elsewhere now."""
        match record:
            case DemandPosted():
                return _noted(self._districts, record.ref, record.district)
            case AchievementRegistered():
                return _noted(self._industries, record.ref, record.industries)
            case SpotlightChosen():
                return self._announce(record)
        return frozenset()

    def values(self, dimension: PipelineDimension, deal: DealAdvanced, begun_at: datetime) -> Sequence[str]:
        """The values that a deal, as it stands now, has of a dimension: one or more."""
        match dimension:
            case PipelineDimension.DISTRICT:
                return [self._districts.get(deal.demand_ref) or UNKNOWN]
            case PipelineDimension.INSTITUTION:
                return [deal.achievement_institution_id]
            case PipelineDimension.ENTERPRISE:
                return [deal.demand_institution_id]
            case PipelineDimension.INDUSTRY:
                return sorted(set(self._industries.get(deal.achievement_ref, ()))) or [UNKNOWN]
            case PipelineDimension.BROKER:
                return _brokers(deal) or [NONE]
            case PipelineDimension.SESSION:
                before = [one for one in self._announced.get(deal.achievement_ref, ()) if one.at <= begun_at]
                return [max(before).session if before else NONE]
        return [_ALL]

    def _announce(self, spotlight: SpotlightChosen) -> frozenset[str]:
        """Of each session the last list counts."""
        before = self._lists.get(spotlight.session, frozenset())
        now = frozenset(f"{one.achievement_institution_id}/{one.achievement_id}" for one in spotlight.entries)
        for ref in before:
            self._announced[ref] = {one for one in self._announced[ref] if one.session != spotlight.session}
        for ref in now:
            self._announced[ref].add(Announced(spotlight.chosen_at, spotlight.session))
        self._lists[spotlight.session] = now
        return before | now


def _noted(known: dict[str, _Fact], ref: str, fact: _Fact) -> frozenset[str]:
    if ref in known and known[ref] == fact:
        return frozenset()
    known[ref] = fact
    return frozenset({ref})


def _brokers(deal: DealAdvanced) -> list[str]:
    shares = () if deal.contract is None else deal.contract.shares
    return sorted({share.party for share in shares if share.role is ShareRole.BROKER})
