"""The pipeline by week and by month: what happened to deals in a window, from their advances in whatever order.

    entered   deals that came into a stage in the window, and what they are worth by their terms as they stood at its
              end, by currency
    left      stays in a stage that ended in the window, and how long they lasted (median, ninth decile)
    won       deals that were contracted in the window
    lost      deals that ended in it, by the stage they ended from and the cause; of a deal the last end counts

Windows are weeks from Monday to Sunday (ISO 8601) and months, of days in China. A move belongs to the window in which
it was made, whenever it is told: what comes late corrects windows that were told before.
"""

from __future__ import annotations

import bisect
import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from schemas.days import CHINA, day_in_china
from schemas.records import (
    CurrencyAmount,
    DealAdvanced,
    EndCause,
    LossCount,
    Money,
    PipelineDimension,
    PipelinePeriod,
    Stage,
    StageFlow,
)
from streams.domain.funnel import quantile

_PERIODS = (PipelinePeriod.WEEK, PipelinePeriod.MONTH)
_STAGES = {stage: place for place, stage in enumerate(Stage)}
_CAUSES = {cause: place for place, cause in enumerate(EndCause)}
_PLACE = attrgetter("place")


class Window(NamedTuple):
    """A week or a month."""

    period: PipelinePeriod
    #: In China.
    begins_on: date

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Its first moment, and the first one after it (UTC)."""
        first = self.begins_on
        if self.period is PipelinePeriod.WEEK:
            after = first + timedelta(days=7)
        else:
            after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return _midnight(first), _midnight(after)


class Group(NamedTuple):
    """What deals have in common."""

    dimension: PipelineDimension
    value: str


class Flow(NamedTuple):
    """What happened to the deals of one group in one window."""

    won: int = 0
    lost: tuple[LossCount, ...] = ()
    stages: tuple[StageFlow, ...] = ()


class Told(NamedTuple):
    """What of one advance counts."""

    #: In the order of the deal's advances: what the market ends carries the number of the last move of a party, and
    #: comes after it.
    place: int
    stage: Stage
    at: datetime
    price: Money | None
    cause: EndCause | None


class Course:
    """One deal as its advances tell it, in whatever order and however often they are heard."""

    def __init__(self, deal: DealAdvanced) -> None:
        #: As it was told by its last move.
        self.last = deal
        #: In the order of the moves.
        self.told: list[Told] = [_told(deal)]

    def take(self, deal: DealAdvanced) -> bool:
        """Note one more advance; whether it says anything new."""
        told = _told(deal)
        at = bisect.bisect_left(self.told, told.place, key=_PLACE)
        if at < len(self.told) and self.told[at].place == told.place:
            if self.told[at] == told:
                return False
            del self.told[at]
        self.told.insert(at, told)
        if at == len(self.told) - 1:
            self.last = deal
        return True

    @property
    def begun_at(self) -> datetime:
        """When the first move was made."""
        return self.told[0].at

    def entered(self) -> Iterator[tuple[Told | None, Told]]:
        """Every advance that brought it into another stage, after the one that had brought it into the stage before."""
        before: Told | None = None
        for told in self.told:
            if before is None or before.stage is not told.stage:
                yield before, told
                before = told

    def windows(self) -> frozenset[Window]:
        """Where it entered or left a stage: each leaving is an entering."""
        return frozenset(window for _, told in self.entered() for window in windows_of(told.at))

    def price_before(self, moment: datetime) -> Money | None:
        """Of the terms that stood then, by the moves that were made before it."""
        return next((told.price for told in reversed(self.told) if told.at < moment), None)


def windows_of(moment: datetime) -> tuple[Window, ...]:
    """The week and the month that a moment is part of; none outside the years that calendars have."""
    day = day_in_china(moment)
    return () if day is None else _windows_of(day)


# A deal holds its windows: those of one day are the same for all deals.
@functools.lru_cache(maxsize=16_384)
def _windows_of(day: date) -> tuple[Window, ...]:
    return tuple(window_of(period, day) for period in _PERIODS)


def window_of(period: PipelinePeriod, day: date) -> Window:
    """The window that a day in China is part of."""
    first = day - timedelta(days=day.weekday()) if period is PipelinePeriod.WEEK else day.replace(day=1)
    return Window(period, first)


def flows(
    window: Window, courses: Iterable[Course], groups_of: Callable[[Course], Collection[Group]]
) -> Mapping[Group, Flow]:
    """What happened in ``window`` to the deals of each group; a deal of several groups counts in each."""
    tallies: defaultdict[Group, _Tally] = defaultdict(_Tally)
    bounds = window.bounds
    for course in courses:
        groups = groups_of(course)
        happened = _happened(course, bounds) if groups else None
        if happened is not None and happened.entered:
            for group in groups:
                tallies[group].add(happened)
    return {group: tally.flow() for group, tally in tallies.items()}


@dataclass(slots=True)
class _Happened:
    """What happened to one deal in one window."""

    entered: list[Stage] = field(default_factory=list)
    lasted: list[tuple[Stage, timedelta]] = field(default_factory=list)
    end: tuple[Stage, EndCause] | None = None
    worth: Money | None = None


def _happened(course: Course, bounds: tuple[datetime, datetime]) -> _Happened:
    first, after = bounds
    found = _Happened()
    for before, told in course.entered():
        if first <= told.at < after:
            if told.stage not in found.entered:
                found.entered.append(told.stage)
            if told.stage is Stage.ENDED:
                found.end = Stage.MATCHED if before is None else before.stage, told.cause or EndCause.UNKNOWN
            if before is not None:
                # A move that was told late may make a stay shorter than none.
                found.lasted.append((before.stage, max(told.at - before.at, timedelta(0))))
    if found.entered:
        found.worth = course.price_before(after)
    return found


@dataclass(slots=True)
class _Tally:
    entered: Counter[Stage] = field(default_factory=Counter)
    amounts: defaultdict[tuple[Stage, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    lasted: defaultdict[Stage, list[timedelta]] = field(default_factory=lambda: defaultdict(list))
    lost: Counter[tuple[Stage, EndCause]] = field(default_factory=Counter)

    def add(self, happened: _Happened) -> None:
        self.entered.update(happened.entered)
        if happened.worth is not None:
            for stage in happened.entered:
                self.amounts[stage, happened.worth.currency] += happened.worth.amount
        for stage, lasted in happened.lasted:
            self.lasted[stage].append(lasted)
        if happened.end is not None:
            self.lost[happened.end] += 1

    def flow(self) -> Flow:
        lost = sorted(self.lost.items(), key=lambda one: (_STAGES[one[0][0]], _CAUSES[one[0][1]]))
        stages = sorted(self.entered.keys() | self.lasted.keys(), key=lambda stage: _STAGES[stage])
        return Flow(
            won=self.entered[Stage.CONTRACTED],
            lost=tuple(LossCount(*why, deals) for why, deals in lost),
            stages=tuple(self._stage(stage) for stage in stages),
        )

    def _stage(self, stage: Stage) -> StageFlow:
        lasted = sorted(self.lasted.get(stage, ()))
        amounts = sorted((currency, amount) for (of, currency), amount in self.amounts.items() if of is stage)
        return StageFlow(
            stage=stage,
            entered=self.entered[stage],
            amounts=tuple(CurrencyAmount(*each) for each in amounts),
            left=len(lasted),
            seconds_p50=_seconds(quantile(lasted, 0.5)),
            seconds_p90=_seconds(quantile(lasted, 0.9)),
        )


def _told(deal: DealAdvanced) -> Told:
    price = None if deal.terms is None else deal.terms.price
    return Told(2 * deal.sequence + (not deal.by), deal.stage, deal.moved_at, price, deal.end_cause)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA).astimezone(UTC)


def _seconds(lasted: timedelta | None) -> float | None:
    return None if lasted is None else lasted.total_seconds()
