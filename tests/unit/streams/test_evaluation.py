"""The measures are those of the literature, by hand on small cases; a folder is measured as far as it goes."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from schemas.errors import Misconfigured
from streams import evaluation
from streams.domain.model import default_model


def test_the_reciprocal_rank_looks_at_the_first_right_one_within_its_depth() -> None:
    assert evaluation.reciprocal_rank(["a", "b", "c"], frozenset("bc")) == 1 / 2
    assert evaluation.reciprocal_rank(["x"] * 10 + ["a"], frozenset("a")) == 0


def test_gains_are_discounted_by_the_logarithm_of_their_place() -> None:
    gains = [0, 3, 1]
    assert math.isclose(evaluation.ndcg(gains, gains), (3 / math.log2(3) + 1 / 2) / (3 + 1 / math.log2(3)))
    assert evaluation.ndcg([1, 1], [1, 1]) == 1
    assert evaluation.ndcg([0], [0]) == 0


def test_what_was_not_found_counts_against_the_ideal_and_the_recall() -> None:
    assert math.isclose(evaluation.ndcg([1.0], [1.0, 1.0]), 1 / (1 + 1 / math.log2(3)))
    assert evaluation.recall(["a", "x"], frozenset("ab")) == 0.5


def test_ties_count_half_for_the_area_under_the_curve() -> None:
    assert evaluation.auc([2, 1], [1, 0]) == (1 + 1 + 0.5 + 1) / 4


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
