"""Words of a text as terms: English stems, Chinese characters, pairs of neighbours, quantities as they stand."""

from __future__ import annotations

import functools
import itertools
import re
import sys
import unicodedata

import opencc
import Stemmer

#: Longer texts are cut here: more words change no ranking, but would cost unbounded time.
MOST_CHARACTERS = 20_000
#: A word or a Chinese character counts once, a pair of neighbours this often beside them.
PAIR = 0.3
#: Between both stems of a pair of words.
JOINT = " "
#: Before a word that says nothing about technology, where such words are wanted.
SILENT = "\0"
#: Characters between two neighbours, at most: a blank, a hyphen, a comma and a blank.
_APART = 2
#: Longer runs of letters are no words.
_LONGEST_WORD = 40
#: Pieces of plain texts whose tokens are kept.
_MOST_PIECES = 200_000

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
    rf"|(?P<latin>[a-z0-9]+(?:(?<=\d)\.(?=\d)[a-z0-9]+)*)|(?P<han>[{HAN}]+)|(?P<other>(?:(?![{HAN}])[^\W\d_])+)"
)
#: Most English texts have no letter or digit beyond these; they fall into words, quantities and what keeps them apart.
_BEYOND_PLAIN = re.compile(r"[^\W_a-z0-9]")
_PLAIN = re.compile(
    rf"[a-z]++(?!\d)|\d+(?:\.\d+)?[ -]?°?(?:{_UNIT})(?![a-z0-9])"
    rf"|[a-z0-9]+(?:(?<=\d)\.(?=\d)[a-z0-9]+)*|[^a-z0-9]{{{_APART + 1},}}"
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


#: A word, a quantity or a run of Chinese characters: its kind, which is ``latin``, ``unit``, ``han`` or ``other``, and
#: its term. Where words are too far apart to be a pair ``None`` stands between them.
Token = tuple[str, str] | None


def stem(word: str) -> str | None:
    """The term of an English word; ``None`` for one that says nothing about technology."""
    if word in _STOP or len(word) > _LONGEST_WORD or (len(word) == 1 and not word.isdigit()):
        return None
    return sys.intern(str(_stemmer().stemWord(word)))


@functools.cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


class _PlainTokens(dict[str, Token]):
    """Tokens of the pieces of plain texts met so far: a look-up, for it is made once for each word of every text."""

    def __missing__(self, piece: str) -> Token:
        found = _plain_token(piece)
        if len(piece) <= _LONGEST_WORD:
            if len(self) >= _MOST_PIECES:
                self.clear()
            self[piece] = found
        return found


def _plain_token(piece: str) -> Token:
    match = _WORDS.fullmatch(piece)
    if match is None:
        return None
    if match.lastgroup == "unit":
        return "unit", _quantity(match)
    term = stem(piece)
    return None if term is None else ("latin", term)


_PLAIN_TOKENS = _PlainTokens()


def tokens(text: str) -> list[Token]:
    """The tokens of ``text`` in their order, without stop words."""
    small = folded(text)
    if small.isascii() or _BEYOND_PLAIN.search(small) is None:
        # A stop word or a letter is three characters with what stands around it, so no pair spans it.
        return [*map(_PLAIN_TOKENS.__getitem__, _PLAIN.findall(small))]
    return _mixed_tokens(small)


def _mixed_tokens(small: str) -> list[Token]:
    found: list[Token] = []
    last_end = 0
    for match in _WORDS.finditer(small):
        token = _token(match)
        if token is not None:
            if match.start() - last_end > _APART:
                found.append(None)
            found.append(token)
            last_end = match.end()
    return found


def _token(match: re.Match[str]) -> Token:
    kind, word = str(match.lastgroup), match[0]
    if kind == "latin":
        return _PLAIN_TOKENS[word]
    if kind == "unit":
        return kind, _quantity(match)
    return None if kind == "other" and not 1 < len(word) <= _LONGEST_WORD else (kind, word)


def _quantity(match: re.Match[str]) -> str:
    return match["number"] + _CHINESE_UNITS.get(match["unit"], match["unit"])


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
    return JOINT in term or (len(term) == 2 and not term.isascii() and is_chinese(term))


def is_word_pair(term: str) -> bool:
    """Whether ``term`` is a pair of stems."""
    return JOINT in term


def occurrence(term: str) -> float:
    """How often a term counts that occurs once."""
    return PAIR if is_pair(term) else 1


def words(text: str) -> list[str]:
    """The terms of ``text`` in their order, each as often as it occurs, without the pairs of words."""
    return [term for term in spoken(text) if not term.startswith(SILENT)]


def spoken(text: str) -> list[str]:
    """The same with the stop words among them: as they stand, behind ``SILENT``."""
    found: list[str] = []
    for match in _WORDS.finditer(folded(text)):
        kind, term = _token(match) or ("", SILENT + match[0])
        found += [one for one, _ in han_terms(term)] if kind == "han" else [term]
    return found
