"""Subjects of tasks and the cases in them, the shape of a task's tables, and who may move.

A subject is what is kept in one place and one order: a fund, an incubator, a pilot-test base, a campaign, a policy, a
profile of an intermediary; or an achievement or a demand, of which several cases may be open at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum

from schemas.faults import fault
from schemas.records import (
    Fault,
    FundAccount,
    LifeTask,
    TaskAdvanced,
    TaskCause,
    TaskMove,
    TaskMoved,
    TaskRefused,
    TaskState,
)

#: What a move says that its advance repeats.
_REPEATED = tuple(sorted({each.name for each in fields(TaskMoved)} & {each.name for each in fields(TaskAdvanced)}))


def _last(told: Sequence[TaskAdvanced], moves: Collection[TaskMove]) -> TaskAdvanced | None:
    return next((one for one in reversed(told) if one.move in moves), None)


@dataclass(slots=True)
class Case:
    """One case: who opened it, where it stands, and all that was told of it, in order."""

    opener: str
    told: list[TaskAdvanced]

    @property
    def state(self) -> TaskState:
        """Where it stands."""
        return self.told[-1].state

    @property
    def first(self) -> TaskAdvanced:
        """The move that opened it."""
        return self.told[0]

    def last(self, *moves: TaskMove) -> TaskAdvanced | None:
        """The last of these moves, if there was any."""
        return _last(self.told, moves)

    def all(self, *moves: TaskMove) -> list[TaskAdvanced]:
        """All of these moves, in order."""
        return [one for one in self.told if one.move in moves]


@dataclass(slots=True)
class Subject:
    """What one task knows of a subject: its own moves in order, its cases, and what its money is in."""

    task: LifeTask
    told: list[TaskAdvanced] = field(default_factory=list)
    cases: dict[str, Case] = field(default_factory=dict)
    #: Of a fund: what is in each account, in units of the currency.
    balances: dict[FundAccount, Decimal] = field(default_factory=dict)
    #: What holds a place now, as cases by slot; of an incubator there is one slot, the empty one. In order of arrival.
    holders: dict[str, dict[str, None]] = field(default_factory=dict)
    #: What waits for a place, in order of arrival.
    queues: dict[str, dict[str, None]] = field(default_factory=dict)
    #: Of a demand: achievements whose match with it was withdrawn and not proposed again.
    withdrawn: set[str] = field(default_factory=set)

    @property
    def state(self) -> TaskState:
        """Where the subject itself stands."""
        return self.told[-1].state if self.told else TaskState.NONE

    @property
    def is_unknown(self) -> bool:
        """Whether nothing has been told of it."""
        return not (self.told or self.cases or self.withdrawn)

    def last(self, *moves: TaskMove) -> TaskAdvanced | None:
        """The last of these moves of the subject itself, if there was any."""
        return _last(self.told, moves)

    def case(self, case_id: str | None) -> Case | None:
        """A case by its id."""
        return None if case_id is None else self.cases.get(case_id)

    def take(self, advanced: TaskAdvanced) -> None:
        """Note where the subject or a case stands now."""
        if advanced.case_id is None:
            self.told.append(advanced)
        elif advanced.case_id in self.cases:
            self.cases[advanced.case_id].told.append(advanced)
        else:
            self.cases[advanced.case_id] = Case(advanced.by, [advanced])
        for entry in advanced.entries:
            self.balances[entry.account] = self.balances.get(entry.account, Decimal(0)) + entry.amount
        self._place(advanced)

    def _place(self, advanced: TaskAdvanced) -> None:
        case_id = advanced.case_id
        if case_id is None:
            return
        slot = self.cases[case_id].first.slot_id or ""
        for kept, states in ((self.holders, _HOLDING), (self.queues, _WAITING)):
            if advanced.state in states:
                kept.setdefault(slot, {}).setdefault(case_id)
            else:
                kept.get(slot, {}).pop(case_id, None)


#: States in which a case holds a place of its subject, and in which it waits for one. A pilot test that was made has
#: used its place up: given to somebody who comes later, it would pass by who waits.
_HOLDING = frozenset({TaskState.INCUBATING, TaskState.GROWING, TaskState.BOOKED, TaskState.COMPLETED})
_WAITING = frozenset({TaskState.WAITING})


class Who(StrEnum):
    """In what part an institution moves."""

    #: It keeps the subject.
    KEEPER = "the institution that keeps the subject"
    #: It opened the case.
    OPENER = "the institution that opened the case"
    #: A move of the case, or of the subject, names it.
    NAMED = "the institution that the case names"
    #: It has the achievement that the case names.
    OWNER = "the institution of the achievement"
    ANYONE = "any institution"


@dataclass(frozen=True, slots=True)
class Asked:
    """A move with what it meets: its subject, its case if there is one, and the day in China when it arrived."""

    subject: Subject
    case: Case | None
    move: TaskMoved
    day: date


#: What speaks against a move; pure.
Guard = Callable[[Asked], Fault | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a move leads, who may make it, and what may speak against it."""

    to: TaskState
    who: frozenset[Who]
    guards: tuple[Guard, ...] = ()
    #: Whether a case is given what its subject has, so that the subject has to be open as when a case is opened.
    is_given: bool = False


