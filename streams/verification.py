"""What the processors should have decided, computed anew from the register and compared with what they did.

Matches are computed for each lane from its own achievements by trying every demand, then merged; for some demands
also by the definition itself, pair by pair. Deals and tasks are played again from the first move.
"""

from __future__ import annotations

import bisect
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

import numpy as np

from infra.home import Endpoints
from infra.reading import committed_records
from infra.side_by_side import others
from infra.verification import CheckReport
from schemas import codec, topics
from schemas.records import (
    MatchProposed,
    MatchRevised,
    MatchWithdrawn,
    Record,
)
from streams import (
    deal_check,
    duplicate_check,
    market_check,
    receipt_check,
    recognition,
    spotlight,
    task_check,
)
from streams.domain import matching
from streams.domain.matching import Rank
from streams.domain.model import ScoringModel
from streams.domain.postings import Postings
from streams.domain.profile import (
    MATCHES_WANTED,
    AchievementProfile,
    DemandProfile,
    achievement_profile,
    demand_profile,
)
from streams.domain.weighing import FULL_TEXT
from streams.mandate_check import MandateCheck
from streams.models import adoptions, followed, model_differences, published
from streams.register import Facts, decoded, facts_beside_deals

log = logging.getLogger(__name__)

#: Demands whose matches are also computed by the definition, pair by pair.
BY_DEFINITION = 5

#: Live matches by demand and achievement: score and both versions.
Live = dict[str, dict[str, tuple[float, int, int]]]
Difference = Mapping[str, object]


def check(endpoints: Endpoints) -> CheckReport:
    """Matches and deals as they should be against what the topics say, under the models that the lanes follow."""
    bootstrap = endpoints.bootstrap
    # Before deals are, so that whatever lists follow from is there.
    lists = spotlight.published(bootstrap)
    shares = market_check.shares(bootstrap)
    with deal_check.uncollected(), others(len(shares)) as crew:
        deals = market_check.begun(bootstrap, crew, shares)
        beside = _beside_deals(bootstrap)
        market = deals()
        wrong_lists = spotlight.differences(bootstrap, lists, market.sold)
        matches = _matches(bootstrap, {ref for ref, _ in market.sold})
    checked: Counter[str] = Counter({"spotlights": len(lists)})
    for part in (matches, CheckReport(market.checked, market.differences), beside):
        checked.update(part.checked)
    differences = [*matches.differences, *market.differences, *beside.differences, *wrong_lists]
    return CheckReport(dict(checked), differences)


def _beside_deals(bootstrap: str) -> CheckReport:
    """What is to be compared without deals: tasks, receipts, seasons."""
    tasks, wrong_tasks = task_check.check(bootstrap)
    mandates = MandateCheck(_said_of_institutions(bootstrap))
    wrong_receipts = receipt_check.differences(bootstrap, mandates)
    seasons, wrong_seasons = recognition.differences(bootstrap)
    checked = {**tasks, "seasons": seasons, "receipts_by_mandate": mandates.checked}
    return CheckReport(checked, [*wrong_tasks, *wrong_receipts, *mandates.differences, *wrong_seasons])


def _matches(bootstrap: str, contracted: set[str]) -> CheckReport:
    """Matches, models and duplicates; nobody else is to get what is ``contracted``."""
    facts = facts_beside_deals(bootstrap)
    facts.contracted = contracted
    models = followed(bootstrap)
    duplicates = duplicate_check.check(bootstrap)
    facts.represented = duplicates.represented
    expected, definition = expected_matches(facts, models)
    found, told = _live(bootstrap)
    versions = {lane: model.version for lane, model in models.items()}
    checked = {
        "achievements": sum(len(lane) for lane in facts.achievements.values()),
        "demands": len(facts.demands),
        "matches": sum(len(matches) for matches in expected.values()),
        "match_events": told,
        "pairs_by_definition": definition,
        **{f"lanes under scoring model {version}": count for version, count in Counter(versions.values()).items()},
        **duplicates.checked,
    }
    wrong_models = model_differences(published(bootstrap), versions, adoptions(bootstrap))
    return CheckReport(checked, [*wrong_models, *match_differences(expected, found), *duplicates.differences])


