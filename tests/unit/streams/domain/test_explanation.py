"""An explanation agrees with the definition of live matches, adds up, and names every obstacle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from hypothesis import given, settings, strategies as st

from schemas.records import AchievementRegistered, CooperationMode, DemandPosted, Disclosure, Factor, Text
from streams import tellings
from streams.domain import matching
from streams.domain.explanation import Explanation, Obstacle, Pair, explained
from streams.domain.matching import Rank
from streams.domain.profile import achievement_profile, demand_profile
from tests.unit.streams.making import (
    DAY,
    MODEL,
    NOW,
    achievement,
    achievement_facets,
    demand,
    demand_facets,
    texts,
)

_offered = st.lists(st.tuples(texts, achievement_facets), min_size=1, max_size=8)
_asked = st.tuples(texts, demand_facets)


def _explained(
    offered: AchievementRegistered, asked: DemandPosted, *others: AchievementRegistered, **changes: Any
) -> Explanation:
    profile = demand_profile(asked, MODEL)
    standing = [achievement_profile(one, MODEL) for one in (offered, *others)]
    pair = Pair(profile, standing[0], **{"now": NOW, **changes})
    return explained(pair, MODEL.threshold, matching.ranks(standing, profile, pair.now, MODEL.threshold))


@given(_offered, _asked, st.integers(0, 3))
@settings(deadline=None)
def test_a_pair_is_called_a_match_at_its_place_if_and_only_if_the_definition_has_it_there(
    offered: list[tuple[str, Mapping[str, Any]]], wish: tuple[str, Mapping[str, Any]], days: int
) -> None:
    records = [achievement(f"A{n}", words, **facets) for n, (words, facets) in enumerate(offered)]
    asked = demand("D1", wish[0], **wish[1])
    now = NOW + days * DAY
    profiles = {one.ref: achievement_profile(one, MODEL) for one in records}
    live = matching.live_matches(profiles, {asked.ref: demand_profile(asked, MODEL)}, now, MODEL.threshold)
    ranks = live.get(asked.ref, [])
    places = {rank.achievement_ref: place for place, rank in enumerate(ranks, 1)}
    for record in records:
        others = [one for one in records if one is not record]
        told = _explained(record, asked, *others, now=now)
        assert told.is_match == (record.ref in places)
        if told.is_match:
            assert told.place == places[record.ref]
            assert list(told.ahead) == ranks[: told.place - 1]
            assert told.score == ranks[told.place - 1].score
        if told.obstacles == (Obstacle.OUTRANKED,):
            assert list(told.ahead) == ranks
            assert told.place is not None
            assert told.place > len(ranks)


@given(texts, achievement_facets, texts, demand_facets)
@settings(deadline=None)
def test_contributions_add_up_to_the_score_and_every_shared_word_is_named(
    words: str, facets: Mapping[str, Any], wish: str, wanted: Mapping[str, Any]
) -> None:
    told = _explained(achievement("A1", words, **facets), demand("D1", wish, **wanted))
    assert math.isclose(sum(reason.contribution for reason in told.reasons), told.score, abs_tol=1e-12)
    shared = matching.shared_terms(told.pair.achievement, told.pair.demand)
    # A word that the demand has only in translation is told behind the demand's own.
    named = [one.detail.rpartition(" ~ ")[2] for one in told.reasons if one.factor is Factor.TERM]
    assert sorted(named) == sorted(shared.by_term)


def test_more_shared_words_than_a_match_names_are_all_named() -> None:
    words = " ".join(f"alloy{n}" for n in range(2 * matching.TERMS_NAMED))
    told = _explained(achievement("A1", words), demand("D1", words))
    assert len(told.reasons) == 2 * matching.TERMS_NAMED
    assert told.is_match


def test_a_closed_gate_is_told_with_the_two_values_that_met_there() -> None:
    told = _explained(
        achievement(maturity=4, modes=(CooperationMode.EQUITY,), territories=("31",)),
        demand(maturity_wanted=6, modes=(CooperationMode.SERVICE,), district="210202"),
    )
    assert told.obstacles == (Obstacle.GATE_CLOSED,)
    assert told.place is None
    assert [gate.name for gate in told.gates if not gate.passed] == ["modes", "maturity", "territory"]
    assert [tellings.met(gate) for gate in told.gates] == [
        "open: the achievement has no end, the demand has no end",
        "modes: the achievement is offered as EQUITY, the demand accepts SERVICE",
        "maturity: the achievement has 4, the demand asks 6",
        "territory: the achievement is offered in 31, the demand is in 210202",
        "disclosure: the achievement is PUBLIC, the demand is shown what is not CONFIDENTIAL",
    ]


def test_a_side_that_says_nothing_is_told_so() -> None:
    told = _explained(achievement(territories=("31",)), demand(maturity_wanted=6))
    said = {gate.name: tellings.met(gate) for gate in told.gates if not gate.passed}
    assert said == {
        "maturity": "maturity: the achievement says none, the demand asks 6",
        "territory": "territory: the achievement is offered in 31, the demand says no district",
    }


def test_what_has_expired_is_named_with_its_last_day_and_whose_it_was() -> None:
    told = _explained(achievement(valid_until=date(2026, 2, 27)), demand(deadline=date(2026, 3, 1)))
    assert told.obstacles == (Obstacle.ACHIEVEMENT_EXPIRED,)
    assert tellings.met(told.gates[0]) == (
        "open: the achievement is open until the end of 2026-02-27, the demand is open until the end of 2026-03-01"
    )
    both = _explained(achievement(valid_until=date(2026, 2, 27)), demand(deadline=date(2026, 2, 27)))
    assert both.obstacles == (Obstacle.DEMAND_EXPIRED, Obstacle.ACHIEVEMENT_EXPIRED)


def test_every_obstacle_is_named_and_not_only_the_first() -> None:
    gone = (Obstacle.DEMAND_WITHDRAWN, Obstacle.ACHIEVEMENT_CONTRACTED)
    told = _explained(achievement("A1", "valve", disclosure=Disclosure.CONFIDENTIAL), demand("D1", "blade"), gone=gone)
    assert told.obstacles == (*gone, Obstacle.GATE_CLOSED, Obstacle.BELOW_THRESHOLD)
    assert (told.score, told.reasons, told.ahead) == (0, (), ())


def test_who_is_outranked_hears_by_whom_and_with_what_scores() -> None:
    better = [achievement(f"B{n}", "pump") for n in range(3)]
    asked = demand("D1", "pump", matches_wanted=2)
    told = _explained(achievement("Z1", "pump"), asked, *better)
    assert (told.obstacles, told.place) == ((Obstacle.OUTRANKED,), 4)
    assert [rank.achievement_ref for rank in told.ahead] == ["dlut/B0", "dlut/B1"]
    said = "\n".join(tellings.lines(told))
    assert f"it comes at place 4, the demand wants 2; dlut/B1 has place 2 with {told.ahead[-1].score:.6f}" in said


def test_other_achievements_are_not_looked_at_where_the_pair_could_be_no_match() -> None:
    def ranks() -> Any:
        raise AssertionError("nobody needs this")
        yield Rank(0, "")

    asked, offered = demand_profile(demand("D1", "blade"), MODEL), achievement_profile(achievement(), MODEL)
    assert explained(Pair(asked, offered, NOW), MODEL.threshold, ranks()).place is None


def test_what_is_told_of_a_match_begins_with_its_place_and_ends_with_who_is_before_it() -> None:
    told = _explained(achievement("Z1", "pump", maturity=5), demand("D1", "pump", maturity_wanted=5), achievement("B1"))
    assert told.place == 1
    said = list(tellings.lines(told))
    assert said[2] == "a live match, at place 1 of at most 20"
    assert f"  {told.reasons[0].contribution:.6f}  pump  in title" in said
    assert f"its words by field: title {told.reasons[0].contribution:.6f}" in said
    assert f"  {told.reasons[1].contribution:.6f}  maturity (TRL 5 / 5)" in said
    assert said[-1].startswith("  passed")


def test_a_term_of_several_fields_is_told_with_what_each_contributes_and_what_was_cut_is_told_as_left_out() -> None:
    offered = achievement("Z1", zh=Text("pump", "a pump", ("valve",)))
    told = _explained(offered, demand("D1", zh=Text("pump valve", "valve " * 4_000)))
    pump, valve = sorted((one for one in told.reasons if one.fields), key=lambda one: one.detail)
    said = list(tellings.lines(told))
    title, abstract = pump.fields["title"], pump.fields["abstract"]
    assert f"its words by field: title {title:.6f}, keywords {valve.contribution:.6f}, abstract {abstract:.6f}" in said
    assert f"  {pump.contribution:.6f}  pump  in title {title:.6f}, abstract {abstract:.6f}" in said
    assert "  left out  demand, zh abstract: the first 20,000 of 24,000 characters" in said
