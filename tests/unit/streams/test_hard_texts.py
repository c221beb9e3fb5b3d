"""Texts that nobody should write have defined results, in the live engine and for files."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from schemas.records import AchievementRegistered, DemandPosted, Factor, Text
from streams import offline, text_rows
from streams.domain import matching
from streams.domain.candidates import Candidates
from streams.domain.model import default_model
from streams.domain.profile import AchievementProfile, DemandProfile, achievement_profile, demand_profile
from streams.domain.text import MOST_CHARACTERS
from streams.domain.weighing import MOST_TERMS
from tests.unit.streams.making import NOW, achievement, demand

MODEL = default_model()
PUMP = Text("Pump for seawater", "A titanium pump that moves seawater", ("pump", "seawater"))
LOOM = Text("Loom", "Weaves carbon fibre")


def _live(offered: Mapping[str, AchievementRegistered], asked: Mapping[str, DemandPosted]) -> dict[str, list[str]]:
    """Each demand's matches in the live engine, which are those of the definition, with reasons that sum to scores."""
    candidates = Candidates(MODEL.threshold)
    candidates.tick(NOW)
    achievements = {one.ref: achievement_profile(one, MODEL) for one in offered.values()}
    demands = {one.ref: demand_profile(one, MODEL) for one in asked.values()}
    for wish in demands.values():
        candidates.post(wish)
    for profile in achievements.values():
        candidates.register(profile)
    found = {}
    for change in candidates.changes():
        assert change.demand is not None
        found[change.demand_ref] = [one.rank for one in change.entered]
        for rank, profile, shared in change.entered:
            told = matching.reasons(profile, change.demand, shared)
            assert math.isclose(math.fsum(one.contribution for one in told), rank.score, abs_tol=1e-9)
    assert found == matching.live_matches(achievements, demands, NOW, MODEL.threshold)
    return {ref.partition("/")[2]: [rank.achievement_ref.partition("/")[2] for rank in found[ref]] for ref in found}


def _records(texts: Mapping[str, Text]) -> dict[str, AchievementRegistered]:
    sides = {name: text_rows.sides(text) for name, text in texts.items()}
    return {name: achievement(name, zh=zh, en=en) for name, (zh, en) in sides.items()}


def _wishes(texts: Mapping[str, Text]) -> dict[str, DemandPosted]:
    sides = {name: text_rows.sides(text) for name, text in texts.items()}
    return {name: demand(name, zh=zh, en=en) for name, (zh, en) in sides.items()}


def _ranked(offered: Mapping[str, Text], asked: Mapping[str, Text]) -> list[offline.Scored]:
    """The rows of ``techdock match``, whose reasons add up to their scores."""
    first, second = ({name: text_rows.sides(text) for name, text in texts.items()} for texts in (offered, asked))
    rows = list(offline.ranked(first, second, MODEL, 20))
    for row in rows:
        assert math.isclose(math.fsum(one["contribution"] for one in row.reasons), row.score, abs_tol=1e-9)
    return rows


def _cut(row: offline.Scored) -> list[str]:
    return [one["detail"] for one in row.reasons if one["factor"] == Factor.CUT]


def _profiles(text: Text) -> tuple[AchievementProfile, DemandProfile]:
    zh, en = text_rows.sides(text)
    return achievement_profile(achievement(zh=zh, en=en), MODEL), demand_profile(demand(zh=zh, en=en), MODEL)


@pytest.mark.parametrize("text", [Text(""), Text(" \n", "\t", ("", " ")), Text("the of and", "的了和", ("!", "—"))])
def test_a_text_without_a_word_matches_nothing_on_either_side(text: Text) -> None:
    assert _live(_records({"A1": text, "A2": PUMP}), _wishes({"D1": text, "D2": PUMP})) == {"D2": ["A2"]}
    assert [(row.demand_id, row.achievement_id) for row in _ranked({"A1": text, "A2": PUMP}, {"D1": text})] == []
    (row,) = offline.paired({"A": text_rows.sides(text)}, {"D": text_rows.sides(PUMP)}, MODEL, [("D", "A")])
    assert (row.score, row.reasons) == (0, [])


@pytest.mark.parametrize(("word", "met"), [("pump", ["A1"]), ("泵", ["A1"]), ("xyzzy", [])])
def test_a_demand_of_one_word_asks_for_just_that_in_both_languages(word: str, met: list[str]) -> None:
    texts = {"A1": PUMP, "A2": LOOM}
    assert _live(_records(texts), _wishes({"D": Text(word)})).get("D", []) == met
    assert [row.achievement_id for row in _ranked(texts, {"D": Text(word)})] == met


