"""Working days in China, and the day on which so many of them are over.

The State Council says in each autumn which days of the next year are off, and on which Saturdays and Sundays people
work instead. Where it has not spoken yet, Monday to Friday count but for the holidays that are bound to a date
(Regulation on Public Holidays, 2024), and whoever asks is told so. Days are numbers, as ``date.toordinal`` gives them.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import NamedTuple

import chinese_calendar

from schemas.days import CHINA

#: Holidays of every year, by month and day. Those of the lunar year are known only once they are published.
FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
_FRIDAY = 4
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_EPOCH = datetime.fromtimestamp(0, UTC)
_EPOCH_DAY = _EPOCH.toordinal()

#: Whether a day is a working day; ``None`` where its year is not published.
Published = Callable[[date], bool | None]


class Deadline(NamedTuple):
    """The day at whose end something is due, and whether a published calendar counts all days up to it."""

    day: int
    is_published: bool


def published(day: date) -> bool | None:
    """Whether ``day`` is a working day by what the State Council has said; ``None`` where it has not spoken yet."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


class _Year(NamedTuple):
    """The working days of one year, and whether they are published."""

    days: tuple[int, ...]
    is_published: bool


class WorkingDays:
    """The working days of each year, looked up once it is asked for."""

    def __init__(self, says: Published = published) -> None:
        self._says = says
        self._years: dict[int, _Year] = {}

    def after(self, day: int, count: int) -> Deadline:
        """The ``count``-th working day after ``day``, from 1."""
        year, left, is_published = date.fromordinal(day).year, count, True
        while True:
            days, is_said = self._of(year)
            is_published = is_published and is_said
            place = bisect.bisect_right(days, day) + left - 1
            if place < len(days):
                return Deadline(days[place], is_published)
            left = place - len(days) + 1
            year += 1

    def _of(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            first, end = (date(one, 1, 1).toordinal() for one in (year, year + 1))
            said = {number: self._says(date.fromordinal(number)) for number in range(first, end)}
            counted = (number for number, is_one in said.items() if (_usually(number) if is_one is None else is_one))
            found = self._years[year] = _Year(tuple(counted), None not in said.values())
        return found


def _usually(number: int) -> bool:
    day = date.fromordinal(number)
    return day.weekday() <= _FRIDAY and (day.month, day.day) not in FIXED_HOLIDAYS


def day_of(milliseconds: int) -> int:
    """The day in China on which a moment lies, given in milliseconds since 1970 (UTC)."""
    return (milliseconds + 8 * _HOUR_MS) // _DAY_MS + _EPOCH_DAY


def day_at(moment: datetime) -> int:
    """The day in China on which ``moment`` lies."""
    return day_of(int(moment.timestamp() * 1000))


def end_of(day: int) -> datetime:
    """The moment (UTC) at which ``day`` is over in China."""
    return datetime.combine(date.fromordinal(day + 1), time(), CHINA).astimezone(UTC)
