"""Reads partitions up to where they end now, transactions that are open at that moment included.

A transaction whose offsets are committed may not be marked yet on another partition. A reader that stops at the last
stable offset would miss it (Kafka's own KAFKA-10167), so the end is asked for without regard to transactions, and
reading waits until all before it is decided.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Message,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from infra.security import access
from schemas.errors import Unavailable

log = logging.getLogger(__name__)

#: Topic and partition.
Place = tuple[str, int]
#: Seconds without any progress after which reading is given up: longer than an open transaction may last.
PATIENCE = 60.0
_T = TypeVar("_T")
#: Clients by the address they ask, where questions share one.
_shared: ContextVar[dict[str, AdminClient] | None] = ContextVar("_shared", default=None)


@contextmanager
def one_client() -> Iterator[None]:
    """Questions about topics go through one client within it: to connect takes longer than to answer most of them.

    For a command that asks much and is over soon. Who runs for days asks by a client of the moment.
    """
    token = _shared.set({} if (shared := _shared.get()) is None else shared)
    try:
        yield
    finally:
        _shared.reset(token)


def _client(bootstrap: str) -> AdminClient:
    shared = _shared.get()
    if shared is None:
        return AdminClient(_settings(bootstrap))
    if bootstrap not in shared:
        shared[bootstrap] = AdminClient(_settings(bootstrap))
    return shared[bootstrap]


def _settings(bootstrap: str) -> dict[str, str | int]:
    # "log_level": that a client went away with an answer unread is no news on the screen of a command.
    return {**access.librdkafka(bootstrap), "log_level": 4}


def topic_names(bootstrap: str) -> list[str]:
    """Names of all topics, sorted. Raises ``Unavailable``."""
    return sorted(_answered(lambda: _client(bootstrap).list_topics(timeout=15).topics))


def places(bootstrap: str, topics: Sequence[str]) -> list[Place]:
    """The partitions of those of ``topics`` that exist. Raises ``Unavailable``."""
    return _answered(lambda: _places(_client(bootstrap), topics))


def _places(admin: AdminClient, topics: Sequence[str]) -> list[Place]:
    found = admin.list_topics(timeout=15).topics
    return [(topic, partition) for topic in topics if topic in found for partition in found[topic].partitions]


def identities(bootstrap: str, names: Collection[str]) -> dict[str, str]:
    """The id of each topic, which no other topic of that name ever has (KIP-516). Raises ``Unavailable``."""
    if not names:
        return {}

    def asked() -> dict[str, str]:
        # Named, so that the client lives until it is answered.
        admin = _client(bootstrap)
        futures = admin.describe_topics(TopicCollection([*names]), request_timeout=10)
        return {name: str(future.result().topic_id) for name, future in futures.items()}

    return _answered(asked)


def ends(bootstrap: str, wanted: Sequence[Place]) -> dict[Place, int]:
    """The offset after the last record of each partition, committed or not. Raises ``Unavailable``."""
    return _answered(lambda: _ends(_client(bootstrap), wanted))


def _ends(admin: AdminClient, wanted: Sequence[Place]) -> dict[Place, int]:
    if not wanted:
        return {}
    request = {TopicPartition(*place): OffsetSpec.latest() for place in wanted}
    futures = admin.list_offsets(request, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=10)
    return {(tp.topic, tp.partition): future.result().offset for tp, future in futures.items()}


def records(bootstrap: str, spans: Mapping[Place, tuple[int, int]]) -> Iterator[Message]:
    """Committed records from the first to before the second offset of each partition; raises ``Unavailable``."""
    missing = {place: end for place, (_, end) in spans.items() if end > 0}
    if not missing:
        return
    consumer = Consumer(
        {
            **access.librdkafka(bootstrap),
            "group.id": f"reader-{uuid.uuid4()}",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "log_level": 4,
            "fetch.queue.backoff.ms": 20,
            "fetch.error.backoff.ms": 50,
            # Behind the marker of a last transaction nothing comes: the broker would hold that answer back for 500.
            "fetch.wait.max.ms": 10,
        }
    )
    try:
        consumer.assign([TopicPartition(*place, spans[place][0]) for place in missing])
        yield from _until_all_read(consumer, missing)
    finally:
        consumer.close()


def committed_records(
    bootstrap: str, topics: Sequence[str], partitions: Collection[int] | None = None
) -> Iterator[Message]:
    """Every committed record of ``topics``, in order within each partition, of all or of these; raises
    ``Unavailable``."""

    def asked() -> dict[Place, int]:
        # One client for both questions: connecting takes longer than either.
        admin = _client(bootstrap)
        return _ends(admin, [one for one in _places(admin, topics) if partitions is None or one[1] in partitions])

    return records(bootstrap, {place: (0, end) for place, end in _answered(asked).items()})


def positions(asking: Consumer, wanted: Sequence[Place], seconds: float) -> dict[Place, int]:
    """Where the group of ``asking`` is to go on; 0 where it has committed nothing.

    Raises ``KafkaException`` where nobody answers in time, ``Unavailable`` where one position cannot be read: to take
    no answer for no position would decide everything again.
    """
    found = asking.committed([TopicPartition(*place) for place in wanted], seconds)
    for one in found:
        if one.error is not None:
            raise Unavailable(f"the position in {one.topic} cannot be read: {one.error}")
    return {(one.topic, one.partition): max(one.offset, 0) for one in found}


def group_positions(bootstrap: str, group: str, topic: str) -> dict[Place, int]:
    """Where ``group`` goes on in each partition, 0 where it has committed nothing; raises ``Unavailable``."""
    wanted = places(bootstrap, [topic])
    asking = Consumer({**_settings(bootstrap), "group.id": group, "enable.auto.commit": False})
    try:
        return _answered(lambda: positions(asking, wanted, 30))
    finally:
        asking.close()


def last_before_group(bootstrap: str, group: str, topic: str) -> dict[int, bytes | None]:
    """By partition, the value of the last record that ``group`` has committed to have read; raises ``Unavailable``.

    A group commits the offset after a record, so that this record is right before its position.
    """
    found = group_positions(bootstrap, group, topic)
    spans = {place: (offset - 1, offset) for place, offset in found.items() if offset > 0}
    return {message.partition(): message.value() for message in records(bootstrap, spans)}


def _until_all_read(consumer: Consumer, missing: dict[Place, int]) -> Iterator[Message]:
    deadline = time.monotonic() + PATIENCE
    while missing:
        # The next one, and what has come with it: a batch that is to be full is waited for, however little there is.
        for message in (*consumer.consume(1, 0.5), *consumer.consume(2000, 0)):
            place, error = (message.topic(), message.partition()), message.error()
            end = missing.get(place)
            if end is None:
                continue
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise Unavailable(f"{place[0]}[{place[1]}] cannot be read: {error}")
            if error is None and message.offset() < end:
                yield message
            if message.offset() + (error is None) >= end:
                del missing[place]
            deadline = time.monotonic() + PATIENCE
        if time.monotonic() > deadline:
            raise Unavailable(f"{sorted(missing)} did not become readable within {PATIENCE:.0f} s")


def _answered(ask: Callable[[], _T]) -> _T:
    """The answer, after more tries where the broker is just coming back."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except KafkaException as error:
            if time.monotonic() > deadline:
                raise Unavailable(f"the Kafka broker does not answer: {error}") from error
            log.warning("the broker is asked again: %s", error)
            # By another client: after a broker's restart an older one holds on to outdated leaders.
            if (shared := _shared.get()) is not None:
                shared.clear()
            time.sleep(1)
