"""What a payment gives to whom, to the fen: postings that add up to zero, and are taken back when a contract changes.

A payment is shared out on its own, so a party's account is the sum of its shares of all payments. Shares are found by
the method of largest remainders (Hamilton): each gets its whole fen, and those that are left go to the largest
fractions, the first named among equal ones. They add up to what is shared out, always.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from schemas.records import (
    DealAdvanced,
    LedgerAccount,
    LedgerEntry,
    LedgerPosted,
    Move,
    Payment,
    PaymentKind,
    ShareRole,
    TechContract,
)

#: Payments of a deal by the number of the move that told each.
Payments = Mapping[int, Payment]

#: Moves after which something may be posted.
POSTING = frozenset({Move.PAY, Move.AMEND, Move.RESCIND, Move.REJECT})
_ACCOUNT = {
    ShareRole.INVENTOR: LedgerAccount.INVENTOR,
    ShareRole.UNIT: LedgerAccount.UNIT,
    ShareRole.BROKER: LedgerAccount.BROKER,
}


def split(amount: int, parts: Sequence[int]) -> list[int]:
    """``amount`` in fen, shared out in proportion to ``parts``, none of them negative and one at least positive."""
    whole = sum(parts)
    shares = [amount * part // whole for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda place: (-(amount * parts[place] % whole), place))
    for place in by_remainder[: amount - sum(shares)]:
        shares[place] += 1
    return shares


def entries(contract: TechContract, payment: Payment, owner: str) -> tuple[LedgerEntry, ...]:
    """What ``payment`` gives to whom under ``contract``.

    Royalties are paid for technology alone. Of any other payment equipment and material have their part first, as of
    the whole amount.
    """
    received = _fen(payment.amount.amount)
    technical, costs = received, 0
    if payment.kind is not PaymentKind.ROYALTY:
        technical, costs = split(received, [_fen(contract.technical_amount), _fen(contract.non_technical)])
    shares = split(technical, [share.parts for share in contract.shares])
    found = [(LedgerAccount.RECEIVED, owner, received), (LedgerAccount.COSTS, owner, -costs)]
    found += [(_ACCOUNT[one.role], one.party, -fen) for one, fen in zip(contract.shares, shares, strict=True)]
    return tuple(LedgerEntry(account, party, Decimal(fen).scaleb(-2)) for account, party, fen in found if fen)


def postings(before: DealAdvanced | None, after: DealAdvanced, payments: Payments) -> Iterator[LedgerPosted]:
    """What the move from ``before`` to ``after`` posts; ``payments`` are those that stood before it."""
    match after.move:
        case Move.PAY if after.payment is not None and after.contract is not None:
            yield _posted(after, after.contract, after.sequence, after.payment)
        case Move.AMEND | Move.RESCIND | Move.REJECT if before is not None and before.contract is not None:
            for number, payment in sorted(payments.items()):
                yield _reversed(before, after, number, payment)
                if after.contract is not None:
                    yield _posted(after, after.contract, number, payment)


def _reversed(before: DealAdvanced, after: DealAdvanced, number: int, payment: Payment) -> LedgerPosted:
    assert before.contract is not None
    made = _posted(after, before.contract, number, payment)
    taken_back = tuple(LedgerEntry(one.account, one.party, -one.amount) for one in made.entries)
    return replace(made, contract_version=before.contract_version, is_reversal=True, entries=taken_back)


def _posted(after: DealAdvanced, contract: TechContract, number: int, payment: Payment) -> LedgerPosted:
    return LedgerPosted(
        deal_id=after.deal_id,
        achievement_institution_id=after.achievement_institution_id,
        achievement_id=after.achievement_id,
        demand_institution_id=after.demand_institution_id,
        demand_id=after.demand_id,
        move=after.move,
        sequence=after.sequence,
        payment_sequence=number,
        contract_version=after.contract_version,
        is_reversal=False,
        currency=payment.amount.currency,
        entries=entries(contract, payment, after.achievement_institution_id),
        posted_at=after.moved_at,
        submission_id=after.submission_id,
    )


def _fen(amount: Decimal) -> int:
    return int(amount.scaleb(2))
