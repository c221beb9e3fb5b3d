"""A model that is worse than the one in use is not written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli import assembled
from schemas.errors import Misconfigured
from streams.domain.model import ScoringModel, default_model, unpacked
from streams.learning import evaluation, training
from streams.learning.command import compared
from tests.unit.streams.making import MODEL


def test_measures_of_both_models_stand_side_by_side() -> None:
    found = list(compared({"sbir": {"MRR@10": 0.7}}, {"sbir": {"MRR@10": 0.6}, "bdci": {"AUC": 0.8}}))
    assert [tuple(one) for one in found] == [("sbir", "MRR@10", 0.7, 0.6)]


@pytest.mark.parametrize(
    ("mrr", "limit", "is_written"), [(0.76, "0.01", True), (0.74, "0.01", False), (0.74, "0.1", True)]
)
def test_a_model_is_written_unless_it_is_worse_by_more_than_the_limit(
    mrr: float, limit: str, is_written: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(_data: Path, model: ScoringModel) -> Mapping[str, Any]:
        return {"sbir": {"MRR@10": mrr if model is MODEL else 0.755}}

    monkeypatch.setattr(training, "trained", lambda *_: MODEL)
    monkeypatch.setattr(training, "cross_validated", lambda *_: {"xquad": {"MRR@10 zh→en, not learned": 0.5}})
    monkeypatch.setattr(evaluation, "evaluated", measured)
    out = tmp_path / "model.gz"
    arguments = ["model", "train", "--out", str(out), "--limit", limit]
    told = CliRunner().invoke(assembled(arguments), arguments)
    assert told.exit_code == (0 if is_written else 1)
    assert out.exists() == is_written
    assert "not learned" in told.output
    if is_written:
        assert unpacked(out.read_bytes()) == MODEL
    else:
        assert "falls from 0.755 to 0.740" in told.output


def test_a_folder_without_the_data_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="sbir/awards_corpus"):
        training.trained(tmp_path, default_model().version)


@pytest.mark.parametrize("out", ["", "no folder/model.gz"])
def test_a_place_where_no_file_can_be_is_told_before_anything_is_learned(
    out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "trained", lambda *_: pytest.fail("it learned in vain"))
    arguments = ["model", "train", "--out", str(tmp_path / out)]
    told = CliRunner().invoke(assembled(arguments), arguments)
    assert isinstance(told.exception, Misconfigured)
