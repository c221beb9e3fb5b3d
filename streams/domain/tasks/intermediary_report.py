"""Intermediaries: who is qualified by whom and until when, and what of their assignments was confirmed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from schemas.records import LifeTask, TaskMove, TaskState
from streams.domain.tasks.cases import Subject


class Intermediary(NamedTuple):
    """A profile as it stands; ``assignments`` by state, and the sums of those that were confirmed, by currency."""

    ref: str
    title: str
    labels: tuple[str, ...]
    staff: int | None
    state: TaskState
    qualified_as: str
    qualified_by: str
    until: date | None
    assignments: Mapping[TaskState, int]
    fees: Mapping[str, Decimal]

    @property
    def confirmed(self) -> int:
        """Assignments that whoever gave them has confirmed: this is its credit."""
        return self.assignments.get(TaskState.CONFIRMED, 0)


def intermediaries(subjects: Mapping[tuple[LifeTask, str], Subject]) -> tuple[Intermediary, ...]:
    """All profiles: most assignments confirmed first, then by reference."""
    found = [_profile(ref, one) for (task, ref), one in subjects.items() if task is LifeTask.INTERMEDIARY and one.told]
    return tuple(sorted(found, key=lambda one: (-one.confirmed, one.ref)))


def qualified(profiles: Iterable[Intermediary]) -> set[str]:
    """The institutions of which a profile is qualified now."""
    return {one.ref.partition("/")[0] for one in profiles if one.state is TaskState.QUALIFIED}


def _profile(ref: str, subject: Subject) -> Intermediary:
    told = subject.last(TaskMove.OPEN, TaskMove.REVISE) or subject.told[0]
    by = subject.last(TaskMove.QUALIFY)
    fees: defaultdict[str, Decimal] = defaultdict(Decimal)
    for case in subject.cases.values():
        if case.state is TaskState.CONFIRMED and case.first.amount is not None:
            fees[case.first.amount.currency] += case.first.amount.amount
    states = Counter(case.state for case in subject.cases.values())
    return Intermediary(
        ref, told.title, told.labels, told.count, subject.state, "" if by is None else by.title,
        "" if by is None else by.by, None if by is None else by.until, dict(states), dict(sorted(fees.items())),
    )  # fmt: skip
