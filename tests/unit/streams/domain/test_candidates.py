"""A lane's lists equal brute force whatever happens, and what they tell is true."""

from __future__ import annotations

import dataclasses
import pickle
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from hypothesis import example, given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from schemas.records import Disclosure, WithdrawalReason
from streams.domain import matching
from streams.domain.candidates import Candidates, Change
from streams.domain.profile import AchievementProfile, DemandProfile, achievement_profile, demand_profile
from streams.domain.weighing import SATURATED, SHARES
from tests.unit.streams.making import DAY, MODEL, NOW, achievement, achievement_facets, demand, demand_facets, texts

_HOUR = timedelta(hours=1)
_OFFERS = st.sampled_from([f"A{n}" for n in range(1, 7)])
_ASKED = st.sampled_from([f"D{n}" for n in range(1, 4)])
_ends = st.none() | st.integers(1, 60).map(lambda hours: NOW + hours * _HOUR)
#: Terms by hand, so that equal sums and sums right at the threshold are frequent.
_weights = st.sampled_from([{"x": SATURATED}, {"x": SATURATED}, {"x": SATURATED // 2}, {"x": SATURATED, "y": 1}, {}])
_shares = st.sampled_from([{"x": SHARES // 2}, {"x": SHARES // 2, "y": SHARES // 4}, {"x": SHARES}, {"y": SHARES}])

Why = WithdrawalReason
Word = tuple[int, int, int]


class ListsOfALane(RuleBasedStateMachine):
    """The facts as plain dictionaries beside the lists; ``look`` compares."""

    @initialize(threshold=st.sampled_from([0.0, 0.2, 0.3, 0.4]), reserve=st.integers(0, 3))
    def begin(self, threshold: float, reserve: int) -> None:
        self.threshold = threshold
        self.candidates = Candidates(threshold, reserve=reserve)
        self.now: datetime = self.candidates.now
        self.version = 0
        self.offered: dict[str, AchievementProfile] = {}
        self.demands: dict[str, DemandProfile] = {}
        self.contracted: set[str] = set()
        self.represented: set[str] = set()
        self.aside: dict[str, AchievementProfile] = {}
        self.said: defaultdict[str, dict[str, Word]] = defaultdict(dict)
        #: Why an achievement or a demand went since the last look.
        self.went: defaultdict[str, set[Why]] = defaultdict(set)

        self.kept: Candidates | None = None
        #: What happened since a copy was kept.
        self.since: list[tuple[str, Any]] = []

    def _do(self, what: str, about: Any) -> None:
        getattr(self.candidates, what)(about)
        self.since.append((what, about))

    def _next(self) -> int:
        self.version += 1
        return self.version

    def _register(self, profile: AchievementProfile) -> None:
        self._do("register", profile)
        if self.offered.pop(profile.ref, None) is not None:
            self.went[profile.ref].add(Why.ACHIEVEMENT_REVISED)
        if profile.ref in self.represented:
            self.aside[profile.ref] = profile
        else:
            self._offer(profile)

    def _offer(self, profile: AchievementProfile) -> None:
        is_open = profile.closes_at is None or profile.closes_at > self.now
        if not is_open:
            self.went[profile.ref].add(Why.ACHIEVEMENT_EXPIRED)
        elif profile.ref not in self.contracted and profile.disclosure is not Disclosure.CONFIDENTIAL:
            self.offered[profile.ref] = profile

    def _post(self, profile: DemandProfile) -> None:
        self._do("post", profile)
        self.demands.pop(profile.ref, None)
        if profile.closes_at is None or profile.closes_at > self.now:
            self.demands[profile.ref] = profile
        else:
            self.went[profile.ref].add(Why.DEMAND_EXPIRED)

    @rule(name=_OFFERS, words=texts, facets=achievement_facets)
    def register(self, name: str, words: str, facets: dict[str, Any]) -> None:
        self._register(achievement_profile(achievement(name, words, self._next(), **facets), MODEL))

    @rule(name=_OFFERS, terms=_weights, end=_ends)
    def register_by_hand(self, name: str, terms: dict[str, int], end: datetime | None) -> None:
        profile = achievement_profile(achievement(name, "", self._next()), MODEL)
        self._register(dataclasses.replace(profile, terms=terms, closes_at=end))

    @rule(name=_ASKED, words=texts, facets=demand_facets)
    def post(self, name: str, words: str, facets: dict[str, Any]) -> None:
        self._post(demand_profile(demand(name, words, self._next(), **facets), MODEL))

    @rule(name=_ASKED, terms=_shares, end=_ends, wanted=st.integers(1, 3))
    def post_by_hand(self, name: str, terms: dict[str, int], end: datetime | None, wanted: int) -> None:
        profile = demand_profile(demand(name, "", self._next(), matches_wanted=wanted), MODEL)
        self._post(dataclasses.replace(profile, terms=terms, closes_at=end))

    @rule(name=_OFFERS)
    def withdraw(self, name: str) -> None:
        self._do("withdraw", f"dlut/{name}")
        self.aside.pop(f"dlut/{name}", None)
        if self.offered.pop(f"dlut/{name}", None) is not None:
            self.went[f"dlut/{name}"].add(Why.ACHIEVEMENT_WITHDRAWN)

    @precondition(lambda self: len(self.contracted) < 3)
    @rule(name=_OFFERS)
    def contract(self, name: str) -> None:
        self._do("contract", f"dlut/{name}")
        self.contracted.add(f"dlut/{name}")
        if self.offered.pop(f"dlut/{name}", None) is not None:
            self.went[f"dlut/{name}"].add(Why.ACHIEVEMENT_CONTRACTED)

    @rule(name=_OFFERS)
    def stand_aside(self, name: str) -> None:
        ref = f"dlut/{name}"
        self._do("stand_aside", ref)
        self.represented.add(ref)
        offered = self.offered.pop(ref, None)
        if offered is not None:
            self.aside[ref] = offered
            self.went[ref].add(Why.DUPLICATE)

    @rule(name=_OFFERS)
    def stand_again(self, name: str) -> None:
        ref = f"dlut/{name}"
        self._do("stand_again", ref)
        self.represented.discard(ref)
        back = self.aside.pop(ref, None)
        if back is not None:
            self._offer(back)

    @rule(name=_ASKED)
    def close(self, name: str) -> None:
        ref = f"district-210202/{name}"
        self._do("close", ref)
        self.demands.pop(ref, None)
        self.went[ref].add(Why.DEMAND_WITHDRAWN)

    @rule(hours=st.integers(-5, 20))
    def tick(self, hours: int) -> None:
        time = max(self.now, NOW - DAY) + hours * _HOUR
        self._do("tick", time)
        self.now = max(self.now, time)
        for offered in [one for one in self.offered.values() if one.closes_at and one.closes_at <= self.now]:
            del self.offered[offered.ref]
            self.went[offered.ref].add(Why.ACHIEVEMENT_EXPIRED)
        for asked in [one for one in self.demands.values() if one.closes_at and one.closes_at <= self.now]:
            del self.demands[asked.ref]
            self.went[asked.ref].add(Why.DEMAND_EXPIRED)

    def keep(self) -> None:
        """A copy is kept of how the lane stands."""
        self.look()
        self.kept, self.since = self.candidates.copied(), []

    def come_back(self) -> None:
        """The lane goes on from the copy, once it has heard again what happened since."""
        self.look()
        self.candidates = pickle.loads(pickle.dumps(self.kept))  # noqa: S301 - our own bytes
        for what, about in self.since:
            getattr(self.candidates, what)(about)
        for _ in self.candidates.changes():
            pass

    @rule()
    def look(self) -> None:
        expected = matching.live_matches(self.offered, self.demands, self.now, self.threshold)
        for change in self.candidates.changes():
            self._fold(change, expected.get(change.demand_ref, []))
        told = {ref: sorted((-word[0], name) for name, word in said.items()) for ref, said in self.said.items() if said}
        assert told == {ref: [tuple_of(rank) for rank in ranks] for ref, ranks in expected.items()}
        for ref, said in self.said.items():
            for name, (_, version, demand_version) in said.items():
                assert (version, demand_version) == (self.offered[name].version, self.demands[ref].version)
        assert self.candidates.size() == (len(self.offered), len(self.demands))
        assert not list(self.candidates.changes()), "nothing is told twice"
        self.went.clear()

    def _fold(self, change: Change, ranks: list[matching.Rank]) -> None:
        said, asked = self.said[change.demand_ref], self.demands.get(change.demand_ref)
        assert change.demand == (None if asked is None else dataclasses.replace(asked, terms={}))
        assert change.entered or change.left
        for name, reason in change.left:
            assert reason in self._reasons(change.demand_ref, name, said.pop(name), ranks)
        assert [rank for rank, _, _ in change.entered] == [
            rank for rank in ranks if rank.achievement_ref in {profile.ref for _, profile, _ in change.entered}
        ]
        for rank, profile, shared in change.entered:
            assert asked is not None
            assert shared == matching.shared_terms(self.offered[profile.ref], asked)
            word = (-rank.minus_points, profile.version, asked.version)
            assert said.get(profile.ref) != word, "what is told is news"
            said[profile.ref] = word

    def _reasons(self, demand_ref: str, name: str, word: Word, ranks: list[matching.Rank]) -> set[Why]:
        asked, offered = self.demands.get(demand_ref), self.offered.get(name)
        if asked is None:
            return self.went[demand_ref]
        if offered is None:
            return self.went[name]
        if offered.version != word[1]:
            return {Why.ACHIEVEMENT_REVISED}
        if asked.version != word[2]:
            return {Why.DEMAND_REVISED}
        assert len(ranks) == asked.matches_wanted
        assert all(tuple_of(rank) < (-word[0], name) for rank in ranks)
        return {Why.OUTRANKED}


def tuple_of(rank: matching.Rank) -> tuple[int, str]:
    return rank.minus_points, rank.achievement_ref


ListsOfALane.TestCase.settings = settings(max_examples=250, stateful_step_count=50, deadline=None)
TestListsOfALane = ListsOfALane.TestCase


_steps = st.lists(
    st.tuples(st.just("register_by_hand"), st.tuples(_OFFERS, _weights, _ends))
    | st.tuples(st.just("post_by_hand"), st.tuples(_ASKED, _shares, _ends, st.integers(1, 3)))
    | st.tuples(st.sampled_from(["withdraw", "contract", "stand_aside", "stand_again"]), st.tuples(_OFFERS))
    | st.tuples(st.just("close"), st.tuples(_ASKED))
    | st.tuples(st.just("tick"), st.tuples(st.integers(0, 20)))
    | st.tuples(st.just("look"), st.just(())),
    max_size=12,
)


@example(
    before=[("register_by_hand", ("A1", {"x": SATURATED}, NOW + _HOUR))],
    since=[("tick", (20,)), ("tick", (20,))], after=[], reserve=0,
)  # fmt: skip
@given(before=_steps, since=_steps, after=_steps, reserve=st.integers(0, 2))
@settings(max_examples=400, deadline=None)
def test_a_copy_goes_on_as_the_lane_did_whose_copy_it_is(
    before: list[Any], since: list[Any], after: list[Any], reserve: int
) -> None:  # fmt: skip
    lane = ListsOfALane()
    lane.begin(0.0, reserve)
    lane.post_by_hand("D1", {"x": SHARES}, None, 2)
    for steps, then in ((before, lane.keep), (since, lane.come_back), (after, lane.look)):
        for name, about in steps:
            getattr(lane, name)(*about)
        then()


def _reasons_told(candidates: Candidates) -> list[tuple[str, Why]]:
    return [left for change in candidates.changes() for left in change.left]


def _lane_with_one_match() -> Candidates:
    candidates = Candidates(MODEL.threshold)
    candidates.tick(NOW)
    candidates.register(achievement_profile(achievement("A1"), MODEL))
    candidates.post(demand_profile(demand("D1", matches_wanted=1), MODEL))
    assert [len(change.entered) for change in candidates.changes()] == [1]
    return candidates


def test_an_achievement_that_came_back_with_other_words_left_because_it_was_revised() -> None:
    candidates = _lane_with_one_match()
    candidates.withdraw("dlut/A1")
    candidates.register(achievement_profile(achievement("A1", "blade", version=3), MODEL))
    assert _reasons_told(candidates) == [("dlut/A1", Why.ACHIEVEMENT_REVISED)]


def test_what_stood_aside_and_again_as_it_was_is_outranked_where_it_is_gone() -> None:
    candidates = _lane_with_one_match()
    candidates.stand_aside("dlut/A1")
    candidates.stand_again("dlut/A1")
    assert _reasons_told(candidates) == []
    candidates.stand_aside("dlut/A1")
    candidates.stand_again("dlut/A1")
    candidates.register(achievement_profile(achievement("A0"), MODEL))
    assert _reasons_told(candidates) == [("dlut/A1", Why.OUTRANKED)]


def test_what_stands_aside_leaves_as_a_duplicate_and_comes_back_in_its_last_version() -> None:
    candidates = _lane_with_one_match()
    candidates.stand_aside("dlut/A1")
    assert _reasons_told(candidates) == [("dlut/A1", Why.DUPLICATE)]
    candidates.register(achievement_profile(achievement("A1", version=7), MODEL))
    assert list(candidates.changes()) == []
    candidates.stand_again("dlut/A1")
    (change,) = candidates.changes()
    assert [profile.version for _, profile, _ in change.entered] == [7]


def test_what_a_copy_holds_aside_is_left_alone_by_what_comes_later() -> None:
    candidates = _lane_with_one_match()
    candidates.stand_aside("dlut/A1")
    list(candidates.changes())
    copy = candidates.copied()
    candidates.stand_again("dlut/A1")
    back = pickle.loads(pickle.dumps(copy))  # noqa: S301 - our own bytes
    assert list(back.changes()) == []
    back.stand_again("dlut/A1")
    assert [len(change.entered) for change in back.changes()] == [1]


def test_equal_achievements_stand_in_the_order_of_their_references() -> None:
    candidates = _lane_with_one_match()
    candidates.register(achievement_profile(achievement("A2"), MODEL))
    assert _reasons_told(candidates) == []
    candidates.register(achievement_profile(achievement("A0"), MODEL))
    assert _reasons_told(candidates) == [("dlut/A1", Why.OUTRANKED)]


def test_a_demand_that_wants_fewer_gives_the_others_back() -> None:
    candidates = Candidates(MODEL.threshold)
    for name in ("A1", "A2", "A3"):
        candidates.register(achievement_profile(achievement(name), MODEL))
    candidates.post(demand_profile(demand(matches_wanted=3), MODEL))
    assert [len(change.entered) for change in candidates.changes()] == [3]
    candidates.post(demand_profile(demand(version=2, matches_wanted=1), MODEL))
    assert _reasons_told(candidates) == [("dlut/A2", Why.DEMAND_REVISED), ("dlut/A3", Why.DEMAND_REVISED)]


def test_an_achievement_and_a_demand_of_one_name_do_not_end_together() -> None:
    candidates = Candidates(MODEL.threshold)
    offered = achievement_profile(achievement("X", valid_until=NOW.date()), MODEL)
    candidates.register(offered)
    candidates.post(demand_profile(demand("X", institution_id="dlut"), MODEL))
    candidates.register(achievement_profile(achievement("Y"), MODEL))
    candidates.tick(NOW + 2 * DAY)
    assert candidates.size() == (1, 1)
    assert [[profile.ref for _, profile, _ in change.entered] for change in candidates.changes()] == [["dlut/Y"]]


def test_slots_that_are_used_again_hold_nothing_of_what_was_there() -> None:
    candidates = Candidates(MODEL.threshold)
    for version in range(1, 60):
        for number in range(8):
            candidates.post(demand_profile(demand(f"D{number}", version=version), MODEL))
            candidates.register(achievement_profile(achievement(f"A{number}", version=version), MODEL))
        told = {change.demand_ref: len(change.entered) for change in candidates.changes()}
        assert set(told.values()) == {8}
        assert len(told) == 8


def test_of_equal_achievements_a_new_demand_gets_the_first_by_reference() -> None:
    candidates = Candidates(MODEL.threshold)
    for name in ("A3", "A2", "A1"):
        candidates.register(achievement_profile(achievement(name), MODEL))
    candidates.post(demand_profile(demand(matches_wanted=1), MODEL))
    (change,) = candidates.changes()
    assert [profile.ref for _, profile, _ in change.entered] == ["dlut/A1"]


def test_what_a_demand_asks_for_is_its_own_whatever_slot_it_gets() -> None:
    candidates = Candidates(MODEL.threshold)
    candidates.register(achievement_profile(achievement("A1"), MODEL))
    candidates.post(demand_profile(demand("D1", matches_wanted=1), MODEL))
    candidates.post(demand_profile(demand("D2", matches_wanted=1), MODEL))
    assert len(list(candidates.changes())) == 2
    for version in range(2, 8):
        # In the end it asks for what nobody has yet: anything that reaches the threshold may enter.
        candidates.post(demand_profile(demand("D2", "blade valve", version, matches_wanted=1), MODEL))
        list(candidates.changes())
    candidates.register(achievement_profile(achievement("A2", "blade"), MODEL))
    assert [(one.demand_ref, len(one.entered)) for one in candidates.changes()] == [("district-210202/D2", 1)]


def test_a_list_is_searched_anew_only_when_its_reserve_is_used_up() -> None:
    candidates = Candidates(MODEL.threshold, reserve=1)
    for name in ("A1", "A2", "A3", "A4"):
        candidates.register(achievement_profile(achievement(name), MODEL))
    candidates.post(demand_profile(demand("D1", matches_wanted=2), MODEL))
    assert [[profile.ref for _, profile, _ in change.entered] for change in candidates.changes()] == [
        ["dlut/A1", "dlut/A2"]
    ]
    for gone, next_one, searches in (("dlut/A1", "dlut/A3", 0), ("dlut/A2", "dlut/A4", 1)):
        candidates.effort()
        candidates.withdraw(gone)
        (change,) = candidates.changes()
        assert change.left == ((gone, Why.ACHIEVEMENT_WITHDRAWN),)
        assert [profile.ref for _, profile, _ in change.entered] == [next_one]
        assert len(candidates.effort().searches) == searches


def test_what_leaves_a_list_that_left_nobody_out_is_not_searched_for() -> None:
    candidates = Candidates(MODEL.threshold, reserve=0)
    candidates.register(achievement_profile(achievement("A1"), MODEL))
    candidates.post(demand_profile(demand("D1", matches_wanted=2), MODEL))
    assert len(list(candidates.changes())) == 1
    candidates.effort()
    candidates.withdraw("dlut/A1")
    assert _reasons_told(candidates) == [("dlut/A1", Why.ACHIEVEMENT_WITHDRAWN)]
    assert candidates.effort().searches == []
    candidates.register(achievement_profile(achievement("A2"), MODEL))
    assert [len(change.entered) for change in candidates.changes()] == [1]


def test_equal_achievements_enter_a_shortened_list_in_the_order_of_their_references() -> None:
    candidates = Candidates(MODEL.threshold, reserve=1)
    for name in ("A1", "A2", "A4"):
        candidates.register(achievement_profile(achievement(name), MODEL))
    candidates.post(demand_profile(demand("D1", matches_wanted=1), MODEL))
    list(candidates.changes())
    candidates.withdraw("dlut/A1")
    # A2 alone is left of what was kept; A4 was left out, and comes before A5.
    candidates.register(achievement_profile(achievement("A5"), MODEL))
    list(candidates.changes())
    candidates.withdraw("dlut/A2")
    assert [[profile.ref for _, profile, _ in change.entered] for change in candidates.changes()] == [["dlut/A4"]]