def expected_matches(facts: Facts, models: Mapping[int, ScoringModel]) -> tuple[Live, int]:
    """The live matches that follow from ``facts`` under each lane's model, and how many pairs were also tried by the
    definition. A lane without a model has none."""
    ranks: dict[str, list[Rank]] = {ref: [] for ref in facts.demands}
    demands: dict[str, dict[str, DemandProfile]] = {}
    pairs = 0
    for lane, model in sorted(models.items()):
        if model.version not in demands:
            demands[model.version] = {ref: demand_profile(record, model) for ref, record in facts.demands.items()}
        pairs += _rank_lane(facts, lane, model, demands[model.version], ranks)
    versions = {ref: one.version for lane in facts.achievements.values() for ref, one in lane.items()}
    live: Live = {}
    for ref, demand in facts.demands.items():
        best = matching.best(ranks[ref], demand.matches_wanted or MATCHES_WANTED)
        if best:
            live[ref] = {r.achievement_ref: (r.score, versions[r.achievement_ref], demand.version) for r in best}
    return live, pairs


def _rank_lane(
    facts: Facts, lane: int, model: ScoringModel, demands: Mapping[str, DemandProfile], ranks: dict[str, list[Rank]]
) -> int:
    """Add a lane's best to ``ranks``; the number of pairs that were also tried by the definition."""
    now, least = facts.now(lane), matching.threshold_points(model.threshold)
    profiles = {record.ref: achievement_profile(record, model) for record in facts.offered(lane)}
    postings: Postings[AchievementProfile] = Postings()
    for profile in profiles.values():
        postings.put(profile)
    for ref, demand in demands.items():
        ranks[ref] += _ranks(postings, demand, now, least)
    sample = {ref: demands[ref] for ref in sorted(demands)[:: max(1, len(demands) // BY_DEFINITION)]}
    for ref, defined in matching.live_matches(profiles, sample, now, model.threshold).items():
        best = matching.best(_ranks(postings, sample[ref], now, least), sample[ref].matches_wanted)
        if best != defined:
            raise AssertionError(f"lane {lane}, demand {ref}: the check contradicts the definition")
    return len(profiles) * len(sample)


def _ranks(postings: Postings[AchievementProfile], demand: DemandProfile, now: datetime, least: int) -> Iterator[Rank]:
    """Every achievement of a lane that passes the gates and the threshold for ``demand``, that can still be among
    its best: best texts first, until text alone, with every soft factor, could not reach the worst of them."""
    sums = postings.sums(demand.terms)
    enough = np.nonzero(sums * (matching.FULL // FULL_TEXT) >= least)[0]
    best: list[Rank] = []
    for slot in enough[np.argsort(-sums[enough], kind="stable")]:
        text = int(sums[slot])
        achievement = postings.profiles[slot]
        most = text * (matching.FULL // FULL_TEXT)
        if len(best) == demand.matches_wanted and most < -best[-1].minus_points:
            break
        worth = matching.points(text, achievement, demand)
        if worth >= least and not matching.failed_gates(achievement, demand, now):
            bisect.insort(best, Rank(-worth, achievement.ref))
            del best[demand.matches_wanted :]
    yield from best


def match_differences(expected: Live, found: Live) -> list[Difference]:
    """Every match that is missing, too many, or told otherwise."""
    differences: list[Difference] = []
    for demand in sorted(expected.keys() | found.keys()):
        should, does = expected.get(demand, {}), found.get(demand, {})
        differences += [
            {"what": "match", "demand": demand, "achievement": ref, "expected": should.get(ref), "found": does.get(ref)}
            for ref in sorted(should.keys() | does.keys())
            if should.get(ref) != does.get(ref)
        ]
    return differences


def _live(bootstrap: str) -> tuple[Live, int]:
    """The live matches as the topic tells them, and by how many events."""
    live: Live = {}
    told = 0
    for _, _, event in decoded(bootstrap, topics.MATCHES):
        told += 1
        matches = live.setdefault(event.demand_ref, {})
        match event:
            case MatchProposed() | MatchRevised():
                matches[event.achievement_ref] = (event.score, event.achievement_version, event.demand_version)
            case MatchWithdrawn():
                matches.pop(event.achievement_ref, None)
    return {ref: matches for ref, matches in live.items() if matches}, told


def _said_of_institutions(bootstrap: str) -> Iterator[tuple[int, Record]]:
    for message in committed_records(bootstrap, [topics.INSTITUTIONS.name]):
        yield message.offset(), codec.decode(message.value())
