"""One lane's best achievements for every demand, kept event by event.

The lists always equal ``matching.live_matches`` over the lane's achievements; only the way there is shorter.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from schemas.records import Disclosure, WithdrawalReason
from streams.domain import matching
from streams.domain.effort import Effort, Search
from streams.domain.index.kernels import NEVER
from streams.domain.index.text_index import TextIndex, Vocabulary
from streams.domain.matching import Rank, Shared
from streams.domain.profile import AchievementProfile, DemandProfile
from streams.domain.reserves import RESERVE, Reserves

#: What a list said last: points and both versions, by achievement.
_Said = dict[str, tuple[int, int, int]]


class Entered(NamedTuple):
    """An achievement that is new in a list, or still there with other points or another version.

    ``shared`` is what it and the demand have in common; the profile comes without its terms.
    """

    rank: Rank
    profile: AchievementProfile
    shared: Shared


@dataclass(frozen=True, slots=True)
class Change:
    """How the list of one demand changed since it was last asked for."""

    demand_ref: str
    #: Without its terms; ``None`` where the demand is closed.
    demand: DemandProfile | None
    entered: tuple[Entered, ...]
    left: tuple[tuple[str, WithdrawalReason], ...]


class Candidates:
    """Standing achievements and demands of a lane with the list of each demand.

    ``clock`` gives the seconds by which searches are measured; it decides nothing, nor does ``reserve``.
    """

    def __init__(
        self, threshold: float, clock: Callable[[], float] = lambda: 0.0, reserve: int = RESERVE
    ) -> None:  # fmt: skip
        self._clock = clock
        self._effort = Effort()
        self.now = datetime.fromtimestamp(0, UTC)
        self._least = matching.threshold_points(threshold)
        vocabulary = Vocabulary()
        self._achievements: TextIndex[AchievementProfile] = TextIndex(vocabulary)
        self._demands: TextIndex[DemandProfile] = TextIndex(vocabulary)
        #: By the demand's slot: points that an achievement needs to enter its list, and the least text that can do it.
        self._floors = np.zeros(16, np.int64)
        self._needs = np.full(16, NEVER, np.int32)
        self._lists = Reserves(reserve)
        self._said: dict[str, _Said] = {}
        self._stale: set[str] = set()
        self._touched: set[str] = set()
        self._closed: dict[str, WithdrawalReason] = {}
        self._gone: dict[str, WithdrawalReason] = {}
        self._contracted: set[str] = set()
        self._takes_over = False
        self._ends: list[tuple[datetime, str, bool, int]] = []

    # Facts

    def register(self, profile: AchievementProfile) -> None:
        """An achievement is offered, or a new version of it."""
        if self._achievements.get(profile.ref) is not None:
            self._remove(profile.ref, WithdrawalReason.ACHIEVEMENT_REVISED)
        if profile.ref in self._contracted or profile.disclosure is Disclosure.CONFIDENTIAL:
            return
        if profile.closes_at is not None:
            if profile.closes_at <= self.now:
                return
            heapq.heappush(self._ends, (profile.closes_at, profile.ref, True, profile.version))
        if profile.ref in self._gone:
            # Withdrawn and back since the last word: it stands, in another version.
            self._gone[profile.ref] = WithdrawalReason.ACHIEVEMENT_REVISED
        self._achievements.put(profile)
        self._offer(profile)

    def withdraw(self, ref: str) -> None:
        """An achievement is taken off the market."""
        self._remove(ref, WithdrawalReason.ACHIEVEMENT_WITHDRAWN)

    def contract(self, ref: str) -> None:
        """An achievement is exclusively contracted, for good."""
        self._contracted.add(ref)
        self._remove(ref, WithdrawalReason.ACHIEVEMENT_CONTRACTED)

    def post(self, profile: DemandProfile) -> None:
        """A demand stands, or a new version of it."""
        self._lists.clear(profile.ref)
        self._closed.pop(profile.ref, None)
        if profile.closes_at is not None:
            if profile.closes_at <= self.now:
                self.close(profile.ref, WithdrawalReason.DEMAND_EXPIRED)
                return
            heapq.heappush(self._ends, (profile.closes_at, profile.ref, False, profile.version))
        slot = self._demands.put(profile)
        if slot >= len(self._floors):
            self._floors = np.concatenate([self._floors, np.zeros_like(self._floors)])
            self._needs = np.concatenate([self._needs, np.full_like(self._needs, NEVER)])
        self._mark(profile.ref)

    def close(self, ref: str, reason: WithdrawalReason = WithdrawalReason.DEMAND_WITHDRAWN) -> None:
        """A demand is closed."""
        self._lists.clear(ref)
        if self._demands.get(ref) is not None:
            self._needs[self._demands.slot(ref)] = NEVER
            self._demands.drop(ref)
        self._stale.discard(ref)
        self._closed[ref] = reason

    def tick(self, now: datetime) -> None:
        """Time has come to ``now``: what ended by then is closed. A clock that goes back is ignored."""
        self.now = max(self.now, now)
        while self._ends and self._ends[0][0] <= self.now:
            _, ref, is_achievement, version = heapq.heappop(self._ends)
            profile = self._achievements.get(ref) if is_achievement else self._demands.get(ref)
            if profile is None or profile.version != version:
                continue
            if is_achievement:
                self._remove(ref, WithdrawalReason.ACHIEVEMENT_EXPIRED)
            else:
                self.close(ref, WithdrawalReason.DEMAND_EXPIRED)

    # Lists

    def changes(self) -> Iterator[Change]:
        """How lists changed since the last call, by demand in the order of their references."""
        for ref in sorted(self._stale):
            self._search(ref)
        changed = self._touched | self._stale | self._closed.keys()
        for ref in sorted(changed):
            change = self._change(ref)
            if change.entered or change.left:
                yield change
        for pending in (self._touched, self._stale, self._closed, self._gone):
            pending.clear()
        self._takes_over = False

    def take_over(self, former: Candidates) -> None:
        """Go on telling what ``former`` told, which holds the same facts under another model.

        ``changes`` then tells where these lists differ from its last word, and nothing where they do not.
        """
        for _ in self.changes():
            pass
        for ref in former._said.keys() | self._said.keys():
            said = former._said.get(ref, {})
            if said != self._said.get(ref, {}):
                self._said[ref] = said
                self._touched.add(ref)
        self._takes_over = True

    def effort(self) -> Effort:
        """What was done since the last call."""
        done, self._effort = self._effort, Effort()
        return done

    def size(self) -> tuple[int, int]:
        """How many achievements and demands stand."""
        return len(self._achievements), len(self._demands)

    def _offer(self, profile: AchievementProfile) -> None:
        if len(self._stale) == len(self._demands):
            # While a state is read back every list waits to be found anew, which spares the offers.
            return
        for points, slot in self._demands.reached(profile, self._needs, self._floors):
            demand = self._demands.profiles[slot]
            assert demand is not None
            if self._lists.enter(Rank(-points, profile.ref), demand):
                self._touched.add(demand.ref)
            self._ask(demand)
        self._effort.offered(self._demands.cost)

    def _search(self, ref: str) -> None:
        """Find the list of a demand anew."""
        demand = self._demands.get(ref)
        assert demand is not None
        began = self._clock()
        asked = replace(self._demands.whole(demand), matches_wanted=self._lists.wanted(demand))
        self._lists.found(demand, self._achievements.best(asked, self._least, _most_parts(demand)))
        self._ask(demand)
        self._effort.searched(Search(self._clock() - began, ref, self._achievements.cost))

    def _ask(self, demand: DemandProfile) -> None:
        """From now on an achievement is looked at that can enter the list of ``demand``."""
        floor = self._lists.floor(demand, self._least)
        slot = self._demands.slot(demand.ref)
        self._floors[slot] = floor
        self._needs[slot] = -(-floor // _most_parts(demand))

    def _mark(self, ref: str) -> None:
        """The list of a demand is to be found anew; until then nothing enters it."""
        self._needs[self._demands.slot(ref)] = NEVER
        self._stale.add(ref)

    def _remove(self, ref: str, reason: WithdrawalReason) -> None:
        if self._achievements.drop(ref) is None:
            return
        self._gone[ref] = reason
        for holder in self._lists.holders(ref):
            self._leave(ref, holder)

    def _leave(self, achievement_ref: str, demand_ref: str) -> None:
        demand = self._demands.get(demand_ref)
        assert demand is not None
        shows = self._lists.leave(achievement_ref, demand)
        if self._lists.is_used_up(demand):
            self._mark(demand_ref)
            return
        self._ask(demand)
        if shows:
            self._touched.add(demand_ref)

    def _change(self, ref: str) -> Change:
        before, demand = self._said.get(ref, {}), self._demands.get(ref)
        after: _Said = {}
        entered = []
        for rank in self._lists.shown(demand) if demand is not None else ():
            profile = self._achievements.get(rank.achievement_ref)
            assert profile is not None
            assert demand is not None
            word = (-rank.minus_points, profile.version, demand.version)
            after[rank.achievement_ref] = word
            if before.get(rank.achievement_ref) != word:
                entered.append(Entered(rank, profile, self._achievements.shared(profile, self._demands, demand)))
        left = tuple((gone, self._why(ref, gone, before[gone])) for gone in sorted(before.keys() - after.keys()))
        if after:
            self._said[ref] = after
        else:
            self._said.pop(ref, None)
        return Change(ref, demand, tuple(entered), left)

    def _why(self, demand_ref: str, achievement_ref: str, word: tuple[int, int, int]) -> WithdrawalReason:
        if self._takes_over:
            return WithdrawalReason.MODEL_CHANGED
        demand = self._demands.get(demand_ref)
        if demand is None:
            return self._closed.get(demand_ref, WithdrawalReason.DEMAND_WITHDRAWN)
        if achievement_ref in self._gone:
            return self._gone[achievement_ref]
        return WithdrawalReason.OUTRANKED if demand.version == word[2] else WithdrawalReason.DEMAND_REVISED


def _most_parts(demand: DemandProfile) -> int:
    """The most parts of a hundred that any achievement can have with ``demand``."""
    asked = (
        (matching.INDUSTRY, bool(demand.industries)),
        (matching.MATURITY, demand.maturity_wanted is not None),
        (matching.PLACE, demand.district is not None),
        (matching.BUDGET, demand.budget is not None),
    )
    return matching.TEXT + sum(parts for parts, counts in asked if counts)
