"""The laws of tasks find what is wrong by the told advances alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas import codec, topics
from schemas.records import (
    FundAccount,
    FundEntry,
    LifeTask,
    Money,
    TaskAdvanced,
    TaskCause,
    TaskMove,
    TaskState,
)
from streams.task_laws import TaskLaws
from tests.unit.streams.living import Life
from tests.unit.streams.making import NOW

M, S, T = TaskMove, TaskState, LifeTask
Change = Callable[[TaskAdvanced], TaskAdvanced]


def _yuan(amount: str) -> Money:
    return Money(Decimal(amount), "CNY")


def _fund() -> list[TaskAdvanced]:
    """A hundred are put in; of sixty approved forty are drawn, thirty repaid, ten lost, and twenty come back."""
    life = Life()
    life.moves(T.FUND, M.OPEN, amount=_yuan("100.00"))
    life.moves(T.FUND, M.APPLY, "F1", amount=_yuan("70.00"), institution_id="dicp")
    for step, amount in ((M.APPROVE, "60.00"), (M.DRAW, "40.00"), (M.REPAY, "30.00"), (M.WRITE_OFF, "10.00")):
        life.moves(T.FUND, step, "F1", amount=_yuan(amount))
    life.moves(T.FUND, M.CLOSE, "F1")
    life.moves(T.FUND, M.CLOSE)
    return _told(life)


def _base() -> list[TaskAdvanced]:
    """Of three for one place the first cancels, the second comes up, and the third waits."""
    life = Life()
    life.moves(T.PILOT_BASE, M.OPEN)
    life.moves(T.PILOT_BASE, M.OFFER)
    for case_id in ("B1", "B2", "B3"):
        life.moves(T.PILOT_BASE, M.BOOK, case_id)
    life.moves(T.PILOT_BASE, M.CANCEL, "B1")
    life.moves(T.PILOT_BASE, M.COMPLETE, "B2")
    return _told(life)


def _incubator() -> list[TaskAdvanced]:
    """Two companies apply for one place; one gets it, and goes at once with another one's coming."""
    life = Life()
    life.moves(T.INCUBATION, M.OPEN)
    for case_id in ("C1", "C2"):
        life.moves(T.INCUBATION, M.APPLY, case_id)
    for step, case_id in ((M.ADMIT, "C1"), (M.ADVANCE, "C1"), (M.GRADUATE, "C1"), (M.ADMIT, "C2")):
        life.moves(T.INCUBATION, step, case_id)
    return _told(life)


def _told(life: Life) -> list[TaskAdvanced]:
    assert life.house.logs[topics.TASK_REFUSALS.name, 0] == []
    told = (codec.decode(one.value) for one in life.house.logs[topics.TASK_STATES.name, 0])
    return [one for one in told if isinstance(one, TaskAdvanced)]


def _broken(told: Sequence[TaskAdvanced], now: datetime = NOW) -> set[str]:
    laws = TaskLaws()
    found = [wrong for one in told for wrong in laws.take(one, NOW)]
    found += laws.at_the_end({(one.task, one.subject_ref): now for one in told})  # type: ignore[misc]
    return {str(one["what"]).removeprefix("law of tasks: ") for one in found}


def _with(told: list[TaskAdvanced], step: TaskMove, change: Change | None, times: int = 1) -> list[TaskAdvanced]:
    """The same with one move of a kind, the last of it, changed, taken away or told so many times."""
    at = max(number for number, one in enumerate(told) if one.move is step)
    made = [] if change is None else [change(told[at])] * times
    return [*told[:at], *made, *told[at + 1 :]]


def _as_it_is(one: TaskAdvanced) -> TaskAdvanced:
    return one


def _changed(**changes: Any) -> Change:
    return lambda one: replace(one, **changes)


def test_what_the_lane_tells_breaks_no_law() -> None:
    for told in (_fund(), _base(), _incubator()):
        assert _broken(told) == set()


