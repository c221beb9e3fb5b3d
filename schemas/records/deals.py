"""Moves in deals and what became of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from schemas.records.contracts import Certification, Payment, TechContract
from schemas.records.receipts import Fault
from schemas.records.references import AboutPair
from schemas.records.register import CooperationMode, Money
from schemas.slots import filled_at_once


class Move(StrEnum):
    """What a party of a deal does, or one who helps it along."""

    UNKNOWN = "UNKNOWN"
    CONTACT = "CONTACT"
    START_TALKS = "START_TALKS"
    EVALUATE = "EVALUATE"
    OFFER = "OFFER"
    AGREE = "AGREE"
    CONTRACT = "CONTRACT"
    REGISTER = "REGISTER"
    DELIVER = "DELIVER"
    INDUSTRIALISE = "INDUSTRIALISE"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    END = "END"
    #: An ended deal goes on.
    REOPEN = "REOPEN"
    #: A party takes its confirmation of the terms back.
    RETRACT = "RETRACT"
    #: Money was paid under a registered contract.
    PAY = "PAY"
    #: A registered contract is changed.
    AMEND = "AMEND"
    #: A contract is undone.
    RESCIND = "RESCIND"
    #: A party names the broker that may begin the deal for it.
    APPOINT = "APPOINT"
    #: A party's broker has no part in the deal any more.
    DISMISS = "DISMISS"
    #: A registrar confirms a registered contract.
    CERTIFY = "CERTIFY"
    #: A registrar sends a registration back.
    REJECT = "REJECT"


class DealRole(StrEnum):
    """What an institution is in a deal that it is neither side of."""

    UNKNOWN = "UNKNOWN"
    BROKER = "BROKER"
    DISTRICT_OFFICE = "DISTRICT_OFFICE"
    REGISTRAR = "REGISTRAR"


class Stage(StrEnum):
    """Where a deal stands."""

    UNKNOWN = "UNKNOWN"
    MATCHED = "MATCHED"
    CONTACTED = "CONTACTED"
    IN_TALKS = "IN_TALKS"
    EVALUATED = "EVALUATED"
    TERMS_AGREED = "TERMS_AGREED"
    CONTRACTED = "CONTRACTED"
    REGISTERED = "REGISTERED"
    DELIVERING = "DELIVERING"
    INDUSTRIALISED = "INDUSTRIALISED"
    PAUSED = "PAUSED"
    ENDED = "ENDED"


class EndCause(StrEnum):
    """What ended a deal."""

    UNKNOWN = "UNKNOWN"
    PARTY = "PARTY"
    EXCLUSIVELY_CONTRACTED = "EXCLUSIVELY_CONTRACTED"
    #: Nobody moved it for too long.
    EXPIRED = "EXPIRED"
    RESCINDED = "RESCINDED"


@dataclass(frozen=True, slots=True)
class Milestone:
    """What is to be reached on the way."""

    title: str
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the parties offer or agree."""

    mode: CooperationMode
    price: Money
    territories: tuple[str, ...] = ()
    period_months: int | None = None
    milestones: tuple[Milestone, ...] = ()
    royalty_percent: Decimal | None = None


@filled_at_once
@dataclass(frozen=True, slots=True)
class NegotiationUpdated(AboutPair):
    """A party of a deal says what it does next; or its broker, a district office or a registrar does."""

    submission_id: uuid.UUID
    institution_id: str
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    sequence: int
    move: Move
    moved_at: datetime
    terms: Terms | None = None
    reason: str = ""
    contract: TechContract | None = None
    payment: Payment | None = None
    broker: str | None = None
    certification: Certification | None = None
    role: DealRole | None = None


@filled_at_once
@dataclass(frozen=True, slots=True)
class DealAdvanced(AboutPair):
    """A deal after a move; the whole of its present state."""

    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    move: Move
    by: str
    sequence: int
    stage: Stage
    resume_to: Stage | None
    terms: Terms | None
    terms_version: int
    reason: str
    moved_at: datetime
    submission_id: uuid.UUID
    is_evaluated: bool
    owner_confirmed: int | None
    enterprise_confirmed: int | None
    reopen_to: Stage | None
    end_cause: EndCause | None
    contract: TechContract | None
    contract_version: int
    payment: Payment | None
    paid: Decimal | None
    owner_broker: str | None
    enterprise_broker: str | None
    certified_version: int
    certified_by: str | None

    @property
    def is_certified(self) -> bool:
        """Whether a registrar has certified the contract as it stands."""
        return self.contract is not None and self.certified_version == self.contract_version > 0


@filled_at_once
@dataclass(frozen=True, slots=True)
class MoveHeld(AboutPair):
    """A move came before its turn; it waits for those before it."""

    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    move: Move
    by: str
    sequence: int
    expected: int
    terms: Terms | None
    reason: str
    moved_at: datetime
    submission_id: uuid.UUID
    contract: TechContract | None
    payment: Payment | None
    broker: str | None
    certification: Certification | None
    role: DealRole | None


@filled_at_once
@dataclass(frozen=True, slots=True)
class MoveReleased(AboutPair):
    """A move waits no longer: its turn came, or its deal can go on no more. What became of it is told beside."""

    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    by: str
    sequence: int
    submission_id: uuid.UUID


@filled_at_once
@dataclass(frozen=True, slots=True)
class MoveRefused(AboutPair):
    """A move was against the table or a guard; the deal stands as it stood."""

    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    move: Move
    by: str
    sequence: int
    stage: Stage
    faults: tuple[Fault, ...]
    moved_at: datetime
    submission_id: uuid.UUID
