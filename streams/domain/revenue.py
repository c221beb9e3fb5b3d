"""What a registered contract has brought in after some months."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from schemas.records import DealAdvanced, Payment

#: Months after the registration that are told.
MONTHS = (3, 6, 12)


def paid_after(advances: Iterable[DealAdvanced]) -> dict[int, Decimal]:
    """What was paid until so many months after a deal's contract was registered first, royalties included.

    ``advances`` are all of one deal, in their order. Nothing where no contract holds: what was paid under one that was
    rescinded does not count.
    """
    payments: list[Payment] = []
    registered: date | None = None
    for deal in advances:
        if deal.contract is None:
            payments, registered = [], None
            continue
        registered = registered or deal.contract.registered_on
        if deal.payment is not None:
            payments.append(deal.payment)
    if registered is None:
        return {}
    return {
        months: sum((one.amount.amount for one in payments if one.paid_on <= later(registered, months)), Decimal(0))
        for months in MONTHS
    }


def later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