@pytest.mark.parametrize(
    ("step", "change", "law"),
    [
        (M.APPROVE, _changed(entries=()), "fund: other lines than the move's"),
        (M.APPROVE, _changed(entries=(FundEntry(FundAccount.RESERVED, Decimal(60)),)), "fund: lines do not sum"),
        (
            M.APPROVE,
            lambda one: replace(
                one, amount=_yuan("110.00"),
                entries=tuple(replace(line, amount=line.amount / 60 * 110) for line in one.entries),
            ),
            "fund: below nothing",
        ),
        (M.APPLY, _changed(amount=_yuan("50.00")), "fund: more than was applied for"),
        (M.REPAY, None, "fund: closed unsettled"),
        (M.DRAW, None, "fund: more than was applied for, promised or owed"),
        (M.OPEN, _changed(amount=_yuan("101.00")), "fund: not what was committed"),
        (M.DRAW, _changed(amount=Money(Decimal(40), "EUR")), "fund: two currencies"),
        (M.CLOSE, _changed(case_id="F1"), "finality"),
        (M.DRAW, _changed(cause=TaskCause.CLOCK), "cause"),
        (M.DRAW, _changed(by=""), "cause"),
    ],
)  # fmt: skip
def test_money_that_is_not_where_it_should_be_is_named(step: TaskMove, change: Change | None, law: str) -> None:
    assert any(found.startswith(law) for found in _broken(_with(_fund(), step, change)))


def test_money_that_is_moved_twice_is_named() -> None:
    assert "fund: more than was applied for, promised or owed" in _broken(_with(_fund(), M.REPAY, _as_it_is, 2))


@pytest.mark.parametrize(
    ("step", "change", "law"),
    [
        (M.BOOK, _changed(state=S.BOOKED), "places: more than there are"),
        (M.PROMOTE, _changed(case_id="B3"), "queue: passed by who came first"),
        (M.PROMOTE, _changed(case_id="B9", slot_id="W1"), "queue: nobody waited"),
        (M.PROMOTE, None, "queue: a place was free and somebody waited"),
        (M.OFFER, _changed(count=3), "queue: waits though a place is free"),
        (M.OFFER, None, "places: more than there are"),
        (M.COMPLETE, _changed(state=S.CANCELLED, move=M.CANCEL), "queue: a place is free and somebody waits"),
    ],
)
def test_a_place_that_goes_to_another_is_named(step: TaskMove, change: Change | None, law: str) -> None:
    assert law in _broken(_with(_base(), step, change))


def test_a_booking_after_a_pilot_test_does_not_pass_by_who_waits() -> None:
    late = replace(next(one for one in _base() if one.move is M.BOOK), case_id="B4")
    assert {"places: more than there are", "queue: passed by who came first"} <= _broken([*_base(), late])


def test_who_waits_for_a_place_waits_as_long_as_the_slot_lasts() -> None:
    told = _base()
    assert told[1].until is not None
    over = datetime.fromisoformat(f"{told[1].until + timedelta(1)}T00:00:00+08:00")
    assert _broken(told, over - timedelta(seconds=1)) == set()
    assert _broken(told, over) == {"last day: missing"}


def test_two_companies_in_one_place_are_named() -> None:
    told = _incubator()
    assert _broken(_with(told, M.GRADUATE, None)) == {"places: more than there are"}
    smaller = replace(told[0], move=M.REVISE, count=1)
    assert _broken([*told, smaller]) == set(), "a smaller capacity sends nobody away"


def test_a_case_that_ended_never_moves_again() -> None:
    told = _incubator()
    graduated = next(one for one in told if one.move is M.GRADUATE)
    assert "finality" in _broken([*told, replace(graduated, move=M.LEAVE, state=S.LEFT)])


def test_last_days_are_counted_by_the_calendar() -> None:
    life = Life()
    life.moves(T.INTERMEDIARY, M.OPEN)
    life.moves(T.INTERMEDIARY, M.QUALIFY, institution_id="office")
    life.moves(T.INTERMEDIARY, M.REVISE)
    told = _told(life)
    assert told[1].until is not None
    over = datetime.fromisoformat(f"{told[1].until + timedelta(1)}T00:00:00+08:00")
    assert _broken(told, over - timedelta(seconds=1)) == set()
    assert _broken(told, over) == {"last day: missing"}
    expired = replace(told[1], move=M.EXPIRE, state=S.EXPIRED, by="", cause=TaskCause.CLOCK, moved_at=over)
    assert _broken([*told, expired], over) == set()
    assert _broken([*told, expired], over - timedelta(seconds=1)) == {"last day: too early"}
    assert _broken([*told, replace(expired, moved_at=NOW)], over) == {"last day: another"}
    assert "last day: nobody was waited for" in _broken([*told, expired, expired], over)
