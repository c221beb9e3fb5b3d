"""The live set over whole texts under the shipped model, against every pair: scores, versions, ties, all that is told.

``make test`` takes texts of the scenario. ``make pairs DATA=FOLDER`` takes 5,000 real achievements and 5,000 real
demands of a folder of data and says what it found.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schemas import topics
from schemas.errors import Misconfigured
from schemas.records import ClockTicked, Submission, SubmissionAccepted
from streams import admission, deals, matching as matching_lane, ranking
from streams.domain import matching
from streams.domain.model import default_model
from streams.domain.profile import AchievementProfile, DemandProfile, achievement_profile, demand_profile
from tests.topology.streams.market import DAYS, Market, generated, real, story
from tests.unit.streams.every_pair import EveryPair
from tests.unit.streams.house import House
from tests.unit.streams.making import DAY, MODEL, NOW, achievement, achievement_facets, demand, demand_facets, texts
from tests.unit.streams.truth import Live, live_as_told, standing

_DATA, _RECORDS = os.environ.get("EVERY_PAIR_DATA"), int(os.environ.get("EVERY_PAIR_RECORDS", "300"))
_LANES = [int(lanes) for lanes in os.environ.get("EVERY_PAIR_LANES", "2,3").split(",")]
#: Demands for which the definition itself tries every achievement.
_BY_DEFINITION = 40
_END = NOW + DAYS * DAY
_MODEL = default_model()


def _market() -> Market:
    return real(Path(_DATA), _RECORDS) if _DATA else generated(_RECORDS)


def _house(said: Sequence[Submission | ClockTicked], lanes: int) -> House:
    """The house after all was said; meanwhile its lanes work in any order, and half way each dies once."""
    plans = (admission.plan(lanes=lanes), matching_lane.plan(), ranking.plan(), deals.plan())
    house = House(plans, random.Random(lanes), lanes)
    house.publish(_MODEL)
    house.drain()
    for number, record in enumerate(said):
        if isinstance(record, ClockTicked):
            house.tick(record.now)
        else:
            house.submit(record.institution_id, record)
        if number == len(said) // 2:
            for plan in plans:
                for key in house.keys(plan):
                    house.restart(plan, key)
        if number % 10 == 0:
            plan = house.random.choice(plans)
            for key in house.keys(plan):
                house.turn(plan, key, house.random.randint(1, 500))
    house.drain()
    return house


def _is_cut_in_a_tie(ranks: Sequence[matching.Rank], wanted: int) -> bool:
    return len(ranks) > wanted and ranks[wanted - 1].minus_points == ranks[wanted].minus_points


def _ranks(
    offered: dict[str, AchievementProfile], asked: dict[str, DemandProfile]
) -> dict[str, list[matching.Rank]]:  # fmt: skip
    """For each open demand all that could match, best first; for some of them the definition is asked, too."""
    pairs = EveryPair(offered, _END, _MODEL.threshold)
    found = {ref: sorted(pairs.ranks(demand)) for ref, demand in asked.items()}
    for ref in list(asked)[:: max(1, len(asked) // _BY_DEFINITION)]:
        assert found[ref] == sorted(matching.ranks(offered.values(), asked[ref], _END, _MODEL.threshold))
    return found


@given(st.lists(st.tuples(texts, achievement_facets), max_size=6), texts, demand_facets)
@settings(deadline=None)
def test_pairs_tried_side_by_side_rank_as_the_definition_says(
    offers: list[tuple[str, dict[str, Any]]], asked: str, wishes: dict[str, Any]
) -> None:
    named = enumerate(offers)
    made = [achievement_profile(achievement(f"A{n}", words, **facets), MODEL) for n, (words, facets) in named]
    offered, wanted = {one.ref: one for one in made}, demand_profile(demand("D1", asked, **wishes), MODEL)
    found = EveryPair(offered, NOW, MODEL.threshold).ranks(wanted)
    assert sorted(found) == sorted(matching.ranks(made, wanted, NOW, MODEL.threshold))


@pytest.mark.timeout(7200)
def test_the_live_set_is_what_trying_every_pair_finds() -> None:
    market = _market()
    said = story(market, random.Random(1))
    offered, asked = len(market.achievements), len(market.demands)
    print(f"\n{offered:,} achievements, {asked:,} demands ({market.about}), {len(said):,} facts")
    expected: Live = {}
    for lanes in _LANES:
        began = time.monotonic()
        house = _house(said, lanes)
        events = house.read(topics.MATCHES.name)
        print(f"{lanes} lanes: {len(events):,} events told in {time.monotonic() - began:.0f} s")
        assert _refused(house, said) == 0
        expected = expected or _expected(house)
        assert live_as_told(events) == expected


def _expected(house: House) -> Live:
    began, read = time.monotonic(), house.read
    found = standing(read(topics.ACHIEVEMENTS.name), read(topics.DEMANDS.name), read(topics.DEALS.name))
    offered, asked = found.profiles(_MODEL)
    ranks = _ranks(offered, asked)
    live = {ref: matching.best(mine, asked[ref].matches_wanted) for ref, mine in ranks.items()}
    ties = sum(_is_cut_in_a_tie(mine, asked[ref].matches_wanted) for ref, mine in ranks.items())
    assert ties > 0, "the order of equals is asked for as well"
    counts = Counter(len(mine) for mine in live.values())
    print(
        f"{len(offered):,} x {len(asked):,} pairs tried in {time.monotonic() - began:.0f} s: "
        f"{sum(map(len, ranks.values())):,} could match, {sum(map(len, live.values())):,} are live, "
        f"{counts[0]:,} demands have none, {ties:,} lists are cut in a tie"
    )
    return found.live(live)


def _refused(house: House, said: Sequence[Submission | ClockTicked]) -> int:
    institutions = {one.institution_id for one in said if not isinstance(one, ClockTicked)}
    receipts = [one for name in institutions for one in house.read(topics.receipts(name).name)]
    return sum(not isinstance(one, SubmissionAccepted) for one in receipts)


def test_a_folder_without_the_data_is_told_how_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="make pairs DATA=FOLDER") as refused:
        real(tmp_path, 10)
    assert len(refused.value.problems) == 4
