"""The records of many partitions, from positions that are kept elsewhere.

Kafka's group shares the partitions out and shows the lag; where to read from is never asked of it. A partition that
was just assigned stands still until it is told its position. A position outside the log raises ``Misconfigured``
instead of starting somewhere else unseen.

It reads with librdkafka: kafka-python 3.0 forgets a join that ends between two polls, and stands still for good
(``docs/adr/0009``).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from consumers.store import Place
from infra.headers import headers_of
from infra.reach import reach
from infra.security import access
from schemas.errors import Misconfigured, Unavailable

log = logging.getLogger(__name__)

#: Milliseconds until a new institution's topic is noticed.
_NOTICED_WITHIN = 1000
#: Seconds that a reading waits for more once it has a first record, so that one SQL transaction holds many.
_LINGER = 0.005
#: Answers that only mean that nothing is there yet, or that the client goes on by itself.
_PASSING = frozenset({KafkaError._PARTITION_EOF, KafkaError.UNKNOWN_TOPIC_OR_PART})


class Delivered(NamedTuple):
    """A record as it lies in the log."""

    topic: str
    partition: int
    offset: int
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


Records = Mapping[Place, Sequence[Delivered]]


@dataclass(frozen=True, slots=True)
class Sources:
    """What to read: topics by a POSIX extended pattern, and which of them carries bytes that are nobody's records."""

    pattern: str
    quarantine: str
    group: str


class Intake:
    """A member of a consumer group whose positions are given to it. Not for more than one thread."""

    def __init__(self, bootstrap: str, sources: Sources, largest: int = 2000) -> None:
        reach(bootstrap)
        self._largest = largest
        self._held: frozenset[Place] = frozenset()
        self._assignments = 0
        #: The partitions held, once after each assignment: they stand still until ``start_at``.
        self.waiting: frozenset[Place] = frozenset()
        self._consumer = Consumer(
            {
                **access.librdkafka(bootstrap),
                "group.id": sources.group,
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                # A position that the log does not hold is an error, never a reason to begin elsewhere.
                "auto.offset.reset": "error",
                # The least that brokers allow: how long a member that was killed keeps its partitions.
                "session.timeout.ms": 6_000,
                "heartbeat.interval.ms": 1_500,
                "topic.metadata.refresh.interval.ms": _NOTICED_WITHIN,
                "fetch.queue.backoff.ms": 20,
                "fetch.error.backoff.ms": 50,
                "queued.max.messages.kbytes": 16_384,
                "log_level": 4,
            },
            logger=log,
        )
        self._consumer.subscribe(
            [sources.pattern], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked
        )

    def start_at(self, positions: Mapping[Place, int]) -> None:
        """Goes on from these positions, and shows them to the group; what else is held stands still."""
        known = {place: at for place, at in positions.items() if place in self._held}
        self._consumer.assign([TopicPartition(*place, at) for place, at in known.items()])
        self.waiting = self._held - known.keys()
        self.show(known)

    def again(self) -> frozenset[Place]:
        """Stops all partitions held, to be told their positions again; returns them."""
        self._consumer.assign([])
        self.waiting = self._held
        return self.waiting

    def read(self, seconds: float) -> Records:
        """The next records, as soon as there are any; none once ``seconds`` have passed.

        Raises ``Unavailable`` or ``Misconfigured``.
        """
        assignments = self._assignments
        try:
            messages = self._consumer.consume(1, seconds)
            if messages:
                messages += self._consumer.consume(self._largest - 1, _LINGER)
        except KafkaException as error:
            raise Unavailable(f"Kafka does not answer: {error.args[0].str()}") from error
        if assignments != self._assignments:
            # These came under the former assignment; under this one they are read again from where we are told.
            return {}
        found: defaultdict[Place, list[Delivered]] = defaultdict(list)
        for message in messages:
            if _is_record(message):
                found[Place(message.topic(), message.partition())].append(_delivered(message))
        return found

    def show(self, positions: Mapping[Place, int]) -> None:
        """Tells the group where we are, for whoever measures lag; nobody reads on from it."""
        shown = [TopicPartition(*place, at) for place, at in positions.items() if place in self._held]
        if shown:
            self._consumer.commit(offsets=shown, asynchronous=True)

    def lag(self) -> Mapping[Place, int]:
        """Offsets that wait, in each partition that has been read from."""
        found: dict[Place, int] = {}
        reading = [TopicPartition(*place) for place in self._held - self.waiting]
        for position in self._consumer.position(reading) if reading else ():
            _, end = self._consumer.get_watermark_offsets(position, cached=True)
            if position.offset >= 0 and end >= 0:
                found[Place(position.topic, position.partition)] = max(0, end - position.offset)
        return found

    def close(self) -> None:
        """Leaves the group, so that others go on at once."""
        self._consumer.close()

    def _assigned(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        # Nothing is fetched before we are told from where; an assignment that is not answered would be made for us.
        consumer.assign([])
        self._held = self.waiting = frozenset(Place(at.topic, at.partition) for at in partitions)
        self._assignments += 1
        log.info("%d partitions are ours", len(self._held))

    def _revoked(self, _consumer: Consumer, _partitions: Sequence[TopicPartition]) -> None:
        self._held = self.waiting = frozenset()
        self._assignments += 1


def _is_record(message: Message) -> bool:
    error: Any = message.error()
    if error is None:
        return True
    if error.code() == KafkaError._AUTO_OFFSET_RESET:
        raise Misconfigured(
            [f"the log does not hold these positions: {error.str()}; `python -m consumers rebuild` starts again"]
        )
    if error.fatal():
        raise Unavailable(f"Kafka does not answer: {error.str()}")
    if error.code() not in _PASSING:
        log.warning("the read model waits for Kafka: %s", error.str())
    return False


def _delivered(message: Message) -> Delivered:
    return Delivered(message.topic(), message.partition(), message.offset(), message.value(), headers_of(message))
