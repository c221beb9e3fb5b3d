"""What must be true of tasks whatever decided them: read off the told advances alone, by tables of its own.

Playing the moves again (``task_check``) uses the decision that is being checked: it would agree with a guard that is
missing. These laws share nothing with it: money and places are counted anew, and days are counted by the calendar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from schemas.days import CHINA
from schemas.records import LifeTask, TaskAdvanced, TaskCause, TaskMove, TaskState
from streams.fund_laws import FundLaws
from streams.place_laws import PlaceLaws

Difference = Mapping[str, object]
_S, _T = TaskState, LifeTask
_NEVER = datetime.fromtimestamp(0, UTC)
#: Where a case stands for good; a subject does so once it is closed.
_FINAL: Mapping[LifeTask, set[TaskState]] = {
    _T.MINING: {_S.MERGED, _S.REJECTED, _S.WITHDRAWN},
    _T.EVALUATION: {_S.CONCLUDED, _S.WITHDRAWN},
    _T.MARKET_PLAYERS: {_S.ACCEPTED, _S.DECLINED, _S.WITHDRAWN, _S.EXPIRED, _S.TAKEN_BACK},
    _T.POLICY: {_S.CONFIRMED, _S.REJECTED, _S.WITHDRAWN},
    _T.INTERMEDIARY: {_S.CONFIRMED, _S.DECLINED, _S.WITHDRAWN},
    _T.INCUBATION: {_S.REJECTED, _S.WITHDRAWN, _S.GRADUATED, _S.LEFT},
    _T.APPLICATION: {_S.CLOSED},
    _T.FUND: {_S.REJECTED, _S.WITHDRAWN, _S.CLOSED},
    _T.PILOT_BASE: {_S.CANCELLED, _S.COMPLETED, _S.EXPIRED},
}
#: What waits until a last day: questions of market players, profiles of intermediaries, and who has no place yet.
_WAITS: Mapping[tuple[LifeTask, bool], set[TaskState]] = {
    (_T.MARKET_PLAYERS, True): {_S.INVITED, _S.REQUESTED},
    (_T.INTERMEDIARY, False): {_S.QUALIFIED},
    (_T.PILOT_BASE, True): {_S.WAITING},
}
#: Moves that nobody made, with why they are.
_UNMADE: Mapping[TaskMove, TaskCause] = {
    TaskMove.EXPIRE: TaskCause.CLOCK,
    TaskMove.TAKE_BACK: TaskCause.MATCH,
    TaskMove.PROMOTE: TaskCause.QUEUE,
}


class Place(NamedTuple):
    """A task, and a subject by its reference."""

    task: LifeTask
    ref: str


@dataclass(slots=True)
class _Standing:
    """How a case, or a subject, was told last, and when its last day is over, where there is one."""

    told: TaskAdvanced
    over: datetime | None = None


@dataclass(slots=True)
class _Subject:
    """All of a subject that laws look at; its own standing under the case ``None``."""

    standing: dict[str | None, _Standing] = field(default_factory=dict)
    #: The last day of each slot of a base.
    slots: dict[str | None, date | None] = field(default_factory=dict)
    fund: FundLaws = field(default_factory=FundLaws)
    places: PlaceLaws = field(default_factory=PlaceLaws)


class TaskLaws:
    """The laws over advances that come in the order of their subject."""

    def __init__(self) -> None:
        self._subjects: dict[Place, _Subject] = {}
        #: Last days that were over, with what ended and the moment at which it was told.
        self._expired: list[tuple[TaskAdvanced, datetime]] = []
        self.unmade = dict.fromkeys(_UNMADE, 0)

    def take(self, told: TaskAdvanced, at: datetime) -> Iterator[Difference]:
        """What is wrong with one more advance, told ``at`` (the time of its record), after all before it."""
        subject = self._subjects.setdefault(Place(told.task, told.subject_ref), _Subject())
        before = subject.standing.get(told.case_id)
        found = [*_cause(told), *_finality(before, told), *self._last_day(before, told, at)]
        if told.task is LifeTask.FUND:
            found += subject.fund.take(told)
        elif told.task in (LifeTask.INCUBATION, LifeTask.PILOT_BASE):
            found += subject.places.take(told)
        yield from (broken(law, told) for law in found)
        if told.move is TaskMove.OFFER:
            subject.slots[told.slot_id] = told.until
        subject.standing[told.case_id] = _Standing(told, _over(subject, before, told))
        if told.move in self.unmade:
            self.unmade[told.move] += 1

    def at_the_end(self, now: Mapping[Place, datetime]) -> Iterator[Difference]:
        """What is wrong with how things stand, when the last tick that counted for a subject said ``now``."""
        for place, subject in sorted(self._subjects.items()):
            for one in subject.standing.values():
                if one.over is not None and one.over <= now.get(place, _NEVER):
                    yield broken("last day: missing", one.told)
            for told in subject.places.at_the_end():
                yield broken("queue: a place is free and somebody waits", told)
        for told, at in self._expired:
            # A tick may be ahead of the time of its record; no further than the last one, for they only go on.
            if told.moved_at > max(at, now.get(Place(told.task, told.subject_ref), at)):
                yield broken("last day: too early", told)

    def _last_day(self, before: _Standing | None, told: TaskAdvanced, at: datetime) -> Iterator[str]:
        over = None if before is None else before.over
        if told.move is TaskMove.EXPIRE:
            self._expired.append((told, at))
            if over is None:
                yield "last day: nobody was waited for"
            elif told.moved_at != over:
                yield "last day: another"
        elif over is not None and over <= at:
            yield "last day: missing"


def _cause(told: TaskAdvanced) -> Iterator[str]:
    """Who moves is named, and what nobody made says why it is."""
    expected = _UNMADE.get(told.move, TaskCause.PARTY)
    if told.cause is not expected or (not told.by) != (told.move in _UNMADE):
        yield "cause"


def _finality(before: _Standing | None, told: TaskAdvanced) -> Iterator[str]:
    if before is None:
        return
    final = {TaskState.CLOSED} if told.case_id is None else _FINAL[told.task]
    if before.told.state in final:
        yield "finality"


def _over(subject: _Subject, before: _Standing | None, told: TaskAdvanced) -> datetime | None:
    """The moment at which the last day of what waits is over; a move that names none keeps the one before."""
    if told.state not in _WAITS.get((told.task, told.case_id is not None), ()):
        return None
    until = subject.slots.get(told.slot_id) if told.task is LifeTask.PILOT_BASE else told.until
    if until is None:
        return None if before is None else before.over
    return datetime.combine(until + timedelta(1), time(), CHINA).astimezone(UTC)


def broken(law: str, told: TaskAdvanced) -> Difference:
    """A law that an advance breaks."""
    return {
        "what": f"law of tasks: {law}", "task": told.task, "subject": told.subject_ref, "case": told.case_id,
        "move": told.move, "state": told.state, "submission": str(told.submission_id),
    }  # fmt: skip
