"""What it costs to keep a lane's lists, counted; and which searches of the last minutes took longest."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

_MINUTE = 60.0


class Cost(NamedTuple):
    """What it took to hold one text against all that stand on the other side."""

    postings: int = 0
    #: Pairs whose words were enough, and a gate was closed.
    gated: int = 0
    #: Pairs whose words were enough and whose points were computed; the gates were open.
    scored: int = 0


class Search(NamedTuple):
    """One search for the best achievements of a demand: how long it took, and what it cost."""

    seconds: float
    demand_ref: str
    cost: Cost


@dataclass(slots=True)
class Effort:
    """What was done since somebody last looked."""

    searches: list[Search] = field(default_factory=list)
    #: Achievements that were held against all standing demands.
    offers: int = 0
    #: Postings read for that and by the searches, and pairs as in ``Cost``.
    postings: int = 0
    gated: int = 0
    scored: int = 0

    def searched(self, search: Search) -> None:
        """One more search."""
        self.searches.append(search)
        self._add(search.cost)

    def offered(self, cost: Cost) -> None:
        """One more achievement, held against the standing demands."""
        self.offers += 1
        self._add(cost)

    def _add(self, cost: Cost) -> None:
        self.postings += cost.postings
        self.gated += cost.gated
        self.scored += cost.scored


class Slowest:
    """The slowest searches of the last minutes; those of each minute are enough to know those of all."""

    def __init__(self, kept: int = 10, minutes: int = 5) -> None:
        self._kept = kept
        self._span = minutes * _MINUTE
        self._minutes: deque[tuple[float, list[Search]]] = deque()

    def note(self, search: Search, now: float) -> None:
        """A search that ended at ``now``, in seconds of a steady clock."""
        if not self._minutes or now >= self._minutes[-1][0] + _MINUTE:
            self._minutes.append((now, []))
            self._forget(now)
        found = self._minutes[-1][1]
        if len(found) < self._kept:
            heapq.heappush(found, search)
        else:
            heapq.heappushpop(found, search)

    def found(self, now: float) -> list[Search]:
        """The slowest of the last minutes, slowest first; what began as long ago as that is forgotten by the minute."""
        self._forget(now)
        return heapq.nlargest(self._kept, (search for _, minute in self._minutes for search in minute))

    def _forget(self, now: float) -> None:
        while self._minutes and self._minutes[0][0] <= now - self._span:
            self._minutes.popleft()
