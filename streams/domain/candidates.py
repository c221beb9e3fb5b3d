"""One lane's best achievements for every demand, kept event by event.

The lists always equal ``matching.live_matches`` over the lane's achievements; only the way there is shorter.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from schemas.records import Disclosure, WithdrawalReason
from streams.domain import matching
from streams.domain.effort import Effort, Search
from streams.domain.ends import End, Ends
from streams.domain.floors import Floors, most_parts
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


def standing_clock() -> float:
    """Measures nothing."""
    return 0.0


class Candidates:
    """Standing achievements and demands of a lane with the list of each demand.

    ``clock`` gives the seconds by which searches are measured; it decides nothing, nor does ``reserve``.
    """

    def __init__(self, threshold: float, clock: Callable[[], float] = standing_clock, reserve: int = RESERVE) -> None:
        self.clock = clock
        self._effort = Effort()
        self.now = datetime.fromtimestamp(0, UTC)
        self._least = matching.threshold_points(threshold)
        vocabulary = Vocabulary()
        self._achievements: TextIndex[AchievementProfile] = TextIndex(vocabulary)
        self._demands: TextIndex[DemandProfile] = TextIndex(vocabulary)
        self._floors = Floors()
        self._lists = Reserves(reserve)
        self._said: dict[str, _Said] = {}
        self._stale: set[str] = set()
        self._touched: set[str] = set()
        self._closed: dict[str, WithdrawalReason] = {}
        self._gone: dict[str, WithdrawalReason] = {}
        self._contracted: set[str] = set()
        #: Achievements that another one stands for, and those of them that are offered, whole for their return.
        self._represented: set[str] = set()
        self._aside: dict[str, AchievementProfile] = {}
        self._takes_over = False
        self._ends = Ends()

    # Facts

    def register(self, profile: AchievementProfile) -> None:
        """An achievement is offered, or a new version of it."""
        if self._achievements.get(profile.ref) is not None:
            self._remove(profile.ref, WithdrawalReason.ACHIEVEMENT_REVISED)
        if profile.ref in self._represented:
            self._aside[profile.ref] = profile
            return
        if profile.ref in self._contracted or profile.disclosure is Disclosure.CONFIDENTIAL:
            return
        if profile.closes_at is not None:
            if profile.closes_at <= self.now:
                return
            self._ends.note(End(profile.closes_at, profile.ref, True, profile.version))
        if profile.ref in self._gone:
            # Withdrawn and back since the last word: it stands, in another version.
            self._gone[profile.ref] = WithdrawalReason.ACHIEVEMENT_REVISED
        self._achievements.put(profile)
        self._offer(profile)

    def withdraw(self, ref: str) -> None:
        """An achievement is taken off the market."""
        self._aside.pop(ref, None)
        self._remove(ref, WithdrawalReason.ACHIEVEMENT_WITHDRAWN)

    def contract(self, ref: str) -> None:
        """An achievement is exclusively contracted, for good."""
        self._contracted.add(ref)
        self._remove(ref, WithdrawalReason.ACHIEVEMENT_CONTRACTED)

    def stand_aside(self, ref: str) -> None:
        """Another achievement, which may be the same, stands in matches for this one."""
        self._represented.add(ref)
        profile = self._achievements.get(ref)
        if profile is not None:
            self._aside[ref] = self._achievements.whole(profile)
            self._remove(ref, WithdrawalReason.DUPLICATE)

    def stand_again(self, ref: str) -> None:
        """An achievement stands for itself."""
        self._represented.discard(ref)
        profile = self._aside.pop(ref, None)
        if profile is not None:
            self.register(profile)

    def post(self, profile: DemandProfile) -> None:
        """A demand stands, or a new version of it."""
        self._lists.clear(profile.ref)
        self._closed.pop(profile.ref, None)
        if profile.closes_at is not None:
            if profile.closes_at <= self.now:
                self.close(profile.ref, WithdrawalReason.DEMAND_EXPIRED)
                return
            self._ends.note(End(profile.closes_at, profile.ref, False, profile.version))
        self._demands.put(profile)
        self._mark(profile.ref)

    def close(self, ref: str, reason: WithdrawalReason = WithdrawalReason.DEMAND_WITHDRAWN) -> None:
        """A demand is closed."""
        self._lists.clear(ref)
        if self._demands.get(ref) is not None:
            self._floors.shut(self._demands.slot(ref))
            self._demands.drop(ref)
        self._stale.discard(ref)
        self._closed[ref] = reason

    def tick(self, now: datetime) -> None:
        """Time has come to ``now``: what ended by then is closed. A clock that goes back is ignored."""
        self.now = max(self.now, now)
        for end in self._ends.due(self.now):
            profile = self._achievements.get(end.ref) if end.is_achievement else self._demands.get(end.ref)
            if profile is None or profile.version != end.version:
                continue
            if end.is_achievement:
                self._remove(end.ref, WithdrawalReason.ACHIEVEMENT_EXPIRED)
            else:
                self.close(end.ref, WithdrawalReason.DEMAND_EXPIRED)

    # Lists

    def changes(self) -> Iterator[Change]:
        """How lists changed since the last call, by demand in the order of their references."""
        for ref in self._changed():
            change = self._change(ref)
            if change.entered or change.left:
                yield change
        self._settled()

    def told(self) -> None:
        """What changed since the last call of ``changes`` is known to those who would hear of it."""
        for ref in self._changed():
            demand = self._demands.get(ref)
            words = () if demand is None else self._words(demand)
            self._say(ref, {rank.achievement_ref: word for rank, _, word in words})
        self._settled()

    def take_over(self, former: Candidates) -> None:
        """Go on telling what ``former`` told, which holds the same facts under another model.

        ``changes`` then tells where these lists differ from its last word, and nothing where they do not.
        """
        self.told()
        for ref in former._said.keys() | self._said.keys():
            said = former._said.get(ref, {})
            if said != self._said.get(ref, {}):
                self._said[ref] = said
                self._touched.add(ref)
        self._takes_over = True

    def copied(self) -> Candidates:
        """The same, which later changes leave alone, without a clock; only right after ``changes``."""
        assert not any((self._stale, self._touched, self._closed, self._gone))
        one, vocabulary = copy.copy(self), self._achievements.vocabulary.copied()
        one.clock, one._effort = standing_clock, Effort()
        one._achievements, one._demands = self._achievements.copied(vocabulary), self._demands.copied(vocabulary)
        one._floors, one._lists, one._ends = self._floors.copied(), self._lists.copied(), self._ends.copied()
        # What a list said last is never changed, only replaced.
        one._said, one._contracted = dict(self._said), set(self._contracted)
        one._represented, one._aside = set(self._represented), dict(self._aside)
        one._stale, one._touched, one._closed, one._gone = set(), set(), {}, {}
        return one

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
        for points, slot in self._demands.reached(profile, self._floors.needs, self._floors.points):
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
        began = self.clock()
        asked, words = replace(demand, matches_wanted=self._lists.wanted(demand)), self._demands.words(ref)
        self._lists.found(demand, self._achievements.best(asked, self._least, most_parts(demand), words))
        self._ask(demand)
        self._effort.searched(Search(self.clock() - began, ref, self._achievements.cost))

    def _ask(self, demand: DemandProfile) -> None:
        """From now on an achievement is looked at that can enter the list of ``demand``."""
        self._floors.ask(self._demands.slot(demand.ref), demand, self._lists.floor(demand, self._least))

    def _mark(self, ref: str) -> None:
        """The list of a demand is to be found anew; until then nothing enters it."""
        self._floors.shut(self._demands.slot(ref))
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

    def _changed(self) -> list[str]:
        """The demands whose lists may have changed, once those that are to be found anew are found."""
        for ref in sorted(self._stale):
            self._search(ref)
        return sorted(self._touched | self._stale | self._closed.keys())

    def _settled(self) -> None:
        for pending in (self._touched, self._stale, self._closed, self._gone):
            pending.clear()
        self._takes_over = False

    def _change(self, ref: str) -> Change:
        before, demand = self._said.get(ref, {}), self._demands.get(ref)
        after: _Said = {}
        entered = []
        if demand is not None:
            for rank, profile, word in self._words(demand):
                after[rank.achievement_ref] = word
                if before.get(rank.achievement_ref) != word:
                    entered.append(Entered(rank, profile, self._achievements.shared(profile, self._demands, demand)))
        left = tuple((gone, self._why(ref, gone, before[gone])) for gone in sorted(before.keys() - after.keys()))
        self._say(ref, after)
        return Change(ref, demand, tuple(entered), left)

    def _words(self, demand: DemandProfile) -> Iterator[tuple[Rank, AchievementProfile, tuple[int, int, int]]]:
        """What the list of ``demand`` says of each achievement now."""
        for rank in self._lists.shown(demand):
            profile = self._achievements.get(rank.achievement_ref)
            assert profile is not None
            yield rank, profile, (-rank.minus_points, profile.version, demand.version)

    def _say(self, ref: str, words: _Said) -> None:
        if words:
            self._said[ref] = words
        else:
            self._said.pop(ref, None)

    def _why(self, demand_ref: str, achievement_ref: str, word: tuple[int, int, int]) -> WithdrawalReason:
        if self._takes_over:
            return WithdrawalReason.MODEL_CHANGED
        demand = self._demands.get(demand_ref)
        if demand is None:
            return self._closed.get(demand_ref, WithdrawalReason.DEMAND_WITHDRAWN)
        standing = self._achievements.get(achievement_ref)
        # Gone and back as it was since the last word: what takes its place is better.
        if achievement_ref in self._gone and (standing is None or standing.version != word[1]):
            return self._gone[achievement_ref]
        return WithdrawalReason.OUTRANKED if demand.version == word[2] else WithdrawalReason.DEMAND_REVISED
