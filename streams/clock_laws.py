"""What must be true of clocks whatever made them strike: counted day by day from what was told, the table apart.

Nothing of the lane's own code is used. Each stay of a deal is held against the table, and each clock that struck
against the stays: what is missing, doubled, too early or of no stay is named.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import NamedTuple

from schemas.records import (
    ClockAction,
    ClockFired,
    DealAdvanced,
    EndCause,
    MoveHeld,
    MoveReleased,
    Record,
    Stage,
)
from streams.domain.clocks import TABLES, ClockTable
from streams.domain.working_days import FIXED_HOLIDAYS, Published, published

Difference = Mapping[str, object]
_CHINA = timezone(timedelta(hours=8))
_DAY = timedelta(days=1)
_NEVER = datetime.max.replace(tzinfo=UTC)


class _Struck(NamedTuple):
    """Which clock: of which deal, in the stay after which move or over which move, since which day."""

    deal: uuid.UUID
    number: int
    action: ClockAction
    begun: date


class _Ahead(NamedTuple):
    """What is due in a stay if nobody moves, and the first moment of these."""

    steps: tuple[tuple[ClockAction, datetime], ...]
    first: datetime


@dataclass(slots=True)
class _Stay:
    """From a move to the next one, or the time in which a move waits; ``stage`` is ``None`` for the latter."""

    deal: uuid.UUID
    number: int
    stage: Stage | None
    begun: date
    until: datetime | None = None
    expired: bool = False


class ClockLaws:
    """The laws over what the deals lane told of one partition, in the order of each topic."""

    def __init__(self, tables: Sequence[ClockTable] = TABLES, says: Published = published) -> None:
        self._tables, self._says = tables, says
        self._stays: list[_Stay] = []
        self._open: dict[tuple[uuid.UUID, int], _Stay] = {}
        self._fired: dict[_Struck, ClockFired] = {}
        self._times: Counter[_Struck] = Counter()
        self._days: dict[tuple[date, int], datetime] = {}
        self._ahead: dict[tuple[Stage | None, date], _Ahead] = {}

    def take(self, told: Record, at: datetime) -> None:
        """One more record of the lane, told at ``at``."""
        match told:
            case DealAdvanced():
                self._advance(told, at)
            case MoveHeld():
                stay = _Stay(told.deal_id, told.sequence, None, at.astimezone(_CHINA).date())
                self._begin((told.deal_id, told.sequence), stay)
            case MoveReleased():
                self._end((told.deal_id, told.sequence), at)
            case ClockFired():
                struck = _Struck(told.deal_id, told.sequence, told.action, told.begun_on)
                self._fired[struck] = told
                self._times[struck] += 1

    def at_the_end(self, now: datetime) -> Iterator[Difference]:
        """What is wrong, when the last tick that counted said ``now``."""
        yield from (_broken("twice", struck, times=times) for struck, times in self._times.items() if times > 1)
        unknown = set(self._fired)
        struck_in = {(struck.deal, struck.number) for struck in unknown}
        for stay in self._stays:
            steps, first = self._due(stay.stage, stay.begun)
            if first > (stay.until or now) and not stay.expired and (stay.deal, stay.number) not in struck_in:
                # Nothing was due in it, and nothing struck: that of most stays.
                continue
            for action, due in steps:
                struck = _Struck(stay.deal, stay.number, action, stay.begun)
                unknown.discard(struck)
                yield from self._compared(stay, struck, due, now)
        yield from (_broken("of no stay", struck) for struck in sorted(unknown))

    @property
    def fired(self) -> int:
        """How many clocks struck."""
        return self._times.total()

    def _advance(self, deal: DealAdvanced, at: datetime) -> None:
        self._end((deal.deal_id, 0), at, deal.end_cause is EndCause.EXPIRED)
        begun = max(at, deal.moved_at).astimezone(_CHINA).date()
        self._begin((deal.deal_id, 0), _Stay(deal.deal_id, deal.sequence, deal.stage, begun))

    def _begin(self, place: tuple[uuid.UUID, int], stay: _Stay) -> None:
        self._open[place] = stay
        self._stays.append(stay)

    def _end(self, place: tuple[uuid.UUID, int], at: datetime, expired: bool = False) -> None:
        stay = self._open.pop(place, None)
        if stay is not None:
            stay.until, stay.expired = at, expired

    def _compared(self, stay: _Stay, struck: _Struck, due: datetime, now: datetime) -> Iterator[Difference]:
        fired = self._fired.get(struck)
        is_last = struck.action in {ClockAction.CLOSE, ClockAction.GIVE_UP}
        if fired is None:
            if due <= (stay.until or now) or (stay.expired and is_last):
                yield _broken("missing", struck, due=due)
            return
        if fired.is_calendar_published and fired.due_at != due:
            yield _broken("due at another time", struck, due=due, found=fired.due_at)
        if fired.fired_at < fired.due_at:
            yield _broken("too early", struck, due=due, found=fired.fired_at)
        if (is_last and stay.until is None) or (struck.action is ClockAction.CLOSE and not stay.expired):
            yield _broken("without effect", struck)

    def _due(self, stage: Stage | None, begun: date) -> _Ahead:
        found = self._ahead.get((stage, begun))
        if found is None:
            steps = tuple((action, self._after(begun, count)) for action, count in self._steps(stage, begun))
            first = min((due for _, due in steps), default=_NEVER)
            found = self._ahead[stage, begun] = _Ahead(steps, first)
        return found

    def _steps(self, stage: Stage | None, begun: date) -> Sequence[tuple[ClockAction, int]]:
        tables = [one for one in self._tables if one.since <= begun]
        if not tables:
            return ()
        table = max(tables, key=lambda one: one.since)
        return ((ClockAction.GIVE_UP, table.waiting),) if stage is None else table.steps.get(stage, ())

    def _after(self, begun: date, count: int) -> datetime:
        if (begun, count) not in self._days:
            day, left = begun, count
            while left:
                day += _DAY
                left -= self._is_working(day)
            self._days[begun, count] = datetime.combine(day + _DAY, time(), _CHINA).astimezone(UTC)
        return self._days[begun, count]

    def _is_working(self, day: date) -> bool:
        said = self._says(day)
        return (day.weekday() < 5 and (day.month, day.day) not in FIXED_HOLIDAYS) if said is None else said


def _broken(law: str, struck: _Struck, **more: object) -> Difference:
    return {
        "what": f"law of clocks: {law}", "deal": str(struck.deal), "sequence": struck.number, "action": struck.action,
        "begun": str(struck.begun), **{name: str(value) for name, value in more.items()},
    }  # fmt: skip
