"""The order of a deal's moves: early ones wait, repeated ones are absorbed, each one counts once.

A move that is refused does not use its number up: what waits behind it goes on waiting for another move under that
number. Once another deal has taken the achievement nothing waits any more, and no move waits for ever (``clocks``).
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.records import (
    DealAdvanced,
    Fault,
    LedgerPosted,
    Move,
    MoveHeld,
    MoveRefused,
    MoveReleased,
    NegotiationUpdated,
    deal_id,
)
from streams.domain.deals import advance_from, ended_by_contract, refused, take
from streams.domain.guards import taken, unoffered
from streams.domain.ledger import POSTING, postings
from streams.domain.stages import NEXT, Offered, is_exclusively_contracted, said

Told = DealAdvanced | MoveRefused | MoveHeld | MoveReleased | LedgerPosted

#: How far before its turn a move may come, and so how many moves of one deal may wait.
AHEAD = 32
_TAKES = frozenset({Move.CONTRACT})


def follow(offered: Offered, move: NegotiationUpdated) -> Iterator[Told]:
    """All that follows from a move that arrives, in order; nothing from one that came before.

    ``offered`` is brought up to date as it goes.
    """
    ref = move.demand_ref
    deal = offered.deals.get(ref)
    expected = 1 if deal is None else deal.sequence + 1
    if move.sequence == expected:
        yield from _in_turn(offered, ref, move, deal)
        return
    if _is_repeated(offered, move):
        return
    fault = _out_of_turn(offered, move, expected)
    if fault is not None:
        yield refused(deal, move, (fault,))
        return
    hold(offered, move)
    yield _held(move, expected)


def hold(offered: Offered, move: NegotiationUpdated) -> None:
    """Note that ``move`` waits."""
    offered.waiting.setdefault(move.demand_ref, {})[move.sequence] = move


def release(offered: Offered, demand_ref: str, sequence: int) -> NegotiationUpdated | None:
    """The move that waited under this number and waits no longer, if there is one."""
    waiting = offered.waiting.get(demand_ref)
    if waiting is None:
        return None
    found = waiting.pop(sequence, None)
    if not waiting:
        del offered.waiting[demand_ref]
    return found


def waited(held: MoveHeld) -> NegotiationUpdated:
    """The move as it came."""
    return NegotiationUpdated(
        submission_id=held.submission_id,
        institution_id=held.by,
        achievement_institution_id=held.achievement_institution_id,
        achievement_id=held.achievement_id,
        demand_institution_id=held.demand_institution_id,
        demand_id=held.demand_id,
        sequence=held.sequence,
        move=held.move,
        moved_at=held.moved_at,
        terms=held.terms,
        reason=held.reason,
        contract=held.contract,
        payment=held.payment,
        broker=held.broker,
        certification=held.certification,
        role=held.role,
    )


def give_up(offered: Offered, demand_ref: str, sequence: int, working_days: int) -> Iterator[Told]:
    """What becomes of a move that has waited so many working days; nothing of one that does not wait."""
    move = release(offered, demand_ref, sequence)
    if move is not None:
        expected = offered.expected(demand_ref)
        repair = (
            f"it waited {working_days} working days for the move with sequence {expected}, which did not come: "
            "send that first, then this again under a new submission id"
        )
        yield _released(move)
        yield refused(offered.deals.get(demand_ref), move, (Fault("sequence", "sequence", str(sequence), repair),))


def _in_turn(
    offered: Offered, ref: str, first: NegotiationUpdated, deal: DealAdvanced | None
) -> Iterator[Told]:  # fmt: skip
    """``first``, over ``deal`` as it stands, and what waited for it."""
    move: NegotiationUpdated | None = first
    while move is not None:
        outcome = advance_from(offered, deal, move)
        yield outcome
        if isinstance(outcome, MoveRefused):
            return
        if move.move in POSTING:
            yield from postings(deal, outcome, offered.payments.get(ref, {}))
        take(offered, outcome)
        if move.move in _TAKES and is_exclusively_contracted(outcome):
            yield from _others_end(offered, outcome)
        deal, move = outcome, release(offered, ref, outcome.sequence + 1) if ref in offered.waiting else None
        if move is not None:
            yield _released(move)


def _others_end(offered: Offered, contract: DealAdvanced) -> Iterator[Told]:
    """What becomes of all other deals of an achievement that ``contract`` takes."""
    for ref in sorted((offered.deals.keys() | offered.waiting.keys()) - {contract.demand_ref}):
        deal = offered.deals.get(ref)
        for sequence in sorted(offered.waiting.get(ref, ())):
            move = release(offered, ref, sequence)
            assert move is not None
            yield _released(move)
            yield refused(deal, move, (taken(move),))
        if deal is not None and (deal.stage, Move.END) in NEXT:
            ended = ended_by_contract(deal, contract)
            take(offered, ended)
            yield ended


def _is_repeated(offered: Offered, move: NegotiationUpdated) -> bool:
    waiting = offered.waiting.get(move.demand_ref, {}).get(move.sequence)
    before = offered.noted(move.demand_ref, move.sequence) if waiting is None else said(waiting)
    return before is not None and any(one == other for one, other in zip(before, said(move), strict=True))


def _out_of_turn(offered: Offered, move: NegotiationUpdated, expected: int) -> Fault | None:
    """Why a move whose turn it is not cannot even wait."""
    number = str(move.sequence)
    is_waiting = move.sequence in offered.waiting.get(move.demand_ref, {})
    if is_waiting or 0 < move.sequence < expected:
        what = "waits" if is_waiting else "stands"
        repair = f"another move {what} under this number: the next move of this deal carries sequence {expected}"
        return Fault("sequence", "sequence-taken", number, repair)
    if offered.is_taken_from(move.demand_ref):
        return taken(move)
    if not offered.is_registered and move.demand_ref not in offered.deals:
        # Nothing could ever close this gap: whoever misspelled the achievement should hear of it.
        return unoffered(offered, move)
    if not 0 < move.sequence <= expected + AHEAD:
        repair = (
            f"the next move of this deal carries sequence {expected}, and a move waits up to {AHEAD} numbers before "
            "its turn: send what is missing first, then this again under a new submission id"
        )
        return Fault("sequence", "sequence", number, repair)
    return None


def _held(move: NegotiationUpdated, expected: int) -> MoveHeld:
    return MoveHeld(
        deal_id=deal_id(move.achievement_ref, move.demand_ref),
        achievement_institution_id=move.achievement_institution_id,
        achievement_id=move.achievement_id,
        demand_institution_id=move.demand_institution_id,
        demand_id=move.demand_id,
        move=move.move,
        by=move.institution_id,
        sequence=move.sequence,
        expected=expected,
        terms=move.terms,
        reason=move.reason,
        moved_at=move.moved_at,
        submission_id=move.submission_id,
        contract=move.contract,
        payment=move.payment,
        broker=move.broker,
        certification=move.certification,
        role=move.role,
    )


def _released(move: NegotiationUpdated) -> MoveReleased:
    return MoveReleased(
        deal_id=deal_id(move.achievement_ref, move.demand_ref),
        achievement_institution_id=move.achievement_institution_id,
        achievement_id=move.achievement_id,
        demand_institution_id=move.demand_institution_id,
        demand_id=move.demand_id,
        by=move.institution_id,
        sequence=move.sequence,
        submission_id=move.submission_id,
    )
