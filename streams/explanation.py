"""Why a demand and an achievement of the register are a live match, or why they are not."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from schemas.errors import Misconfigured
from schemas.records import DemandPosted
from streams.domain import matching
from streams.domain.explanation import Explanation, Obstacle, Pair, explained
from streams.domain.matching import Rank
from streams.domain.model import ScoringModel
from streams.domain.profile import achievement_profile, demand_profile
from streams.register import Facts

#: References that a message names.
_NAMED = 5


class UnknownReference(LookupError):
    """No record, or more than one, has the name that was given; the message says what to give instead."""


def explanation(facts: Facts, demand: str, achievement: str, models: Mapping[int, ScoringModel]) -> Explanation:
    """Why the two are a match or not, by ``facts`` and the model that each lane follows.

    Each is named by its id or by ``institution/id``; raises ``UnknownReference`` where there is no such record, or an
    id is that of several, ``Misconfigured`` where the achievement's lane follows no model.
    """
    demands = {**facts.closed, **facts.demands}
    lanes = {
        ref: (lane, record)
        for registered in (facts.withdrawn, facts.achievements)
        for lane, records in registered.items()
        for ref, record in records.items()
    }
    demand_ref = reference_of("demand", demand, demands)
    lane, record = lanes[reference_of("achievement", achievement, lanes)]
    model = models.get(lane)
    if model is None:
        raise Misconfigured([f"matching lane {lane} follows no scoring model: give it one, `techdock model publish`"])
    asked, gone = demands[demand_ref], tuple(_gone(facts, demand_ref, lane, record.ref))
    pair = Pair(demand_profile(asked, model), achievement_profile(record, model), facts.now(lane), gone)
    return explained(pair, model.threshold, _ranks(facts, asked, models))


def reference_of(kind: str, asked: str, known: Collection[str]) -> str:
    """The reference among ``known`` that ``asked`` is, or is the id of; raises ``UnknownReference``."""
    if asked in known:
        return asked
    found = sorted(ref for ref in known if _id_of(ref) == asked)
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownReference(f"{kind} {asked!r} is the id of {len(found)}: give one of {_listed(found)}")
    near = _near(asked, known)
    instead = f"; near are {_listed(near)}" if near else ""
    raise UnknownReference(f"there is no {kind} {asked!r}: give its id as it was submitted, or institution/id{instead}")


def as_json(told: Explanation) -> dict[str, Any]:
    """The explanation as plain values that JSON can hold."""
    demand, achievement = told.pair.demand, told.pair.achievement
    return {
        "demand": demand.ref,
        "demand_version": demand.version,
        "demand_title": demand.title,
        "achievement": achievement.ref,
        "achievement_version": achievement.version,
        "achievement_title": achievement.title,
        "now": told.pair.now.isoformat(),
        "is_match": told.is_match,
        "place": told.place,
        "matches_wanted": demand.matches_wanted,
        "score": told.score,
        "threshold": told.threshold,
        "reasons": [
            {"factor": one.factor, "detail": one.detail, "contribution": one.contribution, "fields": one.fields}
            for one in told.reasons
        ],
        "gates": [asdict(gate) for gate in told.gates],
        "obstacles": list(told.obstacles),
        "ahead": [
            {"place": place, "achievement": rank.achievement_ref, "score": rank.score}
            for place, rank in enumerate(told.ahead, 1)
        ],
    }


def _gone(facts: Facts, demand_ref: str, lane: int, achievement_ref: str) -> Iterator[Obstacle]:
    if demand_ref in facts.closed:
        yield Obstacle.DEMAND_WITHDRAWN
    if achievement_ref in facts.withdrawn[lane]:
        yield Obstacle.ACHIEVEMENT_WITHDRAWN
    if achievement_ref in facts.contracted:
        yield Obstacle.ACHIEVEMENT_CONTRACTED
    if achievement_ref in facts.represented:
        yield Obstacle.DUPLICATE


def _ranks(facts: Facts, demand: DemandPosted, models: Mapping[int, ScoringModel]) -> Iterator[Rank]:
    """Every achievement that could be a match of the demand, each by the model and the clock of its lane."""
    for lane, model in models.items():
        profiles = (achievement_profile(record, model) for record in facts.offered(lane))
        yield from matching.ranks(profiles, demand_profile(demand, model), facts.now(lane), model.threshold)


def _near(asked: str, known: Collection[str]) -> list[str]:
    """References spelled nearly as ``asked``, whatever the case, or whose ids are."""
    spelled: defaultdict[str, list[str]] = defaultdict(list)
    for ref in sorted(known):
        spelled[(ref if "/" in asked else _id_of(ref)).lower()].append(ref)
    return [ref for near in difflib.get_close_matches(asked.lower(), spelled, _NAMED) for ref in spelled[near]]


def _id_of(ref: str) -> str:
    # An institution's id holds no slash; a record's id may.
    return ref.partition("/")[2]


def _listed(refs: list[str]) -> str:
    more = f" and {len(refs) - _NAMED} more" if len(refs) > _NAMED else ""
    return ", ".join(refs[:_NAMED]) + more