def test_of_an_abstract_of_two_hundred_kilobytes_the_beginning_counts_and_reasons_say_so() -> None:
    long = Text("Pump", " ".join(f"seawater pump number{n}" for n in range(10_000))[:200_000])
    short = Text("Pump", long.abstract[:MOST_CHARACTERS])
    (offered, asked), (other, wish) = _profiles(long), _profiles(short)
    assert (offered.terms, offered.fields, asked.terms) == (other.terms, other.fields, wish.terms)
    said = "en abstract: the first 20,000 of 200,000 characters"
    assert (offered.cut, other.cut) == ((said,), ())
    assert set(asked.cut) - set(wish.cut) == {said}
    assert len(asked.terms) <= 2 * MOST_TERMS
    (row,) = _ranked({"A": long}, {"D": PUMP})
    assert _cut(row) == [f"achievement, {said}"]
    assert f"demand, {said}" in _cut(_ranked({"A": PUMP}, {"D": long})[0])
    assert _live(_records({"A": long}), _wishes({"D": PUMP})) == {"D": ["A"]}


def test_of_ten_thousand_keywords_the_first_count_and_reasons_say_so() -> None:
    many = Text("Pump", "", tuple(f"keyword{n}" for n in range(10_000)))
    offered, asked = _profiles(many)
    length = len("; ".join(many.keywords))
    assert offered.cut == (f"en keywords: the first 20,000 of {length:,} characters",)
    assert len(offered.terms) < MOST_CHARACTERS
    assert len(asked.terms) <= 2 * MOST_TERMS
    assert any(what.startswith("en: the 256 weightiest of 1,6") for what in asked.cut)
    # Words that the model has not seen are rare, so that they are weightier than the pump of the title.
    (row,) = _ranked({"A": Text("keyword999"), "B": PUMP}, {"D": many})
    assert row.achievement_id == "A"
    assert [what for what in _cut(row) if what.startswith("demand, en: the 256 weightiest of ")]
    assert _live(_records({"A": many}), _wishes({"D": Text("keyword1"), "E": Text("keyword9999")})) == {"D": ["A"]}


def test_a_demand_within_the_limits_is_told_without_a_word_of_cutting() -> None:
    (row,) = _ranked({"A": PUMP}, {"D": PUMP})
    assert _cut(row) == []
    assert [profile.cut for profile in _profiles(PUMP)] == [(), ()]


def test_a_term_of_every_text_alone_decides_by_length_and_then_by_reference() -> None:
    texts = {f"A{number:02}": Text("Pump") for number in range(40)}
    live = _live(_records({**texts, "A99": LOOM}), _wishes({"D": Text("pump")}))
    assert live == {"D": sorted(texts)[:20]}
    assert [row.achievement_id for row in _ranked(texts, {"D": Text("pump")})] == sorted(texts)[:20]


def test_demands_of_the_same_words_have_the_same_matches_each_of_its_own() -> None:
    texts = {"A1": PUMP, "A2": Text("Pump"), "A3": LOOM}
    assert _live(_records(texts), _wishes({"D1": PUMP, "D2": PUMP})) == {"D1": ["A1", "A2"], "D2": ["A1", "A2"]}
    rows = _ranked(texts, {"D1": PUMP, "D2": PUMP})
    half = len(rows) // 2
    assert [(row.achievement_id, row.score) for row in rows[:half]] == [
        (row.achievement_id, row.score) for row in rows[half:]
    ]


def test_codes_that_no_tree_has_count_by_their_characters_and_harm_nothing() -> None:
    offered = achievement("A1", zh=None, en=PUMP, industries=("Z9999", "C26"), district="999999", territories=("99",))
    wishes = {
        "D1": demand("D1", zh=None, en=PUMP, industries=("Z9999",), district="999999"),
        "D2": demand("D2", zh=None, en=PUMP, industries=("Y1",), district="210202"),
    }
    # The territory 99 holds whatever district begins with it, and no other.
    assert _live({"A1": offered}, wishes) == {"D1": ["A1"]}
    profiles = achievement_profile(offered, MODEL), demand_profile(wishes["D1"], MODEL)
    assert [(factor, detail) for factor, detail, _ in matching.soft_factors(*profiles)] == [
        (Factor.INDUSTRY, "9999"), (Factor.PLACE, "999999"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("offered", "asked", "shared"),
    [
        ("Титановый насос для морской воды", "насос для воды", {"насос", "для", "воды"}),
        ("مضخة من التيتانيوم لمياه البحر", "مضخة البحر", {"مضخة", "البحر"}),
        # Thai has few blanks, and some of its vowel signs end a word here: what is written alike still meets.
        ("ปั๊มน้ำทะเล ไทเทเนียม", "ปั๊มน้ำทะเล", {"มน", "าทะเล"}),
        ("티타늄 해수 펌프", "해수 펌프", {"해수", "펌프"}),
    ],
)  # fmt: skip
def test_a_third_language_matches_by_its_words_as_they_are_written(offered: str, asked: str, shared: set[str]) -> None:
    texts = {"A1": Text(offered), "A2": PUMP}
    assert _live(_records(texts), _wishes({"D": Text(asked)})) == {"D": ["A1"]}
    (row,) = _ranked(texts, {"D": Text(asked)})
    assert {one["detail"] for one in row.reasons} == shared
