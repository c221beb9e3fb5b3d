"""While a worker reads state back it listens to its group: who comes later need not wait for it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from infra import reading
from streams.lane import Input, Lane, LanePlan, Output, Seat, Source, Until, by_partition
from tests.broker.streams.restartable import wait_until

#: Records of each partition that stand, and seconds that taking one in lasts.
_STANDING, _PACE = 150, 0.02


class Slow:
    """Takes its time to take a record in; tells how many it knows."""

    def __init__(self, name: str, key: str) -> None:
        self._name, self._key = name, key
        self.loaded = self.known = 0
        self.is_restored = False

    def load(self, _record: Input) -> None:
        threading.Event().wait(_PACE)
        self.loaded += 1
        self.known += 1

    def restored(self) -> None:
        self.is_restored = True

    def decide(self, _record: Input) -> Iterable[Output]:
        self.known += 1
        return [Output(f"{self._name}-out", self._key.encode(), str(self.known).encode(), 1)]

    def settle(self) -> Iterable[Output]:
        return ()


class Worker:
    """One worker of the lane, with the shards it made."""

    def __init__(self, bootstrap: str, name: str, seat: str) -> None:
        self.shards: list[tuple[str, Slow]] = []
        self._name = name
        plan = LanePlan(
            name, (f"{name}-in",), by_partition,
            lambda key: [Source(f"{name}-in", int(key), Until.COMMITTED)], self._shard,
        )  # fmt: skip
        self._lane = Lane(plan, Seat(bootstrap, seat, name))
        self._thread = threading.Thread(target=self._lane.run)

    def _shard(self, key: str) -> Slow:
        self.shards.append((key, Slow(self._name, key)))
        return self.shards[-1][1]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._lane.stop()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def loaded(self) -> int:
        return sum(shard.loaded for _, shard in self.shards)


@contextmanager
def _stopped(*workers: Worker) -> Iterator[None]:
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()


def _lane(bootstrap: str) -> str:
    """A lane of two partitions whose records are decided; its name."""
    name = f"slow-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for created in admin.create_topics([NewTopic(f"{name}-in", 2, 1), NewTopic(f"{name}-out", 1, 1)]).values():
        created.result(30)
    _say(bootstrap, name, _STANDING)
    worker = Worker(bootstrap, name, "zero")
    worker.start()
    with _stopped(worker):
        wait_until(lambda: _told(bootstrap, name) == {"0": _STANDING, "1": _STANDING}, 120, "nothing was decided")
    return name


def _say(bootstrap: str, name: str, many: int) -> None:
    producer = Producer({"bootstrap.servers": bootstrap})
    for number in range(2 * many):
        producer.produce(f"{name}-in", b"one", partition=number % 2)
    producer.flush(30)


def _told(bootstrap: str, name: str) -> dict[str, int]:
    records = reading.committed_records(bootstrap, [f"{name}-out"])
    return {(one.key() or b"").decode(): int(one.value() or b"") for one in records}


def test_a_second_worker_takes_its_share_before_the_first_has_restored_all(bootstrap: str) -> None:
    name = _lane(bootstrap)
    first, second = Worker(bootstrap, name, "one"), Worker(bootstrap, name, "two")
    first.start()
    with _stopped(first):
        wait_until(lambda: first.loaded() > 0, 60, "the first worker did not begin")
        second.start()
        with _stopped(second):
            _say(bootstrap, name, 1)
            end = _STANDING + 1
            wait_until(lambda: _told(bootstrap, name) == {"0": end, "1": end}, 120, "they did not go on")
            # Before the second one leaves, and its share comes back.
            made = [*first.shards]
    # It began with both, gave one up on its way, and went on with the other where it was.
    assert sorted(key for key, _ in made) == ["0", "1"]
    assert [shard.loaded for _, shard in made if shard.is_restored] == [_STANDING]
    assert [shard.loaded for _, shard in second.shards if shard.is_restored] == [_STANDING]
    given_up = [shard.loaded for _, shard in made if not shard.is_restored]
    assert len(given_up) == 1
    assert given_up[0] < _STANDING
