"""Deeds: the first event of its kind about an achievement or a deal, and what the log bears out about each.

Whatever the order in which partitions are read, the same is found: of two events the one with the smaller offset came
first, for all that is said of one achievement, deal or match stands in one partition.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from schemas.records import (
    AchievementRegistered,
    DealAdvanced,
    MatchProposed,
    MatchRevised,
    MatchWithdrawn,
    Money,
    Move,
    ShareRole,
    SubmissionAccepted,
    SubmissionKind,
)
from streams.domain.trace import Address, Event

#: By topic and partition, the offset before which the log counts.
Positions = Mapping[tuple[str, int], int]


class DeedKind(StrEnum):
    """What was brought about."""

    MINED = "mined"
    MATCHED = "matched"
    MET = "met"
    CLOSED = "closed"
    REGISTERED = "registered"


_OF_MOVE = {
    Move.CONTACT: DeedKind.MATCHED, Move.START_TALKS: DeedKind.MET, Move.CONTRACT: DeedKind.CLOSED,
    Move.REGISTER: DeedKind.REGISTERED,
}  # fmt: skip
#: Moves that say of a contract, or of its registration, that it holds or does no longer.
_HOLDS = {
    Move.CONTRACT: (DeedKind.CLOSED, True), Move.RESCIND: (DeedKind.CLOSED, False),
    Move.REGISTER: (DeedKind.REGISTERED, True), Move.REJECT: (DeedKind.REGISTERED, False),
}  # fmt: skip


class Speech(NamedTuple):
    """A move as receipts name it; ``speaker`` is the institution whose move it is."""

    submission_id: uuid.UUID
    deal_id: str
    sequence: int
    speaker: str


class Deed(NamedTuple):
    """What was brought about, by whom, and where the log says so; of an achievement there is no enterprise.

    ``submitted`` is what its receipt names: the place in the register, or the move.
    """

    kind: DeedKind
    subject: str
    owner: str
    enterprise: str | None
    pair: tuple[str, str] | None
    submitted: Address | Speech
    address: Address
    arrived: datetime
    amount: Money | None = None
    brokers: tuple[str, ...] = ()
    #: Who helped: an institution that is neither side and made the move, or the brokers of a deal that is contracted.
    helpers: tuple[str, ...] = ()


class _Match(NamedTuple):
    address: Address
    arrived: datetime
    is_live: bool


class _Receipt(NamedTuple):
    registered_at: int
    address: Address
    inbox: str
    on_behalf_of: str | None


@dataclass(slots=True)
class DeedLog:
    """Deeds by kind and subject, with what bears them out: contracts that are undone, matches, receipts."""

    deeds: dict[tuple[DeedKind, str], Deed] = field(default_factory=dict)
    _said: defaultdict[tuple[DeedKind, str], list[tuple[Address, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _matches: dict[tuple[str, str], list[_Match]] = field(default_factory=dict)
    _receipts: dict[Address | Speech, list[_Receipt]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """One more event of the register of achievements, or of deals."""
        record = event.record
        match record:
            case AchievementRegistered():
                self._note(_mined(record, event))
            case DealAdvanced(move=move) if record.achievement_institution_id != record.demand_institution_id:
                if move in _OF_MOVE:
                    self._note(_brought_about(record, event))
                if move in _HOLDS:
                    kind, holds = _HOLDS[move]
                    self._said[kind, str(record.deal_id)].append((event.address, holds))

    def awaits(self) -> None:
        """All deeds are taken: of matches and receipts only what they ask for is kept from here on."""
        for deed in self.deeds.values():
            self._receipts.setdefault(deed.submitted, [])
            if deed.kind is DeedKind.MATCHED and deed.pair is not None:
                self._matches.setdefault(deed.pair, [])

    def witness(self, event: Event) -> None:
        """One more match or receipt."""
        record = event.record
        match record:
            case MatchProposed() | MatchRevised() | MatchWithdrawn():
                told = self._matches.get((record.achievement_ref, record.demand_ref))
                if told is not None:
                    told.append(_Match(event.address, event.arrived, not isinstance(record, MatchWithdrawn)))
            case SubmissionAccepted():
                found = self._receipts.get(_submitted(record))
                if found is not None:
                    found.append(
                        _Receipt(record.register_offset, event.address, record.institution_id, record.on_behalf_of)
                    )

    def stands(self, deed: Deed, upto: Positions) -> bool:
        """Whether a deed counts, by what the log says before ``upto``."""
        if not is_before(deed.address, upto):
            return False
        match deed.kind:
            case DeedKind.MATCHED:
                return self._was_live(deed, upto)
            case DeedKind.CLOSED | DeedKind.REGISTERED:
                kinds = {DeedKind.CLOSED, deed.kind}
                return all(self._holds(kind, deed, upto) for kind in kinds)
        return True

    def _holds(self, kind: DeedKind, deed: Deed, upto: Positions) -> bool:
        """Whether the last word on a deal's contract, or on its registration, is that it holds."""
        said = [one for one in self._said[kind, deed.subject] if is_before(one[0], upto)]
        return max(said, default=(deed.address, False), key=lambda one: one[0].offset)[1]

    def intermediary(self, deed: Deed, upto: Positions) -> str | None:
        """Through whose inbox a deed was submitted on behalf of another; of two that say so the first registered."""
        said = [one for one in self._receipts.get(deed.submitted, ()) if is_before(one.address, upto)]
        first = min(said, default=None)
        return None if first is None or first.on_behalf_of is None else first.inbox

    def _was_live(self, deed: Deed, upto: Positions) -> bool:
        told = [] if deed.pair is None else self._matches.get(deed.pair, [])
        before = [one for one in told if one.arrived <= deed.arrived and is_before(one.address, upto)]
        return bool(before) and max(before, key=lambda one: one.address.offset).is_live

    def _note(self, deed: Deed) -> None:
        known = self.deeds.get((deed.kind, deed.subject))
        if known is None or deed.address.offset < known.address.offset:
            self.deeds[deed.kind, deed.subject] = deed


