"""The Confluent wire format is read as well: by the writer's schema, as the registry gives it."""

from __future__ import annotations

import copy
import io
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fastavro
import pytest

from schemas import codec
from schemas.errors import Unreadable
from schemas.records import AchievementRegistered, CooperationMode
from tests.contract.schemas.examples import loaded, paths, spelled

EXAMPLE = next(path for path in paths() if spelled(path) == "AchievementRegistered/hull-cleaning-robot")


def _framed(schema_id: int, schema: Mapping[str, Any], values: Mapping[str, Any]) -> bytes:
    out = io.BytesIO(struct.pack(">bI", 0, schema_id))
    out.seek(5)
    fastavro.schemaless_writer(out, fastavro.parse_schema(dict(schema)), dict(values))
    return out.getvalue()


def _of_a_later_release() -> dict[str, Any]:
    """A schema with one field more, and one more mode of cooperation."""
    schema = copy.deepcopy(codec.schema("AchievementRegistered"))
    field = {"name": "video_url", "type": "string", "doc": "A film of it.", "default": ""}
    schema["fields"].insert(4, field)
    (modes,) = (field["type"]["items"] for field in schema["fields"] if field["name"] == "modes")
    modes["symbols"].append("PILOT_TEST")
    return schema


@pytest.mark.parametrize("path", paths(), ids=spelled)
def test_every_example_is_read_from_confluent_framing(path: Path) -> None:
    name, values = loaded(path)

    record = codec.decode(_framed(7, codec.schema(name), values), {7: codec.schema(name)}.get)

    assert codec.encode(record) == codec.encode_fields(name, values)


def test_an_id_that_the_registry_does_not_know_is_unreadable() -> None:
    name, values = loaded(EXAMPLE)

    with pytest.raises(Unreadable, match="does not know schema id 8"):
        codec.decode(_framed(8, codec.schema(name), values), {7: codec.schema(name)}.get)


def test_without_a_registry_it_is_unreadable() -> None:
    name, values = loaded(EXAMPLE)

    with pytest.raises(Unreadable, match="no schema registry"):
        codec.decode(_framed(7, codec.schema(name), values))


def test_a_strangers_record_is_unreadable() -> None:
    stranger = {"type": "record", "name": "Invoice", "fields": [{"name": "number", "type": "string"}]}

    with pytest.raises(Unreadable, match="none of ours"):
        codec.decode(_framed(7, stranger, {"number": "1"}), {7: stranger}.get)


def test_a_record_of_ours_in_name_only_is_unreadable() -> None:
    impostor = {"type": "record", "name": "ClockTicked", "fields": [{"name": "hands", "type": "string"}]}

    with pytest.raises(Unreadable, match="cannot be resolved"):
        codec.decode(_framed(7, impostor, {"hands": "two"}), {7: impostor}.get)


def test_a_writer_of_a_later_release_is_understood() -> None:
    _, values = loaded(EXAMPLE)
    later = _of_a_later_release()
    data = _framed(9, later, {**values, "video_url": "https://example.org/film", "modes": ["PILOT_TEST", "SERVICE"]})

    record = codec.decode(data, {9: later}.get)

    assert isinstance(record, AchievementRegistered)
    assert record.modes == (CooperationMode.UNKNOWN, CooperationMode.SERVICE)
    assert codec.plain(record) == {**values, "modes": ["UNKNOWN", "SERVICE"]}


def test_a_writer_of_an_earlier_release_is_understood() -> None:
    _, values = loaded(EXAMPLE)
    earlier = copy.deepcopy(codec.schema("AchievementRegistered"))
    earlier["fields"] = [field for field in earlier["fields"] if field["name"] not in {"territories", "disclosure"}]
    data = _framed(3, earlier, {name: value for name, value in values.items() if name != "territories"})

    record = codec.decode(data, {3: earlier}.get)

    assert codec.plain(record) == {**values, "territories": [], "disclosure": "PUBLIC"}


def test_single_object_bytes_of_a_later_release_are_unreadable() -> None:
    _, values = loaded(EXAMPLE)
    later = fastavro.parse_schema(_of_a_later_release())
    out = io.BytesIO(b"\xc3\x01" + bytes(8))
    out.seek(10)
    fastavro.schemaless_writer(out, later, values)

    with pytest.raises(Unreadable, match="another release"):
        codec.decode(out.getvalue())


@pytest.mark.parametrize(
    "schema",
    [
        {"name": "ClockTicked"},
        {"type": "record", "name": "ClockTicked", "fields": [{"name": "now", "type": "moment"}]},
        {"type": "record", "name": "ClockTicked"},
        {"type": "record", "name": "ClockTicked", "fields": [{"name": "n", "type": "int", "default": "x"}]},
    ],
)
def test_a_schema_of_the_registry_that_is_none_makes_its_records_unreadable(schema: Mapping[str, Any]) -> None:
    with pytest.raises(Unreadable):
        codec.decode(struct.pack(">bI", 0, 1) + bytes(8), {1: schema}.get)
