"""From withdrawing an achievement until no view shows a match of it: in Kafka, in SQL, on the web.

One after the other, those that stand in most lists: in quiet, then beside achievements that arrive at a steady rate,
last a few that were made to stand in a great many lists.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from infra.home import Endpoints
from producers.publisher import Publisher
from schemas.errors import Unavailable
from schemas.records import AchievementWithdrawn, Text
from streams.domain.text import words
from tests.bench import quantiles
from tests.bench.reports import Result, Row, Size
from tests.bench.standing import Market, drain, filled
from tests.bench.submissions import LAB
from tests.bench.system import fresh
from tests.bench.views import Shows, Told, views

#: Seconds in which nothing that is withdrawn may be left in any view.
_GOAL = 2.0
#: Seconds until the standing market is worked off, and until a withdrawal that is still shown ends the run.
_STANDING, _PATIENCE = 1800.0, 60.0
#: Achievements in words that very many demands use, and how many words.
_EVERYWHERE, _WORDS = 3, 100


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """How many lists an achievement stood in, and the seconds until each view was rid of it."""

    lists: int
    seconds: Mapping[str, float]


def measured(size: Size, console: Console) -> Result:
    """Seconds by view."""
    with fresh() as system:
        console.print(f"up in {system.up():.1f} s")
        endpoints = system.endpoints
        market, loading = filled(endpoints.bootstrap, size.achievements, size.demands, _STANDING)
        console.print(f"{size.achievements:,} and {size.demands:,} ({market.about}) stand after {loading:.1f} s")
        everywhere = _registered(endpoints, market)
        with views(endpoints) as (told, shown), Publisher(endpoints.bootstrap) as publisher:
            names = _in_most_lists(told, size.withdrawals)
            withdrawing = _Withdrawing(told, shown, publisher)
            found = {"quiet": withdrawing.all(names[::2])}
            with _arriving(endpoints, market, size.rate) as sent:
                found["busy"] = withdrawing.all(names[1::2])
            drain(endpoints.bootstrap)
            found["everywhere"] = withdrawing.all(everywhere)
    phases = {phase: _told(each) for phase, each in found.items()}
    content = {
        "texts": market.about,
        "standing_seconds": round(loading, 1),
        "arrived_per_second_when_busy": round(len(sent) / (sent[-1] - sent[0]), 1),
        **phases,
    }
    title = f"Withdrawn until unseen, {size.achievements:,} achievements and {size.demands:,} demands ({market.about})"
    return Result(title, content, [row for phase, told in phases.items() for row in _rows(phase, told)])


def _told(each: Sequence[Withdrawn]) -> dict[str, Any]:
    lists = sorted(one.lists for one in each)
    told: dict[str, Any] = {"withdrawals": len(each), "lists": {"least": lists[0], "most": lists[-1]}}
    for view in each[0].seconds:
        seconds = [one.seconds[view] for one in each]
        told[view] = {
            name: round(value, 4) for name, value in {**quantiles.of_values(seconds), "max": max(seconds)}.items()
        }
    return told


def _rows(phase: str, told: Mapping[str, Any]) -> Iterator[Row]:
    lists = told["lists"]
    yield Row(f"{phase}: withdrawn", f"{told['withdrawals']}", f"from {lists['least']:,} to {lists['most']:,} lists")
    for view in ("kafka", "sql", "web"):
        spread = " / ".join(f"{told[view][name] * 1000:.0f}" for name in ("p50", "p99", "max"))
        yield Row(f"  {view}, p50 / p99 / max", f"{spread} ms", f"goal 2 s: × {told[view]['max'] / _GOAL:.2f}")


class _Withdrawing:
    """Withdraws an achievement and looks until it is gone from every view, all with one clock."""

    def __init__(self, told: Told, shown: Mapping[str, Shows], publisher: Publisher) -> None:
        self._told = told
        self._shown = shown
        self._publisher = publisher

    def all(self, achievement_ids: Sequence[str]) -> list[Withdrawn]:
        """One after the other; those that were outranked everywhere meanwhile are left out."""
        return [self._one(name) for name in achievement_ids if self._shown["kafka"](name)]

    def _one(self, achievement_id: str) -> Withdrawn:
        lists = len(self._told.demands[achievement_id])
        record = AchievementWithdrawn(uuid.uuid4(), LAB, achievement_id, 2, datetime.now(UTC))
        seconds: dict[str, float] = {}
        began = time.perf_counter()
        self._publisher.send(record)
        self._publisher.flush()
        while len(seconds) < len(self._shown):
            for view in self._shown.keys() - seconds.keys():
                if not self._shown[view](achievement_id):
                    seconds[view] = time.perf_counter() - began
            if time.perf_counter() - began > _PATIENCE:
                left = ", ".join(sorted(self._shown.keys() - seconds.keys()))
                raise Unavailable(f"{achievement_id} is withdrawn and still shown after {_PATIENCE:.0f} s: {left}")
        return Withdrawn(lists, seconds)


def _in_most_lists(told: Told, count: int) -> list[str]:
    """Achievements by how many lists they stand in, those made to stand everywhere left out."""
    _until_quiet(told.hear)
    standing = {name: len(demands) for name, demands in told.demands.items() if demands and name.startswith("A-")}
    return sorted(standing, key=lambda name: (-standing[name], name))[:count]


def _until_quiet(hear: Callable[[], int], calm: float = 2.0) -> None:
    heard_at = time.monotonic()
    while time.monotonic() - heard_at < calm:
        if hear():
            heard_at = time.monotonic()


def _registered(endpoints: Endpoints, market: Market) -> list[str]:
    """Achievements that stand in a great many lists, after they were worked off."""
    common = Counter(word for text in market.wanted for word in dict.fromkeys(words(text.title)))
    text = Text("everything", " ".join(word for word, _ in common.most_common(_WORDS)))
    names = [f"everywhere-{number}" for number in range(_EVERYWHERE)]
    with Publisher(endpoints.bootstrap) as publisher:
        for name in names:
            publisher.send(replace(market.achievement(), achievement_id=name, zh=None, en=text, maturity=9))
    drain(endpoints.bootstrap)
    return names


@contextmanager
def _arriving(endpoints: Endpoints, market: Market, rate: int) -> Iterator[list[float]]:
    """Meanwhile up to ``rate`` new achievements a second arrive; the moments when they were sent."""
    done = threading.Event()
    sent: list[float] = []

    def arrive() -> None:
        with Publisher(endpoints.bootstrap) as publisher:
            while not done.wait(1 / rate):
                publisher.send(market.achievement())
                sent.append(time.perf_counter())

    sender = threading.Thread(target=arrive)
    sender.start()
    try:
        yield sent
    finally:
        done.set()
        sender.join()
