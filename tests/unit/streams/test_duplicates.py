"""The lane that finds duplicates: sketches where achievements lie, suspicions where all meet."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings, strategies as st

from infra import metrics
from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import (
    AchievementSketched,
    AchievementWithdrawn,
    DuplicateOutcome,
    DuplicateSuspected,
    Record,
    RepresentationChanged,
)
from streams.duplicates import MeetingShard, SketchingShard, plan
from streams.lane import Input, Output
from tests.unit.streams.making import NOW, achievement, demand, entered, long_text, no_achievement, patent, resolved

ACHIEVEMENTS, SKETCHES = topics.ACHIEVEMENTS.name, topics.SKETCHES.name


def _sketched(record: Record, offset: int) -> Input:
    (output,) = SketchingShard().decide(entered(record, ACHIEVEMENTS, offset))
    return entered(output.value, SKETCHES, offset, timestamp=output.timestamp)


def _decided(record: Record, offset: int) -> Input:
    return entered(record, topics.DUPLICATE_DECISIONS.name, offset)


def _turn(shard: MeetingShard, *records: Input) -> list[Output]:
    return [*(output for record in records for output in shard.decide(record)), *shard.settle()]


def _told(outputs: list[Output]) -> list[Record]:
    return [codec.decode(one.value) for one in outputs]


TWO = [
    _sketched(achievement(institution_id=name, ip_rights=patent()), number)
    for number, name in enumerate(["dlut", "dmu"])
]


def test_an_achievement_goes_to_the_meeting_as_its_sketch_with_its_arrival() -> None:
    shard = SketchingShard()
    (output,) = shard.decide(entered(achievement(words=long_text(), ip_rights=patent()), ACHIEVEMENTS, 7))
    told = codec.decode(output.value)
    assert isinstance(told, AchievementSketched)
    assert (told.ref, told.version, told.numbers) == ("dlut/A1", 1, ("PATENT:CN201810123456",))
    assert len(told.zh) > 80
    assert (output.topic, output.key, output.timestamp, told.en) == (
        SKETCHES,
        b"key",
        int(NOW.timestamp()) * 1000 + 7,
        b"",
    )
    assert not list(shard.settle())


def test_a_withdrawal_goes_there_as_a_copy() -> None:
    (output,) = SketchingShard().decide(entered(no_achievement(), ACHIEVEMENTS))
    assert isinstance(codec.decode(output.value), AchievementWithdrawn)
    assert output.is_copy


def test_what_is_no_fact_of_theirs_cannot_be_decided() -> None:
    with pytest.raises(Unreadable, match="DemandPosted"):
        list(SketchingShard().decide(entered(demand(), ACHIEVEMENTS)))
    with pytest.raises(Unreadable, match="AchievementRegistered"):
        list(MeetingShard().decide(entered(achievement(), SKETCHES)))


def test_two_that_may_be_the_same_are_told_with_the_evidence_and_who_stands() -> None:
    suspected, changed = _turn(MeetingShard(), *TWO)
    told = codec.decode(suspected.value)
    assert isinstance(told, DuplicateSuspected)
    assert (told.pair, told.numbers, told.by_text) == (("dlut/A1", "dmu/A1"), ("PATENT:CN201810123456",), False)
    assert told.evident_at.timestamp() * 1000 == TWO[1].timestamp
    assert (suspected.topic, suspected.key) == (topics.DUPLICATES.name, b"dlut/A1\x1fdmu/A1")
    represented = codec.decode(changed.value)
    assert isinstance(represented, RepresentationChanged)
    assert (represented.ref, represented.by_ref) == ("dmu/A1", "dlut/A1")
    assert (changed.topic, changed.key, changed.timestamp) == (
        topics.REPRESENTATIONS.name, b"dmu/A1", TWO[1].timestamp,
    )  # fmt: skip


def test_how_many_wait_for_a_decision_is_measured() -> None:
    shard = MeetingShard()
    _turn(shard, *TWO)
    assert metrics.DUPLICATES_OPEN._value.get() == 1
    _turn(shard, _decided(resolved("dlut/A1", "dmu/A1", DuplicateOutcome.DISTINCT), 2))
    assert metrics.DUPLICATES_OPEN._value.get() == 0


def test_what_comes_and_goes_within_a_batch_represents_nobody() -> None:
    told = _told(_turn(MeetingShard(), *TWO, _sketched(no_achievement(institution_id="dmu"), 2)))
    assert [type(one).__name__ for one in told] == ["DuplicateSuspected", "DuplicateRetracted"]


_names = st.sampled_from(["A1", "A2"])
_owners = st.sampled_from(["dlut", "dicp", "dmu"])
_steps = st.one_of(
    st.tuples(_owners, _names, st.sampled_from([long_text(0), long_text(3), "pump"]), st.booleans()),
    st.tuples(_owners, _names),
    st.tuples(st.sampled_from(["dlut/A1", "dicp/A1"]), st.just("dmu/A1"), st.sampled_from(DuplicateOutcome)),
)


def _log(steps: list[tuple[object, ...]]) -> list[Input]:
    log = []
    for number, step in enumerate(steps):
        match step:
            case (str(by), str(name), str(words), bool(is_patented)):
                rights = patent() if is_patented else ()
                fact = achievement(name, words, number + 1, institution_id=by, ip_rights=rights)
                log.append(_sketched(fact, number))
            case (str(one), str(other), DuplicateOutcome() as outcome):
                log.append(_decided(resolved(one, other, outcome), number))
            case (str(by), str(name)):
                log.append(_sketched(no_achievement(name, number + 1, institution_id=by), number))
    return log


@given(st.lists(_steps, min_size=3, max_size=15), st.integers(1, 4), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=100)
def test_a_meeting_restored_at_any_batch_tells_what_it_would_have_told(
    steps: list[tuple[object, ...]], size: int, order: random.Random
) -> None:
    log = _log(steps)
    batches = [log[start : start + size] for start in range(0, len(log), size)]
    going = MeetingShard()
    told = [_turn(going, *batch) for batch in batches]
    for done in range(len(batches) + 1):
        shard, heard = MeetingShard(), log[: done * size]
        queues = [[one for one in heard if one.topic == topic] for topic in (SKETCHES, topics.DUPLICATE_DECISIONS.name)]
        while any(queues):
            shard.load(order.choice([queue for queue in queues if queue]).pop(0))
        shard.restored()
        assert [_turn(shard, *batch) for batch in batches[done:]] == told[done:]


def test_whatever_lies_in_one_partition_meets_in_one_shard() -> None:
    lane = plan()
    keys = {lane.shard_of(topic.name, 0) for topic in (topics.SKETCHES, topics.DUPLICATE_DECISIONS)}
    assert len(keys) == 1
    (meeting,) = keys
    assert isinstance(lane.shard(meeting), MeetingShard)
    assert {lane.shard_of(ACHIEVEMENTS, number) for number in range(3)} == {"0", "1", "2"}
    assert isinstance(lane.shard("0"), SketchingShard)
    assert lane.sources("0") == []
