"""A lane that starts takes from the log what was weighed, where weighing would give the very same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import cast

import pytest

from schemas import codec, topics
from schemas.records import AchievementRegistered, DemandPosted, Record, Text, TextWeighed
from streams import matching, weighed_texts
from streams.domain.candidates import Candidates
from streams.domain.model import ScoringModel, default_model
from streams.domain.profile import Words, achievement_of, achievement_profile, demand_of, demand_profile
from streams.lane import Input, Output
from streams.matching import MatchingShard
from streams.weighed_texts import packed, unpacked
from tests.unit.streams.making import MODEL, achievement, demand, entered, no_achievement, no_demand

_ENGLISH = Text("Hull cleaning robot", "It cleans hulls at 20 kPa and keeps 99.9 % of the debris.", ("hull", "fouling"))
_CHINESE = Text("船体水下清洗机器人", "在泊位清除藤壶并回收污物，锂电池续航 8 h。", ("船体", "机器人"))
_LONG = Text("Pump", " ".join(f"word{number} valve" for number in range(4_000)))
_TEXTS = [(None, _ENGLISH), (_CHINESE, None), (_CHINESE, _ENGLISH), (None, _LONG), (Text("的"), None)]
_FACTS: Sequence[Record] = [
    achievement("A1", "pump valve"),
    achievement("A2", "blade"),
    demand("D1", "pump"),
    demand("D2", "blade"),
]


def _in_order(words: Words) -> list[object]:
    return [[*words.terms.items()], [*words.fields.items()], [*words.sources.items()], words.cut]


def _log(facts: Iterable[Record]) -> list[Input]:
    return [
        entered(one, (topics.DEMAND_COPIES if isinstance(one, DemandPosted) else topics.ACHIEVEMENTS).name)
        for one in facts
    ]


def _weighed(told: Iterable[Output]) -> list[Output]:
    return [one for one in told if one.topic == topics.WEIGHED_TEXTS.name]


def _started(
    told: Iterable[Output], log: Iterable[Input], model: ScoringModel = MODEL, code: str = "this code"
) -> MatchingShard:  # fmt: skip
    shard = MatchingShard(0, model, code_digest=code)
    for one in told:
        shard.load(Input(one.topic, 0, 0, one.timestamp, one.key, one.value, ()))
    for record in log:
        shard.load(record)
    shard.restored()
    return shard


def _told(log: Iterable[Input]) -> list[Output]:
    """What a lane that decides ``log`` tells of weights."""
    shard = _started((), ())
    for record in log:
        assert list(shard.decide(record)) == []
    return _weighed(shard.settle())


def _never(*_asked: object) -> None:
    raise AssertionError("this was weighed before")


@pytest.mark.parametrize(("zh", "en"), _TEXTS)
def test_words_come_back_in_their_order_as_they_were_weighed(zh: Text | None, en: Text | None) -> None:
    model = default_model()
    offer, wish = achievement(zh=zh, en=en), demand(zh=zh, en=en)
    offered, asked = achievement_profile(offer, model), demand_profile(wish, model)
    for words in (offered.words, asked.words):
        record = codec.decode(codec.encode(packed(words, b"under", b"fact")))
        assert isinstance(record, TextWeighed)
        assert _in_order(unpacked(record)) == _in_order(words)
    assert achievement_of(offer, offered.words) == offered
    assert demand_of(wish, asked.words) == asked


def test_a_lane_that_starts_weighs_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    log = _log(_FACTS)
    told, anew = _told(log), _started((), log)
    monkeypatch.setattr(matching, "achievement_profile", _never)
    monkeypatch.setattr(matching, "demand_profile", _never)
    shard = MatchingShard(0, MODEL, _never, code_digest="this code")  # type: ignore[arg-type]
    for one in told:
        shard.load(Input(one.topic, 0, 0, one.timestamp, one.key, one.value, ()))
    for record in log:
        shard.load(record)
    shard.restored()
    assert list(shard.settle()) == []
    # A withdrawal makes both lanes say what their lists hold.
    gone = entered(no_achievement("A1"), topics.ACHIEVEMENTS.name)
    lists = []
    for lane in (shard, anew):
        assert _weighed(lane.settle()) == (told if lane is anew else [])
        assert list(lane.decide(gone)) == []
        lists.append(list(lane.settle()))
    assert lists[0] == lists[1]
    assert {one.topic for one in lists[0]} == {topics.CANDIDATES.name, topics.WEIGHED_TEXTS.name}


def _state(shard: MatchingShard) -> list[object]:
    """All that a lane holds of texts, as bytes where it is compiled."""
    _, candidates = cast("tuple[int, Candidates]", shard.image())
    found: list[object] = [candidates._said]
    for index in (candidates._achievements, candidates._demands):
        runs = [[one.pairs(key) for key in range(len(one.size))] for one in (index._postings, index._texts)]
        found += [[(numbers.tobytes(), weights.tobytes()) for numbers, weights in each] for each in runs]
        found += [index.vocabulary._terms, index.profiles, index._splits, [one.tobytes() for one in index._facets]]
    return found


def test_the_state_is_the_same_to_the_last_byte_as_if_all_had_been_weighed() -> None:
    model = default_model()
    offers = [achievement(f"A{n}", zh=zh, en=en) for n, (zh, en) in enumerate(_TEXTS)]
    wishes = [demand(f"D{n}", zh=zh, en=en) for n, (zh, en) in enumerate(_TEXTS)]
    log = _log([*offers, *wishes])
    anew = _started((), log, model)
    state = _state(anew)
    again = _started(_weighed(anew.settle()), log, model)
    assert list(again.settle()) == []
    assert _state(again) == state


@pytest.mark.parametrize(
    ("model", "code"), [(replace(MODEL, mention=0.5), "this code"), (MODEL, "another code")], ids=["model", "code"]
)
def test_what_another_model_or_code_weighed_is_weighed_anew_and_told(model: ScoringModel, code: str) -> None:
    log = _log(_FACTS)
    again = _weighed(_started(_told(log), log, model, code).settle())
    assert [one.key for one in again] == [one.key for one in _told(log)]
    assert {one.value for one in again}.isdisjoint({one.value for one in _told(log)})


def test_weights_of_another_version_do_not_count() -> None:
    old, new = _log([achievement("A1", "pump")]), _log([achievement("A1", "valve", 2)])
    (again,) = _weighed(_started(_told(old), new).settle())
    (rest,) = _told(new)
    assert again[:3] == rest[:3]


def test_of_two_versions_the_weights_of_the_last_one_stay() -> None:
    old, new = _log([achievement("A1", "pump")]), _log([achievement("A1", "valve", 2)])
    # A compacted log has the last one alone; the first is weighed, and what it weighed is not told.
    assert _weighed(_started(_told(new), [*old, *new]).settle()) == []


def test_weights_that_were_changed_by_hand_are_used_for_no_other_text() -> None:
    (told,) = _told(_log([achievement("A1", "pump")]))
    record = codec.decode(told.value or b"")
    assert isinstance(record, TextWeighed)
    value = codec.encode(replace(record, fact=b"\0" * 32))
    (again,) = _weighed(_started([told._replace(value=value)], _log([achievement("A1", "pump")])).settle())
    assert again.key == b"achievement dlut/A1"


def test_what_cannot_be_read_is_weighed(caplog: pytest.LogCaptureFixture) -> None:
    log = _log([achievement("A1", "pump")])
    (told,) = _told(log)
    (again,) = _weighed(_started([told._replace(value=b"\xc3\x01 of a later release")], log).settle())
    assert again.key == told.key
    assert "1 weighed texts are of another release" in caplog.text


def test_what_leaves_the_market_leaves_the_log_of_weights() -> None:
    shard = _started((), ())
    for record in (*_FACTS[::2], no_achievement("A1"), no_demand("D1")):
        topic = topics.ACHIEVEMENTS if hasattr(record, "achievement_id") else topics.DEMAND_COPIES
        assert list(shard.decide(entered(record, topic.name))) == []
    assert {one.key: one.value for one in _weighed(shard.settle())} == {
        b"achievement dlut/A1": None,
        b"demand district-210202/D1": None,
    }


def test_what_a_successor_weighed_is_told_when_it_takes_over() -> None:
    log = _log(_FACTS)
    shard = _started(_told(log), log)
    shard._newer = replace(MODEL, version="newer", mention=0.5)
    successor = shard.successor()
    for record in log:
        successor.load(record)
    successor.restored()
    assert len(_weighed(shard.hand_over(successor))) == len(_FACTS)


def test_a_transaction_tells_so_many_and_the_next_ones_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighed_texts, "_MOST_TOLD", 3)
    shard = _started((), _log(_FACTS))
    assert [len(_weighed(shard.settle())) for _ in range(3)] == [3, 1, 0]


def test_a_text_is_known_by_the_bytes_of_its_record() -> None:
    one: AchievementRegistered = achievement("A1", "pump")
    other = replace(one, zh=Text("pump", keywords=("valve",)))
    (again,) = _weighed(_started(_told(_log([one])), _log([other])).settle())
    assert again.key == b"achievement dlut/A1"
