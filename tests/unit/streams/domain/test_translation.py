"""A Chinese demand meets English achievements and the other way round, and says by which words."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from schemas.records import Factor, Text
from streams import offline, text_rows
from streams.domain import dictionary, matching, translation, weighing
from streams.domain.counts import Fields, said
from streams.domain.lexicon import Rarity
from streams.domain.model import ScoringModel, default_model, unpacked
from streams.domain.translation import Table, Translation, Translator
from streams.domain.weighing import SATURATED, SHARES
from tests.unit.streams.making import MODEL

_ONCE = Fields(1, 1, 1)


def _english(text: str, learned: Table | None = None) -> Translation:
    return Translator(learned or {}, {}, _even, _even).english(said(Text(text), _ONCE))


def _chinese(text: str, rarity: Rarity) -> Translation:
    return Translator({}, {}, rarity, rarity).chinese(said(Text(text), _ONCE))


def _counts(told: Translation) -> dict[str, float]:
    return dict(zip(told.mentions.terms, told.mentions.times.tolist(), strict=True))


def _even(_term: str) -> float:
    return 1.0


def test_the_dictionary_gives_the_usual_meaning_most() -> None:
    found = dictionary.meanings("合作")
    assert max(found, key=lambda term: found[term]) == "cooper"
    assert sum(found.values()) == pytest.approx(1)
    assert dictionary.meanings("锂") == {"lithium": 1.0}
    assert dictionary.meanings("没有这个词儿") == {}
    assert "锂" in dictionary.words_for("lithium")
    assert dictionary.words_for("nosuchword") == ()


def test_a_run_is_cut_into_the_fewest_words() -> None:
    assert translation.pieces("电池管理") == ("电池", "管理")
    assert translation.pieces("") == ()


@given(st.text(st.sampled_from("电池管理系统的锂膜")))
def test_pieces_are_the_run_again(run: str) -> None:
    assert "".join(translation.pieces(run)) == run


def test_what_was_learned_goes_before_the_dictionary() -> None:
    learned = {"电池": {"cell": 0.75, "batteri": 0.25}}
    told = _english("电池", learned)
    assert _counts(told)["cell"] == 3 * _counts(told)["batteri"] == 0.75
    assert told.sources(["cell"])["cell"] == "电池"
    from_dictionaries = _counts(_english("电池"))
    assert max(from_dictionaries, key=from_dictionaries.__getitem__) == "batteri"


def test_a_word_also_asks_for_what_its_parts_say_but_less() -> None:
    found = _counts(_english("水泵", {"水泵": {"hydrant": 1.0}, "水": {"water": 1.0}, "泵": {"pump": 1.0}}))
    assert found == {"hydrant": 1.0, "water": 0.2, "pump": 0.2}


def test_names_formulas_and_quantities_are_the_same_in_both_languages() -> None:
    told = _english("PEM电堆 TiO2 5微米")
    assert {"pem", "tio2", "5um"} <= _counts(told).keys()
    assert _counts(_chinese("Xylazorb TiO2 5um", _even)).keys() == {"xylazorb", "tio2", "5um"}


def test_question_words_ask_for_nothing() -> None:
    assert _counts(_english("什么")) == {}


def test_common_chinese_words_are_the_likelier_translations() -> None:
    common = {"水泵": 1.0, "泵": 2.0}
    told = _chinese("pumps", lambda term: common.get(term, 9.0))
    assert _counts(told)["泵"] == max(_counts(told).values())


_CHARACTERS = ("锂", "泵", "膜")
_meanings = st.dictionaries(st.sampled_from(["cell", "pump", "ion"]), st.sampled_from([0.25, 0.5, 0.75]), min_size=1)


@given(st.fixed_dictionaries(dict.fromkeys(_CHARACTERS, _meanings)), st.lists(st.sampled_from([*_CHARACTERS, "pump"])))
def test_each_term_is_expected_as_often_as_all_words_together_say_it(learned: Table, words: list[str]) -> None:
    own = Counter(word for word in words if word == "pump")
    said_by: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for word in words:
        for term, chance in learned.get(word, {}).items():
            # A character that stands alone counts half.
            said_by[term][word] += chance / 2
    told = _english("; ".join(words), learned)
    assert _counts(told) == {term: own[term] + sum(said_by[term].values()) for term in {*own, *said_by}}
    for term, source in told.sources(said_by).items():
        assert said_by[term][source] == max(said_by[term].values())


@given(st.lists(st.sampled_from(["电池管理系统", "水泵 pump 3.5", "锂电池热管理 battery", "什么"]), max_size=4))
@settings(deadline=None, max_examples=50)
def test_a_translation_does_not_depend_on_what_was_translated_before(before: list[str]) -> None:
    used, fresh = replace(MODEL), replace(MODEL)
    for text in before:
        weighing.asked(Text(text), None, used)
    asked = Text("锂电池热管理系统与水泵的可靠性 battery")
    assert weighing.asked(asked, None, used) == weighing.asked(asked, None, fresh)


@given(st.text(max_size=120), st.booleans())
@settings(deadline=None, max_examples=200)
def test_any_text_has_a_translation_of_bounded_weight(text: str, is_chinese: bool) -> None:
    told = _english(text) if is_chinese else _chinese(text, _even)
    assert all(times > 0 for times in _counts(told).values())
    assert told.sources(told.mentions.terms).keys() <= _counts(told).keys()


@pytest.mark.parametrize(
    ("asked", "fits", "other"),
    [
        ("寻求锂电池热管理技术", "Thermal management of lithium batteries", "Hull cleaning robot for ships"),
        ("氢燃料电池质子交换膜", "Proton exchange membrane for hydrogen fuel cells", "Sea cucumber seedlings"),
        ("cutting tools for hard alloys", "硬质合金切削刀具", "海参育苗方法"),
        ("desalination of sea water by membranes", "膜法海水淡化装置", "一种船体清洗机器人"),
    ],
)
def test_a_demand_meets_what_answers_it_in_the_other_language(asked: str, fits: str, other: str) -> None:
    model = default_model()
    wish = offline.demand("D", text_rows.sides(Text(asked)), model, 1)
    right, wrong = (offline.achievement("A", text_rows.sides(Text(text)), model) for text in (fits, other))
    least = matching.threshold_points(model.threshold)
    assert matching.points(matching.text_points(right, wish), right, wish) >= least
    assert matching.text_points(right, wish) > 3 * matching.text_points(wrong, wish)


def test_reasons_name_the_demands_own_word_beside_its_translation() -> None:
    wish = offline.demand("D", text_rows.sides(Text("锂电池回收")), default_model(), 1)
    offered = offline.achievement("A", text_rows.sides(Text("Recycling of lithium batteries")), default_model())
    found = matching.reasons(offered, wish, matching.shared_terms(offered, wish))
    named = {reason.detail for reason in found if reason.factor is Factor.TERM}
    assert named & {"电池 ~ batteri", "锂电池 ~ batteri"}
    assert any(name.endswith(" ~ lithium") for name in named)


def test_a_demand_in_both_languages_is_not_translated() -> None:
    both = weighing.asked(Text("泵"), Text("valve"), MODEL)
    assert both.terms.keys() == {"泵", "valv"}
    assert both.sources == {}


def test_a_word_that_stands_in_both_languages_counts_as_in_the_text_itself() -> None:
    alone = weighing.asked(Text("PEM"), None, MODEL)
    assert alone.terms == {"pem": SHARES}


def test_a_long_demand_keeps_its_heaviest_terms_and_the_words_they_come_from() -> None:
    rare = "".join(chr(0x4E00 + 7 * number) for number in range(600))
    asked = weighing.asked(Text("", f"{rare} 1 2"), None, default_model())
    assert len(asked.terms) <= 2 * weighing.MOST_TERMS
    assert asked.sources.keys() <= asked.terms.keys()


@pytest.mark.parametrize("times", [1.0, 4.0])
def test_a_translation_asks_so_many_times_as_much(times: float) -> None:
    shares = weighing.shares({"a": 1.0, "b": 3.0}, times)
    assert shares["a"] == int(times * SHARES / 4)
    assert shares["b"] == min(SHARES, int(times * SHARES * 3 / 4))
    assert sum(shares.values()) * SATURATED < 1 << 31


def test_a_model_of_another_edition_of_the_dictionary_is_refused() -> None:
    assert unpacked(MODEL.packed()) == MODEL
    other: ScoringModel = replace(MODEL, dictionary="0" * 16)
    with pytest.raises(ValueError, match="of the dictionaries"):
        unpacked(other.packed())
