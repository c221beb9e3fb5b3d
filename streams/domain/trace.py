"""One traced line: from an achievement's registration to what became of one deal, each step with its event."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from schemas.records import (
    AchievementRegistered,
    DealAdvanced,
    DemandPosted,
    MatchProposed,
    MatchWithdrawn,
    Move,
    MoveRefused,
    Record,
    SpotlightChosen,
    Stage,
)
from streams.domain.stages import also_said


class Milestone(enum.StrEnum):
    """The steps of the line, in their usual order. Not every deal takes all of them."""

    REGISTERED = "achievement registered"
    POSTED = "demand posted"
    ANNOUNCED = "announced"
    MATCHED = "matched"
    REQUESTED = "requested"
    MET = "met"
    EVALUATED = "evaluated"
    INTENTION = "intention"
    CONTRACT = "contract"
    CONTRACT_REGISTERED = "contract registered"
    CERTIFIED = "contract certified"
    DELIVERY = "delivery"
    REVENUE = "revenue"
    INDUSTRIALISED = "industrialised"


_EPOCH = datetime.fromtimestamp(0, UTC)
_OF_STAGE = {
    Stage.CONTACTED: Milestone.REQUESTED,
    Stage.IN_TALKS: Milestone.MET,
    Stage.EVALUATED: Milestone.EVALUATED,
    Stage.TERMS_AGREED: Milestone.INTENTION,
    Stage.CONTRACTED: Milestone.CONTRACT,
    Stage.REGISTERED: Milestone.CONTRACT_REGISTERED,
    Stage.DELIVERING: Milestone.DELIVERY,
    Stage.INDUSTRIALISED: Milestone.INDUSTRIALISED,
}


#: Milestones that are reached within a stage.
_OF_MOVE = {Move.PAY: Milestone.REVENUE, Move.CERTIFY: Milestone.CERTIFIED}


class Address(NamedTuple):
    """Where an event stands in the log."""

    topic: str
    partition: int
    offset: int


class Event(NamedTuple):
    """A record of the log, where it stands, and its time of arrival in Kafka."""

    address: Address
    arrived: datetime
    record: Record


class Step(NamedTuple):
    """One step: what happened, when it happened, who did it, and the event that says so.

    ``milestone`` is given where a milestone is reached for the first time.
    """

    at: datetime
    milestone: Milestone | None
    what: str
    by: str
    address: Address


class Trace(NamedTuple):
    """A deal with its steps in the order of their times."""

    deal: DealAdvanced
    steps: tuple[Step, ...]
    #: What was paid until so many months after the contract was registered.
    revenue: Mapping[int, Decimal] = {}

    @property
    def ahead(self) -> tuple[Milestone, ...]:
        """What follows the last milestone that was reached, where the deal goes on."""
        if self.deal.stage is Stage.ENDED:
            return ()
        order = [*Milestone]
        last = max((order.index(step.milestone) for step in self.steps if step.milestone), default=-1)
        return tuple(order[last + 1 :])


class _Place(NamedTuple):
    """Where a step stands in the line."""

    when: datetime
    is_advance: bool
    usual: int
    address: Address


class UnknownDeal(LookupError):
    """No deal, or more than one, has the id that was asked for; the message says what to give instead."""


def deal_named(asked: str, deals: Iterable[DealAdvanced]) -> DealAdvanced:
    """The last state of the deal whose id is ``asked``, or begins so. Raises ``UnknownDeal``."""
    last: dict[uuid.UUID, DealAdvanced] = {}
    for deal in deals:
        if str(deal.deal_id).startswith(asked.lower()):
            last[deal.deal_id] = deal
    if not asked or not last:
        raise UnknownDeal(f"there is no deal {asked!r}: `techdock deals --json` gives the ids of all")
    if len(last) > 1:
        near = ", ".join(sorted(map(str, last))[:5])
        raise UnknownDeal(f"{len(last)} deals have ids that begin with {asked!r}: give more of it, one of {near}")
    return next(iter(last.values()))


def traced(deal: DealAdvanced, events: Iterable[Event]) -> Trace:
    """The line of ``deal`` by ``events``, in order within each partition; those of others are passed over.

    Steps stand by their times. Advances of the deal keep their order whatever their senders' clocks say, and of each
    session the last list counts.
    """
    steps, lists = _found(deal, events)
    seen: set[Milestone] = set()
    line = []
    for _, step in sorted(steps, key=lambda each: each[0]):
        if step.milestone is Milestone.ANNOUNCED and step.address not in lists:
            continue
        is_first = step.milestone is not None and step.milestone not in seen
        line.append(step if is_first else step._replace(milestone=None))
        seen.update({step.milestone} if step.milestone else ())
    return Trace(deal, tuple(line))


def _found(deal: DealAdvanced, events: Iterable[Event]) -> tuple[list[tuple[_Place, Step]], set[Address]]:
    """The steps of a deal with their places, and where the last list of each session is."""
    found: list[tuple[_Place, Step]] = []
    lists: dict[str, Address] = {}
    latest = _EPOCH
    for event in events:
        if isinstance(event.record, SpotlightChosen):
            lists[event.record.session] = event.address
        step = _step(deal, event)
        if step is None:
            continue
        if isinstance(event.record, DealAdvanced):
            latest = max(latest, step.at)
            place = _Place(latest, True, 0, step.address)
        else:
            place = _Place(step.at, False, _usual(step.milestone), step.address)
        found.append((place, step))
    return found, set(lists.values())


def _usual(milestone: Milestone | None) -> int:
    """The place in the usual order, which decides where times are equal."""
    order = [*Milestone]
    return len(order) if milestone is None else order.index(milestone)


def _step(deal: DealAdvanced, event: Event) -> Step | None:
    record, offered, asked = event.record, deal.achievement_ref, deal.demand_ref
    match record:
        case AchievementRegistered() if record.ref == offered:
            milestone, what = Milestone.REGISTERED, f"achievement registered, version {record.version}"
            return Step(record.registered_at, milestone, what, record.institution_id, event.address)
        case DemandPosted() if record.ref == asked:
            milestone, what = Milestone.POSTED, f"demand posted, version {record.version}"
            return Step(record.posted_at, milestone, what, record.institution_id, event.address)
        case SpotlightChosen():
            return _announced(offered, record, event.address)
        case MatchProposed() | MatchWithdrawn() if (record.achievement_ref, record.demand_ref) == (offered, asked):
            return _matched(record, event)
        case DealAdvanced() if record.deal_id == deal.deal_id:
            return _advanced(record, event.address)
        case MoveRefused() if record.deal_id == deal.deal_id:
            repairs = "; ".join(fault.repair for fault in record.faults)
            return Step(record.moved_at, None, f"{record.move} refused: {repairs}", record.by, event.address)
    return None


def _announced(ref: str, spotlight: SpotlightChosen, address: Address) -> Step | None:
    for entry in spotlight.entries:
        if f"{entry.achievement_institution_id}/{entry.achievement_id}" == ref:
            what = f"announced by session {spotlight.session}, place {entry.place} with {entry.points} points"
            return Step(spotlight.chosen_at, Milestone.ANNOUNCED, what, spotlight.chosen_by, address)
    return None


def _matched(record: MatchProposed | MatchWithdrawn, event: Event) -> Step:
    # A match is decided, not said: its time is that of the event.
    if isinstance(record, MatchWithdrawn):
        what = f"match withdrawn: {record.reason}"
        return Step(event.arrived, None, what, "techdock", event.address)
    what = f"matched, score {record.score:.3f}"
    return Step(event.arrived, Milestone.MATCHED, what, "techdock", event.address)


def _advanced(deal: DealAdvanced, address: Address) -> Step:
    what = f"{deal.move}: {deal.stage}"
    if deal.terms is not None and deal.terms_version:
        price = deal.terms.price
        what += f", terms {deal.terms_version}: {deal.terms.mode} for {price.amount:,} {price.currency}"
    if deal.reason:
        what += f" ({deal.reason})"
    what += _papers(deal)
    milestone = _OF_MOVE.get(deal.move) or _OF_STAGE.get(deal.stage)
    # What an exclusive contract ends is ended by nobody's move.
    return Step(deal.moved_at, milestone, what, deal.by or "techdock", address)


def _papers(deal: DealAdvanced) -> str:
    """What a move says of the contract, of payments, and of who is to be the broker."""
    contract = deal.contract
    if deal.move is Move.APPOINT:
        return f"; broker {also_said(deal)}"
    if contract is None:
        return ""
    if deal.move is Move.CERTIFY:
        what = f"{contract.kind}, technical-transaction amount {contract.technical_amount:,}"
        return f"; version {deal.certified_version} of the contract is certified: {what}"
    if deal.payment is not None:
        paid = deal.payment
        return f"; {paid.kind} of {paid.amount.amount:,} paid on {paid.paid_on}, {deal.paid or 0:,} in all"
    if deal.move in {Move.REGISTER, Move.AMEND}:
        what = f"{contract.kind}, technical-transaction amount {contract.technical_amount:,}"
        return f"; contract {contract.registration_number} of {contract.registered_on}: {what}"
    return ""
