"""The city's targets, counted from the log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from schemas import topics
from schemas.institutions import Institutions, Status
from schemas.records import AchievementRegistered, DemandPosted, LifeTask, TaskAdvanced
from streams.domain.targets import Market, Reached, places, reached
from streams.domain.tasks.fund_statement import committed
from streams.domain.tasks.intermediary_report import intermediaries, qualified
from streams.domain.tasks.standing import subjects
from streams.register import decoded, last_deals, registered_facts


def targets(bootstrap: str, city: str, year: int) -> tuple[Reached, ...]:
    """Every target with its figure; raises ``Unavailable``."""
    standing = registered_facts(bootstrap).achievements.values()
    said = (
        record
        for _, _, record in decoded(bootstrap, topics.ACHIEVEMENTS, topics.DEMANDS)
        if isinstance(record, AchievementRegistered | DemandPosted)
    )
    told = (one for _, _, one in decoded(bootstrap, topics.TASK_STATES) if isinstance(one, TaskAdvanced))
    standing_tasks = subjects(told)
    market = Market(
        [achievement for lane in standing for achievement in lane.values()], places(said), last_deals(bootstrap),
        len(qualified(intermediaries(standing_tasks)) & _admitted(decoded(bootstrap, topics.INSTITUTIONS))),
        committed((one for (task, _), one in standing_tasks.items() if task is LifeTask.FUND), "CNY"),
    )  # fmt: skip
    return reached(market, city, year)


def _admitted(events: Iterable[tuple[str, int, Any]]) -> set[str]:
    known = Institutions()
    for position, (_, _, event) in enumerate(events, 1):
        known.take(event, position)
    return {name for name, one in known.known.items() if one.status is Status.ADMITTED}


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
