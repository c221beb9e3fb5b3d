"""Profiles by the terms they hold, with exact sums of products against a query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt


class Profile(Protocol):
    """What can be posted: a name and whole-number weights of terms."""

    @property
    def ref(self) -> str: ...
    @property
    def terms(self) -> Mapping[str, int]: ...


P = TypeVar("P", bound=Profile)
#: So few slots are never compacted: searching them costs nothing.
FEW_SLOTS = 1000


class _Posting:
    """Slots and weights of one term; doubles when full."""

    __slots__ = ("size", "slots", "weights")

    def __init__(self) -> None:
        self.slots = np.empty(4, np.int32)
        self.weights = np.empty(4, np.float64)
        self.size = 0

    def append(self, slot: int, weight: int) -> None:
        if self.size == len(self.slots):
            self.slots = np.concatenate([self.slots, np.empty_like(self.slots)])
            self.weights = np.concatenate([self.weights, np.empty_like(self.weights)])
        self.slots[self.size] = slot
        self.weights[self.size] = weight
        self.size += 1


class Postings(Generic[P]):
    """Profiles in numbered slots. A slot is never used again until ``_compact`` numbers them anew.

    Products and sums stay below 2**53, so sums in float64 are exact whatever their order.
    """

    def __init__(self) -> None:
        self._postings: dict[str, _Posting] = {}
        self._slot_of: dict[str, int] = {}
        self.profiles: list[P | None] = []

    def __len__(self) -> int:
        return len(self._slot_of)

    def __iter__(self) -> Iterator[P]:
        return (profile for profile in self.profiles if profile is not None)

    def get(self, ref: str) -> P | None:
        """The profile of that name."""
        slot = self._slot_of.get(ref)
        return None if slot is None else self.profiles[slot]

    def put(self, profile: P) -> int:
        """Post ``profile`` in the place of its former version; its slot."""
        self.drop(profile.ref)
        slot = len(self.profiles)
        self.profiles.append(profile)
        self._slot_of[profile.ref] = slot
        for term, weight in profile.terms.items():
            posting = self._postings.get(term)
            if posting is None:
                posting = self._postings[term] = _Posting()
            posting.append(slot, weight)
        return slot

    def drop(self, ref: str) -> P | None:
        """Take a profile out; what was there."""
        slot = self._slot_of.pop(ref, None)
        if slot is None:
            return None
        profile, self.profiles[slot] = self.profiles[slot], None
        return profile

    def is_sparse(self) -> bool:
        """Whether most slots are empty, so that ``compacted`` pays."""
        return len(self.profiles) > FEW_SLOTS and len(self._slot_of) * 2 < len(self.profiles)

    def compacted(self) -> Postings[P]:
        """The same profiles in new, dense slots."""
        fresh: Postings[P] = Postings()
        for profile in self:
            fresh.put(profile)
        return fresh

    def sums(self, terms: Mapping[str, int]) -> npt.NDArray[np.float64]:
        """For each slot the sum over ``terms`` of both weights; empty slots count too and are to be skipped."""
        slots, products = [], []
        for term, weight in terms.items():
            posting = self._postings.get(term)
            if posting is not None:
                slots.append(posting.slots[: posting.size])
                products.append(posting.weights[: posting.size] * weight)
        if not slots:
            return np.zeros(len(self.profiles))
        sums = np.bincount(np.concatenate(slots), np.concatenate(products), minlength=len(self.profiles))
        return sums.astype(np.float64, copy=False)
