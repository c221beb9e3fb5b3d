"""The embedded schema registry: it comes up with the broker, keeps what it was given, and holds our schemas to it."""

from __future__ import annotations

import copy
import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from rich.console import Console

from infra import home, runfiles, schema_ids
from infra.broker import registry
from infra.home import Home
from infra.settings import Settings
from infra.supervisor import infrastructure
from infra.terminal import PlainSteps
from schemas import codec, topics
from schemas.editions import PRESENT
from schemas.errors import Misconfigured
from schemas.framing import Framing
from tests.broker.apicurio import Apicurio
from tests.contract.schemas.examples import loaded, paths, spelled
from tests.unit.schemas.framed import adopting

QUIET = PlainSteps(Console(stderr=True))
RECEIPTS = topics.receipts("dlut").name
Until = Callable[[Callable[[], bool]], None]


def levels(url: str) -> set[str]:
    """How compatible the registry keeps our subjects."""
    subjects = httpx.get(f"{url}/subjects", timeout=30).json()
    assert set(subjects) == {f"techdock.{name}" for name in PRESENT.records}
    return {httpx.get(f"{url}/config/{subject}").json()["compatibilityLevel"] for subject in subjects}


def test_it_comes_up_beside_the_broker_and_keeps_its_ids_over_a_crash_and_a_restart(
    settings: Settings, place: Home, until: Until
) -> None:
    with infrastructure(settings, QUIET, registry=True) as first:
        assert first.schema_registry_url is not None
        assert first.schema_registry_url.startswith("http://127.0.0.1:")
        assert levels(first.schema_registry_url) == {"FULL_TRANSITIVE"}
        kept = json.loads(place.schema_ids.read_text(encoding="utf-8"))
        record = runfiles.read(place.run / f"{registry.NAME}.json")
        assert record is not None
        os.kill(record.pid, signal.SIGKILL)
        until(lambda: not runfiles.is_alive(record))
    with infrastructure(settings, QUIET, registry=True) as second:
        assert second == first
        assert json.loads(place.schema_ids.read_text(encoding="utf-8")) == kept
        # As a process does it whose home knows nothing yet.
        elsewhere = Settings(place.root / "elsewhere", settings.artefacts)
        assert schema_ids.found(elsewhere, second.schema_registry_url) == schema_ids.found(
            settings, second.schema_registry_url
        )
    assert runfiles.read_all(place.run) == ()


def test_one_that_is_named_and_one_of_our_own_are_not_both_wanted(settings: Settings, place: Home) -> None:
    named = Settings(place.root, settings.artefacts, schema_registry_url="http://registry")
    with (
        pytest.raises(Misconfigured, match="leave it out to run one here"),
        infrastructure(named, QUIET, registry=True),
    ):
        pass
    assert home.registry_url(named) == "http://registry"


def _target(link: Path) -> str | None:
    """What an open file of a process is; ``None`` where it was closed meanwhile."""
    try:
        return os.readlink(link)
    except FileNotFoundError:
        return None


def test_only_this_machine_reaches_it(apicurio: Apicurio) -> None:
    record = runfiles.read(apicurio.place.run / f"{registry.NAME}.json")
    assert record is not None
    links = filter(None, map(_target, Path(f"/proc/{record.pid}/fd").iterdir()))
    inodes = {link.removeprefix("socket:[").rstrip("]") for link in links if link.startswith("socket:")}
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{record.pid}/net/{table}").read_text(encoding="utf-8").splitlines()[1:]
    ]
    listening = [fields[1].rpartition(":")[0] for fields in lines if fields[3] == "0A" and fields[9] in inodes]
    assert len(listening) == 2
    assert set(listening) <= {"0100007F", "0000000000000000FFFF00000100007F"}


@pytest.mark.usefixtures("registered")
def test_what_was_registered_right_before_a_crash_is_there_afterwards(apicurio: Apicurio) -> None:
    for turn in range(2):
        schema = {"type": "record", "name": f"Said{turn}", "namespace": "of.others", "fields": []}
        subject = f"{apicurio.url}/subjects/of.others.Said{turn}/versions"
        schema_id = httpx.post(subject, json={"schema": json.dumps(schema)}).json()["id"]
        apicurio.kill()
        apicurio.start()
        kept = httpx.get(f"{apicurio.url}/schemas/ids/{schema_id}").json()
        assert json.loads(kept["schema"]) == schema


def test_it_refuses_a_schema_that_an_earlier_one_cannot_live_with(apicurio: Apicurio) -> None:
    changed = copy.deepcopy(codec.schema("AchievementRegistered"))
    changed["fields"].append({"name": "must", "type": "string", "doc": "It has no default."})
    answer = httpx.post(
        f"{apicurio.url}/subjects/techdock.AchievementRegistered/versions", json={"schema": json.dumps(changed)}
    )
    assert answer.status_code in {409, 422}


@pytest.fixture(scope="module")
def client(apicurio: Apicurio) -> Iterator[SchemaRegistryClient]:
    """Confluent's own."""
    with SchemaRegistryClient({"url": apicurio.url}) as made:
        yield made


def record_name(_context: Any, name: str) -> str:
    """The subject under which our schemas stand."""
    return name


@pytest.mark.parametrize("path", paths(), ids=spelled)
def test_confluents_own_client_reads_what_we_frame_and_we_what_it_writes(
    path: Path, client: SchemaRegistryClient, registered: Framing
) -> None:
    name, values = loaded(path)
    bare = codec.encode_fields(name, values)
    context = SerializationContext(RECEIPTS, MessageField.VALUE)
    _, plain = codec.decode_fields(bare)

    assert AvroDeserializer(client)(registered.written(RECEIPTS, bare), context) == plain

    options = {"subject.name.strategy": record_name, "auto.register.schemas": False}
    theirs = AvroSerializer(client, json.dumps(codec.schema(name)), conf=options)(plain, context)
    assert theirs == registered.written(RECEIPTS, bare)
    with adopting(registered):
        assert codec.decode_fields(theirs) == (name, plain)
