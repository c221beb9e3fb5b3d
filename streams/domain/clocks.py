"""Clocks over deals: when the market reminds, escalates and closes, and how long a move waits for one before it.

A stay begins with every move that is made: what a clock measures is silence. It carries the number of that move, and
begins on the day in China on which the move was made, or arrived where it was told of later. What is due is due at the
end of a day, so many working days after that one.
"""

from __future__ import annotations

import functools
import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from schemas.records import ClockAction, DealAdvanced, Move, MoveHeld, MoveReleased, Stage, Turn
from streams.domain.working_days import WorkingDays, day_at, day_of

REMIND, ESCALATE, CLOSE, GIVE_UP = (
    ClockAction.REMIND, ClockAction.ESCALATE, ClockAction.CLOSE, ClockAction.GIVE_UP,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClockTable:
    """What happens after so many working days in a stage; it holds for what begins on ``since`` or later."""

    since: date
    #: In the order in which it happens.
    steps: Mapping[Stage, Sequence[tuple[ClockAction, int]]]
    #: Working days that a move waits for one before it.
    waiting: int


#: By their first day. Never change one that is in force: add another with a later day, and what has begun goes on by
#: its own. What began before the first has no clock. After the contract nothing closes.
TABLES = (
    ClockTable(
        date(2026, 11, 26),
        {
            Stage.MATCHED: ((REMIND, 5), (ESCALATE, 10), (CLOSE, 20)),
            Stage.CONTACTED: ((REMIND, 5), (ESCALATE, 10), (CLOSE, 20)),
            Stage.IN_TALKS: ((REMIND, 10), (ESCALATE, 20), (CLOSE, 60)),
            Stage.EVALUATED: ((REMIND, 10), (ESCALATE, 20), (CLOSE, 60)),
            Stage.TERMS_AGREED: ((REMIND, 10), (ESCALATE, 20), (CLOSE, 40)),
            Stage.PAUSED: ((REMIND, 60), (ESCALATE, 90), (CLOSE, 120)),
            Stage.CONTRACTED: ((REMIND, 10), (ESCALATE, 20)),
            Stage.REGISTERED: ((REMIND, 60), (ESCALATE, 120)),
            Stage.DELIVERING: ((REMIND, 120), (ESCALATE, 240)),
        },
        waiting=20,
    ),
)


class Due(NamedTuple):
    """One thing to come: at the end of ``day``, so many working days after the beginning."""

    action: ClockAction
    working_days: int
    day: int
    is_published: bool


class Key(NamedTuple):
    """What a clock runs over: a deal's present stay, or, under its number, a move of it that waits."""

    achievement_ref: str
    demand_ref: str
    held: int = 0


class Running(NamedTuple):
    """A clock that runs: since which move, or over which, since which day, and how much of ``due`` has happened."""

    number: int
    begun: int
    due: tuple[Due, ...]
    happened: int = 0

    @property
    def next(self) -> Due | None:
        """What comes next."""
        return self.due[self.happened] if self.happened < len(self.due) else None


#: Most that run have begun on one of a few days, in a stage and under a number that many are in.
_running = functools.lru_cache(maxsize=4096)(Running)


#: What struck early in a stay of which nothing did.
_NOTHING_EARLY: tuple[int, ClockAction | None] = (0, None)


class Strike(NamedTuple):
    """A clock that strikes."""

    key: Key
    number: int
    begun: int
    due: Due


def deadlines(
    stage: Stage, begun: int, calendar: WorkingDays, tables: Sequence[ClockTable] = TABLES
) -> tuple[Due, ...]:  # fmt: skip
    """All that is due in a stay in ``stage`` that began on the day ``begun``, if nobody moves; in order."""
    table = _in_force(begun, tables)
    return () if table is None else _due(table.steps.get(stage, ()), begun, calendar)


def patience(begun: int, calendar: WorkingDays, tables: Sequence[ClockTable] = TABLES) -> tuple[Due, ...]:
    """When a move is given up that has waited since the day ``begun``."""
    table = _in_force(begun, tables)
    return () if table is None else _due(((GIVE_UP, table.waiting),), begun, calendar)


def begun_on(deal: DealAdvanced, arrived: int) -> int:
    """The day on which the stay after a move began that counted at ``arrived``, in milliseconds since 1970 (UTC).

    Nobody can answer what he has not been told: what is told late counts from when it was.
    """
    return max(day_of(arrived), day_at(deal.moved_at))


def turn(deal: DealAdvanced) -> Turn:
    """Whose move the deal waits for."""
    alone = {Stage.REGISTERED: Turn.OWNER, Stage.DELIVERING: Turn.ENTERPRISE}.get(deal.stage)
    if alone is not None:
        return alone
    owner, enterprise = deal.achievement_institution_id, deal.demand_institution_id
    if owner == enterprise or deal.stage in {Stage.TERMS_AGREED, Stage.CONTRACTED, Stage.PAUSED}:
        return Turn.EITHER
    if deal.owner_confirmed != deal.enterprise_confirmed:
        return Turn.OWNER if deal.owner_confirmed is None else Turn.ENTERPRISE
    return _other(deal)


def _other(deal: DealAdvanced) -> Turn:
    """The side that the last move was made to. A broker makes it for who appointed it, an office for the enterprise."""
    is_for_both = deal.by == deal.owner_broker == deal.enterprise_broker
    if is_for_both or deal.move in {Move.APPOINT, Move.DISMISS}:
        return Turn.EITHER
    return Turn.ENTERPRISE if deal.by in {deal.achievement_institution_id, deal.owner_broker} else Turn.OWNER


class Clocks:
    """The clocks that run over the deals of one partition; what is due is found by its day, without looking at others.

    Deals, what struck and what waits may be taken in, in any order between them, before ``restored``.
    """

    def __init__(self, calendar: WorkingDays | None = None, tables: Sequence[ClockTable] = TABLES) -> None:
        self._calendar = calendar or WorkingDays()
        self._tables = tables
        self.running: dict[Key, Running] = {}
        self._known: dict[tuple[Stage | None, int], tuple[Due, ...]] = {}
        self._by_day: dict[int, set[Key]] = {}
        self._days: list[int] = []
        #: What struck in stays that are not known yet: the number of the stay, and what.
        self._early: dict[Key, tuple[int, ClockAction]] = {}

    def restored(self) -> None:
        """All that happened before is taken in."""
        self._early.clear()

    def enter(self, deal: DealAdvanced, arrived: int) -> None:
        """A deal stands where it stands since a move that counted at ``arrived``, in milliseconds since 1970 (UTC)."""
        key, begun = Key(deal.achievement_ref, deal.demand_ref), begun_on(deal, arrived)
        due = self._deadlines(deal.stage, begun)
        number, action = self._early.get(key, _NOTHING_EARLY) if self._early else _NOTHING_EARLY
        happened = _place(due, action) if number == deal.sequence and action is not None else 0
        self._run(key, _running(deal.sequence, begun, due, happened))

    def wait(self, move: MoveHeld, arrived: int) -> None:
        """A move waits since ``arrived``, in milliseconds since 1970 (UTC)."""
        begun = day_of(arrived)
        key = Key(move.achievement_ref, move.demand_ref, move.sequence)
        self._run(key, _running(move.sequence, begun, self._deadlines(None, begun)))

    def stop(self, move: MoveReleased) -> None:
        """A move waits no longer."""
        self._drop(Key(move.achievement_ref, move.demand_ref, move.sequence))

    def struck(self, key: Key, number: int, action: ClockAction) -> None:
        """A clock over a deal struck, in the stay of this number."""
        running = self.running.get(key)
        if running is not None and running.number == number:
            self._run(key, _running(number, running.begun, running.due, _place(running.due, action)))
        else:
            self._early[key] = number, action

    def due(self, now: int) -> Iterator[Strike]:
        """All that strikes by ``now``, in milliseconds since 1970 (UTC), by day and then by deal; each once."""
        today = day_of(now)
        while self._days and self._days[0] < today:
            day = heapq.heappop(self._days)
            for key in sorted(self._by_day.pop(day)):
                running = self.running[key]
                what = running.next
                assert what is not None
                self._run(key, _running(running.number, running.begun, running.due, running.happened + 1), is_new=True)
                yield Strike(key, running.number, running.begun, what)

    @property
    def next_day(self) -> int | None:
        """The day at whose end the next one strikes."""
        while self._days and not self._by_day[self._days[0]]:
            del self._by_day[heapq.heappop(self._days)]
        return self._days[0] if self._days else None

    def _deadlines(self, stage: Stage | None, begun: int) -> tuple[Due, ...]:
        found = self._known.get((stage, begun))
        if found is None:
            asked = begun, self._calendar, self._tables
            found = self._known[stage, begun] = patience(*asked) if stage is None else deadlines(stage, *asked)
        return found

    def _run(self, key: Key, running: Running, is_new: bool = False) -> None:
        if not is_new:
            self._drop(key)
        due = running.next
        if due is None:
            self.running.pop(key, None)
            return
        self.running[key] = running
        keys = self._by_day.get(due.day)
        if keys is None:
            keys = self._by_day[due.day] = set()
            heapq.heappush(self._days, due.day)
        keys.add(key)

    def _drop(self, key: Key) -> None:
        former = self.running.pop(key, None)
        due = None if former is None else former.next
        if due is not None:
            self._by_day[due.day].discard(key)


def _in_force(begun: int, tables: Sequence[ClockTable]) -> ClockTable | None:
    standing = [table for table in tables if table.since.toordinal() <= begun]
    return max(standing, key=lambda table: table.since, default=None)


def _due(steps: Sequence[tuple[ClockAction, int]], begun: int, calendar: WorkingDays) -> tuple[Due, ...]:
    return tuple(Due(action, count, *calendar.after(begun, count)) for action, count in steps)


def _place(due: Sequence[Due], action: ClockAction) -> int:
    """How much of ``due`` has happened once ``action`` has."""
    return next((place for place, one in enumerate(due, 1) if one.action is action), 0)
