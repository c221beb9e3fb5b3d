"""Says one record that a person has decided to publish: written by all replicas, or told as doubtful."""

from __future__ import annotations

import time

from kafka.errors import KafkaError

from infra import clients, reading
from schemas import codec, framing
from schemas.cloudevents import Stamp
from schemas.errors import Misconfigured, Unavailable
from schemas.records import Record
from schemas.topics import Topic

_PATIENCE = 30.0


def announce(bootstrap: str, topic: Topic, key: str, record: Record, doubt: str) -> None:
    """Write ``record`` to ``topic`` and wait until it stands there.

    Raises ``Misconfigured`` where the topic is missing, and ``Unavailable`` where nobody knows whether it was written:
    its message is ``doubt``, in which ``{error}`` is what went wrong.
    """
    if not reading.places(bootstrap, [topic.name]):
        raise Misconfigured([f"there is no topic {topic.name}: make it with `techdock topics apply`"])
    data, now = codec.encode(record), int(time.time() * 1000)
    producer = clients.producer(bootstrap)
    try:
        sent = producer.send(
            topic.name,
            framing.adopted().written(topic.name, data),
            key.encode(),
            headers=Stamp(topic.written_by[0]).of(data, now),
            timestamp_ms=now,
        )
        sent.get(_PATIENCE)
    except KafkaError as error:
        raise Unavailable(doubt.format(error=error)) from error
    finally:
        producer.close()
