"""Many growable runs of (number, weight) pairs, each contiguous and sorted by number, in one pool of memory.

A run that is full moves to a free place of twice its room; the place it leaves is used by the next run of that size.
So there is no append side and no merge, and the longest stall of an event is one copy of its longest run. A text that
is withdrawn stays in its runs with no weight, until its number is used again or too many of them stand so.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from streams.domain.index import runs

Numbers = npt.NDArray[np.int32]
Weights = npt.NDArray[np.uint16]


class Lists(NamedTuple):
    """The pool, and where the run of each key lies in it."""

    numbers: Numbers
    weights: Weights
    start: npt.NDArray[np.int64]
    size: npt.NDArray[np.int32]
    #: Class of room of each run, ``NOWHERE`` where it is empty.
    room: npt.NDArray[np.int8]
    #: The largest weight that each run had since it was last empty: a bound, not a maximum.
    most: Weights
    #: First free place of each class of room, in which the next one stands; then how much of the pool is in use.
    free: npt.NDArray[np.int64]

    def pairs(self, key: int) -> tuple[Numbers, Weights]:
        """The run of ``key``, valid until the next change."""
        start, size = int(self.start[key]), int(self.size[key])
        return self.numbers[start : start + size], self.weights[start : start + size]

    def used(self) -> int:
        """Bytes of the pool that runs lie in or lay in."""
        return int(self.free[runs.CLASSES]) * (self.numbers.itemsize + self.weights.itemsize)


def made(keys: int = 1024, pool: int = 1 << 25) -> Lists:
    """Empty runs for ``keys`` keys, with ``pool`` pairs of room.

    The system gives memory as it is written to, so a large pool costs nothing; one that is too small is copied.
    """
    free = np.full(runs.CLASSES + 1, runs.NOWHERE, np.int64)
    free[runs.CLASSES] = 0
    return Lists(
        np.empty(pool, np.int32),
        np.empty(pool, np.uint16),
        np.zeros(keys, np.int64),
        np.zeros(keys, np.int32),
        np.full(keys, runs.NOWHERE, np.int8),
        np.zeros(keys, np.uint16),
        free,
    )


def copied(lists: Lists) -> Lists:
    """The same in a pool of its own without room to spare, which later changes leave alone."""
    used = int(lists.free[runs.CLASSES])
    arrays: Any = (lists.numbers[:used], lists.weights[:used], *lists[2:])
    return Lists(*(array.copy() for array in arrays))


def with_keys(lists: Lists, keys: int) -> Lists:
    """The same with room for at least ``keys`` keys."""
    now = len(lists.size)
    if keys <= now:
        return lists
    more = max(keys, 2 * now) - now
    return lists._replace(
        start=np.concatenate([lists.start, np.zeros(more, np.int64)]),
        size=np.concatenate([lists.size, np.zeros(more, np.int32)]),
        room=np.concatenate([lists.room, np.full(more, runs.NOWHERE, np.int8)]),
        most=np.concatenate([lists.most, np.zeros(more, np.uint16)]),
    )


def inserted(lists: Lists, keys: Numbers, number: int, weights: Weights) -> Lists:
    """With ``number`` in the run of each of ``keys``, where it is not yet; the lists to go on with."""
    done = 0
    while (done := runs.insert_all(lists, keys, number, weights, done)) < len(keys):
        lists = _with_pool(lists, runs.LEAST_ROOM << (int(lists.room[keys[done]]) + 1))
    return lists


def revised(lists: Lists, number: int, before: Numbers, keys: Numbers, weights: Weights) -> Lists:
    """With ``number`` in the runs of ``keys`` instead of ``before``, both sorted; the lists to go on with."""
    added = np.empty(len(keys), np.int64)
    new = added[: runs.revise(lists, number, before, keys, weights, added)]
    return inserted(lists, keys[new], number, weights[new]) if len(new) else lists


def filled(lists: Lists, key: int, numbers: Numbers, weights: Weights) -> Lists:
    """With these pairs, sorted by number, as the run of ``key``, which was empty; the lists to go on with."""
    while not runs.fill(lists, key, numbers, weights):
        lists = _with_pool(lists, runs.LEAST_ROOM + 2 * len(numbers))
    return lists


def _with_pool(lists: Lists, pairs: int) -> Lists:
    used = int(lists.free[runs.CLASSES])
    size = max(used + pairs, 2 * len(lists.numbers))
    numbers, weights = np.empty(size, np.int32), np.empty(size, np.uint16)
    numbers[:used], weights[:used] = lists.numbers[:used], lists.weights[:used]
    return lists._replace(numbers=numbers, weights=weights)
