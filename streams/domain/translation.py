"""What a text would say in the other language: how often each term is to be expected there.

A Chinese run is cut into words of the dictionary; each word gives its English terms by their probabilities, and the
other way round. Probabilities come from the scoring model where it has learned them from texts in two languages, and
from the dictionary else. Nothing is chosen: all meanings of a word stand side by side, and what fits the rest of the
demand is found where several of them meet (Darwish & Oard 2003, with expected instead of matched counts).
"""

from __future__ import annotations

import functools
import heapq
import itertools
import math
import statistics
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from streams.domain import dictionary
from streams.domain.counts import Said, token_counts
from streams.domain.lexicon import Array, Lexicon, Numbers, Rarity
from streams.domain.text import han_terms, is_chinese, is_stop_character, tokens

#: Terms of the other language by probability, for each word.
Table = Mapping[str, Mapping[str, float]]
_Scalar = TypeVar("_Scalar", bound=np.generic)
#: A term of the other language, how often it is to be expected, and the word that says it.
_Part = tuple[str, float, str]

#: Different terms of translations that are kept, and parts of words that say them.
_MOST_TERMS, _MOST_PARTS = 300_000, 1_000_000
#: Longest word that is looked for, in characters.
_LONGEST = 8
#: Runs up to so many characters are cut once.
_SHORT = 16
#: How often a character counts that stands alone, and two of them beside each other: mostly parts of names.
_ALONE, _BESIDE = 0.5, 0.3
#: How often a word or a character within a longer word counts.
_WITHIN = 0.2
#: Chinese words for an English term of which the dictionary alone knows.
_MOST_COMMON = 6
_QUESTION_WORDS = """
什么 什么样 什么人 什么时候 谁 哪 哪里 哪些 哪个 哪种 哪儿 如何 为什么 为何 怎么 怎样 怎么样 多少 多久 几 几个
何 何时 是否 有哪些 请问
"""
#: Words that only ask.
_QUESTIONS = frozenset(_QUESTION_WORDS.split())


def pieces(run: str) -> tuple[str, ...]:
    """``run`` of Chinese characters as the fewest words of the dictionary, and characters where there is none."""
    longest = dictionary.longest()
    # By the end of each beginning: how many pieces, how uneven they are, where the last one starts.
    best: list[tuple[float, int, int]] = [(0.0, 0, 0), *[(math.inf, 0, 0)] * len(run)]
    for start in range(len(run)):
        many, uneven, _ = best[start]
        alone = many + (1.0 if dictionary.is_word(run[start]) else 1.5), uneven + 1, start
        best[start + 1] = min(best[start + 1], alone)
        most = min(longest.get(run[start : start + 2], 0), _LONGEST, len(run) - start)
        for length in range(2, most + 1):
            if dictionary.is_word(run[start : start + length]):
                found = many + 1.0, uneven + length**2, start
                best[start + length] = min(best[start + length], found)
    return tuple(_pieces(run, best))


def _pieces(run: str, best: Sequence[tuple[float, int, int]]) -> list[str]:
    found: list[str] = []
    end = len(run)
    while end:
        start = best[end][2]
        found.append(run[start:end])
        end = start
    return found[::-1]


def units(text: str) -> Iterator[str]:
    """What translations are learned of: pieces of Chinese runs, two single characters together, other terms."""
    for kind, term in filter(None, tokens(text)):
        if kind == "han":
            yield from (unit for unit, _ in _run_units(term))
        else:
            yield term


def _run_units(run: str) -> Sequence[tuple[str, float]]:
    # Longer ones hardly come again, and would be kept in vain.
    return _short_run_units(run) if len(run) <= _SHORT else _long_run_units(run)


@functools.lru_cache(maxsize=20_000)
def _short_run_units(run: str) -> Sequence[tuple[str, float]]:
    return _long_run_units(run)


