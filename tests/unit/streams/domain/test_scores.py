"""Scores are exact, explained by their reasons, and between 0 and 1."""

from __future__ import annotations

import dataclasses
import math
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schemas.records import AchievementRegistered, CooperationMode, DemandPosted, Disclosure, Factor, Money, Text
from streams.domain import matching
from streams.domain.model import MOST_TRANSLATED, Language, ScoringModel, default_model
from streams.domain.postings import Postings
from streams.domain.profile import AchievementProfile, DemandProfile, achievement_profile, bare_code, demand_profile
from streams.domain.weighing import FULL_TEXT, SATURATED, SHARES
from tests.unit.streams.making import (
    DAY,
    MODEL,
    NOW,
    achievement,
    achievement_facets,
    demand,
    demand_facets,
    texts,
)

_records = st.builds(lambda words, facets: achievement("A1", words, **facets), texts, achievement_facets)
_asked = st.builds(lambda words, facets: demand("D1", words, **facets), texts, demand_facets)
_words = st.text(st.sampled_from("ab 12.-泵阀轮机"), max_size=60)
_languages = st.builds(
    Language,
    salience=st.floats(0.01, 0.99),
    unseen=st.floats(0.01, 20),
    smoothing=st.floats(0.01, 0.99),
    usual_mass=st.floats(0.1, 1e6),
    translated=st.floats(1.0, MOST_TRANSLATED),
    lead=st.integers(0, 80),
)
_models = st.builds(
    ScoringModel,
    st.just("any"),
    st.dictionaries(st.sampled_from(["泵", "阀", "12", "泵阀"]), st.floats(0, 20)),
    _languages,
    _languages,
)
_terms = st.dictionaries(st.integers(0, 30).map(str), st.integers(1, SATURATED), max_size=20)


@given(_terms, st.lists(_terms, max_size=8), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=100)
def test_a_sum_is_the_same_integer_in_any_order_of_postings(
    query: dict[str, int], standing: list[dict[str, int]], order: random.Random
) -> None:
    blank = achievement_profile(achievement(), MODEL)
    profiles = [dataclasses.replace(blank, ref=f"dlut/{n}", terms=terms) for n, terms in enumerate(standing)]
    expected = {one.ref: sum(w * one.terms.get(term, 0) for term, w in query.items()) for one in profiles}
    for _ in range(2):
        order.shuffle(profiles)
        postings: Postings[AchievementProfile] = Postings()
        slots = {one.ref: postings.put(one) for one in profiles}
        sums = postings.sums(dict(order.sample(list(query.items()), len(query))))
        assert {ref: int(sums[slot]) for ref, slot in slots.items()} == expected
        assert len(sums) == len(profiles)


def test_the_largest_possible_sum_is_exact() -> None:
    blank = achievement_profile(achievement(), MODEL)
    many = {str(n): SATURATED for n in range(5000)}
    shares = {term: SHARES - n for n, term in enumerate(many)}
    postings: Postings[AchievementProfile] = Postings()
    postings.put(dataclasses.replace(blank, terms=many))
    assert int(postings.sums(shares)[0]) == SATURATED * sum(shares.values())


@given(_records, _asked)
@settings(deadline=None)
def test_reasons_sum_to_the_score(offered: AchievementRegistered, asked: DemandPosted) -> None:
    mine, theirs = achievement_profile(offered, MODEL), demand_profile(asked, MODEL)
    worth = matching.points(matching.text_points(mine, theirs), mine, theirs)
    found = matching.reasons(mine, theirs, matching.shared_terms(mine, theirs))
    assert math.isclose(sum(one.contribution for one in found), worth / matching.FULL, abs_tol=1e-12)
    assert 0 <= worth <= matching.FULL
    scored = [one.contribution for one in found if one.factor is not Factor.GATE]
    assert scored == sorted(scored, reverse=True)
    assert [one.detail for one in found if one.factor is Factor.GATE] == [
        "open", "modes", "maturity", "territory", "disclosure",
    ]  # fmt: skip


@given(_words, _words, _models, st.booleans())
@settings(deadline=None, max_examples=200)
def test_no_text_is_worth_more_than_a_full_one(one: str, other: str, model: ScoringModel, bilingual: bool) -> None:
    asked = demand_profile(demand(words=other, en=Text(one) if bilingual else None), model)
    assert sum(asked.terms.values()) <= (2 if bilingual else 1 + MOST_TRANSLATED) * SHARES
    assert sum(asked.terms.values()) * SATURATED < 1 << 31
    assert all(1 <= share <= SHARES for share in asked.terms.values())
    for words in (one, other, other * 50):
        offered = achievement_profile(achievement(words=words), model)
        assert all(1 <= weight <= SATURATED for weight in offered.terms.values())
        assert 0 <= matching.points(matching.text_points(offered, asked), offered, asked) <= matching.FULL


def test_shares_that_would_round_up_do_not_exceed_the_whole() -> None:
    asked = demand_profile(demand(words="one two three four five six seven"), MODEL)
    assert len(asked.terms) == 7
    assert SHARES - 7 <= sum(asked.terms.values()) <= SHARES
    full = dataclasses.replace(achievement_profile(achievement(), MODEL), terms=dict.fromkeys(asked.terms, SATURATED))
    assert matching.text_points(full, asked) <= FULL_TEXT


def test_what_an_abstract_says_at_its_beginning_weighs_more_where_the_model_says_so() -> None:
    first, last = (achievement(zh=Text("", words)) for words in ("pump, and a blade", "blade, and a pump"))
    leading = dataclasses.replace(MODEL, zh=dataclasses.replace(MODEL.zh, lead=4))
    one, other = (achievement_profile(record, leading).terms["pump"] for record in (first, last))
    assert one > other
    one, other = (achievement_profile(record, MODEL).terms["pump"] for record in (first, last))
    assert one == other


