"""A lane changes its scoring model while facts come, and what it told is always what follows under one model."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import (
    CandidatesChanged,
    ClockTicked,
    DealAdvanced,
    Move,
    Record,
    ScoringModelAdopted,
    ScoringModelPublished,
    Stage,
    WithdrawalReason,
)
from streams import matching
from streams.domain.model import ScoringModel
from streams.matching import MatchingShard
from tests.unit.streams.house import House
from tests.unit.streams.making import (
    DAY,
    EXCLUSIVE_TERMS,
    MODEL,
    NOW,
    achievement,
    achievement_facets,
    demand,
    demand_facets,
    entered,
    no_achievement,
    no_demand,
    texts,
)
from tests.unit.streams.truth import Live, live_by_brute_force

_offers = st.sampled_from(["A1", "A2", "A3"])
_asked = st.sampled_from(["D1", "D2"])
#: How many records of each topic the lane then decides, if any.
_many = st.sampled_from([0, 1, 1000, 1000])
#: Kind, name, words and facets.
Fact = tuple[str, str, str, dict[str, Any]]
_facts: st.SearchStrategy[Fact] = st.one_of(
    st.tuples(st.just("offer"), _offers, texts, achievement_facets),
    st.tuples(st.just("ask"), _asked, texts, demand_facets),
    st.tuples(st.just("withdraw"), _offers, st.just(""), st.just({})),
    st.tuples(st.sampled_from(["close", "tick"]), _asked, st.just(""), st.just({})),
    st.tuples(st.sampled_from(["tick", "tick", "sell"]), st.just("A3"), st.just(""), st.just({})),
)
_LANE = "0"
_PLAN = matching.plan()


def _sold(name: str) -> DealAdvanced:
    return DealAdvanced(
        uuid.uuid4(), "dlut", name, "district-210202", "D1", Move.CONTRACT, "dlut", 4, Stage.CONTRACTED, None,
        EXCLUSIVE_TERMS, 1, "", NOW, uuid.uuid4(), False, 1, 1, None, None, None, 0, None, None, None, None, 0, None,
    )  # fmt: skip


def _told(changes: Iterable[Record]) -> Live:
    """A lane's lists by what it told; asserts that each word is news."""
    live: Live = {}
    for change in changes:
        assert isinstance(change, CandidatesChanged)
        for left in change.removed:
            del live[change.demand_ref, left.achievement_ref]
        for one in change.entries:
            word = (one.score, one.achievement_version, one.demand_version)
            assert live.get((change.demand_ref, one.achievement_ref)) != word
            live[change.demand_ref, one.achievement_ref] = word
    return live


def _adopted(house: House) -> list[str]:
    """The models that the lane followed, one after the other."""
    said = house.read(topics.MODEL_ADOPTIONS.name)
    return [one.version for one in said if isinstance(one, ScoringModelAdopted) and str(one.lane) == _LANE]


class LaneUnderModels(RuleBasedStateMachine):
    """One lane; facts, models, work in the background and crashes come in any order."""

    @initialize(seed=st.integers(0, 1000))
    def begin(self, seed: int) -> None:
        self.house = House((_PLAN,), random.Random(seed))
        self.version = 0
        self.now: datetime = NOW
        self.models: list[ScoringModel] = []

    @rule(facts=st.lists(_facts, min_size=1, max_size=4), many=_many)
    def say(self, facts: list[Fact], many: int) -> None:
        for kind, name, words, facets in facts:
            self.version += 1
            match kind:
                case "offer":
                    self.house.append(topics.ACHIEVEMENTS, achievement(name, words, self.version, **facets))
                case "withdraw":
                    self.house.append(topics.ACHIEVEMENTS, no_achievement(name, self.version))
                case "ask":
                    self.house.append(topics.DEMAND_COPIES, demand(name, words, self.version, **facets))
                case "close":
                    self.house.append(topics.DEMAND_COPIES, no_demand(name, self.version))
                case "sell":
                    self.house.append(topics.DEALS, _sold(name))
                case _:
                    self.now += DAY / 2
                    self.house.append(topics.CLOCK, ClockTicked(self.now))
        self.house.turn(_PLAN, _LANE, many)

    @rule(threshold=st.sampled_from([0.1, 0.3, 0.5]), pump=st.sampled_from([3.0, 6.0]), many=_many)
    def publish(self, threshold: float, pump: float, many: int) -> None:
        surprisal = {**MODEL.surprisal, "pump": pump}
        self._publish(
            replace(MODEL, version=f"tiny-{len(self.models)}", threshold=threshold, surprisal=surprisal), many
        )  # fmt: skip

    @precondition(lambda self: self.models)
    @rule(again=st.integers(0, 5), many=_many)
    def publish_a_former_one_again(self, again: int, many: int) -> None:
        self._publish(self.models[again % len(self.models)], many)

    def _publish(self, model: ScoringModel, many: int) -> None:
        self.models.append(model)
        self.house.publish(model)
        self.house.turn(_PLAN, _LANE, many)

    @precondition(lambda self: self.house.background)
    @rule(number=st.integers(0, 3), many=_many)
    def go_on_in_the_background(self, number: int, many: int) -> None:
        self.house.work_in_background(number)
        self.house.turn(_PLAN, _LANE, many)

    @rule(many=_many)
    def fail(self, many: int) -> None:
        """A transaction does not come through, or the worker dies between two."""
        self.house.abort(_PLAN, _LANE, many)

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.house.drain()
            self.what_was_told_follows_from_what_was_heard_under_the_model_that_was_adopted()
            assert self._adopted() == (self.models[-1] if self.models else None)

    @invariant()
    def what_was_told_follows_from_what_was_heard_under_the_model_that_was_adopted(self) -> None:
        if not hasattr(self, "house"):
            return
        model = self._adopted()
        told = _told(self.house.read(topics.CANDIDATES.name))
        assert told == ({} if model is None else self._definition(model))

    def _adopted(self) -> ScoringModel | None:
        said = _adopted(self.house)
        return next(model for model in self.models if model.version == said[-1]) if said else None

    def _definition(self, model: ScoringModel) -> Live:
        def heard(topic: topics.Topic) -> list[Record]:
            log = self.house.logs[topic.name, 0][: self.house.committed[_PLAN.name, (topic.name, 0)]]
            return [codec.decode(one.value) for one in log]

        ticks = heard(topics.CLOCK)
        now = ticks[-1].now if ticks else datetime.fromtimestamp(0, NOW.tzinfo)  # type: ignore[union-attr]
        return live_by_brute_force(
            heard(topics.ACHIEVEMENTS), heard(topics.DEMAND_COPIES), heard(topics.DEALS), now, model
        )  # fmt: skip


