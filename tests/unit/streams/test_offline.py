"""Files are ranked as the definition ranks, pairs are scored as it scores, and what is wrong is named."""

from __future__ import annotations

import gzip
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import Misconfigured
from schemas.records import Text
from streams import models, offline, text_rows
from streams.domain import matching
from streams.domain.model import default_model
from streams.domain.weighing import FULL_TEXT

TECHDOCK = Path(sys.executable).with_name("techdock")
OFFERS = {
    "A1": Text("Hydrogen from seawater", "An electrolyser for seawater", ("hydrogen", "electrolysis")),
    "A2": Text("Hull coating", "Keeps the hull of a ship free of growth"),
    "A3": Text("海水制氢电解槽", "低成本海水制氢"),
    "A/4": Text("Ship propeller", "A propeller for a ship"),
}
WISHES = {"D1": Text("Seawater electrolysis", "hydrogen from seawater at low cost"), "D2": Text("海水制氢", "")}
MODEL = default_model()
#: Copies a file to standard output.
_COPY = "import pathlib, sys; print(pathlib.Path(sys.argv[1]).read_text())"


def _file(path: Path, id_field: str, texts: dict[str, Text], abstract: str = "abstract") -> Path:
    rows = [
        {id_field: name, "title": text.title, abstract: text.abstract, "keywords": list(text.keywords)}
        for name, text in texts.items()
    ]
    path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in rows).encode()))
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    offers = _file(tmp_path / "a.jsonl.gz", "achievement_id", OFFERS)
    wishes = _file(tmp_path / "d.jsonl.gz", "demand_id", WISHES, "description")
    return ["--achievements", str(offers), "--demands", str(wishes), "--out", str(tmp_path / "out.jsonl")]


