"""Demands as the score sees them, analysed once for all matching lanes of a worker."""

from __future__ import annotations

import threading
import uuid

from schemas.records import DemandPosted
from streams.domain.model import ScoringModel
from streams.domain.profile import DemandProfile, demand_profile

#: Demands whose analysis, some 40 kB, is kept for the other lanes of the same worker; they read side by side.
_PROFILES_KEPT = 2_000


class KeptProfiles:
    """Lanes of one worker hear the same demands at about the same time: each is analysed once under each model.

    Successors ask from threads of their own.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, uuid.UUID, str], DemandProfile] = {}
        self._turn = threading.Lock()

    def __call__(self, demand: DemandPosted, model: ScoringModel) -> DemandProfile:
        # Ids of submissions are their senders' own: two of them may have chosen the same.
        name = demand.ref, demand.version, demand.submission_id, model.version
        found = self._kept.get(name)
        if found is None:
            found = demand_profile(demand, model)
            with self._turn:
                if len(self._kept) >= _PROFILES_KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[name] = found
        return found
