"""A deals lane under a simulated clock: moves arrive, time goes on, workers die; all of a year in seconds."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from schemas import codec, topics
from schemas.records import ClockAction, ClockFired, Record
from streams.clock_laws import ClockLaws, Difference
from streams.deals import DealsShard
from streams.domain.clocks import TABLES, Clocks
from streams.domain.working_days import WorkingDays, published
from streams.lane import Input, Output
from tests.unit.streams.making import achievement, entered, tick

#: What ships, in force since ever, so that real calendars can be played.
TABLE = (replace(TABLES[0], since=date(2004, 1, 1)),)


def published_by_2026(day: date) -> bool | None:
    """What was known of working days in November 2026, whatever has been published since."""
    return published(day) if day.year <= 2026 else None


#: Looked up once for all tests.
CALENDAR = WorkingDays(published_by_2026)
_OWN = (topics.DEALS.name, topics.HELD_MOVES.name, topics.DEAL_CLOCKS.name)
Struck = tuple[str, int, ClockAction, datetime]


class SimulatedLane:
    """One partition of the lane, with all it has read and told."""

    def __init__(self, began: datetime, calendar: WorkingDays = CALENDAR) -> None:
        #: Of the next worker, too.
        self.calendar, self.tables = calendar, list(TABLE)
        self._shard = self._fresh()
        self._last_tick: Input | None = None
        self.now = began
        self.read: list[Input] = []
        self.told: list[Input] = []

    def _fresh(self) -> DealsShard:
        return DealsShard("0", Clocks(self.calendar, self.tables))

    def hears(self, *records: Record, arrived: datetime | None = None) -> list[Record]:
        """What the lane tells of records that arrive now, or arrived before, in one transaction."""
        at = int((arrived or self.now).timestamp() * 1000)
        said = [
            entered(one, topics.NEGOTIATIONS.name)._replace(timestamp=at, offset=len(self.read) + number)
            for number, one in enumerate(records)
        ]
        self.read += said
        return self._turn(said)

    def ticks(self, now: datetime | None = None) -> list[Record]:
        """What the lane tells when the clock says ``now``."""
        self.now = max(self.now, now or self.now)
        at = int(self.now.timestamp() * 1000)
        self._last_tick = entered(tick(self.now), topics.CLOCK.name)._replace(timestamp=at)
        return self._turn([self._last_tick])

    def hears_with_a_tick(self, *records: Record, arrived: datetime) -> list[Record]:
        """The same in one transaction with a tick, read first."""
        at = int(arrived.timestamp() * 1000)
        said = [entered(one, topics.NEGOTIATIONS.name)._replace(timestamp=at, offset=len(self.read)) for one in records]
        self.read += said
        self._last_tick = entered(tick(self.now), topics.CLOCK.name)
        return self._turn([self._last_tick, *said])

    def dies(self, order: random.Random) -> None:
        """Another worker reads the state back: each topic in its order, topics mixed anyhow."""
        last = [] if self._last_tick is None else [self._last_tick]
        own = [[one for one in self.told if one.topic == name] for name in _OWN]
        queues: list[list[Input]] = [list(self.read), last, *own]
        self._shard = self._fresh()
        while any(queues):
            self._shard.load(order.choice([queue for queue in queues if queue]).pop(0))
        self._shard.restored()

    def fired(self) -> list[ClockFired]:
        """All that struck, in order."""
        return [one for one in self._records(topics.DEAL_CLOCKS.name) if isinstance(one, ClockFired)]

    def struck(self) -> list[Struck]:
        """The same without when and where it was noticed; sorted."""
        return sorted((str(one.deal_id), one.sequence, one.action, one.due_at) for one in self.fired())

    def deals(self) -> list[Record]:
        """Every advance, in order."""
        return [*self._records(topics.DEALS.name)]

    def broken(self) -> list[Difference]:
        """Laws of clocks that are broken, by what was told."""
        laws = ClockLaws(self.tables, published_by_2026)
        for one in self.told:
            laws.take(codec.decode(one.value), datetime.fromtimestamp(one.timestamp / 1000, UTC))
        last = self.now if self._last_tick is None else codec.decode(self._last_tick.value).now  # type: ignore[union-attr]
        return [*laws.at_the_end(last)]

    def _records(self, topic: str) -> Iterator[Record]:
        return (codec.decode(one.value) for one in self.told if one.topic == topic)

    def _turn(self, records: Sequence[Input]) -> list[Record]:
        outputs = [*(output for record in records for output in self._shard.decide(record)), *self._shard.settle()]
        self.told += _as_inputs(outputs, len(self.told))
        return [codec.decode(one.value) for one in outputs]


def _as_inputs(outputs: Iterable[Output], first: int) -> list[Input]:
    return [
        Input(one.topic, 0, number, one.timestamp, one.key, one.value, one.headers)
        for number, one in enumerate(outputs, first)
    ]


def opened(began: datetime, *names: str) -> SimulatedLane:
    """A lane that knows achievements of these names, A1 unless given."""
    lane = SimulatedLane(began)
    lane.hears(*(achievement(name) for name in names or ("A1",)))
    return lane


def in_china(day: str, hours: float = 10) -> datetime:
    """So many hours into a day in China."""
    return datetime.fromisoformat(f"{day}T00:00:00+08:00") + timedelta(hours=hours)
