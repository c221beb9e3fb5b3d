"""Admission with a schema registry: others read and write with Confluent's own client, and a registry may go away."""

from __future__ import annotations

import copy
import itertools
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from prometheus_client import REGISTRY

from infra.reading import committed_records
from infra.registry import schema_by_id
from schemas import codec, topics
from schemas.framing import CONFLUENT, SINGLE_OBJECT, Framing
from schemas.records import AchievementRegistered, SubmissionAccepted
from tests.broker.apicurio import Apicurio
from tests.broker.streams.admitting import Admitting, admitting, until, worker
from tests.unit.schemas.framed import adopting
from tests.unit.streams.making import achievement

NAME = AchievementRegistered.__name__
CONTEXT = SerializationContext("any", MessageField.VALUE)


@pytest.fixture
def client(apicurio: Apicurio) -> Iterator[SchemaRegistryClient]:
    """Confluent's own, which remembers nothing of other tests."""
    with SchemaRegistryClient({"url": apicurio.url}) as made:
        yield made


def theirs(client: SchemaRegistryClient, schema: dict[str, Any] | None = None) -> AvroSerializer:
    """A foreign writer of achievements, by our schema or one of its own."""
    text = json.dumps(schema or codec.schema(NAME))
    return AvroSerializer(client, text, conf={"subject.name.strategy": lambda _context, name: name})


def evolved() -> dict[str, Any]:
    """The schema of a vendor who has one field more, which nobody else has ever seen."""
    schema = copy.deepcopy(codec.schema(NAME))
    field = {"name": f"video_{uuid.uuid4().hex[:8]}", "type": "string", "doc": "A film of it.", "default": ""}
    schema["fields"].append(field)
    return schema


def named(world: Admitting, name: str) -> dict[str, Any]:
    """An achievement of the first institution, as plain values."""
    plain: dict[str, Any] = codec.plain(achievement(name, institution_id=world.institutions[0]))
    return plain


def values(world: Admitting, topic: str) -> list[bytes]:
    """What lies in a topic under the keys of the first institution, or in its own."""
    read = committed_records(world.bootstrap, [topic])
    mine = world.institutions[0]
    return [one.value() for one in read if topics.institution_of(topic) or one.key().decode().startswith(f"{mine}/")]


def test_a_foreign_writer_is_admitted_and_a_foreign_reader_reads_register_and_receipt(
    bootstrap: str, apicurio: Apicurio, client: SchemaRegistryClient, registered: Framing
) -> None:
    with adopting(registered), admitting(bootstrap, "one", schema_by_id=schema_by_id(apicurio.url)) as world:
        (one,) = world.institutions
        said = [named(world, "A1"), named(world, "A2")]
        world.say(one, theirs(client)(said[0], CONTEXT))
        world.say(one, theirs(client, evolved())(said[1], CONTEXT))
        world.flush()
        until(lambda: len(world.receipts(one)) == 2)
        read = AvroDeserializer(client)
        receipts = [read(value, CONTEXT) for value in values(world, topics.receipts(one).name)]
        assert [str(receipt["submission_id"]) for receipt in receipts] == [str(each["submission_id"]) for each in said]
        assert [receipt["register_topic"] for receipt in receipts] == [topics.ACHIEVEMENTS.name] * 2
        register = [read(value, CONTEXT) for value in values(world, topics.ACHIEVEMENTS.name)]
        assert sorted(each["achievement_id"] for each in register) == ["A1", "A2"]
        # What only our own lanes read needs no registry.
        assert {value[:2] for value in values(world, topics.NEGOTIATIONS.name)} == {SINGLE_OBJECT}


