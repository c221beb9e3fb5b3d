"""Which words translate which, learned from texts that say the same in Chinese and in English.

IBM's first model (Brown et al. 1993) by expectation maximisation, with two things known beforehand: a word and its
translation stand at about the same part of both texts (as in Dyer et al. 2013), and what the dictionary says counts as
if it had been seen.

English stop words are aligned like all others, for else what they translate would have to translate something else. A
unit that mostly goes with them, or with nothing, says less than one term: how much less is its fertility.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from streams.domain import dictionary
from streams.domain.text import SILENT, is_chinese, spoken
from streams.domain.translation import Table, units

_ROUNDS = 6
#: How fast the chance of an alignment falls with the distance of both places, as parts of the texts.
_NEARNESS = 6.0
#: The chance that an English word has no Chinese one, as a multiple of the word's own share.
_UNTRANSLATED = 0.08
#: How often the dictionary's meanings of a word count as seen.
_KNOWN = 3.0
#: How often a word counts as seen that says one term each time.
_FERTILE = 3.0
#: Fertility counts by its root: few texts tell it roughly.
_ROUGHLY = 0.5
#: A pair that has been seen less often than this is chance.
_LEAST_SEEN = 0.05
#: Translations of a word that are kept: at most so many, and none less likely than this.
_MOST, _LEAST_LIKELY = 12, 0.02
_MOST_BACK, _LEAST_LIKELY_BACK = 6, 0.05

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
_Seen = defaultdict[str, dict[str, float]]


class _Cells(NamedTuple):
    """Every pair of a Chinese unit and an English word of one text, text after text, words outside."""

    #: Number of the pair of unit and word.
    pair: npt.NDArray[np.int32]
    nearness: npt.NDArray[np.float32]
    #: Where the cells of each word of each text begin, and the chance that it translates nothing.
    starts: Whole
    untranslated: Floats
    #: The unit and the word of each pair.
    unit: Whole
    word: Whole
    #: How often each unit and each word stands in the texts.
    units: Whole
    words: Whole


class _Numbers(dict[str, int]):
    def __missing__(self, name: str) -> int:
        self[name] = len(self)
        return self[name]


def learned(pairs: Iterable[tuple[str, str]]) -> tuple[Table, Table]:
    """English terms by Chinese unit and Chinese units by English term, from ``pairs`` of one text in both languages.

    What a word gives adds up to its fertility: how many terms it says each time that it stands in a text, one at most.
    """
    units_, words_ = _Numbers(), _Numbers()
    cells = _cells(pairs, units_, words_)
    forth, back = _seen_by_name(cells, list(units_), list(words_))
    say = {name: _fertility(found, cells.units[units_[name]]) ** _ROUGHLY for name, found in forth.items()}
    are_said = {term: _fertility(found, cells.words[words_[term]]) for term, found in back.items()}
    for name, found in forth.items():
        for term, chance in dictionary.meanings(name).items():
            found[term] = found.get(term, 0.0) + _KNOWN * chance
    return (
        {name: likely(found, _MOST, _LEAST_LIKELY, say[name]) for name, found in sorted(forth.items())},
        {term: likely(found, _MOST_BACK, _LEAST_LIKELY_BACK, are_said[term]) for term, found in sorted(back.items())},
    )


def _seen_by_name(cells: _Cells, units_: list[str], words_: list[str]) -> tuple[_Seen, _Seen]:
    """How often each Chinese unit was seen as each English term, and each term as each unit."""
    forth: _Seen = defaultdict(dict)
    back: _Seen = defaultdict(dict)
    seen = _seen(cells, _known(cells, units_, words_))
    for unit, word, times in zip(cells.unit.tolist(), cells.word.tolist(), seen.tolist(), strict=True):
        name, term = units_[unit], words_[word]
        if times > _LEAST_SEEN and is_chinese(name) and not term.startswith(SILENT):
            forth[name][term] = times
            back[term][name] = times
    return forth, back


def _fertility(found: Mapping[str, float], times: int) -> float:
    return min(1.0, (math.fsum(found.values()) + _FERTILE) / (times + _FERTILE))


def likely(found: Mapping[str, float], most: int, least: float, whole: float = 1.0) -> dict[str, float]:
    """The likeliest of ``found`` as parts of ``whole``, at most ``most``, none below ``least`` of all that was."""
    seen = math.fsum(found.values())
    best = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:most]
    kept = {name: times for name, times in best if times >= least * seen} or dict(best[:1])
    share = whole / math.fsum(kept.values())
    return {name: round(times * share, 3) for name, times in kept.items()}


def _cells(pairs: Iterable[tuple[str, str]], units_: _Numbers, words_: _Numbers) -> _Cells:
    numbers, near, sizes, said, meant = [], [], [], [], []
    for chinese, english in pairs:
        mine = np.array([units_[unit] for unit in units(chinese)], np.int64)
        theirs = np.array([words_[word] for word in spoken(english)], np.int64)
        if not len(mine) or not len(theirs):
            continue
        numbers.append((theirs[:, None] << 32 | mine[None, :]).ravel())
        places = np.arange(len(theirs))[:, None] / len(theirs) - np.arange(len(mine))[None, :] / len(mine)
        near.append(np.exp(-_NEARNESS * np.abs(places)).astype(np.float32).ravel())
        sizes.append(np.full(len(theirs), len(mine)))
        said.append(theirs)
        meant.append(mine)
    both, pair = np.unique(np.concatenate(numbers), return_inverse=True)
    size, word = np.concatenate(sizes), np.concatenate(said)
    many_words = np.bincount(word, minlength=len(words_))
    share = many_words / len(word)
    starts = np.concatenate([[0], np.cumsum(size)[:-1]])
    untranslated = _UNTRANSLATED * size * share[word]
    numbered: Whole = both.astype(np.int64)
    return _Cells(
        pair=pair.astype(np.int32),
        nearness=np.concatenate(near),
        starts=starts,
        untranslated=untranslated,
        unit=numbered & 0xFFFFFFFF,
        word=numbered >> 32,
        units=np.bincount(np.concatenate(meant), minlength=len(units_)),
        words=many_words,
    )


def _known(cells: _Cells, unit_names: list[str], word_names: list[str]) -> Floats:
    """How often each pair counts as seen before anything is."""
    found = np.zeros(len(cells.unit))
    for number, (unit, word) in enumerate(zip(cells.unit.tolist(), cells.word.tolist(), strict=True)):
        name, term = unit_names[unit], word_names[word]
        found[number] = dictionary.meanings(name).get(term, 0.0) if is_chinese(name) else float(name == term)
    return _KNOWN * found


def _seen(cells: _Cells, known: Floats) -> Floats:
    """How often each pair is to be expected as an alignment."""
    many_units = len(cells.units)
    chance = known + 0.1 / len(cells.words)
    seen: Floats = known
    for _ in range(_ROUNDS):
        chance /= np.bincount(cells.unit, chance, many_units)[cells.unit]
        weight = chance[cells.pair] * cells.nearness
        whole = np.add.reduceat(weight, cells.starts) + cells.untranslated
        weight /= np.repeat(whole, np.diff(np.append(cells.starts, len(weight))))
        seen = np.bincount(cells.pair, weight, len(known)).astype(np.float64)
        chance = seen + known
    return seen
