"""Who sends a move hears what the tasks decided over it, and not what the market did because of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from producers.task_decisions import PATIENCE, Decision, decisions
from schemas.errors import Unavailable
from schemas.records import LifeTask, TaskAdvanced, TaskCause, TaskMove, TaskRefused, TaskState
from streams.domain.tasks.cases import advanced, refused
from tests.unit.streams.making import task

MOVE = task(LifeTask.FUND, TaskMove.APPLY, "1")
COUNTS = advanced(MOVE, TaskState.APPLIED)
NAME = MOVE.submission_id


class Log:
    """Decisions that come by and by: one batch a look."""

    def __init__(self, *batches: list[Decision]) -> None:
        self._batches = list(batches)

    def news(self) -> Iterator[Decision]:
        yield from self._batches.pop(0) if self._batches else []


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


def decided(
    *batches: list[Decision], clock: Clock | None = None, wanted: set[uuid.UUID] | None = None
) -> list[Decision]:
    clock = clock or Clock()
    return [*decisions(Log(*batches), wanted or {NAME}, clock, clock.pause).values()]


def test_a_decision_is_waited_for() -> None:
    clock = Clock()
    assert decided([], [], [COUNTS], clock=clock) == [COUNTS]
    assert 0 < clock.now < PATIENCE


def test_a_refusal_is_a_decision() -> None:
    no: TaskRefused = refused(MOVE, TaskState.APPLIED, ())
    assert decided([no]) == [no]


def test_what_the_market_did_because_of_a_move_and_what_others_did_decides_nothing() -> None:
    promoted: TaskAdvanced = replace(COUNTS, cause=TaskCause.QUEUE, case_id="2")
    other = replace(COUNTS, submission_id=uuid.uuid4())
    assert decided([promoted, other], [COUNTS]) == [COUNTS]


def test_a_decision_that_does_not_come_is_given_up_after_a_while_without_news() -> None:
    clock = Clock()
    with pytest.raises(Unavailable, match="2 moves are accepted and not decided"):
        decided(clock=clock, wanted={NAME, uuid.uuid4()})
    assert PATIENCE <= clock.now < 2 * PATIENCE


def test_where_nothing_is_waited_for_nobody_looks() -> None:
    assert decisions(Log([COUNTS]), set()) == {}
