"""The best achievements of each demand in order, with a reserve behind the end of each list.

What leaves a list is replaced from its reserve. Only a list that has left others out, and has used its reserve up, is
to be found anew.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Collection, Sequence

from streams.domain.matching import Rank
from streams.domain.profile import DemandProfile

#: Places behind a list's end that are kept as well.
RESERVE = 10


class Reserves:
    """Lists by the reference of their demand. A list always holds the first of all that could match, or all of them."""

    def __init__(self, reserve: int) -> None:
        self._reserve = reserve
        self._lists: dict[str, list[Rank]] = {}
        #: Lists that have left others out, all of which come after their last.
        self._cut: set[str] = set()
        #: By achievement, the demands in whose lists it is.
        self._holders: defaultdict[str, set[str]] = defaultdict(set)

    def copied(self) -> Reserves:
        """The same, which later changes leave alone; it knows its holders once it was pickled and read again."""
        one = Reserves(self._reserve)
        one._lists = {ref: list(ranks) for ref, ranks in self._lists.items()}
        one._cut = set(self._cut)
        return one

    def __getstate__(self) -> tuple[int, dict[str, list[Rank]], set[str]]:
        return self._reserve, self._lists, self._cut

    def __setstate__(self, state: tuple[int, dict[str, list[Rank]], set[str]]) -> None:
        self._reserve, self._lists, self._cut = state
        self._holders = defaultdict(set)
        for demand_ref, ranks in self._lists.items():
            for rank in ranks:
                self._holders[rank.achievement_ref].add(demand_ref)

    def wanted(self, demand: DemandProfile) -> int:
        """How many are to be found for a list, its reserve included."""
        return demand.matches_wanted + self._reserve

    def shown(self, demand: DemandProfile) -> Sequence[Rank]:
        """The list as others are told of it."""
        return self._lists.get(demand.ref, [])[: demand.matches_wanted]

    def found(self, demand: DemandProfile, ranks: list[Rank]) -> None:
        """The list was found anew: ``ranks`` are the first ``wanted``, or all there are."""
        self.clear(demand.ref)
        self._lists[demand.ref] = ranks
        for rank in ranks:
            self._holders[rank.achievement_ref].add(demand.ref)
        self._note_cut(demand, ranks)

    def enter(self, rank: Rank, demand: DemandProfile) -> bool:
        """One more could match; whether that shows."""
        ranks = self._lists[demand.ref]
        if demand.ref in self._cut and rank > ranks[-1]:
            # Others of as many points may have been left out before it.
            return False
        place = bisect.bisect(ranks, rank)
        ranks.insert(place, rank)
        self._holders[rank.achievement_ref].add(demand.ref)
        if len(ranks) > self.wanted(demand):
            self._holders[ranks.pop().achievement_ref].discard(demand.ref)
        self._note_cut(demand, ranks)
        return place < demand.matches_wanted

    def holders(self, achievement_ref: str) -> Collection[str]:
        """Demands in whose lists an achievement stands that is gone now; they are told once."""
        return self._holders.pop(achievement_ref, set())

    def leave(self, achievement_ref: str, demand: DemandProfile) -> bool:
        """It leaves a list that it is in; whether that shows."""
        ranks = self._lists[demand.ref]
        place = next(place for place, rank in enumerate(ranks) if rank.achievement_ref == achievement_ref)
        del ranks[place]
        return place < demand.matches_wanted

    def is_used_up(self, demand: DemandProfile) -> bool:
        """Whether a list is to be found anew."""
        return demand.ref in self._cut and len(self._lists[demand.ref]) < demand.matches_wanted

    def floor(self, demand: DemandProfile, least: int) -> int:
        """Points with which an achievement enters a list: those of its last, or the ``least`` of all."""
        return -self._lists[demand.ref][-1].minus_points if demand.ref in self._cut else least

    def clear(self, demand_ref: str) -> None:
        """There is no such list any more."""
        self._cut.discard(demand_ref)
        for rank in self._lists.pop(demand_ref, ()):
            holders = self._holders.get(rank.achievement_ref)
            if holders is not None:
                holders.discard(demand_ref)

    def _note_cut(self, demand: DemandProfile, ranks: Sequence[Rank]) -> None:
        if len(ranks) == self.wanted(demand):
            self._cut.add(demand.ref)
