"""What happened to deals in a week or a month, whenever it is told."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from schemas.records import (
    CurrencyAmount,
    DealAdvanced,
    EndCause,
    LossCount,
    PipelineDimension,
    PipelinePeriod,
    Stage,
    StageFlow,
)
from streams.domain.windows import Course, Flow, Group, Window, flows, window_of, windows_of
from tests.unit.streams.advances import advance, logs, worth

_ALL = Group(PipelineDimension.ALL, "all")
#: The day of ``making.NOW`` is the Sunday that ends this week, and the first of March.
_WEEK = Window(PipelinePeriod.WEEK, date(2026, 2, 23))
_NEXT = Window(PipelinePeriod.WEEK, date(2026, 3, 2))
_MARCH = Window(PipelinePeriod.MONTH, date(2026, 3, 1))


def _courses(advances: list[DealAdvanced]) -> list[Course]:
    found: dict[object, Course] = {}
    for one in advances:
        found.setdefault(one.deal_id, Course(one)).take(one)
    return [*found.values()]


def _flow(window: Window, *advances: DealAdvanced) -> Flow:
    return flows(window, _courses([*advances]), lambda _course: [_ALL]).get(_ALL, Flow())


def _stage(window: Window, stage: Stage, *advances: DealAdvanced) -> StageFlow:
    (found,) = [one for one in _flow(window, *advances).stages if one.stage is stage]
    return found


@pytest.mark.parametrize(
    ("moment", "week", "month"),
    [
        # Monday begins eight hours earlier than in Greenwich.
        (datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC), date(2026, 2, 23), date(2026, 3, 1)),
        (datetime(2026, 3, 1, 16, tzinfo=UTC), date(2026, 3, 2), date(2026, 3, 1)),
        # The week that a year begins in may begin in the year before.
        (datetime(2026, 1, 1, tzinfo=UTC), date(2025, 12, 29), date(2026, 1, 1)),
        (datetime(2025, 12, 31, 16, tzinfo=UTC), date(2025, 12, 29), date(2026, 1, 1)),
    ],
)
def test_weeks_and_months_are_those_of_days_in_china(moment: datetime, week: date, month: date) -> None:
    assert windows_of(moment) == (Window(PipelinePeriod.WEEK, week), Window(PipelinePeriod.MONTH, month))


def test_december_ends_with_the_year() -> None:
    first, after = Window(PipelinePeriod.MONTH, date(2026, 12, 1)).bounds
    assert (first, after) == (datetime(2026, 11, 30, 16, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC))


# No moment later than 9998 has a day: the last week that ends before it.
@given(st.dates(date(1990, 1, 1), date(9998, 12, 27)), st.sampled_from([PipelinePeriod.WEEK, PipelinePeriod.MONTH]))
def test_every_day_is_within_its_window_and_the_next_begins_where_it_ends(day: date, period: PipelinePeriod) -> None:
    window = window_of(period, day)
    first, after = window.bounds
    noon = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    assert first < noon < after
    assert window in windows_of(first)
    assert window in windows_of(after - timedelta(microseconds=1))
    assert window not in windows_of(after)


def test_a_deal_is_counted_where_it_entered_and_where_it_left() -> None:
    moves = advance("D1", 1, Stage.CONTACTED, 0), advance("D1", 2, Stage.IN_TALKS, 4)
    assert _flow(_WEEK, *moves).stages == (StageFlow(Stage.CONTACTED, 1, (), 0, None, None),)
    assert _flow(_NEXT, *moves).stages == (
        StageFlow(Stage.CONTACTED, 0, (), 1, 4 * 86_400.0, 4 * 86_400.0),
        StageFlow(Stage.IN_TALKS, 1, (), 0, None, None),
    )  # fmt: skip


def test_a_deal_that_comes_back_within_a_window_counts_once_and_each_stay_has_its_time() -> None:
    talks = _stage(
        _MARCH, Stage.IN_TALKS,
        advance("D1", 1, Stage.IN_TALKS, 0), advance("D1", 2, Stage.PAUSED, 1), advance("D1", 3, Stage.IN_TALKS, 5),
        advance("D1", 4, Stage.ENDED, 14),
    )  # fmt: skip
    assert (talks.entered, talks.left) == (1, 2)
    assert (talks.seconds_p50, talks.seconds_p90) == (86_400.0, 9 * 86_400.0)


def test_a_deal_is_worth_what_its_terms_were_at_the_end_of_the_window() -> None:
    moves = [
        advance("D1", 1, Stage.IN_TALKS, 0), advance("D1", 2, Stage.IN_TALKS, 0.1, terms=worth("7.00")),
        advance("D1", 3, Stage.IN_TALKS, 3, terms=worth("9.00")), advance("D2", 1, Stage.IN_TALKS, 0),
        advance("D3", 1, Stage.IN_TALKS, 0, terms=worth("1.00", "EUR")),
    ]  # fmt: skip
    euros = CurrencyAmount("EUR", Decimal(1))
    assert _stage(_WEEK, Stage.IN_TALKS, *moves).amounts == (CurrencyAmount("CNY", Decimal(7)), euros)
    assert _stage(_MARCH, Stage.IN_TALKS, *moves).amounts == (CurrencyAmount("CNY", Decimal(9)), euros)


def test_what_was_won_and_what_was_lost_from_where_and_why() -> None:
    flow = _flow(
        _MARCH,
        advance("D1", 1, Stage.TERMS_AGREED, 0), advance("D1", 2, Stage.CONTRACTED, 2),
        advance("D2", 1, Stage.CONTACTED, 0),
        advance("D2", 1, Stage.ENDED, 3, by="", end_cause=EndCause.EXCLUSIVELY_CONTRACTED),
        advance("D3", 1, Stage.ENDED, 3, end_cause=EndCause.PARTY),
        advance("D4", 1, Stage.ENDED, 3),
    )  # fmt: skip
    assert flow.won == 1
    assert flow.lost == (
        LossCount(Stage.MATCHED, EndCause.UNKNOWN, 1), LossCount(Stage.MATCHED, EndCause.PARTY, 1),
        LossCount(Stage.CONTACTED, EndCause.EXCLUSIVELY_CONTRACTED, 1),
    )  # fmt: skip


def test_a_deal_that_ends_twice_in_a_window_is_lost_once_as_it_ended_last() -> None:
    flow = _flow(
        _MARCH,
        advance("D1", 1, Stage.CONTACTED, 0), advance("D1", 2, Stage.ENDED, 1, end_cause=EndCause.EXPIRED),
        advance("D1", 3, Stage.IN_TALKS, 2), advance("D1", 4, Stage.ENDED, 3, end_cause=EndCause.PARTY),
    )  # fmt: skip
    assert flow.lost == (LossCount(Stage.IN_TALKS, EndCause.PARTY, 1),)
    assert {one.stage: one.entered for one in flow.stages}[Stage.ENDED] == 1


def test_a_move_that_is_told_late_counts_in_the_week_in_which_it_was_made() -> None:
    before = [advance("D1", 1, Stage.CONTACTED, 0)]
    assert [one.stage for one in _flow(_WEEK, *before).stages] == [Stage.CONTACTED]
    late = advance("D1", 2, Stage.IN_TALKS, -1)
    assert [(one.stage, one.entered, one.left) for one in _flow(_WEEK, *before, late).stages] == [
        (Stage.CONTACTED, 1, 1), (Stage.IN_TALKS, 1, 0),
    ]  # fmt: skip
    # It was made before the one that it follows.
    assert _stage(_WEEK, Stage.CONTACTED, *before, late).seconds_p50 == 0.0


def test_a_deal_of_two_industries_counts_in_both() -> None:
    groups = [Group(PipelineDimension.INDUSTRY, "C37"), Group(PipelineDimension.INDUSTRY, "I65")]
    found = flows(_WEEK, _courses([advance("D1", 1, Stage.CONTACTED, 0)]), lambda _course: groups)
    assert [(group.value, flow.stages[0].entered) for group, flow in found.items()] == [("C37", 1), ("I65", 1)]


@given(logs(), st.randoms(use_true_random=False))
def test_the_same_advances_in_any_order_and_told_twice_give_the_same_windows(
    told: list[DealAdvanced], chance: random.Random
) -> None:
    shuffled = [*told, *told[::2]]
    chance.shuffle(shuffled)
    windows = {window for one in told for window in windows_of(one.moved_at)}
    for window in windows:
        assert _flow(window, *shuffled) == _flow(window, *told)
    for course in _courses(shuffled):
        assert course.windows() <= windows


@given(logs())
def test_weeks_and_months_add_up_to_the_same_stays(told: list[DealAdvanced]) -> None:
    windows = {window for one in told for window in windows_of(one.moved_at)}
    left = dict.fromkeys((PipelinePeriod.WEEK, PipelinePeriod.MONTH), 0)
    for window in windows:
        flow = _flow(window, *told)
        left[window.period] += sum(one.left for one in flow.stages)
        assert sum(one.deals for one in flow.lost) == sum(
            one.entered for one in flow.stages if one.stage is Stage.ENDED
        )  # fmt: skip
    assert left[PipelinePeriod.WEEK] == left[PipelinePeriod.MONTH]
