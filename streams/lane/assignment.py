"""The partitions a worker holds now: their shards, their positions, and how both are read back."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from infra import metrics, reading
from infra.reading import Place
from infra.security import access
from schemas.errors import Unavailable
from streams.lane.plan import Input, LanePlan, Output, Shard
from streams.lane.renewal import Renewals
from streams.lane.restore import Restoration, Restorer, as_input
from streams.lane.snapshots import Snapshots

log = logging.getLogger(__name__)

#: A worker that is gone or frozen is replaced after this time.
SESSION_TIMEOUT_MS = 6_000
#: Seconds of restoring between two looks at what the group says.
_SLICE = 0.25


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a lane runs: its broker, the name of its process, its group, and where it leaves word of a stop."""

    bootstrap: str
    process_name: str
    group: str
    run_folder: Path | None = None
    #: Where states are kept for the next start; ``None`` keeps none.
    snapshot_folder: Path | None = None


class Assignment:
    """The consumer of a lane with the shards it is answerable for."""

    def __init__(self, plan: LanePlan, seat: Seat, ready: Callable[[], None]) -> None:
        self._plan = plan
        self._ready = ready
        self._shards: dict[str, Shard] = {}
        self._positions: dict[Place, int] = {}
        self._lag_shown = 0.0
        self._lag_told: set[tuple[str, int]] = set()
        #: Whether partitions are assigned, and whether all of their shards are here.
        self._is_member = self._held = False
        self._returning: list[Restoration] = []
        self._generation = 0
        self._snapshots = Snapshots(plan, seat.snapshot_folder, partial(reading.identities, seat.bootstrap))
        self._restorer = Restorer(seat.bootstrap, plan, self._snapshots)
        # A restorer of their own: they read while shards are restored in the lane's thread.
        self._renewals = Renewals(plan, lambda *asked: Restorer(seat.bootstrap, plan).fill(*asked))
        self.consumer = Consumer(
            {
                **access.librdkafka(seat.bootstrap),
                "group.id": seat.group,
                "client.id": seat.process_name,
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "session.timeout.ms": SESSION_TIMEOUT_MS,
                "heartbeat.interval.ms": 1_500,
                "max.poll.interval.ms": 300_000,
                # Inputs that are joined must be shared out alike: range gives partition p of each to one worker.
                "partition.assignment.strategy": "range",
                # A new institution's inbox is noticed within this time.
                "topic.metadata.refresh.interval.ms": 1_000,
                # By default a full queue or a failed fetch pauses a partition for up to a second.
                "fetch.queue.backoff.ms": 20,
                "fetch.error.backoff.ms": 50,
                "queued.min.messages": 20_000,
                "queued.max.messages.kbytes": 8_192,
            }
        )
        self.consumer.subscribe(
            list(plan.inputs), on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )

    def close(self) -> None:
        """Leave the group."""
        self._renewals.keep(set())
        self.consumer.close()

    def poll(self, patience: float) -> list[Input]:
        """The next records, after waiting up to ``patience`` seconds for the first.

        While shards are on their way back there are none; the group is listened to all the same, so that a worker who
        comes later need not wait until this one has restored what it will not keep.
        """
        if self._returning and self._is_member:
            self._go_on()
            patience = 0.0
        generation = self._generation
        messages = self.consumer.consume(1, patience)
        if messages and messages[0].error() is None:
            messages += self.consumer.consume(self._plan.batch - 1, self._plan.linger)
        if generation != self._generation:
            # Some of these may have been fetched under the former assignment: read them again under this one.
            self._resume()
            return []
        self._show_lag()
        if self._held:
            # What was fetched is not decided yet: states are as they were committed.
            self._snapshots.keep(self._shards, self._positions, is_idle=not messages)
        return [as_input(message) for message in messages if self._is_record(message)]

    def shard(self, record: Input) -> Shard:
        """The shard that decides ``record``."""
        return self._shards[self._plan.shard_of(record.topic, record.partition)]

    @property
    def has_successors(self) -> bool:
        """Whether ``take_over`` has anything to do."""
        return self._held and self._renewals.are_ready

    def take_over(self) -> Iterator[Output]:
        """Shards that were made anew take their places; what follows from that."""
        return self._renewals.take_over(self._shards)

    def position_after(self, record: Input) -> dict[Place, int]:
        """What may be committed once ``record`` is decided."""
        return {} if self._renewals.holds(record) else {(record.topic, record.partition): record.offset + 1}

    def released(self) -> dict[Place, int]:
        """What may be committed because shards follow it now."""
        return self._renewals.released(self._shards)

    def advance(self, positions: Mapping[Place, int], decided: Sequence[Input]) -> None:
        """What was committed: the shards in memory have now seen all before ``positions``, and taken in ``decided``."""
        self._positions.update(positions)
        self._renewals.committed(decided, self._shards, self._positions)
        self._snapshots.count(decided, positions)

    def rewind(self) -> None:
        """Throw state away and read it back as committed; the next poll continues from there."""
        self._shards.clear()
        self._renewals.keep(set())
        if self._held:
            self._held = False
            self._assigned(self.consumer, [TopicPartition(*place) for place in self._positions])

    def _is_record(self, message: Message) -> bool:
        error: KafkaError | None = message.error()
        if error is None:
            return True
        if error.fatal():
            raise Unavailable(f"lane {self._plan.name}: {error}")
        if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART and self._plan.inputs[0].startswith("^"):
            # No topic fits the pattern yet: there is nothing to do, and nothing wrong.
            self._ready()
        elif error.code() != KafkaError._PARTITION_EOF:
            metrics.LANE_FAILURES.labels(self._plan.name, "read").inc()
            log.warning("lane %s: %s", self._plan.name, error)
        return False

    def _assigned(self, _consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        places = [(tp.topic, tp.partition) for tp in partitions]
        committed = self._committed(places)
        keys = {self._plan.shard_of(*place) for place in places}
        kept = {key for key in keys & self._shards.keys() if self._is_current(key, committed)}
        self._shards = {key: self._shards[key] for key in kept}
        self._positions, self._is_member = committed, True
        self._generation += 1
        self._renewals.keep(kept)
        returning = self._still_returning(keys - kept, committed)
        self._returning = [restoration for restoration in self._returning if restoration.shards]
        if fresh := keys - kept - returning:
            self._returning.append(self._restorer.begin(fresh, committed))
        log.info("lane %s: %d shards kept, %d to restore", self._plan.name, len(kept), len(keys - kept))
        if self._returning:
            # Nothing is fetched until all are here.
            self.consumer.assign([])
        else:
            self._begin()

    def _still_returning(self, keys: set[str], committed: Mapping[Place, int]) -> set[str]:
        """Those of ``keys`` that are on their way back to where they should be; others are given up."""
        still: set[str] = set()
        for restoration in self._returning:
            for key in [*restoration.shards]:
                wanted, restored = (self._plan.of_shard(key, each) for each in (committed, restoration.committed))
                if key in keys and restored == wanted:
                    still.add(key)
                else:
                    del restoration.shards[key]
        return still

    def _go_on(self) -> None:
        """Bring shards that are on their way back further; with the last of them work begins."""
        restoration = self._returning[0]
        if restoration.go_on(_SLICE):
            self._shards.update(restoration.shards)
            del self._returning[0]
        if not self._returning:
            log.info("lane %s: %d shards are here", self._plan.name, len(self._shards))
            self._begin()

    def _begin(self) -> None:
        self._held = True
        self._resume()
        self._renewals.committed((), self._shards, self._positions)
        self._ready()

    def _resume(self) -> None:
        if self._held:
            self.consumer.assign([TopicPartition(*place, offset) for place, offset in self._positions.items()])

    def _committed(self, places: Sequence[Place]) -> dict[Place, int]:
        """Positions by the group, once transactions of a former owner have ended; 0 where there is none."""
        if not places:
            return {}
        try:
            return reading.positions(self.consumer, places, 60)
        except KafkaException as error:
            raise Unavailable(f"lane {self._plan.name}: its positions cannot be read: {error}") from error

    def _is_current(self, key: str, committed: Mapping[Place, int]) -> bool:
        """Whether a shard still in memory has seen exactly what the group has committed."""
        return all(
            self._positions.get(place) == offset for place, offset in self._plan.of_shard(key, committed).items()
        )

    def _revoked(self, _consumer: Consumer, _partitions: Sequence[TopicPartition]) -> None:
        # Nothing is open between two batches. Shards stay until the next assignment tells which are current.
        self._is_member = self._held = False
        self._generation += 1
        log.info("lane %s: partitions revoked", self._plan.name)

    def _lost(self, _consumer: Consumer, _partitions: Sequence[TopicPartition]) -> None:
        log.warning("lane %s: partitions lost to another worker", self._plan.name)
        self._is_member = self._held = False
        self._generation += 1
        self._shards.clear()
        self._returning.clear()
        self._positions.clear()
        self._renewals.keep(set())

    def _show_lag(self) -> None:
        now = time.monotonic()
        if now - self._lag_shown < 1.0:
            return
        self._lag_shown = now
        waiting: Counter[tuple[str, int]] = Counter()
        for position in self.consumer.position([TopicPartition(*place) for place in self._positions]):
            place = (position.topic, position.partition)
            _, high = self.consumer.get_watermark_offsets(TopicPartition(*place), cached=True)
            # The consumer's own position is past the markers of transactions, which are no records.
            seen = max(position.offset, self._positions[place])
            waiting[metrics.topic_label(place[0]), place[1]] += max(0, high - seen)
        for (topic, partition), records in waiting.items():
            metrics.LAG.labels(self._plan.name, topic, partition).set(records)
        # What another worker holds now is no longer ours to tell.
        for topic, partition in self._lag_told - waiting.keys():
            metrics.LAG.remove(self._plan.name, topic, str(partition))
        self._lag_told = set(waiting)
