"""What waits is told exactly on a real broker, whatever transactions leave in the log."""

from __future__ import annotations

import time
import uuid

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from infra.home import Endpoints
from infra.lag import NOBODY, KafkaLag, Lag, wait_until_drained
from infra.topics import KafkaCluster
from schemas.topics import Topic, inbox

_NO_COORDINATOR_YET = {
    KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
}  # fmt: skip


class Scene:
    """A topic, a group that reads it and a transactional producer, each of its own."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.name = f"techdock.lag-{uuid.uuid4().hex[:8]}.v1"
        self.group = f"techdock.{uuid.uuid4().hex[:8]}"
        with KafkaCluster(bootstrap) as cluster:
            cluster.create([Topic(self.name, "for a test", (), "none", (), (), 2)])
        self.producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": self.name})
        self.producer.init_transactions(20)

    def begin(self, records: int) -> None:
        self.producer.begin_transaction()
        for number in range(records):
            self.producer.produce(self.name, str(number).encode(), partition=0)
        self.producer.flush(20)

    def committed(self, offset: int) -> None:
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": self.group})
        deadline = time.monotonic() + 20
        while not self._is_committed(consumer, offset):
            assert time.monotonic() < deadline, "the group has no coordinator"
        consumer.close()

    def _is_committed(self, consumer: Consumer, offset: int) -> bool:
        try:
            consumer.commit(offsets=[TopicPartition(self.name, 0, offset)], asynchronous=False)
        except KafkaException as error:
            # A broker that was just started has no coordinator for a moment.
            if error.args[0].code() not in _NO_COORDINATOR_YET:
                raise
            return False
        return True

    def waiting(self) -> int | None:
        with KafkaLag(self.bootstrap) as cluster:
            return cluster.measure().get(self.group, {}).get(self.name)


@pytest.fixture
def scene(endpoints: Endpoints) -> Scene:
    return Scene(endpoints.bootstrap)


def test_a_group_behind_the_marker_of_its_last_record_waits_for_nothing(scene: Scene) -> None:
    scene.begin(3)
    scene.producer.commit_transaction(20)
    scene.committed(3)
    assert scene.waiting() == 0
    scene.committed(2)
    assert scene.waiting() == 2
    scene.committed(4)
    assert scene.waiting() == 0


def test_aborted_records_are_nothing_to_wait_for(scene: Scene) -> None:
    scene.begin(2)
    scene.producer.commit_transaction(20)
    scene.begin(5)
    scene.producer.abort_transaction(20)
    scene.committed(2)
    assert scene.waiting() == 0


def test_an_open_transaction_is_waited_for(scene: Scene) -> None:
    scene.begin(2)
    scene.committed(0)
    assert scene.waiting() == 2
    scene.producer.abort_transaction(20)
    assert scene.waiting() == 0


def test_a_partition_without_a_commit_counts_from_its_beginning(scene: Scene) -> None:
    scene.committed(0)
    plain = Producer({"bootstrap.servers": scene.bootstrap})
    plain.produce(scene.name, b"x", partition=1)
    assert plain.flush(20) == 0
    assert scene.waiting() == 1


def test_an_inbox_that_nobody_has_noticed_yet_is_waited_for(endpoints: Endpoints) -> None:
    topic = inbox(f"lag-{uuid.uuid4().hex[:8]}")
    with KafkaCluster(endpoints.bootstrap) as cluster, KafkaLag(endpoints.bootstrap) as measured:
        cluster.create([topic])
        assert measured.measure()[NOBODY][topic.name] == 0
        producer = Producer({"bootstrap.servers": endpoints.bootstrap})
        producer.produce(topic.name, b"x")
        assert producer.flush(20) == 0
        assert measured.measure()[NOBODY][topic.name] == 1
        # Other tests of this broker wait for calm.
        cluster.delete([topic.name])


def test_drained_on_a_real_broker_is_calm(scene: Scene) -> None:
    scene.begin(1)
    scene.producer.commit_transaction(20)
    scene.committed(1)
    with KafkaLag(scene.bootstrap) as cluster:

        def of_this_scene() -> tuple[Lag, int]:
            measured, size = cluster.measure_with_size()
            return {scene.group: measured[scene.group]}, size

        drained = wait_until_drained(of_this_scene, time.monotonic() + 30, calm=0.3)
    assert drained == {scene.group: {scene.name: 0}}
