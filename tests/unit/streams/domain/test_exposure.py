"""A cap holds, takes the best that can be had by its rule, and evenness is measured as in the literature."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from streams.domain.exposure import capped, gini
from streams.domain.matching import Rank

#: Points by demand and achievement: few values, so that ties are frequent; 0 is no match.
Market = list[list[int]]
_markets = st.integers(1, 6).flatmap(
    lambda achievements: st.lists(
        st.lists(st.integers(0, 4), min_size=achievements, max_size=achievements), min_size=1, max_size=8
    )
)


def _best(market: Market, demand: str, depth: int) -> list[Rank]:
    points = market[int(demand)]
    return sorted(Rank(-worth, f"a{number}") for number, worth in enumerate(points) if worth)[:depth]


def _capped(market: Market, room: int, cap: int) -> dict[str, list[Rank]]:
    return capped(
        lambda demand, depth: _best(market, demand, depth), {str(demand): room for demand in range(len(market))}, cap
    )


@given(_markets, st.integers(1, 4), st.integers(1, 5))
def test_pairs_are_taken_in_the_order_of_points_while_there_is_room_and_the_cap_allows(
    market: Market, room: int, cap: int
) -> None:
    pairs = sorted(
        (-worth, str(demand), f"a{number}")
        for demand, points in enumerate(market)
        for number, worth in enumerate(points)
        if worth
    )
    lists: dict[str, list[Rank]] = {str(demand): [] for demand in range(len(market))}
    shown: Counter[str] = Counter()
    for minus_points, demand, achievement in pairs:
        if len(lists[demand]) < room and shown[achievement] < cap:
            lists[demand].append(Rank(minus_points, achievement))
            shown[achievement] += 1
    assert _capped(market, room, cap) == lists


@given(_markets, st.integers(1, 4), st.integers(1, 5))
def test_no_achievement_is_in_more_lists_than_the_cap_and_none_twice_in_one(
    market: Market, room: int, cap: int
) -> None:
    lists = _capped(market, room, cap)
    shown = Counter(rank.achievement_ref for ranks in lists.values() for rank in ranks)
    assert max(shown.values(), default=0) <= cap
    for ranks in lists.values():
        assert len({rank.achievement_ref for rank in ranks}) == len(ranks) <= room
        assert ranks == sorted(ranks)


@given(_markets, st.integers(1, 4))
def test_a_cap_that_nothing_reaches_leaves_the_ranking_as_it_is(market: Market, room: int) -> None:
    plain = {str(demand): _best(market, str(demand), room) for demand in range(len(market))}
    assert _capped(market, room, len(market)) == plain


def test_who_comes_too_late_for_the_best_gets_its_next_best_from_as_deep_as_it_takes() -> None:
    market = [[100 - number for number in range(50)] for _ in range(40)]
    lists = _capped(market, 1, 1)
    assert [lists[demand][0].achievement_ref for demand in sorted(lists)] == [f"a{number}" for number in range(40)]


def test_demands_keep_the_room_that_each_of_them_has() -> None:
    market = [[3, 2, 1], [3, 2, 1]]
    lists = capped(lambda demand, depth: _best(market, demand, depth), {"0": 1, "1": 3}, 1)
    assert {demand: len(ranks) for demand, ranks in lists.items()} == {"0": 1, "1": 2}


@given(st.integers(1, 50), st.integers(1, 50))
def test_equal_exposures_are_even_and_all_for_one_is_as_uneven_as_can_be(count: int, each: int) -> None:
    assert gini([each] * count) == 0
    assert gini([0] * (count - 1) + [each]) == pytest.approx((count - 1) / count)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.integers(2, 5))
def test_the_gini_is_half_the_mean_difference_over_the_mean_and_has_no_unit(exposures: Sequence[int], by: int) -> None:
    mean = sum(exposures) / len(exposures)
    difference = math.fsum(abs(one - other) for one in exposures for other in exposures) / len(exposures) ** 2
    assert gini(exposures) == pytest.approx(difference / (2 * mean) if mean else 0.0)
    assert gini([by * one for one in exposures]) == pytest.approx(gini(exposures))


def test_nothing_shown_is_even() -> None:
    assert gini([]) == gini([0, 0]) == 0
