"""Who is credited with what in a season."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from schemas.records.references import LogPosition


class CreditRole(StrEnum):
    """What a party is credited as."""

    UNKNOWN = "UNKNOWN"
    OWNER = "OWNER"
    ENTERPRISE = "ENTERPRISE"
    INTERMEDIARY = "INTERMEDIARY"
    BROKER = "BROKER"


@dataclass(frozen=True, slots=True)
class RegisteredAmount:
    """Technical-transaction amounts of registered contracts, summed up in one currency."""

    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class RecognitionEntry:
    """What one party is credited with in one role: how often for each kind, and the points."""

    party: str
    role: CreditRole
    mined: int
    matched: int
    met: int
    closed: int
    registered: int
    registered_amounts: tuple[RegisteredAmount, ...]
    points: int


@dataclass(frozen=True, slots=True)
class RecognitionClosed:
    """A season's credit is closed, with everything that it follows from; of a season the first one counts."""

    season: str
    closed_at: datetime
    closed_by: str
    rules_version: str
    positions: tuple[LogPosition, ...]
    entries: tuple[RecognitionEntry, ...]
