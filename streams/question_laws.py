"""What must be true of questions over matches: who is asked matches, and who waits has not lost the match.

The lane hears of matches beside moves, and nobody tells at which move it had heard what. So each pair is held against
every way in which its matches may have come between its questions: what fits none of them is wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

Difference = Mapping[str, object]


class Pair(NamedTuple):
    """A demand and an achievement, by their references."""

    demand: str
    achievement: str


class Heard(NamedTuple):
    """What was told of a pair's match: whether it is withdrawn, when (the time of the record), and at which offset."""

    is_withdrawn: bool
    at: datetime
    offset: int


@dataclass(slots=True)
class _Question:
    """How many of the pair's matches may have been heard by now, and whether somebody waits for an answer."""

    heard: list[int] = field(default_factory=lambda: [0])
    is_waiting: bool = False


class QuestionLaws:
    """The laws over all pairs, in the order in which each was asked, answered and taken back.

    ``matches`` holds what was told of each pair, in its order.
    """

    def __init__(self, matches: Mapping[Pair, list[Heard]]) -> None:
        self._matches = matches
        self._questions: defaultdict[Pair, _Question] = defaultdict(_Question)

    def asked(self, pair: Pair, refused: bool) -> Iterator[Difference]:
        """Somebody asks; ``refused``, where it is because the match was withdrawn."""
        one = self._questions[pair]
        after = range(one.heard[0], len(self._matches.get(pair, ())) + 1)
        reach = after if not one.is_waiting else {each for at in one.heard for each in self._unbroken(pair, at)}
        found = sorted(at for at in reach if self._is_withdrawn(pair, at) == refused)
        if not found:
            law = "refused, and the match was not withdrawn" if refused else "asked, and the match was withdrawn"
            yield _broken(law, pair)
        else:
            one.heard = found
        one.is_waiting = one.is_waiting or not refused

    def answered(self, pair: Pair) -> None:
        """Nobody waits any more: an answer came, the last day was over, or who asked has withdrawn it."""
        one = self._questions[pair]
        one.is_waiting, one.heard = False, one.heard[:1]

    def taken_back(self, pair: Pair, at: datetime) -> Iterator[Difference]:
        """The match was heard to be withdrawn by a record of this time."""
        one, told = self._questions[pair], self._matches.get(pair, [])
        following = {max(self._unbroken(pair, heard)) for heard in one.heard}
        found = sorted(next_ + 1 for next_ in following if next_ < len(told) and told[next_].at == at)
        if not (found and one.is_waiting):
            yield _broken("taken back, and the match was not withdrawn", pair)
        one.heard, one.is_waiting = found or one.heard[:1], False

    def at_the_end(self, positions: Mapping[Pair, int]) -> Iterator[Difference]:
        """Who still waits though the match was withdrawn, as far as the lane has heard: up to each pair's position."""
        for pair, one in sorted(self._questions.items()):
            told = self._matches.get(pair, [])
            if not one.is_waiting:
                continue
            heard = sum(each.offset < positions.get(pair, 0) for each in told)
            if not any(max(self._unbroken(pair, at)) >= heard for at in one.heard):
                yield _broken("waits, and the match is withdrawn", pair)

    def _is_withdrawn(self, pair: Pair, heard: int) -> bool:
        return heard > 0 and self._matches[pair][heard - 1].is_withdrawn

    def _unbroken(self, pair: Pair, at: int) -> list[int]:
        """How many may have been heard, from ``at`` on, without hearing that the match is withdrawn."""
        told, found = self._matches.get(pair, []), [at]
        while found[-1] < len(told) and not told[found[-1]].is_withdrawn:
            found.append(found[-1] + 1)
        return found


def _broken(law: str, pair: Pair) -> Difference:
    return {"what": f"law of questions: {law}", "demand": pair.demand, "achievement": pair.achievement}
