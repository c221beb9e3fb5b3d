"""Payments are shared out to the fen, and taken back when their contract changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from schemas import codec
from schemas.amounts import MAX_AMOUNT
from schemas.records import (
    DealAdvanced,
    LedgerAccount,
    LedgerEntry,
    LedgerPosted,
    Money,
    Move,
    MoveRefused,
    NegotiationUpdated,
    PaymentKind,
    RevenueShare,
    ShareRole,
    Stage,
    TechContract,
    Terms,
)
from streams import ledger_laws
from streams.domain.contracts import MOST_PAYMENTS
from streams.domain.ledger import entries, split
from streams.domain.stages import Offered
from streams.domain.turns import Told, follow
from tests.unit.streams.making import EXCLUSIVE_TERMS, move, payment, sale, tech_contract

DEMAND = "district-210202/D1"
_WITH_ROYALTIES = replace(EXCLUSIVE_TERMS, royalty_percent=Decimal("2.50"))
_parts = st.lists(st.integers(0, 1_000_000), min_size=1, max_size=6).filter(any)


@given(st.integers(0, 10**17), _parts)
def test_shares_add_up_and_each_is_within_a_fen_of_its_part(amount: int, parts: list[int]) -> None:
    shares = split(amount, parts)
    assert sum(shares) == amount
    for share, part in zip(shares, parts, strict=True):
        assert abs(share - Fraction(amount * part, sum(parts))) < 1


@given(st.integers(0, 10**9), _parts)
def test_who_has_the_larger_remainder_is_rounded_up_first(amount: int, parts: list[int]) -> None:
    whole = sum(parts)
    rounded = [(amount * part % whole, share > amount * part // whole) for share, part in _zipped(amount, parts)]
    up, down = ([remainder for remainder, is_up in rounded if is_up is one] for one in (True, False))
    assert not up or not down or min(up) >= max(down)


def _zipped(amount: int, parts: list[int]) -> Iterable[tuple[int, int]]:
    return zip(split(amount, parts), parts, strict=True)


def test_of_equal_remainders_the_first_named_is_rounded_up() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(1, [1, 1]) == [1, 0]


def test_equipment_has_its_part_first_and_the_rest_is_shared_out() -> None:
    contract = tech_contract(non_technical=Decimal("25.00"))
    assert entries(contract, payment("10.01"), "dlut") == (
        LedgerEntry(LedgerAccount.RECEIVED, "dlut", Decimal("10.01")),
        LedgerEntry(LedgerAccount.COSTS, "dlut", Decimal("-2.50")),
        LedgerEntry(LedgerAccount.INVENTOR, "Wang", Decimal("-4.51")),
        LedgerEntry(LedgerAccount.UNIT, "dlut", Decimal("-2.25")),
        LedgerEntry(LedgerAccount.BROKER, "broker-1", Decimal("-0.75")),
    )


def test_royalties_are_for_technology_alone() -> None:
    contract = tech_contract(non_technical=Decimal("25.00"))
    royalty = entries(contract, payment("10.00", PaymentKind.ROYALTY), "dlut")
    assert [entry.account for entry in royalty] == ["RECEIVED", "INVENTOR", "UNIT", "BROKER"]
    assert royalty[1].amount == Decimal("-6.00")


def _registered(terms: Terms = EXCLUSIVE_TERMS, **contract: object) -> Offered:
    offered = Offered(is_registered=True)
    for one in (*sale(terms), _next(offered, Move.REGISTER, contract=tech_contract(**contract), sequence=6)):
        assert not any(isinstance(told, MoveRefused) for told in follow(offered, one))
    return offered


def _next(offered: Offered, step: Move, **changes: object) -> NegotiationUpdated:
    return replace(move(step, offered.expected(DEMAND)), **changes)  # type: ignore[arg-type]


def _told(offered: Offered, step: Move, **changes: object) -> list[Told]:
    return [*follow(offered, _next(offered, step, **changes))]


def _accounts(told: Iterable[Told]) -> dict[str, Decimal]:
    """What each party has got; what was received is that of the owner."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in told:
        for entry in one.entries if isinstance(one, LedgerPosted) else ():
            found[f"{entry.account} {entry.party}"] += abs(entry.amount) * (-1 if one.is_reversal else 1)  # type: ignore[union-attr]
    return {name: amount for name, amount in found.items() if amount}


def test_a_payment_is_posted_with_the_move_that_tells_it() -> None:
    offered = _registered()
    advanced, posted = _told(offered, Move.PAY, payment=payment("30.00"))
    assert isinstance(advanced, DealAdvanced)
    assert (advanced.stage, advanced.paid, advanced.contract_version) == (Stage.REGISTERED, Decimal("30.00"), 1)
    assert isinstance(posted, LedgerPosted)
    assert (posted.sequence, posted.payment_sequence, posted.is_reversal) == (7, 7, False)


