"""The whole system with a schema registry of its own, and then without it, over the same log."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from infra.reading import committed_records
from schemas import codec, topics
from schemas.framing import CONFLUENT, SINGLE_OBJECT
from tests.e2e.conftest import System, until
from tests.unit.streams.making import achievement

CONTEXT = SerializationContext("any", MessageField.VALUE)
OFFERS = "id,title\n1,船体水下清洗机器人\n2,甲醇制烯烃分子筛催化剂\n"
DEMANDS = "id,title\n7,船体清洗机器人\n"


@pytest.fixture
def registered(artefacts: Path) -> Iterator[System]:
    """A system with a registry; a test may stop it and start it in another way."""
    with tempfile.TemporaryDirectory(prefix="techdock-e2e-") as folder:
        made = System(Path(folder), artefacts)
        made.run("up", "--detach", "--registry")
        yield made
        made.run("down")


def imported(system: System, file: Path, text: str, kind: str, institution: str) -> int:
    """How many rows were accepted."""
    file.write_text(text, encoding="utf-8")
    told = system.json("import", str(file), "--as", kind, "--institution", institution, "--wait")
    return int(told["accepted"])


def markers(system: System, topic: str) -> list[bytes]:
    """How the records of a topic begin: with one byte of Confluent's frame, or two of single-object encoding."""
    read = committed_records(system.bootstrap(), [topic])
    return [value[:1] if value[:1] == CONFLUENT else value[:2] for value in (one.value() for one in read)]


@pytest.mark.timeout(900)
def test_what_others_read_has_their_frame_and_the_market_is_the_same_with_and_without_a_registry(
    registered: System, tmp_path: Path
) -> None:
    system, file = registered, tmp_path / "rows.csv"
    endpoints = json.loads((system.home / "run" / "endpoints.json").read_text(encoding="utf-8"))
    assert "registry" in {one["name"] for one in system.json("status")["processes"]}
    assert imported(system, file, OFFERS, "achievements", "r-lab") == 2
    assert imported(system, file, DEMANDS, "demands", "r-works") == 1
    with SchemaRegistryClient({"url": endpoints["schema_registry_url"]}) as client:
        _say(system, client)
        assert system.verified()["differences"] == []
        matches = _matches(system, client)
    assert {(one["achievement_id"], one["demand_id"]) for one in matches} == {("1", "7"), ("F1", "7")}
    assert set(markers(system, topics.receipts("r-lab").name)) == {CONFLUENT}
    assert set(markers(system, topics.CANDIDATES.name)) == {SINGLE_OBJECT}

    # Dead, it comes back by itself, and nobody needed it meanwhile.
    pid = system.pid("registry")
    os.kill(pid, signal.SIGKILL)
    assert imported(system, file, "id,title\n3,船体清洗\n", "achievements", "r-lab") == 1
    until(lambda: system.pid("registry") != pid and system.attempt("status").returncode == 0, 120)

    system.run("down")
    system.run("up", "--detach")
    assert imported(system, file, "id,title\n4,船体检测\n", "achievements", "r-lab") == 1
    assert system.verified()["differences"] == []
    assert markers(system, topics.receipts("r-lab").name)[-1] == SINGLE_OBJECT
    assert set(markers(system, topics.ACHIEVEMENTS.name)) == {CONFLUENT, SINGLE_OBJECT}


def _say(system: System, client: SchemaRegistryClient) -> None:
    """A vendor's program writes with Confluent's own serializer."""
    options = {"subject.name.strategy": lambda _context, name: name}
    serializer = AvroSerializer(client, json.dumps(codec.schema("AchievementRegistered")), conf=options)
    said = codec.plain(achievement("F1", "船体清洗机器人", institution_id="r-lab"))
    producer = Producer({"bootstrap.servers": system.bootstrap(), "acks": "all"})
    producer.produce(topics.inbox("r-lab").name, serializer(said, CONTEXT))
    assert producer.flush(30) == 0


def _matches(system: System, client: SchemaRegistryClient) -> list[dict[str, Any]]:
    """Proposed matches as Confluent's own deserializer reads them."""
    read = AvroDeserializer(client)
    found = [read(one.value(), CONTEXT) for one in committed_records(system.bootstrap(), [topics.MATCHES.name])]
    return [one for one in found if "reasons" in one]
