"""Deadlines over real Spring Festivals and National Days, with their make-up days, and beyond what is published."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given, strategies as st

from streams.domain.working_days import Deadline, WorkingDays, day_of, end_of

_CALENDAR = WorkingDays()


def _after(day: str, count: int, calendar: WorkingDays = _CALENDAR) -> tuple[str, bool]:
    due = calendar.after(date.fromisoformat(day).toordinal(), count)
    return date.fromordinal(due.day).isoformat(), due.is_published


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        # Spring Festival 2026: off from 15 to 23 February, at work on Saturdays 14 and 28.
        ("2026-02-12", 1, "2026-02-13"), ("2026-02-13", 1, "2026-02-14"), ("2026-02-13", 2, "2026-02-24"),
        ("2026-02-14", 1, "2026-02-24"), ("2026-02-19", 1, "2026-02-24"), ("2026-02-27", 1, "2026-02-28"),
        # Spring Festival 2025: at work on Sunday 26 January and Saturday 8 February.
        ("2025-01-24", 1, "2025-01-26"), ("2025-01-25", 2, "2025-01-27"), ("2025-01-27", 1, "2025-02-05"),
        ("2025-02-07", 1, "2025-02-08"), ("2025-01-20", 10, "2025-02-08"),
        # National Day 2025, with Mid-Autumn in it: at work on Sunday 28 September and Saturday 11 October.
        ("2025-09-26", 1, "2025-09-28"), ("2025-09-30", 1, "2025-10-09"), ("2025-09-30", 3, "2025-10-11"),
        # National Day 2026: at work on Sunday 20 September and Saturday 10 October.
        ("2026-09-18", 1, "2026-09-20"), ("2026-09-30", 1, "2026-10-08"), ("2026-09-30", 3, "2026-10-10"),
        # The turn of the year: Sunday 4 January makes up for Friday 2.
        ("2025-12-31", 1, "2026-01-04"),
        # In 2020 the Spring Festival was made longer.
        ("2020-01-23", 1, "2020-02-03"),
    ],
)  # fmt: skip
def test_holidays_are_passed_over_and_make_up_days_count(day: str, count: int, due: str) -> None:
    assert _after(day, count) == (due, True)


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        ("2026-12-30", 1, ("2026-12-31", True)),
        ("2026-12-31", 1, ("2027-01-04", False)),
        ("2027-04-30", 1, ("2027-05-03", False)),
        # The first three days of October, and a weekend.
        ("2027-09-30", 1, ("2027-10-04", False)),
        # Without a calendar nobody knows the Spring Festival (6 February 2027).
        ("2027-02-05", 1, ("2027-02-08", False)),
    ],
)
def test_beyond_the_published_calendar_fixed_holidays_alone_are_off_and_that_is_said(
    day: str, count: int, due: tuple[str, bool]
) -> None:
    def until_2026(each: date) -> bool | None:
        return chinese_calendar.is_workday(each) if each.year <= 2026 else None

    assert _after(day, count, WorkingDays(until_2026)) == due


def test_once_a_calendar_is_published_it_counts() -> None:
    def spoken(day: date) -> bool:
        return day.weekday() < 5 and not date(2027, 2, 5) <= day <= date(2027, 2, 13)

    assert _after("2027-02-04", 1, WorkingDays(spoken)) == ("2027-02-15", True)
    assert _after("2027-02-04", 1, WorkingDays(lambda _: None)) == ("2027-02-05", False)


@given(st.dates(date(2004, 1, 1), date(2026, 9, 1)), st.integers(1, 60))
def test_so_many_working_days_lie_between_by_counting_each(begun: date, count: int) -> None:
    due = _CALENDAR.after(begun.toordinal(), count)
    days = [begun + timedelta(n) for n in range(1, due.day - begun.toordinal() + 1)]
    assert sum(chinese_calendar.is_workday(day) for day in days) == count
    assert chinese_calendar.is_workday(days[-1])
    assert isinstance(due, Deadline)


def test_a_day_in_china_ends_at_four_in_the_afternoon_of_greenwich() -> None:
    day = date(2026, 3, 2).toordinal()
    end = end_of(day)
    assert end == datetime(2026, 3, 2, 16, tzinfo=UTC)
    assert day_of(int(end.timestamp() * 1000)) == day + 1
    assert day_of(int(end.timestamp() * 1000) - 1) == day
    assert day_of(0) == date(1970, 1, 1).toordinal()
    assert day_of(-1) == date(1970, 1, 1).toordinal()
    assert day_of(-8 * 3_600_000 - 1) == date(1969, 12, 31).toordinal()
