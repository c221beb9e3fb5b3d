"""The lane of policies: whatever the order and the batches, it tells what the definition finds, and only once."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from infra import metrics
from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import HintCause, Move, PolicyHinted, PolicyHintWithdrawn, Record, Stage, TaskMove
from streams.domain.policies.deciding import Hint, Key, hints, policy
from streams.domain.policies.standing import Register
from streams.lane import Input, Output
from streams.policies import PoliciesShard, hint_of, plan
from tests.unit.streams.domain.policies.cases import OFFICE, TODAY, closed, deal, opened
from tests.unit.streams.making import DAY, NOW, achievement, demand, entered, no_achievement, no_demand, tick

_TOPIC = {
    "TaskAdvanced": topics.POLICIES.name,
    "DealAdvanced": topics.DEALS.name,
    "AchievementRegistered": topics.ACHIEVEMENTS.name,
    "AchievementWithdrawn": topics.ACHIEVEMENTS.name,
    "DemandPosted": topics.DEMAND_COPIES.name,
    "DemandWithdrawn": topics.DEMAND_COPIES.name,
    "ClockTicked": topics.CLOCK.name,
}
KEY = Key("dlut/A1", f"{OFFICE}/D1")
P1 = f"{OFFICE}/P1"


def _inputs(*records: Record) -> list[Input]:
    return [entered(record, _TOPIC[type(record).__name__], number) for number, record in enumerate(records)]


def _turn(shard: PoliciesShard, *records: Input) -> list[Output]:
    for record in records:
        assert list(shard.decide(record)) == []
    return [*shard.settle()]


def _tell(shard: PoliciesShard, *records: Record) -> list[Record]:
    return [codec.decode(output.value) for output in _turn(shard, *_inputs(*records))]


def _causes(told: list[Record]) -> list[HintCause]:
    assert all(isinstance(one, PolicyHintWithdrawn) for one in told), told
    return [one.cause for one in told if isinstance(one, PolicyHintWithdrawn)]


def _told(**changes: Any) -> PoliciesShard:
    """A lane that has told dlut's deal what it qualifies for."""
    shard = PoliciesShard()
    told = _tell(shard, tick(NOW), opened(**changes), achievement(maturity=6), demand(), deal())
    assert [type(one) for one in told] == [PolicyHinted]
    return shard


def test_a_deal_is_told_what_it_qualifies_for_and_what_is_missing() -> None:
    shard = PoliciesShard()
    one = opened(proofs=(("invoice", "deal.paid_fen > 0"),))
    (output,) = _turn(shard, *_inputs(tick(NOW), one, deal()))
    told = codec.decode(output.value)
    assert isinstance(told, PolicyHinted)
    assert (told.policy_ref, told.deal_id) == (P1, deal().deal_id)
    assert hint_of(told) == Hint("Subsidy", "3 %", date(2026, 12, 31), ("invoice",))
    assert (output.topic, output.key) == (topics.POLICY_HINTS.name, b"dlut/A1")
    assert told.hinted_at.timestamp() * 1000 == output.timestamp == NOW.timestamp() * 1000 + 2


def test_nothing_is_told_before_it_is_known_which_day_it_is() -> None:
    shard = PoliciesShard()
    assert _tell(shard, opened(), deal()) == []
    assert len(_tell(shard, tick(NOW))) == 1


@pytest.mark.parametrize(
    ("what", "cause"),
    [
        (closed(), HintCause.POLICY_ENDED),
        (opened(step=TaskMove.REVISE, rule="deal.paid_fen > 0"), HintCause.POLICY_CHANGED),
        (opened(step=TaskMove.REVISE, since=date(2026, 4, 1)), HintCause.POLICY_ENDED),
        (opened(step=TaskMove.REVISE, labels=("31",)), HintCause.POLICY_CHANGED),
        (deal(Stage.CONTRACTED), HintCause.DEAL_CHANGED),
        (deal(Stage.ENDED, move=Move.RESCIND), HintCause.DEAL_ENDED),
        (tick(NOW + 306 * DAY), HintCause.POLICY_ENDED),
    ],
)
def test_a_hint_is_withdrawn_with_its_cause(what: Record, cause: HintCause) -> None:
    shard = _told()
    told = _tell(shard, what)
    assert _causes(told) == [cause]
    assert _tell(shard, what) == []


