"""All lanes over logs in memory: what a broker would do, one transaction at a time, so that any order can be tried."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zlib import crc32

from schemas import codec, topics
from schemas.records import ClockTicked, Record
from streams.lane import Input, LanePlan, Output, Shard, Source, Until
from tests.unit.streams.making import NOW

Place = tuple[str, int]
_TOPICS = {topic.name: topic for topic in topics.CATALOGUE}


@dataclass(slots=True)
class House:
    """The logs with the lanes that read and write them."""

    plans: tuple[LanePlan, ...]
    random: random.Random
    logs: defaultdict[Place, list[Input]] = field(default_factory=lambda: defaultdict(list))
    #: How far each lane has committed each of its inputs.
    committed: defaultdict[tuple[str, Place], int] = field(default_factory=lambda: defaultdict(int))
    #: What each lane wrote, by topic.
    written: defaultdict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    _shards: dict[tuple[str, str], Shard] = field(default_factory=dict)
    _time: int = int(NOW.timestamp() * 1000)

    def submit(self, institution_id: str, record: Record | bytes) -> None:
        """An institution says something in its inbox."""
        self._time += 1
        value = record if isinstance(record, bytes) else codec.encode(record)
        self._append(Output(topics.inbox(institution_id).name, b"any", value, self._time))

    def tick(self, now: datetime) -> None:
        """The clock says ``now`` in each partition."""
        self._time += 1
        for partition in range(topics.CLOCK.partitions):
            self._append(Output(topics.CLOCK.name, None, codec.encode(ClockTicked(now)), self._time, partition))

    def keys(self, plan: LanePlan) -> list[str]:
        """The shards of a lane that have anything to read."""
        return sorted({plan.shard_of(*place) for place in self._inputs(plan)})

    def turn(self, plan: LanePlan, key: str, most: int = 1000) -> int:
        """One transaction of a shard over up to ``most`` records of each input, in some order; how many it read."""
        places = [place for place in self._inputs(plan) if plan.shard_of(*place) == key]
        starts = {place: self.committed[plan.name, place] for place in places}
        records = list(self._mixed([self.logs[place][starts[place] : starts[place] + most] for place in places]))
        if not records:
            return 0
        shard = self._shards.get((plan.name, key)) or self._restored(plan, key)
        self._shards[plan.name, key] = shard
        outputs = [output for record in records for output in shard.decide(record)]
        self._write(plan, [*outputs, *shard.settle()])
        for place in places:
            self.committed[plan.name, place] += sum(record[:2] == place for record in records)
        return len(records)

    def restart(self, plan: LanePlan, key: str) -> None:
        """The shard's worker dies; another one will read its state back."""
        self._shards.pop((plan.name, key), None)

    def drain(self) -> None:
        """All lanes work until there is nothing left to read."""
        while sum(self.turn(plan, key) for plan in self.plans for key in self.keys(plan)):
            pass

    def read(self, topic: str) -> list[Record]:
        """All records of a topic, partition by partition."""
        return [codec.decode(one.value) for place in sorted(self.logs) if place[0] == topic for one in self.logs[place]]

    def _inputs(self, plan: LanePlan) -> list[Place]:
        return [place for place in self.logs if any(_is_of(place[0], pattern) for pattern in plan.inputs)]

    def _restored(self, plan: LanePlan, key: str) -> Shard:
        shard = plan.shard(key)
        for record in self._mixed([self._source(plan, source) for source in plan.sources(key)]):
            shard.load(record)
        shard.restored()
        return shard

    def _source(self, plan: LanePlan, source: Source) -> Sequence[Input]:
        place = (source.topic, source.partition)
        log = self.logs[place]
        if source.until is Until.COMMITTED:
            log = log[: self.committed[plan.name, place]]
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
            partition = 0 if topic is None else crc32(output.key or b"") % topic.partitions
        log = self.logs[output.topic, partition]
        log.append(Input(output.topic, partition, len(log), output.timestamp, output.key, output.value, output.headers))
        return partition, len(log) - 1


def _is_of(topic: str, pattern: str) -> bool:
    return re.search(pattern, topic) is not None if pattern.startswith("^") else topic == pattern
