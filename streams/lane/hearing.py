"""Topics that every worker of a lane hears whole, beside the partitions that are shared out.

What is heard before a batch goes up to where the topic ends once the batch is in hand. So whatever was written there
before a record was, is heard before that record is decided.
"""

from __future__ import annotations

import uuid

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from infra.reading import PATIENCE, Place
from infra.security import access
from schemas.errors import Unavailable
from streams.lane.plan import LanePlan
from streams.lane.restore import as_input

#: Seconds that one look for records may take.
_LOOK = 1.0


class Hearing:
    """One worker's reading of what its lane hears; of each topic the first partition, which holds all of it."""

    def __init__(self, bootstrap: str, plan: LanePlan) -> None:
        self._plan = plan
        self._positions: dict[Place, int] = {(topic, 0): 0 for topic in plan.hears}
        if not self._positions:
            return
        self._consumer = Consumer(
            {
                **access.librdkafka(bootstrap),
                "group.id": f"hearing-{uuid.uuid4()}",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                # A broker answers one question after another: where a topic ends would wait for a fetch that waits.
                "fetch.wait.max.ms": 10,
                "fetch.queue.backoff.ms": 20,
                "fetch.error.backoff.ms": 50,
            }
        )

    def catch_up(self) -> None:
        """Take in all that is committed by now. Raises ``Unavailable`` where it cannot be known what that is."""
        for place in self._positions:
            end = self._end(place)
            if self._positions[place] < end:
                # Nothing is fetched while nothing is new, so that the question is all that a batch costs.
                self._consumer.assign([TopicPartition(*place, self._positions[place])])
                try:
                    self._read(place, end)
                finally:
                    self._consumer.unassign()

    def close(self) -> None:
        """Stop hearing."""
        if self._positions:
            self._consumer.close()

    def _end(self, place: Place) -> int:
        """The offset after all that is committed; what is open there is as if it were not."""
        try:
            _, end = self._consumer.get_watermark_offsets(TopicPartition(*place), timeout=10, cached=False)
        except KafkaException as error:
            raise Unavailable(
                f"lane {self._plan.name} cannot hear {place[0]} ({error}); is it there? (`techdock topics apply`)"
            ) from error
        return int(end)

    def _read(self, place: Place, end: int) -> None:
        looks = 0
        while self._positions[place] < end:
            looks += 1
            if looks * _LOOK > PATIENCE:
                raise Unavailable(f"lane {self._plan.name}: {place[0]} did not become readable up to {end}")
            # Asked for many, a client waits until it has them all.
            for message in (*self._consumer.consume(1, _LOOK), *self._consumer.consume(1000, 0)):
                self._take(message)

    def _take(self, message: Message) -> None:
        error, place = message.error(), (message.topic(), message.partition())
        if error is None:
            assert self._plan.hear is not None
            self._plan.hear(as_input(message))
            self._positions[place] = message.offset() + 1
        elif error.code() == KafkaError._PARTITION_EOF:
            # The markers of transactions before it are offsets, but no records.
            self._positions[place] = max(self._positions[place], message.offset())
        else:
            raise Unavailable(f"lane {self._plan.name} cannot hear {place[0]}: {error}")
