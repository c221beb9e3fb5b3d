"""What becomes of a record that cannot be taken in while state is read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pytest
from confluent_kafka import Message

from infra import reading
from infra.reading import Place
from streams.lane import Input, LanePlan, Output, Source, Until, by_partition
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

    def __init__(self, offset: int, value: bytes) -> None:
        self._offset, self._value = offset, value

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

    def headers(self) -> None:
        return None


def _restored(until: Until, monkeypatch: pytest.MonkeyPatch) -> Shard:
    def records(_bootstrap: str, _spans: Mapping[Place, tuple[int, int]]) -> Iterator[Message]:
        yield from (Record(0, b"first"), Record(1, b"poison"), Record(2, b"last"))

    monkeypatch.setattr(reading, "records", records)
    monkeypatch.setattr(reading, "ends", lambda _bootstrap, places: dict.fromkeys(places, 3))
    plan = LanePlan("tried", ("facts",), by_partition, lambda _key: [Source("facts", 0, until)], lambda _key: Shard())
    shard = Restorer("nowhere:1", plan).restore(["0"], {("facts", 0): 3})["0"]
    assert isinstance(shard, Shard)
    return shard


def test_an_input_that_went_to_quarantine_is_left_out_of_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _restored(Until.COMMITTED, monkeypatch).loaded == [b"first", b"last"]


def test_a_record_of_our_own_state_that_cannot_be_taken_in_stops_the_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="taken in"):
        _restored(Until.END, monkeypatch)
