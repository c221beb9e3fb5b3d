"""Clocks over deals, read from the log and told: what struck, and what is to come if nobody moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from infra.reading import committed_records
from schemas import codec, topics
from schemas.records import ClockAction, ClockFired, DealAdvanced, MoveHeld, MoveReleased, Record, deal_id
from streams.domain.clocks import Clocks, Key
from streams.domain.trace import UnknownDeal
from streams.domain.working_days import end_of

_TOLD = (topics.DEALS, topics.HELD_MOVES, topics.DEAL_CLOCKS)


class Line(NamedTuple):
    """One clock: when it is due, what follows, over which deal; ``fired_at`` where it has struck."""

    due_at: datetime
    action: ClockAction
    deal: str
    achievement: str
    demand: str
    sequence: int
    begun_on: date
    working_days: int
    is_calendar_published: bool
    fired_at: datetime | None = None


@dataclass(slots=True)
class ClockLog:
    """The clocks of all deals, taken in from what the deals lane told."""

    clocks: Clocks = field(default_factory=Clocks)
    fired: list[ClockFired] = field(default_factory=list)

    def take(self, told: Record, at: int) -> None:
        """One more record, told at ``at``, in milliseconds since 1970 (UTC)."""
        match told:
            case DealAdvanced():
                self.clocks.enter(told, at)
            case MoveHeld():
                self.clocks.wait(told, at)
            case MoveReleased():
                self.clocks.stop(told)
            case ClockFired():
                self.fired.append(told)
                if told.action is not ClockAction.GIVE_UP:
                    self.clocks.struck(Key(told.achievement_ref, told.demand_ref), told.sequence, told.action)

    def lines(self) -> list[Line]:
        """All clocks, by when they are due, then by deal."""
        return sorted([*map(_struck, self.fired), *self._to_come()], key=lambda line: line[:6])

    def _to_come(self) -> Iterator[Line]:
        for key, running in self.clocks.running.items():
            name = str(deal_id(key.achievement_ref, key.demand_ref))
            for due in running.due[running.happened :]:
                yield Line(
                    end_of(due.day), due.action, name, key.achievement_ref, key.demand_ref, running.number,
                    date.fromordinal(running.begun), due.working_days, due.is_published,
                )  # fmt: skip


def clock_log(bootstrap: str) -> ClockLog:
    """The clocks as the topics tell them; raises ``Unavailable``."""
    log = ClockLog()
    for message in committed_records(bootstrap, [topic.name for topic in _TOLD]):
        log.take(codec.decode(message.value()), message.timestamp()[1])
    return log


def chosen(lines: Iterable[Line], deal: str | None, due_before: datetime | None) -> list[Line]:
    """Those of one deal, given by its id or its beginning, that are due by a moment; all unless given.

    Raises ``UnknownDeal`` where no clock has run over such a deal, or there are more of that name.
    """
    found = [line for line in lines if deal is None or line.deal.startswith(deal.lower())]
    names = sorted({line.deal for line in found})
    if deal is not None and len(names) != 1:
        near = f": {', '.join(names[:5])}" if names else "; `techdock deals --json` gives the ids of all"
        raise UnknownDeal(f"there are {len(names)} deals with clocks whose ids begin with {deal!r}{near}")
    return [line for line in found if due_before is None or line.due_at <= due_before]


def as_plain(line: Line) -> dict[str, Any]:
    """A line as plain values that JSON can hold."""
    return {
        **line._asdict(),
        "due_at": line.due_at.isoformat(),
        "begun_on": line.begun_on.isoformat(),
        "fired_at": None if line.fired_at is None else line.fired_at.isoformat(),
    }


def told(line: Line) -> str:
    """A line as text."""
    over = f"move {line.sequence} waits" if line.action is ClockAction.GIVE_UP else f"silent since move {line.sequence}"
    state = "struck" if line.fired_at is not None else "to come"
    doubt = "" if line.is_calendar_published else "  (calendar not published yet)"
    return (
        f"{line.due_at:%Y-%m-%d %H:%M}  {state:<8}{line.action.lower():<9} {line.deal}  "
        f"{line.achievement} for {line.demand}: {over}, {line.working_days} working days from {line.begun_on}{doubt}"
    )


def _struck(one: ClockFired) -> Line:
    return Line(
        one.due_at, one.action, str(one.deal_id), one.achievement_ref, one.demand_ref, one.sequence, one.begun_on,
        one.working_days, one.is_calendar_published, one.fired_at,
    )  # fmt: skip
