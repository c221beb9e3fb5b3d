"""A worker that comes back from a state it kept goes on as if it had read everything again."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from infra import metrics, reading
from streams.lane import Input, Lane, LanePlan, Output, Seat, Source, Until, by_partition, snapshots as kept
from tests.broker.streams.restartable import wait_until


class Total:
    """Adds up what comes in and tells the sum after each batch."""

    def __init__(self, out: str) -> None:
        self._out = out
        self.sum = 0
        self.loaded = 0

    def load(self, record: Input) -> None:
        self.loaded += 1
        self._add(record)

    def restored(self) -> None:
        pass

    def decide(self, record: Input) -> Iterable[Output]:
        self._add(record)
        return ()

    def settle(self) -> Iterable[Output]:
        return [Output(self._out, b"sum", str(self.sum).encode(), 1)]

    def image(self) -> object:
        return self.sum

    def recall(self, image: object) -> None:
        assert isinstance(image, int)
        self.sum = image

    def _add(self, record: Input) -> None:
        self.sum += int(record.value or b"0")


class Adding:
    """The lane that adds up, its topics, and the worker that runs it."""

    def __init__(self, bootstrap: str, folder: Path) -> None:
        self.bootstrap, self.folder = bootstrap, folder
        self.name = f"adding-{uuid.uuid4().hex[:8]}"
        self.shards: list[Total] = []
        self.make_topics()

    def make_topics(self) -> None:
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        wanted = [NewTopic(f"{self.name}-in", 1, 1), NewTopic(f"{self.name}-out", 1, 1)]
        for created in admin.create_topics(wanted).values():
            created.result(30)

    def say(self, numbers: Iterable[int]) -> None:
        producer = Producer({"bootstrap.servers": self.bootstrap})
        for number in numbers:
            producer.produce(f"{self.name}-in", str(number).encode())
        producer.flush(30)

    def told(self) -> list[int]:
        return [int(one.value() or b"") for one in reading.committed_records(self.bootstrap, [f"{self.name}-out"])]

    @contextmanager
    def working(self) -> Iterator[None]:
        """A worker of the lane, until the block is left."""
        lane = Lane(self._plan(), Seat(self.bootstrap, "one", self.name, None, self.folder))
        thread = threading.Thread(target=lane.run)
        thread.start()
        try:
            yield
        finally:
            lane.stop()
            thread.join(30)
        assert not thread.is_alive()

    def _plan(self) -> LanePlan:
        return LanePlan(
            self.name, (f"{self.name}-in",), by_partition,
            lambda _key: [Source(f"{self.name}-in", 0, Until.COMMITTED)], self._shard,
        )  # fmt: skip

    def _shard(self, _key: str) -> Total:
        self.shards.append(Total(f"{self.name}-out"))
        return self.shards[-1]

    def snapshots(self, result: str) -> float:
        return float(metrics.LANE_SNAPSHOTS.labels(self.name, result)._value.get())


@pytest.fixture
def adding(bootstrap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Adding:
    monkeypatch.setattr(kept, "RECORDS", 100)
    return Adding(bootstrap, tmp_path / "snapshots")


def _kept_at_100(adding: Adding) -> None:
    """The lane has kept its state after a hundred records, and taken in ten more."""
    with adding.working():
        # Of the empty state first: only then does the next one come after exactly a hundred.
        wait_until(lambda: adding.snapshots("written") >= 1, 60, "the empty state was not kept")
        adding.say([1] * 100)
        wait_until(lambda: adding.told()[-1:] == [100], 60, "the first hundred were not added up")
        wait_until(lambda: adding.snapshots("written") >= 2, 60, "no snapshot was written")
        adding.say([1] * 10)
        wait_until(lambda: adding.told()[-1:] == [110], 60, "ten more were not added up")


def test_it_reads_only_what_came_since(adding: Adding) -> None:
    _kept_at_100(adding)
    with adding.working():
        adding.say([5])
        wait_until(lambda: adding.told()[-1:] == [115], 60, "it did not go on")
    assert adding.snapshots("used") == 1
    assert adding.shards[-1].loaded == 10


def test_a_damaged_file_costs_time_and_nothing_else(adding: Adding) -> None:
    _kept_at_100(adding)
    (path,) = adding.folder.iterdir()
    path.write_bytes(path.read_bytes()[:-7])
    with adding.working():
        adding.say([5])
        wait_until(lambda: adding.told()[-1:] == [115], 60, "it did not go on")
    assert adding.snapshots("used") == 0
    assert adding.shards[-1].loaded == 110


def test_a_topic_that_was_made_anew_starts_from_nothing(adding: Adding) -> None:
    _kept_at_100(adding)
    admin = AdminClient({"bootstrap.servers": adding.bootstrap})
    for deleted in admin.delete_topics([f"{adding.name}-in", f"{adding.name}-out"]).values():
        deleted.result(30)
    wait_until(lambda: f"{adding.name}-in" not in reading.topic_names(adding.bootstrap), 60, "the topics did not go")
    adding.make_topics()
    # As many as before and more, so that positions alone would not tell.
    adding.say([2] * 200)
    with adding.working():
        adding.say([5])
        wait_until(lambda: bool(adding.told()), 60, "it did not go on")
    assert adding.snapshots("used") == 0
