"""Deals: one negotiation between an achievement's owner and an enterprise, moved by both.

    negotiations ──▶ deals ──▶ deals       every advance, with the deal's whole state
                       │  └──▶ refusals    moves against the table or a guard, with all reasons
                    [Offered]              rebuilt from deals, and from what negotiations say of achievements

Keyed by achievement: competing deals of one achievement meet on one partition, in one order with the achievement's own
versions and withdrawals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import AchievementRegistered, AchievementWithdrawn, DealAdvanced, NegotiationUpdated
from streams.domain.deals import Offered, advance, take
from streams.lane import Input, LanePlan, Output, Source, Until, by_partition

_MOVES = codec.prefix(NegotiationUpdated.__name__)


class DealsShard:
    """The achievements of one partition with their deals."""

    def __init__(self) -> None:
        self._offered: defaultdict[str, Offered] = defaultdict(Offered)

    def load(self, record: Input) -> None:
        """Take in a deal as it stood, or what became of an achievement."""
        if record.topic == topics.NEGOTIATIONS.name and (record.value or b"").startswith(_MOVES):
            # What came of a move stands in deals.
            return
        self._apply(record)

    def restored(self) -> None:
        """Nothing is derived from the deals."""

    def settle(self) -> Iterable[Output]:
        """Every move is answered at once."""
        return ()

    def decide(self, record: Input) -> Iterable[Output]:
        """The deal after a move, or why it was refused; nothing for an achievement's own events."""
        move = self._apply(record)
        if move is None:
            return []
        offered = self._offered[move.achievement_ref]
        outcome = advance(offered, move)
        if isinstance(outcome, DealAdvanced):
            take(offered, outcome)
            return [Output(topics.DEALS.name, record.key, codec.encode(outcome), record.timestamp)]
        return [Output(topics.REFUSALS.name, record.key, codec.encode(outcome), record.timestamp)]

    def _apply(self, record: Input) -> NegotiationUpdated | None:
        fact = codec.decode(record.value)
        match fact:
            case NegotiationUpdated():
                return fact
            case AchievementRegistered():
                offered = self._offered[fact.ref]
                offered.is_registered, offered.is_withdrawn = True, False
            case AchievementWithdrawn():
                self._offered[fact.ref].is_withdrawn = True
            case DealAdvanced():
                take(self._offered[fact.achievement_ref], fact)
            case _:
                raise Unreadable("value", f"{type(fact).__name__} is no fact for deals")
        return None


def plan() -> LanePlan:
    """The deals lane."""
    return LanePlan(
        name="deals",
        inputs=(topics.NEGOTIATIONS.name,),
        shard_of=by_partition,
        sources=lambda key: [
            Source(topics.NEGOTIATIONS.name, int(key), Until.COMMITTED),
            Source(topics.DEALS.name, int(key), Until.END),
        ],
        shard=lambda _key: DealsShard(),
        # It hears every registration, and nobody waits for it within a blink: few transactions, so that the broker
        # has time for matches.
        linger=0.15,
    )
