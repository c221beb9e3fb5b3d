"""The live matches of thousands of texts by trying every pair, in minutes where the definition takes an hour.

What the words of each pair are worth is summed up by numpy in 64-bit whole numbers, over all words of all achievements
for each demand. Where that could suffice, the definition's own points and gates decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import numpy as np
import numpy.typing as npt

from streams.domain import matching
from streams.domain.matching import FULL, Rank
from streams.domain.profile import AchievementProfile, DemandProfile
from streams.domain.weighing import FULL_TEXT


class EveryPair:
    """All of ``achievements`` side by side; ``ranks`` tries them for a demand as ``matching.ranks`` does."""

    def __init__(self, achievements: Mapping[str, AchievementProfile], now: datetime, threshold: float) -> None:
        self._achievements = list(achievements.values())
        self._now = now
        self._least = matching.threshold_points(threshold)
        self._numbers: dict[str, int] = {}
        for one in self._achievements:
            for term in one.terms:
                self._numbers.setdefault(term, len(self._numbers))
        told = [(self._numbers[term], weight) for one in self._achievements for term, weight in one.terms.items()]
        self._terms, self._weights = np.array(told, np.int64).reshape(-1, 2).T.copy()
        self._ends = np.cumsum([0, *(len(one.terms) for one in self._achievements)])

    def ranks(self, demand: DemandProfile) -> Iterator[Rank]:
        """Those that pass the gates and reach the threshold, in no order."""
        texts = self._texts(demand)
        # Text with every soft factor is worth so many points: what cannot reach the threshold with that is left out.
        for place in np.flatnonzero(texts * (FULL // FULL_TEXT) >= self._least):
            achievement = self._achievements[place]
            worth = matching.points(int(texts[place]), achievement, demand)
            if worth >= self._least and not matching.failed_gates(achievement, demand, self._now):
                yield Rank(-worth, achievement.ref)

    def _texts(self, demand: DemandProfile) -> npt.NDArray[np.int64]:
        asked = np.zeros(len(self._numbers), np.int64)
        for term, share in demand.terms.items():
            if term in self._numbers:
                asked[self._numbers[term]] = share
        sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(asked[self._terms] * self._weights)])
        texts: npt.NDArray[np.int64] = np.diff(sums[self._ends])
        return texts
