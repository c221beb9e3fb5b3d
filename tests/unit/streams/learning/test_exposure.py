"""Evenness is measured over the lists of all demands, and stays out of what models are compared by."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from streams.domain.model import default_model
from streams.learning import evaluation, exposure

MODEL = default_model()
OFFERS = [
    {"aid": "A1", "abstract": "a valve valve"},
    {"aid": "A2", "abstract": "a valve and a pump with blades"},
    {"aid": "A3", "abstract": "a blade"},
]


def _rows(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in rows).encode()))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Four demands for a valve, of which one was judged: A2 is right."""
    _rows(tmp_path / "sbir" / "offers.jsonl.gz", OFFERS)
    wishes = [{"tid": f"T{number}", "description": "we need a valve"} for number in range(4)]
    _rows(tmp_path / "sbir" / "demands.jsonl.gz", wishes)
    (tmp_path / "sbir" / "qrels.tsv").write_text("tid\taid\trel\thow\nT3\tA2\t1\tsame_title\n")
    return tmp_path


def test_the_lists_of_all_demands_count_also_of_those_that_nobody_judged(data: Path) -> None:
    found = exposure.measured(data, MODEL)["sbir"]
    # A1 and A2 are in all four lists, A3 in none; twice the mean of 8/3 is more than four, so that nothing is capped.
    assert found["exposure cap"] == 6
    assert found["Gini@10"] == found["Gini@10 capped"] == pytest.approx((2 * 4 + 0 * 4 - 2 * 0) / (3 * 8))
    assert found["nDCG@10 capped"] == pytest.approx(1 / math.log2(3))
    assert found["nDCG@10 capped"] == evaluation.evaluated(data, MODEL)["sbir"]["nDCG@10"]


def test_a_cap_that_bites_makes_the_lists_more_even_and_may_cost_quality(data: Path) -> None:
    offers = [*OFFERS[:2], *({"aid": f"B{number}", "abstract": "a blade"} for number in range(8))]
    _rows(data / "sbir" / "offers.jsonl.gz", offers)
    found = exposure.measured(data, MODEL)["sbir"]
    # Eight places, ten achievements: two lists each, and the judged demand comes last.
    assert found["exposure cap"] == 2
    assert found["Gini@10"] == pytest.approx((9 * 4 + 7 * 4) / (10 * 8))
    assert found["Gini@10 capped"] == pytest.approx((9 * 2 + 7 * 2) / (10 * 4))
    assert found["nDCG@10 capped"] == 0


def test_without_the_data_there_is_nothing_to_measure_and_models_are_not_compared_by_it(
    data: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert exposure.measured(tmp_path_factory.mktemp("empty"), MODEL) == {}
    assert evaluation.evaluated(data, MODEL)["sbir"].keys().isdisjoint(exposure.measured(data, MODEL)["sbir"])