def _long_run_units(run: str) -> Sequence[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    before = ""
    for piece in pieces(run):
        if len(piece) > 1:
            found.append((piece, 1.0))
            before = ""
        elif is_stop_character(piece):
            before = ""
        else:
            if before:
                found.append((before + piece, _BESIDE))
            found.append((piece, _ALONE))
            before = piece
    return found


class _Parts(NamedTuple):
    """What the words of a text say, one after the other."""

    #: Of terms of the other language.
    numbers: Numbers
    #: How often each is to be expected.
    times: Array
    #: Which part of a word says it: where it stands among the ``sources``.
    places: Numbers
    sources: Sequence[str]


class Translation:
    """What is to be expected in the other language."""

    def __init__(self, lexicon: Lexicon, same: Mapping[str, float], parts: _Parts) -> None:
        """``same`` counts what is the same in both languages."""
        self._parts = parts
        numbers = np.concatenate([lexicon.numbers(same), parts.numbers])
        times = np.concatenate([[*same.values()], parts.times])
        different, self._terms = np.unique(numbers, return_inverse=True)
        # Added up in the order in which they stand, so that a text always gives the same sums.
        expected = np.bincount(self._terms, times, len(different)).astype(np.float64)
        self.mentions = lexicon.mentions(different, expected)

    def sources(self, terms: Iterable[str]) -> dict[str, str]:
        """For each of ``terms`` the word of the text that says most of it, but for what the text itself says."""
        times, places, sources = self._parts[1:]
        # The part that says most is written last, of equal ones the first.
        order = np.argsort(-times, kind="stable")[::-1]
        most = np.full(len(self.mentions.terms), -1)
        most[self._terms[len(self._terms) - len(times) :][order]] = order
        number = {term: n for n, term in enumerate(self.mentions.terms)}
        found = ((term, int(most[number[term]])) for term in terms)
        return {term: sources[places[part]] for term, part in found if part >= 0}


class _Side:
    """What words say in one language. Each is looked up once, and its parts are kept in one long row."""

    def __init__(self, rarity: Rarity, parts: Callable[[str], Iterator[_Part]]) -> None:
        self._rarity = rarity
        self._looked_up = parts
        self._begin()

    def _begin(self) -> None:
        self._lexicon = Lexicon(self._rarity)
        self._spans: dict[str, tuple[int, int]] = {}
        self._numbers = np.empty(1024, np.int64)
        self._chances = np.empty(1024)
        self._sources: list[str] = []

    def translation(self, same: Mapping[str, float], words: Mapping[str, float]) -> Translation:
        """``same`` counts what is the same in both languages, ``words`` the words that are to be translated."""
        if max(len(self._lexicon), len(self._spans)) >= _MOST_TERMS or len(self._sources) >= _MOST_PARTS:
            self._begin()
        spans = np.array([self._span(word) for word in words], np.int64).reshape(-1, 2)
        starts, sizes = spans[:, 0], spans[:, 1]
        places = np.arange(sizes.sum()) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
        times = np.repeat(np.array([*words.values()], np.float64), sizes) * self._chances[places]
        return Translation(self._lexicon, same, _Parts(self._numbers[places], times, places, self._sources))

    def _span(self, word: str) -> tuple[int, int]:
        """Where the parts of ``word`` start, and how many they are."""
        found = self._spans.get(word)
        if found is None:
            parts = [*self._looked_up(word)]
            start = len(self._sources)
            found = self._spans[word] = start, len(parts)
            self._sources += [source for *_, source in parts]
            self._numbers = _with_room(self._numbers, len(self._sources))
            self._chances = _with_room(self._chances, len(self._sources))
            self._numbers[start : len(self._sources)] = self._lexicon.numbers([term for term, _, _ in parts])
            self._chances[start : len(self._sources)] = [chance for _, chance, _ in parts]
        return found


def _with_room(values: npt.NDArray[_Scalar], size: int) -> npt.NDArray[_Scalar]:
    return values if size <= len(values) else np.concatenate([values, np.empty(max(size, len(values)), values.dtype)])


class Translator:
    """Translations by what one scoring model has learned; several threads may ask."""

    def __init__(self, to_english: Table, to_chinese: Table, zh: Rarity, en: Rarity) -> None:
        self._to_english = to_english
        self._to_chinese = to_chinese
        self._rarity = zh
        self._english = _Side(en, self._english_of)
        self._chinese = _Side(zh, self._chinese_of)
        self._turn = threading.Lock()

    def english(self, text: Said) -> Translation:
        """A Chinese ``text`` in English terms."""
        words: dict[str, float] = {}
        same: dict[str, float] = {}
        for (kind, term), count in token_counts(text).items():
            if kind != "han":
                same[term] = same.get(term, 0.0) + count
                continue
            for unit, times in _run_units(term):
                words[unit] = words.get(unit, 0.0) + count * times
        with self._turn:
            return self._english.translation(same, words)

    def chinese(self, text: Said) -> Translation:
        """An English ``text`` in Chinese terms.

        Of the words that the dictionary gives for a term, those of common parts are the likelier ones.
        """
        words: dict[str, float] = {}
        same: dict[str, float] = {}
        for (kind, term), count in token_counts(text).items():
            kept = words if kind == "latin" else same
            kept[term] = kept.get(term, 0.0) + count
        with self._turn:
            return self._chinese.translation(same, words)

    def _english_of(self, unit: str) -> Iterator[_Part]:
        if unit in _QUESTIONS:
            return
        for part, times in ((unit, 1.0), *((part, _WITHIN) for part in _parts(unit))):
            for word, chance in (self._to_english.get(part) or dictionary.meanings(part)).items():
                yield word, times * chance, part

    def _chinese_of(self, term: str) -> Iterator[_Part]:
        found = self._to_chinese.get(term) or _common(dictionary.words_for(term), self._rarity)
        if not found:
            yield term, 1.0, term
        for word, chance in found.items():
            for part, times in han_terms(word) if is_chinese(word) else ((word, 1.0),):
                yield part, chance * times, term


@functools.lru_cache(maxsize=20_000)
def _parts(word: str) -> tuple[str, ...]:
    """Words within a word of the dictionary, and its characters."""
    if len(word) < 2 or not dictionary.is_word(word):
        return ()
    spans = itertools.combinations(range(len(word) + 1), 2)
    inner = (word[start:end] for start, end in spans if end - start < len(word))
    return tuple(part for part in inner if dictionary.is_word(part) and not is_stop_character(part))


def _common(words: Sequence[str], rarity: Rarity) -> dict[str, float]:
    """The most common of ``words``, by the mean surprisal of their pairs, or of a character that is a word."""
    commonness = {word: math.exp(-statistics.fmean(map(rarity, _pairs(word)))) for word in words}
    best = heapq.nlargest(_MOST_COMMON, commonness, key=lambda word: (commonness[word], word))
    whole = math.fsum(commonness[word] for word in best)
    return {word: commonness[word] / whole for word in best}


def _pairs(word: str) -> list[str]:
    return [one + other for one, other in itertools.pairwise(word)] or [word]
