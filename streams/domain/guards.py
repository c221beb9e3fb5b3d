"""What else a move of a deal needs besides its place in the table: each guard finds one fault at most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain

from schemas.records import DealAdvanced, Fault, Move, NegotiationUpdated, Stage, Terms
from streams.domain import appointments, contracts
from streams.domain.stages import (
    CONTRACTED,
    EXCLUSIVE,
    MAY,
    NEEDS_CONTRACT,
    NEEDS_TERMS,
    NEXT,
    Offered,
    Side,
    roles,
    sides,
    stage_of,
)


def objections(offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> tuple[Fault, ...]:
    """All that speaks against ``move``, whose turn it is."""
    guards = _GUARDS_OF[move.move]
    return tuple([fault for guard in guards if (fault := guard(offered, deal, move)) is not None])


def taken(move: NegotiationUpdated) -> Fault:
    """The fault of any move but an end, once another deal took the achievement."""
    repair = "another deal has contracted the achievement exclusively: end this deal, or negotiate about another one"
    return Fault("achievement_id", "exclusivity", move.achievement_ref, repair)


def _is_in_table(_offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    stage = stage_of(deal)
    if (stage, move.move) in NEXT:
        return None
    legal = sorted(m.value for s, m in NEXT if s is stage)
    repair = f"from {stage} only {', '.join(legal)}" if legal else f"{stage} is final: no move follows"
    return Fault("move", "table", f"{stage} → {move.move}", repair)


def _is_its_own(_offered: Offered, _deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    """Some moves are one side's alone, and some are nobody's but another institution's."""
    if not MAY[move.move].isdisjoint(roles(move)):
        return None
    whose = " and ".join(sorted(MAY[move.move])).lower().replace("_", " ")
    return Fault("institution_id", "role", move.institution_id, f"{move.move} is a move of the {whose}")


def _is_offered(offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    if offered.is_registered and not offered.is_withdrawn:
        return None
    if stage_of(deal) in CONTRACTED or move.move is Move.END:
        return None
    return unoffered(offered, move)


def unoffered(offered: Offered, move: NegotiationUpdated) -> Fault:
    """That nobody can have the achievement of ``move``."""
    why = "was withdrawn" if offered.is_withdrawn else "is not registered"
    return Fault(
        "achievement_id", "offered", move.achievement_ref, f"the achievement {why}: end the deal, or ask its owner"
    )


def _has_amount(_offered: Offered, _deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    if move.terms is None:
        return Fault("terms", "present", "", f"{move.move} needs terms: mode and price")
    if move.move in {Move.AGREE, Move.CONTRACT} and move.terms.price.amount <= 0:
        return Fault("terms.price.amount", "positive", str(move.terms.price.amount), "a contract states its amount")
    return None


def _is_confirmed(_offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    """A confirmation is given once to each version, and only what was given is taken back."""
    if deal is None or (deal.stage, move.move) not in NEXT:
        return None
    confirmed = {Side.OWNER: deal.owner_confirmed, Side.ENTERPRISE: deal.enterprise_confirmed}
    mine = [confirmed[side] for side in sides(move)]
    shown = f"version {deal.terms_version}"
    if move.move is Move.RETRACT and not any(mine):
        return Fault("move", "confirmation", shown, f"{move.institution_id} stands by no terms: nothing to take back")
    if move.move is Move.AGREE and move.terms == deal.terms and all(mine):
        repair = f"{move.institution_id} stands by {shown} already: it is for the other side to agree"
        return Fault("move", "confirmation", shown, repair)
    return None


def _is_as_agreed(_offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    agreed = None if deal is None or deal.stage is not Stage.TERMS_AGREED else deal.terms
    if agreed is None or move.terms is None or agreed == move.terms:
        return None
    repair = f"contract the terms that were agreed: {_shown(agreed)}; or offer others, or end this deal"
    return Fault("terms", "agreed", _shown(move.terms), repair)


def _is_free(offered: Offered, _deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    if offered.taken_for is not None and move.move is not Move.END and offered.is_taken_from(move.demand_ref):
        return taken(move)
    if move.move is not Move.CONTRACT or move.terms is None or move.terms.mode not in EXCLUSIVE:
        return None
    others = sum(deal.stage in CONTRACTED for ref, deal in offered.deals.items() if ref != move.demand_ref)
    if not others:
        return None
    repair = f"{others} other contract(s) hold on it, so nobody can have it alone: offer another mode, or end this deal"
    return Fault("terms.mode", "exclusivity", move.terms.mode, repair)


def _shown(terms: Terms) -> str:
    further = (
        f"in {', '.join(terms.territories)}" if terms.territories else "",
        f"for {terms.period_months} months" if terms.period_months is not None else "",
        f"{len(terms.milestones)} milestone(s)" if terms.milestones else "",
        f"{terms.royalty_percent} % royalty" if terms.royalty_percent is not None else "",
    )
    price = f"{terms.mode} for {terms.price.amount} {terms.price.currency}"
    return "; ".join(chain([price], filter(None, further)))


Guard = Callable[[Offered, DealAdvanced | None, NegotiationUpdated], Fault | None]
#: In the order in which faults are told, with the moves that each has something to say of.
_GUARDS: tuple[tuple[Guard, frozenset[Move]], ...] = (
    (_is_in_table, frozenset(Move)),
    (_is_its_own, frozenset(Move)),
    (_is_offered, frozenset(Move)),
    (_has_amount, NEEDS_TERMS),
    (_is_confirmed, frozenset({Move.AGREE, Move.RETRACT})),
    (_is_as_agreed, frozenset({Move.CONTRACT})),
    (_is_free, frozenset(Move)),
    (appointments.is_appointed, frozenset({Move.CONTACT, Move.START_TALKS})),
    (appointments.is_of_use, frozenset({Move.APPOINT, Move.DISMISS})),
    (contracts.is_there, NEEDS_CONTRACT | {Move.PAY}),
    (contracts.is_of_its_kind, NEEDS_CONTRACT),
    (contracts.is_for_its_price, NEEDS_CONTRACT),
    (contracts.is_payable, frozenset({Move.PAY})),
    (contracts.is_covered, frozenset({Move.AMEND, Move.PAY})),
    (contracts.is_as_contracted, frozenset({Move.PAY})),
    (contracts.is_as_registered, frozenset({Move.CERTIFY})),
)
#: Looked up once: most moves concern few guards, and every move asks.
_GUARDS_OF: Mapping[Move, tuple[Guard, ...]] = {
    move: tuple(guard for guard, moves in _GUARDS if move in moves) for move in Move
}
