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
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from schemas.records import Text
from streams.domain import dictionary
from streams.domain.text import Fields, han_terms, is_chinese, is_stop_character, token_counts, tokens

#: Terms of the other language by probability, for each word.
Table = Mapping[str, Mapping[str, float]]

#: How rare a Chinese term is: its surprisal in nats.
Rarity = Callable[[str], float]
#: A term of the other language, how often it is to be expected, and the word that says it.
_Part = tuple[str, float, str]

_NOTHING = (0.0, "")
#: Words whose translation is kept.
_MOST_KEPT = 50_000
#: Longest word that is looked for, in characters.
_LONGEST = 8
#: How often a character counts that stands alone, and two of them beside each other: mostly parts of names.
_ALONE, _BESIDE = 0.5, 0.3
#: How often a word within a longer one counts, and a character within a word.
_WITHIN, _CHARACTER = 0.2, 0.1
#: Chinese words for an English term of which the dictionary alone knows.
_MOST_COMMON = 6
_QUESTION_WORDS = """
什么 什么样 什么人 什么时候 谁 哪 哪里 哪些 哪个 哪种 哪儿 如何 为什么 为何 怎么 怎样 怎么样 多少 多久 几 几个
何 何时 是否 有哪些 请问
"""
#: Words that only ask.
_QUESTIONS = frozenset(_QUESTION_WORDS.split())


@functools.lru_cache(maxsize=20_000)
def pieces(run: str) -> tuple[str, ...]:
    """``run`` of Chinese characters as the fewest words of the dictionary, and characters where there is none."""
    # By the end of each beginning: how many pieces, how uneven they are, where the last one starts.
    best: list[tuple[float, int, int]] = [(0.0, 0, 0)]
    for end in range(1, len(run) + 1):
        best.append(min(_cuts(run, end, best)))
    found: list[str] = []
    end = len(run)
    while end:
        start = best[end][2]
        found.append(run[start:end])
        end = start
    return tuple(reversed(found))


def _cuts(run: str, end: int, best: list[tuple[float, int, int]]) -> Iterator[tuple[float, int, int]]:
    for start in range(max(0, end - _LONGEST), end):
        known = dictionary.is_word(run[start:end])
        if known or end - start == 1:
            many, uneven, _ = best[start]
            yield many + (1.0 if known else 1.5), uneven + (end - start) ** 2, start


def units(text: str) -> Iterator[str]:
    """What translations are learned of: pieces of Chinese runs, two single characters together, other terms."""
    for token in tokens(text):
        if token.kind == "han":
            yield from (unit for unit, _ in _run_units(token.term))
        else:
            yield token.term


@functools.lru_cache(maxsize=20_000)
def _run_units(run: str) -> tuple[tuple[str, float], ...]:
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
    return tuple(found)


class Translation(NamedTuple):
    """What is to be expected in the other language."""

    #: How often each term.
    counts: Mapping[str, float]
    #: The word of the text that says most of it.
    sources: Mapping[str, str]


class Translator:
    """Translations by what one scoring model has learned; each word is looked up once."""

    def __init__(self, to_english: Table, to_chinese: Table, rarity: Rarity) -> None:
        self._to_english = to_english
        self._to_chinese = to_chinese
        self._rarity = rarity
        self._english: dict[str, tuple[_Part, ...]] = {}
        self._chinese: dict[str, tuple[_Part, ...]] = {}

    def english(self, text: Text, weights: Fields) -> Translation:
        """A Chinese ``text`` in English terms."""
        units_: dict[str, float] = {}
        counts: dict[str, float] = {}
        for (kind, term), count in token_counts(text, weights).items():
            if kind != "han":
                counts[term] = counts.get(term, 0.0) + count
                continue
            for unit, times in _run_units(term):
                units_[unit] = units_.get(unit, 0.0) + count * times
        return _expected(counts, units_, functools.partial(_looked_up, self._english, self._english_of))

    def chinese(self, text: Text, weights: Fields) -> Translation:
        """An English ``text`` in Chinese terms.

        Of the words that the dictionary gives for a term, those of common parts are the likelier ones.
        """
        words: dict[str, float] = {}
        counts: dict[str, float] = {}
        for (kind, term), count in token_counts(text, weights).items():
            kept = words if kind == "latin" else counts
            kept[term] = kept.get(term, 0.0) + count
        return _expected(counts, words, functools.partial(_looked_up, self._chinese, self._chinese_of))

    def _english_of(self, unit: str) -> Iterator[_Part]:
        if unit in _QUESTIONS:
            return
        for part, times in ((unit, 1.0), *_parts(unit)):
            for word, chance in (self._to_english.get(part) or dictionary.meanings(part)).items():
                yield word, times * chance, part

    def _chinese_of(self, term: str) -> Iterator[_Part]:
        found = self._to_chinese.get(term) or _common(dictionary.words_for(term), self._rarity)
        if not found:
            yield term, 1.0, term
        for word, chance in found.items():
            for part, times in han_terms(word) if is_chinese(word) else ((word, 1.0),):
                yield part, chance * times, term


def _looked_up(
    known: dict[str, tuple[_Part, ...]], parts: Callable[[str], Iterator[_Part]], word: str
) -> tuple[_Part, ...]:
    found = known.get(word)
    if found is None:
        if len(known) >= _MOST_KEPT:
            known.clear()
        found = known[word] = tuple(parts(word))
    return found


def _expected(
    counts: dict[str, float], words: Mapping[str, float], parts: Callable[[str], tuple[_Part, ...]]
) -> Translation:
    """``counts`` of what is the same in both languages, and of the parts of ``words``."""
    most: dict[str, tuple[float, str]] = {}
    for word, count in words.items():
        for term, times, source in parts(word):
            share = count * times
            counts[term] = counts.get(term, 0.0) + share
            if share > most.get(term, _NOTHING)[0]:
                most[term] = share, source
    return Translation(counts, {term: source for term, (_, source) in most.items()})


@functools.lru_cache(maxsize=20_000)
def _parts(word: str) -> tuple[tuple[str, float], ...]:
    """Words within a word of the dictionary, and its characters."""
    if len(word) < 2 or not dictionary.is_word(word):
        return ()
    spans = itertools.combinations(range(len(word) + 1), 2)
    inner = (word[start:end] for start, end in spans if end - start < len(word))
    return tuple(
        (part, _CHARACTER if len(part) == 1 else _WITHIN)
        for part in inner
        if dictionary.is_word(part) and not is_stop_character(part)
    )


def _common(words: Sequence[str], rarity: Rarity) -> dict[str, float]:
    """The most common of ``words``, by the mean surprisal of their pairs, or of a character that is a word."""
    commonness = {word: math.exp(-statistics.fmean(map(rarity, _pairs(word)))) for word in words}
    best = heapq.nlargest(_MOST_COMMON, commonness, key=lambda word: (commonness[word], word))
    whole = math.fsum(commonness[word] for word in best)
    return {word: commonness[word] / whole for word in best}


def _pairs(word: str) -> list[str]:
    return [one + other for one, other in itertools.pairwise(word)] or [word]
