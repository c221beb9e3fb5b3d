"""Deals: one negotiation between an achievement's owner and an enterprise, moved by both.

    negotiations ──▶ deals ──▶ deals        every advance, with the deal's whole state
    clock ────────────▶│  ├──▶ held-moves   moves that came before their turn, and when they wait no longer
                       │  ├──▶ refusals     moves against the table or a guard, with all reasons
                       │  ├──▶ ledger       what payments give to whom, and what is taken back with a contract
                       │  └──▶ deal-clocks  what is due because nobody moved, each once
              [Offered, Clocks]             rebuilt from these but refusals and the ledger, and from what
                                            negotiations say of achievements

Keyed by achievement: competing deals of one achievement meet on one partition, in one order with the achievement's own
versions and withdrawals.

Whatever arrives says that it is now at least as late as it arrived: what was due by then strikes before it counts. So
it makes no difference how often the clock ticks. A tick lets strike what is due where nothing arrives.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from prometheus_client import Counter

from infra import metrics
from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    ClockAction,
    ClockFired,
    ClockTicked,
    DealAdvanced,
    LedgerPosted,
    MoveHeld,
    MoveRefused,
    MoveReleased,
    NegotiationUpdated,
    Record,
)
from streams.domain.clocks import Clocks, Key
from streams.domain.deals import Offered, take
from streams.domain.strikes import consequences, fired
from streams.domain.turns import Told, follow, hold, release, waited
from streams.domain.working_days import WorkingDays, end_of
from streams.lane import Input, LanePlan, Output, Source, Until, by_partition
from streams.packed_deals import PackedDeals, Telling
from streams.ticks import Ticks

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
    """The achievements of one partition with their deals and the clocks over them."""

    def __init__(self, partition: str = "0", clocks: Clocks | None = None) -> None:
        self._telling = Telling()
        self._offered = defaultdict[str, Offered](lambda: Offered(deals=PackedDeals(self._telling)))
        self._clocks = clocks or Clocks()
        self._waiting = metrics.MOVES_WAITING.labels(partition)
        self._next_due = metrics.CLOCKS_NEXT_DUE.labels(partition)
        self._held = 0
        #: What came of moves since it was last shown.
        self._results = defaultdict[str, int](int)
        #: Up to before which offset moves are decided.
        self._position = 0
        self._ticks = Ticks()

    def load(self, record: Input) -> None:
        """Take in a deal as it stood, what became of an achievement, or what struck."""
        if record.topic == topics.NEGOTIATIONS.name:
            self._position = record.offset + 1
            if (record.value or b"").startswith(_MOVES):
                # What came of a move stands in deals.
                return
        self._apply(record)

    def restored(self) -> None:
        """How many moves wait is told again."""
        self._clocks.restored()
        self._held = sum(len(moves) for one in self._offered.values() for moves in one.waiting.values())
        self._show()

    def settle(self) -> Iterable[Output]:
        """What a tick lets strike, once the moves that came with it are decided."""
        tick = self._ticks.counts()
        outputs = [] if tick is None else [*self._struck(*tick)]
        self._show()
        return outputs

    def decide(self, record: Input) -> Iterable[Output]:
        """What follows from a move: advances, refusals, or that it waits; before it, what was due when it arrived."""
        if record.topic != topics.NEGOTIATIONS.name:
            self._apply(record)
            return ()
        outputs = [*self._struck(record.timestamp, record.timestamp)]
        self._ticks.arrived(record.timestamp)
        self._position = record.offset + 1
        move = self._apply(record)
        if move is None:
            return outputs
        offered = self._offered[move.achievement_ref]
        before = len(outputs)
        outputs += [self._told(told, record.timestamp) for told in follow(offered, move)]
        if len(outputs) == before:
            self._results["absorbed"] += 1
        if offered.is_unknown:
            # Names that nobody registered may be made up in any number.
            del self._offered[move.achievement_ref]
        return outputs

    def _struck(self, now: int, at: int) -> Iterator[Output]:
        """All that is due by ``now``, with what follows, told at ``at``; in milliseconds since 1970 (UTC)."""
        for strike in self._clocks.due(now):
            offered = self._offered[strike.key.achievement_ref]
            one = fired(offered, strike, datetime.fromtimestamp(now / 1000, UTC), self._position)
            yield Output(topics.DEAL_CLOCKS.name, one.achievement_ref.encode(), codec.encode(one), at)
            metrics.CLOCKS_FIRED.labels(one.action.value).inc()
            for told in consequences(offered, one):
                yield self._told(told, at)

    def _told(self, told: Told, at: int) -> Output:
        if not isinstance(told, LedgerPosted):
            self._results[_RESULT[type(told)]] += 1
        match told:
            case DealAdvanced():
                self._clocks.enter(told, at)
            case MoveHeld():
                self._clocks.wait(told, at)
                self._held += 1
            case MoveReleased():
                self._clocks.stop(told)
                self._held -= 1
        value = self._telling.written(told) if isinstance(told, DealAdvanced) else codec.encode(told)
        return Output(_TOPIC[type(told)], told.achievement_ref.encode(), value, at)

    def _show(self) -> None:
        for result, count in self._results.items():
            _counter(result).inc(count)
        self._results.clear()
        self._waiting.set(self._held)
        day = self._clocks.next_day
        self._next_due.set(float("inf") if day is None else end_of(day).timestamp())

    def _apply(self, record: Input) -> NegotiationUpdated | None:
        fact = codec.decode(record.value)
        match fact:
            case NegotiationUpdated():
                return fact
            case ClockTicked():
                self._ticks.said(fact, record.timestamp)
            case AchievementRegistered():
                offered = self._offered[fact.ref]
                offered.is_registered, offered.is_withdrawn = True, False
            case AchievementWithdrawn():
                self._offered[fact.ref].is_withdrawn = True
            case _:
                self._remember(fact, record.timestamp)
        return None

    def _remember(self, told: Record, at: int) -> None:
        """Take in what was told before, at ``at``."""
        match told:
            case DealAdvanced():
                take(self._offered[told.achievement_ref], told)
                self._clocks.enter(told, at)
            case MoveHeld():
                hold(self._offered[told.achievement_ref], waited(told))
                self._clocks.wait(told, at)
            case MoveReleased():
                release(self._offered[told.achievement_ref], told.demand_ref, told.sequence)
                self._clocks.stop(told)
            case ClockFired(action=ClockAction.GIVE_UP):
                # That the move waits no longer is told beside.
                pass
            case ClockFired():
                self._clocks.struck(Key(told.achievement_ref, told.demand_ref), told.sequence, told.action)
            case _:
                raise Unreadable("value", f"{type(told).__name__} is no fact for deals")


@functools.cache
def _counter(result: str) -> Counter:
    return metrics.MOVES.labels(result)


def plan() -> LanePlan:
    """The deals lane."""
    calendar = WorkingDays()
    return LanePlan(
        name="deals",
        inputs=(topics.NEGOTIATIONS.name, topics.CLOCK.name),
        shard_of=by_partition,
        sources=lambda key: [
            Source(topics.NEGOTIATIONS.name, int(key), Until.COMMITTED),
            Source(topics.DEALS.name, int(key), Until.END),
            Source(topics.HELD_MOVES.name, int(key), Until.END),
            Source(topics.DEAL_CLOCKS.name, int(key), Until.END),
            # Of the clock only the last tick counts.
            Source(topics.CLOCK.name, int(key), Until.COMMITTED, last=1),
        ],
        shard=lambda key: DealsShard(key, Clocks(calendar)),
        passing=frozenset({topics.CLOCK.name}),
        # It hears every registration, and nobody waits for it within a blink: few transactions, so that the broker
        # has time for matches.
        linger=0.15,
        # Of each transaction the broker asks some waiting, whatever is in it.
        batch=3000,
    )
