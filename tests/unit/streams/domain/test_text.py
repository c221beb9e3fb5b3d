"""Words become the same terms however they are written, and no text harms."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from schemas.records import Text
from streams.domain.counts import ASKED, OFFERED, Fields, term_counts
from streams.domain.text import MOST_CHARACTERS, PAIR, SILENT, is_word_pair, occurrence, spoken, words

_ONCE = Fields(1, 1, 1)


def _terms(text: str) -> set[str]:
    return {term for term in term_counts(Text(text), _ONCE) if not is_word_pair(term)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＰＥＭ燃料电池　２５０ｋＷ", "pem燃料电池 250kw"),
        ("鋰電池熱管理系統", "锂电池热管理系统"),
        ("乾燥機", "干燥机"),
        ("café crème", "cafe creme"),
        ("CO₂", "co2"),
        ("5 μm", "5µm"),
        ("5微米", "5um"),
        ("220千伏变压器", "220 kV变压器"),
        ("80 ℃", "80°C"),
    ],
)
def test_spellings_of_the_same_are_the_same_terms(one: str, other: str) -> None:
    assert _terms(one) == _terms(other) != set()


def test_chinese_gives_characters_and_pairs() -> None:
    assert term_counts(Text("燃料"), _ONCE) == {"燃": 1, "料": 1, "燃料": PAIR}
    assert [occurrence(term) for term in ("燃", "燃料", "pump", "ab")] == [1, PAIR, 1, 1]


def test_particles_of_chinese_count_neither_alone_nor_in_pairs() -> None:
    assert _terms("泵的阀") == {"泵", "阀"}


def test_english_words_give_stems_without_the_common_ones() -> None:
    assert term_counts(Text("The pumping of pumps"), _ONCE) == {"pump": 2}


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("Heat pump valve", {"heat pump", "pump valv"}),
        ("heat-pump, valve", {"heat pump", "pump valv"}),
        ("heat - pump", set()),
        ("heat (pump)", {"heat pump"}),
        ("heat of pump", set()),
        ("heat 5 kW pump", set()),
        ("heat 5 pump", {"heat 5", "5 pump"}),
    ],
)
def test_neighbours_are_a_pair_unless_something_stands_between_them(text: str, pairs: set[str]) -> None:
    # A letter beyond the plain ones sends the same words another way.
    for beside in ("", "泵"):
        counts = term_counts(Text(text, beside), _ONCE)
        assert {term for term in counts if is_word_pair(term)} == pairs


@given(st.text(st.sampled_from("ab5.-, _°kgmw(½"), max_size=12))
def test_a_word_means_the_same_beside_chinese_ones(text: str) -> None:
    alone, beside = (term_counts(Text(text + end), _ONCE) for end in ("", " ; 泵"))
    assert {**alone, "泵": 1} == beside


def test_both_languages_of_one_text_are_told_apart() -> None:
    assert _terms("PEM电池stack") == {"pem", "电", "池", "电池", "stack"}


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("li-ion c++ 5 x", {"li", "ion", "5"}),
        ("LiNi0.8Co0.1Mn0.1O2", {"lini0.8co0.1mn0.1o2"}),
        ("version 3.5.", {"version", "3.5"}),
        ("10-20 kV, 3.5mm", {"10", "20kv", "3.5mm"}),
        ("5 kilograms of TiO2", {"5", "kilogram", "tio2"}),
        ("насос", {"насос"}),
    ],
)
def test_quantities_formulas_and_words_of_other_scripts_stay_whole(text: str, terms: set[str]) -> None:
    assert _terms(text) == terms


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("lithium batteries", {"lithium batteri"}),
        ("heat-pump", {"heat pump"}),
        ("pumps, valves", {"pump valv"}),
        ("pumps for valves", set()),
        ("pump. — valve", set()),
        ("pump 泵 valve", set()),
        ("pump 5 kV", set()),
    ],
)
def test_neighbours_are_pairs_where_nothing_stands_between_them(text: str, pairs: set[str]) -> None:
    counts = term_counts(Text(text), _ONCE)
    assert {term for term in counts if is_word_pair(term)} == pairs
    assert all(counts[pair] == PAIR == occurrence(pair) for pair in pairs)


@pytest.mark.parametrize("text", ["α粒子", "α-粒子", "α 粒子"])
def test_a_greek_letter_takes_no_chinese_word_with_it(text: str) -> None:
    assert {"粒", "子", "粒子"} <= _terms(text)


def test_what_is_spoken_has_the_words_of_no_meaning_too() -> None:
    text = "The pumps of a 5 mm 膜"
    assert spoken(text) == [f"{SILENT}the", "pump", f"{SILENT}of", f"{SILENT}a", "5mm", "膜"]
    assert [term for term in spoken(text) if not term.startswith(SILENT)] == words(text)


def test_title_and_keywords_count_more() -> None:
    assert term_counts(Text("pump", "pump", ("pump",)), OFFERED) == {"pump": 3 + 1 + 2}
    assert term_counts(Text("pump", "pump", ("pump",)), ASKED) == {"pump": 6 + 1 + 2}


@pytest.mark.parametrize(
    ("abstract", "lead", "counts"),
    [
        ("pump valve", 0, {"pump": 1, "valv": 1}),
        ("pump of valve", 4, {"pump": 2, "valv": 1}),
        # The last word is not cut: it would be another one.
        ("pump of valve", 9, {"pump": 2, "valv": 2}),
        ("pump of valve", 1, {"pump": 2, "valv": 1}),
        ("pump of valve", 5, {"pump": 2, "valv": 1}),
        ("pump of valve", 100, {"pump": 2, "valv": 2}),
        ("泵的阀", 2, {"泵": 2, "阀": 1}),
        ("泵valve", 2, {"泵": 2, "valv": 2}),
        ("matériau pump", 4, {"materiau": 2, "pump": 1}),
        ("насос pump", 2, {"насос": 2, "pump": 1}),
        ("", 5, {}),
    ],
)
def test_the_lead_of_an_abstract_counts_once_more(abstract: str, lead: int, counts: dict[str, int]) -> None:
    found = term_counts(Text("", abstract), OFFERED, lead)
    assert {term: count for term, count in found.items() if not is_word_pair(term)} == counts
    # Titles and keywords have none.
    assert term_counts(Text(abstract, "", (abstract,)), OFFERED, lead) == term_counts(
        Text(abstract, "", (abstract,)), OFFERED
    )


@pytest.mark.parametrize("text", ["", " \t\n\u3000", "🚢🌊👩‍🔬", "\u200b\ufeff", "—…·、。", "of the"])
def test_text_without_words_has_no_terms(text: str) -> None:
    assert term_counts(Text(text, text, (text,)), OFFERED) == {}


def test_a_huge_text_is_bounded() -> None:
    huge = "".join(chr(0x4E00 + n % 20_000) for n in range(200_000))
    counts = term_counts(Text("pump", huge), OFFERED)
    assert len(counts) <= 2 * MOST_CHARACTERS
    assert counts == term_counts(Text("pump", huge[:MOST_CHARACTERS]), OFFERED)
    # One character that unfolds to eighteen does not break the bound by more than that.
    assert len(term_counts(Text("\ufdfa" * 200_000), OFFERED)) <= 18


def test_a_word_without_end_is_no_term() -> None:
    assert term_counts(Text("x" * 200_000, "a-" * 100_000), OFFERED) == {}


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=3))
@settings(deadline=None, max_examples=200)
def test_any_text_gives_counted_terms(text: str, keywords: list[str]) -> None:
    counts = term_counts(Text(text, text, tuple(keywords)), OFFERED)
    assert all(term and times > 0 for term, times in counts.items())
    assert counts == term_counts(Text(text, text, tuple(keywords)), OFFERED)
