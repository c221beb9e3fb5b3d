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
from streams.domain.text import Fields, Token, fields, han_terms, is_chinese, is_stop_character, tokens

#: Terms of the other language by probability, for each word.
Table = Mapping[str, Mapping[str, float]]

#: How rare a Chinese term is: its surprisal in nats.
Rarity = Callable[[str], float]
#: A term of the other language, how often it is to be expected, and the word that says it.
_Part = tuple[str, float, str]

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


def english(text: Text, weights: Fields, learned: Table) -> Translation:
    """A Chinese ``text`` in English terms."""
    return _expected(text, weights, lambda token: _to_english(token, learned))


def chinese(text: Text, weights: Fields, learned: Table, rarity: Rarity) -> Translation:
    """An English ``text`` in Chinese terms.

    Of the words that the dictionary gives for a term, those of common parts are the likelier ones.
    """
    return _expected(text, weights, lambda token: _to_chinese(token, learned, rarity))


def _expected(text: Text, weights: Fields, other: Callable[[Token], Iterator[_Part]]) -> Translation:
    counts: dict[str, float] = {}
    most: dict[str, tuple[float, str]] = {}
    for field, weight in fields(text, weights):
        for token in tokens(field):
            for term, times, source in other(token):
                counts[term] = counts.get(term, 0.0) + weight * times
                most[term] = max(most.get(term, (0.0, "")), (times, source))
    return Translation(counts, {term: source for term, (_, source) in most.items()})


def _to_english(token: Token, learned: Table) -> Iterator[_Part]:
    if token.kind != "han":
        yield token.term, 1.0, token.term
        return
    for unit, times in _run_units(token.term):
        if unit in _QUESTIONS:
            continue
        for part, often in ((unit, times), *_parts(unit)):
            for word, chance in (learned.get(part) or dictionary.meanings(part)).items():
                yield word, often * chance, part


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


def _to_chinese(token: Token, learned: Table, rarity: Rarity) -> Iterator[_Part]:
    term = token.term
    found = learned.get(term) or _common(dictionary.words_for(term), rarity)
    if token.kind != "latin" or not found:
        yield term, 1.0, term
        return
    for word, chance in found.items():
        for part, times in han_terms(word) if is_chinese(word) else ((word, 1.0),):
            yield part, chance * times, term


def _common(words: Sequence[str], rarity: Rarity) -> dict[str, float]:
    """The most common of ``words``, by the mean surprisal of their pairs, or of a character that is a word."""
    commonness = {word: math.exp(-statistics.fmean(map(rarity, _pairs(word)))) for word in words}
    best = heapq.nlargest(_MOST_COMMON, commonness, key=lambda word: (commonness[word], word))
    whole = math.fsum(commonness[word] for word in best)
    return {word: commonness[word] / whole for word in best}


def _pairs(word: str) -> list[str]:
    return [one + other for one, other in itertools.pairwise(word)] or [word]
