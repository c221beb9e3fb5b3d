"""A shard that was read back decides as the one that never stopped, wherever it was interrupted."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import (
    CandidatesChanged,
    DealAdvanced,
    MatchProposed,
    MatchRevised,
    MatchWithdrawn,
    Move,
    Record,
    WithdrawalReason,
)
from streams.deals import DealsShard
from streams.lane import Input, Output, Shard
from streams.matching import MatchingShard
from streams.ranking import RankingShard
from streams.register import representation_as_told
from tests.unit.streams.making import (
    DAY,
    EXCLUSIVE_TERMS,
    MODEL,
    NOW,
    ORDINARY_TERMS,
    achievement,
    achievement_facets,
    demand,
    demand_facets,
    entered,
    move,
    no_achievement,
    no_demand,
    represented,
    sale,
    texts,
    tick,
)
from tests.unit.streams.truth import live_as_told, live_by_brute_force

_names = st.sampled_from(["A1", "A2", "A3"])
_asked = st.sampled_from(["D1", "D2"])


def _sale(name: str) -> DealAdvanced:
    """The deal by which an achievement goes off the market."""
    shard, deal = DealsShard(), None
    list(shard.decide(entered(achievement(name), topics.NEGOTIATIONS.name)))
    for one in sale(achievement_id=name):
        (output,) = shard.decide(entered(one, topics.NEGOTIATIONS.name))
        deal = codec.decode(output.value)
    assert isinstance(deal, DealAdvanced)
    return deal


_SALES = {name: _sale(name) for name in ("A1", "A2", "A3")}
_facts = st.one_of(
    st.builds(lambda name, words, more: (achievement, name, words, more), _names, texts, achievement_facets),
    st.builds(lambda name, words, more: (achievement, name, words, more), _names, texts, st.just({})),
    st.builds(lambda name, words, more: (demand, name, words, more), _asked, texts, demand_facets),
    st.builds(lambda name: (no_achievement, name, None, {}), _names),
    st.builds(lambda name: (no_demand, name, None, {}), _asked),
    st.just((tick, "", None, {})),
    st.builds(lambda name: (_sale, name, None, {}), _names),
    st.builds(lambda name, by: (represented, name, None, {"by": by}), _names, st.sampled_from([None, "A9"])),
)


def _log(facts: Sequence[tuple[Any, str, str | None, dict[str, Any]]]) -> list[Input]:
    """Facts in the order a lane hears them; versions rise, time goes on by half a day a tick."""
    log, now = [entered(tick(NOW), topics.CLOCK.name)], NOW
    for number, (kind, name, words, more) in enumerate(facts, 1):
        if kind is tick:
            now += DAY / 2
            log.append(entered(tick(now), topics.CLOCK.name, number))
        elif kind is _sale:
            log.append(entered(_SALES[name], topics.DEALS.name, number))
        elif kind is represented:
            log.append(entered(represented(name, **more), topics.REPRESENTATIONS.name, number))
        else:
            topic = topics.ACHIEVEMENTS if kind in {achievement, no_achievement} else topics.DEMAND_COPIES
            record = kind(name, version=number) if words is None else kind(name, words, number, **more)
            log.append(entered(record, topic.name, number))
    return log


def _batches(log: Sequence[Input], size: int) -> list[Sequence[Input]]:
    return [log[start : start + size] for start in range(0, len(log), size)]


def _turn(shard: Shard, records: Sequence[Input]) -> list[Output]:
    return [*(output for record in records for output in shard.decide(record)), *shard.settle()]


def _all(batches: Iterable[Sequence[Output]]) -> list[Output]:
    return list(itertools.chain.from_iterable(batches))


def _as_inputs(outputs: Sequence[Output]) -> list[Input]:
    return [Input(one.topic, 0, n, one.timestamp, one.key, one.value, one.headers) for n, one in enumerate(outputs)]


def _restored_matching(log: Sequence[Input], order: random.Random) -> MatchingShard:
    """As the restorer does: each topic in its order, topics mixed anyhow, of the clock only the last tick."""
    shard = MatchingShard(0, MODEL)
    ticks = [record for record in log if record.topic == topics.CLOCK.name][-1:]
    queues = [
        ticks,
        *([one for one in log if one.topic == topic.name] for topic in (topics.ACHIEVEMENTS, topics.DEMAND_COPIES)),
        *([one for one in log if one.topic == topic.name] for topic in (topics.DEALS, topics.REPRESENTATIONS)),
    ]
    while any(queues):
        shard.load(order.choice([queue for queue in queues if queue]).pop(0))
    shard.restored()
    return shard


def _matches(changes: Sequence[Output]) -> list[Record]:
    """What ranking tells of a lane's changes, one by one."""
    shard = RankingShard()
    outputs = [output for change in _as_inputs(changes) for output in _turn(shard, [change])]
    return [codec.decode(one.value) for one in outputs if one.topic == topics.MATCHES.name]


