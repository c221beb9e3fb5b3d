"""Technical contracts and what is paid under them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from schemas.records.register import Money


class ContractKind(StrEnum):
    """The kinds of technical contract of the Civil Code, article 843."""

    UNKNOWN = "UNKNOWN"
    DEVELOPMENT = "DEVELOPMENT"
    TRANSFER = "TRANSFER"
    LICENCE = "LICENCE"
    CONSULTING = "CONSULTING"
    SERVICE = "SERVICE"


class ShareRole(StrEnum):
    """Why a party has a share of what is paid."""

    UNKNOWN = "UNKNOWN"
    INVENTOR = "INVENTOR"
    UNIT = "UNIT"
    BROKER = "BROKER"


class PaymentKind(StrEnum):
    """What is paid for."""

    UNKNOWN = "UNKNOWN"
    LUMP_SUM = "LUMP_SUM"
    MILESTONE = "MILESTONE"
    ROYALTY = "ROYALTY"


@dataclass(frozen=True, slots=True)
class RevenueShare:
    """What one party gets of what is paid for technology: its parts of the sum of all parts."""

    role: ShareRole
    party: str
    parts: int


@dataclass(frozen=True, slots=True)
class TechContract:
    """A technical contract as the registration office has registered it."""

    registration_number: str
    kind: ContractKind
    signed_on: date
    registered_on: date
    amount: Money
    non_technical: Decimal
    shares: tuple[RevenueShare, ...]

    @property
    def technical_amount(self) -> Decimal:
        """What is paid for technology: equipment, instruments, parts and material left out."""
        return self.amount.amount - self.non_technical


@dataclass(frozen=True, slots=True)
class Certification:
    """What a registrar confirms of a contract: which version of it, its kind and its technical-transaction amount."""

    contract_version: int
    kind: ContractKind
    technical_amount: Money


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that was paid under a contract."""

    kind: PaymentKind
    amount: Money
    paid_on: date
    evidence: str
