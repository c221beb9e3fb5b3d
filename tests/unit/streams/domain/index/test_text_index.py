"""What the compiled index finds equals the definition, ties included, however much of the postings it leaves unread."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from schemas.records import CooperationMode, Disclosure
from streams.domain import matching
from streams.domain.index import kernels
from streams.domain.index.facets import PARTS, blank, written
from streams.domain.index.text_index import TextIndex, Vocabulary
from streams.domain.matching import Rank
from streams.domain.profile import AchievementProfile, DemandProfile, achievement_profile, demand_profile
from streams.domain.weighing import SATURATED, SHARES
from tests.unit.streams.making import MODEL, NOW, achievement, achievement_facets, demand, demand_facets

_MOST = sum((matching.TEXT, matching.INDUSTRY, matching.MATURITY, matching.PLACE, matching.BUDGET))
_codes = st.lists(st.sampled_from(["C", "C26", "2614", "261", "26", "3", "35", "A01", "B"]), max_size=3, unique=True)
_places = st.lists(st.sampled_from(["21", "2102", "210202", "31", "3101"]), max_size=3, unique=True)


def _offer(ref: int, terms: dict[str, int], **changes: Any) -> AchievementProfile:
    made = achievement_profile(achievement(f"A{ref:05}"), MODEL)
    fields = {term: (weight % 200, 40) for term, weight in terms.items() if weight % 3}
    return dataclasses.replace(made, terms=terms, fields=fields, **changes)


def _wish(terms: dict[str, int], **changes: Any) -> DemandProfile:
    return dataclasses.replace(demand_profile(demand(), MODEL), terms=terms, **changes)


@given(achievement_facets, demand_facets, _codes, _codes, _places, st.integers(0, SATURATED * SHARES))
@settings(deadline=None, max_examples=400)
def test_a_pair_is_worth_what_the_definition_says(
    offered: dict[str, Any], asked: dict[str, Any], mine: list[str], theirs: list[str], places: list[str], text: int
) -> None:
    profile = achievement_profile(achievement(**offered), MODEL)
    profile = dataclasses.replace(
        profile, industries=tuple(mine), territories=tuple(places), closes_at=None, disclosure=Disclosure.PUBLIC
    )
    wish = dataclasses.replace(demand_profile(demand(**asked), MODEL), industries=tuple(theirs), closes_at=None)
    found = kernels.worth(written(blank(1), 0, profile), 0, written(blank(1), 0, wish), 0, text, PARTS)
    expected = matching.points(text, profile, wish)
    assert found == (-1 if matching.failed_gates(profile, wish, NOW) else expected)


def _drawn(chance: random.Random, terms: int, whole: int) -> dict[str, int]:
    """Common and rare words, as in texts: a word's number is exponentially distributed."""
    words = {f"w{int(chance.expovariate(1 / 40))}" for _ in range(terms)}
    return {word: chance.choice([1, 7, whole // 3, whole]) for word in words}


def _definition(standing: dict[str, AchievementProfile], wish: DemandProfile, least: int) -> list[Rank]:
    ranks = []
    for ref, profile in standing.items():
        worth = matching.points(matching.text_points(profile, wish), profile, wish)
        if worth >= least and not matching.failed_gates(profile, wish, NOW):
            ranks.append(Rank(-worth, ref))
    return matching.best(ranks, wish.matches_wanted)


def _found(index: TextIndex[AchievementProfile], wish: DemandProfile, least: int) -> list[Rank]:
    return index.best(wish, least, _MOST)


@pytest.mark.parametrize("seed", range(6))
def test_the_best_of_many_texts_are_those_of_the_definition_after_revisions_and_withdrawals(seed: int) -> None:
    chance = random.Random(seed)
    vocabulary = Vocabulary()
    index: TextIndex[AchievementProfile] = TextIndex(vocabulary)
    standing: dict[str, AchievementProfile] = {}
    for _ in range(900):
        profile = _offer(
            chance.randrange(500), _drawn(chance, 30, SATURATED), maturity=chance.choice([None, 4, 8]),
            modes=frozenset(chance.sample(list(CooperationMode), chance.choice([0, 1, 2]))),
        )  # fmt: skip
        index.put(profile)
        standing[profile.ref] = profile
        if chance.random() < 0.2:
            gone = chance.choice(sorted(standing))
            del standing[gone]
            index.drop(gone)
    assert len(index) == len(standing)
    assert {profile.ref: index.whole(profile) for profile in index} == standing
    for _ in range(60):
        terms = _drawn(chance, chance.choice([1, 5, 60]), 1000)
        wish = _wish(
            terms, matches_wanted=chance.choice([1, 5, 20]), maturity_wanted=chance.choice([None, 6]),
            modes=frozenset(chance.sample(list(CooperationMode), chance.choice([0, 2]))),
        )  # fmt: skip
        least = chance.choice([1, matching.points(3_000_000, next(iter(standing.values())), wish)])
        assert _found(index, wish, least) == _definition(standing, wish, least)
        assert index.cost.scored >= len(_definition(standing, wish, least))


def test_the_longest_postings_of_a_query_are_left_unread() -> None:
    chance = random.Random(1)
    index: TextIndex[AchievementProfile] = TextIndex(Vocabulary())
    for ref in range(2_000):
        index.put(_offer(ref, _drawn(chance, 60, SATURATED)))
    # Rare words carry the weight, common ones stand in every text: what the search saves itself.
    terms = {f"w{number}": 3 if number < 60 else 2_000 for number in range(200)}
    wish = _wish(terms)
    index.best(wish, 1, matching.TEXT)
    assert index.cost.postings < index.standing(wish.terms) * 3 / 4
    standing = {profile.ref: index.whole(profile) for profile in index}
    assert _found(index, wish, 1) == _definition(standing, wish, 1)


@pytest.mark.parametrize("seed", range(3))
def test_slots_that_are_finished_from_their_own_texts_are_those_of_the_definition(seed: int) -> None:
    chance = random.Random(seed)
    index: TextIndex[AchievementProfile] = TextIndex(Vocabulary())
    for ref in range(2_500):
        index.put(_offer(ref, _drawn(chance, 60, SATURATED), maturity=chance.choice([None, 2, 4, 8])))
    for ref in chance.sample(range(2_500), 100):
        index.drop(next(iter(index)).ref if ref % 2 else _offer(ref, {}).ref)
    standing = {profile.ref: index.whole(profile) for profile in index}
    unread = 0
    for _ in range(12):
        words = chance.sample(range(200), 180)
        wish = _wish(
            {f"w{number}": 3 if number < 60 else chance.choice([900, 2_000]) for number in words},
            matches_wanted=chance.choice([1, 2, 10]), maturity_wanted=chance.choice([None, 3, 6]),
        )  # fmt: skip
        assert _found(index, wish, 1) == _definition(standing, wish, 1)
        unread += index.cost.postings < index.standing(wish.terms)
    assert unread > 6


@pytest.mark.parametrize("seed", range(4))
def test_an_offer_reaches_exactly_the_demands_whose_floor_it_reaches(seed: int) -> None:
    chance = random.Random(seed)
    index: TextIndex[DemandProfile] = TextIndex(Vocabulary())
    wishes = [
        _wish(_drawn(chance, 20, 3_000), ref=f"d/{n}", maturity_wanted=chance.choice([None, 5])) for n in range(300)
    ]
    floors, needs = np.zeros(400, np.int64), np.full(400, kernels.NEVER, np.int32)
    for wish in wishes:
        slot = index.put(wish)
        floors[slot] = chance.choice([1, 10**8, 10**9])
        needs[slot] = -(-int(floors[slot]) // _MOST)
    for _ in range(40):
        offer = _offer(1, _drawn(chance, 30, SATURATED), maturity=chance.choice([None, 3, 6]))
        expected = {
            (worth, index.slot(wish.ref))
            for wish in wishes
            if (worth := matching.points(matching.text_points(offer, wish), offer, wish))
            >= floors[index.slot(wish.ref)]
            and not matching.failed_gates(offer, wish, NOW)
        }
        found = index.reached(offer, needs, floors)
        assert len(found) == len(set(found))
        assert set(found) == expected


def test_an_empty_index_and_an_unknown_word_find_nothing() -> None:
    index: TextIndex[AchievementProfile] = TextIndex(Vocabulary())
    assert index.best(_wish({"x": SHARES}), 1, _MOST) == []
    # The vocabulary knows a word from a demand that stands in another index.
    index.vocabulary.numbered({"x": 1})
    assert index.best(_wish({"x": SHARES}), 1, _MOST) == []
    index.put(_offer(1, {"y": SATURATED}))
    assert index.best(_wish({"x": SHARES}), 1, _MOST) == []
    assert index.best(_wish({}), 1, _MOST) == []
    assert index.drop("nobody/nothing") is None


def test_the_largest_possible_sum_is_exact() -> None:
    index: TextIndex[AchievementProfile] = TextIndex(Vocabulary())
    many = {str(number): SATURATED for number in range(5_000)}
    index.put(_offer(1, many))
    shares = dict.fromkeys(many, SHARES // 5_000)
    (rank,) = index.best(_wish(shares), 1, matching.TEXT)
    assert -rank.minus_points == SATURATED * (SHARES // 5_000) * 5_000 * matching.TEXT