@given(st.lists(_facts, min_size=3, max_size=20), st.integers(1, 5), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=100)
def test_matching_restored_at_any_batch_tells_what_it_would_have_told(
    facts: Sequence[tuple[Any, str, str | None, dict[str, Any]]], size: int, order: random.Random
) -> None:
    log = _log(facts)
    batches = _batches(log, size)
    going = MatchingShard(0, MODEL)
    told = [_turn(going, batch) for batch in batches]
    live = live_as_told(_matches(_all(told)))
    of_topic = {
        topic.name: [codec.decode(one.value) for one in log if one.topic == topic.name]
        for topic in (topics.ACHIEVEMENTS, topics.DEMAND_COPIES, topics.DEALS, topics.REPRESENTATIONS)
    }
    ticks = sum(one.topic == topics.CLOCK.name for one in log)
    achievements, demands, advanced, told_of = of_topic.values()
    aside = representation_as_told(told_of)
    assert live == live_by_brute_force(achievements, demands, advanced, NOW + (ticks - 1) * DAY / 2, represented=aside)
    for done in range(len(batches) + 1):
        shard = _restored_matching(log[: done * size], order)
        rest = [_turn(shard, batch) for batch in batches[done:]]
        # ``live_as_told`` holds that nothing live is proposed again and nothing is taken back twice.
        assert live_as_told(_matches(_all(told[:done]) + _all(rest))) == live


@given(st.lists(st.tuples(st.integers(0, 2), _facts), min_size=4, max_size=25), st.integers(1, 4))
@settings(deadline=None, max_examples=100)
def test_ranking_restored_at_any_batch_tells_the_same_bytes(
    facts: Sequence[tuple[int, tuple[Any, str, str | None, dict[str, Any]]]], size: int
) -> None:
    changes = _as_inputs(_candidates_of_lanes(facts))
    batches = _batches(changes, size)
    going = RankingShard()
    written = [_turn(going, batch) for batch in batches]
    live_as_told([codec.decode(one.value) for one in _all(written) if one.topic == topics.MATCHES.name])
    for done in range(len(batches) + 1):
        for compacted in (False, True):
            shard = _restored_ranking(_all(written[:done]), compacted)
            assert [_turn(shard, batch) for batch in batches[done:]] == written[done:]


def _candidates_of_lanes(
    facts: Sequence[tuple[int, tuple[Any, str, str | None, dict[str, Any]]]],
) -> list[Output]:
    """What three lanes say, each telling after some of its facts, lanes mixed as the facts come."""
    log = _log([fact for _, fact in facts])[1:]
    lanes = [MatchingShard(lane, MODEL) for lane in range(3)]
    outputs = list[Output]()
    for (speaker, _), record in zip(facts, log, strict=True):
        heard_by_all = record.topic != topics.ACHIEVEMENTS.name
        for number, lane in enumerate(lanes):
            name = codec.decode_fields(record.value)[1].get("achievement_id", "A1")
            if heard_by_all or int(name[1:]) % 3 == number:
                list(lane.decide(record))
        outputs += lanes[speaker].settle()
    return outputs


def _restored_ranking(outputs: Sequence[Output], compacted: bool) -> RankingShard:
    state = [one for one in _as_inputs(outputs) if one.topic == topics.RANKING_STATE.name]
    if compacted:
        last = {record.key: record for record in state if record.value is not None}
        gone = {record.key for record in state} - {r.key for r in {one.key: one for one in state}.values() if r.value}
        state = sorted((one for key, one in last.items() if key not in gone), key=lambda record: record.offset)
    shard = RankingShard()
    for record in state:
        shard.load(record)
    shard.restored()
    return shard