def test_a_hint_goes_with_what_the_register_says_and_with_the_day() -> None:
    mature = "achievement.maturity >= 6 && achievement.is_offered && 'C26' in demand.industries"
    shard = PoliciesShard()
    assert len(_tell(shard, tick(NOW), opened(rule=mature), deal(), achievement(maturity=6),
                     demand(industries=("C26",)))) == 1  # fmt: skip
    assert _tell(shard, no_demand()) == []
    assert _causes(_tell(shard, no_achievement())) == [HintCause.REGISTER_CHANGED]
    assert len(_tell(shard, achievement(version=3, maturity=6))) == 1
    assert _causes(_tell(shard, demand(version=3))) == [HintCause.REGISTER_CHANGED]
    young = _told(rule="day - deal.signed_on <= 60")
    assert _tell(young, tick(NOW + 60 * DAY)) == []
    assert _causes(_tell(young, tick(NOW + 61 * DAY))) == [HintCause.DAY_CHANGED]


def test_what_a_revision_changes_is_told_anew_and_what_it_leaves_is_not() -> None:
    shard = _told()
    (told,) = _tell(shard, opened(step=TaskMove.REVISE, benefit="5 %"))
    assert isinstance(told, PolicyHinted)
    assert told.benefit == "5 %"
    assert _tell(shard, opened(step=TaskMove.REVISE, benefit="5 %", rule="true"), deal(), achievement(version=2)) == []


def test_what_comes_and_goes_within_a_batch_is_not_told() -> None:
    assert _tell(PoliciesShard(), tick(NOW), opened(), deal(), closed()) == []


def test_an_earlier_tick_takes_no_day_back() -> None:
    shard = _told(until=date(2026, 3, 1))
    assert len(_tell(shard, tick(NOW + DAY))) == 1
    assert _tell(shard, tick(NOW)) == []


def test_a_policy_over_many_deals_is_looked_at_in_portions() -> None:
    shard = PoliciesShard("3", pairs=4)
    many = [deal(achievement_id=f"A{number}") for number in range(10)]
    told = [len(_tell(shard, tick(NOW), opened(), *many)), len(_tell(shard, tick(NOW)))]
    assert told == [4, 4]
    assert metrics.POLICY_PAIRS_WAITING.labels("3")._value.get() == 2
    assert [len(_tell(shard, tick(NOW))), len(_tell(shard, tick(NOW)))] == [2, 0]


def test_of_long_rules_fewer_are_asked_in_one_batch() -> None:
    many = [deal(achievement_id=f"A{number}") for number in range(10)]
    long = opened(rule=f"deal.has_contract || {'!' * 1600}true", proofs=(("p", "true"),))
    shard = PoliciesShard(pairs=8)
    assert [len(_tell(shard, *batch)) for batch in ([tick(NOW), long, *many], [tick(NOW)])] == [2, 2]


def test_a_lane_that_decides_otherwise_than_an_earlier_release_says_so() -> None:
    shard = PoliciesShard()
    (told,) = _told_outputs()
    for record in _inputs(tick(NOW), opened(rule="false"), deal()):
        shard.load(record)
    shard.load(entered(told.value, topics.POLICY_HINTS.name))
    shard.restored()
    assert _causes(_tell(shard, tick(NOW))) == [HintCause.DECIDED_ANEW]


def _told_outputs() -> list[Output]:
    return _turn(PoliciesShard(), *_inputs(tick(NOW), opened(), deal()))


def test_what_is_no_fact_of_theirs_cannot_be_decided() -> None:
    hinted = codec.decode(_told_outputs()[0].value)
    with pytest.raises(Unreadable, match="PolicyHinted"):
        list(PoliciesShard().decide(entered(hinted, topics.DEALS.name)))
    with pytest.raises(Unreadable, match="DealAdvanced"):
        PoliciesShard().load(entered(deal(), topics.POLICY_HINTS.name))


_RULES = (
    "deal.has_contract", "achievement.maturity > 4", "day >= date('2026-03-03')", "deal.registered_on > 0",
    "'C26' in demand.industries", "deal.enterprise_district == '210202'",
)  # fmt: skip
_days = st.sampled_from([None, *(date(2026, 3, 1) + timedelta(days) for days in range(4))])
_policies = st.builds(
    opened,
    st.sampled_from(["P1", "P2"]),
    st.sampled_from(_RULES),
    proofs=st.sampled_from([(), (("p", "deal.paid_fen > 0"),), (("q", "achievement.maturity > 4"),)]),
    labels=st.sampled_from([(), ("210202",), ("31",)]),
    since=st.just(date(2026, 1, 1)) | _days,
    until=_days,
)
_names = st.sampled_from(["A1", "A2"])
_stages = st.sampled_from([Stage.CONTACTED, Stage.REGISTERED, Stage.ENDED])
_facts = st.one_of(
    _policies,
    st.builds(closed, st.sampled_from(["P1", "P2"])),
    st.builds(deal, _stages, achievement_id=_names, demand_id=st.sampled_from(["D1", "D2"])),
    st.builds(achievement, _names, maturity=st.sampled_from([None, 4, 6]), district=st.sampled_from([None, "210203"])),
    st.builds(no_achievement, _names),
    st.builds(
        demand, st.sampled_from(["D1", "D2"]), district=st.sampled_from([None, "210202"]),
        industries=st.sampled_from([(), ("C26",)]),
    ),
    st.builds(no_demand, st.sampled_from(["D1", "D2"])),
    st.builds(tick, st.integers(0, 4).map(lambda days: NOW + days * DAY)),
)  # fmt: skip


