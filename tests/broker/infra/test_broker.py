"""The embedded broker and database come up, come back, and keep what they were given."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from rich.console import Console

from infra import ports, runfiles
from infra.broker import aot, embedded
from infra.broker.rehearsal import rehearse
from infra.home import Endpoints, Home
from infra.settings import Settings
from infra.supervisor import infrastructure
from infra.terminal import PlainSteps
from infra.topics import KafkaCluster
from schemas.errors import Misconfigured
from schemas.topics import Topic

QUIET = PlainSteps(Console(stderr=True))
TOPIC = Topic("techdock.kept.v1", "Kept over a crash.", (), "none", (), (), 1)
Until = Callable[[Callable[[], bool]], None]


def write(bootstrap: str, value: bytes) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all"})
    producer.produce(TOPIC.name, value)
    assert producer.flush(20) == 0


def read_one(bootstrap: str) -> bytes | None:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "auto.offset.reset": "earliest"})
    consumer.subscribe([TOPIC.name])
    deadline = time.monotonic() + 30
    try:
        while time.monotonic() < deadline:
            message = consumer.poll(0.2)
            if message is not None and message.error() is None:
                value: bytes = message.value()
                return value
    finally:
        consumer.close()
    return None


def psycopg_url(endpoints: Endpoints) -> str:
    return endpoints.database_url.replace("+psycopg", "")


def test_a_second_start_finds_the_same_ports_the_same_records_and_the_same_rows(settings: Settings) -> None:
    with infrastructure(settings, QUIET) as first, KafkaCluster(first.bootstrap) as cluster:
        cluster.create([TOPIC])
        write(first.bootstrap, b"kept")
        with psycopg.connect(psycopg_url(first)) as link:
            link.execute("CREATE TABLE kept AS SELECT 'row' AS what")
    with infrastructure(settings, QUIET) as second:
        assert second == first
        assert read_one(second.bootstrap) == b"kept"
        with psycopg.connect(psycopg_url(second)) as link:
            assert link.execute("SELECT what FROM kept").fetchone() == ("row",)
    assert runfiles.read_all(Home(settings.home).run) == ()


def test_a_broker_and_a_database_that_are_killed_come_back_with_everything(settings: Settings, until: Until) -> None:
    place = Home(settings.home)
    with infrastructure(settings, QUIET) as endpoints:
        with KafkaCluster(endpoints.bootstrap) as cluster:
            cluster.create([TOPIC])
        write(endpoints.bootstrap, b"kept")
        for record in runfiles.read_all(place.run):
            os.kill(record.pid, signal.SIGKILL)
        until(lambda: not any(map(runfiles.is_alive, runfiles.read_all(place.run))))
    with infrastructure(settings, QUIET) as endpoints:
        assert read_one(endpoints.bootstrap) == b"kept"


def test_a_fixed_port_that_is_taken_is_one_sentence_and_a_chosen_one_moves(settings: Settings, place: Home) -> None:
    place.make()
    kept = ports.chosen(place.ports, ("broker-1", "controller-1"))
    with socket.create_server(("127.0.0.1", kept["broker-1"])):
        fixed = Settings(settings.home, settings.artefacts, broker_port=kept["broker-1"])
        with pytest.raises(Misconfigured, match=r"^port \d+ \(broker-1\) is taken"), infrastructure(fixed, QUIET):
            pass
        with infrastructure(settings, QUIET) as endpoints:
            assert endpoints.bootstrap != f"127.0.0.1:{kept['broker-1']}"


def test_three_nodes_keep_three_copies_and_outlive_one_of_them(settings: Settings, place: Home, until: Until) -> None:
    with infrastructure(settings, QUIET, brokers=3) as endpoints:
        with KafkaCluster(endpoints.bootstrap) as cluster:
            cluster.create([TOPIC])
        (partition,) = (
            AdminClient({"bootstrap.servers": endpoints.bootstrap})
            .list_topics(timeout=10)
            .topics[TOPIC.name]
            .partitions.values()
        )
        assert sorted(partition.replicas) == [1, 2, 3]
        (second,) = (record for record in runfiles.read_all(place.run) if record.name == "broker-2")
        os.kill(second.pid, signal.SIGKILL)
        until(lambda: not runfiles.is_alive(second))
        write(endpoints.bootstrap, b"kept")
        assert read_one(endpoints.bootstrap) == b"kept"
    with pytest.raises(Misconfigured, match="was made for 3 broker"):
        embedded.node_count(place, 1)
    assert embedded.node_count(place, None) == 3


def test_only_this_machine_reaches_the_broker_and_only_its_owner_the_database(endpoints: Endpoints) -> None:
    assert endpoints.bootstrap.startswith("127.0.0.1:")
    folder = Path(endpoints.database_url.partition("host=")[2])
    assert folder.stat().st_mode & 0o077 == 0


def test_a_format_that_was_cut_short_is_done_again(settings: Settings, place: Home) -> None:
    with infrastructure(settings, QUIET):
        pass
    (place.root / "broker-1" / "formatted").unlink()
    (place.root / "broker-1" / "data" / "meta.properties").write_text("half", encoding="utf-8")
    with infrastructure(settings, QUIET) as endpoints:
        assert embedded.is_healthy(endpoints.bootstrap)


def test_what_java_learned_of_kafka_is_kept_once(artefacts: Path) -> None:
    kept = aot.cache(artefacts)
    before = kept.stat()
    assert rehearse(artefacts, QUIET) == kept
    assert kept.stat() == before
    assert aot.learned(artefacts) == (f"-XX:AOTCache={kept}",)


def test_what_is_no_cache_hinders_no_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = settings.home / "broken.aot"
    broken.write_bytes(b"cut short")
    monkeypatch.setattr(aot, "cache", lambda _: broken)
    with infrastructure(settings, QUIET) as endpoints:
        (node,) = (record for record in runfiles.read_all(settings.home / "run") if record.name == "broker-1")
        assert aot.learned(settings.artefacts)[0] in node.argv
        assert embedded.is_healthy(endpoints.bootstrap)