_steps = st.sampled_from(
    [Move.CONTACT, Move.START_TALKS, Move.AGREE, Move.CONTRACT, Move.PAUSE, Move.RESUME, Move.END, Move.REOPEN]
)
_moves = st.tuples(_names, _asked, _steps, st.booleans(), st.sampled_from([0, 0, 0, 0, 1, 2, -1]))
_deal_facts = st.one_of(_moves, _moves, _moves, _names.map(lambda name: (name,)), _names.map(lambda name: (name, 0)))


@given(st.lists(_deal_facts, min_size=5, max_size=30), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=100)
def test_deals_restored_anywhere_tell_the_same_bytes(facts: Sequence[tuple[Any, ...]], order: random.Random) -> None:
    going, log, written = DealsShard(), list[Input](), list[list[Output]]()
    reached: dict[tuple[str, str], int] = {}
    for offset, fact in enumerate([("A1",), ("A2",), *facts]):
        record: Record
        if len(fact) < 3:
            record = (achievement, no_achievement)[len(fact) - 1](fact[0], version=offset + 1)
        else:
            name, asked, step, is_exclusive, skew = fact
            terms = EXCLUSIVE_TERMS if is_exclusive else ORDINARY_TERMS
            number = reached.get((name, asked), 0) + 1 + skew
            by = ("dlut", "district-210202")[offset % 2]
            record = move(
                step, number, terms, institution_id=by, achievement_id=name, demand_id=asked,
                moved_at=NOW + timedelta(offset),
            )  # fmt: skip
        log.append(entered(record, topics.NEGOTIATIONS.name, offset))
        written.append(_turn(going, log[-1:]))
        for output in written[-1]:
            deal = codec.decode(output.value)
            if isinstance(deal, DealAdvanced):
                reached[deal.achievement_id, deal.demand_id] = deal.sequence
    for done in range(len(log) + 1):
        shard = _restored_deals(log[:done], _all(written[:done]), order)
        assert [_turn(shard, [record]) for record in log[done:]] == written[done:]


def _restored_deals(log: Sequence[Input], outputs: Sequence[Output], order: random.Random) -> DealsShard:
    told = _as_inputs(outputs)
    own = [
        [one for one in told if one.topic == topic.name]
        for topic in (topics.DEALS, topics.HELD_MOVES, topics.DEAL_CLOCKS)
    ]
    queues = [list(log), *own]
    shard = DealsShard()
    while any(queues):
        shard.load(order.choice([queue for queue in queues if queue]).pop(0))
    shard.restored()
    return shard


def test_a_move_is_answered_under_the_key_and_time_it_came_with() -> None:
    shard = DealsShard()
    assert list(shard.decide(entered(achievement(), topics.NEGOTIATIONS.name))) == []
    record = entered(move(Move.CONTACT, 1), topics.NEGOTIATIONS.name, 5, key=b"dlut/A1")
    (advanced,) = shard.decide(record)
    (refused,) = shard.decide(record._replace(value=codec.encode(move(Move.CONTACT, 2))))
    (held,) = shard.decide(record._replace(value=codec.encode(move(Move.PAUSE, 3))))
    assert [(one.topic, one.key, one.timestamp) for one in (advanced, refused, held)] == [
        (topic.name, b"dlut/A1", record.timestamp) for topic in (topics.DEALS, topics.REFUSALS, topics.HELD_MOVES)
    ]
    assert list(shard.settle()) == []


def _told(*facts: Record) -> list[Record]:
    """What matching and ranking tell of facts, each told before the next."""
    matching, ranking = MatchingShard(2, MODEL), RankingShard()
    outputs = []
    for offset, fact in enumerate(facts):
        for change in _as_inputs(_turn(matching, [entered(fact, topics.ACHIEVEMENTS.name, offset)])):
            outputs += _turn(ranking, [change])
    return [codec.decode(one.value) for one in outputs if one.topic == topics.MATCHES.name]