#: Every legal move, by the state it is made in; ``TaskState.NONE`` before the first.
Table = Mapping[tuple[TaskState, TaskMove], Rule]


#: What a move brings about beside its state.
Outcome = Callable[[Asked, TaskAdvanced], TaskAdvanced]
#: What follows from an advance in other cases of the subject.
Then = Callable[[Asked, TaskAdvanced], Iterator[TaskAdvanced]]
#: The last day of a case, or of the subject itself, where it has one.
LastDay = Callable[[Subject, Case | None], date | None]


def _as_it_is(_asked: Asked, told: TaskAdvanced) -> TaskAdvanced:
    return told


def _nothing(_asked: Asked, _told: TaskAdvanced) -> Iterator[TaskAdvanced]:
    return iter(())


def _as_said(subject: Subject, case: Case | None) -> date | None:
    told = subject.told if case is None else case.told
    return next((one.until for one in reversed(told) if one.until is not None), None)


@dataclass(frozen=True, slots=True)
class Task:
    """One of the nine. ``of_subject`` is empty where the subject is an achievement or a demand of the register."""

    of_subject: Table
    of_case: Table
    outcome: Outcome = _as_it_is
    then: Then = _nothing
    #: States of a case that end after its last day, with the state that follows.
    expires: Mapping[TaskState, TaskState] = field(default_factory=dict)
    last_day: LastDay = _as_said

    def table(self, move: TaskMoved) -> Table:
        """The table that a move is looked up in."""
        return self.of_subject if move.case_id is None else self.of_case


def parts(asked: Asked) -> frozenset[Who]:
    """All parts in which the institution of a move is in it."""
    by, case = asked.move.institution_id, asked.case
    first = None if case is None else case.first
    named = () if case is None else (one.party_institution_id for one in case.told)
    owner = asked.move.achievement_institution_id if first is None else first.achievement_institution_id
    found = {
        Who.ANYONE: True,
        Who.KEEPER: by == asked.move.subject_institution_id,
        Who.OPENER: case is None or by == case.opener,
        Who.NAMED: by in named,
        Who.OWNER: by == owner,
    }
    return frozenset(who for who, is_so in found.items() if is_so)


def is_in_time(asked: Asked) -> Fault | None:
    """A last day, of an answer or a qualification, is not over when it is named."""
    until = asked.move.until
    if until is None or until >= asked.day:
        return None
    return fault("until", "dates", until, f"it arrived on {asked.day}: give that day or a later one")


def advanced(move: TaskMoved, state: TaskState) -> TaskAdvanced:
    """What became of a move that counts."""
    repeated = {name: getattr(move, name) for name in _REPEATED}
    return TaskAdvanced(
        by=move.institution_id, cause=TaskCause.PARTY, state=state, conclusion=None, entries=(), **repeated
    )


def refused(move: TaskMoved, state: TaskState, faults: Iterable[Fault]) -> TaskRefused:
    """A move with what speaks against it."""
    return TaskRefused(
        task=move.task,
        subject_institution_id=move.subject_institution_id,
        subject_id=move.subject_id,
        case_id=move.case_id,
        move=move.move,
        by=move.institution_id,
        state=state,
        faults=tuple(faults),
        moved_at=move.moved_at,
        submission_id=move.submission_id,
    )
