"""Who qualifies under a policy: what a rule sees, to the fen and to the day, and what speaks against a deal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from schemas.records import CooperationMode, IpKind, IpRight, Money, Stage, Terms
from streams.domain.policies.deciding import Hint, Key, Missing, finding, hint, hints, policy
from streams.domain.policies.seen import NAMES, Seen, fen, values
from tests.unit.streams.domain.policies.cases import TODAY, closed, deal, opened, seen, standing
from tests.unit.streams.making import achievement, tech_contract

KEY = Key("dlut/A1", "district-210202/D1")
_PLAIN = {"bool": bool, "int": int, "string": str, "list": list}


def test_a_rule_sees_every_name_of_a_registered_deal_with_its_type() -> None:
    one = achievement(maturity=6, district="210203", industries=("C26",), ip_rights=(IpRight(IpKind.KNOW_HOW),))
    told = values(replace(seen(paid=Decimal("12.34")), achievement=one), TODAY)
    assert set(told) == set(NAMES)
    assert {name: type(value) for name, value in told.items()} == {name: _PLAIN[of.type] for name, of in NAMES.items()}
    assert told["deal.paid_fen"] == 1234
    assert told["deal.registration_number"] == "2026-210203-000117"
    assert told["achievement.ip_kinds"] == ["KNOW_HOW"]


def test_what_is_not_known_is_not_told() -> None:
    bare = values(Seen(deal(Stage.CONTACTED, terms=None)), TODAY)
    assert set(bare) == {
        "day", "deal.stage", "deal.owner", "deal.enterprise", "deal.has_terms", "deal.has_contract",
        "deal.is_certified", "deal.paid_fen",
    }  # fmt: skip
    assert "deal.amount_fen" in values(seen(Stage.TERMS_AGREED), TODAY)


def test_money_is_exact() -> None:
    assert [fen(Decimal(text)) for text in ("0.01", "1000000000000000.00", "0.29", "1")] == [1, 10**17, 29, 100]
    assert fen(Decimal("0.001")) is None
    contract = tech_contract(amount=Money(Decimal("500000.00"), "CNY"), non_technical=Decimal("0.01"))
    rich = standing(opened(rule="deal.technical_amount_fen >= 50000000"))
    assert not finding(rich, seen(contract=contract), TODAY).qualifies
    assert finding(rich, seen(contract=replace(contract, non_technical=Decimal(0))), TODAY).qualifies


def test_the_contracts_amount_counts_before_the_price_of_the_terms() -> None:
    terms = Terms(CooperationMode.SERVICE, Money(Decimal("7.00"), "USD"))
    assert values(seen(Stage.CONTRACTED, terms=terms), TODAY)["deal.amount_fen"] == 700
    found = values(seen(terms=terms), TODAY)
    assert (found["deal.amount_fen"], found["deal.currency"], found["deal.mode"]) == (10000, "CNY", "SERVICE")


def test_a_contract_is_certified_as_it_stands() -> None:
    rule = standing(opened(rule="deal.is_certified"))
    assert finding(rule, seen(certified_version=1, certified_by="registrar"), TODAY).qualifies
    assert not finding(rule, seen(certified_version=1, certified_by="registrar", contract_version=2), TODAY).qualifies


def test_days_are_those_of_china() -> None:
    late = achievement(registered_at=datetime(2026, 2, 28, 16, 30, tzinfo=UTC))
    assert values(Seen(deal(), late), TODAY)["achievement.registered_on"] == date(2026, 3, 1).toordinal()


def test_a_policy_is_in_force_from_its_first_day_to_its_last() -> None:
    one = standing(opened(since=date(2026, 3, 1), until=date(2026, 3, 3)))
    found = [one.is_in_force(TODAY + days) for days in range(-1, 4)]
    assert found == [False, True, True, True, False]
    assert standing(opened(until=None)).is_in_force(TODAY + 100_000)


def test_a_closed_policy_is_none() -> None:
    assert policy(closed()) is None


@pytest.mark.parametrize(
    ("labels", "qualifies"),
    [((), True), (("2102",), True), (("210203",), True), (("210202", "31"), True), (("210204",), False)],
)
def test_a_policy_is_for_the_districts_that_it_names(labels: tuple[str, ...], qualifies: bool) -> None:
    assert finding(standing(opened(labels=labels)), seen(), TODAY).qualifies is qualifies


def test_all_that_speaks_against_a_deal_is_told() -> None:
    one = standing(opened(rule="deal.registered_on > 0", labels=("31",), until=date(2026, 2, 28)))
    against = finding(one, seen(Stage.ENDED), TODAY).against
    assert [text.split(" ")[0:3] for text in against[:2]] == [["it", "is", "in"], ["it", "is", "for"]]
    assert against[2:] == (
        "the deal has ended",
        'the rule fails: No value with name "deal.registered_on" found in Activation',
    )
    assert finding(standing(opened(rule="false")), seen(), TODAY).against == ("the rule does not hold",)


def test_a_rule_of_an_earlier_release_that_is_none_now_fails_and_says_so() -> None:
    found = finding(standing(opened(rule="deal.price > 1")), seen(), TODAY)
    assert found.against == ("the rule fails: character 5: undeclared reference to 'deal.price'",)


def test_missing_proofs_are_named_in_the_order_of_the_policy() -> None:
    proofs = (("invoice", "deal.paid_fen > 0"), ("number", "deal.has_contract"), ("level", "achievement.maturity > 6"))
    one = standing(opened(proofs=proofs))
    assert finding(one, seen(), TODAY).missing == (Missing("invoice"), Missing("level"))
    assert hint(one, seen(), TODAY) == Hint("Subsidy", "3 %", date(2026, 12, 31), ("invoice", "level"))


def test_a_proof_that_cannot_be_looked_at_is_missing() -> None:
    one = standing(opened(rule="true", proofs=(("number", "deal.registration_number != ''"),)))
    (missing,) = finding(one, seen(Stage.CONTRACTED), TODAY).missing
    assert missing.name == "number"
    assert missing.error is not None
    assert "deal.registration_number" in missing.error


@pytest.mark.parametrize(
    "changes", [{"contract": None}, {"stage": Stage.ENDED}, {"contract": tech_contract(non_technical=Decimal("1.00"))}]
)
def test_a_benefit_that_depended_on_the_contract_goes_with_it(changes: dict[str, Any]) -> None:
    one = standing(opened(rule="deal.technical_amount_fen >= 10000"))
    deals = {KEY: seen()}
    assert list(hints([one], deals, TODAY)) == [("district-210202/P1", KEY)]
    assert hints([one], {KEY: replace(deals[KEY], deal=deal(**changes))}, TODAY) == {}
