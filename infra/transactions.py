"""Transactions that stand open on partitions, and an end for those that nobody will end.

A broker that dies at a bad moment may come back with records of a transaction that its coordinator holds for complete
(seen once in twenty deaths on a starved machine, see ``docs/adr/0004``). Then nobody ends it: whoever reads committed
records stands still before it for ever, and so does the group whose positions it touched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kafka import TopicPartition
from kafka.admin import AbortTransactionSpec, TransactionState
from kafka.errors import KafkaError

from infra import clients, reading
from schemas.errors import Unavailable

#: Where the positions of consumer groups lie: transactions touch them too.
_POSITIONS = "__consumer_offsets"
#: Every transaction of ours is ended by Kafka itself long before it is so old, in seconds.
HUNG_AFTER = 300.0
_LIVE = frozenset({TransactionState.ONGOING, TransactionState.PREPARE_COMMIT, TransactionState.PREPARE_ABORT})


@dataclass(frozen=True, slots=True)
class Open:
    """An open transaction on one partition; ``age`` is in seconds since its last record there."""

    topic: str
    partition: int
    producer_id: int
    epoch: int
    coordinator_epoch: int
    since_offset: int
    age: float
    #: Whether its coordinator holds it for open, and so will end it in time. Whoever ended such a one by hand would
    #: make its writer believe in records that nobody reads.
    is_known: bool

    @property
    def is_hung(self) -> bool:
        """Whether nobody will end it."""
        return not self.is_known and self.age > HUNG_AFTER


class KafkaTransactions:
    """Asks and tells a Kafka cluster; raises ``Unavailable``."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._admin = clients.admin(bootstrap)

    def __enter__(self) -> KafkaTransactions:
        return self

    def __exit__(self, *reason: object) -> None:
        self._admin.close()

    def open(self, now: float) -> list[Open]:
        """Those on topics of ours and on groups' positions, the oldest first; ``now`` in seconds since 1970."""
        names = [name for name in reading.topic_names(self._bootstrap) if name.startswith(("techdock.", _POSITIONS))]
        places = [TopicPartition(*place) for place in reading.places(self._bootstrap, names)]
        try:
            known = {
                one.producer_id
                for told in self._admin.list_transactions().values()
                for one in told
                if one.state in _LIVE
            }
            told = self._admin.describe_producers(places)
        except KafkaError as error:
            raise Unavailable(f"the broker does not tell its open transactions ({error})") from error
        return sorted(_open(told.items(), known, now), key=lambda one: -one.age)

    def end(self, transactions: Sequence[Open]) -> None:
        """Aborts them: their records become invisible for good, and what comes after them readable."""
        for one in transactions:
            place = TopicPartition(one.topic, one.partition)
            # The partition lets nobody in who knows of fewer coordinators than it does.
            spec = AbortTransactionSpec(place, one.producer_id, one.epoch, max(0, one.coordinator_epoch))
            try:
                self._admin.abort_transaction(spec)
            except KafkaError as error:
                raise Unavailable(
                    f"{one.topic}[{one.partition}] keeps its transaction ({error}): try again, or see whether it "
                    "is gone"
                ) from error


def _open(told: Iterable[tuple[TopicPartition, object]], known: Collection[int], now: float) -> Iterator[Open]:
    for place, state in told:
        for producer in state.active_producers:  # type: ignore[attr-defined]
            if producer.current_transaction_start_offset >= 0:
                age = max(0.0, now - producer.last_timestamp / 1000)
                yield Open(
                    place.topic, place.partition, producer.producer_id, producer.producer_epoch,
                    producer.coordinator_epoch, producer.current_transaction_start_offset, age,
                    producer.producer_id in known,
                )  # fmt: skip
