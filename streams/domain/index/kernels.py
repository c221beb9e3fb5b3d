"""What is compiled of a search: gates and soft factors over columns, sums of products over postings, the best of them.

All that calls one another stands in one file, because numba keeps compiled code by the file a function is in: a
function that calls one of another file would go on calling the old one after that was changed.

Numbers are whole throughout. Texts sum to less than 2**31, points to less than 2**63.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

NOWHERE = -1
#: Slots looked at together: each is looked at only where the largest of them is enough.
_STRIDE = 64
#: Reading a posting costs one, finishing a slot from its own text about this much: its text is not in the cache.
_FINISHING = 150
#: One of so many strides is enough to look at for the rest.
_FEW = 16
#: Numbers in a cache line; so many pairs of a run are asked for before they are read.
_LINE, _BEGINNING = 16, 128
#: So many terms ahead of the one that is read its run is asked for.
_RUNS_AHEAD = 2
#: So many slots ahead of the one that is finished, its row and then its text are asked for.
_ROW_AHEAD, _TEXT_AHEAD = 16, 8
#: Where facets leave the bound too far below for that, what is left to read may be this part of what is enough.
_NEAR = 8
#: The need of a slot where nothing stands.
NEVER = 2**31 - 1
#: More points than there are.
NO_BOUND = 2**62

_compiled: Any = numba.njit(cache=True)
#: Written out where it is called: handing columns over costs more than most of these functions do.
_inlined: Any = numba.njit(cache=True, inline="always")
_intrinsic: Any = intrinsic


# Memory


@_intrinsic
def _fetch(_context, array, _index):  # type: ignore[no-untyped-def]
    """Asks for the place of an index in ``array`` to be brought into the cache, and does not wait; any is harmless."""

    def generated(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        held = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        place = builder.bitcast(builder.gep(held.data, [arguments[1]]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        asked = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        # For reading, to be kept near, data.
        builder.call(asked, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), generated


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
def _fetch_run(runs, key):  # type: ignore[no-untyped-def]
    """The beginning of the run of ``key`` will be needed soon; the processor sees by itself how it goes on."""
    start = runs.start[key]
    for j in range(start, start + min(_BEGINNING, runs.size[key]), _LINE):
        _fetch(runs.numbers, j)
        _fetch(runs.weights, j)


@_inlined
def add(postings, sums, terms, weights, first, last):  # type: ignore[no-untyped-def]
    """Adds the products of the terms from ``first`` to before ``last`` to the sums of all slots.

    Slices and unsigned slots spare a test for negative indices in each step, four steps at a time a part of the rest:
    0.43 ns a posting instead of 0.81.
    """
    for i in range(first, last):
        _fetch_run(postings, terms[min(i + _RUNS_AHEAD, last - 1)])
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
def _shortest_first(postings, terms, weights):  # type: ignore[no-untyped-def]
    """Terms and weights, those with the shortest postings first; and behind how many of them how many postings are
    left, and how much those can add to any text at most."""
    count = len(terms)
    sizes = np.empty(count, np.int64)
    for i in range(count):
        sizes[i] = postings.size[terms[i]]
    order = np.argsort(sizes)
    terms, weights = terms[order], weights[order]
    left, rest = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
    for i in range(count - 1, -1, -1):
        left[i] = left[i + 1] + sizes[order[i]]
        rest[i] = rest[i + 1] + np.int64(postings.most[terms[i]]) * weights[i]
    return terms, weights, left, rest


@_inlined
def _sift(heap, held):  # type: ignore[no-untyped-def]
    """Brings the smallest of ``heap`` to its front again after that was replaced, and what is ``held`` with it."""
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
        held[at], held[child] = held[child], held[at]
        at = child


@_inlined
def _push(heap, held, points, slot):  # type: ignore[no-untyped-def]
    """Keeps the largest points in ``heap``, the smallest of them in front, and their slots in ``held``."""
    if points > heap[0]:
        heap[0] = points
        held[0] = slot
        _sift(heap, held)


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
def _reaching(sums, peaks, slots, least, found):  # type: ignore[no-untyped-def]
    """Slots whose sum reaches ``least``, into ``found``; their number."""
    count = 0
    for stride in range(len(peaks)):
        if peaks[stride] >= least:
            for slot in range(stride * _STRIDE, min((stride + 1) * _STRIDE, slots)):
                found[count] = slot
                count += sums[slot] >= least
    return count


@_inlined
def _fetch_row(texts, offers, slot):  # type: ignore[no-untyped-def]
    """Where the text of ``slot`` stands, and what gates look at, will be needed soon."""
    _fetch(texts.start, slot)
    _fetch(texts.size, slot)
    _fetch(offers.maturity, slot)
    _fetch(offers.modes, slot)
    _fetch(offers.district, slot)
    _fetch(offers.money, slot)
    _fetch(offers.currency, slot)
    _fetch(offers.industries, slot * offers.industries.shape[1])
    _fetch(offers.territories, slot * offers.territories.shape[1])


@_compiled
def _leading(texts, offers, asks, sums, peaks, slots, wanted, least, most, parts, found):  # type: ignore[no-untyped-def]
    """The most points of ``wanted`` slots by the sums so far, as a heap, and these slots.

    Where fewer have more than ``least``, that and ``NOWHERE`` stand for the others.
    """
    highest, strides = np.ones(wanted, np.int64), np.zeros(wanted, np.int64)
    for stride in range(len(peaks)):
        _push(highest, strides, np.int64(peaks[stride]), stride)
    heap, held = np.full(wanted, least, np.int64), np.full(wanted, NOWHERE, np.int64)
    # Where no gate is closed to those of the highest sums, no others have to be looked at.
    count = _reaching(sums, peaks, slots, highest[0], found)
    for i in range(count):
        _fetch_row(texts, offers, found[i])
    for i in range(count):
        _push(heap, held, worth(offers, found[i], asks, 0, sums[found[i]], parts), found[i])
    for stride in range(len(peaks)):
        if np.int64(peaks[stride]) * most > heap[0]:
            for slot in range(stride * _STRIDE, min((stride + 1) * _STRIDE, slots)):
                if np.int64(sums[slot]) * most > heap[0] and sums[slot] < highest[0]:
                    _push(heap, held, worth(offers, slot, asks, 0, sums[slot], parts), slot)
    return heap, held


@_inlined
def _whole(texts, slot, text, query, last):  # type: ignore[no-untyped-def]
    """The sum of ``slot``, of which ``text`` is known, with the terms that ``query`` has weights of; ``last`` is the
    largest of them. Words that stand everywhere were seen early and have small numbers, so that little is read."""
    start = texts.start[slot]
    terms = texts.numbers[start : start + texts.size[slot]]
    weights = texts.weights[start : start + texts.size[slot]]
    for j in range(len(terms)):
        if terms[j] > last:
            break
        text += query[np.uint32(terms[j])] * np.int32(weights[j])
    return text


@_compiled
def _promised(texts, offers, asks, sums, query, last, heap, held, parts):  # type: ignore[no-untyped-def]
    """Points that as many slots as are wanted have at least: the leading ones are finished."""
    if held[0] == NOWHERE:
        return heap[0]
    for i in range(len(held)):
        _fetch_run(texts, held[i])
    bound = np.int64(NO_BOUND)
    for i in range(len(held)):
        text = _whole(texts, held[i], sums[held[i]], query, last)
        bound = min(bound, worth(offers, held[i], asks, 0, text, parts))
    return bound


@_compiled
def _narrowed(postings, sums, terms, weights, left, rest, done, peaks, slots, wanted, enough, found):  # type: ignore[no-untyped-def]
    """Reads postings until few slots can still reach the sum that is ``enough``.

    Returned are how many these are (they go into ``found``) and how many terms are read.
    """
    # Sums grow little any more: as many strides as have something above the goal now will have it then.
    rank = max(0, len(peaks) - 1 - max(2 * wanted, len(peaks) // _FEW))
    goal = min(np.int64(np.partition(peaks, rank)[rank]), enough - enough // _NEAR)
    most_left = left[done]
    while True:
        stop = done
        while stop < len(terms) and (enough - rest[stop] < goal or left[stop] > most_left or left[stop] <= slots):
            stop += 1
        if stop > done:
            add(postings, sums, terms, weights, done, stop)
            done = stop
            peaks = _peaks(sums, slots)
        count = _reaching(sums, peaks, slots, enough - rest[done], found)
        if done == len(terms) or count * _FINISHING < left[done]:
            return count, done
        most_left = left[done] * 3 // 4


@_compiled
def _finished(texts, offers, asks, sums, query, last, rest, wanted, bound, most, parts, found, points, count):  # type: ignore[no-untyped-def]
    """Points of the slots in ``found`` from their own texts, -1 for those that turn out not to need it.

    Returned are the new bound and how many pairs were gated and scored.
    """
    heap, held = np.full(wanted, np.int64(0), np.int64), np.empty(wanted, np.int64)
    gated = looked = 0
    for i in range(min(count, _ROW_AHEAD)):
        _fetch_row(texts, offers, found[i])
    for i in range(min(count, _TEXT_AHEAD)):
        _fetch_run(texts, found[i])
    for i in range(count):
        if i + _ROW_AHEAD < count:
            _fetch_row(texts, offers, found[i + _ROW_AHEAD])
        if i + _TEXT_AHEAD < count:
            _fetch_run(texts, found[i + _TEXT_AHEAD])
        slot = found[i]
        points[i] = -1
        if (np.int64(sums[slot]) + rest) * most < bound:
            continue
        text = _whole(texts, slot, sums[slot], query, last)
        points[i] = worth(offers, slot, asks, 0, text, parts)
        looked += 1
        gated += points[i] < 0
        _push(heap, held, points[i], slot)
        bound = max(bound, heap[0])
    return bound, gated, looked - gated


@_inlined
def _asked(query, terms, weights, first):  # type: ignore[no-untyped-def]
    """Notes the weights of the terms from ``first`` on in ``query``; the largest of them, ``NOWHERE`` without any."""
    last = np.int32(NOWHERE)
    for i in range(first, len(terms)):
        query[terms[i]] = weights[i]
        last = max(last, terms[i])
    return last


@_compiled
def best(postings, texts, offers, asks, sums, query, terms, weights, slots, wanted, least, most, parts, found, points):  # type: ignore[no-untyped-def]
    """The ``wanted`` slots of most points for the demand in row 0 of ``asks``, and all that tie with the last of them.

    Slots go into ``found``, their points into ``points``; returned are their number, the postings read, and how many of
    the slots whose words were enough were gated, how many scored. Fewer points than ``least`` (1 or more) do not count;
    ``most`` is the most parts that an offer can have with this demand.

    Terms with short postings come first. When half of all is read, the slots that lead are finished from their own
    texts: what they have is a bound for all others. The long postings are not read to their end: once few slots can
    still reach the bound, these are finished as well. ``sums`` and ``query`` are zero before and after.
    """
    terms, weights, left, rest = _shortest_first(postings, terms, weights)
    for i in range(len(terms)):
        _fetch(postings.numbers, postings.start[terms[i]])
        _fetch(postings.weights, postings.start[terms[i]])
    done = 0
    # What is left is read in one go where that is cheaper than looking at all sums.
    while done < len(terms) and (2 * left[done] > left[0] or left[done] <= slots):
        done += 1
    add(postings, sums, terms, weights, 0, done)
    peaks = _peaks(sums, slots)
    heap, held = _leading(texts, offers, asks, sums, peaks, slots, wanted, least, most, parts, found)
    bound, first = heap[0], done
    if done < len(terms):
        last = _asked(query, terms, weights, done)
        bound = _promised(texts, offers, asks, sums, query, last, heap, held, parts)
    enough = (bound + most - 1) // most
    if done < len(terms):
        count, done = _narrowed(postings, sums, terms, weights, left, rest, done, peaks, slots, wanted, enough, found)
        query[terms[first:done]] = 0
    else:
        count = _reaching(sums, peaks, slots, enough, found)
    last = _asked(query, terms, weights, done)
    bound, gated, scored = _finished(
        texts, offers, asks, sums, query, last, rest[done], wanted, bound, most, parts, found, points, count
    )
    query[terms[done:]] = 0
    kept = 0
    for i in range(count):
        if points[i] >= bound:
            found[kept] = found[i]
            points[kept] = points[i]
            kept += 1
    sums[:slots] = 0
    return kept, left[0] - left[done], gated, scored


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