def _about(record: Record) -> tuple[object, ...]:
    """What a record says something of: records of one kind about one subject keep their order."""
    names = ("subject_id", "achievement_id", "demand_id")
    return (_TOPIC[type(record).__name__], *(getattr(record, name, None) for name in names))


def _shuffled(facts: list[Record], order: random.Random) -> list[Record]:
    queues: dict[tuple[object, ...], list[Record]] = {}
    for fact in facts:
        queues.setdefault(_about(fact), []).append(fact)
    mixed: list[Record] = []
    while waiting := [queue for queue in queues.values() if queue]:
        mixed.append(order.choice(waiting).pop(0))
    return mixed


def _defined(facts: list[Record]) -> dict[tuple[str, Key], Hint]:
    register, last, day = Register(), {}, TODAY
    for fact in facts:
        if not register.take(fact) and type(fact).__name__ == "TaskAdvanced":
            last[fact.subject_ref] = policy(fact)  # type: ignore[union-attr, arg-type]
    ticks = [fact.now for fact in facts if type(fact).__name__ == "ClockTicked"]  # type: ignore[union-attr]
    day = max([TODAY, *((now + timedelta(hours=8)).toordinal() for now in ticks)])
    found = {key: one for key in register.deals if (one := register.seen(key)) is not None}
    return hints([one for one in last.values() if one is not None], found, day)


def _fold(told: list[Output]) -> dict[tuple[str, Key], Hint]:
    found: dict[tuple[str, Key], Hint] = {}
    for output in told:
        one = codec.decode(output.value)
        assert isinstance(one, PolicyHinted | PolicyHintWithdrawn)
        place = one.policy_ref, Key(one.achievement_ref, one.demand_ref)
        if isinstance(one, PolicyHinted):
            assert found.get(place) != hint_of(one), "a hint that stands is not told again"
            found[place] = hint_of(one)
        else:
            assert found.pop(place, None) is not None, "what is withdrawn was told"
    return found


def _drained(shard: PoliciesShard) -> list[Output]:
    """What a lane still tells, a batch after the other, until nothing waits."""
    told: list[Output] = []
    while shard.standing.waiting:
        told += _turn(shard, *_inputs(tick(NOW)))
    return told


@given(
    st.lists(_facts, min_size=3, max_size=25), st.integers(1, 6), st.integers(1, 9), st.randoms(use_true_random=False)
)
@settings(deadline=None, max_examples=200)
def test_the_same_facts_in_any_order_and_any_batches_over_restarts_give_the_hints_of_the_definition(
    facts: list[Record], size: int, pairs: int, order: random.Random
) -> None:
    log = _inputs(tick(NOW), *_shuffled(facts, order))
    shard, told, done = PoliciesShard(pairs=pairs), list[Output](), 0
    while done < len(log):
        if order.random() < 0.3:
            shard = _restored(log[:done], told, pairs, order)
        told += _turn(shard, *log[done : done + size])
        done += size
    told += _drained(shard)
    assert _fold(told) == _defined(facts)


def _restored(log: list[Input], told: list[Output], pairs: int, order: random.Random) -> PoliciesShard:
    """A lane that reads back what came and what it told, topic by topic in any order."""
    shard = PoliciesShard(pairs=pairs)
    queues = [[one for one in log if one.topic == topic] for topic in sorted({one.topic for one in log})]
    queues.append([entered(one.value, topics.POLICY_HINTS.name) for one in told])
    order.shuffle(queues)
    for queue in queues:
        for record in queue:
            shard.load(record)
    shard.restored()
    return shard


def test_the_lane_restores_all_that_it_reads_and_all_that_it_told() -> None:
    lane = plan()
    assert {source.topic for source in lane.sources("1")} == {*lane.inputs, topics.POLICY_HINTS.name}
    assert {source.partition for source in lane.sources("1")} == {1}
    assert isinstance(lane.shard("1"), PoliciesShard)


def test_two_deals_of_one_achievement_are_two() -> None:
    shard = PoliciesShard()
    told = _tell(shard, tick(NOW), opened(), deal(), replace(deal(), demand_id="D2", stage=Stage.DELIVERING))
    assert {one.demand_id for one in told if isinstance(one, PolicyHinted)} == {"D1", "D2"}
