"""What happened to deals in each week and month, group by group: sheets that add up, whoever counted which deals.

Each deal is gone through once in the order of the log; days are counted by the calendar of the standard library. Of the
view that tells windows nothing is used.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from schemas.days import CHINA
from schemas.records import (
    CurrencyAmount,
    DealAdvanced,
    EndCause,
    LossCount,
    Money,
    PipelineDimension,
    PipelinePeriod,
    PipelineWindowMeasured,
    Stage,
    StageFlow,
)
from streams.domain.cohorts import Cohorts

#: Period, first day, dimension and value.
Key = tuple[PipelinePeriod, date, PipelineDimension, str]
_WHY = [(stage, cause) for stage in Stage for cause in EndCause]
_DIMENSIONS = [one for one in PipelineDimension if one is not PipelineDimension.UNKNOWN]


class _Step(NamedTuple):
    """What of one advance counts."""

    stage: Stage
    at: datetime
    price: Money | None
    cause: EndCause | None


class _Window(NamedTuple):
    """A week or a month: its first day in China, and the first moment that comes after it."""

    period: PipelinePeriod
    first: date
    after: datetime


class Lines:
    """All that was told of each deal, in the order of the log, as far as windows count it."""

    def __init__(self) -> None:
        self._steps: defaultdict[int, list[_Step]] = defaultdict(list)
        self._last: dict[int, DealAdvanced] = {}

    def take(self, deal: DealAdvanced) -> None:
        """One more advance."""
        number = deal.deal_id.int
        price = None if deal.terms is None else deal.terms.price
        self._steps[number].append(_Step(deal.stage, deal.moved_at, price, deal.end_cause))
        self._last[number] = deal

    def sheets(self, cohorts: Cohorts) -> Sheets:
        """What happened to these deals, in each window and group."""
        calendar = _Calendar()
        # Deals that are alike in all dimensions first: of many groups each is then added up once.
        alike: defaultdict[_Values, defaultdict[_Window, Sheet]] = defaultdict(lambda: defaultdict(Sheet))
        for number, line in self._steps.items():
            deal = self._last[number]
            values = tuple(tuple(cohorts.values(one, deal, line[0].at)) for one in _DIMENSIONS)
            for window, happened in _happened(line, calendar).items():
                alike[values][window].take(happened, line, window.after)
        found: Sheets = {}
        for values, windows in alike.items():
            for window, sheet in windows.items():
                for key in _keys(window, values):
                    found.setdefault(key, Sheet()).add(sheet)
        return found


@dataclass(slots=True)
class _Happened:
    """What happened to one deal in one window; it may enter a stage several times, and counts there once."""

    entered: dict[Stage, None] = field(default_factory=dict)
    lasted: list[tuple[Stage, float]] = field(default_factory=list)
    end: tuple[Stage, EndCause] | None = None


@dataclass(slots=True)
class Sheet:
    """What happened in one window to one group."""

    entered: Counter[Stage] = field(default_factory=Counter)
    worth: defaultdict[tuple[Stage, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    lasted: dict[Stage, array[float]] = field(default_factory=dict)
    ended: Counter[tuple[Stage, EndCause]] = field(default_factory=Counter)

    def take(self, happened: _Happened, line: Sequence[_Step], after: datetime) -> None:
        """One deal of which ``line`` tells, in the window that ends before ``after``."""
        price = next(step.price for step in reversed(line) if step.at < after)
        for stage in happened.entered:
            self.entered[stage] += 1
            if price is not None:
                self.worth[stage, price.currency] += price.amount
        for stage, seconds in happened.lasted:
            self._stays(stage).append(seconds)
        if happened.end is not None:
            self.ended[happened.end] += 1

    def add(self, other: Sheet) -> None:
        """What happened to other deals of the group."""
        self.entered.update(other.entered)
        for key, amount in other.worth.items():
            self.worth[key] += amount
        for stage, lasted in other.lasted.items():
            self._stays(stage).extend(lasted)
        self.ended.update(other.ended)

    def record(self, key: Key) -> PipelineWindowMeasured:
        """The same as it should be told."""
        return PipelineWindowMeasured(
            *key,
            revision=0,
            won=self.entered[Stage.CONTRACTED],
            lost=tuple(LossCount(*why, self.ended[why]) for why in _WHY if why in self.ended),
            stages=tuple(self._stage(stage) for stage in Stage if stage in self.entered or stage in self.lasted),
        )

    def _stays(self, stage: Stage) -> array[float]:
        return self.lasted.setdefault(stage, array("d"))

    def _stage(self, stage: Stage) -> StageFlow:
        lasted = sorted(self.lasted.get(stage, ()))
        worth = {currency: amount for (of, currency), amount in self.worth.items() if of is stage}
        amounts = tuple(CurrencyAmount(currency, worth[currency]) for currency in sorted(worth))
        return StageFlow(stage, self.entered[stage], amounts, len(lasted), _nearest(lasted, 5), _nearest(lasted, 9))


Sheets = dict[Key, Sheet]
#: What a deal has of each dimension.
_Values = tuple[tuple[str, ...], ...]


class _Calendar:
    """The windows of moments, each day of them looked up once."""

    def __init__(self) -> None:
        self._windows: dict[date, tuple[_Window, ...]] = {}

    def windows(self, moment: datetime) -> tuple[_Window, ...]:
        """Its week and its month; days in China, as far as calendars go."""
        if not 1 < moment.year < 9999:
            return ()
        day = moment.astimezone(CHINA).date()
        found = self._windows.get(day)
        if found is None:
            found = self._windows[day] = tuple(_windows(day))
        return found


def _windows(day: date) -> Iterator[_Window]:
    year, week, _ = day.isocalendar()
    monday = datetime.fromisocalendar(year, week, 1).replace(tzinfo=CHINA)
    yield _Window(PipelinePeriod.WEEK, monday.date(), monday + timedelta(weeks=1))
    first = datetime(day.year, day.month, 1, tzinfo=CHINA)
    # The 32nd day after the first is in the next month, whichever month this is.
    yield _Window(PipelinePeriod.MONTH, first.date(), (first + timedelta(days=31)).replace(day=1))


def _happened(line: Sequence[_Step], calendar: _Calendar) -> Mapping[_Window, _Happened]:
    """What happened to one deal, by the windows in which something did."""
    found: defaultdict[_Window, _Happened] = defaultdict(_Happened)
    before: _Step | None = None
    for step in line:
        if before is not None and step.stage is before.stage:
            continue
        for window in calendar.windows(step.at):
            one = found[window]
            one.entered[step.stage] = None
            if before is not None:
                one.lasted.append((before.stage, max((step.at - before.at).total_seconds(), 0.0)))
            if step.stage is Stage.ENDED:
                one.end = Stage.MATCHED if before is None else before.stage, step.cause or EndCause.UNKNOWN
        before = step
    return found


def _keys(window: _Window, values: _Values) -> Iterator[Key]:
    for dimension, having in zip(_DIMENSIONS, values, strict=True):
        for value in having:
            yield window.period, window.first, dimension, value


def _nearest(ordered: Sequence[float], tenths: int) -> float | None:
    """The smallest that at least so many tenths do not exceed."""
    return ordered[-(-len(ordered) * tenths // 10) - 1] if ordered else None
