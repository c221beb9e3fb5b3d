"""Seasons: the quarters of the year in China's calendar, by which credit is counted and closed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from schemas.days import CHINA

_NAME = re.compile(r"(?P<year>[12][0-9]{3})-Q(?P<quarter>[1-4])")


class Season(NamedTuple):
    """A quarter, from 1 to 4, of a year."""

    year: int
    quarter: int

    @property
    def name(self) -> str:
        """For example ``2026-Q1``."""
        return f"{self.year:04}-Q{self.quarter}"

    @property
    def following(self) -> Season:
        """The next one."""
        return Season(self.year + 1, 1) if self.quarter == 4 else Season(self.year, self.quarter + 1)

    @property
    def ends_at(self) -> datetime:
        """The first moment that is not part of it any more (UTC)."""
        year, quarter = self.following
        return datetime(year, 3 * quarter - 2, 1, tzinfo=CHINA).astimezone(UTC)


def season_of(at: datetime) -> Season:
    """The season that a moment is part of."""
    day = at.astimezone(CHINA)
    return Season(day.year, (day.month + 2) // 3)


def season_named(name: str) -> Season | None:
    """The season that is called so; ``None`` where that is no name of one."""
    found = _NAME.fullmatch(name)
    return None if found is None else Season(int(found["year"]), int(found["quarter"]))
