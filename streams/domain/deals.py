"""How a deal moves: by the table of ``stages`` and the guards over it, with its terms in versions.

Whoever offers terms stands by them. A new version voids what was confirmed before. A deal reaches terms agreed when
both sides stand by the same version, and falls back to talks as soon as one of them does no longer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from schemas.records import (
    DealAdvanced,
    EndCause,
    Fault,
    Move,
    MoveRefused,
    NegotiationUpdated,
    Stage,
    TechContract,
    Terms,
    deal_id,
)
from streams.domain.appointments import brokers
from streams.domain.contracts import certified
from streams.domain.guards import objections
from streams.domain.stages import (
    CONTRACTED,
    NEEDS_CONTRACT,
    NEXT,
    UNREGISTERS,
    Offered,
    Side,
    is_exclusively_contracted,
    sides,
    stage_of,
)

__all__ = [
    "CONTRACTED", "NEXT", "Offered", "advance", "ended_by_clock", "ended_by_contract", "is_exclusively_contracted",
    "refused", "take",
]  # fmt: skip

#: Moves that end a deal, and what they say ended it.
_ENDS = {Move.END: EndCause.PARTY, Move.RESCIND: EndCause.RESCINDED}
# To ask an enum class for a member takes longer than to look a member up in a set, and every move asks.
_EVALUATE, _PAUSE, _PAY = frozenset({Move.EVALUATE}), frozenset({Move.PAUSE}), frozenset({Move.PAY})
_EVALUATED, _IN_TALKS = Stage.EVALUATED, Stage.IN_TALKS
#: Moves that change by which terms a side stands, and those after which the table alone does not say the stage.
_CONCERNS_TERMS = frozenset({Move.OFFER, Move.AGREE, Move.RETRACT, *_ENDS})
_GOES_ITS_WAY = frozenset({Move.RESUME, Move.REOPEN, Move.AGREE, Move.OFFER, Move.RETRACT})
_TAKEN = "another enterprise has contracted the achievement exclusively"


class _Standing(NamedTuple):
    """The latest terms, their version, and which version each side stands by."""

    terms: Terms | None = None
    version: int = 0
    owner: int | None = None
    enterprise: int | None = None

    @property
    def is_agreed(self) -> bool:
        return self.version > 0 and self.owner == self.enterprise == self.version


_NO_STANDING = _Standing()


def advance(offered: Offered, move: NegotiationUpdated) -> DealAdvanced | MoveRefused:
    """The deal after ``move``, whose turn it is; or why nothing changed."""
    return advance_from(offered, offered.deals.get(move.demand_ref), move)


def advance_from(offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> DealAdvanced | MoveRefused:
    """The same, where ``deal`` is how the deal stands before ``move``."""
    found = objections(offered, deal, move)
    if found:
        return refused(deal, move, found)
    before = stage_of(deal)
    standing = _standing(deal, move)
    is_evaluated = move.move in _EVALUATE or before is _EVALUATED or (deal is not None and deal.is_evaluated)
    talks = _EVALUATED if is_evaluated else _IN_TALKS
    owner_broker, enterprise_broker = brokers(deal, move)
    certified_version, certified_by = certified(deal, move)
    return DealAdvanced(
        deal_id=deal_id(move.achievement_ref, move.demand_ref) if deal is None else deal.deal_id,
        achievement_institution_id=move.achievement_institution_id,
        achievement_id=move.achievement_id,
        demand_institution_id=move.demand_institution_id,
        demand_id=move.demand_id,
        move=move.move,
        by=move.institution_id,
        sequence=move.sequence,
        stage=_stage(deal, move, standing, talks),
        resume_to=before if move.move in _PAUSE else None,
        terms=standing.terms,
        terms_version=standing.version,
        reason=move.reason,
        moved_at=move.moved_at,
        submission_id=move.submission_id,
        is_evaluated=is_evaluated,
        owner_confirmed=standing.owner,
        enterprise_confirmed=standing.enterprise,
        reopen_to=_reopen_to(deal) if move.move in _ENDS else None,
        end_cause=_ENDS.get(move.move),
        contract=_contract(deal, move),
        contract_version=(0 if deal is None else deal.contract_version) + (move.move in NEEDS_CONTRACT),
        payment=move.payment if move.move in _PAY else None,
        paid=_paid(deal, move),
        owner_broker=owner_broker,
        enterprise_broker=enterprise_broker,
        certified_version=certified_version,
        certified_by=certified_by,
    )


def take(offered: Offered, deal: DealAdvanced) -> None:
    """Note where ``deal`` stands now."""
    ref = deal.demand_ref
    offered.note(ref, deal)
    offered.deals[ref] = deal
    if deal.payment is not None:
        offered.payments.setdefault(ref, {})[deal.sequence] = deal.payment
    elif deal.contract is None:
        offered.payments.pop(ref, None)
    if is_exclusively_contracted(deal):
        offered.taken_for = ref


def ended_by_contract(deal: DealAdvanced, contract: DealAdvanced) -> DealAdvanced:
    """``deal`` after the market ended it, because ``contract`` takes the achievement off the market."""
    ended = _ended(deal, EndCause.EXCLUSIVELY_CONTRACTED, _TAKEN, contract.moved_at)
    return replace(ended, submission_id=contract.submission_id)


def ended_by_clock(deal: DealAdvanced, working_days: int, due_at: datetime) -> DealAdvanced:
    """``deal`` after the market ended it, because nobody moved it for so many working days."""
    return _ended(deal, EndCause.EXPIRED, f"no move for {working_days} working days", due_at)


def _ended(deal: DealAdvanced, cause: EndCause, reason: str, at: datetime) -> DealAdvanced:
    return replace(
        deal,
        move=Move.END,
        by="",
        stage=Stage.ENDED,
        resume_to=None,
        reason=reason,
        moved_at=at,
        owner_confirmed=None,
        enterprise_confirmed=None,
        owner_broker=None,
        enterprise_broker=None,
        reopen_to=_reopen_to(deal),
        end_cause=cause,
    )


def refused(deal: DealAdvanced | None, move: NegotiationUpdated, faults: tuple[Fault, ...]) -> MoveRefused:
    """``move`` with what speaks against it."""
    return MoveRefused(
        deal_id=deal_id(move.achievement_ref, move.demand_ref),
        achievement_institution_id=move.achievement_institution_id,
        achievement_id=move.achievement_id,
        demand_institution_id=move.demand_institution_id,
        demand_id=move.demand_id,
        move=move.move,
        by=move.institution_id,
        sequence=move.sequence,
        stage=stage_of(deal),
        faults=faults,
        moved_at=move.moved_at,
        submission_id=move.submission_id,
    )


def _standing(deal: DealAdvanced | None, move: NegotiationUpdated) -> _Standing:
    if deal is None:
        return _NO_STANDING
    now = _Standing(deal.terms, deal.terms_version, deal.owner_confirmed, deal.enterprise_confirmed)
    if move.move not in _CONCERNS_TERMS:
        return now
    match move.move:
        case Move.END | Move.RESCIND:
            return now._replace(owner=None, enterprise=None)
        case Move.RETRACT:
            return _by_side(now, move, None)
        case Move.OFFER:
            return _by_side(_Standing(move.terms, now.version + 1), move, now.version + 1)
        case Move.AGREE if move.terms != now.terms:
            # Other terms than those on the table are an offer, whatever they are called.
            return _by_side(_Standing(move.terms, now.version + 1), move, now.version + 1)
        case Move.AGREE:
            return _by_side(now, move, now.version)
        case _:
            return now


def _by_side(standing: _Standing, move: NegotiationUpdated, version: int | None) -> _Standing:
    """What the side that moves stands by; one institution may be both sides."""
    mine = sides(move)
    return _Standing(
        standing.terms,
        standing.version,
        owner=version if Side.OWNER in mine else standing.owner,
        enterprise=version if Side.ENTERPRISE in mine else standing.enterprise,
    )


def _stage(deal: DealAdvanced | None, move: NegotiationUpdated, standing: _Standing, talks: Stage) -> Stage:
    before = stage_of(deal)
    if move.move not in _GOES_ITS_WAY:
        return NEXT[before, move.move]
    match move.move:
        case Move.RESUME if deal is not None and deal.resume_to is not None:
            return deal.resume_to
        case Move.REOPEN if deal is not None:
            # An earlier release did not note where a deal ended.
            return deal.reopen_to or Stage.CONTACTED
        case Move.AGREE if not standing.is_agreed:
            return before
        case Move.OFFER | Move.RETRACT:
            return talks
        case _:
            return NEXT[before, move.move]


def _contract(deal: DealAdvanced | None, move: NegotiationUpdated) -> TechContract | None:
    if move.move in NEEDS_CONTRACT:
        return move.contract
    return None if deal is None or move.move in UNREGISTERS else deal.contract


def _paid(deal: DealAdvanced | None, move: NegotiationUpdated) -> Decimal | None:
    """What was paid under the contract that holds."""
    if deal is None or move.move in UNREGISTERS:
        return None
    if move.payment is None or move.move not in _PAY:
        return deal.paid
    return (deal.paid or Decimal(0)) + move.payment.amount.amount


def _reopen_to(deal: DealAdvanced | None) -> Stage:
    """Where a deal goes on that ends now: nobody's confirmation outlives the end, and a pause is over."""
    stage = stage_of(deal)
    if deal is not None and stage is Stage.PAUSED and deal.resume_to is not None:
        stage = deal.resume_to
    if stage is not Stage.TERMS_AGREED and stage not in CONTRACTED:
        return stage
    return Stage.EVALUATED if deal is not None and deal.is_evaluated else Stage.IN_TALKS
