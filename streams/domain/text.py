"""Words of a text as terms: English stems, Chinese characters, pairs of neighbours, quantities as they stand."""

from __future__ import annotations

import functools
import itertools
import re
import sys
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

import opencc
import Stemmer

from schemas.records import Text


class Fields(NamedTuple):
    """How often a term counts by the field it stands in."""

    title: float
    keywords: float
    body: float


#: What is offered says itself best in its title; what is asked says in its title what the rest only circles round:
#: six times was best on demands that people judged (BDCI), and flat from four to eight.
OFFERED, ASKED = Fields(3, 2, 1), Fields(6, 2, 1)
#: Longer texts are cut here: more words change no ranking, but would cost unbounded time.
MOST_CHARACTERS = 20_000
#: A word or a Chinese character counts once, a pair of neighbours this often beside them.
PAIR = 0.3
#: Between both stems of a pair of words.
_JOINT = " "
#: Characters between two neighbours, at most: a blank, a hyphen, a comma and a blank.
_APART = 2
#: Longer runs of letters are no words.
_LONGEST_WORD = 40

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAS_HAN = re.compile(f"[{HAN}]")
_UNITS = (
    "nm um mm cm m km ug mg g kg t w kw mw gw v kv mv a ma ah mah wh kwh hz khz mhz ghz kpa mpa gpa pa bar k c "
    "ppm ppb l ml db rpm ev kev mev"
)
_CHINESE_UNITS = {
    "纳米": "nm",
    "微米": "um",
    "毫米": "mm",
    "厘米": "cm",
    "公里": "km",
    "千米": "km",
    "公斤": "kg",
    "千克": "kg",
    "吨": "t",
    "千瓦": "kw",
    "兆瓦": "mw",
    "千瓦时": "kwh",
    "千伏": "kv",
    "伏": "v",
    "赫兹": "hz",
    "兆赫": "mhz",
    "兆帕": "mpa",
    "摄氏度": "c",
}
_UNIT = "|".join(sorted((*_UNITS.split(), *_CHINESE_UNITS), key=len, reverse=True))
_WORDS = re.compile(
    rf"(?P<number>\d+(?:\.\d+)?)[ -]?°?(?P<unit>{_UNIT})(?![a-z0-9])"
    rf"|(?P<latin>[a-z0-9]+(?:(?<=\d)\.(?=\d)[a-z0-9]+)*)|(?P<han>[{HAN}]+)|(?P<other>[^\W\d_]+)"
)
#: Function words, and words that any demand or achievement may have.
_STOP_WORDS = """
a about above after all also an and any are as at be been being below between both but by can could did do does during
each either for from further had has have having he her here his how if in into is it its itself may more most must no
nor not of on once only or other our out over own same she should so some such than that the their them then there
these they this those through to too under until up upon us very via was we were what when where which while who whom
whose why will with within without would you your based currently develop developed developing development need needed
needs new novel offeror phase propose proposed proposer provide provided provides project research result results
system systems technology use used uses using
"""
_STOP = frozenset(_STOP_WORDS.split())
_STOP_CHARACTERS = frozenset("的了和与及或在是对于等为以其该并可将一种个之中由从被把所也有")


def is_chinese(text: str) -> bool:
    """Whether ``text`` has a Chinese character."""
    return _HAS_HAN.search(text) is not None


def is_stop_character(character: str) -> bool:
    """Whether ``character`` is a Chinese particle, or part of what any text says."""
    return character in _STOP_CHARACTERS


def folded(text: str) -> str:
    """``text`` up to ``MOST_CHARACTERS`` with small, half-width letters, simplified characters and no accents."""
    text = text[:MOST_CHARACTERS]
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text).lower()
    small = unicodedata.normalize("NFKC", "".join(one for one in apart if not unicodedata.combining(one)))
    if is_chinese(small):
        small = str(_simplifier().convert(small))
    # µ stands for micro, which most people type as u.
    return small.replace("\u03bcm", "um").replace("\u03bcg", "ug")


