"""The deal pipeline recounted from the log, by district, institution, enterprise and so on, and told."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from schemas import topics
from schemas.days import CHINA
from schemas.records import DealAdvanced, PipelineDimension
from streams.domain.cohorts import Cohorts
from streams.domain.funnel import Group, begun_since, grouped, histories
from streams.register import decoded


class By(enum.StrEnum):
    """What deals are grouped by, see ``streams.domain.cohorts``."""

    ALL = "all"
    DISTRICT = "district"
    INSTITUTION = "institution"
    ENTERPRISE = "enterprise"
    INDUSTRY = "industry"
    BROKER = "broker"
    SESSION = "session"


#: What else has to be read to know what a deal is grouped by.
_TOLD_BY = {By.DISTRICT: topics.DEMANDS, By.INDUSTRY: topics.ACHIEVEMENTS, By.SESSION: topics.SPOTLIGHTS}


def groups(bootstrap: str, by: By, since: datetime | None = None) -> tuple[Group, ...]:
    """The figures of each group, of deals that began at ``since`` or later. Raises ``Unavailable``."""
    found = histories(advances(bootstrap))
    cohorts = cohorts_by(bootstrap, by)
    begun = {one.last.deal_id: one.entered[0][1] for one in found}

    def named(deal: DealAdvanced) -> Sequence[str]:
        return cohorts.values(PipelineDimension[by.name], deal, begun[deal.deal_id])

    return grouped(found if since is None else begun_since(found, since), named)


def advances(bootstrap: str) -> Iterator[DealAdvanced]:
    """Every advance of every deal, each deal's in their order. Raises ``Unavailable``."""
    return (one for _, _, one in decoded(bootstrap, topics.DEALS) if isinstance(one, DealAdvanced))


def cohorts_by(bootstrap: str, by: By) -> Cohorts:
    """What the register said last of what deals are grouped by. Raises ``Unavailable``."""
    cohorts, topic = Cohorts(), _TOLD_BY.get(by)
    if topic is not None:
        for _, _, fact in decoded(bootstrap, topic):
            cohorts.take(fact)
    return cohorts


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
