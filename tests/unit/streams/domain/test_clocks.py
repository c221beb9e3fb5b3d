"""What is due follows from a stay, the table of its day and the calendar, and from nothing else."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from schemas.records import ClockAction, DealAdvanced, Move, Stage
from streams.domain.clocks import TABLES, Clocks, Key, deadlines, patience
from streams.domain.deals import advance
from streams.domain.stages import CONTRACTED, NEXT, Offered
from streams.domain.working_days import WorkingDays, day_of, end_of
from tests.unit.streams.making import move
from tests.unit.streams.simulated import CALENDAR, TABLE, in_china, opened

_DAY = date(2026, 12, 1).toordinal()


def test_every_stage_that_a_deal_goes_on_from_has_a_clock_and_none_is_closed_after_the_contract() -> None:
    (table,) = TABLES
    assert set(table.steps) == {stage for stage, _ in NEXT} - {Stage.INDUSTRIALISED, Stage.ENDED}
    for stage, steps in table.steps.items():
        actions = [action for action, _ in steps]
        assert actions == [ClockAction.REMIND, ClockAction.ESCALATE, ClockAction.CLOSE][: len(actions)]
        assert (ClockAction.CLOSE in actions) == (stage not in CONTRACTED)
        counts = [count for _, count in steps]
        assert counts == sorted(set(counts))
        assert counts[-1] < max(count for _, count in table.steps[Stage.PAUSED]) or stage in {Stage.PAUSED, *CONTRACTED}


def test_what_began_before_the_first_table_has_no_clock() -> None:
    first = TABLES[0].since.toordinal()
    assert deadlines(Stage.CONTACTED, first - 1, CALENDAR) == patience(first - 1, CALENDAR) == ()
    assert len(deadlines(Stage.CONTACTED, first, CALENDAR)) == 3


def test_a_stay_goes_on_by_the_table_under_which_it_began() -> None:
    hasty = replace(TABLES[0], since=date(2026, 12, 1), steps={Stage.CONTACTED: ((ClockAction.CLOSE, 1),)})
    tables = [hasty, *TABLES]
    assert deadlines(Stage.CONTACTED, _DAY - 1, CALENDAR, tables) == deadlines(Stage.CONTACTED, _DAY - 1, CALENDAR)
    assert [due.action for due in deadlines(Stage.CONTACTED, _DAY, CALENDAR, tables)] == [ClockAction.CLOSE]
    assert deadlines(Stage.IN_TALKS, _DAY, CALENDAR, tables) == ()


def test_a_table_that_is_changed_while_deals_stand_fires_nothing_again() -> None:
    lane = opened(in_china("2026-12-01"))
    lane.hears(move(Move.CONTACT, 1, moved_at=lane.now))
    lane.ticks(in_china("2026-12-09"))
    before = lane.struck()
    lane.tables.append(
        replace(TABLE[0], since=date(2026, 12, 9), steps={Stage.CONTACTED: ((ClockAction.REMIND, 1),)})
    )  # fmt: skip
    lane.dies(random.Random(1))
    assert lane.ticks(in_china("2026-12-14")) == []
    assert lane.struck() == before
    lane.hears(move(Move.CONTACT, 1, demand_id="D2", moved_at=lane.now))
    lane.ticks(in_china("2026-12-16"))
    assert [(one.demand_id, one.working_days) for one in lane.fired()[1:]] == [("D1", 10), ("D2", 1)]
    assert lane.broken() == []


def test_once_the_calendar_is_published_what_struck_stays_and_the_rest_is_counted_anew() -> None:
    lane = opened(in_china("2027-01-25"))
    lane.hears(move(Move.CONTACT, 1, moved_at=lane.now))
    lane.ticks(in_china("2027-02-02"))
    # The Spring Festival of 2027 is said to be from 5 to 13 February.
    lane.calendar = WorkingDays(lambda day: day.weekday() < 5 and not date(2027, 2, 5) <= day <= date(2027, 2, 13))
    lane.dies(random.Random(1))
    assert lane.ticks(in_china("2027-02-12")) == []
    lane.ticks(in_china("2027-06-01"))
    assert [(one.action, one.due_at, one.is_calendar_published) for one in lane.fired()] == [
        (ClockAction.REMIND, in_china("2027-02-01", 24), False),
        (ClockAction.ESCALATE, in_china("2027-02-16", 24), True),
        (ClockAction.CLOSE, in_china("2027-03-02", 24), True),
    ]  # fmt: skip


def _contacted(name: str) -> DealAdvanced:
    deal = advance(Offered(is_registered=True), move(Move.CONTACT, 1, demand_id=name))
    assert isinstance(deal, DealAdvanced)
    return replace(deal, moved_at=in_china("2026-01-05"))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(0, 60)), max_size=12))
def test_what_strikes_by_a_day_is_what_trying_every_deal_finds(steps: list[tuple[int, int, int]]) -> None:
    clocks, stays = Clocks(CALENDAR, TABLE), dict[str, tuple[int, set[ClockAction]]]()
    began = day_of(int(in_china("2026-01-05").timestamp() * 1000))
    now = began
    for number, (name, later, until) in enumerate(steps, 1):
        begun, now = now + later, now + later + until
        deal = replace(_contacted(f"D{name}"), sequence=number)
        clocks.enter(deal, int(end_of(begun - 1).timestamp() * 1000))
        stays[deal.demand_ref] = begun, set()
        wanted = [
            (due.day, ref, due.action)
            for ref, (since, _) in stays.items()
            for due in deadlines(Stage.CONTACTED, since, CALENDAR, TABLE)
            if due.day < now and due.action not in stays[ref][1]
        ]
        struck = [*clocks.due(int(end_of(now - 1).timestamp() * 1000))]
        assert [(one.due.day, one.key.demand_ref) for one in struck] == sorted((day, ref) for day, ref, _ in wanted)
        for _, ref, action in wanted:
            stays[ref][1].add(action)
    running = {
        Key("dlut/A1", ref) for ref, (_, struck_there) in stays.items() if ClockAction.CLOSE not in struck_there
    }  # fmt: skip
    assert set(clocks.running) == running
    assert (clocks.next_day is None) == (not running)


@pytest.mark.parametrize("name", ["D1", "D2"])
def test_what_was_told_to_have_struck_does_not_strike_again_in_whatever_order_it_is_read(name: str) -> None:
    deal, arrived = _contacted(name), int(in_china("2026-01-05").timestamp() * 1000)
    late = int((in_china("2026-01-05") + timedelta(300)).timestamp() * 1000)
    for is_early in (True, False):
        clocks = Clocks(CALENDAR, TABLE)
        if is_early:
            clocks.struck(Key(deal.achievement_ref, deal.demand_ref), 1, ClockAction.ESCALATE)
        clocks.enter(deal, arrived)
        if not is_early:
            clocks.struck(Key(deal.achievement_ref, deal.demand_ref), 1, ClockAction.ESCALATE)
        clocks.restored()
        assert [one.due.action for one in clocks.due(late)] == [ClockAction.CLOSE]
