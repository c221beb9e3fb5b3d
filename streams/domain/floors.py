"""What an achievement must have to enter the list of each demand, as columns that the kernels look at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from streams.domain import matching
from streams.domain.index.kernels import NEVER
from streams.domain.profile import DemandProfile


class Floors:
    """By the demand's slot: points that an achievement needs to enter its list, and the least text that can do it."""

    def __init__(self) -> None:
        self.points: npt.NDArray[np.int64] = np.zeros(16, np.int64)
        self.needs: npt.NDArray[np.int32] = np.full(16, NEVER, np.int32)

    def copied(self) -> Floors:
        """The same, which later changes leave alone."""
        one = Floors()
        one.points, one.needs = self.points.copy(), self.needs.copy()
        return one

    def ask(self, slot: int, demand: DemandProfile, points: int) -> None:
        """From now on an achievement of so many points can enter the list of ``demand``."""
        self.points[slot] = points
        self.needs[slot] = -(-points // most_parts(demand))

    def shut(self, slot: int) -> None:
        """From now on nothing enters the list of the demand in ``slot``."""
        while slot >= len(self.needs):
            self.points = np.concatenate([self.points, np.zeros_like(self.points)])
            self.needs = np.concatenate([self.needs, np.full_like(self.needs, NEVER)])
        self.needs[slot] = NEVER


def most_parts(demand: DemandProfile) -> int:
    """The most parts of a hundred that any achievement can have with ``demand``."""
    asked = (
        (matching.INDUSTRY, bool(demand.industries)),
        (matching.MATURITY, demand.maturity_wanted is not None),
        (matching.PLACE, demand.district is not None),
        (matching.BUDGET, demand.budget is not None),
    )
    return matching.TEXT + sum(parts for parts, counts in asked if counts)
