"""A scoring model is read from a file, or what is wrong with the file is said."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import Misconfigured, Unreadable
from schemas.records import ScoringModelAdopted, ScoringModelPublished
from streams.domain.model import default_model
from streams.models import model_differences, model_from, model_in
from tests.unit.streams.making import MODEL, NOW


def test_the_model_that_ships_is_packed_as_any_other_that_says_the_same() -> None:
    shipped = default_model()
    anew = replace(shipped).packed()
    # Another compressor may write other bytes.
    assert gzip.decompress(anew) == gzip.decompress(shipped.packed())
    assert replace(shipped, version="other").packed() != shipped.packed()


def test_without_a_file_it_is_the_model_that_ships() -> None:
    assert model_from(None) is default_model()


def test_a_packed_model_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "tiny.json.gz"
    path.write_bytes(MODEL.packed())
    assert model_from(path) == MODEL


def test_a_model_from_before_leads_counted_scores_as_it_did() -> None:
    former = json.loads(gzip.decompress(replace(MODEL, en=replace(MODEL.en, lead=9)).packed()))
    for language in ("zh", "en"):
        del former[language]["lead"]
    assert model_in(gzip.compress(json.dumps(former).encode())) == MODEL


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("zh.lead", -1), ("en.lead", 2.5), ("en.lead", "250"), ("zh.salience", None), ("en.smoothing", 0),
        ("en.smoothing", 1), ("zh.usual_mass", 0), ("en.translated", 0.5), ("en.translated", 1000),
        ("zh.unseen", float("nan")), ("threshold", 5), ("threshold", float("nan")), ("saturation", 0),
        ("mention", -1), ("spread", "wide"), ("surprisal", [1]), ("surprisal", {"pump": "rare"}),
        ("surprisal", {"pump": 1e6}), ("to_english", {"电": "x"}), ("to_chinese", [1]),
    ],
)  # fmt: skip
def test_a_model_that_nothing_could_be_scored_by_is_refused_by_the_name_of_what_is_wrong(what: str, value: Any) -> None:
    values = json.loads(gzip.decompress(MODEL.packed()))
    *language, name = what.split(".")
    (values[language[0]] if language else values)[name] = value
    with pytest.raises(Unreadable, match=f"model {MODEL.version} {what} cannot"):
        model_in(gzip.compress(json.dumps(values).encode()))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a model",
        MODEL.packed()[:-9],
        MODEL.packed()[:40] + b"\0" * 20 + MODEL.packed()[60:],
        gzip.compress(b"{}"),
        gzip.compress(b'{"version": "x", "zh": 1, "en": {}}'),
        gzip.compress(b"\xff"),
    ],
    ids=["empty", "text", "cut", "damaged", "nothing", "of-another-form", "not-utf-8"],
)
def test_a_file_that_holds_no_model_is_refused_with_its_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.gz"
    path.write_bytes(content)
    with pytest.raises(Misconfigured) as refused:
        model_from(path)
    (problem,) = refused.value.problems
    assert problem.startswith(f"{path}: no scoring model of this release")
    with pytest.raises(Unreadable, match="no scoring model"):
        model_in(content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"missing\.gz: No such file"):
        model_from(tmp_path / "missing.gz")


_SAID = [ScoringModelPublished(version, NOW, "", b"") for version in ("first", "second")]


def _told(**versions: str) -> dict[int, ScoringModelAdopted]:
    return {number: ScoringModelAdopted(version, number, NOW) for number, version in enumerate(versions.values())}


def test_lanes_that_follow_what_was_published_last_and_say_so_agree() -> None:
    assert model_differences(_SAID, {0: "second", 1: "second"}, _told(a="second", b="second")) == []


def test_without_a_published_model_something_is_missing() -> None:
    (difference,) = model_differences([], {}, {})
    assert (difference["what"], difference["found"]) == ("scoring model", None)


def test_a_lane_that_stays_behind_or_follows_nothing_differs() -> None:
    assert model_differences(_SAID, {0: "first"}, _told(a="first")) == [
        {"what": "scoring model", "lane": 0, "expected": "second", "found": "first"},
        {"what": "scoring model", "lane": 1, "expected": "second", "found": None},
    ]


def test_a_lane_that_tells_another_model_than_it_follows_differs() -> None:
    assert model_differences(_SAID, {0: "second", 1: "second"}, _told(a="second", b="first")) == [
        {"what": "adoption told", "lane": 1, "expected": "second", "found": "first"}
    ]
