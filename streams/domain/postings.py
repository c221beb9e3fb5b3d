"""Profiles by the terms they hold, with exact sums of products: a plain second way beside the compiled index.

The check of a running system uses it, so that it does not repeat a mistake of what it checks.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    """Profiles in numbered slots, in the order in which they came.

    Products and sums stay below 2**53, so sums in float64 are exact whatever their order.
    """

    def __init__(self) -> None:
        self._postings: dict[str, _Posting] = {}
        self.profiles: list[P] = []

    def put(self, profile: P) -> int:
        """Post ``profile``, each reference once; its slot."""
        slot = len(self.profiles)
        self.profiles.append(profile)
        for term, weight in profile.terms.items():
            posting = self._postings.get(term)
            if posting is None:
                posting = self._postings[term] = _Posting()
            posting.append(slot, weight)
        return slot

    def sums(self, terms: Mapping[str, int]) -> npt.NDArray[np.float64]:
        """For each slot the sum over ``terms`` of both weights."""
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
