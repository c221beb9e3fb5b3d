"""What payments under contracts gave to whom."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from schemas.records.deals import Move
from schemas.records.references import AboutPair


class LedgerAccount(StrEnum):
    """What an amount is counted under."""

    UNKNOWN = "UNKNOWN"
    RECEIVED = "RECEIVED"
    COSTS = "COSTS"
    INVENTOR = "INVENTOR"
    UNIT = "UNIT"
    BROKER = "BROKER"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An amount on one account: positive on the debit side, negative on the credit side."""

    account: LedgerAccount
    party: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LedgerPosted(AboutPair):
    """What a payment gives to whom under one version of a contract, or that posting taken back."""

    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    move: Move
    sequence: int
    payment_sequence: int
    contract_version: int
    is_reversal: bool
    currency: str
    entries: tuple[LedgerEntry, ...]
    posted_at: datetime
    submission_id: uuid.UUID