def test_other_shares_reverse_what_was_posted_and_post_it_anew() -> None:
    offered = _registered()
    told = _told(offered, Move.PAY, payment=payment("30.00")) + _told(offered, Move.PAY, payment=payment("10.00"))
    all_for_the_unit = tech_contract(shares=(RevenueShare(ShareRole.UNIT, "dlut", 1),))
    told += (amended := _told(offered, Move.AMEND, contract=all_for_the_unit))
    assert [(one.payment_sequence, one.contract_version, one.is_reversal) for one in _postings(amended)] == [
        (7, 1, True), (7, 2, False), (8, 1, True), (8, 2, False),
    ]  # fmt: skip
    assert _accounts(told) == {"RECEIVED dlut": Decimal("40.00"), "UNIT dlut": Decimal("40.00")}


def test_a_rescinded_contract_leaves_nothing_on_any_account() -> None:
    offered = _registered()
    told = _told(offered, Move.PAY, payment=payment("30.00"))
    told += _told(offered, Move.RESCIND)
    last = offered.deals[DEMAND]
    assert (last.stage, last.contract, last.paid, last.end_cause) == (Stage.ENDED, None, None, "RESCINDED")
    assert _accounts(told) == {}
    assert offered.payments == {}


def test_a_rescinded_deal_can_be_taken_up_again_and_its_payments_start_anew() -> None:
    offered = _registered()
    _told(offered, Move.PAY, payment=payment("30.00"))
    _told(offered, Move.RESCIND)
    (reopened,) = _told(offered, Move.REOPEN)
    assert isinstance(reopened, DealAdvanced)
    assert (reopened.stage, reopened.paid) == (Stage.IN_TALKS, None)


@pytest.mark.parametrize(
    ("step", "changes", "field", "rule"),
    [
        (Move.PAY, {"payment": payment("100.01")}, "payment.amount.amount", "amount"),
        (Move.PAY, {"payment": payment("1.00", currency="USD")}, "payment.amount.currency", "agreed"),
        (Move.PAY, {"payment": payment("1.00", PaymentKind.ROYALTY)}, "payment.kind", "agreed"),
        (Move.PAY, {}, "payment", "present"),
        (Move.PAY, {"payment": payment("1.00"), "institution_id": "district-210202"}, "institution_id", "role"),
        (Move.AMEND, {"contract": tech_contract(kind="CONSULTING")}, "contract.kind", "agreed"),
        (Move.AMEND, {"contract": tech_contract(amount=Money(Decimal("200.00"), "USD"))}, "contract.amount", "agreed"),
        (Move.AMEND, {}, "contract", "present"),
    ],
)
def test_what_does_not_fit_the_contract_is_refused(
    step: Move, changes: dict[str, object], field: str, rule: str
) -> None:
    (refused,) = _told(_registered(), step, **changes)
    assert isinstance(refused, MoveRefused)
    assert [(fault.field, fault.rule) for fault in refused.faults] == [(field, rule)]


def test_under_a_registration_of_an_earlier_release_nothing_is_paid_before_its_contract_comes() -> None:
    offered = _registered()
    offered.deals[DEMAND] = replace(offered.deals[DEMAND], contract=None, contract_version=0)
    (refused,) = _told(offered, Move.PAY, payment=payment("30.00"))
    assert isinstance(refused, MoveRefused)
    assert [(fault.field, fault.rule) for fault in refused.faults] == [("contract", "present")]
    told = _told(offered, Move.AMEND, contract=tech_contract()) + _told(offered, Move.PAY, payment=payment("30.00"))
    told += _told(offered, Move.RESCIND)
    assert len(_postings(told)) == 2
    assert _accounts(told) == {}


def test_payments_under_one_contract_are_bounded_in_number_and_in_sum() -> None:
    offered = _registered(_WITH_ROYALTIES)
    most = str(MAX_AMOUNT)
    for _ in range(9):
        assert len(_told(offered, Move.PAY, payment=payment(most, PaymentKind.ROYALTY))) == 2
    (refused,) = _told(offered, Move.PAY, payment=payment(most, PaymentKind.ROYALTY))
    assert isinstance(refused, MoveRefused)
    assert refused.faults[0].rule == "amount"
    for _ in range(MOST_PAYMENTS - 9):
        assert len(_told(offered, Move.PAY, payment=payment("0.01", PaymentKind.ROYALTY))) == 2
    (refused,) = _told(offered, Move.PAY, payment=payment("0.01", PaymentKind.ROYALTY))
    assert isinstance(refused, MoveRefused)
    assert refused.faults[0].rule == "too-many"
    assert all(codec.encode(deal) for deal in offered.deals.values())


