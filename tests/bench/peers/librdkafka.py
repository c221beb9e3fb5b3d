"""The least that exactly-once can cost in Python: read, decode, write, one transaction for each batch."""

from __future__ import annotations

import sys

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from schemas import codec

_BATCH = 2_000


def main(bootstrap: str, source: str, output: str, group: str) -> None:
    """Copy ``source`` to ``output`` until killed."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([source])
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": group, "linger.ms": 5})
    producer.init_transactions(30)
    while True:
        messages = [message for message in consumer.consume(_BATCH, 0.1) if message.error() is None]
        if messages:
            _copy(messages, consumer, producer, output)


def _copy(messages: list[Message], consumer: Consumer, producer: Producer, output: str) -> None:
    producer.begin_transaction()
    for message in messages:
        codec.decode_fields(message.value())
        producer.produce(output, message.value(), message.key())
    after = {(message.topic(), message.partition()): message.offset() + 1 for message in messages}
    positions = [TopicPartition(*place, offset) for place, offset in after.items()]
    producer.send_offsets_to_transaction(positions, consumer.consumer_group_metadata(), 30)
    producer.commit_transaction(30)


if __name__ == "__main__":
    main(*sys.argv[1:])
