"""Clocks over deals as people read them."""

from __future__ import annotations

from datetime import datetime

import pytest

from schemas import codec
from schemas.records import ClockAction, Move
from streams.clocks import ClockLog, Line, as_plain, chosen, told
from streams.domain.clocks import Clocks
from streams.domain.trace import UnknownDeal
from tests.unit.streams.making import move
from tests.unit.streams.simulated import CALENDAR, TABLE, in_china, opened

_BEGAN = in_china("2026-12-01")


def _lines() -> list[Line]:
    """A reminder that struck, an escalation that moved away, a move that waits."""
    lane = opened(_BEGAN)
    lane.hears(move(Move.CONTACT, 1, moved_at=_BEGAN))
    lane.ticks(in_china("2026-12-09"))
    lane.hears(move(Move.START_TALKS, 2, moved_at=lane.now), move(Move.PAUSE, 4))
    log = ClockLog(Clocks(CALENDAR, TABLE))
    for one in lane.told:
        log.take(codec.decode(one.value), one.timestamp)
    return log.lines()


def _shown(lines: list[Line]) -> list[tuple[ClockAction, int, bool]]:
    return [(line.action, line.sequence, line.fired_at is not None) for line in lines]


def test_what_struck_and_what_is_to_come_stand_in_the_order_in_which_they_are_due() -> None:
    assert _shown(_lines()) == [
        (ClockAction.REMIND, 1, True), (ClockAction.REMIND, 2, False), (ClockAction.ESCALATE, 2, False),
        (ClockAction.GIVE_UP, 4, False), (ClockAction.CLOSE, 2, False),
    ]  # fmt: skip


def test_a_line_says_what_follows_and_whether_the_calendar_is_published() -> None:
    first, _, second, waiting, _ = map(told, _lines())
    assert first.startswith("2026-12-08 16:00  struck  remind    ")
    assert first.endswith("dlut/A1 for district-210202/D1: silent since move 1, 5 working days from 2026-12-01")
    assert "to come escalate" in second
    assert second.endswith("20 working days from 2026-12-09  (calendar not published yet)")
    assert "move 4 waits, 20 working days" in waiting
    plain = as_plain(_lines()[0])
    assert (plain["due_at"], plain["begun_on"]) == ("2026-12-08T16:00:00+00:00", "2026-12-01")


def test_those_of_one_deal_and_those_due_before_a_day_are_chosen() -> None:
    lines = _lines()
    deal = lines[0].deal
    day: datetime = in_china("2026-12-24", 0)
    assert chosen(lines, deal[:8].upper(), None) == lines
    # At the end of 23 December.
    assert [line.due_at for line in chosen(lines, None, day)][-1] == day
    with pytest.raises(UnknownDeal, match="0 deals with clocks"):
        chosen(lines, "nowhere", None)
