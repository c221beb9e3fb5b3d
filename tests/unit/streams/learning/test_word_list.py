"""A dictionary of English words is turned round, and what CC-CEDICT can put together is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import assembled
from schemas.errors import Misconfigured
from streams.domain import ecdict
from streams.learning import word_list

_HEAD = "word,phonetic,definition,translation,bnc,frq\n"


def _table(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "ecdict.csv"
    path.write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_words_are_found_by_their_glosses_the_usual_english_words_first(tmp_path: Path) -> None:
    table = _table(
        tmp_path,
        'crab,,,"n. 蟹, 偏航",5000,4000',
        'yaw,,,"vi. (船)偏荡, 偏航\\n[计] 偏航；摇首",41039,29864',
        'yawing moment,,,"n. 偏航",0,0',
    )
    assert word_list.words(table)["偏航"] == ("crab", "yaw moment", "yaw")


def test_names_stand_behind_labels_and_before_remarks(tmp_path: Path) -> None:
    table = _table(
        tmp_path,
        'twigg,,," [人名] [英格兰人姓氏] 特威格绰号, 来源于中世纪英语, 含义是“细枝”",0,0',
        "melfi,,,[地名] 梅尔菲（意大利）,,",
    )
    found = word_list.words(table)
    assert (found["特威格"], found["梅尔菲"]) == (("twigg",), ("melfi",))


def test_what_is_put_together_from_known_words_is_no_new_word(tmp_path: Path) -> None:
    found = word_list.words(_table(tmp_path, "battery control,,,电池管理,0,0", "battery,,,电池,0,0"))
    assert set(found) == {"电池"}


def test_particles_of_adjectives_go_and_make_no_words(tmp_path: Path) -> None:
    found = word_list.words(_table(tmp_path, "ctenophoran,,,a. 栉水母的,0,0", "big,,,a. 大的,0,0"))
    assert set(found) == {"栉水母"}


def test_what_is_written_is_found_again_and_the_same_words_give_the_same_bytes() -> None:
    words = {"偏航": ("yaw", "yaw moment")}
    assert ecdict.written(words) == ecdict.written(dict(words))
    assert ecdict.senses("特威格") == [("twigg",)]
    assert ecdict.is_word("特威格")
    assert ecdict.senses("没有这个词儿") == []


def test_the_command_writes_the_list(tmp_path: Path) -> None:
    table, out = _table(tmp_path, "yaw,,,偏航,0,0"), tmp_path / "words.gz"
    arguments = ["model", "words", str(table), "--out", str(out)]
    told = CliRunner().invoke(assembled(arguments), arguments)
    assert told.exit_code == 0
    assert out.read_bytes() == ecdict.written({"偏航": ("yaw",)})


def test_another_table_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("word,bnc\nyaw,1\n", encoding="utf-8")
    with pytest.raises(Misconfigured, match="no column frq, translation"):
        word_list.words(path)
