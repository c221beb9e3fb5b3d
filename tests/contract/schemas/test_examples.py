"""Every example is one of our records, and comes back from bytes as it went in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas import codec
from schemas.records import (
    RECORDS,
    SUBMISSIONS,
    ClockFired,
    DealAdvanced,
    LedgerPosted,
    MatchProposed,
    MatchWithdrawn,
    MoveHeld,
    MoveRefused,
    MoveReleased,
    deal_id,
    match_id,
)
from schemas.rules import faults
from tests.contract.schemas.examples import loaded, paths, spelled

each_example = pytest.mark.parametrize("path", paths(), ids=spelled)


def test_every_record_has_an_example() -> None:
    assert {path.parent.name for path in paths()} == set(RECORDS)


@each_example
def test_an_example_comes_back_from_its_bytes(path: Path) -> None:
    name, values = loaded(path)
    data = codec.encode_fields(name, values)

    record = codec.decode(data)

    assert type(record) is RECORDS[name]
    assert codec.encode(record) == data
    assert codec.record(*codec.decode_fields(data)) == record


@each_example
def test_an_example_is_written_in_natural_forms(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"


@pytest.mark.parametrize("path", [path for path in paths() if path.parent.name in SUBMISSIONS], ids=spelled)
def test_an_example_of_a_submission_is_well_formed(path: Path) -> None:
    assert faults(*loaded(path)) == []


def test_derived_ids_in_examples_are_derived() -> None:
    for path in paths():
        match codec.record(*loaded(path)):
            case MatchProposed() | MatchWithdrawn() as match:
                assert match.match_id == match_id(match.demand_ref, match.achievement_ref), path
            case DealAdvanced() | MoveHeld() | MoveReleased() | MoveRefused() | ClockFired() | LedgerPosted() as deal:
                assert deal.deal_id == deal_id(deal.achievement_ref, deal.demand_ref), path


def test_both_languages_are_exemplified() -> None:
    spoken = {tuple(sorted({"zh", "en"} & values.keys())) for values in _as_written("AchievementRegistered")}

    assert spoken >= {("en", "zh"), ("zh",), ("en",)}


def test_contributions_of_an_exemplified_match_sum_to_its_score() -> None:
    for values in _as_written("MatchProposed"):
        assert sum(reason["contribution"] for reason in values["reasons"]) == values["score"]


def _as_written(name: str) -> list[dict[str, Any]]:
    read: Callable[[Path], Any] = lambda path: json.loads(path.read_text(encoding="utf-8"))  # noqa: E731
    return [read(path) for path in paths() if path.parent.name == name]