LaneUnderModels.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestLaneUnderModels = LaneUnderModels.TestCase


def _lane_with_a_match() -> House:
    house = House((_PLAN,), random.Random(0))
    house.publish(MODEL)
    house.append(topics.ACHIEVEMENTS, achievement("A1", "pump"))
    house.append(topics.ACHIEVEMENTS, achievement("A2", "pump blade"))
    house.append(topics.DEMAND_COPIES, demand("D1", "pump"))
    house.drain()
    assert len(_told(house.read(topics.CANDIDATES.name))) == 2
    return house


def _changes_after(house: House, model: ScoringModel) -> list[CandidatesChanged]:
    before = len(house.read(topics.CANDIDATES.name))
    house.publish(model)
    house.drain()
    return house.read(topics.CANDIDATES.name)[before:]  # type: ignore[return-value]


def test_a_model_that_differs_only_in_its_version_is_adopted_and_tells_nothing() -> None:
    house = _lane_with_a_match()
    assert _changes_after(house, replace(MODEL, version="the same")) == []
    assert _adopted(house) == ["tiny", "the same"]


def test_matches_below_the_new_models_threshold_are_taken_back_because_of_the_model() -> None:
    house = _lane_with_a_match()
    (change,) = _changes_after(house, replace(MODEL, version="strict", threshold=0.99))
    assert change.entries == ()
    assert [(left.achievement_id, left.reason) for left in change.removed] == [
        ("A1", WithdrawalReason.MODEL_CHANGED),
        ("A2", WithdrawalReason.MODEL_CHANGED),
    ]


def test_what_enters_after_a_switch_names_the_model_that_scored_it() -> None:
    house = _lane_with_a_match()
    (change,) = _changes_after(house, replace(MODEL, version="rare", surprisal={**MODEL.surprisal, "pump": 5.0}))
    assert change.entries
    for entry in change.entries:
        assert codec.decode_fields(entry.candidate)[1]["model_version"] == "rare"


def test_the_old_model_is_served_until_the_new_candidates_are_there() -> None:
    house = _lane_with_a_match()
    house.publish(replace(MODEL, version="strict", threshold=0.99))
    house.append(topics.ACHIEVEMENTS, achievement("A3", "pump"))
    house.turn(_PLAN, _LANE)
    assert len(_told(house.read(topics.CANDIDATES.name))) == 3
    house.append(topics.ACHIEVEMENTS, no_achievement("A3"))
    house.turn(_PLAN, _LANE)
    assert len(_told(house.read(topics.CANDIDATES.name))) == 2
    assert _adopted(house) == ["tiny"]
    house.work_in_background()
    house.turn(_PLAN, _LANE)
    assert _told(house.read(topics.CANDIDATES.name)) == {}


def test_a_model_that_comes_while_another_is_made_ready_replaces_it() -> None:
    house = _lane_with_a_match()
    house.publish(replace(MODEL, version="strict", threshold=0.99))
    house.turn(_PLAN, _LANE)
    assert len(house.background) == 1
    house.publish(replace(MODEL, version="mild", threshold=0.2))
    house.turn(_PLAN, _LANE)
    house.drain()
    assert _adopted(house) == ["tiny", "mild"]


def test_a_lane_without_a_model_tells_nothing_and_misses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    house = House((_PLAN,), random.Random(0))
    house.append(topics.ACHIEVEMENTS, achievement("A1", "pump"))
    house.append(topics.DEMAND_COPIES, demand("D1", "pump"))
    house.drain()
    assert house.read(topics.CANDIDATES.name) == []
    assert "lane 0 has no scoring model yet" in caplog.text
    house.publish(MODEL)
    house.drain()
    assert len(_told(house.read(topics.CANDIDATES.name))) == 1


def test_a_model_that_cannot_be_read_is_no_reason_to_leave_the_one_that_is_followed() -> None:
    shard = MatchingShard(0, MODEL)
    broken = ScoringModelPublished("broken", NOW, "", b"no model")
    with pytest.raises(Unreadable, match="no scoring model of this release"):
        list(shard.decide(entered(broken, topics.SCORING_MODELS.name)))
    assert (shard.wanted, shard.is_current) == (None, True)


def test_two_institutions_may_use_one_submission_id() -> None:
    shard = matching.plan().shard("0")
    assert isinstance(shard, MatchingShard)
    profiles = shard._demand_profile
    first, second = (
        replace(demand(name, institution_id=by), submission_id=uuid.UUID(int=1))
        for name, by in (("D1", "a"), ("D2", "b"))
    )
    assert [profiles(one, MODEL).ref for one in (first, second, first)] == ["a/D1", "b/D2", "a/D1"]
