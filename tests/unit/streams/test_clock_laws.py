"""The laws of clocks find what is wrong by what was told alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from schemas.records import ClockAction, ClockFired, Move, Record, Stage
from streams.clock_laws import ClockLaws
from tests.unit.streams.making import ORDINARY_TERMS, move, sale
from tests.unit.streams.simulated import TABLE, in_china, opened

_CONTACT = in_china("2026-02-03")
_END = in_china("2026-06-01")
Told = list[tuple[Record, datetime]]


def _told() -> Told:
    """A deal that is closed and one that moves on; a move that is given up."""
    lane = opened(_CONTACT)
    told = [(one, _CONTACT) for one in lane.hears(move(Move.CONTACT, 1), move(Move.PAUSE, 3))]
    lane.now = in_china("2026-03-02")
    moves = [replace(one, moved_at=lane.now) for one in sale(ORDINARY_TERMS, demand_id="D2")[:2]]
    told += [(one, lane.now) for one in lane.hears(*moves)]
    return [*told, *((one, _END) for one in lane.ticks(_END))]


def _laws(told: Told) -> list[str]:
    laws = ClockLaws(TABLE)
    for one, at in told:
        laws.take(one, at)
    return sorted({str(one["what"]).removeprefix("law of clocks: ") for one in laws.at_the_end(_END)})


def _changed(told: Told, action: ClockAction, change: Callable[[ClockFired], ClockFired]) -> Told:
    return [
        (change(one) if isinstance(one, ClockFired) and one.action is action else one, at) for one, at in told
    ]  # fmt: skip


def test_what_the_lane_tells_breaks_no_law() -> None:
    told = _told()
    assert {one.action for one, _ in told if isinstance(one, ClockFired)} == {*ClockAction} - {ClockAction.UNKNOWN}
    assert _laws(told) == []


@pytest.mark.parametrize("action", [one for one in ClockAction if one is not ClockAction.UNKNOWN])
def test_a_clock_that_did_not_strike_is_missing_and_one_that_struck_twice_is_found(action: ClockAction) -> None:
    told = _told()
    mine = [(one, at) for one, at in told if isinstance(one, ClockFired) and one.action is action]
    assert _laws([each for each in told if each not in mine]) == ["missing"]
    assert _laws([*told, mine[0]]) == ["twice"]


@pytest.mark.parametrize(
    ("change", "laws"),
    [
        (lambda one: replace(one, due_at=one.due_at - timedelta(1)), ["due at another time"]),
        (lambda one: replace(one, fired_at=one.due_at - timedelta(seconds=1)), ["too early"]),
        (lambda one: replace(one, sequence=one.sequence + 7), ["missing", "of no stay"]),
        # By a calendar that was not published then, another day may have been right.
        (lambda one: replace(one, due_at=one.due_at - timedelta(1), is_calendar_published=False), []),
    ],
)
def test_a_clock_that_strikes_wrongly_is_named_by_its_law(
    change: Callable[[ClockFired], ClockFired], laws: list[str]
) -> None:
    assert _laws(_changed(_told(), ClockAction.REMIND, change)) == laws


def test_a_close_that_ends_nothing_and_an_end_without_a_close_are_found() -> None:
    told = _told()
    ends = [(one, at) for one, at in told if getattr(one, "stage", None) is Stage.ENDED]
    assert ends
    assert _laws([each for each in told if each not in ends]) == ["without effect"]
    early = [(one, _CONTACT + timedelta(1)) if (one, at) in ends else (one, at) for one, at in told]
    unclosed = [each for each in early if getattr(each[0], "action", None) is not ClockAction.CLOSE]
    assert _laws(unclosed) == ["missing"]
