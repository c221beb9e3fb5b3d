"""A registry's ids of our schemas are asked once, kept in the home, and never taken for those of another registry."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra import home, schema_ids
from infra.home import Home
from infra.settings import Settings
from schemas import codec, framing, topics
from schemas.editions import PRESENT
from schemas.errors import Misconfigured, Unavailable
from schemas.framing import Framing
from tests.unit.infra.registries import Registry, serving
from tests.unit.schemas.framed import adopting

RECEIPTS = topics.receipts("dlut").name


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving() as server:
        yield server


def settings(place: Home, **environment: str) -> Settings:
    return Settings.from_env({"TECHDOCK_HOME": str(place.root), **environment})


def ids(found: Framing) -> dict[str, int]:
    """The id under which each record is written."""
    frames = {name: found.written(RECEIPTS, codec.prefix(name)) for name in PRESENT.records}
    return {name: int.from_bytes(frame[1:], "big") for name, frame in frames.items() if len(frame) == 5}


def test_every_record_is_written_under_the_id_of_its_latest_schema(place: Home, registry: Registry) -> None:
    found = schema_ids.found(settings(place), registry.url)

    assert set(ids(found)) == set(PRESENT.records)
    for name, schema_id in ids(found).items():
        assert registry.schemas[schema_id - 1][0] == f"techdock.{name}"
        assert registry.levels[f"techdock.{name}"] == "FULL_TRANSITIVE"


def test_a_restart_needs_no_registry(place: Home, registry: Registry) -> None:
    first = schema_ids.found(settings(place), registry.url)
    asked, registry.is_in_trouble = registry.asked, True

    assert schema_ids.found(settings(place), registry.url) == first
    assert registry.asked == asked


def test_a_registry_that_is_away_at_the_first_start_is_said_with_what_to_do(place: Home, registry: Registry) -> None:
    registry.is_in_trouble = True

    with pytest.raises(Unavailable, match=r"needed once before records can be written: start the registry at http"):
        schema_ids.found(settings(place), registry.url)
    assert not place.schema_ids.exists()


def test_without_a_registry_what_was_written_with_one_is_still_read(place: Home, registry: Registry) -> None:
    data = codec.prefix("ClockTicked") + b"any"
    framed = schema_ids.found(settings(place), registry.url).written(RECEIPTS, data)

    found = schema_ids.found(settings(place), None)
    assert (found.bare(framed), found.written(RECEIPTS, data)) == (data, data)


def test_a_registry_may_be_for_reading_alone(place: Home, registry: Registry) -> None:
    found = schema_ids.found(settings(place, TECHDOCK_WIRE_FORMAT="single-object"), registry.url)

    assert (ids(found), found.writes_confluent) == ({}, False)
    assert found.prefixes == schema_ids.found(settings(place), registry.url).prefixes


def test_the_wire_format_of_a_registry_needs_one(place: Home) -> None:
    with pytest.raises(Misconfigured, match="TECHDOCK_WIRE_FORMAT=confluent needs a schema registry"):
        schema_ids.found(settings(place, TECHDOCK_WIRE_FORMAT="confluent"), None)


def test_a_registry_that_moved_is_known_by_its_ids(place: Home, registry: Registry) -> None:
    first = schema_ids.found(settings(place), registry.url)
    with serving() as moved:
        moved.schemas = list(registry.schemas)
        assert schema_ids.found(settings(place), moved.url) == first
        moved.is_in_trouble = True
        assert schema_ids.found(settings(place), moved.url) == first


def test_another_registry_is_refused_before_anything_is_written_under_its_ids(place: Home, registry: Registry) -> None:
    first = schema_ids.found(settings(place), registry.url)
    with serving() as other:
        other.schemas = [("theirs", "{}")]
        with pytest.raises(Misconfigured, match="gives id 2 to another schema than the one under which records were"):
            schema_ids.found(settings(place), other.url)
    assert schema_ids.found(settings(place), registry.url) == first


def test_a_registry_whose_ids_do_not_clash_is_added(place: Home, registry: Registry) -> None:
    first = schema_ids.found(settings(place), registry.url)
    with serving() as other:
        other.schemas = [(f"theirs-{number}", "{}") for number in range(500)]
        second = schema_ids.found(settings(place), other.url)
    assert min(ids(second).values()) > 500
    assert first.prefixes.items() <= second.prefixes.items()


def test_ids_that_cannot_be_read_are_said_with_what_to_do(place: Home) -> None:
    place.schema_ids.write_text('{"registry": "http://registry", "prefixes": {"one": 1}}', encoding="utf-8")

    with pytest.raises(Misconfigured, match=r"schema-ids\.json cannot be read .* restore it from a backup"):
        schema_ids.found(settings(place), None)


def test_a_process_adopts_what_its_home_knows(place: Home, registry: Registry) -> None:
    with adopting(Framing()):
        schema_ids.adopt(settings(place, TECHDOCK_SCHEMA_REGISTRY_URL=registry.url))
        assert framing.adopted() == schema_ids.found(settings(place), registry.url)
        schema_ids.adopt(settings(place))
        assert not framing.adopted().writes_confluent
    assert home.registry_url(settings(place)) is None
