"""Achievements and demands as institutions register them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from schemas.records.references import AboutAchievement, AboutDemand


class CooperationMode(StrEnum):
    """How an achievement may change hands."""

    UNKNOWN = "UNKNOWN"
    ASSIGNMENT = "ASSIGNMENT"
    LICENCE_EXCLUSIVE = "LICENCE_EXCLUSIVE"
    LICENCE_SOLE = "LICENCE_SOLE"
    LICENCE_ORDINARY = "LICENCE_ORDINARY"
    EQUITY = "EQUITY"
    JOINT_DEVELOPMENT = "JOINT_DEVELOPMENT"
    SERVICE = "SERVICE"
    USE_FIRST_PAY_LATER = "USE_FIRST_PAY_LATER"


class IpKind(StrEnum):
    """Kind of intellectual property right."""

    UNKNOWN = "UNKNOWN"
    INVENTION_PATENT = "INVENTION_PATENT"
    UTILITY_MODEL = "UTILITY_MODEL"
    DESIGN_PATENT = "DESIGN_PATENT"
    SOFTWARE_COPYRIGHT = "SOFTWARE_COPYRIGHT"
    PLANT_VARIETY = "PLANT_VARIETY"
    LAYOUT_DESIGN = "LAYOUT_DESIGN"
    KNOW_HOW = "KNOW_HOW"


class Disclosure(StrEnum):
    """Who may see an achievement."""

    PUBLIC = "PUBLIC"
    PARTNERS = "PARTNERS"
    CONFIDENTIAL = "CONFIDENTIAL"


@dataclass(frozen=True, slots=True)
class Text:
    """Words in one language."""

    title: str
    abstract: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency; never a float."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class IpRight:
    """One intellectual property right."""

    kind: IpKind
    number: str = ""


@dataclass(frozen=True, slots=True)
class AchievementRegistered(AboutAchievement):
    """An institution registers an achievement, or a new version of one."""

    submission_id: uuid.UUID
    institution_id: str
    achievement_id: str
    version: int
    registered_at: datetime
    zh: Text | None = None
    en: Text | None = None
    owners: tuple[str, ...] = ()
    maturity: int | None = None
    ip_rights: tuple[IpRight, ...] = ()
    industries: tuple[str, ...] = ()
    modes: tuple[CooperationMode, ...] = ()
    price: Money | None = None
    district: str | None = None
    territories: tuple[str, ...] = ()
    valid_until: date | None = None
    disclosure: Disclosure = Disclosure.PUBLIC


@dataclass(frozen=True, slots=True)
class AchievementWithdrawn(AboutAchievement):
    """An institution takes an achievement off the market."""

    submission_id: uuid.UUID
    institution_id: str
    achievement_id: str
    version: int
    withdrawn_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DemandPosted(AboutDemand):
    """An institution posts an enterprise's technology demand, or a new version of one."""

    submission_id: uuid.UUID
    institution_id: str
    demand_id: str
    version: int
    posted_at: datetime
    enterprise: str | None = None
    zh: Text | None = None
    en: Text | None = None
    industries: tuple[str, ...] = ()
    maturity_wanted: int | None = None
    modes: tuple[CooperationMode, ...] = ()
    budget: Money | None = None
    deadline: date | None = None
    district: str | None = None
    matches_wanted: int | None = None


@dataclass(frozen=True, slots=True)
class DemandWithdrawn(AboutDemand):
    """An institution closes a demand."""

    submission_id: uuid.UUID
    institution_id: str
    demand_id: str
    version: int
    withdrawn_at: datetime
    reason: str = ""
