"""Translations are learned from texts that say the same, as far as they were seen."""

from __future__ import annotations

from streams.learning import alignment

_PAIRS = [
    ("鲲膜", "kun membrane"),
    ("鲲泵", "kun pump"),
    ("鹏膜", "peng membrane"),
    ("鹏泵", "peng pump"),
]


def test_words_that_keep_standing_together_are_translations() -> None:
    to_english, to_chinese = alignment.learned(_PAIRS * 5)
    assert max(to_english["鲲"], key=to_english["鲲"].__getitem__) == "kun"
    assert max(to_english["鹏"], key=to_english["鹏"].__getitem__) == "peng"
    assert max(to_chinese["pump"], key=to_chinese["pump"].__getitem__) == "泵"


def test_the_dictionary_speaks_where_little_was_seen() -> None:
    to_english, _ = alignment.learned([("膜", "seal")])
    assert to_english["膜"]["membran"] > 0


def test_one_text_does_not_outvote_the_dictionary_and_several_do() -> None:
    once, _ = alignment.learned([("膜", "seal")])
    often, _ = alignment.learned([("膜", "seal")] * 9)
    assert once["膜"]["seal"] < once["膜"]["membran"]
    assert often["膜"]["seal"] > often["膜"]["membran"]


def test_the_same_texts_teach_the_same() -> None:
    assert alignment.learned(_PAIRS) == alignment.learned(_PAIRS)


def test_probabilities_are_those_of_what_is_kept() -> None:
    found = alignment.likely({"a": 6.0, "b": 3.0, "c": 1.0, "d": 0.1}, most=2, least=0.05)
    assert found == {"a": 0.667, "b": 0.333}
    assert alignment.likely({"a": 1.0, "b": 1.0, "c": 1.0}, most=3, least=0.5) == {"a": 1.0}


def test_what_a_word_gives_adds_up_to_what_it_was_told_to_give() -> None:
    assert alignment.likely({"a": 3.0, "b": 1.0}, most=2, least=0.05, whole=0.5) == {"a": 0.375, "b": 0.125}


def test_a_word_that_goes_with_words_of_no_meaning_says_little() -> None:
    frame = [("鲲的膜", "this kun membrane"), ("鲲的泵", "this kun pump")]
    to_english, to_chinese = alignment.learned([("犇" + zh, "the " + en) for zh, en in frame] * 20)
    assert sum(to_english["鲲"].values()) > 0.9
    assert sum(to_english.get("犇", {}).values()) < 0.5
    assert not any(term in to_chinese for term in ("the", "this"))


def test_texts_without_words_teach_nothing() -> None:
    to_english, _ = alignment.learned([("", "pump"), ("泵", ""), ("泵", "pump")])
    assert set(to_english) == {"泵"}
