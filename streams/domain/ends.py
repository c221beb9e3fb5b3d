"""When achievements and demands end of themselves."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple


class End(NamedTuple):
    """Version ``version`` of an achievement, or of a demand, ends at ``at``."""

    at: datetime
    ref: str
    is_achievement: bool
    version: int


class Ends:
    """Ends to come. Those of versions that stand no more are told as well."""

    def __init__(self) -> None:
        self._ends: list[End] = []

    def copied(self) -> Ends:
        """The same, which later changes leave alone."""
        one = Ends()
        one._ends = list(self._ends)
        return one

    def note(self, end: End) -> None:
        """One more end to come."""
        heapq.heappush(self._ends, end)

    def due(self, now: datetime) -> Iterator[End]:
        """What has ended by ``now``, in order, each once."""
        while self._ends and self._ends[0].at <= now:
            yield heapq.heappop(self._ends)
