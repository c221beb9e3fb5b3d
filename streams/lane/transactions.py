"""Writes outputs, state and positions of a batch in one transaction."""

from __future__ import annotations

import functools
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from infra import metrics
from infra.reading import Place
from infra.security import access
from schemas import framing, topics
from schemas.cloudevents import Stamp
from schemas.errors import Unavailable
from streams.lane.plan import Output

log = logging.getLogger(__name__)

#: Short, so that readers of committed records are not held up long by a killed writer.
TRANSACTION_TIMEOUT_MS = 10_000
_PATIENCE = 15.0
Follow = Callable[[tuple[int, int]], Iterable[Output]]


class TransactionFailed(Exception):
    """The batch did not become visible; state and positions are to be read back."""


class TransactionWriter:
    """One transactional producer, made anew after any error that leaves it in doubt.

    The transactional id stays the same for a process name, so that a restarted process ends what its predecessor
    left open at once instead of after the timeout. What has no headers and is no copy is stamped; what others read
    gets the frame of a schema registry where one is in use. What is written waits ``linger`` seconds for more to go
    with it; ``follow`` and ``commit`` wait for nothing.
    """

    def __init__(self, bootstrap: str, transactional_id: str, stamp: Stamp, linger: float) -> None:
        self._stamp = stamp
        self._framing = framing.adopted()
        self._settings: dict[str, Any] = {
            **access.librdkafka(bootstrap),
            "transactional.id": transactional_id,
            "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS,
            "partitioner": "murmur2_random",
            # Nobody reads before the commit, which sends what is left at once: many small requests gain nothing.
            "linger.ms": round(linger * 1000),
            "batch.size": 512 * 1024,
            "batch.num.messages": 20_000,
            "queue.buffering.max.messages": 500_000,
            # A scoring model that cannot be read goes to quarantine whole.
            "message.max.bytes": topics.MODEL_BYTES,
        }
        self._producer = self._made()
        self._written: Counter[str] = Counter()
        self._failed: list[KafkaError] = []
        self._followed: list[Iterable[Output]] = []

    def _made(self) -> Producer:
        producer = Producer(self._settings)
        try:
            producer.init_transactions(_PATIENCE * 2)
        except KafkaException as error:
            raise Unavailable(f"transactions cannot start: {error}") from error
        return producer

    def begin(self) -> None:
        """Open a transaction."""
        self._written.clear()
        self._failed.clear()
        self._followed = []
        self._producer.begin_transaction()

    def write(self, outputs: Iterable[Output]) -> None:
        """Produce ``outputs``; those that have a ``then`` are followed up by ``follow``."""
        for output in outputs:
            if output.is_late:
                self._followed.append([output._replace(is_late=False)])
            elif output.then is None:
                self._produce(output, None)
            else:
                self._produce(output, functools.partial(self._placed, len(self._followed), output.then))
                self._followed.append(())

    def _produce(self, output: Output, on_delivery: Any) -> None:
        self._written[output.topic] += 1
        headers = output.headers
        if not headers and not output.is_copy:
            headers = self._stamp.of(output.value, output.timestamp)
        value = None if output.value is None else self._framing.written(output.topic, output.value)
        while True:
            try:
                # A record that fails for good makes the commit fail: only those that are followed up report back.
                self._producer.produce(
                    output.topic,
                    value,
                    output.key,
                    output.partition,
                    on_delivery=on_delivery,
                    timestamp=output.timestamp,
                    headers=list(headers) if headers else None,
                )
                return
            except BufferError:
                self._producer.poll(0.1)

    def _placed(self, place: int, then: Follow, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failed.append(error)
        else:
            self._followed[place] = then((message.partition(), message.offset()))

    def follow(self) -> None:
        """Wait until everything is placed, then produce what follows from the positions, in order of the decisions."""
        if not self._followed:
            return
        if self._producer.flush(_PATIENCE) or self._failed:
            raise TransactionFailed(f"records were not placed: {self._failed[:1]}")
        followed, self._followed = self._followed, []
        for outputs in followed:
            self.write(outputs)

    def commit(self, consumer: Consumer, positions: Mapping[Place, int]) -> None:
        """Make the batch and the positions visible together. Raises ``TransactionFailed``."""
        offsets = [TopicPartition(*place, position) for place, position in positions.items()]
        try:
            self._producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), _PATIENCE)
            self._commit()
        except KafkaException as error:
            raise TransactionFailed(str(error)) from error
        for topic, count in self._written.items():
            metrics.EVENTS_OUT.labels(metrics.topic_label(topic)).inc(count)

    def _commit(self) -> None:
        for _ in range(3):
            try:
                self._producer.commit_transaction(_PATIENCE)
                return
            except KafkaException as error:
                if not error.args[0].retriable():
                    raise
        self._producer.commit_transaction(_PATIENCE)

    def abort(self) -> None:
        """Give the transaction up; a producer left in doubt is replaced."""
        try:
            self._producer.abort_transaction(_PATIENCE)
        except KafkaException as error:
            log.warning("abort failed, the producer is made anew: %s", error)
            self._producer = self._made()
