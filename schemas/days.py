"""Days in China, which is where a validity begins and ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

#: Asia/Shanghai since 1991; needs no time zone data.
CHINA = timezone(timedelta(hours=8))

_LAST_YEAR = 9998


def day_in_china(moment: datetime) -> date | None:
    """The day there at ``moment``; ``None`` outside the years that a calendar has in every zone."""
    return moment.astimezone(CHINA).date() if 1 < moment.year <= _LAST_YEAR else None
