"""Who negotiates with whom: offers and wishes of one theme that also match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from random import Random

from producers.scenario import scripts
from producers.scenario.achievements import Offer
from producers.scenario.demands import Wish
from producers.scenario.moves import Talk
from schemas.records import AchievementRegistered, CooperationMode, DemandPosted, Disclosure

#: After one of these nobody else can have the achievement.
EXCLUSIVE = frozenset({CooperationMode.ASSIGNMENT, CooperationMode.LICENCE_EXCLUSIVE, CooperationMode.LICENCE_SOLE})
_COMPETITIONS, _OVERTAKEN = 6, 2
#: Deals begin in one of the first rounds.
_STARTS = 6


@dataclass(frozen=True, slots=True)
class _Pair:
    achievement: AchievementRegistered
    demand: DemandPosted
    modes: tuple[CooperationMode, ...]

    @property
    def is_asked_directly(self) -> bool:
        """Whether the enterprise has posted its demand itself."""
        return self.demand.institution_id != f"district-{self.demand.district}"

    @property
    def exclusive(self) -> tuple[CooperationMode, ...]:
        return tuple(mode for mode in self.modes if mode in EXCLUSIVE)


class Casting:
    """Chooses the two sides of each deal; nobody is in two, but for those who compete."""

    def __init__(self, offers: Sequence[Offer], wishes: Sequence[Wish], random: Random) -> None:
        self._random = random
        self._pairs = [pair for wish in wishes for pair in _suitable(wish, offers)]
        random.shuffle(self._pairs)
        self._busy: set[str] = set()

    def talks(self) -> tuple[Talk, ...]:
        """All deals: those that compete or are overtaken first, for they are the hardest to cast."""
        return tuple(chain(self._competing(), self._overtaken(), self._alone(), self._arranged()))

    def _competing(self) -> Iterator[Talk]:
        """One achievement, two enterprises: the first gets it alone, the other too late or not at all."""
        for number in range(_COMPETITIONS):
            found = self._rivals()
            if found is None:
                return
            winner, loser, mode = found
            text = scripts.LOSER if number % 2 == 0 else scripts.OUTBID
            first = self._random.randrange(2)
            yield self._talk(winner, scripts.WINNER, first, mode)
            yield self._talk(loser, text, first + scripts.LOSER_BEHIND, mode)

    def _rivals(self) -> tuple[_Pair, _Pair, CooperationMode] | None:
        free = [pair for pair in self._pairs if self._is_free(pair) and pair.exclusive]
        for one in free:
            for other in free:
                shared = [mode for mode in one.exclusive if mode in other.exclusive]
                if one.achievement is other.achievement and one.demand is not other.demand and shared:
                    return one, other, shared[0]
        return None

    def _overtaken(self) -> Iterator[Talk]:
        for _ in range(_OVERTAKEN):
            pair = self._next()
            if pair is not None:
                yield self._talk(pair, scripts.OVERTAKEN, self._random.randrange(_STARTS), is_overtaken=True)

    def _alone(self) -> Iterator[Talk]:
        for text in [text for count, text in scripts.ALONE for _ in range(count)]:
            pair = self._next()
            if pair is not None:
                yield self._talk(pair, text, self._random.randrange(_STARTS))

    def _arranged(self) -> Iterator[Talk]:
        """An office has no part of its own in a deal over a demand that it has posted itself."""
        many, text = scripts.ARRANGED
        free = (pair for pair in self._pairs if pair.is_asked_directly and self._is_free(pair))
        for pair in islice(free, many):
            yield self._talk(pair, text, self._random.randrange(_STARTS))

    def _next(self) -> _Pair | None:
        return next((pair for pair in self._pairs if self._is_free(pair)), None)

    def _is_free(self, pair: _Pair) -> bool:
        return self._busy.isdisjoint((pair.achievement.ref, pair.demand.ref))

    def _talk(
        self, pair: _Pair, text: str, first: int, mode: CooperationMode | None = None, *, is_overtaken: bool = False
    ) -> Talk:
        self._busy.update((pair.achievement.ref, pair.demand.ref))
        chosen = mode or self._random.choice(pair.modes)
        return Talk(pair.achievement, pair.demand, chosen, scripts.script(text), first, is_overtaken)


def _suitable(wish: Wish, offers: Sequence[Offer]) -> Iterator[_Pair]:
    """The offers of the same theme that a match does not rule out."""
    demand = wish.record
    for offer in offers:
        achievement = offer.record
        modes = tuple(mode for mode in achievement.modes if not demand.modes or mode in demand.modes)
        if offer.theme is wish.theme and modes and _is_open(achievement, demand):
            yield _Pair(achievement, demand, modes)


def _is_open(achievement: AchievementRegistered, demand: DemandPosted) -> bool:
    wanted = demand.maturity_wanted
    mature = wanted is None or (achievement.maturity is not None and achievement.maturity >= wanted)
    lasting = achievement.valid_until is None and demand.deadline is None
    return mature and lasting and achievement.disclosure is Disclosure.PUBLIC