def test_a_match_is_proposed_revised_and_taken_back() -> None:
    proposed, revised, withdrawn = _told(
        achievement(words="pump", district="210202", maturity=6, industries=("C34",)),
        demand(words="pump valve", industries=("C3441",)),
        achievement(words="pump valve", version=2),
        no_achievement(version=3),
    )
    assert isinstance(proposed, MatchProposed)
    assert (proposed.achievement_ref, proposed.demand_ref) == ("dlut/A1", "district-210202/D1")
    assert (proposed.achievement_title, proposed.demand_title) == ("pump", "pump valve")
    assert (proposed.industries, proposed.maturity, proposed.achievement_district) == (("34", "3441"), 6, "210202")
    assert proposed.score == pytest.approx(sum(reason.contribution for reason in proposed.reasons), abs=1e-9)
    assert proposed.model_version == "tiny"
    assert isinstance(revised, MatchRevised)
    assert (revised.match_id, revised.achievement_version) == (proposed.match_id, 2)
    assert isinstance(withdrawn, MatchWithdrawn)
    assert (withdrawn.reason, withdrawn.achievement_version) == (WithdrawalReason.ACHIEVEMENT_WITHDRAWN, 2)
    assert withdrawn.caused_at == NOW + timedelta(milliseconds=3)


_LAST_WORDS: list[tuple[Record, WithdrawalReason]] = [
    (no_demand(), WithdrawalReason.DEMAND_WITHDRAWN),
    (demand(version=2, words="blade"), WithdrawalReason.DEMAND_REVISED),
    (achievement(version=2, words="blade"), WithdrawalReason.ACHIEVEMENT_REVISED),
    (tick(NOW + 2 * DAY), WithdrawalReason.ACHIEVEMENT_EXPIRED),
    (_SALES["A1"], WithdrawalReason.ACHIEVEMENT_CONTRACTED),
    (achievement("A0"), WithdrawalReason.OUTRANKED),
]


@pytest.mark.parametrize(("last", "reason"), _LAST_WORDS)
def test_a_match_is_taken_back_with_its_reason(last: Record, reason: WithdrawalReason) -> None:
    told = _told(achievement(valid_until=NOW.date()), demand(matches_wanted=1), last)
    assert [one.reason for one in told if isinstance(one, MatchWithdrawn)] == [reason]


def test_a_demand_that_many_achievements_touch_is_told_once_a_batch() -> None:
    shard = MatchingShard(0, MODEL)
    facts: list[Record] = [demand(), *(achievement(f"A{number}") for number in range(5))]
    (output,) = _turn(shard, [entered(fact, topics.ACHIEVEMENTS.name) for fact in facts])
    change = codec.decode(output.value)
    assert isinstance(change, CandidatesChanged)
    assert len(change.entries) == 5
    assert output.key == b"district-210202/D1"


@pytest.mark.parametrize("shard", [MatchingShard(0, MODEL), RankingShard(), DealsShard()])
def test_a_fact_of_another_kind_is_not_passed_over(shard: Shard) -> None:
    with pytest.raises(Unreadable, match="MatchWithdrawn is no"):
        list(shard.decide(entered(_told(achievement(), demand(), no_achievement())[-1], "techdock.other.v1")))


def test_a_candidate_that_came_back_in_the_same_batch_was_outranked_and_not_withdrawn() -> None:
    one, other, ranking = MatchingShard(0, MODEL), MatchingShard(1, MODEL), RankingShard()
    asked = demand(words="pump valve", matches_wanted=1)

    def said(shard: Shard, *facts: Record) -> list[Input]:
        return _as_inputs(_turn(shard, [entered(fact, topics.ACHIEVEMENTS.name) for fact in facts]))

    _turn(ranking, said(one, asked, achievement("A1", "pump valve")))
    batch = [
        *said(one, no_achievement("A1")),
        *said(one, achievement("A1", "pump", 3)),
        *said(other, asked, achievement("A2", "pump valve")),
    ]
    told = [codec.decode(output.value) for output in _turn(ranking, batch) if output.topic == topics.MATCHES.name]
    assert [word.reason for word in told if isinstance(word, MatchWithdrawn)] == [WithdrawalReason.OUTRANKED]
