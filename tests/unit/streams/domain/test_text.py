"""Words become the same terms however they are written, and no text harms."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import Text
from streams.domain.text import ABSTRACT, KEYWORDS, MOST_CHARACTERS, TITLE, term_counts


def test_full_width_forms_fold_to_plain_ones() -> None:
    assert term_counts(Text("ＰＥＭ燃料电池　２５０ｋＷ")) == term_counts(Text("pem燃料电池 250kw"))


def test_chinese_gives_characters_and_pairs() -> None:
    assert term_counts(Text("燃料")) == Counter({"燃": TITLE, "料": TITLE, "燃料": 2 * TITLE})


def test_particles_of_chinese_count_neither_alone_nor_in_pairs() -> None:
    assert term_counts(Text("", "泵的阀")) == Counter({"泵": ABSTRACT, "阀": ABSTRACT})


def test_english_words_give_stems_without_the_common_ones() -> None:
    assert term_counts(Text("The pumping of pumps")) == Counter({"pump": 2 * TITLE})


def test_both_languages_of_one_text_are_told_apart() -> None:
    assert set(term_counts(Text("PEM电池stack"))) == {"pem", "电", "池", "电池", "stack"}


def test_compounds_and_numbers_stay_whole() -> None:
    assert set(term_counts(Text("li-ion 3.5 c++ 5 x"))) == {"li-ion", "3.5", "5"}


def test_title_and_keywords_count_more() -> None:
    assert term_counts(Text("pump", "pump", ("pump", "pump"))) == Counter({"pump": TITLE + ABSTRACT + 2 * KEYWORDS})
    assert term_counts(Text("pump"), Text("pump")) == Counter({"pump": 2 * TITLE})


def test_one_word_is_one_term() -> None:
    assert term_counts(Text("pump")) == Counter({"pump": TITLE})


@pytest.mark.parametrize(
    "text", ["", " \t\n\u3000", "🚢🌊👩‍🔬", "насос", "ポンプ", "펌프", "مضخة", "\u200b\ufeff", "—…·、。", "of the"]
)
def test_text_without_words_of_ours_has_no_terms(text: str) -> None:
    assert term_counts(Text(text, text, (text,))) == Counter()
    assert term_counts(None) == term_counts() == Counter()


def test_a_huge_text_is_bounded() -> None:
    huge = "".join(chr(0x4E00 + n % 20_000) for n in range(200_000))
    counts = term_counts(Text("pump", huge))
    assert len(counts) <= 2 * MOST_CHARACTERS
    assert term_counts(Text("pump", huge)) == term_counts(Text("pump", huge[:MOST_CHARACTERS]))
    # One character that unfolds to eighteen does not break the bound by more than that.
    assert term_counts(Text("\ufdfa" * 200_000)) == Counter()


def test_a_word_without_end_is_no_term() -> None:
    assert term_counts(Text("x" * 200_000, "a-" * 100_000)) == Counter()


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=3))
@settings(deadline=None, max_examples=200)
def test_any_text_gives_counted_terms(text: str, keywords: list[str]) -> None:
    counts = term_counts(Text(text, text, tuple(keywords)))
    assert all(term and times > 0 for term, times in counts.items())
    assert counts == term_counts(Text(text, text, tuple(keywords)))
