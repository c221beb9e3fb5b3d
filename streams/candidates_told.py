"""What a matching lane tells of its lists: the changes of one batch, as records of candidates."""

from __future__ import annotations

from typing import Any, NamedTuple

from schemas import codec, topics
from schemas.records import Candidate, CandidatesChanged, Reason
from streams.domain import matching
from streams.domain.candidates import Change, Entered
from streams.domain.profile import MATCHES_WANTED, DemandProfile
from streams.lane import Output

#: What of a candidate the ranking lane looks at.
_RANKED_BY = ("achievement_institution_id", "achievement_id", "achievement_version", "demand_version", "score")


class Telling(NamedTuple):
    """Who tells: a lane under the model of this version, ``at`` milliseconds since 1970 (UTC)."""

    lane: int
    model_version: str
    at: int

    def output(self, change: Change) -> Output:
        """How one list changed."""
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
            "lane": self.lane,
            "matches_wanted": MATCHES_WANTED if demand is None else demand.matches_wanted,
            "entries": entries,
            "removed": removed,
            "caused_at": self.at * 1000,
        }
        data = codec.encode_fields(CandidatesChanged.__name__, changed)
        return Output(topics.CANDIDATES.name, change.demand_ref.encode(), data, self.at)

    def _entry(self, entered: Entered, demand: DemandProfile) -> dict[str, Any]:
        rank, achievement, shared = entered
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
            "model_version": self.model_version,
            "reasons": [*map(_plain, matching.reasons(achievement, demand, shared))],
            "matches_wanted": demand.matches_wanted,
        }
        data = codec.encode_fields(Candidate.__name__, candidate)
        told = {field: candidate[field] for field in _RANKED_BY}
        return {**told, "candidate": data}


def _plain(reason: Reason) -> dict[str, Any]:
    return {
        "factor": reason.factor,
        "detail": reason.detail,
        "contribution": reason.contribution,
        "in_title": reason.in_title,
        "in_keywords": reason.in_keywords,
    }