def is_before(address: Address, positions: Positions) -> bool:
    """Whether an event stands before the positions; nothing of a partition that they do not name does."""
    return address.offset < positions.get((address.topic, address.partition), 0)


def _mined(record: AchievementRegistered, event: Event) -> Deed:
    return Deed(
        DeedKind.MINED, record.ref, record.institution_id, None, None, event.address, event.address, event.arrived
    )  # fmt: skip


def _brought_about(deal: DealAdvanced, event: Event) -> Deed:
    name = str(deal.deal_id)
    contract = deal.contract if deal.move is Move.REGISTER else None
    return Deed(
        kind=_OF_MOVE[deal.move],
        subject=name,
        owner=deal.achievement_institution_id,
        enterprise=deal.demand_institution_id,
        pair=(deal.achievement_ref, deal.demand_ref),
        submitted=Speech(deal.submission_id, name, deal.sequence, deal.by),
        address=event.address,
        arrived=event.arrived,
        amount=None if contract is None else Money(contract.technical_amount, contract.amount.currency),
        brokers=() if contract is None else tuple(s.party for s in contract.shares if s.role is ShareRole.BROKER),
        helpers=tuple(_helpers(deal)),
    )


def _helpers(deal: DealAdvanced) -> Iterator[str]:
    if deal.move in {Move.CONTRACT, Move.REGISTER}:
        # Nobody is appointed any more once a deal is contracted: they are the same when it is registered.
        yield from filter(None, (deal.owner_broker, deal.enterprise_broker))
    elif deal.by not in {deal.achievement_institution_id, deal.demand_institution_id}:
        yield deal.by


def _submitted(receipt: SubmissionAccepted) -> Address | Speech:
    if receipt.kind is SubmissionKind.NEGOTIATION_UPDATED:
        speaker = receipt.on_behalf_of or receipt.institution_id
        return Speech(receipt.submission_id, receipt.subject_id, receipt.version, speaker)
    return Address(receipt.register_topic, receipt.register_partition, receipt.register_offset)
