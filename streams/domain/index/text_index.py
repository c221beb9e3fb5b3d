"""Profiles in numbered slots, found by the terms they hold: one for achievements, one for demands."""

from __future__ import annotations

import copy
import dataclasses
import heapq
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from schemas.records import Disclosure
from streams.domain.effort import Cost
from streams.domain.index import facets, kernels, lists, runs, splits
from streams.domain.index.facets import PARTS
from streams.domain.matching import Rank, Shared
from streams.domain.profile import AchievementProfile, DemandProfile
from streams.domain.provenance import Split

P = TypeVar("P", AchievementProfile, DemandProfile)
Q = TypeVar("Q", AchievementProfile, DemandProfile)
#: Texts that may stand without weight: at least so many, and one for so many that stand.
_LEAST_MUTED, _MUTED_SHARE = 64, 16
#: Terms and fields of a profile whose words lie elsewhere.
_NOTHING: Mapping[str, Any] = {}


class Vocabulary:
    """Terms and their numbers, shared by the indexes of a lane; a term once seen keeps its number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._terms: list[str] = []

    def __len__(self) -> int:
        return len(self._terms)

    def numbered(self, terms: Mapping[str, int]) -> tuple[lists.Numbers, lists.Weights]:
        """Numbers and weights of ``terms``, new terms included, sorted by number."""
        known = self._numbers
        found = [*map(known.get, terms)]
        if None in found:
            for term in terms:
                if term not in known:
                    known[term] = len(self._terms)
                    self._terms.append(term)
            found = [*map(known.get, terms)]
        numbers = np.array(found, np.int32)
        order = np.argsort(numbers)
        return numbers[order], np.array([*terms.values()], np.uint16)[order]

    def packed(self, fields: Mapping[str, Split]) -> bytes:
        """Fields of terms that have a number."""
        return splits.packed(fields, self._numbers)

    def unpacked(self, data: bytes) -> dict[str, Split]:
        """Fields that were packed."""
        return splits.unpacked(data, self._terms)

    def known(self, terms: Mapping[str, int]) -> tuple[lists.Numbers, npt.NDArray[np.int32]]:
        """Numbers and weights of those of ``terms`` that have a number."""
        # Every search comes through here: mapped and copied whole, it takes a quarter of a loop's time.
        numbers, weights = [*map(self._numbers.get, terms)], [*terms.values()]
        if None in numbers:
            weights = [weight for number, weight in zip(numbers, weights, strict=True) if number is not None]
            numbers = [number for number in numbers if number is not None]
        count = len(numbers)
        return np.fromiter(numbers, np.int32, count), np.fromiter(weights, np.int32, count)

    def copied(self) -> Vocabulary:
        """The same, without what comes later."""
        one = Vocabulary()
        one._numbers, one._terms = dict(self._numbers), list(self._terms)
        return one

    def terms(self, numbers: lists.Numbers, weights: npt.NDArray[Any]) -> dict[str, int]:
        """The terms with these numbers, and their weights."""
        named = self._terms
        return {named[number]: weight for number, weight in zip(numbers.tolist(), weights.tolist(), strict=True)}


class TextIndex(Generic[P]):
    """Standing profiles. Their terms lie in compiled lists only: ``whole`` gives a profile back with them.

    A slot that is free is used again, the smallest first, so that slots stay dense.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._postings = lists.made()
        self._texts = lists.made()
        self._facets = facets.blank(16)
        #: What asks, as a table of one row.
        self._asking = facets.blank(1)
        self._slot_of: dict[str, int] = {}
        self._free: list[int] = []
        #: Slots in the order of their drops; those that were not taken again stand in their runs without weight.
        self._muted: deque[int] = deque()
        self._sums = np.zeros(16, np.int32)
        self._query = np.zeros(1024, np.int32)
        self._found = np.empty(16, np.int32)
        self._points = np.empty(16, np.int64)
        #: What the last search, in either direction, has cost.
        self.cost = Cost()
        #: What stands in each slot, without its terms.
        self.profiles: list[P | None] = []
        #: Which fields the terms of each slot stand in.
        self._splits: list[bytes] = []

    def __len__(self) -> int:
        return len(self._slot_of)

    def __iter__(self) -> Iterator[P]:
        return (profile for profile in self.profiles if profile is not None)

    def get(self, ref: str) -> P | None:
        """The profile of that name, without its terms."""
        slot = self._slot_of.get(ref)
        return None if slot is None else self.profiles[slot]

    def slot(self, ref: str) -> int:
        """Where the profile of that name stands; ``KeyError`` where it does not."""
        return self._slot_of[ref]

    def whole(self, profile: P) -> P:
        """A profile that stands here, with its terms."""
        slot = self._slot_of[profile.ref]
        terms = self.vocabulary.terms(*self._texts.pairs(slot))
        return _with_words(profile, terms, self.vocabulary.unpacked(self._splits[slot]))

    def put(self, profile: P) -> int:
        """``profile`` stands, in the place of its former version; its slot."""
        slot = self._slot_of.get(profile.ref)
        if slot is None:
            slot = self._taken()
        numbers, weights = self.vocabulary.numbered(profile.terms)
        self._postings = lists.with_keys(self._postings, len(self.vocabulary))
        before, _ = self._texts.pairs(slot)
        self._postings = lists.revised(self._postings, slot, before, numbers, weights)
        runs.empty(self._texts, slot)
        self._texts = lists.filled(self._texts, slot, numbers, weights)
        self._facets = facets.written(self._facets, slot, profile)
        fields = profile.fields if isinstance(profile, AchievementProfile) else _NOTHING
        self._splits[slot] = self.vocabulary.packed(fields)
        self.profiles[slot] = _with_words(profile, _NOTHING, _NOTHING)
        self._slot_of[profile.ref] = slot
        return slot

    def drop(self, ref: str) -> P | None:
        """Take a profile out; what was there, without its terms."""
        slot = self._slot_of.pop(ref, None)
        if slot is None:
            return None
        numbers, weights = self._texts.pairs(slot)
        runs.mute(self._postings, numbers, slot)
        weights[:] = 0
        heapq.heappush(self._free, slot)
        self._muted.append(slot)
        self._reclaim()
        profile, self.profiles[slot] = self.profiles[slot], None
        return profile

    def _taken(self) -> int:
        if self._free:
            return heapq.heappop(self._free)
        self.profiles.append(None)
        self._splits.append(b"")
        self._make_room(len(self.profiles))
        return len(self.profiles) - 1

    def _reclaim(self) -> None:
        """Take out for good what was dropped longest ago, where too much of that kind is still read."""
        while len(self._muted) > max(_LEAST_MUTED, len(self._slot_of) // _MUTED_SHARE):
            slot = self._muted.popleft()
            if self.profiles[slot] is None:
                numbers, _ = self._texts.pairs(slot)
                runs.remove_all(self._postings, numbers, slot)
                runs.empty(self._texts, slot)

    def words(self, ref: str) -> tuple[lists.Numbers, npt.NDArray[np.int32]]:
        """Numbers and weights of the terms of the profile of that name."""
        numbers, weights = self._texts.pairs(self._slot_of[ref])
        return numbers, weights.astype(np.int32)

    def best(
        self, demand: DemandProfile, least: int, most: int,
        words: tuple[lists.Numbers, npt.NDArray[np.int32]] | None = None,
    ) -> list[Rank]:  # fmt: skip
        """The best achievements for ``demand``, as many as it wants.

        Fewer points than ``least`` do not count; ``most`` is the most parts that any achievement can have with it. Of a
        demand that stands in an index over the same vocabulary ``words`` are its terms.
        """
        terms, weights = self.vocabulary.known(demand.terms) if words is None else words
        self._postings = lists.with_keys(self._postings, len(self.vocabulary))
        if len(self._query) < len(self.vocabulary):
            self._query = np.zeros(2 * len(self.vocabulary), np.int32)
        self._asking = facets.written(self._asking, 0, demand)
        count, *cost = kernels.best(
            self._postings, self._texts, self._facets, self._asking, self._sums, self._query,
            terms, weights, len(self.profiles), demand.matches_wanted, least, most, PARTS,
            self._found, self._points,
        )  # fmt: skip
        self.cost = Cost(*cost)
        return self._ranks(count)[: demand.matches_wanted]

    def _ranks(self, count: int) -> list[Rank]:
        """What was found, in order. All that tie with the last are there: references decide among these few."""
        profiles = self.profiles
        refs = [profiles[slot].ref for slot in self._found[:count].tolist()]
        ranked = sorted(zip((-self._points[:count]).tolist(), refs, strict=True))
        # Named tuples make themselves in Python, in three times the time.
        return [tuple.__new__(Rank, pair) for pair in ranked]

    def reached(
        self, achievement: AchievementProfile, needs: npt.NDArray[np.int32], floors: npt.NDArray[np.int64]
    ) -> list[tuple[int, int]]:
        """Points and slots of the demands whose floor of points ``achievement`` reaches.

        ``needs`` are the least sums of words that can reach the floors, ``NEVER`` for slots that are not asked.
        """
        terms, weights = self.vocabulary.known(achievement.terms)
        self._postings = lists.with_keys(self._postings, len(self.vocabulary))
        self._asking = facets.written(self._asking, 0, achievement)
        count, gated, scored = kernels.reached(
            self._postings, self._asking, self._facets, self._sums, terms, weights, len(self.profiles),
            needs, floors, PARTS, self._found, self._points,
        )  # fmt: skip
        self.cost = Cost(int(self._postings.size[terms].sum()), gated, scored)
        return list(zip(self._points[:count].tolist(), self._found[:count].tolist(), strict=True))

    def copied(self, vocabulary: Vocabulary) -> TextIndex[P]:
        """The same over ``vocabulary``, a copy of this one's; later changes leave it alone."""
        one = copy.copy(self)
        one.vocabulary = vocabulary
        one._postings, one._texts = lists.copied(self._postings), lists.copied(self._texts)
        one._facets, one._asking = facets.copied(self._facets), facets.copied(self._asking)
        one._slot_of, one._free, one._muted = dict(self._slot_of), list(self._free), deque(self._muted)
        one.profiles, one._splits = list(self.profiles), list(self._splits)
        one._sums, one._query = np.zeros_like(self._sums), np.zeros_like(self._query)
        one._found, one._points = np.empty_like(self._found), np.empty_like(self._points)
        return one

    def standing(self, terms: Mapping[str, int]) -> int:
        """How many postings there are of ``terms``."""
        numbers, _ = self.vocabulary.known(terms)
        self._postings = lists.with_keys(self._postings, len(self.vocabulary))
        return int(self._postings.size[numbers].sum())

    def used(self) -> int:
        """Bytes of postings, texts, their fields and facets, what lies free between them included."""
        columns = sum(column.nbytes for column in self._facets)
        places = sum(array.nbytes for one in (self._postings, self._texts) for array in one[2:])
        return self._postings.used() + self._texts.used() + columns + places + sum(map(sys.getsizeof, self._splits))

    def shared(self, profile: P, others: TextIndex[Q], other: Q) -> Shared:
        """What an achievement that stands here and a demand have in common: ``matching.shared_terms``."""
        slot, place = self._slot_of[profile.ref], others.slot(other.ref)
        most = min(int(self._texts.size[slot]), int(others._texts.size[place]))
        numbers, products = np.empty(most, np.int32), np.empty(most, np.int64)
        count = kernels.shared(self._texts, slot, others._texts, place, numbers, products)
        by_term = self.vocabulary.terms(numbers[:count], products[:count])
        return Shared(by_term, self.vocabulary.unpacked(self._splits[slot]))

    def _make_room(self, slots: int) -> None:
        self._texts = lists.with_keys(self._texts, slots)
        self._facets = facets.with_rows(self._facets, slots)
        if slots > len(self._sums):
            self._sums = np.zeros(2 * slots, np.int32)
            self._found = np.empty(2 * slots, np.int32)
            self._points = np.empty(2 * slots, np.int64)


def _with_words(profile: P, terms: Mapping[str, int], fields: Mapping[str, Split]) -> P:
    if isinstance(profile, AchievementProfile):
        return dataclasses.replace(profile, terms=terms, fields=fields)
    return dataclasses.replace(profile, terms=terms)


def compile_all() -> None:
    """Has everything compiled, or read from where numba keeps it, before the first event waits for it."""
    vocabulary = Vocabulary()
    achievements: TextIndex[AchievementProfile] = TextIndex(vocabulary)
    demands: TextIndex[DemandProfile] = TextIndex(vocabulary)
    record, asked = _SAMPLES
    for _ in range(2):
        achievements.put(record)
        demands.put(asked)
    achievements.best(asked, 1, sum((PARTS.text, PARTS.industry[-1], PARTS.maturity, PARTS.place[-1], PARTS.budget)))
    demands.reached(record, np.ones(1, np.int32), np.ones(1, np.int64))
    achievements.shared(record, demands, asked)
    achievements.drop(record.ref)


_SAMPLES = (
    AchievementProfile("a/1", 1, {"x": 1}, "", (), None, frozenset(), None, None, (), Disclosure.PUBLIC, None),
    DemandProfile("d/1", 1, {"x": 1}, "", (), None, frozenset(), None, None, None, 1),
)