def test_a_contract_is_registered_over_the_price_that_was_agreed_and_of_its_kind() -> None:
    offered = Offered(is_registered=True)
    for one in sale():
        assert not any(isinstance(told, MoveRefused) for told in follow(offered, one))
    other = tech_contract(amount=Money(Decimal("99.00"), "CNY"), kind="DEVELOPMENT")
    (refused,) = _told(offered, Move.REGISTER, contract=other)
    assert isinstance(refused, MoveRefused)
    assert {fault.field for fault in refused.faults} == {"contract.kind", "contract.amount"}


def test_an_amendment_does_not_go_below_what_was_paid() -> None:
    offered = _registered(_WITH_ROYALTIES)
    _told(offered, Move.PAY, payment=payment("60.00"))
    _told(offered, Move.PAY, payment=payment("500.00", PaymentKind.ROYALTY))
    (refused,) = _told(offered, Move.AMEND, contract=tech_contract(amount=Money(Decimal("59.99"), "CNY")))
    assert isinstance(refused, MoveRefused)
    assert refused.faults[0].rule == "amount"
    assert len(_told(offered, Move.AMEND, contract=tech_contract(amount=Money(Decimal("60.00"), "CNY")))) == 5


_share = st.builds(
    RevenueShare, st.sampled_from([*ShareRole][1:]), st.sampled_from(["Wang", "Li", "dlut"]), st.integers(1, 99)
)  # fmt: skip
_shares = st.lists(_share, min_size=1, max_size=4)
_contracts = st.builds(
    lambda shares, amount, apart: tech_contract(
        shares=tuple(shares), amount=Money(Decimal(amount), "CNY"), non_technical=Decimal(min(apart, amount))
    ),
    _shares, st.integers(1, 300), st.integers(0, 300),
)  # fmt: skip
_payments = st.builds(
    lambda fen, kind: payment(str(Decimal(fen).scaleb(-2)), kind), st.integers(1, 9_000),
    st.sampled_from([PaymentKind.LUMP_SUM, PaymentKind.ROYALTY]),
)  # fmt: skip
_steps = st.lists(
    st.one_of(_payments.map(lambda one: (Move.PAY, {"payment": one})),
              _contracts.map(lambda one: (Move.AMEND, {"contract": one})),
              st.sampled_from([(Move.DELIVER, {}), (Move.RESCIND, {}), (Move.REOPEN, {})])),
    max_size=8,
)  # fmt: skip


@given(_steps)
def test_whatever_is_paid_and_changed_the_ledger_keeps_its_laws(steps: list[tuple[Move, dict[str, object]]]) -> None:
    offered = _registered(_WITH_ROYALTIES)
    told = [one for step, changes in steps for one in _told(offered, step, **changes)]
    assert [*ledger_laws.broken(offered.deals.values(), _postings(told))] == []
    contract, paid = offered.deals[DEMAND].contract, offered.payments.get(DEMAND, {})
    assert _accounts(told) == (_shared_out(contract, paid.values()) if contract is not None else {})


def _shared_out(contract: TechContract, paid: Iterable[object]) -> dict[str, Decimal]:
    """What the present contract gives to whom of all that was paid, as if it had held from the start."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in paid:
        for entry in entries(contract, one, "dlut"):  # type: ignore[arg-type]
            found[f"{entry.account} {entry.party}"] += abs(entry.amount)
    return dict(found)


def _postings(told: Iterable[Told]) -> list[LedgerPosted]:
    return [one for one in told if isinstance(one, LedgerPosted)]


def test_a_posting_that_does_not_balance_or_is_missing_breaks_a_law() -> None:
    offered = _registered()
    (posted,) = _postings(_told(offered, Move.PAY, payment=payment("30.00")))
    deals = [*offered.deals.values()]
    assert [*ledger_laws.broken(deals, [posted])] == []
    (missing,) = ledger_laws.broken(deals, [])
    assert missing["what"] == "law of the ledger: received"
    lame = replace(posted, entries=posted.entries[1:])
    assert {str(one["what"]) for one in ledger_laws.broken(deals, [lame])} == {
        "law of the ledger: balance", "law of the ledger: received",
    }  # fmt: skip
    back = replace(posted, is_reversal=True, entries=tuple(replace(one, amount=-one.amount) for one in posted.entries))
    assert any("below nothing" in str(one["what"]) for one in ledger_laws.broken(deals, [back]))
