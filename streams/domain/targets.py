"""How far a city is towards its targets, counted from what is registered.

The targets are Dalian's to the end of 2025 (working mechanism of 2023). Each figure says how it is counted, because the
plans that name such targets rarely do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from schemas.records import AchievementRegistered, DealAdvanced, DemandPosted


class Target(NamedTuple):
    """One target, and how its figure is counted."""

    name: str
    unit: str
    least: Decimal
    counted: str


class Reached(NamedTuple):
    """A target and what stands; ``None`` where nothing that is registered tells."""

    target: Target
    figure: Decimal | None
    #: The part of the figure that a registrar has certified; ``None`` where nothing of it can be.
    certified: Decimal | None = None

    @property
    def share(self) -> Decimal | None:
        """The figure as a part of the target, to four decimals."""
        return None if self.figure is None else (self.figure / self.target.least).quantize(Decimal("0.0001"))


CONTRACTS = Target(
    "contracts",
    "CNY",
    Decimal(50_000_000_000),
    "amounts of contracts that hold, in CNY, registered in the year; an amended one when it was amended",
)
STORE = Target("store", "achievements", Decimal(1_000), "achievements that are registered and not withdrawn")
LOCAL = Target(
    "local conversion", "share", Decimal("0.45"),
    "of contracts registered in the year over achievements of the city, those for demands of the city",
)  # fmt: skip
FUNDS = Target("funds", "CNY", Decimal(30_000_000_000), "nothing is registered of funds yet")
INTERMEDIARIES = Target("intermediaries", "institutions", Decimal(50), "brokers that are admitted and not suspended")
TARGETS = (CONTRACTS, STORE, LOCAL, FUNDS, INTERMEDIARIES)


class Market(NamedTuple):
    """What the figures are counted from: the last state of each."""

    achievements: Sequence[AchievementRegistered]
    #: Withdrawn ones too, for contracts outlive them.
    places: Mapping[str, str]
    deals: Sequence[DealAdvanced]
    brokers: int


def reached(market: Market, city: str, year: int) -> tuple[Reached, ...]:
    """Every target with its figure; ``city`` is the beginning of its districts' codes (GB/T 2260), as 2102."""
    contracts = [deal for deal in market.deals if deal.contract is not None and _in_year(deal, year)]
    certified = sum((_in_cny(deal) for deal in contracts if deal.is_certified), Decimal(0))
    figures = {
        CONTRACTS: sum((_in_cny(deal) for deal in contracts), Decimal(0)),
        STORE: Decimal(len(market.achievements)),
        LOCAL: _local(contracts, market.places, city),
        FUNDS: None,
        INTERMEDIARIES: Decimal(market.brokers),
    }
    parts = {CONTRACTS: certified}
    return tuple(Reached(target, figures[target], parts.get(target)) for target in TARGETS)


def places(said: Iterable[AchievementRegistered | DemandPosted]) -> dict[str, str]:
    """The district that the register said last of each reference, where it said one; kinds have a prefix."""
    return {f"{_kind(one)} {one.ref}": one.district for one in said if one.district}


def _kind(one: AchievementRegistered | DemandPosted) -> str:
    return "achievement" if isinstance(one, AchievementRegistered) else "demand"


def _local(contracts: Iterable[DealAdvanced], known: Mapping[str, str], city: str) -> Decimal | None:
    """``None`` where no contract is over an achievement of the city."""
    ours = [one for one in contracts if known.get(f"achievement {one.achievement_ref}", "").startswith(city)]
    if not ours:
        return None
    stayed = sum(known.get(f"demand {one.demand_ref}", "").startswith(city) for one in ours)
    return (Decimal(stayed) / len(ours)).quantize(Decimal("0.0001"))


def _in_year(deal: DealAdvanced, year: int) -> bool:
    return deal.contract is not None and date(year, 1, 1) <= deal.contract.registered_on <= date(year, 12, 31)


def _in_cny(deal: DealAdvanced) -> Decimal:
    contract = deal.contract
    return contract.amount.amount if contract is not None and contract.amount.currency == "CNY" else Decimal(0)
