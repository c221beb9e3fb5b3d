"""What a registered contract of the scenario says, and what is paid under it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from producers.scenario.places import BROKERS
from schemas.days import CHINA
from schemas.records import (
    AchievementRegistered,
    Certification,
    ContractKind,
    CooperationMode,
    Money,
    Payment,
    PaymentKind,
    RevenueShare,
    ShareRole,
    TechContract,
    Terms,
)

_KINDS = {
    CooperationMode.ASSIGNMENT: ContractKind.TRANSFER,
    CooperationMode.JOINT_DEVELOPMENT: ContractKind.DEVELOPMENT,
    CooperationMode.SERVICE: ContractKind.SERVICE,
}
#: Days from the signature to the registration.
_OFFICE = 4


def contract(achievement: AchievementRegistered, terms: Terms, at: datetime, random: Random) -> TechContract:
    """The contract over ``achievement`` as it is registered at a moment."""
    day = at.astimezone(CHINA).date()
    equipment = (terms.price.amount * random.choice((0, 0, 5, 12, 20)) / 100).quantize(Decimal("0.01"))
    return TechContract(
        f"{day.year}{achievement.district or '210200'}{random.randrange(10**6):06}",
        _KINDS.get(terms.mode, ContractKind.LICENCE), day - timedelta(days=_OFFICE), day, terms.price, equipment,
        _shares(achievement, random),
    )  # fmt: skip


def amended(agreed: TechContract, at: datetime) -> TechContract:
    """The same with more for those who invented it."""
    inventors = tuple(
        RevenueShare(one.role, one.party, one.parts + (10 if one.role is ShareRole.INVENTOR else 0))
        for one in agreed.shares
    )
    return TechContract(
        agreed.registration_number, agreed.kind, agreed.signed_on, at.astimezone(CHINA).date(), agreed.amount,
        agreed.non_technical, inventors,
    )  # fmt: skip


def certification(agreed: TechContract, version: int) -> Certification:
    """What the registrar confirms of a version of a contract."""
    return Certification(version, agreed.kind, Money(agreed.technical_amount, agreed.amount.currency))


def first_payment(agreed: TechContract, at: datetime, random: Random) -> Payment:
    """What is paid when the contract is registered: a part of the amount that rarely comes out even."""
    part = (agreed.amount.amount * random.choice((30, 33, 40, 50)) / 100).quantize(Decimal("0.01"))
    day = at.astimezone(CHINA).date()
    number = f"发票 {random.randrange(10**8):08}"
    return Payment(PaymentKind.LUMP_SUM, Money(part, agreed.amount.currency), day, number)


def _shares(achievement: AchievementRegistered, random: Random) -> tuple[RevenueShare, ...]:
    """Most for those who invented it, some for their unit, a little for a broker where there was one."""
    people = achievement.owners[:3] or (f"{achievement.institution_id} 课题组",)
    shares = [RevenueShare(ShareRole.INVENTOR, name, 60 // len(people)) for name in people]
    shares.append(RevenueShare(ShareRole.UNIT, achievement.institution_id, 30))
    if random.random() < 0.6:
        shares.append(RevenueShare(ShareRole.BROKER, random.choice(BROKERS).name_zh, 5))
    return tuple(shares)
