"""What a contract has brought in some months after it was registered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from schemas.records import DealAdvanced, Move, NegotiationUpdated, Payment, PaymentKind
from streams.domain.revenue import later, paid_after
from streams.domain.stages import Offered
from streams.domain.turns import follow
from tests.unit.streams.making import move, payment, sale, tech_contract

REGISTERED = tech_contract(registered_on=date(2026, 3, 1))


def _advances(*further: tuple[Move, Payment | None]) -> list[DealAdvanced]:
    moves: list[NegotiationUpdated] = [*sale(), replace(move(Move.REGISTER, 6), contract=REGISTERED)]
    moves += [replace(move(step, 7 + place), payment=paid) for place, (step, paid) in enumerate(further)]
    offered = Offered(is_registered=True)
    return [one for each in moves for one in follow(offered, each) if isinstance(one, DealAdvanced)]


def _paid(amount: str, day: date, kind: PaymentKind = PaymentKind.LUMP_SUM) -> tuple[Move, Payment]:
    return Move.PAY, replace(payment(amount, kind), paid_on=day)


def _sums(advances: Iterable[DealAdvanced]) -> list[str]:
    return [str(amount) for amount in paid_after(advances).values()]


def test_payments_count_from_the_day_they_were_made() -> None:
    paid = _advances(_paid("7.00", date(2026, 6, 1)), _paid("5.00", date(2026, 6, 2)), _paid("3.00", date(2027, 3, 2)))
    assert _sums(paid) == ["7.00", "12.00", "12.00"]


def test_where_nothing_is_registered_nothing_is_told() -> None:
    assert paid_after(_advances()[:5]) == {}


def test_what_was_paid_under_a_rescinded_contract_does_not_count() -> None:
    assert paid_after(_advances(_paid("7.00", date(2026, 3, 1)), (Move.RESCIND, None))) == {}


def test_a_registered_contract_without_payments_brought_nothing() -> None:
    assert paid_after(_advances()) == dict.fromkeys((3, 6, 12), Decimal(0))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_of_its_month(day: date, months: int, expected: date) -> None:
    assert later(day, months) == expected
