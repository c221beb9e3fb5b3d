"""What a lane does is counted, and the slowest searches of the last minutes are known."""

from __future__ import annotations

from hypothesis import given, strategies as st

from streams.domain.candidates import Candidates
from streams.domain.effort import Cost, Effort, Search, Slowest
from streams.domain.profile import achievement_profile, demand_profile
from tests.unit.streams.making import MODEL, achievement, demand

_steps = st.lists(st.tuples(st.floats(0, 40), st.floats(0, 1)), max_size=60)


@given(_steps)
def test_the_slowest_are_those_of_all_minutes_that_are_not_forgotten(steps: list[tuple[float, float]]) -> None:
    slowest, now = Slowest(kept=3, minutes=2), 0.0
    minutes: list[tuple[float, list[Search]]] = []
    for number, (pause, seconds) in enumerate(steps):
        now += pause
        search = Search(seconds, f"d/{number}", Cost())
        slowest.note(search, now)
        if not minutes or now >= minutes[-1][0] + 60:
            minutes.append((now, []))
        minutes[-1][1].append(search)
    kept = [search for began, found in minutes if began > now - 120 for search in found]
    assert slowest.found(now) == sorted(kept, reverse=True)[:3]


def test_a_search_of_long_ago_is_forgotten_though_nothing_was_searched_since() -> None:
    slowest = Slowest(minutes=5)
    slowest.note(Search(1.0, "d/1", Cost(7)), 100.0)
    assert slowest.found(399.0) == [Search(1.0, "d/1", Cost(7))]
    assert slowest.found(400.0) == []


def test_searches_offers_and_postings_are_counted_since_the_last_look() -> None:
    ticks = iter(range(100))
    candidates = Candidates(MODEL.threshold, lambda: float(next(ticks)))
    candidates.post(demand_profile(demand("D1", "pump valve"), MODEL))
    candidates.post(demand_profile(demand("D2", "pump"), MODEL))
    assert list(candidates.changes()) == []
    # Nothing was registered yet, so that there was nothing to read; each search took from one tick to the next.
    assert candidates.effort() == Effort(
        [Search(1.0, "district-210202/D1", Cost()), Search(1.0, "district-210202/D2", Cost())]
    )
    candidates.register(achievement_profile(achievement("A1", "pump"), MODEL))
    # "pump" stands in both demands.
    assert candidates.effort() == Effort(offers=1, postings=2, scored=2)
    candidates.withdraw("dlut/A1")
    # It came and went before anybody was told, and the lists had left nobody out: no search, and nothing to tell.
    assert list(candidates.changes()) == []
    assert candidates.effort() == Effort()
    candidates.post(demand_profile(demand("D1", "pump", version=2), MODEL))
    assert list(candidates.changes()) == []
    assert [search.demand_ref for search in candidates.effort().searches] == ["district-210202/D1"]
    assert candidates.effort() == Effort()


def test_a_pair_whose_words_are_enough_is_scored_or_gated_whichever_side_comes_last() -> None:
    candidates = Candidates(MODEL.threshold)
    for name, words, maturity in (("A1", "pump", 8), ("A2", "pump", 4), ("A3", "pump", None), ("A4", "valve", 8)):
        candidates.register(achievement_profile(achievement(name, words, maturity=maturity), MODEL))
    candidates.effort()
    candidates.post(demand_profile(demand("D1", "pump", maturity_wanted=6), MODEL))
    list(candidates.changes())
    (search,) = candidates.effort().searches
    # Two are not mature enough, and the valve was never looked at.
    assert search.cost == Cost(postings=3, gated=2, scored=1)
    candidates.register(achievement_profile(achievement("A5", "pump", maturity=5), MODEL))
    candidates.register(achievement_profile(achievement("A6", "pump", maturity=6), MODEL))
    candidates.register(achievement_profile(achievement("A7", "valve", maturity=6), MODEL))
    assert candidates.effort() == Effort(offers=3, postings=2, gated=1, scored=1)
