"""What becomes of a record that cannot be taken in while state is read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from confluent_kafka import Message

from infra import reading
from infra.reading import Place
from schemas.quarantine import History, told
from streams.lane import Input, LanePlan, Output, Source, Until, by_partition
from streams.lane.quarantine import origin, quarantined, stamped
from streams.lane.restore import Restorer


class Shard:
    """Takes in what is not poison."""

    def __init__(self) -> None:
        self.loaded: list[bytes | None] = []

    def load(self, record: Input) -> None:
        if record.value == b"poison":
            raise ValueError("cannot be taken in")
        self.loaded.append(record.value)

    def restored(self) -> None:
        pass

    def decide(self, record: Input) -> Iterable[Output]:
        raise AssertionError(f"nothing is decided here: {record}")

    def settle(self) -> Iterable[Output]:
        return ()


class Record:
    """A message as librdkafka gives it."""

    def __init__(self, offset: int, value: bytes, headers: Sequence[tuple[str, Any]] | None = None) -> None:
        self._offset, self._value, self._headers = offset, value, headers

    def topic(self) -> str:
        return "facts"

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._offset

    def timestamp(self) -> tuple[int, int]:
        return 1, 0

    def key(self) -> None:
        return None

    def value(self) -> bytes:
        return self._value

    def headers(self) -> Sequence[tuple[str, Any]] | None:
        return self._headers


def _in_quarantine(offset: int, lane: str = "tried") -> Record:
    output = quarantined(Input("facts", 0, offset, 0, None, b"poison", ()), lane, ValueError("no"), 5)
    return Record(0, b"poison", output.headers)


def _restored(until: Until, monkeypatch: pytest.MonkeyPatch, *quarantine: Record) -> Shard:
    def records(_bootstrap: str, spans: Mapping[Place, tuple[int, int]]) -> Iterator[Message]:
        yield from (Record(0, b"first"), Record(1, b"poison"), Record(2, b"last")) if spans else ()

    monkeypatch.setattr(reading, "records", records)
    monkeypatch.setattr(reading, "committed_records", lambda _bootstrap, _topics: iter(quarantine))
    monkeypatch.setattr(reading, "ends", lambda _bootstrap, places: dict.fromkeys(places, 3))
    plan = LanePlan("tried", ("facts",), by_partition, lambda _key: [Source("facts", 0, until)], lambda _key: Shard())
    restoration = Restorer("nowhere:1", plan).begin(["0"], {("facts", 0): 3})
    assert restoration.go_on(60)
    shard = restoration.shards["0"]
    assert isinstance(shard, Shard)
    return shard


def test_an_input_that_went_to_quarantine_is_left_out_of_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    unnamed = Record(0, b"poison", [("techdock-offset", b"1")])
    assert _restored(Until.COMMITTED, monkeypatch, unnamed, _in_quarantine(1)).loaded == [b"first", b"last"]


@pytest.mark.parametrize("elsewhere", [(), (_in_quarantine(2),), (_in_quarantine(1, "another"),)])
def test_an_input_that_was_decided_and_cannot_be_taken_in_any_more_stops_the_lane(
    elsewhere: tuple[Record, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="taken in"):
        _restored(Until.COMMITTED, monkeypatch, *elsewhere)


def test_a_record_of_our_own_state_that_cannot_be_taken_in_stops_the_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="taken in"):
        _restored(Until.END, monkeypatch, _in_quarantine(1))


def test_of_a_record_that_was_set_aside_twice_the_last_history_counts() -> None:
    first = quarantined(Input("facts", 0, 1, 0, None, b"x", ()), "tried", ValueError("no"), 5)
    again = quarantined(Input("facts", 1, 7, 0, None, b"x", tuple(first.headers)), "tried", ValueError("no"), 5)
    assert origin(again.headers) == ("tried", "facts", 1, 7)


def test_a_record_on_its_way_to_quarantine_is_stamped_with_its_first_failure_and_the_release() -> None:
    output = stamped(quarantined(Input("facts", 1, 7, 5, b"k", b"x", ()), "tried", ValueError("no"), 5), 9, "0.1.0")
    history, _ = told(output.headers)
    assert history == History("facts", 1, 7, 5, "tried", "ValueError", "no", 5, 9, "0.1.0")


@pytest.mark.parametrize("kept", [0, 1])
def test_hints_come_before_facts_and_only_where_no_state_was_kept(kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[str]] = []

    def records(_bootstrap: str, spans: Mapping[Place, tuple[int, int]]) -> Iterator[Message]:
        asked.append({topic for topic, _ in spans})
        yield from ()

    monkeypatch.setattr(reading, "records", records)
    monkeypatch.setattr(reading, "ends", lambda _bootstrap, places: dict.fromkeys(places, 3))
    sources = [Source("hints", 0, Until.END), Source("facts", 0, Until.COMMITTED)]
    plan = LanePlan(
        "tried", ("facts",), by_partition, lambda _key: sources, lambda _key: Shard(), hints=frozenset({"hints"})
    )
    restorer = Restorer("nowhere:1", plan)
    monkeypatch.setattr(restorer, "_recalled", lambda _shards, _committed: {("facts", 0): 1} if kept else {})
    assert restorer.begin(["0"], {("facts", 0): 3}).go_on(60)
    assert asked == [set(), set() if kept else {"hints"}, {"facts"}]
    asked.clear()
    restorer.fill("0", Shard(), {("facts", 0): 3}, lambda: True)
    assert asked == [{"facts"}]
