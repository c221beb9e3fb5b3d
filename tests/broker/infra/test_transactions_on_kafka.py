"""A transaction that nobody ends is found, ended, and what lies behind it can be read."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace

import pytest
from confluent_kafka import Producer

from infra import clients
from infra.reading import committed_records
from infra.topics import KafkaCluster
from infra.transactions import HUNG_AFTER, KafkaTransactions, Open
from schemas import topics


@pytest.fixture
def inbox(bootstrap: str) -> str:
    """A topic of ours that this test has for itself."""
    topic = topics.inbox(f"hanging-{uuid.uuid4().hex[:12]}")
    with KafkaCluster(bootstrap) as cluster:
        cluster.create([topic])
    return topic.name


def _open_on(found: list[Open], topic: str) -> list[Open]:
    return [one for one in found if one.topic == topic]


def test_an_open_transaction_is_told_and_can_be_ended(bootstrap: str, inbox: str) -> None:
    writer = Producer({"bootstrap.servers": bootstrap, "transactional.id": inbox, "transaction.timeout.ms": 600_000})
    writer.init_transactions(30)
    writer.begin_transaction()
    writer.produce(inbox, b"never committed")
    writer.flush(30)
    behind = clients.producer(bootstrap, compression_type=None)
    behind.send(inbox, b"behind it").get(30)
    behind.close()
    now = time.time()
    with KafkaTransactions(bootstrap) as cluster:
        (found,) = _open_on(cluster.open(now), inbox)
        assert (found.partition, found.since_offset, found.is_known) == (0, 0, True)
        # However old: its coordinator will end it.
        (later,) = _open_on(cluster.open(now + HUNG_AFTER + 60), inbox)
        assert not later.is_hung
        assert replace(later, is_known=False).is_hung
        assert not replace(found, is_known=False).is_hung
        cluster.end([found])
        assert _open_on(cluster.open(now), inbox) == []
    assert [message.value() for message in committed_records(bootstrap, [inbox])] == [b"behind it"]
