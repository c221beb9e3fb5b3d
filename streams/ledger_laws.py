"""What must be true of the ledger whatever posted it: read off the postings and the deals as they were told.

Posting all payments again (``deal_check``) uses the division that is being checked; these laws share nothing with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from schemas.records import DealAdvanced, LedgerAccount, LedgerPosted

Difference = Mapping[str, object]
#: An account of a deal.
_Account = tuple[str, LedgerAccount, str]


def broken(deals: Iterable[DealAdvanced], postings: Iterable[LedgerPosted]) -> Iterator[Difference]:
    """Every law that ``postings``, in the order of each achievement, break; ``deals`` are as they stand at the end."""
    accounts: defaultdict[_Account, Decimal] = defaultdict(Decimal)
    for posting in postings:
        yield from _taken(posting, accounts)
    received: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (deal, account, _), amount in accounts.items():
        if account is LedgerAccount.RECEIVED:
            received[deal] += amount
    paid = {str(deal.deal_id): deal.paid or Decimal(0) for deal in deals}
    for deal in sorted(received.keys() | {one for one, amount in paid.items() if amount}):
        if received[deal] != paid.get(deal):
            yield _law("received", deal, paid.get(deal), received[deal])


def _taken(posting: LedgerPosted, accounts: defaultdict[_Account, Decimal]) -> Iterator[Difference]:
    """What is wrong with one more posting; a reversal comes before what is posted in its place."""
    deal = str(posting.deal_id)
    total = sum((entry.amount for entry in posting.entries), Decimal(0))
    if total:
        yield _law("balance", deal, Decimal(0), total)
    for entry in posting.entries:
        account = deal, entry.account, entry.party
        accounts[account] += entry.amount
        is_debit = entry.account is LedgerAccount.RECEIVED
        if accounts[account] * (1 if is_debit else -1) < 0:
            yield _law(f"{entry.account} of {entry.party} below nothing", deal, Decimal(0), accounts[account])


def _law(name: str, deal: str, expected: Decimal | None, found: Decimal) -> Difference:
    return {"what": f"law of the ledger: {name}", "deal": deal, "expected": str(expected), "found": str(found)}
