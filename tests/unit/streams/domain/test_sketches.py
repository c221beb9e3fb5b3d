"""Near copies are near whatever language they are in, and a sketch is the same in every process."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given, strategies as st

from schemas.records import Text
from streams.domain import sketches
from streams.domain.sketches import BANDS, LEAST_RUNS, Runs, bands, packed, runs, similarity, unpacked
from tests.conftest import ROOT

ENGLISH = " ".join(f"alpha{number} beta{number * 7} gamma{number * 13}" for number in range(40))
CHINESE = "本发明公开了一种船体水下清洗机器人，在泊位清除藤壶并回收污物，包括机架、清洗盘、吸附装置和回收管路。"
_sets = st.sets(st.integers(0, 2**32 - 1), max_size=60).map(lambda found: np.array(sorted(found), np.uint32))


def _runs(text: str) -> Runs:
    return runs(Text("", text))


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_a_text_is_its_own_copy_in_other_spelling(text: str) -> None:
    wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text.upper())
    assert similarity(_runs(text), _runs(wide)) == 1.0
    assert bands(_runs(text), 0) == bands(_runs(wide), 0)


def test_traditional_and_simplified_characters_are_the_same() -> None:
    assert similarity(_runs("船體水下清洗機器人"), _runs("船体水下清洗机器人")) == 1.0


def test_title_and_abstract_are_one_text() -> None:
    assert runs(Text("alpha beta", "gamma delta")).tolist() == runs(Text("", "alpha beta gamma delta")).tolist()


def test_the_order_of_words_counts() -> None:
    words = ENGLISH.split()
    assert similarity(_runs(ENGLISH), _runs(" ".join(sorted(words)))) < 0.1


def test_a_text_without_three_words_has_no_runs() -> None:
    for text in (None, Text("船体"), Text("pump valve"), Text("")):
        assert len(runs(text)) == 0


def test_a_short_text_has_no_bands() -> None:
    assert bands(np.arange(LEAST_RUNS - 1, dtype=np.uint32), 0) == frozenset()
    assert len(bands(np.arange(LEAST_RUNS, dtype=np.uint32), 0)) == BANDS


def test_the_same_runs_in_two_languages_have_no_band_in_common() -> None:
    assert bands(_runs(ENGLISH), 0).isdisjoint(bands(_runs(ENGLISH), 1))


@given(_sets, _sets)
def test_similarity_is_what_both_have_of_what_either_has(one: Runs, other: Runs) -> None:
    mine, others = set(one.tolist()), set(other.tolist())
    expected = len(mine & others) / len(mine | others) if mine | others else 0.0
    assert similarity(one, other) == similarity(other, one) == expected


@given(_sets)
def test_runs_come_back_from_a_record_as_they_were(found: Runs) -> None:
    assert unpacked(packed(found)).tolist() == found.tolist()
    assert packed(found) == b"".join(one.to_bytes(4, "little") for one in found.tolist())


def test_near_texts_share_a_band_as_often_as_the_scheme_says() -> None:
    chance = random.Random(1)
    for overlap, least, most in ((0.8, 0.99, 1.0), (0.5, 0.56, 0.72), (0.1, 0.0, 0.02)):
        shared = sum(_share_a_band(chance, overlap) for _ in range(400)) / 400
        assert least <= shared <= most, overlap


def _share_a_band(chance: random.Random, overlap: float) -> bool:
    """Two sets of hashes whose similarity is ``overlap``, as near as whole numbers can be."""
    both = round(200 * overlap)
    drawn = chance.sample(range(2**32), 200)
    cut = both + (200 - both) // 2
    one, other = sorted(drawn[:cut]), sorted(drawn[:both] + drawn[cut:])
    first, second = (np.array(found, np.uint32) for found in (one, other))
    assert abs(similarity(first, second) - overlap) < 0.01
    return not bands(first, 0).isdisjoint(bands(second, 0))


def test_another_process_finds_the_same_runs_and_bands() -> None:
    code = (
        "from schemas.records import Text; from streams.domain import sketches as s; import sys;"
        "found = s.runs(Text('', sys.argv[1])); print(found.tolist(), sorted(s.bands(found, 1)))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code, CHINESE], env={**os.environ, "PYTHONHASHSEED": seed}, cwd=ROOT,
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    found = _runs(CHINESE)
    assert told == {f"{found.tolist()} {sorted(bands(found, 1))}\n"}


def test_words_count_as_they_are_written_and_not_as_they_are_weighed() -> None:
    assert similarity(_runs("the pump of a valve"), _runs("pump valve")) == 0.0
    assert similarity(_runs("pumps and valves"), _runs("pump and valve")) == 0.0


def test_sketches_stay_what_they_were() -> None:
    # They are kept for ever and compared with those of later releases: other ones need topics of a new version.
    found = runs(Text("船體水下清洗機器人 Σ-2", "The café's 5 µm pump, 99.99 % pure; ｐｕｍｐ 泵阀 снег."))
    assert sketches.RUN == 3
    assert zlib.crc32(packed(found)) == 4238926867
    assert sum(bands(np.arange(LEAST_RUNS, dtype=np.uint32), 0)) % 2**64 == 10892866644818000466
