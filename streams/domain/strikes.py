"""What follows when a clock strikes: it is told, and the market ends a deal or gives up a move that waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from schemas.records import ClockAction, ClockFired, DealAdvanced, Turn, deal_id
from streams.domain.clocks import Strike, turn
from streams.domain.deals import ended_by_clock, take
from streams.domain.stages import Offered, stage_of
from streams.domain.turns import Told, give_up
from streams.domain.working_days import end_of


def fired(offered: Offered, strike: Strike, now: datetime, position: int) -> ClockFired:
    """What is told of a clock that strikes ``now``, when the register of moves was decided up to ``position``."""
    deal, key = offered.deals.get(strike.key.demand_ref), strike.key
    some = deal if deal is not None else offered.waiting[key.demand_ref][strike.number]
    return ClockFired(
        deal_id=deal_id(key.achievement_ref, key.demand_ref) if deal is None else deal.deal_id,
        achievement_institution_id=some.achievement_institution_id,
        achievement_id=some.achievement_id,
        demand_institution_id=some.demand_institution_id,
        demand_id=some.demand_id,
        stage=stage_of(deal),
        sequence=strike.number,
        action=strike.due.action,
        turn=Turn.EITHER if key.held or deal is None else turn(deal),
        begun_on=date.fromordinal(strike.begun),
        working_days=strike.due.working_days,
        due_at=end_of(strike.due.day),
        fired_at=now,
        is_calendar_published=strike.due.is_published,
        negotiations_position=position,
    )


def consequences(offered: Offered, struck: ClockFired) -> Iterator[Told]:
    """What becomes of the deal, or of the move that waits; ``offered`` is brought up to date.

    Nothing of a deal that has left the stay in which the clock struck.
    """
    deal = offered.deals.get(struck.demand_ref)
    if struck.action is ClockAction.CLOSE and deal is not None and _is_of(struck, deal):
        yield _closed(offered, deal, struck)
    elif struck.action is ClockAction.GIVE_UP:
        yield from give_up(offered, struck.demand_ref, struck.sequence, struck.working_days)


def _is_of(struck: ClockFired, deal: DealAdvanced) -> bool:
    return (deal.sequence, deal.stage) == (struck.sequence, struck.stage)


def _closed(offered: Offered, deal: DealAdvanced, struck: ClockFired) -> DealAdvanced:
    ended = ended_by_clock(deal, struck.working_days, struck.due_at)
    take(offered, ended)
    return ended
