"""A log of the market for tests of recognition: events with their places, one partition a topic."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from schemas import topics
from schemas.records import (
    DealAdvanced,
    MatchProposed,
    MatchWithdrawn,
    Move,
    Record,
    Stage,
    SubmissionAccepted,
    SubmissionKind,
    TechContract,
    WithdrawalReason,
    deal_id,
    match_id,
    reference,
)
from streams.domain.deeds import DeedLog, Positions
from streams.domain.trace import Address, Event
from tests.unit.streams.making import EXCLUSIVE_TERMS, NOW, tech_contract

OWNER, ENTERPRISE, OFFICE = "dlut", "neusoft", "office"
_DEEDS = (topics.ACHIEVEMENTS.name, topics.DEALS.name)


def advanced(step: Move, sequence: int, **changes: Any) -> DealAdvanced:
    """A deal of dlut and neusoft over A1 for D1 after ``step``."""
    values: dict[str, Any] = {
        "achievement_institution_id": OWNER, "achievement_id": "A1",
        "demand_institution_id": ENTERPRISE, "demand_id": "D1", "by": OWNER, "submission_id": uuid.uuid4(),
    } | changes  # fmt: skip
    pair = [reference(values[f"{one}_institution_id"], values[f"{one}_id"]) for one in ("achievement", "demand")]
    contract: TechContract | None = values.pop("contract", tech_contract() if step is Move.REGISTER else None)
    return DealAdvanced(
        deal_id=deal_id(*pair), move=step, sequence=sequence, stage=Stage.UNKNOWN, resume_to=None,
        terms=EXCLUSIVE_TERMS, terms_version=1, reason="", moved_at=values.pop("moved_at", NOW), is_evaluated=False,
        owner_confirmed=None, enterprise_confirmed=None, reopen_to=None, end_cause=None, contract=contract,
        contract_version=0, payment=None, paid=Decimal(0), owner_broker=values.pop("owner_broker", None),
        enterprise_broker=values.pop("enterprise_broker", None), certified_version=0, certified_by=None, **values,
    )  # fmt: skip


def matched(achievement: str = "A1", demand: str = "D1", demand_institution_id: str = ENTERPRISE) -> MatchProposed:
    """They are a live match."""
    name = match_id(reference(demand_institution_id, demand), reference(OWNER, achievement))
    return MatchProposed(
        name, demand_institution_id, demand, 1, OWNER, achievement, 1, "", "", (), 8, None, None, 0.5, "tiny", (), NOW
    )  # fmt: skip


def parted(achievement: str = "A1", demand: str = "D1") -> MatchWithdrawn:
    """They are none any more."""
    name = match_id(reference(ENTERPRISE, demand), reference(OWNER, achievement))
    return MatchWithdrawn(
        name, ENTERPRISE, demand, 1, OWNER, achievement, 1, "", "", (), 8, None, None, WithdrawalReason.OUTRANKED, NOW
    )  # fmt: skip


def receipt_of_move(deal: DealAdvanced, inbox: str, on_behalf_of: str | None, register_offset: int = 0) -> Record:
    """The receipt of the move that advanced a deal."""
    return SubmissionAccepted(
        deal.submission_id, inbox, SubmissionKind.NEGOTIATION_UPDATED, str(deal.deal_id), deal.sequence,
        topics.NEGOTIATIONS.name, 0, register_offset, NOW, on_behalf_of, 0,
    )  # fmt: skip


def receipt_of_achievement(place: Address, inbox: str, on_behalf_of: str | None) -> Record:
    """The receipt of what is registered at ``place``."""
    return SubmissionAccepted(
        uuid.uuid4(), inbox, SubmissionKind.ACHIEVEMENT_REGISTERED, "A1", 1, *place, NOW, on_behalf_of, 0
    )  # fmt: skip


def _topic(record: Record) -> str:
    match record:
        case DealAdvanced():
            return topics.DEALS.name
        case MatchProposed() | MatchWithdrawn():
            return topics.MATCHES.name
        case SubmissionAccepted():
            return topics.receipts(record.institution_id).name
    return topics.ACHIEVEMENTS.name


@dataclass(slots=True)
class Market:
    """What was said, in order."""

    events: list[Event] = field(default_factory=list)
    _ends: Counter[str] = field(default_factory=Counter)

    def say(self, record: Record, at: datetime = NOW) -> Address:
        """One more event; where it stands."""
        topic = _topic(record)
        place = Address(topic, 0, self._ends[topic])
        self._ends[topic] += 1
        self.events.append(Event(place, at, record))
        return place

    @property
    def positions(self) -> Positions:
        """Where everything ends now."""
        return {(topic, 0): end for topic, end in self._ends.items()}


def read(events: list[Event]) -> DeedLog:
    """The log as it is read: first what deeds stand in, then the rest."""
    log = DeedLog()
    for event in events:
        if event.address.topic in _DEEDS:
            log.take(event)
    log.awaits()
    for event in events:
        if event.address.topic not in _DEEDS:
            log.witness(event)
    return log
