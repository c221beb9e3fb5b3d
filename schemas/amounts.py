"""Rules of numbers and amounts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.codes import CURRENCIES
from schemas.faults import fault
from schemas.records import Fault

MAX_AMOUNT = Decimal(10) ** 15


def number(found: list[Fault], path: str, given: int | None, least: int, most: int | None) -> None:
    """A whole number from ``least`` to ``most``, or none."""
    if given is not None and (given < least or (most is not None and given > most)):
        bounds = f"{least} or more" if most is None else f"{least} to {most}"
        found.append(fault(path, "range", given, f"give a whole number, {bounds}"))


def money(found: list[Fault], path: str, given: Mapping[str, Any] | None) -> None:
    """An amount that is not negative, in a currency, or none."""
    if given is None:
        return
    amount(found, f"{path}.amount", given["amount"])
    if given["currency"] not in CURRENCIES:
        repair = "give an ISO 4217 code in capitals, for example CNY or USD"
        found.append(fault(f"{path}.currency", "currency", given["currency"], repair))


def amount(found: list[Fault], path: str, given: Decimal) -> None:
    """An amount from nothing to ``MAX_AMOUNT``, with two decimals at most."""
    if not given.is_finite() or not 0 <= given <= MAX_AMOUNT:
        found.append(fault(path, "amount", given, "give an amount from 0 to 1,000,000,000,000,000"))
    elif int(given.as_tuple().exponent) < -2:
        found.append(fault(path, "decimals", given, "round it to two decimals"))
