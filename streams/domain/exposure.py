"""How often achievements are shown: a cap, so that a few popular ones do not fill every list; and a measure of it."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

from streams.domain.matching import Rank

#: The best achievements of a demand, as many as asked for, fewer only where there are no more.
Search = Callable[[str, int], Sequence[Rank]]


def capped(search: Search, rooms: Mapping[str, int], cap: int) -> dict[str, list[Rank]]:
    """The list of each demand, best first, no achievement in more than ``cap`` of them.

    Of all pairs that ``search`` can find, the one with most points comes first, ties by demand and then by achievement;
    each is taken if its demand has room (``rooms``) and its achievement stands in fewer than ``cap`` lists by then.
    """
    lists: dict[str, list[Rank]] = {demand: [] for demand in rooms}
    shown: Counter[str] = Counter()
    # One pair of each demand waits, its best that was not looked at: the first of them is the best of all pairs left.
    waiting: list[tuple[int, str, Rank, Iterator[Rank]]] = []
    for demand, room in rooms.items():
        _await(waiting, demand, _deepening(partial(search, demand), 2 * room))
    while waiting:
        _, demand, rank, others = heapq.heappop(waiting)
        mine = lists[demand]
        if shown[rank.achievement_ref] < cap:
            mine.append(rank)
            shown[rank.achievement_ref] += 1
        if len(mine) < rooms[demand]:
            _await(waiting, demand, others)
    return lists


def _await(waiting: list[tuple[int, str, Rank, Iterator[Rank]]], demand: str, ranks: Iterator[Rank]) -> None:
    rank = next(ranks, None)
    if rank is not None:
        heapq.heappush(waiting, (rank.minus_points, demand, rank, ranks))


def _deepening(search: Callable[[int], Sequence[Rank]], depth: int) -> Iterator[Rank]:
    """A demand's achievements, best first; twice as many are searched when those found are used up."""
    told = 0
    while True:
        found = search(depth)
        yield from found[told:]
        if len(found) < depth:
            return
        told, depth = depth, 2 * depth


def gini(exposures: Collection[int]) -> float:
    """How unequal the counts are (Gini 1912): 0 where all are equal, near 1 where one has all; 0 without any.

    Σ (2i - n - 1) xᵢ / (n Σ xᵢ) over the counts in ascending order, i from 1 to n.
    """
    count, whole = len(exposures), sum(exposures)
    weighed = sum((2 * place - count - 1) * one for place, one in enumerate(sorted(exposures), 1))
    return weighed / (count * whole) if whole else 0.0
