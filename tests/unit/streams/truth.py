"""What should hold, computed from the registers without any of the lanes."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

from schemas.records import (
    AchievementRegistered,
    DealAdvanced,
    DemandPosted,
    MatchProposed,
    MatchRevised,
    MatchWithdrawn,
    Record,
)
from streams import deal_check, duplicate_check
from streams.domain import deals, matching
from streams.domain.model import ScoringModel
from streams.domain.profile import AchievementProfile, DemandProfile, achievement_profile, demand_profile
from tests.unit.streams.making import MODEL

#: Score and both versions by demand and achievement.
Live = dict[tuple[str, str], tuple[float, int, int]]
_Kept = TypeVar("_Kept", AchievementRegistered, DemandPosted)


class Standing(NamedTuple):
    """What may match, by reference."""

    offered: Mapping[str, AchievementRegistered]
    asked: Mapping[str, DemandPosted]

    def profiles(self, model: ScoringModel) -> tuple[dict[str, AchievementProfile], dict[str, DemandProfile]]:
        """The same as the score sees it."""
        achievements = {ref: achievement_profile(one, model) for ref, one in self.offered.items()}
        return achievements, {ref: demand_profile(one, model) for ref, one in self.asked.items()}

    def live(self, ranks: Mapping[str, Iterable[matching.Rank]]) -> Live:
        """``ranks`` by demand, as matches are told."""
        return {
            (ref, rank.achievement_ref): (
                rank.score, self.offered[rank.achievement_ref].version, self.asked[ref].version,
            )
            for ref, found in ranks.items()
            for rank in found
        }  # fmt: skip


def standing(
    achievements: Iterable[Record], demands: Iterable[Record], advanced: Iterable[Record],
    represented: Collection[str] = (),
) -> Standing:  # fmt: skip
    """What of the registered facts is neither withdrawn nor exclusively contracted, nor ``represented`` by another."""
    sold = {
        deal.achievement_ref
        for deal in advanced
        if isinstance(deal, DealAdvanced) and deals.is_exclusively_contracted(deal)
    }
    gone = sold.union(represented)
    offered = {ref: one for ref, one in _last(achievements, AchievementRegistered).items() if ref not in gone}
    return Standing(offered, _last(demands, DemandPosted))


def live_by_brute_force(
    achievements: Iterable[Record], demands: Iterable[Record], advanced: Iterable[Record], now: datetime,
    model: ScoringModel = MODEL, represented: Collection[str] = (),
) -> Live:  # fmt: skip
    """The live matches of the registered facts."""
    found = standing(achievements, demands, advanced, represented)
    return found.live(matching.live_matches(*found.profiles(model), now, model.threshold))


def _last(records: Iterable[Record], kind: type[_Kept]) -> dict[str, _Kept]:
    """The latest versions that are not withdrawn; a log keeps the order of each key."""
    kept: dict[str, _Kept] = {}
    for record in records:
        if isinstance(record, kind):
            kept[record.ref] = record
        else:
            kept.pop(record.ref, None)  # type: ignore[union-attr]
    return kept


def live_as_told(matches: Iterable[Record]) -> Live:
    """The live matches by what was told; asserts that each word fits what was told before."""
    live: Live = {}
    for told in matches:
        match told:
            case MatchRevised():
                word = (told.score, told.achievement_version, told.demand_version)
                assert live[told.demand_ref, told.achievement_ref] != word, "a revision is news"
                live[told.demand_ref, told.achievement_ref] = word
            case MatchProposed():
                assert (told.demand_ref, told.achievement_ref) not in live, "a live match is not proposed again"
                word = (told.score, told.achievement_version, told.demand_version)
                live[told.demand_ref, told.achievement_ref] = word
            case MatchWithdrawn():
                versions = live.pop((told.demand_ref, told.achievement_ref))[1:]
                assert versions == (told.achievement_version, told.demand_version)
            case _:
                raise AssertionError(told)
    return live


def duplicates_by_comparison(
    achievements: Iterable[tuple[Record, int]], decided: Iterable[Record]
) -> duplicate_check.Outcome:  # fmt: skip
    """What should be suspected, and who should stand for whom; achievements with their arrivals."""
    registered = duplicate_check.Standing()
    for fact, arrived in achievements:
        registered.take(fact, arrived)
    return duplicate_check.expected(registered, decided)


def deals_by_recount(negotiations: Iterable[Record]) -> deal_check.Outcome:
    """What should have become of all moves."""
    return deal_check.recounted(negotiations)[1]


def deals_as_told(*topics: Iterable[Record]) -> deal_check.Outcome:
    """What the lane told of them."""
    outcome = deal_check.Outcome()
    for record in itertools.chain(*topics):
        outcome.take(record)
    return outcome
