"""Our schemas in a registry on this machine: each under its full name, and kept compatible from the first on."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from infra.registration import register
from schemas.editions import PRESENT, releases
from schemas.errors import Misconfigured, Unavailable
from tests.unit.infra.registries import Registry, serving

EDITIONS = (*releases(), PRESENT)


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving() as server:
        yield server


def test_every_record_has_a_subject_of_its_full_name_that_is_kept_compatible(registry: Registry) -> None:
    ids = {one.subject: one.schema_id for one in register(registry.url, EDITIONS)}

    assert set(ids) == {f"techdock.{name}" for name in PRESENT.records}
    assert registry.levels == dict.fromkeys(ids, "FULL_TRANSITIVE")
    for subject, schema_id in ids.items():
        named, text = registry.schemas[schema_id - 1]
        assert (named, json.loads(text)) == (subject, PRESENT.schema(subject.removeprefix("techdock.")))


def test_registering_again_changes_nothing(registry: Registry) -> None:
    known = register(registry.url, EDITIONS)
    schemas = list(registry.schemas)

    assert register(registry.url, EDITIONS) == known
    assert registry.schemas == schemas


def test_every_schema_that_is_refused_is_named(registry: Registry) -> None:
    registry.refused = {"techdock.ClockTicked", "techdock.Candidate"}

    with pytest.raises(Misconfigured) as refused:
        register(registry.url, [PRESENT])

    told = "\n".join(refused.value.problems)
    assert "techdock.ClockTicked of present: the schema registry refuses it (READER_FIELD" in told
    assert "techdock.Candidate of present" in told


def test_a_registry_that_is_away_or_no_registry_is_unavailable(registry: Registry) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        register("http://127.0.0.1:1", [PRESENT])
    registry.is_in_trouble = True
    with pytest.raises(Unavailable, match="503"):
        register(registry.url, [PRESENT])
