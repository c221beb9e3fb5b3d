"""How fast committed records arrive in a topic, seen from outside: the same eyes for every contestant."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from confluent_kafka import ConsumerGroupTopicPartitions, IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from schemas.errors import Unavailable

#: Where measuring begins: what is before belongs to starting.
STEADY_FROM = 0.1
_PAUSE = 0.02
#: Seconds until a broker that gives no ends is given up.
_PATIENCE = 15.0


class Sample(NamedTuple):
    """Where the committed part of a topic ended at a time, in seconds of a monotonic clock."""

    at: float
    end: int


class Watch:
    """The ends of all partitions of one topic, added up."""

    def __init__(self, bootstrap: str, topic: str, partitions: int) -> None:
        self._admin = AdminClient({"bootstrap.servers": bootstrap})
        self._asked = {TopicPartition(topic, partition): OffsetSpec.latest() for partition in range(partitions)}

    def sample(self) -> Sample:
        """The end of what readers of committed records may see now."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            answers = self._admin.list_offsets(self._asked, isolation_level=IsolationLevel.READ_COMMITTED)
            try:
                end = sum(answer.result(10).offset for answer in answers.values())
                return Sample(time.monotonic(), end)
            except KafkaException as error:
                # A topic that was just made has no leader yet.
                if time.monotonic() > deadline:
                    raise Unavailable(f"the ends of the output are unknown: {error}") from error
                time.sleep(_PAUSE)

    def until_settled(self, events: int, deadline: float, alive: Callable[[], None], calm: float = 2.0) -> list[Sample]:
        """Samples until ``events`` are there and nothing came for ``calm`` seconds; raises ``Unavailable``."""
        samples = [self.sample()]
        moved_at = samples[0].at
        while samples[-1].end < events or samples[-1].at - moved_at < calm:
            if samples[-1].at > deadline:
                raise Unavailable(f"only {samples[-1].end} of {events} records arrived in time")
            alive()
            time.sleep(_PAUSE)
            samples.append(self.sample())
            if samples[-1].end != samples[-2].end:
                moved_at = samples[-1].at
        return samples


class Progress:
    """How far a consumer group has committed over all partitions of a topic."""

    def __init__(self, bootstrap: str, group: str, topic: str, partitions: int) -> None:
        self._admin = AdminClient({"bootstrap.servers": bootstrap})
        places = [TopicPartition(topic, partition) for partition in range(partitions)]
        self._asked = ConsumerGroupTopicPartitions(group, places)

    def sample(self) -> Sample:
        """The sum of what is committed now; 0 before the first commit."""
        try:
            (answer,) = self._admin.list_consumer_group_offsets([self._asked]).values()
            places = answer.result(10).topic_partitions
        except KafkaException as error:
            raise Unavailable(f"the positions of {self._asked.group_id} are unknown: {error}") from error
        return Sample(time.monotonic(), sum(max(place.offset, 0) for place in places))


def steady_rate(samples: Sequence[Sample], events: int) -> float | None:
    """Events per second from ``STEADY_FROM`` of them to the last; ``None`` where all came between two looks.

    Ends count markers of transactions too, evenly spread over the run: shares of the end are shares of the events.
    """
    final = samples[-1].end
    begun = next(sample for sample in samples if sample.end >= final * STEADY_FROM)
    done = next(sample for sample in samples if sample.end == final)
    if done.at == begun.at:
        return None
    return events * (1 - begun.end / final) / (done.at - begun.at)
