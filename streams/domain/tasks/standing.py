"""How subjects of tasks and their cases stand, by all that was told of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from schemas.records import LifeTask, TaskAdvanced, TaskRefused, TaskState, reference
from streams.domain.life_cycle import TASKS
from streams.domain.tasks.cases import Subject
from streams.domain.trace import Event

#: A task and the reference of a subject in it.
Place = tuple[LifeTask, str]


class Line(NamedTuple):
    """A case, or the subject itself where ``case_id`` is ``None``: how it stands, and what it was opened with."""

    task: LifeTask
    subject: str
    case_id: str | None
    state: TaskState
    title: str
    achievement: str | None
    opened_by: str
    opened_at: datetime
    moved_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether anything can still become of it."""
        task = TASKS[self.task]
        table = task.of_subject if self.case_id is None else task.of_case
        return self.state in task.expires or any(at is self.state for at, _ in table)


class Step(NamedTuple):
    """One move of a history: an advance, or a move that was refused."""

    event: Event
    record: TaskAdvanced | TaskRefused


def subjects(told: Iterable[TaskAdvanced]) -> dict[Place, Subject]:
    """Every subject with its cases; ``told`` has those of one subject in their order."""
    found: dict[Place, Subject] = {}
    for one in told:
        place = one.task, one.subject_ref
        if place not in found:
            found[place] = Subject(one.task)
        found[place].take(one)
    return found


def lines(events: Iterable[Event]) -> tuple[Line, ...]:
    """All subjects and cases, by task, subject and case; times are those of arrival."""
    opened: dict[tuple[LifeTask, str, str], tuple[TaskAdvanced, datetime]] = {}
    last: dict[tuple[LifeTask, str, str], tuple[TaskAdvanced, datetime]] = {}
    for event in events:
        if isinstance(one := event.record, TaskAdvanced):
            key = one.task, one.subject_ref, one.case_id or ""
            opened.setdefault(key, (one, event.arrived))
            last[key] = one, event.arrived
    order = list(LifeTask)
    keys = sorted(opened, key=lambda key: (order.index(key[0]), *key[1:]))
    return tuple(_line(opened[key], last[key]) for key in keys)


def steps(events: Iterable[Event], subject: str, case_id: str | None, task: LifeTask | None) -> tuple[Step, ...]:
    """What became of a case, or of a subject with all its cases, in the order of arrival; refused moves included."""
    found = [
        Step(event, one)
        for event in events
        if isinstance(one := event.record, TaskAdvanced | TaskRefused)
        and one.subject_ref == subject
        and task in {None, one.task}
        and case_id in {None, one.case_id}
    ]
    return tuple(sorted(found, key=lambda step: (step.event.arrived, step.event.address)))


def _line(opened: tuple[TaskAdvanced, datetime], last: tuple[TaskAdvanced, datetime]) -> Line:
    first, now = opened[0], last[0]
    owner, local = first.achievement_institution_id, first.achievement_id
    about = None if owner is None or local is None else reference(owner, local)
    return Line(
        first.task, first.subject_ref, first.case_id, now.state, first.title, about, first.by, opened[1], last[1]
    )


def advances_of(events: Iterable[Event]) -> Iterator[TaskAdvanced]:
    """The advances among events."""
    return (event.record for event in events if isinstance(event.record, TaskAdvanced))