def _matched(files: list[str], *more: str, expect: int = 0) -> tuple[list[dict[str, Any]], str]:
    done = subprocess.run([TECHDOCK, "match", *files, *more], capture_output=True, text=True, check=False)
    assert done.returncode == expect, done.stderr
    out = Path(files[-1])
    return [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else [], done.stderr


def test_each_demand_gets_its_best_in_the_order_of_the_definition(files: list[str]) -> None:
    found, said = _matched(files, "--top", "2")
    profiles = {name: offline.achievement(name, text_rows.sides(text), MODEL) for name, text in OFFERS.items()}
    for name, text in WISHES.items():
        asked = offline.demand(name, text_rows.sides(text), MODEL, 2)
        worth = {one: matching.text_points(profile, asked) for one, profile in profiles.items()}
        expected = sorted((one for one in worth if worth[one]), key=lambda one: (-worth[one], profiles[one].ref))[:2]
        rows = [row for row in found if row["demand_id"] == name]
        assert [row["achievement_id"] for row in rows] == expected
        for row in rows:
            score = min(worth[row["achievement_id"]], FULL_TEXT) * matching.TEXT / matching.FULL
            assert row["score"] == score
            assert math.isclose(sum(one["contribution"] for one in row["reasons"]), score, abs_tol=1e-9)
    assert "rows in" in said


def test_with_a_cap_a_demand_gets_its_next_best_and_with_a_wide_one_what_it_gets_without(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "achievement_id,title\nA1,ship hull coating\nA2,coating of steel pipes in factories and harbours of the north\n"
    )
    (tmp_path / "d.csv").write_text("demand_id,title\nD1,coating wanted\nD2,ship hull coating wanted\n")
    files = ["--achievements", str(tmp_path / "a.csv"), "--demands", str(tmp_path / "d.csv"), "--top", "1"]
    out = ["--out", str(tmp_path / "out.jsonl")]

    def lists(*cap: str) -> list[tuple[str, str]]:
        return [(row["demand_id"], row["achievement_id"]) for row in _matched([*files, *cap, *out])[0]]

    assert lists() == lists("--exposure-cap", "2") == [("D1", "A1"), ("D2", "A1")]
    # The ship has the better score with A1 and keeps it.
    assert lists("--exposure-cap", "1") == [("D1", "A2"), ("D2", "A1")]


def test_a_cap_and_pairs_are_not_for_one_call(files: list[str], tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("D1\tA1\n")
    _, said = _matched(files, "--pairs", str(tmp_path / "pairs.tsv"), "--exposure-cap", "1", expect=2)
    assert "leave one out" in said


def test_exactly_the_pairs_that_are_asked_for_are_scored_also_those_with_nothing_in_common(
    files: list[str], tmp_path: Path
) -> None:
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("demand_id\tachievement_id\nD2\tA/4\nD1\tA1\nD1\tA1\n")
    found, _ = _matched(files, "--pairs", str(pairs))
    assert [(row["demand_id"], row["achievement_id"]) for row in found] == [("D2", "A/4"), ("D1", "A1"), ("D1", "A1")]
    assert (found[0]["score"], found[0]["reasons"]) == (0, [])
    assert found[1]["score"] > 0.2


def test_a_pair_of_an_unknown_id_is_named_and_nothing_is_written(files: list[str], tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("D1\tA9\nD1 A1\nD9\tA1\n")
    found, said = _matched(files, "--pairs", str(pairs), expect=2)
    assert not found
    assert ["line 1" in said, "line 2" in said, "line 3" in said] == [True, True, True]
    assert "no achievement 'A9'" in said


def test_columns_of_other_names_are_mapped_in_whichever_file_has_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("aid,what\nA1,hydrogen from seawater\n")
    (tmp_path / "d.csv").write_text("tid,wish\nD1,hydrogen\n")
    files = ["--achievements", str(tmp_path / "a.csv"), "--demands", str(tmp_path / "d.csv")]
    files += ["--out", str(tmp_path / "out.jsonl")]
    maps = ["--map", "achievement_id=aid", "--map", "demand_id=tid", "--map", "title=what", "--map", "title=wish"]
    found, _ = _matched(files[:-2] + maps + files[-2:])
    assert [(row["demand_id"], row["achievement_id"]) for row in found] == [("D1", "A1")]
    _, said = _matched([*files[:-2], *maps, "--map", "abstract=nowhere", *files[-2:]], expect=2)
    assert "abstract=nowhere" in said


def test_a_row_that_cannot_be_taken_is_named_and_the_rest_is_ranked(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"achievement_id": "A1", "title": "hydrogen"}\nbroken\n{"title": "no id"}\n'
        '{"achievement_id": "A1", "title": "another text"}\n{"achievement_id": "A1", "title": "hydrogen"}\n'
    )
    told: list[str] = []
    found = offline.texts(tmp_path / "a.jsonl", "achievements", (), told.append)
    assert found.by_id == {"A1": (None, Text("hydrogen"))}
    assert found.broken == len(told) == 3
    assert [line.split(":")[0] for line in told] == ["a.jsonl, line 2", "a.jsonl, line 3", "a.jsonl, line 4"]


def test_a_file_without_an_id_and_a_model_that_is_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("title\nhydrogen\n")
    with pytest.raises(Misconfigured, match="achievement_id"):
        offline.texts(tmp_path / "a.csv", "achievements", (), lambda _: None)
    with pytest.raises(Misconfigured, match="no scoring model"):
        models.model_from(tmp_path / "a.csv")


def test_texts_in_two_languages_are_read_from_columns_of_their_own_as_the_import_does(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "成果编号 (achievement_id),中文名称 (title_zh),中文简介 (abstract_zh),英文名称 (title_en),title,language\n"
        "A1,电解槽,海水制氢,Electrolyser,,\nA2,,,Electrolyser,海水制氢,\nA3,电解槽,,,other,中文\nA4,,,,,fr\n"
    )
    told: list[str] = []
    found = offline.texts(tmp_path / "a.csv", "achievements", (), told.append)
    assert found.by_id == {
        "A1": (Text("电解槽", "海水制氢"), Text("Electrolyser", "")),
        "A2": (Text("海水制氢", ""), Text("Electrolyser", "")),
        "A3": (Text("电解槽", ""), None),
        "A4": (None, Text("", "")),
    }
    assert not told
    rows = [
        {"achievement_id": "A1", "zh": {"title": "电解槽", "abstract": "海水制氢", "keywords": ["氢"]}},
        {"achievement_id": "A2", "title": "Electrolyser", "zh": "a column of that name", "keywords": "氢"},
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    found = offline.texts(tmp_path / "a.jsonl", "achievements", (), told.append)
    assert found.by_id == {
        "A1": (Text("电解槽", "海水制氢", ("氢",)), None),
        "A2": (None, Text("Electrolyser", "", ("氢",))),
    }


def test_texts_are_cleaned_as_the_import_cleans_them_so_that_they_score_as_they_will_live(tmp_path: Path) -> None:
    rows = [
        {
            "achievement_id": "A1",
            "title": " hydro\x00gen\nfrom the sea ",
            "abstract": "\n\n It\x81s\xa0cheap.\r\nAnd clean",
        },
        {"achievement_id": "A2", "title": ["hydrogen"]},
        {"achievement_id": "A\ud800", "title": "hydrogen"},
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    told: list[str] = []
    found = offline.texts(tmp_path / "a.jsonl", "achievements", (), told.append)
    assert found.by_id == {"A1": (None, Text("hydrogen from the sea", "Its cheap.\nAnd clean"))}
    assert ["title: give text" in told[0], "half of a character" in told[1]] == [True, True]


def test_a_file_in_another_encoding_is_read_where_that_is_said(files: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("achievement_id,title\nA1,海水製氫\n".encode("big5"))
    (tmp_path / "d.csv").write_bytes("demand_id,title\nD1,海水制氢\n".encode("big5", "ignore"))
    named = ["--achievements", str(tmp_path / "a.csv"), "--demands", str(tmp_path / "d.csv"), *files[-2:]]
    _, said = _matched(named, expect=2)
    assert "--encoding" in said
    found, _ = _matched(["--encoding", "big5", *named])
    assert [(row["demand_id"], row["achievement_id"]) for row in found] == [("D1", "A1")]


def test_what_is_no_file_is_written_to_and_not_replaced(files: list[str], tmp_path: Path) -> None:
    for folder in (str(tmp_path), ".", "/"):
        done = subprocess.run([TECHDOCK, "match", *files[:-1], folder], capture_output=True, text=True, check=False)
        assert (done.returncode, "Is a directory" in done.stderr) == (2, True)
    pipe, link, target = tmp_path / "pipe", tmp_path / "link", tmp_path / "target.jsonl"
    os.mkfifo(pipe)
    with subprocess.Popen([sys.executable, "-c", _COPY, str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        subprocess.run([TECHDOCK, "match", *files[:-1], str(pipe)], check=True, capture_output=True)
        assert reader.communicate(timeout=60)[0].count('"demand_id"') > 1
    assert pipe.is_fifo()
    link.symlink_to(target)
    subprocess.run([TECHDOCK, "match", *files[:-1], str(link)], check=True, capture_output=True)
    assert link.is_symlink()
    assert target.read_text()
