"""The deal pipeline recounted from the log, by district, institution, enterprise or industry, and told."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from schemas import topics
from schemas.days import CHINA
from schemas.records import AchievementRegistered, DealAdvanced, DemandPosted
from streams.domain.funnel import Group, begun_since, grouped, histories
from streams.register import decoded

#: Where a record does not say what a deal is grouped by.
UNKNOWN = "unknown"


class By(enum.StrEnum):
    """What deals are grouped by."""

    ALL = "all"
    #: Of the demand; six digits (GB/T 2260).
    DISTRICT = "district"
    #: That offers the achievement.
    INSTITUTION = "institution"
    #: That posted the demand.
    ENTERPRISE = "enterprise"
    #: Each of the achievement's.
    INDUSTRY = "industry"


def groups(bootstrap: str, by: By, since: datetime | None = None) -> tuple[Group, ...]:
    """The figures of each group, of deals that began at ``since`` or later. Raises ``Unavailable``."""
    found = histories(one for _, _, one in decoded(bootstrap, topics.DEALS) if isinstance(one, DealAdvanced))
    return grouped(found if since is None else begun_since(found, since), _naming(bootstrap, by))


def _naming(bootstrap: str, by: By) -> Callable[[DealAdvanced], Sequence[str]]:
    """How deals are grouped: what the register said last of their achievements and demands."""
    match by:
        case By.ALL:
            return lambda _deal: [By.ALL]
        case By.INSTITUTION:
            return lambda deal: [deal.achievement_institution_id]
        case By.ENTERPRISE:
            return lambda deal: [deal.demand_institution_id]
        case By.DISTRICT:
            districts = {one.ref: one.district for one in _said(bootstrap, topics.DEMANDS, DemandPosted)}
            return lambda deal: [districts.get(deal.demand_ref) or UNKNOWN]
        case By.INDUSTRY:
            offered = _said(bootstrap, topics.ACHIEVEMENTS, AchievementRegistered)
            industries = {one.ref: one.industries for one in offered}
            return lambda deal: industries.get(deal.achievement_ref) or [UNKNOWN]


def _said(bootstrap: str, topic: topics.Topic, kind: type[Any]) -> Iterator[Any]:
    return (record for _, _, record in decoded(bootstrap, topic) if isinstance(record, kind))


def started(day: str) -> datetime:
    """The beginning of a day in China, given as 2026-03-01. Raises ``ValueError``."""
    return datetime.combine(date.fromisoformat(day), time(), CHINA)


def as_plain(group: Group) -> dict[str, Any]:
    """The figures as plain values that JSON can hold; times in seconds, amounts as text."""
    return {
        "group": group.name,
        "deals": group.deals,
        "won": group.won,
        "lost": dict(group.lost),
        "stages": [
            {
                "stage": one.stage,
                "stands": one.stands,
                "amount_cny": str(one.amount),
                "certified_cny": str(one.certified),
                "reached": one.reached,
                "conversion": None if one.conversion is None else round(one.conversion, 4),
                "seconds_p50": _seconds(one.median),
                "seconds_p90": _seconds(one.ninth_decile),
            }
            for one in group.stages
        ],
    }


def _seconds(time: timedelta | None) -> float | None:
    return None if time is None else time.total_seconds()


def rows(group: Group) -> Iterator[tuple[str, ...]]:
    """The figures as rows of text: stage, stands, CNY, certified CNY, reached, conversion, days in it (p50, p90)."""
    for one in group.stages:
        if one.reached:
            conversion = "" if one.conversion is None else f"{one.conversion:.0%}"
            amounts = (f"{amount:,}" if amount else "" for amount in (one.amount, one.certified))
            yield (
                str(one.stage), str(one.stands), *amounts, str(one.reached), conversion, _days(one.median),
                _days(one.ninth_decile),
            )  # fmt: skip


def _days(time: timedelta | None) -> str:
    return "" if time is None else f"{time / timedelta(days=1):.1f}"
