"""Moves in tasks played over one subject, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from schemas.records import Assessment, LifeTask, Money, TaskAdvanced, TaskMove, TaskRefused, TaskState
from streams.domain.tasks.cases import Subject
from streams.domain.tasks.following import Told, follow
from tests.unit.streams.making import task

TODAY = date(2026, 6, 1)


def money(amount: str, currency: str = "CNY") -> Money:
    """So much."""
    return Money(Decimal(amount), currency)


def assessment(maturity: int = 5, **changes: Any) -> Assessment:
    """What an expert finds."""
    values = {"advancement": 70, "market": 70, "team": 70, "risk": 70, "value_low": None, "value_high": None}
    return Assessment(maturity=maturity, **{**values, **changes})


@dataclass(slots=True)
class Play:
    """One subject of dlut, with all that was told of it."""

    about: LifeTask
    subject: Subject = field(init=False)
    told: list[Told] = field(default_factory=list)
    day: date = TODAY

    def __post_init__(self) -> None:
        self.subject = Subject(self.about)

    def move(self, step: TaskMove, case_id: str | None = None, **changes: Any) -> list[Told]:
        """What follows from a move; dlut makes it where nobody else is named."""
        found = list(follow(self.subject, task(self.about, step, case_id, **changes), self.day))
        self.told += found
        return found

    def counts(self, step: TaskMove, case_id: str | None = None, **changes: Any) -> TaskAdvanced:
        """A move that has to count: what became of it."""
        first = self.move(step, case_id, **changes)[0]
        assert isinstance(first, TaskAdvanced), first
        return first

    def rules(self, step: TaskMove, case_id: str | None = None, **changes: Any) -> list[str]:
        """The rules by which a move is refused; it changes nothing."""
        before = self.states()
        (told,) = self.move(step, case_id, **changes)
        assert isinstance(told, TaskRefused), told
        assert self.states() == before
        return [fault.rule for fault in told.faults]

    def states(self) -> dict[str | None, TaskState]:
        """Where the subject and each case stand."""
        return {None: self.subject.state, **{name: case.state for name, case in self.subject.cases.items()}}
