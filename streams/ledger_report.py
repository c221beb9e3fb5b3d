"""Registered contracts and who got what of them, read off the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from schemas import topics
from schemas.records import DealAdvanced, LedgerAccount, LedgerPosted
from streams.register import decoded, last_deals


class Account(NamedTuple):
    """What one party has got under one kind of account, in one currency; reversed postings are taken off."""

    account: LedgerAccount
    party: str
    currency: str
    amount: Decimal
    #: Deals that it comes from.
    deals: int


def contracts(bootstrap: str) -> list[DealAdvanced]:
    """Deals whose contract is registered, by registration number. Raises ``Unavailable``."""
    return sorted((deal for deal in last_deals(bootstrap) if deal.contract is not None), key=_number)


def accounts(bootstrap: str) -> list[Account]:
    """Every account of the ledger. Raises ``Unavailable``."""
    return added_up(one for _, _, one in decoded(bootstrap, topics.LEDGER) if isinstance(one, LedgerPosted))


def added_up(postings: Iterable[LedgerPosted]) -> list[Account]:
    """Accounts over all deals, in the order of their kinds, then of parties; empty ones are left out."""
    sums: defaultdict[tuple[LedgerAccount, str, str], defaultdict[str, Decimal]] = defaultdict(
        lambda: defaultdict(Decimal)
    )
    for posting in postings:
        for entry in posting.entries:
            sign = 1 if entry.account is LedgerAccount.RECEIVED else -1
            by_deal = sums[entry.account, entry.party, posting.currency]
            by_deal[str(posting.deal_id)] += sign * entry.amount
    kinds = [*LedgerAccount]
    return [
        Account(*name, sum(by_deal.values(), Decimal(0)), sum(map(bool, by_deal.values())))
        for name, by_deal in sorted(sums.items(), key=lambda each: (kinds.index(each[0][0]), each[0][1:]))
        if any(by_deal.values())
    ]


def plain_contracts(deals: Iterable[DealAdvanced]) -> Iterator[dict[str, Any]]:
    """Contracts as plain values that JSON can hold; amounts as text."""
    for deal in deals:
        contract = deal.contract
        if contract is not None:
            yield {
                "registration_number": contract.registration_number,
                "kind": contract.kind,
                "deal": str(deal.deal_id),
                "achievement": deal.achievement_ref,
                "demand": deal.demand_ref,
                "stage": deal.stage,
                "version": deal.contract_version,
                "signed_on": contract.signed_on.isoformat(),
                "registered_on": contract.registered_on.isoformat(),
                "currency": contract.amount.currency,
                "amount": str(contract.amount.amount),
                "technical_amount": str(contract.technical_amount),
                "paid": str(deal.paid or Decimal("0.00")),
                "is_certified": deal.is_certified,
                "certified_version": deal.certified_version,
                "certified_by": deal.certified_by,
            }


def certified(contract: Mapping[str, Any]) -> str:
    """Who has certified a plain contract, and which version where another one stands now."""
    if not contract["certified_version"]:
        return "no"
    by = str(contract["certified_by"])
    return by if contract["is_certified"] else f"version {contract['certified_version']} by {by}"


def _number(deal: DealAdvanced) -> tuple[str, str]:
    return "" if deal.contract is None else deal.contract.registration_number, str(deal.deal_id)
