"""Windows of the pipeline counted again from the log, against what the pipeline process told.

Shares only the groups with the view that tells: deals are gone through in the order of the log, days are counted by
the calendar of the standard library, and every window is counted at once.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from schemas import topics
from schemas.days import CHINA
from schemas.records import (
    CurrencyAmount,
    DealAdvanced,
    EndCause,
    LossCount,
    PipelineDimension,
    PipelinePeriod,
    PipelineWindowMeasured,
    Record,
    Stage,
    StageFlow,
    Terms,
)
from streams.domain.cohorts import Cohorts
from streams.register import decoded
from streams.windows import SOURCES

Difference = Mapping[str, object]
#: Period, first day, dimension and value.
Key = tuple[PipelinePeriod, date, PipelineDimension, str]
Told = dict[Key, PipelineWindowMeasured]
#: All that was told of one deal, in the order of the log.
_Line = list[DealAdvanced]
#: Seconds for which the pipeline process may be late, and between two looks.
_PATIENCE, _PAUSE = 30.0, 1.0
_WHY = [(stage, cause) for stage in Stage for cause in EndCause]
_DIMENSIONS = [one for one in PipelineDimension if one is not PipelineDimension.UNKNOWN]


def check(bootstrap: str, patience: float = _PATIENCE) -> tuple[int, list[Difference]]:
    """How many windows there are, and every one that was told otherwise, or not, or too many.

    Looks again for ``patience`` seconds: windows are told in the background. Raises ``Unavailable``.
    """
    until = time.monotonic() + patience
    while True:
        should = recounted(record for _, _, record in decoded(bootstrap, *SOURCES))
        found = [*differences(should, as_told(record for _, _, record in decoded(bootstrap, topics.PIPELINE_WINDOWS)))]
        if not found or time.monotonic() > until:
            return len(should), found
        time.sleep(_PAUSE)


def as_told(records: Iterable[object]) -> Told:
    """The last about each window; those that a correction has emptied are none."""
    found: Told = {}
    for told in records:
        if isinstance(told, PipelineWindowMeasured):
            found[told.period, told.begins_on, told.dimension, told.value] = told
    return {key: told for key, told in found.items() if told.stages}


def recounted(facts: Iterable[Record]) -> Told:
    """Every window as it follows from deals, and from what they are grouped by; in order within each partition."""
    cohorts, lines = Cohorts(), defaultdict[object, _Line](list)
    for fact in facts:
        if isinstance(fact, DealAdvanced):
            lines[fact.deal_id].append(fact)
        else:
            cohorts.take(fact)
    sheets: defaultdict[Key, _Sheet] = defaultdict(_Sheet)
    for line in lines.values():
        _enter(sheets, line, {one: cohorts.values(one, line[-1], line[0].moved_at) for one in _DIMENSIONS})
    return {key: sheet.record(key) for key, sheet in sheets.items()}


def differences(should: Told, told: Told) -> Iterator[Difference]:
    """Every window that is not as it should be; how often it was corrected does not matter."""
    for key in sorted(should.keys() | told.keys()):
        expected, found = should.get(key), told.get(key)
        if expected is None or found is None or replace(expected, revision=found.revision) != found:
            yield {
                "what": "pipeline window", "window": "/".join(map(str, key)),
                "expected": str(expected), "found": str(found),
            }  # fmt: skip


@dataclass(slots=True)
class _Sheet:
    """What happened in one window to one group; by stage and deal, so that a deal counts once."""

    entered: defaultdict[Stage, dict[object, Terms | None]] = field(default_factory=lambda: defaultdict(dict))
    lasted: defaultdict[Stage, list[float]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[object, tuple[Stage, EndCause]] = field(default_factory=dict)

    def record(self, key: Key) -> PipelineWindowMeasured:
        lost = Counter(self.ended.values())
        return PipelineWindowMeasured(
            *key,
            revision=0,
            won=len(self.entered.get(Stage.CONTRACTED, ())),
            lost=tuple(LossCount(*why, lost[why]) for why in _WHY if why in lost),
            stages=tuple(self._stage(stage) for stage in Stage if stage in self.entered or stage in self.lasted),
        )

    def _stage(self, stage: Stage) -> StageFlow:
        came, lasted = self.entered.get(stage, {}), sorted(self.lasted.get(stage, ()))
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for terms in came.values():
            if terms is not None:
                sums[terms.price.currency] += terms.price.amount
        amounts = tuple(CurrencyAmount(currency, sums[currency]) for currency in sorted(sums))
        return StageFlow(stage, len(came), amounts, len(lasted), _nearest(lasted, 5), _nearest(lasted, 9))


def _enter(sheets: Mapping[Key, _Sheet], line: _Line, values: Mapping[PipelineDimension, Sequence[str]]) -> None:
    """What happened to one deal, into the sheets of all windows and groups that it belongs to."""
    before, since = Stage.MATCHED, None
    for deal in line:
        if since is not None and deal.stage is before:
            continue
        lasted = None if since is None else max((deal.moved_at - since).total_seconds(), 0.0)
        for period, first, after in _windows(deal.moved_at):
            worth = [one for one in line if one.moved_at < after][-1]
            for key in _keys(period, first, values):
                sheet = sheets[key]
                sheet.entered[deal.stage][deal.deal_id] = worth.terms
                if lasted is not None:
                    sheet.lasted[before].append(lasted)
                if deal.stage is Stage.ENDED:
                    sheet.ended[deal.deal_id] = before, deal.end_cause or EndCause.UNKNOWN
        before, since = deal.stage, deal.moved_at


def _windows(moment: datetime) -> Iterator[tuple[PipelinePeriod, date, datetime]]:
    """Period, first day, and the first moment that comes after it; days in China, as far as calendars go."""
    if not 1 < moment.year < 9999:
        return
    at = moment.astimezone(CHINA)
    year, week, _ = at.isocalendar()
    monday = datetime.fromisocalendar(year, week, 1).replace(tzinfo=CHINA)
    yield PipelinePeriod.WEEK, monday.date(), monday + timedelta(weeks=1)
    first = datetime(at.year, at.month, 1, tzinfo=CHINA)
    # The 32nd day after the first is in the next month, whichever month this is.
    yield PipelinePeriod.MONTH, first.date(), (first + timedelta(days=31)).replace(day=1)


def _keys(period: PipelinePeriod, first: date, values: Mapping[PipelineDimension, Sequence[str]]) -> Iterator[Key]:
    for dimension, having in values.items():
        for value in having:
            yield period, first, dimension, value


def _nearest(ordered: Sequence[float], tenths: int) -> float | None:
    """The smallest that at least so many tenths do not exceed."""
    return ordered[-(-len(ordered) * tenths // 10) - 1] if ordered else None
