"""What is compiled of growable runs in one pool: where they lie, and what goes into them and out again.

Nothing here calls a compiled function of another file: see ``kernels``.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

#: Room of the smallest run, and so the unit of the pool.
LEAST_ROOM = 4
#: Classes of room, each twice the one before.
CLASSES = 40
NOWHERE = -1

_compiled: Any = numba.njit(cache=True)


@_compiled
def _place(lists, room):  # type: ignore[no-untyped-def]
    """A free place of this class of room, or ``NOWHERE`` where the pool is full."""
    place = lists.free[room]
    if place != NOWHERE:
        following = lists.numbers[place]
        lists.free[room] = np.int64(following) * LEAST_ROOM if following >= 0 else NOWHERE
        return place
    place = lists.free[CLASSES]
    end = place + (LEAST_ROOM << room)
    if end > len(lists.numbers):
        return np.int64(NOWHERE)
    lists.free[CLASSES] = end
    return place


@_compiled
def _give_back(lists, place, room):  # type: ignore[no-untyped-def]
    following = lists.free[room]
    lists.numbers[place] = following // LEAST_ROOM if following != NOWHERE else NOWHERE
    lists.free[room] = place


@_compiled
def _position(lists, key, number):  # type: ignore[no-untyped-def]
    """Where ``number`` stands in the pool, or would stand, in the run of ``key``."""
    low = lists.start[key]
    high = low + lists.size[key]
    while low < high:
        middle = (low + high) >> 1
        if lists.numbers[middle] < number:
            low = middle + 1
        else:
            high = middle
    return low


@_compiled
def insert_all(lists, keys, number, weights, done):  # type: ignore[no-untyped-def]
    """``number`` into the run of each of ``keys`` from ``done`` on; the count done, less where the pool is full."""
    for i in range(done, len(keys)):
        key = keys[i]
        size, room = lists.size[key], lists.room[key]
        if room < 0 or size == (LEAST_ROOM << room):
            place = _place(lists, room + 1)
            if place == NOWHERE:
                return i
            start = lists.start[key]
            for j in range(size):
                lists.numbers[place + j] = lists.numbers[start + j]
                lists.weights[place + j] = lists.weights[start + j]
            if room >= 0:
                _give_back(lists, start, room)
            lists.start[key] = place
            lists.room[key] = room + 1
        at = end = lists.start[key] + size
        if size and lists.numbers[end - 1] > number:
            at = _position(lists, key, number)
            for j in range(end, at, -1):
                lists.numbers[j] = lists.numbers[j - 1]
                lists.weights[j] = lists.weights[j - 1]
        lists.numbers[at] = number
        lists.weights[at] = weights[i]
        lists.size[key] = size + 1
        lists.most[key] = max(lists.most[key], weights[i])
    return len(keys)


@_compiled
def remove_all(lists, keys, number):  # type: ignore[no-untyped-def]
    """``number`` out of the run of each of ``keys``; it stands in all of them."""
    for i in range(len(keys)):
        key = keys[i]
        at = _position(lists, key, number)
        end = lists.start[key] + lists.size[key] - 1
        for j in range(at, end):
            lists.numbers[j] = lists.numbers[j + 1]
            lists.weights[j] = lists.weights[j + 1]
        lists.size[key] -= 1
        if lists.size[key] == 0:
            empty(lists, key)


@_compiled
def mute(lists, keys, number):  # type: ignore[no-untyped-def]
    """The weight of ``number`` becomes zero in the run of each of ``keys``; it stands in all of them."""
    for i in range(len(keys)):
        lists.weights[_position(lists, keys[i], number)] = 0


@_compiled
def revise(lists, number, before, keys, weights, added):  # type: ignore[no-untyped-def]
    """``number``, which stands in the runs of ``before``, leaves those that are not among ``keys``, and has the weights
    of ``keys`` in the others. The places in ``keys`` of runs it is not in yet go into ``added``; their number.

    Most words of a revised text stay: their runs keep their order, so nothing moves.
    """
    count = j = 0
    for i in range(len(keys)):
        while j < len(before) and before[j] < keys[i]:
            remove_all(lists, before[j : j + 1], number)
            j += 1
        if j < len(before) and before[j] == keys[i]:
            lists.weights[_position(lists, keys[i], number)] = weights[i]
            lists.most[keys[i]] = max(lists.most[keys[i]], weights[i])
            j += 1
        else:
            added[count] = i
            count += 1
    remove_all(lists, before[j:], number)
    return count


@_compiled
def fill(lists, key, numbers, weights):  # type: ignore[no-untyped-def]
    """The run of ``key``, empty before, becomes these pairs, sorted by number; whether the pool had room."""
    room = 0
    while (LEAST_ROOM << room) < len(numbers):
        room += 1
    place = _place(lists, room)
    if place == NOWHERE:
        return False
    lists.start[key] = place
    lists.room[key] = room
    lists.size[key] = len(numbers)
    for i in range(len(numbers)):
        lists.numbers[place + i] = numbers[i]
        lists.weights[place + i] = weights[i]
    return True


@_compiled
def empty(lists, key):  # type: ignore[no-untyped-def]
    """Empties the run of ``key``; its room is free for others."""
    if lists.room[key] >= 0:
        _give_back(lists, lists.start[key], lists.room[key])
    lists.room[key] = NOWHERE
    lists.size[key] = 0
    lists.most[key] = 0