@functools.cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@functools.lru_cache(maxsize=200_000)
def stem(word: str) -> str | None:
    """The term of an English word; ``None`` for one that says nothing about technology."""
    if word in _STOP or len(word) > _LONGEST_WORD or (len(word) == 1 and not word.isdigit()):
        return None
    return str(_stemmer().stemWord(word))


@functools.cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


class Token(NamedTuple):
    """A word, a quantity or a run of Chinese characters, and where it stands."""

    kind: str
    term: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of ``text`` in their order, without stop words; each is ``latin``, ``unit``, ``han`` or ``other``."""
    for found in _WORDS.finditer(folded(text)):
        word, kind = found[0], found.lastgroup
        term: str | None = word
        if kind == "latin":
            term = stem(word)
        elif kind == "unit":
            term = found["number"] + _CHINESE_UNITS.get(found["unit"], found["unit"])
        elif kind == "other" and not 1 < len(word) <= _LONGEST_WORD:
            term = None
        if term is not None and kind is not None:
            yield Token(kind, sys.intern(term), *found.span())


def _terms(text: str) -> Iterator[tuple[str, float]]:
    before = Token("", "", 0, 0)
    for token in tokens(text):
        if token.kind == "han":
            yield from han_terms(token.term)
        else:
            yield token.term, 1
        if before.kind == token.kind == "latin" and token.start - before.end <= _APART:
            yield sys.intern(before.term + _JOINT + token.term), PAIR
        before = token


def han_terms(run: str) -> Iterator[tuple[str, float]]:
    """Characters of a run of Chinese ones, and pairs of neighbours, with how often each counts."""
    for character in run:
        if character not in _STOP_CHARACTERS:
            yield character, 1
    for first, second in itertools.pairwise(run):
        if first not in _STOP_CHARACTERS and second not in _STOP_CHARACTERS:
            yield sys.intern(first + second), PAIR


def is_pair(term: str) -> bool:
    """Whether ``term`` is a pair of neighbours."""
    return is_word_pair(term) or (len(term) == 2 and is_chinese(term))


def is_word_pair(term: str) -> bool:
    """Whether ``term`` is a pair of stems."""
    return _JOINT in term


def occurrence(term: str) -> float:
    """How often a term counts that occurs once."""
    return PAIR if is_pair(term) else 1


def words(text: str) -> list[str]:
    """The terms of ``text`` in their order, each as often as it occurs, without the pairs of words."""
    return [term for term, _ in _terms(text) if _JOINT not in term]


def fields(text: Text, weights: Fields) -> tuple[tuple[str, float], ...]:
    """The fields of ``text``, with how often each word in them counts."""
    return (text.title, weights.title), ("; ".join(text.keywords), weights.keywords), (text.abstract, weights.body)


def term_counts(text: Text, weights: Fields) -> dict[str, float]:
    """How often each term occurs in ``text``, by the weights of its fields."""
    counts: dict[str, float] = {}
    for field, weight in fields(text, weights):
        for term, times in _terms(field):
            counts[term] = counts.get(term, 0.0) + weight * times
    return counts


class Counts(NamedTuple):
    """How often each term occurs: in the title, there and in the keywords, in the whole text."""

    title: dict[str, float]
    beside_keywords: dict[str, float]
    every: dict[str, float]


def counts_by_field(text: Text, weights: Fields) -> Counts:
    """How often each term occurs in the fields of ``text``, by their weights; ``term_counts`` to the last bit."""
    counts: dict[str, float] = {}
    so_far = []
    for field, weight in fields(text, weights):
        for term, times in _terms(field):
            counts[term] = counts.get(term, 0.0) + weight * times
        so_far.append(dict(counts))
    return Counts(*so_far)


def token_counts(text: Text, weights: Fields) -> dict[tuple[str, str], float]:
    """How often each token occurs in ``text``, by kind and term, by the weights of its fields."""
    counts: dict[tuple[str, str], float] = {}
    for field, weight in fields(text, weights):
        for kind, term, _, _ in tokens(field):
            counts[kind, term] = counts.get((kind, term), 0.0) + weight
    return counts
