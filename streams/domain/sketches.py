"""What is compared of a text to find its near copies: runs of neighbouring words as hashes, and bands of their minima.

Two texts are near where the part of runs that both have, of those that either has, reaches ``NEAR`` (Jaccard). Only
texts that have a band in common are compared. Everything here is whole numbers of fixed widths from fixed constants:
the same in every process and on every machine.
"""

from __future__ import annotations

import functools
import re
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.records import Text
from streams.domain.text import HAN, folded

Runs = npt.NDArray[np.uint32]

#: Neighbouring words, or Chinese characters, of a run.
RUN = 3
#: Shorter texts say too little to be told apart by their words: a title is often another one's title, too.
LEAST_RUNS = 20
#: Part of their runs that near copies have in common, at least: about a word in fifty may differ.
NEAR = 0.8
#: Texts are compared where the minima of all rows of one band agree: at ``NEAR`` all but two of ten thousand do.
BANDS, ROWS = 16, 4
#: A Chinese character, or what else stands together.
_WORDS = re.compile(rf"[{HAN}]|[^\W_{HAN}]+")
_WORDS_KEPT = 200_000


@functools.lru_cache(maxsize=_WORDS_KEPT)
def _hashed(word: str) -> int:
    return zlib.crc32(word.encode())


def runs(text: Text | None) -> Runs:
    """The hashes of all runs of ``RUN`` neighbours in title and abstract, each once, ascending."""
    if text is None:
        return np.empty(0, np.uint32)
    words = np.array([*_words(text.title), *_words(text.abstract)], np.uint64)
    if len(words) < RUN:
        return np.empty(0, np.uint32)
    mixed = np.zeros(len(words) - RUN + 1, np.uint64)
    for place in range(RUN):
        mixed = _mixed(mixed * _STEP + words[place : len(words) - RUN + 1 + place])
    return np.unique((mixed >> _HALF).astype(np.uint32))


def _words(field: str) -> list[int]:
    # As they are written, not as they are weighed: what scores better tomorrow must not make other sketches.
    return [_hashed(word) for word in _WORDS.findall(folded(field))]


def similarity(one: Runs, other: Runs) -> float:
    """The part of runs that both have, of those that either has; from 0 to 1."""
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / (len(one) + len(other) - both) if both else 0.0


def bands(found: Runs, language: int) -> frozenset[int]:
    """Names of the bands of a text; none where it has too few runs. Languages have bands of their own."""
    if len(found) < LEAST_RUNS:
        return frozenset()
    minima = (found.astype(np.uint64)[:, None] * _FACTORS + _SUMMANDS).min(axis=0).reshape(BANDS, ROWS)
    named = np.arange(BANDS, dtype=np.uint64) + np.uint64(BANDS * (language + 1))
    for row in range(ROWS):
        named = _mixed(named * _STEP + minima[:, row])
    return frozenset(named.tolist())


def packed(found: Runs) -> bytes:
    """``found`` as a record holds it: little-endian, 32 bits each."""
    return found.astype("<u4").tobytes()


def unpacked(data: bytes) -> Runs:
    """What was packed."""
    return np.frombuffer(data, "<u4").astype(np.uint32, copy=False)


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Every bit depends on every bit (the last step of MurmurHash3)."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        values = (values ^ (values >> np.uint64(33))) * np.uint64(factor)
    mixed: npt.NDArray[np.uint64] = values ^ (values >> np.uint64(33))
    return mixed


def _numbers(first: int) -> Any:
    return _mixed(np.arange(first, first + BANDS * ROWS, dtype=np.uint64) * _STEP)


_HALF = np.uint64(32)
#: The golden ratio in 64 bits, odd.
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FACTORS, _SUMMANDS = _numbers(1) | np.uint64(1), _numbers(1_001)
