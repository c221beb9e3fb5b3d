"""All lanes over logs in memory: what a broker would do, one transaction at a time, so that any order can be tried."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from zlib import crc32

from schemas import codec, framing, topics
from schemas.records import ClockTicked, Record, ScoringModelPublished
from streams.domain.model import ScoringModel
from streams.lane import Input, LanePlan, Output, Shard, Source, Until
from streams.lane.renewal import Renewals
from streams.lane.restore import GivenUp
from streams.lane.snapshots import Snapshots
from tests.unit.streams.making import NOW

Place = tuple[str, int]
_TOPICS = {topic.name: topic for topic in topics.CATALOGUE}


@dataclass(slots=True)
class House:
    """The logs with the lanes that read and write them."""

    plans: tuple[LanePlan, ...]
    random: random.Random
    #: Partitions of each topic that the catalogue gives ``PARTITIONS``.
    lanes: int = topics.PARTITIONS
    logs: defaultdict[Place, list[Input]] = field(default_factory=lambda: defaultdict(list))
    #: How far each lane has committed each of its inputs.
    committed: defaultdict[tuple[str, Place], int] = field(default_factory=lambda: defaultdict(int))
    #: How far each lane has read: more than it has committed where a governing record is not followed yet.
    _read: dict[tuple[str, Place], int] = field(default_factory=dict)
    #: How far each lane has heard the topics that it hears whole.
    _heard: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    #: What each lane wrote, by topic.
    written: defaultdict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    #: What goes on in the background of lanes, to be done whenever a test likes; it may be dropped as well.
    background: list[Callable[[], None]] = field(default_factory=list)
    #: Where lanes keep their states for the next start, if anywhere.
    kept: Path | None = None
    _snapshots: dict[str, Snapshots] = field(default_factory=dict)
    _shards: dict[tuple[str, str], Shard] = field(default_factory=dict)
    _renewals: dict[tuple[str, str], Renewals] = field(default_factory=dict)
    _time: int = int(NOW.timestamp() * 1000)

    def append(self, topic: topics.Topic, record: Record, partition: int = 0) -> None:
        """A record comes into a topic as if its writer had said it."""
        self._time += 1
        self._append(Output(topic.name, b"key", codec.encode(record), self._time, partition))

    def submit(self, institution_id: str, record: Record | bytes) -> None:
        """An institution says something in its inbox."""
        self._time += 1
        value = record if isinstance(record, bytes) else codec.encode(record)
        self._append(Output(topics.inbox(institution_id).name, b"any", value, self._time))

    def tick(self, now: datetime) -> None:
        """The clock says ``now`` in each partition."""
        self._time += 1
        for partition in range(self.lanes):
            self._append(Output(topics.CLOCK.name, None, codec.encode(ClockTicked(now)), self._time, partition))

    def wait_until(self, moment: datetime) -> None:
        """What comes from now on arrives after ``moment``."""
        self._time = max(self._time, int(moment.timestamp() * 1000))

    def publish(self, model: ScoringModel) -> None:
        """A scoring model is published to every lane."""
        for partition in range(self.lanes):
            record = ScoringModelPublished(model.version, NOW, "", model.packed())
            self.append(topics.SCORING_MODELS, record, partition)

    def keys(self, plan: LanePlan) -> list[str]:
        """The shards of a lane that have anything to read."""
        return sorted({plan.shard_of(*place) for place in self._inputs(plan)})

    def turn(self, plan: LanePlan, key: str, most: int = 1000) -> int:
        """One transaction of a shard over up to ``most`` records of each input, in some order; how much it did."""
        places = [place for place in self._inputs(plan) if plan.shard_of(*place) == key]
        records, outputs = self._decided(plan, key, places, most)
        if not records and not outputs:
            return 0
        self._write(plan, outputs)
        renewals, shards = self._renewals[plan.name, key], {key: self._shards[plan.name, key]}
        for record in records:
            self._read[plan.name, (record.topic, record.partition)] = record.offset + 1
            if not renewals.holds(record):
                self.committed[plan.name, (record.topic, record.partition)] = record.offset + 1
        self.committed.update({(plan.name, place): end for place, end in renewals.released(shards).items()})
        renewals.committed(records, shards, {place: self.committed[plan.name, place] for place in places})
        return len(records) + len(outputs)

    def abort(self, plan: LanePlan, key: str, most: int = 1000) -> None:
        """A transaction that does not become visible: the shard is thrown away."""
        self._decided(plan, key, [place for place in self._inputs(plan) if plan.shard_of(*place) == key], most)
        self.restart(plan, key)

    def _decided(
        self, plan: LanePlan, key: str, places: Sequence[Place], most: int
    ) -> tuple[list[Input], list[Output]]:  # fmt: skip
        """What one transaction reads and writes."""
        seat = plan.name, key
        # One worker holds them all: what hears of others may ask them.
        for each in self.keys(plan) if plan.hears else [key]:
            self._take_seat(plan, each)
        starts = {place: self._read.get((plan.name, place), self.committed[plan.name, place]) for place in places}
        self._hear(plan)
        records = list(self._mixed([self.logs[place][starts[place] : starts[place] + most] for place in places]))
        shards = {key: self._shards[seat]}
        outputs = list(self._renewals[seat].take_over(shards))
        shard = self._shards[seat] = shards[key]
        outputs += [output for record in records for output in shard.decide(record)]
        return records, [*outputs, *shard.settle()]

    def _take_seat(self, plan: LanePlan, key: str) -> None:
        if (plan.name, key) not in self._shards:
            self._shards[plan.name, key] = self._restored(plan, key)
            self._renewals[plan.name, key] = Renewals(plan, self._filler(plan), self.background.append)

    def _hear(self, plan: LanePlan) -> None:
        """All that is said by now in topics that the lane hears whole."""
        for topic in plan.hears:
            assert plan.hear is not None
            log, heard = self.logs[topic, 0], self._heard[plan.name, topic]
            for record in log[heard:]:
                plan.hear(record)
            self._heard[plan.name, topic] = len(log)

    def restart(self, plan: LanePlan, key: str) -> None:
        """The shard's worker dies; another one will read its state back."""
        self._shards.pop((plan.name, key), None)
        if (renewals := self._renewals.pop((plan.name, key), None)) is not None:
            renewals.keep(set())
        for place in self._inputs(plan):
            if plan.shard_of(*place) == key:
                self._read.pop((plan.name, place), None)

    def work_in_background(self, number: int = 0) -> None:
        """One of the things that go on in the background gets done."""
        if self.background:
            self.background.pop(number % len(self.background))()

    def drain(self) -> None:
        """All lanes work until there is nothing left to read, nor anything in the background."""
        for _ in range(1000):
            if not self.background and not sum(self.turn(plan, key) for plan in self.plans for key in self.keys(plan)):
                return
            self.work_in_background()
        raise AssertionError("the lanes do not come to rest")

    def read(self, topic: str) -> list[Record]:
        """All records of a topic, partition by partition."""
        return [codec.decode(one.value) for place in sorted(self.logs) if place[0] == topic for one in self.logs[place]]

    def arrivals(self, topic: str) -> list[tuple[Record, int]]:
        """All records of a topic with their times of arrival, partition by partition."""
        places = [place for place in sorted(self.logs) if place[0] == topic]
        return [(codec.decode(one.value), one.timestamp) for place in places for one in self.logs[place]]

    def _inputs(self, plan: LanePlan) -> list[Place]:
        return [place for place in self.logs if any(_is_of(place[0], pattern) for pattern in plan.inputs)]

    def _restored(self, plan: LanePlan, key: str) -> Shard:
        shard = plan.shard(key)
        self._load(plan, key, shard, self.committed, plan.governing.__contains__)
        known = self._snapshots_of(plan).recall(key, shard, self._committed(plan, key))
        if not known:
            self._load(plan, key, shard, self.committed, plan.hints.__contains__)
        self._load(plan, key, shard, self.committed, _is_fact(plan), known)
        shard.restored()
        return shard

    def keep(self, plan: LanePlan, key: str) -> None:
        """The shard's worker keeps its state, as it does between two transactions."""
        if (plan.name, key) in self._shards:
            shards = {key: self._shards[plan.name, key]}
            self._snapshots_of(plan).keep(shards, self._committed(plan, key), is_idle=True)

    def _snapshots_of(self, plan: LanePlan) -> Snapshots:
        if plan.name not in self._snapshots:
            self._snapshots[plan.name] = Snapshots(
                plan, self.kept, lambda names: dict.fromkeys(names, "the first"), self.background.append, records=0
            )
        return self._snapshots[plan.name]

    def _committed(self, plan: LanePlan, key: str) -> dict[Place, int]:
        places = [place for place in self._inputs(plan) if plan.shard_of(*place) == key]
        return {place: self.committed[plan.name, place] for place in places}

    def _load(
        self, plan: LanePlan, key: str, shard: Shard, committed: Mapping[tuple[str, Place], int],
        are_meant: Callable[[str], bool], known: Mapping[Place, int] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        sources = [one for one in plan.sources(key) if are_meant(one.topic)]
        for record in self._mixed([self._source(plan, source, committed) for source in sources]):
            if record.offset >= known.get((record.topic, record.partition), 0):
                shard.load(record)

    def _filler(self, plan: LanePlan) -> Callable[[str, Shard, Mapping[Place, int], Callable[[], bool]], None]:
        def fill(key: str, shard: Shard, positions: Mapping[Place, int], is_wanted: Callable[[], bool]) -> None:
            if not is_wanted():
                raise GivenUp
            at = defaultdict(int, {(plan.name, place): end for place, end in positions.items()})
            self._load(plan, key, shard, at, _is_fact(plan))
            shard.restored()

        return fill

    def _source(
        self, plan: LanePlan, source: Source, committed: Mapping[tuple[str, Place], int]
    ) -> Sequence[Input]:  # fmt: skip
        place = (source.topic, source.partition)
        log = self.logs[place]
        if source.until is Until.COMMITTED:
            log = log[: committed[plan.name, place]]
        if source.last is not None:
            log = log[-source.last :]
        topic = _TOPICS.get(source.topic)
        if topic is None or topic.config["cleanup.policy"] != "compact" or self.random.random() < 0.5:
            return log
        # A compacted topic may have lost all but the last record of each key.
        last = {record.key: record for record in log}
        return sorted(last.values(), key=lambda record: record.offset)

    def _mixed(self, logs: Sequence[Sequence[Input]]) -> Iterator[Input]:
        waiting = [iter(log) for log in logs]
        order = [place for place, log in enumerate(logs) for _ in log]
        self.random.shuffle(order)
        return (next(waiting[place]) for place in order)

    def _write(self, plan: LanePlan, outputs: Iterable[Output]) -> None:
        follow = []
        for output in outputs:
            place = self._append(output)
            name = "" if output.value is None else codec.decode_fields(output.value)[0]
            self.written[plan.name].add((output.topic, name))
            if output.then is not None:
                follow.append((output.then, place))
        for then, place in follow:
            self._write(plan, then(place))

    def _append(self, output: Output) -> tuple[int, int]:
        topic = _TOPICS.get(output.topic)
        partition = output.partition
        if partition < 0:
            is_spread = topic is not None and topic.partitions == topics.PARTITIONS
            partition = crc32(output.key or b"") % self.lanes if is_spread else 0
        log = self.logs[output.topic, partition]
        # As the writer of a lane does it, and whoever else writes.
        value = None if output.value is None else framing.adopted().written(output.topic, output.value)
        log.append(Input(output.topic, partition, len(log), output.timestamp, output.key, value, output.headers))
        return partition, len(log) - 1


def _is_fact(plan: LanePlan) -> Callable[[str], bool]:
    return lambda topic: topic not in plan.governing | plan.hints


def _is_of(topic: str, pattern: str) -> bool:
    return re.search(pattern, topic) is not None if pattern.startswith("^") else topic == pattern
