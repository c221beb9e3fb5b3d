"""The city's targets are counted from what is registered, and say what they cannot tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from schemas.records import AchievementRegistered, DealAdvanced, DemandPosted, Money, Move
from streams.domain.stages import Offered
from streams.domain.targets import CONTRACTS, FUNDS, INTERMEDIARIES, LOCAL, STORE, Market, places, reached
from streams.domain.turns import follow
from tests.unit.streams.making import achievement, demand, move, sale, tech_contract


def _contract(demand_id: str, day: date = date(2026, 3, 1), currency: str = "CNY") -> DealAdvanced:
    offered = Offered(is_registered=True)
    contract = tech_contract(registered_on=day, amount=Money(Decimal("100.00"), "CNY"))
    moves = [replace(one, demand_id=demand_id) for one in [*sale(), replace(move(Move.REGISTER, 6), contract=contract)]]
    *_, last = [one for each in moves for one in follow(offered, each)]
    assert isinstance(last, DealAdvanced)
    return replace(last, contract=replace(contract, amount=Money(Decimal("100.00"), currency)))


_SAID: list[AchievementRegistered | DemandPosted] = [
    achievement(district="210203"), demand("D1", district="210204"), demand("D2", district="110108"), demand("D3"),
]  # fmt: skip


def _figures(*deals: DealAdvanced) -> dict[str, Decimal | None]:
    market = Market([achievement(), achievement("A2")], places(_SAID), deals, 3)
    return {one.target.name: one.figure for one in reached(market, "2102", 2026)}


def test_contracts_count_in_the_year_of_their_registration_and_in_cny() -> None:
    other_year = _contract("D1", date(2025, 12, 31))
    figures = _figures(_contract("D1"), _contract("D2"), other_year, _contract("D3", currency="USD"))
    assert figures[CONTRACTS.name] == Decimal("200.00")


def test_of_contracts_it_is_told_what_a_registrar_has_certified() -> None:
    certified = replace(_contract("D1"), certified_version=1, certified_by="registrar")
    amended = replace(_contract("D2"), certified_version=1, contract_version=2)
    market = Market([], {}, [certified, amended], 0)
    told = {one.target.name: (one.figure, one.certified) for one in reached(market, "2102", 2026)}
    assert told[CONTRACTS.name] == (Decimal("200.00"), Decimal("100.00"))
    assert told[STORE.name] == (Decimal(0), None)


def test_what_stays_in_the_city_counts_of_what_the_city_has_sold() -> None:
    assert _figures(_contract("D1"), _contract("D2"), _contract("D3"))[LOCAL.name] == Decimal("0.3333")


def test_where_nothing_was_sold_there_is_no_rate() -> None:
    assert _figures()[LOCAL.name] is None


def test_the_store_and_the_brokers_are_counted_and_funds_are_not_known() -> None:
    figures = _figures()
    assert (figures[STORE.name], figures[INTERMEDIARIES.name], figures[FUNDS.name]) == (Decimal(2), Decimal(3), None)


def test_a_figure_is_told_as_a_part_of_its_target() -> None:
    market = Market([achievement()], {}, (), 25)
    shares = {one.target.name: one.share for one in reached(market, "2102", 2026)}
    assert shares == {
        "contracts": Decimal("0.0000"), "store": Decimal("0.0010"), "local conversion": None, "funds": None,
        "intermediaries": Decimal("0.5000"),
    }  # fmt: skip
