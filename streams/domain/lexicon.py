"""Terms of one language by number, with what the language at large says of each, for sums over thousands of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from streams.domain.text import occurrence

Numbers = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]

#: How rare a term is: its surprisal in running text, in nats.
Rarity = Callable[[str], float]


class Mentions(NamedTuple):
    """Different terms, and for each how often a text says it, how rare it is, its share, and what once counts."""

    terms: Sequence[str]
    times: Array
    rarity: Array
    share: Array
    once: Array


class Lexicon:
    """Terms are numbered as they come. Not made for several threads at once."""

    def __init__(self, rarity: Rarity) -> None:
        self._rarity = rarity
        self._numbers: dict[str, int] = {}
        self._terms: list[str] = []
        #: Rows of rarity, share and once, with room for more terms.
        self._known = np.empty((3, 1024))

    def __len__(self) -> int:
        return len(self._terms)

    def numbers(self, terms: Collection[str]) -> Numbers:
        """The number of each of ``terms``."""
        found = [*map(self._numbers.get, terms)]
        if None in found:
            self._add(term for term, number in zip(terms, found, strict=True) if number is None)
            return np.array([self._numbers[term] for term in terms], np.int64)
        return np.array(found, np.int64)

    def mentions(self, numbers: Numbers, times: Array) -> Mentions:
        """The terms with these ``numbers``, said so many ``times``."""
        rarity, share, once = self._known[:, numbers]
        return Mentions([self._terms[number] for number in numbers.tolist()], times, rarity, share, once)

    def _add(self, terms: Iterable[str]) -> None:
        for term in terms:
            number = self._numbers.setdefault(term, len(self._terms))
            if number < len(self._terms):
                continue
            if number == self._known.shape[1]:
                self._known = np.concatenate([self._known, np.empty_like(self._known)], axis=1)
            self._terms.append(term)
            rarity = self._rarity(term)
            # Here, and not on arrays: how those round depends on the processor.
            self._known[:, number] = rarity, math.exp(-rarity), occurrence(term)
