"""Tells what matching costs: as metrics, and by demand for ``techdock status``, for a metric carries no ids."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from infra import metrics
from streams.domain.effort import Effort, Slowest


class EffortLog:
    """The effort of all matching lanes of one worker; ``clock`` gives seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self._slowest = Slowest()

    def count(self, lane: int, effort: Effort, entries_changed: int) -> None:
        """Add what lane ``lane`` did since it was last counted."""
        partition = str(lane)
        metrics.OFFERS.labels(partition).inc(effort.offers)
        metrics.POSTINGS_READ.labels(partition).inc(effort.postings)
        metrics.PAIRS_GATED.labels(partition).inc(effort.gated)
        metrics.PAIRS_SCORED.labels(partition).inc(effort.scored)
        metrics.ENTRIES_CHANGED.labels(partition).inc(entries_changed)
        seconds = metrics.SEARCH_SECONDS.labels(partition)
        now = self.clock()
        for search in effort.searches:
            seconds.observe(search.seconds)
            self._slowest.note(search, now)

    def slowest(self) -> Sequence[Mapping[str, object]]:
        """The slowest searches of the last minutes, slowest first."""
        return [
            {"demand": one.demand_ref, "seconds": one.seconds, **one.cost._asdict()}
            for one in self._slowest.found(self.clock())
        ]
