"""Words of a text as terms: English stems, Chinese characters, pairs of neighbours, quantities as they stand."""

from __future__ import annotations

import functools
import itertools
import re
import sys
import unicodedata
from collections.abc import Container, Iterable, Iterator, Sequence
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
#: English words whose stem is kept.
_MOST_STEMS = 200_000

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


class _Stems(dict[str, str | None]):
    """Terms of the English words met so far: a plain look-up, for it is made once for each word of every text."""

    def __missing__(self, word: str) -> str | None:
        if len(self) >= _MOST_STEMS:
            self.clear()
        found = self[word] = _stemmed(word)
        return found


def _stemmed(word: str) -> str | None:
    if word in _STOP or len(word) > _LONGEST_WORD or (len(word) == 1 and not word.isdigit()):
        return None
    return sys.intern(str(_stemmer().stemWord(word)))


@functools.cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


_STEMS = _Stems()


def stem(word: str) -> str | None:
    """The term of an English word; ``None`` for one that says nothing about technology."""
    return _STEMS[word]


#: A word, a quantity or a run of Chinese characters: its kind, which is ``latin``, ``unit``, ``han`` or ``other``, its
#: term, and where it starts and ends. A plain tuple: there are a hundred of them in a short text.
Token = tuple[str, str, int, int]


def tokens(text: str) -> list[Token]:
    """The tokens of ``text`` in their order, without stop words."""
    stems = _STEMS
    found: list[Token] = []
    for match in _WORDS.finditer(folded(text)):
        kind, word = match.lastgroup, match[0]
        term: str | None = word
        if kind == "latin":
            term = stems[word]
        elif kind == "unit":
            term = match["number"] + _CHINESE_UNITS.get(match["unit"], match["unit"])
        elif kind == "other" and not 1 < len(word) <= _LONGEST_WORD:
            term = None
        if term is not None and kind is not None:
            found.append((kind, term, *match.span()))
    return found


#: Tokens of the fields of a text, with how often each of them counts.
Said = Sequence[tuple[float, Sequence[Token]]]


def said(text: Text, weights: Fields) -> Said:
    """The tokens of each field of ``text``, with how often each counts by ``weights``."""
    return [(weight, tokens(field)) for field, weight in fields(text, weights)]


def _terms(tokens_: Iterable[Token], known: Container[str] | None) -> Iterator[tuple[str, float]]:
    last_kind, last_term, last_end = "", "", 0
    for kind, term, start, end in tokens_:
        if kind == "han":
            yield from han_terms(term)
        else:
            yield term, 1
        if last_kind == kind == "latin" and start - last_end <= _APART:
            pair = last_term + _JOINT + term
            if known is None or pair in known:
                yield pair, PAIR
        last_kind, last_term, last_end = kind, term, end


def han_terms(run: str) -> tuple[tuple[str, float], ...]:
    """Characters of a run of Chinese ones, and pairs of neighbours, with how often each counts."""
    characters = [(character, 1.0) for character in run if character not in _STOP_CHARACTERS]
    pairs = [
        (first + second, PAIR)
        for first, second in itertools.pairwise(run)
        if first not in _STOP_CHARACTERS and second not in _STOP_CHARACTERS
    ]
    return (*characters, *pairs)


def is_pair(term: str) -> bool:
    """Whether ``term`` is a pair of neighbours."""
    return _JOINT in term or (len(term) == 2 and not term.isascii() and is_chinese(term))


def is_word_pair(term: str) -> bool:
    """Whether ``term`` is a pair of stems."""
    return _JOINT in term


def occurrence(term: str) -> float:
    """How often a term counts that occurs once."""
    return PAIR if is_pair(term) else 1


def words(text: str) -> list[str]:
    """The terms of ``text`` in their order, each as often as it occurs, without the pairs of words."""
    return [term for term, _ in _terms(tokens(text), None) if _JOINT not in term]


def fields(text: Text, weights: Fields) -> tuple[tuple[str, float], ...]:
    """The fields of ``text``, with how often each word in them counts."""
    return (text.title, weights.title), ("; ".join(text.keywords), weights.keywords), (text.abstract, weights.body)


def term_counts(text: Text, weights: Fields) -> dict[str, float]:
    """How often each term occurs in ``text``, by the weights of its fields."""
    return counted(said(text, weights))


def counted(said_: Said, known: Container[str] | None = None) -> dict[str, float]:
    """How often each term is said.

    Of pairs of words only those that are ``known``: there are too many, and most stand in one text only.
    """
    counts: dict[str, float] = {}
    for weight, tokens_ in said_:
        _add(counts, weight, tokens_, known)
    return counts


def _add(counts: dict[str, float], weight: float, tokens_: Iterable[Token], known: Container[str] | None) -> None:
    for term, times in _terms(tokens_, known):
        counts[term] = counts.get(term, 0.0) + weight * times


class Counts(NamedTuple):
    """How often each term is said: in the title, there and in the keywords, in the whole text."""

    title: dict[str, float]
    beside_keywords: dict[str, float]
    every: dict[str, float]


def counts_by_field(said_: Said, known: Container[str] | None = None) -> Counts:
    """``counted`` to the last bit, and what it was on the way; ``said_`` is in the order of ``fields``."""
    title, keywords, body = said_
    every: dict[str, float] = {}
    _add(every, *title, known)
    in_title = dict(every)
    _add(every, *keywords, known)
    beside_keywords = dict(every)
    _add(every, *body, known)
    return Counts(in_title, beside_keywords, every)


def token_counts(said_: Said) -> dict[tuple[str, str], float]:
    """How often each token is said, by kind and term."""
    counts: dict[tuple[str, str], float] = {}
    for weight, tokens_ in said_:
        for kind, term, _, _ in tokens_:
            counts[kind, term] = counts.get((kind, term), 0.0) + weight
    return counts
