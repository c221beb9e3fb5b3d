"""A folder of data is measured as far as it goes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from schemas.errors import Misconfigured
from streams.domain.model import default_model
from streams.learning import evaluation


def _rows(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in rows).encode()))


def test_only_what_is_in_the_folder_is_measured_and_titles_that_would_tell_are_hidden(tmp_path: Path) -> None:
    offers = [
        {"aid": "A1", "title": "the same title", "abstract": "a pump for hot brine"},
        {"aid": "A2", "title": "other", "abstract": "a valve for brine"},
    ]
    wishes = [{"tid": "T1", "title": "the same title", "description": "we need a valve"}]
    _rows(tmp_path / "sbir" / "offers.jsonl.gz", offers)
    _rows(tmp_path / "sbir" / "demands.jsonl.gz", wishes)
    (tmp_path / "sbir" / "qrels.tsv").write_text("tid\taid\trel\thow\nT1\tA1\t1\tsame_title\n")
    found = evaluation.evaluated(tmp_path, default_model())
    assert found == {"sbir": {"MRR@10": 0.0, "nDCG@10": 0.0, "R@100": 0.0}}


def test_judged_pairs_are_scored_within_each_demand(tmp_path: Path) -> None:
    _rows(tmp_path / "bdci" / "demands.jsonl.gz", [{"rid": "R1", "title": "海水制氢", "content": ""}])
    judged = [("a", 4, "海水 制氢"), ("b", 1, "船舶 涂层"), ("c", 2, "制氢")]
    rows = [{"rid": "R1", "aid": aid, "level": level, "title_keywords": words} for aid, level, words in judged]
    _rows(tmp_path / "bdci" / "judged_pairs.jsonl.gz", rows)
    assert evaluation.evaluated(tmp_path, default_model()) == {"bdci": {"AUC": 1.0, "nDCG@10": 1.0}}


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="sbir"):
        evaluation.evaluated(tmp_path, default_model())
