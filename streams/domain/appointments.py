"""Brokers of the two sides in a deal: appointed by each for itself, one at a time, until the deal ends."""

from __future__ import annotations

from schemas.records import DealAdvanced, DealRole, Fault, Move, NegotiationUpdated
from streams.domain.stages import NEXT, Offered, Side, sides, stage_of

#: The broker of the owner, and that of the enterprise.
Brokers = tuple[str | None, str | None]
#: Moves after which others may be appointed, and those after which nobody is.
APPOINTS, ENDS = frozenset({Move.APPOINT, Move.DISMISS}), frozenset({Move.END, Move.RESCIND})


def brokers(deal: DealAdvanced | None, move: NegotiationUpdated) -> Brokers:
    """Who is appointed after ``move``."""
    if deal is None and move.move not in APPOINTS:
        return None, None
    owner, enterprise = (None, None) if deal is None else (deal.owner_broker, deal.enterprise_broker)
    if move.move in APPOINTS:
        mine, named = sides(move), move.broker if move.move is Move.APPOINT else None
        return named if Side.OWNER in mine else owner, named if Side.ENTERPRISE in mine else enterprise
    # Nobody acts for a side in a deal that has ended; whoever takes it up again appoints anew.
    return (None, None) if move.move in ENDS else (owner, enterprise)


def is_appointed(_offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    """A broker that is neither side moves a deal while a side has appointed it."""
    by = move.institution_id
    if move.role is not DealRole.BROKER or sides(move):
        return None
    if deal is not None and by in {deal.owner_broker, deal.enterprise_broker}:
        return None
    repair = f"no party has appointed {by} in this deal: let one of them make the move APPOINT first"
    return Fault("institution_id", "appointment", by, repair)


def is_of_use(_offered: Offered, deal: DealAdvanced | None, move: NegotiationUpdated) -> Fault | None:
    """An appointment names somebody else, and a dismissal takes somebody's part in the deal away."""
    if (stage_of(deal), move.move) not in NEXT:
        return None
    mine = [broker for side, broker in _appointed(deal).items() if side in sides(move)]
    if move.move is Move.DISMISS:
        if any(mine):
            return None
        repair = f"{move.institution_id} has appointed nobody in this deal: there is nobody to dismiss"
        return Fault("move", "appointment", move.institution_id, repair)
    broker = move.broker
    if broker is None:
        return Fault("broker", "present", "", "APPOINT names the broker")
    if broker in {move.achievement_institution_id, move.demand_institution_id}:
        repair = "a party of the deal needs no appointment, and is no broker between the two: name another institution"
        return Fault("broker", "appointment", broker, repair)
    if mine and all(each == broker for each in mine):
        repair = f"{broker} is appointed already: there is nothing to change"
        return Fault("broker", "appointment", broker, repair)
    return None


def _appointed(deal: DealAdvanced | None) -> dict[Side, str | None]:
    if deal is None:
        return {}
    return {Side.OWNER: deal.owner_broker, Side.ENTERPRISE: deal.enterprise_broker}