def test_a_schema_id_that_nobody_gave_and_a_byte_that_begins_nothing_go_to_quarantine_and_the_rest_goes_on(
    bootstrap: str, apicurio: Apicurio, client: SchemaRegistryClient, registered: Framing
) -> None:
    with adopting(registered), admitting(bootstrap, "one", schema_by_id=schema_by_id(apicurio.url)) as world:
        (one,) = world.institutions
        good = theirs(client)(named(world, "A1"), CONTEXT)
        broken = [b"\x00\x7f\xff\xff\xff" + good[5:], b"\x01" + good[1:], good[:-1]]
        for value in (*broken, good):
            world.say(one, value)
        world.flush()
        until(lambda: len(world.receipts(one)) == 1)
        found = world.quarantined(one)
        assert [value for _, value in found] == broken
        whys = [history.message for history, _ in found]
        assert "does not know schema id 2147483647" in whys[0]
        assert "neither Avro single-object nor Confluent framing" in whys[1]
        assert "does not follow its schema" in whys[2]


def waiting() -> float | None:
    """Whether admission says that it waits."""
    return REGISTRY.get_sample_value("techdock_lane_waiting", {"lane": "admission"})


def test_while_the_registry_is_dead_admission_waits_says_so_and_loses_nothing(
    bootstrap: str, apicurio: Apicurio, client: SchemaRegistryClient, registered: Framing, tmp_path: Path
) -> None:
    look_up = schema_by_id(apicurio.url)
    with adopting(registered), admitting(bootstrap, "one", schema_by_id=look_up, run_folder=tmp_path) as world:
        (one,) = world.institutions
        ours, new = theirs(client), theirs(client, evolved())
        numbers = itertools.count(1)
        said = [named(world, f"A{next(numbers)}") for _ in range(4)]
        # The registry learns of the new schema before it dies; admission has not met it.
        values = [(ours if each is not said[2] else new)(each, CONTEXT) for each in said]
        apicurio.kill()
        try:
            for value in values[:2]:
                world.say(one, value)
            world.flush()
            until(lambda: len(world.receipts(one)) == 2)
            for value in values[2:]:
                world.say(one, value)
            world.flush()
            until(lambda: waiting() == 1)
            (word,) = tmp_path.glob("*.waiting")
            assert "the schema registry does not answer" in json.loads(word.read_text(encoding="utf-8"))["cause"]
            assert len(world.receipts(one)) == 2
        finally:
            apicurio.start()
        until(lambda: len(world.receipts(one)) == 4, 60)
        until(lambda: waiting() == 0)
        assert list(tmp_path.glob("*.waiting")) == []
        answered = world.receipts(one)
        assert [receipt.submission_id for receipt in answered] == [each["submission_id"] for each in said]
        assert all(isinstance(receipt, SubmissionAccepted) for receipt in answered)
        assert world.quarantined(one) == []


@pytest.mark.parametrize("order", [(True, False, True), (False, True, False)])
def test_the_switch_may_be_turned_in_the_middle_of_a_log_and_every_id_keeps_its_receipt(
    bootstrap: str, registered: Framing, order: tuple[bool, ...]
) -> None:
    reading = Framing(registered.prefixes)
    # A first worker that says nothing but makes the topics.
    with adopting(reading), admitting(bootstrap, "one") as world:
        (one,) = world.institutions
    said = [codec.encode(achievement(f"A{turn}", institution_id=one)) for turn, _ in enumerate(order)]
    expected = []
    for turn, confluent in enumerate(order):
        with adopting(registered if confluent else reading), worker(world):
            # All that was said before is said again: a restart answers it as the first time.
            for value in said[: turn + 1]:
                world.say(one, (registered if confluent else reading).written(topics.inbox(one).name, value))
            world.flush()
            expected += [confluent] * (turn + 1)
            until(lambda: len(values(world, topics.receipts(one).name)) == len(expected))  # noqa: B023 - done by then
    written = values(world, topics.receipts(one).name)
    assert [value[:1] == CONFLUENT for value in written] == expected
    bare = [registered.bare(value) for value in written]
    assert bare == [bare[0], bare[0], bare[2], bare[0], bare[2], bare[5]]
    assert len(set(bare)) == 3
