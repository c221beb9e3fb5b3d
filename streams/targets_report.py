"""The city's targets, counted from the log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from schemas import topics
from schemas.institutions import Institutions, Status
from schemas.records import AchievementRegistered, DemandPosted, InstitutionKind
from streams.domain.targets import Market, Reached, places, reached
from streams.register import decoded, last_deals, registered_facts


def targets(bootstrap: str, city: str, year: int) -> tuple[Reached, ...]:
    """Every target with its figure; raises ``Unavailable``."""
    standing = registered_facts(bootstrap).achievements.values()
    said = (
        record
        for _, _, record in decoded(bootstrap, topics.ACHIEVEMENTS, topics.DEMANDS)
        if isinstance(record, AchievementRegistered | DemandPosted)
    )
    market = Market(
        [achievement for lane in standing for achievement in lane.values()], places(said), last_deals(bootstrap),
        _brokers(event for _, _, event in decoded(bootstrap, topics.INSTITUTIONS)),
    )  # fmt: skip
    return reached(market, city, year)


def _brokers(events: Iterable[Any]) -> int:
    known = Institutions()
    for position, event in enumerate(events, 1):
        known.take(event, position)
    return sum(
        one.status is Status.ADMITTED and one.admitted.kind is InstitutionKind.BROKER for one in known.known.values()
    )


def as_plain(found: Iterable[Reached]) -> list[dict[str, Any]]:
    """Targets as plain values that JSON can hold; numbers as text."""
    return [
        {
            "target": one.target.name,
            "unit": one.target.unit,
            "least": str(one.target.least),
            "figure": None if one.figure is None else str(one.figure),
            "certified": None if one.certified is None else str(one.certified),
            "share_of_target": None if one.share is None else str(one.share),
            "counted": one.target.counted,
        }
        for one in found
    ]
