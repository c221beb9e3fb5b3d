"""The language of policies: names and types are checked first, and nothing that a rule says makes it long."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings, strategies as st

from schemas.task_rules import MAX_RULE
from streams.domain.policies.language import Answer, Language, Rule, Wrong
from streams.domain.policies.seen import LANGUAGE, NAMES, values
from tests.unit.streams.domain.policies.cases import TODAY, seen

_DEEP = 40
_LIST = "[" + ",".join("1" for _ in range(300)) + "]"


def _rule(text: str) -> Rule:
    found = LANGUAGE.compiled(text)
    assert isinstance(found, Rule), found
    return found


def _wrong(text: str) -> str:
    found = LANGUAGE.compiled(text)
    assert isinstance(found, Wrong)
    return found.why


def _answer(text: str) -> Answer:
    return _rule(text).answer(values(seen(), TODAY))


@pytest.mark.parametrize(
    "text",
    [
        "deal.stage == 'REGISTERED' && deal.has_contract",
        "deal.technical_amount_fen >= 10000 && deal.currency == 'CNY'",
        "'C26' in achievement.industries && achievement.industries.exists(code, code.startsWith('C3'))",
        "deal.enterprise_district.startsWith('2102')",
        "day - deal.registered_on <= 60 && day < date('2026-07-01')",
        "!(achievement.maturity < 4) ? true : false",
        "size(demand.industries) == 1 && demand.industries.all(code, code.contains('26'))",
        "deal.paid_fen * 10 < deal.amount_fen * 3",
    ],
)
def test_rules_of_the_domain_hold(text: str) -> None:
    assert _answer(text) == Answer(True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("deal.price > 3", "undeclared reference to 'deal.price'"),
        ("deal.amount_fen > 3.5", "no matching overload"),
        ("deal.stage == 3", "no matching overload"),
        ("deal.stage <", "Syntax error"),
        ("", "Syntax error"),
        ("deal.amount_fen", "it says int, and a rule says true or false"),
        ("day > date('2026-02-30')", "date takes a day in quotes"),
        ("day > date(deal.stage)", "date takes a day in quotes"),
        ("deal.amount_fen > 9223372036854775808", "invalid int literal"),
        ("deal.stage == 'a\\'b'", "no backslash"),
        ("deal.stage == '''a'''", "simple quotes"),
        ("true\n", "on one line"),
    ],
)
def test_what_is_no_rule_says_where_it_is_wrong(text: str, why: str) -> None:
    assert why in _wrong(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * _DEEP + "true" + ")" * _DEEP,
        "1" + " + 1" * 900 + " == 3",
        "[" * _DEEP + "]" * _DEEP + " == []",
        "true ? true : " * 180 + "true",
    ],
)
def test_a_rule_that_is_too_deep_is_none(text: str) -> None:
    assert "limit" in _wrong(text) or "recursion" in _wrong(text)


@pytest.mark.parametrize(
    "text",
    [
        f"{_LIST}.all(a, {_LIST}.all(b, a == b))",
        "achievement.industries.all(a, (demand.industries.exists_one(b, a == b)))",
        "achievement.industries . exists (a, true || demand.industries.\tall(b, a == b))",
    ],
)
def test_a_loop_within_a_loop_is_no_rule(text: str) -> None:
    assert isinstance(LANGUAGE.compiled(text), Wrong)


def test_words_in_a_text_or_a_comment_are_no_loop() -> None:
    assert isinstance(LANGUAGE.compiled("achievement.industries.all(a, a != '.all(') // .exists("), Rule)
    assert isinstance(LANGUAGE.compiled("demand.industries.all(a, true) && demand.industries.all(a, true)"), Rule)


@pytest.mark.parametrize(
    "text",
    [
        "deal.stage.matches('(a+)+$')",
        "deal.stage + deal.stage == ''",
        "[1].map(x, x) == [1]",
        "[1].filter(x, true) == [1]",
        "[1] + [1] == [1]",
        "string(day) == ''",
        "dyn(deal.stage) == 1",
        "timestamp('2026-01-01T00:00:00Z') == timestamp('2026-01-01T00:00:00Z')",
        "[1][0] == 1",
        "day / 2 == 1",
    ],
)
def test_what_could_grow_or_is_not_needed_is_no_part_of_the_language(text: str) -> None:
    assert isinstance(LANGUAGE.compiled(text), Wrong)


def test_what_cannot_be_found_out_does_not_hold_and_says_why() -> None:
    none = Language({"day": "int", "deal.registered_on": "int"})
    rule = none.compiled("day - deal.registered_on < 60")
    assert isinstance(rule, Rule)
    assert rule.answer({"day": TODAY}) == Answer(False, 'No value with name "deal.registered_on" found in Activation')
    assert rule.answer({"day": 10**30, "deal.registered_on": 1}) == Answer(False, "int too big to convert")
    assert _answer("deal.amount_fen * 9223372036854775807 > 0") == Answer(False, "integer overflow")


def test_what_is_not_known_does_no_harm_where_it_does_not_matter() -> None:
    rule = _rule("deal.paid_fen == 0 || deal.registered_on > 0")
    assert rule.answer({"deal.paid_fen": 0}) == Answer(True)
    assert not rule.answer({"deal.paid_fen": 1}).holds


def test_whether_the_day_matters_is_known() -> None:
    assert _rule("day > 3").needs_day
    assert not _rule("deal.has_contract").needs_day


_PIECES = st.sampled_from(
    [*NAMES, "(", ")", "[", "]", "'", '"', ".all(a, ", ".exists(b, ", "a", "&&", "||", "!", "==", "in", ">", "1", "1.5",
     "-", "*", "+", "?", ":", ",", "true", "'C26'", "date('2026-01-01')", "//", "{", "}", "\u202e", "政策", " "]
)  # fmt: skip
_DATA = values(seen(), TODAY)


@given(st.lists(_PIECES, max_size=60).map("".join) | st.text(max_size=200))
@example("!" * (MAX_RULE - 4) + "true")
@example(f"{_LIST}.all(a, {'!' * 900}(a == 1))")
@settings(deadline=None, max_examples=300)
def test_whatever_anybody_writes_is_a_rule_that_answers_or_is_told_to_be_none(text: str) -> None:
    found = LANGUAGE.compiled(text)
    if isinstance(found, Wrong):
        assert found.why
    else:
        answer = found.answer(_DATA)
        assert not (answer.holds and answer.error)
        assert found.answer(_DATA) == answer
