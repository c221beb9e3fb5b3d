"""What a rule of a policy sees of a deal, its achievement and its demand: the names, their types, and the values.

Money is in fen, hundredths of its currency, as whole numbers: every amount has two decimals at most, so nothing is
rounded. Days are whole numbers, one more each day in China: ``date("2026-12-31")`` is one, and differences of two are
days. What is not known, such as the contract before there is one, has no value at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from schemas.days import day_in_china
from schemas.records import AchievementRegistered, DealAdvanced, DemandPosted, TechContract
from streams.domain.policies.language import Language


class Name(NamedTuple):
    """A name that rules may use: its type, and what it says."""

    type: str
    about: str


#: All that a rule may name.
NAMES: Mapping[str, Name] = {
    "day": Name("int", "today in China"),
    "deal.stage": Name("string", "CONTACTED, IN_TALKS, … REGISTERED, DELIVERING, INDUSTRIALISED, PAUSED"),
    "deal.owner": Name("string", "id of the institution that has the achievement"),
    "deal.enterprise": Name("string", "id of the institution that has the demand"),
    "deal.owner_district": Name("string", "the achievement's district (GB/T 2260), where it says one"),
    "deal.enterprise_district": Name("string", "the demand's district, where it says one"),
    "deal.has_terms": Name("bool", "whether terms were offered"),
    "deal.has_contract": Name("bool", "whether the contract is registered"),
    "deal.is_certified": Name("bool", "whether a registrar has certified the contract as it stands"),
    "deal.mode": Name("string", "the terms' mode of cooperation, from the first offer on"),
    "deal.amount_fen": Name("int", "the contract's amount, before it the terms' price, from the first offer on"),
    "deal.currency": Name("string", "currency of all amounts of the deal, from the first offer on"),
    "deal.technical_amount_fen": Name("int", "the contract's amount without equipment and material, once registered"),
    "deal.paid_fen": Name("int", "what was paid so far under the contract"),
    "deal.contract_kind": Name("string", "DEVELOPMENT, TRANSFER, LICENCE, CONSULTING or SERVICE, once registered"),
    "deal.registration_number": Name("string", "number of the registered contract, once registered"),
    "deal.signed_on": Name("int", "day on which the contract was signed, once registered"),
    "deal.registered_on": Name("int", "day on which the contract was registered, once registered"),
    "achievement.maturity": Name("int", "readiness level 1 to 9, where it says one"),
    "achievement.industries": Name("list", "industry codes (GB/T 4754)"),
    "achievement.disclosure": Name("string", "PUBLIC, PARTNERS or CONFIDENTIAL"),
    "achievement.ip_kinds": Name("list", "kinds of its rights, as INVENTION_PATENT"),
    "achievement.registered_on": Name("int", "day on which its last version was registered"),
    "achievement.is_offered": Name("bool", "false once it was withdrawn"),
    "demand.industries": Name("list", "industry codes of the demand"),
}
LANGUAGE = Language({name: one.type for name, one in NAMES.items()})
_FEN = 100


@dataclass(frozen=True, slots=True)
class Seen:
    """A deal with what the register says of its achievement and its demand; ``None`` where it says nothing."""

    deal: DealAdvanced
    achievement: AchievementRegistered | None = None
    demand: DemandPosted | None = None
    #: Whether the achievement is on the market.
    is_offered: bool = True

    @property
    def districts(self) -> tuple[str, ...]:
        """Those of the achievement and of the demand, as far as they say one."""
        both = (None if one is None else one.district for one in (self.achievement, self.demand))
        return tuple(one for one in both if one)


def values(seen: Seen, day: int) -> dict[str, object]:
    """What a rule sees on a ``day`` in China, as ``date.toordinal`` gives it; by name, without what is not known."""
    found = {"day": day, **_of_deal(seen.deal), **_of_achievement(seen), **_of_demand(seen.demand)}
    return {name: value for name, value in found.items() if value is not None}


def _of_deal(deal: DealAdvanced) -> dict[str, object]:
    terms, contract = deal.terms, deal.contract
    agreed = terms.price if contract is None and terms is not None else None
    money = agreed if contract is None else contract.amount
    return {
        "deal.stage": deal.stage.value,
        "deal.owner": deal.achievement_institution_id,
        "deal.enterprise": deal.demand_institution_id,
        "deal.has_terms": terms is not None,
        "deal.has_contract": contract is not None,
        "deal.is_certified": deal.is_certified,
        "deal.mode": None if terms is None else terms.mode.value,
        "deal.amount_fen": None if money is None else fen(money.amount),
        "deal.currency": None if money is None else money.currency,
        "deal.paid_fen": 0 if deal.paid is None else fen(deal.paid),
        **({} if contract is None else _of_contract(contract)),
    }


def _of_contract(contract: TechContract) -> dict[str, object]:
    return {
        "deal.technical_amount_fen": fen(contract.technical_amount),
        "deal.contract_kind": contract.kind.value,
        "deal.registration_number": contract.registration_number,
        "deal.signed_on": contract.signed_on.toordinal(),
        "deal.registered_on": contract.registered_on.toordinal(),
    }


def _of_achievement(seen: Seen) -> dict[str, object]:
    one = seen.achievement
    if one is None:
        return {}
    return {
        "deal.owner_district": one.district,
        "achievement.maturity": one.maturity,
        "achievement.industries": list(one.industries),
        "achievement.disclosure": one.disclosure.value,
        "achievement.ip_kinds": [right.kind.value for right in one.ip_rights],
        "achievement.registered_on": _day(one.registered_at),
        "achievement.is_offered": seen.is_offered,
    }


def _of_demand(demand: DemandPosted | None) -> dict[str, object]:
    if demand is None:
        return {}
    return {"deal.enterprise_district": demand.district, "demand.industries": list(demand.industries)}


def fen(amount: Decimal) -> int | None:
    """An amount in hundredths of its currency; ``None`` where it has smaller parts, which no rule can be told."""
    hundredths = amount * _FEN
    return int(hundredths) if hundredths == hundredths.to_integral_value() else None


def _day(moment: datetime) -> int | None:
    found = day_in_china(moment)
    return None if found is None else found.toordinal()
