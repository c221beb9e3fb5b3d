"""Deals: one negotiation between an achievement's owner and an enterprise, moved by both.

    negotiations ──▶ deals ──▶ deals       every advance, with the deal's whole state
                       │  ├──▶ held-moves  moves that came before their turn, and when they wait no longer
                       │  ├──▶ refusals    moves against the table or a guard, with all reasons
                       │  └──▶ ledger      what payments give to whom, and what is taken back when a contract changes
                    [Offered]              rebuilt from deals and held-moves, and from what negotiations say of
                                           achievements

Keyed by achievement: competing deals of one achievement meet on one partition, in one order with the achievement's own
versions and withdrawals.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping

from prometheus_client import Counter

from infra import metrics
from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    DealAdvanced,
    LedgerPosted,
    MoveHeld,
    MoveRefused,
    MoveReleased,
    NegotiationUpdated,
)
from streams.domain.deals import Offered, take
from streams.domain.turns import Told, follow, hold, release, waited
from streams.lane import Input, LanePlan, Output, Source, Until, by_partition

_MOVES = codec.prefix(NegotiationUpdated.__name__)
_TOPIC: Mapping[type[Told], str] = {
    DealAdvanced: topics.DEALS.name,
    MoveHeld: topics.HELD_MOVES.name,
    MoveReleased: topics.HELD_MOVES.name,
    MoveRefused: topics.REFUSALS.name,
    LedgerPosted: topics.LEDGER.name,
}
_RESULT: Mapping[type[Told], str] = {
    DealAdvanced: "advanced", MoveHeld: "held", MoveReleased: "released", MoveRefused: "refused",
}  # fmt: skip


class DealsShard:
    """The achievements of one partition with their deals."""

    def __init__(self, partition: str = "0") -> None:
        self._offered: defaultdict[str, Offered] = defaultdict(Offered)
        self._waiting = metrics.MOVES_WAITING.labels(partition)
        self._held = 0

    def load(self, record: Input) -> None:
        """Take in a deal as it stood, or what became of an achievement."""
        if record.topic == topics.NEGOTIATIONS.name and (record.value or b"").startswith(_MOVES):
            # What came of a move stands in deals.
            return
        self._apply(record)

    def restored(self) -> None:
        """How many moves wait is told again."""
        self._held = sum(len(moves) for one in self._offered.values() for moves in one.waiting.values())
        self._waiting.set(self._held)

    def settle(self) -> Iterable[Output]:
        """Every move is answered, or waits, at once."""
        self._waiting.set(self._held)
        return ()

    def decide(self, record: Input) -> Iterable[Output]:
        """What follows from a move: advances, refusals, or that it waits; nothing for an achievement's own events."""
        move = self._apply(record)
        if move is None:
            return []
        outputs = []
        offered = self._offered[move.achievement_ref]
        for told in follow(offered, move):
            outputs.append(Output(_TOPIC[type(told)], record.key, codec.encode(told), record.timestamp))
            self._held += isinstance(told, MoveHeld) - isinstance(told, MoveReleased)
            if not isinstance(told, LedgerPosted):
                _counter(_RESULT[type(told)]).inc()
        if not outputs:
            _counter("absorbed").inc()
        if offered.is_unknown:
            # Names that nobody registered may be made up in any number.
            del self._offered[move.achievement_ref]
        return outputs

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
            case MoveHeld():
                hold(self._offered[fact.achievement_ref], waited(fact))
            case MoveReleased():
                release(self._offered[fact.achievement_ref], fact.demand_ref, fact.sequence)
            case _:
                raise Unreadable("value", f"{type(fact).__name__} is no fact for deals")
        return None


@functools.cache
def _counter(result: str) -> Counter:
    return metrics.MOVES.labels(result)


def plan() -> LanePlan:
    """The deals lane."""
    return LanePlan(
        name="deals",
        inputs=(topics.NEGOTIATIONS.name,),
        shard_of=by_partition,
        sources=lambda key: [
            Source(topics.NEGOTIATIONS.name, int(key), Until.COMMITTED),
            Source(topics.DEALS.name, int(key), Until.END),
            Source(topics.HELD_MOVES.name, int(key), Until.END),
        ],
        shard=DealsShard,
        # It hears every registration, and nobody waits for it within a blink: few transactions, so that the broker
        # has time for matches.
        linger=0.15,
    )