def test_a_pair_that_shares_everything_scores_near_one_and_never_above() -> None:
    facets: dict[str, Any] = {"industries": ("C2614",), "district": "210202"}
    money = Money(Decimal("10.00"), "CNY")
    offered = achievement_profile(achievement(words="泵 " * 160, maturity=6, price=money, **facets), default_model())
    asked = demand_profile(demand(words="泵", maturity_wanted=6, budget=money, **facets), default_model())
    score = matching.points(matching.text_points(offered, asked), offered, asked) / matching.FULL
    assert 0.95 < score <= 1


def test_an_empty_record_has_no_terms_and_matches_nothing() -> None:
    empty = achievement_profile(achievement(zh=None), MODEL)
    nothing = demand_profile(demand(zh=None), MODEL)
    assert (dict(empty.terms), dict(nothing.terms), empty.title) == ({}, {}, "")
    offered, asked = achievement_profile(achievement("A2"), MODEL), demand_profile(demand("D2"), MODEL)
    achievements = {empty.ref: empty, offered.ref: offered}
    live = matching.live_matches(achievements, {nothing.ref: nothing, asked.ref: asked}, NOW, 0.0)
    assert {ref: [rank.achievement_ref for rank in ranks] for ref, ranks in live.items()} == {asked.ref: [offered.ref]}


def test_a_score_right_at_the_threshold_is_a_match() -> None:
    offered = dataclasses.replace(achievement_profile(achievement(), MODEL), terms={"x": SATURATED})
    asked = dataclasses.replace(demand_profile(demand(), MODEL), terms={"x": SHARES // 2})
    pair = ({offered.ref: offered}, {asked.ref: asked}, NOW)
    score = SATURATED * (SHARES // 2) * matching.TEXT / matching.FULL
    assert list(matching.live_matches(*pair, score)) == [asked.ref]
    assert matching.live_matches(*pair, score + 1 / matching.FULL) == {}


def _pair(
    offered: dict[str, Any], asked: dict[str, Any]
) -> tuple[AchievementProfile, DemandProfile]:  # fmt: skip
    return achievement_profile(achievement(**offered), MODEL), demand_profile(demand(**asked), MODEL)


@pytest.mark.parametrize(
    ("offered", "asked", "gate"),
    [
        ({"modes": (CooperationMode.EQUITY,)}, {"modes": (CooperationMode.SERVICE,)}, "modes"),
        ({"maturity": 4}, {"maturity_wanted": 5}, "maturity"),
        ({}, {"maturity_wanted": 1}, "maturity"),
        ({"territories": ("31",)}, {"district": "210202"}, "territory"),
        ({"territories": ("2102",)}, {}, "territory"),
        ({"disclosure": Disclosure.CONFIDENTIAL}, {}, "disclosure"),
        ({"valid_until": (NOW - DAY).date()}, {}, "open"),
        ({}, {"deadline": (NOW - DAY).date()}, "open"),
    ],
)
def test_each_gate_shuts_alone(offered: dict[str, Any], asked: dict[str, Any], gate: str) -> None:
    assert matching.failed_gates(*_pair(offered, asked), NOW) == [gate]


@pytest.mark.parametrize(
    ("offered", "asked"),
    [
        ({"modes": (CooperationMode.EQUITY,)}, {}),
        ({}, {"modes": (CooperationMode.SERVICE,)}),
        ({"maturity": 5}, {"maturity_wanted": 5}),
        ({"territories": ("21", "31")}, {"district": "210202"}),
        ({"disclosure": Disclosure.PARTNERS}, {}),
        # A validity ends with its day in China: at 16:00 UTC.
        ({"valid_until": NOW.date()}, {"deadline": NOW.date()}),
    ],
)
def test_what_is_not_said_shuts_no_gate(offered: dict[str, Any], asked: dict[str, Any]) -> None:
    assert matching.failed_gates(*_pair(offered, asked), NOW) == []


def test_a_validity_ends_with_its_day_in_china() -> None:
    closes_at = achievement_profile(achievement(valid_until=NOW.date()), MODEL).closes_at
    assert closes_at is not None
    assert closes_at.isoformat() == "2026-03-01T16:00:00+00:00"


@pytest.mark.parametrize(
    ("mine", "theirs", "parts"),
    [("C26", "26", 5), ("C2614", "C2614", 10), ("C261", "C2614", 8), ("C26", "C27", 0), ("C", "C", 2), ("C", "D", 0)],
)
def test_industries_count_by_what_their_codes_share(mine: str, theirs: str, parts: int) -> None:
    offered, asked = _pair({"industries": (mine,)}, {"industries": (theirs,)})
    found = [part for factor, _, part in matching.soft_factors(offered, asked) if factor is Factor.INDUSTRY]
    assert found == [parts] * bool(parts)


def test_a_section_letter_is_bare_only_before_digits() -> None:
    assert [bare_code(code) for code in ("C26", "26", "C", "")] == ["26", "26", "C", ""]


def test_a_price_above_the_budget_or_in_another_currency_adds_nothing() -> None:
    budget: dict[str, Any] = {"budget": Money(Decimal("10.00"), "CNY")}
    added = [
        len(matching.soft_factors(*_pair({"price": Money(Decimal(amount), currency)}, budget)))
        for amount, currency in (("10.00", "CNY"), ("10.01", "CNY"), ("1.00", "USD"))
    ]
    assert added == [1, 0, 0]
