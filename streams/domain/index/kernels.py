"""What is compiled: growable runs in one pool, sums of products over them, gates and soft factors over columns.

All of it stands in one file, because numba keeps compiled code by the file a function is in: a function that calls one
of another file would go on calling the old one after that was changed.

Numbers are whole throughout. Texts sum to less than 2**31, points to less than 2**63.
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
#: Slots looked at together: each is looked at only where the largest of them is enough.
_STRIDE = 64
#: Reading a posting costs one, finishing a slot from its own text about this much: its text is not in the cache.
_FINISHING = 300
#: The need of a slot where nothing stands.
NEVER = 2**31 - 1

_compiled: Any = numba.njit(cache=True)
#: Written out where it is called: handing columns over costs more than most of these functions do.
_inlined: Any = numba.njit(cache=True, inline="always")


# Runs


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


# Gates and soft factors


@_inlined
def _shared(one, other):  # type: ignore[no-untyped-def]
    """Characters that two packed codes have in common from the left; one digit alone says nothing."""
    length = 0
    for shift in (24, 16, 8, 0):
        mine = (one >> shift) & 255
        if mine == 0 or mine != (other >> shift) & 255:
            break
        length += 1
    first = (one >> 24) & 255
    return length if length > 1 or first >= 65 else 0


@_inlined
def _is_offered_there(offers, i, there):  # type: ignore[no-untyped-def]
    if offers.territories[i, 0] == 0:
        return True
    for k in range(offers.territories.shape[1]):
        place = np.int64(offers.territories[i, k])
        if place == 0:
            return False
        if there >= 0 and there // 10 ** (6 - place % 10) == place // 10:
            return True
    return False


@_inlined
def _industry(offers, i, asks, j):  # type: ignore[no-untyped-def]
    """Characters that the two closest codes of both have in common."""
    longest = 0
    for k in range(offers.industries.shape[1]):
        if offers.industries[i, k] == 0:
            break
        for m in range(asks.industries.shape[1]):
            if asks.industries[j, m] == 0:
                break
            longest = max(longest, _shared(np.int64(offers.industries[i, k]), np.int64(asks.industries[j, m])))
    return longest


@_inlined
def _place_parts(here, there, parts):  # type: ignore[no-untyped-def]
    if here < 0 or there < 0:
        return 0
    if here == there:
        return parts.place[2]
    if here // 100 == there // 100:
        return parts.place[1]
    return parts.place[0] if here // 10_000 == there // 10_000 else 0


@_inlined
def worth(offers, i, asks, j, text, parts):  # type: ignore[no-untyped-def]
    """Points of an offer and a demand whose words are worth ``text``; -1 where a gate is closed to the pair."""
    has, wanted = np.int64(offers.maturity[i]), np.int64(asks.maturity[j])
    modes, accepted = offers.modes[i], asks.modes[j]
    if has < wanted or (modes != 0 and accepted != 0 and (modes & accepted) == 0):
        return np.int64(-1)
    if not _is_offered_there(offers, i, asks.district[j]):
        return np.int64(-1)
    total = parts.text + parts.industry[_industry(offers, i, asks, j)]
    total += _place_parts(offers.district[i], asks.district[j], parts)
    if has != 0 and wanted != 0:
        total += max(0, parts.maturity - abs(has - wanted))
    if offers.currency[i] != 0 and offers.currency[i] == asks.currency[j] and offers.money[i] <= asks.money[j]:
        total += parts.budget
    return min(np.int64(text), np.int64(parts.full_text)) * total


# Reasons


@_compiled
def shared(texts, slot, others, other, numbers, products):  # type: ignore[no-untyped-def]
    """Terms that two texts have in common, into ``numbers``, and the products of their weights; how many."""
    i, end = texts.start[slot], texts.start[slot] + texts.size[slot]
    j, stop = others.start[other], others.start[other] + others.size[other]
    count = 0
    while i < end and j < stop:
        one, two = texts.numbers[i], others.numbers[j]
        if one == two:
            numbers[count] = one
            products[count] = np.int64(texts.weights[i]) * np.int64(others.weights[j])
            count += 1
        i += one <= two
        j += two <= one
    return count


# Search


@_inlined
def add(postings, sums, terms, weights, first, last):  # type: ignore[no-untyped-def]
    """Adds the products of the terms from ``first`` to before ``last`` to the sums of all slots.

    Slices and unsigned slots spare a test for negative indices in each step, four steps at a time a part of the rest:
    0.43 ns a posting instead of 0.81.
    """
    for i in range(first, last):
        start = postings.start[terms[i]]
        size = postings.size[terms[i]]
        slots = postings.numbers[start : start + size]
        values = postings.weights[start : start + size]
        weight = np.int32(weights[i])
        whole = size // 4 * 4
        for j in range(0, whole, 4):
            one, two, three, four = slots[j], slots[j + 1], slots[j + 2], slots[j + 3]
            sums[np.uint32(one)] += np.int32(values[j]) * weight
            sums[np.uint32(two)] += np.int32(values[j + 1]) * weight
            sums[np.uint32(three)] += np.int32(values[j + 2]) * weight
            sums[np.uint32(four)] += np.int32(values[j + 3]) * weight
        for j in range(whole, size):
            sums[np.uint32(slots[j])] += np.int32(values[j]) * weight


@_inlined
def _sift(heap):  # type: ignore[no-untyped-def]
    """Brings the smallest of ``heap`` to its front again after that was replaced."""
    at = 0
    while True:
        child = 2 * at + 1
        if child >= len(heap):
            return
        if child + 1 < len(heap) and heap[child + 1] < heap[child]:
            child += 1
        if heap[at] <= heap[child]:
            return
        heap[at], heap[child] = heap[child], heap[at]
        at = child


@_inlined
def _peaks(sums, slots):  # type: ignore[no-untyped-def]
    """The largest sum of each stride of slots. Sums of slots beyond the last are zero."""
    peaks = np.empty((slots + _STRIDE - 1) // _STRIDE, np.int32)
    for stride in range(len(peaks)):
        some = sums[stride * _STRIDE : (stride + 1) * _STRIDE]
        most = np.int32(0)
        for i in range(len(some)):
            if some[i] > most:
                most = some[i]
        peaks[stride] = most
    return peaks


@_inlined
def _push(heap, points):  # type: ignore[no-untyped-def]
    """Keeps the largest points in ``heap``, the smallest of them in front."""
    if points > heap[0]:
        heap[0] = points
        _sift(heap)


@_compiled
def _wanted_th(offers, asks, sums, peaks, slots, wanted, least, most, parts):  # type: ignore[no-untyped-def]
    """The points at place ``wanted`` from the top, by the sums so far; ``least`` where fewer are above that."""
    highest = np.zeros(wanted, np.int64)
    for peak in peaks:
        _push(highest, np.int64(peak))
    heap = np.full(wanted, least, np.int64)
    # The strides of the highest peaks come first: they raise the bound, and few others have to be looked at.
    for turn in range(2):
        for stride in range(len(peaks)):
            peak = np.int64(peaks[stride])
            if (peak >= highest[0]) == (turn == 0) and peak * most > heap[0]:
                for slot in range(stride * _STRIDE, min((stride + 1) * _STRIDE, slots)):
                    if np.int64(sums[slot]) * most > heap[0]:
                        _push(heap, worth(offers, slot, asks, 0, sums[slot], parts))
    return heap[0]


@_compiled
def _reaching(sums, peaks, slots, least, found):  # type: ignore[no-untyped-def]
    """Slots whose sum reaches ``least``, into ``found``; their number."""
    count = 0
    for stride in range(len(peaks)):
        if peaks[stride] >= least:
            for slot in range(stride * _STRIDE, min((stride + 1) * _STRIDE, slots)):
                if sums[slot] >= least:
                    found[count] = slot
                    count += 1
    return count


@_compiled
def _count(postings, terms, first):  # type: ignore[no-untyped-def]
    total = np.int64(0)
    for i in range(first, len(terms)):
        total += postings.size[terms[i]]
    return total


@_compiled
def _bound_of(postings, terms, weights, first):  # type: ignore[no-untyped-def]
    """The most that the terms from ``first`` on can add to any text."""
    bound = np.int64(0)
    for i in range(first, len(terms)):
        bound += np.int64(postings.most[terms[i]]) * weights[i]
    return bound


@_compiled
def _narrowed(postings, offers, asks, sums, terms, weights, slots, wanted, least, most, parts, found):  # type: ignore[no-untyped-def]
    """Reads postings until few slots can still be among the best.

    Returns the number of these slots (they are in ``found``), the points that they have to reach, and the terms read.
    """
    left = _count(postings, terms, 0)
    step = left // 4 + 1
    goal = left - 2 * step
    done, bound = 0, np.int64(least)
    while True:
        stop = done
        # The last postings are read in one go where that is cheaper than looking at all sums once more.
        while stop < len(terms) and (left > goal or left < slots):
            left -= postings.size[terms[stop]]
            stop += 1
        add(postings, sums, terms, weights, done, stop)
        done = stop
        peaks = _peaks(sums, slots)
        bound = _wanted_th(offers, asks, sums, peaks, slots, wanted, bound, most, parts)
        enough = (bound + most - 1) // most - _bound_of(postings, terms, weights, done)
        if enough > 0 or done == len(terms):
            count = _reaching(sums, peaks, slots, enough, found)
            if done == len(terms) or count * _FINISHING < left:
                return count, bound, done
        goal = left - step


@_compiled
def _finished(texts, offers, asks, sums, query, rest, wanted, bound, most, parts, found, points, count):  # type: ignore[no-untyped-def]
    """Points of the slots in ``found`` from their own texts, -1 for those that turn out not to need it.

    Returned are the new bound and how many pairs were gated and scored. The most promising come first: they raise the
    bound, and most of the others are never looked at.
    """
    heap = np.full(wanted, np.int64(0), np.int64)
    first = bound
    gated = looked = 0
    for turn in range(2):
        for i in range(count):
            slot = found[i]
            is_first = np.int64(sums[slot]) * most >= first
            if is_first != (turn == 0):
                continue
            points[i] = -1
            if (np.int64(sums[slot]) + rest) * most < bound:
                continue
            text = sums[slot]
            start = texts.start[slot]
            terms = texts.numbers[start : start + texts.size[slot]]
            weights = texts.weights[start : start + texts.size[slot]]
            for j in range(len(terms)):
                text += query[np.uint32(terms[j])] * np.int32(weights[j])
            points[i] = worth(offers, slot, asks, 0, text, parts)
            looked += 1
            gated += points[i] < 0
            _push(heap, points[i])
            bound = max(bound, heap[0])
    return bound, gated, looked - gated


@_compiled
def best(postings, texts, offers, asks, sums, query, terms, weights, slots, wanted, least, most, parts, found, points):  # type: ignore[no-untyped-def]
    """The ``wanted`` slots of most points for the demand in row 0 of ``asks``, and all that tie with the last of them.

    Slots go into ``found``, their points into ``points``; returned are their number, the postings read, and how many of
    the slots whose words were enough were gated, how many scored. Fewer points than ``least`` (1 or more) do not count;
    ``most`` is the most parts that an offer can have with this demand.

    ``terms`` come with the shortest postings first. The long ones are not read to their end: once a slot cannot come
    among the best by them alone, the few that still can are finished from their own texts. ``sums`` and ``query`` are
    zero before and after.
    """
    count, bound, done = _narrowed(
        postings, offers, asks, sums, terms, weights, slots, wanted, least, most, parts, found
    )
    if done < len(terms):
        for i in range(done, len(terms)):
            query[terms[i]] = weights[i]
        rest = _bound_of(postings, terms, weights, done)
        bound, gated, scored = _finished(
            texts, offers, asks, sums, query, rest, wanted, bound, most, parts, found, points, count
        )
        for i in range(done, len(terms)):
            query[terms[i]] = 0
    else:
        gated = 0
        for i in range(count):
            points[i] = worth(offers, found[i], asks, 0, sums[found[i]], parts)
            gated += points[i] < 0
        scored = count - gated
    kept = 0
    for i in range(count):
        if points[i] >= bound:
            found[kept] = found[i]
            points[kept] = points[i]
            kept += 1
    sums[:slots] = 0
    return kept, _count(postings, terms, 0) - _count(postings, terms, done), gated, scored


@_compiled
def reached(postings, offers, asks, sums, terms, weights, slots, needs, floors, parts, found, points):  # type: ignore[no-untyped-def]
    """The demands whose floor the offer in row 0 of ``offers`` reaches, with its points.

    ``needs`` are the least texts that can reach the floors, ``NEVER`` where nothing stands. Returned are the number of
    these demands, and of those whose need the words reach how many were gated and how many scored.
    """
    add(postings, sums, terms, weights, 0, len(terms))
    count = gated = looked = 0
    for first in range(0, slots, _STRIDE):
        last = min(first + _STRIDE, slots)
        hits = 0
        for slot in range(first, last):
            hits += sums[slot] >= needs[slot]
        if hits:
            for slot in range(first, last):
                if sums[slot] >= needs[slot]:
                    gained = worth(offers, 0, asks, slot, sums[slot], parts)
                    looked += 1
                    gated += gained < 0
                    if gained >= floors[slot]:
                        found[count] = slot
                        points[count] = gained
                        count += 1
    sums[:slots] = 0
    return count, gated, looked - gated
