"""What happened to deals by week or by month, recounted from the log, and told."""

from __future__ import annotations

import enum
import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from schemas.days import CHINA
from schemas.records import PipelineDimension, PipelinePeriod, PipelineWindowMeasured
from streams.domain.windows import Course, Group, Window, flows, window_of
from streams.pipeline_report import By, advances, cohorts_by
from streams.windows import measured


class Per(enum.StrEnum):
    """How long windows are."""

    WEEK = "week"
    MONTH = "month"


def windows(bootstrap: str, by: By, per: Per, since: datetime | None = None) -> list[PipelineWindowMeasured]:
    """What happened in each window from the one that ``since`` is part of, by window and value.

    Counted from the log, so that their revision says nothing. Raises ``Unavailable``.
    """
    period, dimension = PipelinePeriod[per.name], PipelineDimension[by.name]
    first = None if since is None else window_of(period, since.astimezone(CHINA).date())
    cohorts = cohorts_by(bootstrap, by)

    def groups_of(course: Course) -> list[Group]:
        return [Group(dimension, value) for value in cohorts.values(dimension, course.last, course.begun_at)]

    return [
        measured(window, group, flow, revision=1)
        for window, courses in sorted(_by_window(bootstrap).items(), key=lambda item: item[0])
        if window.period is period and (first is None or window >= first)
        for group, flow in sorted(flows(window, courses, groups_of).items())
    ]


def _by_window(bootstrap: str) -> dict[Window, list[Course]]:
    courses: dict[uuid.UUID, Course] = {}
    for advance in advances(bootstrap):
        courses.setdefault(advance.deal_id, Course(advance)).take(advance)
    found: defaultdict[Window, list[Course]] = defaultdict(list)
    for course in courses.values():
        for window in course.windows():
            found[window].append(course)
    return found


def as_plain(window: PipelineWindowMeasured) -> dict[str, Any]:
    """The figures as plain values that JSON can hold; times in seconds, amounts as text by currency."""
    return {
        "period": window.period.lower(),
        "begins_on": window.begins_on.isoformat(),
        "by": window.dimension.lower(),
        "group": window.value,
        "won": window.won,
        "lost": [{"stage": one.stage, "cause": one.cause, "deals": one.deals} for one in window.lost],
        "stages": [
            {
                "stage": one.stage,
                "entered": one.entered,
                "amounts": {each.currency: str(each.amount) for each in one.amounts},
                "left": one.left,
                "seconds_p50": one.seconds_p50,
                "seconds_p90": one.seconds_p90,
            }
            for one in window.stages
        ],
    }


def title(window: PipelineWindowMeasured) -> str:
    """Which window it is, of whom, and what it came to."""
    lost = "".join(f"; {one.deals} lost from {one.stage}: {one.cause}" for one in window.lost)
    return f"{_name(window)}, {window.value}: {window.won} won{lost}"


def _name(window: PipelineWindowMeasured) -> str:
    if window.period is PipelinePeriod.WEEK:
        year, week, _ = window.begins_on.isocalendar()
        return f"{year}-W{week:02}, from {window.begins_on}"
    return f"{window.begins_on:%Y-%m}"


def rows(window: PipelineWindowMeasured) -> Iterator[tuple[str, ...]]:
    """The figures as rows of text: stage, entered, amounts, left, days in it (p50, p90)."""
    for one in window.stages:
        amounts = ", ".join(f"{each.amount:,} {each.currency}" for each in one.amounts)
        yield str(one.stage), str(one.entered), amounts, str(one.left), _days(one.seconds_p50), _days(one.seconds_p90)


def _days(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds / timedelta(days=1).total_seconds():.1f}"
