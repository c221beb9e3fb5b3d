"""Matching: what each lane's achievements can do for every demand.

    achievements ───┐
    demand-copies ──┼──▶ matching ──▶ candidates
    clock, deals ───┘        │
                         [Candidates]   one per lane, rebuilt from the same topics

Achievements are shared out over the lanes by their key; every lane hears all demands. So each pair is decided in
exactly one place. Lists are kept by every event and told once per batch, as changes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    Candidate,
    CandidatesChanged,
    ClockTicked,
    DealAdvanced,
    DemandPosted,
    DemandWithdrawn,
)
from streams.domain import matching
from streams.domain.candidates import Candidates, Change, Entered
from streams.domain.deals import is_exclusively_contracted
from streams.domain.index.text_index import compile_all
from streams.domain.model import ScoringModel, default_model
from streams.domain.profile import (
    MATCHES_WANTED,
    DemandProfile,
    achievement_profile,
    demand_profile,
)
from streams.effort import EffortLog
from streams.lane import Input, LanePlan, Output, Source, Until, by_partition

#: Demands whose analysis is kept for the other lanes of the same worker.
_PROFILES_KEPT = 5_000
#: What of a candidate the ranking lane looks at.
_RANKED_BY = ("achievement_institution_id", "achievement_id", "achievement_version", "demand_version", "score")
_INPUTS = (topics.ACHIEVEMENTS, topics.DEMAND_COPIES, topics.CLOCK, topics.DEALS)


DemandProfiles = Callable[[DemandPosted, ScoringModel], DemandProfile]


class MatchingShard:
    """One lane's candidates."""

    def __init__(
        self, lane: int, model: ScoringModel, profiles: DemandProfiles = demand_profile, log: EffortLog | None = None
    ) -> None:
        self._lane = lane
        self._model = model
        self._log = log or EffortLog()
        self._candidates = Candidates(model.threshold, self._log.clock)
        self._latest = 0
        self._demand_profile = profiles

    def load(self, record: Input) -> None:
        """Take in a fact, as in ``decide``, without telling what follows."""
        self._apply(record)

    def restored(self) -> None:
        """What was told before is what follows from the facts so far."""
        for _ in self._candidates.changes():
            pass
        self._log.count(self._lane, self._candidates.effort(), 0)

    def decide(self, record: Input) -> Iterable[Output]:
        """Take in a fact; what follows is told by ``settle``."""
        self._apply(record)
        return ()

    def settle(self) -> Iterable[Output]:
        """How the lists changed by this batch."""
        changes = list(self._candidates.changes())
        changed = sum(len(change.entered) + len(change.left) for change in changes)
        self._log.count(self._lane, self._candidates.effort(), changed)
        return [self._told(change) for change in changes]

    def _apply(self, record: Input) -> None:
        self._latest = max(self._latest, record.timestamp)
        candidates, fact = self._candidates, codec.decode(record.value)
        match fact:
            case AchievementRegistered():
                candidates.register(achievement_profile(fact, self._model))
            case AchievementWithdrawn():
                candidates.withdraw(fact.ref)
            case DemandPosted():
                candidates.post(self._demand_profile(fact, self._model))
            case DemandWithdrawn():
                candidates.close(fact.ref)
            case ClockTicked():
                candidates.tick(fact.now)
            case DealAdvanced():
                if is_exclusively_contracted(fact):
                    candidates.contract(fact.achievement_ref)
            case _:
                raise Unreadable("value", f"{type(fact).__name__} is no fact for matching")

    def _told(self, change: Change) -> Output:
        institution_id, _, demand_id = change.demand_ref.partition("/")
        demand = change.demand
        entries = [] if demand is None else [self._entry(one, demand) for one in change.entered]
        removed = []
        for ref, reason in change.left:
            owner, _, achievement_id = ref.partition("/")
            removed.append({"achievement_institution_id": owner, "achievement_id": achievement_id, "reason": reason})
        # Plain values instead of records, here and below: an arriving achievement changes many lists.
        changed = {
            "demand_institution_id": institution_id,
            "demand_id": demand_id,
            "lane": self._lane,
            "matches_wanted": MATCHES_WANTED if demand is None else demand.matches_wanted,
            "entries": entries,
            "removed": removed,
            "caused_at": self._latest * 1000,
        }
        data = codec.encode_fields(CandidatesChanged.__name__, changed)
        return Output(topics.CANDIDATES.name, change.demand_ref.encode(), data, self._latest)

    def _entry(self, entered: Entered, demand: DemandProfile) -> dict[str, Any]:
        rank, achievement, by_term = entered
        owner, _, achievement_id = achievement.ref.partition("/")
        institution_id, _, demand_id = demand.ref.partition("/")
        candidate = {
            "demand_institution_id": institution_id,
            "demand_id": demand_id,
            "demand_version": demand.version,
            "achievement_institution_id": owner,
            "achievement_id": achievement_id,
            "achievement_version": achievement.version,
            "demand_title": demand.title,
            "achievement_title": achievement.title,
            "industries": sorted({*achievement.industries, *demand.industries}),
            "maturity": achievement.maturity,
            "achievement_district": achievement.district,
            "demand_district": demand.district,
            "score": rank.score,
            "model_version": self._model.version,
            "reasons": [
                {"factor": reason.factor, "detail": reason.detail, "contribution": reason.contribution}
                for reason in matching.reasons(achievement, demand, by_term)
            ],
            "matches_wanted": demand.matches_wanted,
        }
        data = codec.encode_fields(Candidate.__name__, candidate)
        told = {field: candidate[field] for field in _RANKED_BY}
        return {**told, "candidate": data}


def _sources(shard: str) -> list[Source]:
    # Of the clock only the last tick counts.
    return [
        Source(topic.name, int(shard), Until.COMMITTED, last=1 if topic is topics.CLOCK else None) for topic in _INPUTS
    ]


def plan(model: ScoringModel | None = None) -> LanePlan:
    """The matching lane; each of its shards is a lane in the sense of the diagram."""
    chosen = model or default_model()
    compile_all()
    # Lanes of one worker hear the same demands at about the same time: each is analysed once.
    kept: dict[uuid.UUID, DemandProfile] = {}
    log = EffortLog()

    def profile(demand: DemandPosted, model: ScoringModel) -> DemandProfile:
        found = kept.get(demand.submission_id)
        if found is None:
            if len(kept) > _PROFILES_KEPT:
                kept.clear()
            found = kept[demand.submission_id] = demand_profile(demand, model)
        return found

    return LanePlan(
        name="matching",
        inputs=tuple(topic.name for topic in _INPUTS),
        shard_of=by_partition,
        sources=_sources,
        shard=lambda key: MatchingShard(int(key), chosen, profile, log),
        batch=1000,
        linger=0.05,
        slowest=log.slowest,
    )
