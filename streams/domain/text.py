"""Words of a text as terms: stems of English words, characters and pairs of Chinese ones."""

from __future__ import annotations

import functools
import itertools
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator

import Stemmer

from schemas.records import Text

#: How often a term of each field counts.
TITLE, KEYWORDS, ABSTRACT = 3, 2, 1
#: Longer texts are cut here: more words change no ranking, but would cost unbounded time.
MOST_CHARACTERS = 20_000
#: A pair of Chinese characters says more than each alone; the pair counts this many times, a character once.
_PAIR = 2

_WORDS = re.compile(r"[a-z0-9]+(?:[.\-+][a-z0-9]+)*|[\u3400-\u4dbf\u4e00-\u9fff]+")
_STOP = frozenset(
    [
        "a",
        "about",
        "above",
        "after",
        "all",
        "also",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "based",
        "be",
        "been",
        "being",
        "below",
        "between",
        "both",
        "but",
        "by",
        "can",
        "could",
        "currently",
        "develop",
        "developed",
        "developing",
        "development",
        "do",
        "does",
        "during",
        "each",
        "either",
        "for",
        "from",
        "further",
        "had",
        "has",
        "have",
        "having",
        "he",
        "her",
        "here",
        "his",
        "how",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "may",
        "more",
        "most",
        "must",
        "need",
        "needed",
        "needs",
        "new",
        "no",
        "nor",
        "not",
        "novel",
        "of",
        "on",
        "once",
        "only",
        "or",
        "other",
        "our",
        "out",
        "over",
        "own",
        "phase",
        "propose",
        "proposed",
        "provide",
        "provided",
        "provides",
        "provides",
        "project",
        "research",
        "result",
        "results",
        "same",
        "she",
        "should",
        "so",
        "some",
        "such",
        "system",
        "systems",
        "technology",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "use",
        "used",
        "uses",
        "using",
        "very",
        "via",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "why",
        "will",
        "with",
        "within",
        "without",
        "would",
        "you",
        "your",
    ]
)
_STOP_CHARACTERS = frozenset("的了和与及或在是对于等为以其该并可将一种个之中由从被把所也有")


@functools.lru_cache(maxsize=200_000)
def _stem(word: str) -> str | None:
    if word in _STOP or len(word) > 40 or (len(word) == 1 and not word.isdigit()):
        return None
    return str(_stemmer().stemWord(word))


@functools.cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


def _terms(text: str) -> Iterator[tuple[str, int]]:
    folded = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).lower()
    for word in _WORDS.findall(folded):
        if word[0] < "\u3400":
            stem = _stem(word)
            if stem is not None:
                yield stem, 1
            continue
        for character in word:
            if character not in _STOP_CHARACTERS:
                yield character, 1
        for first, second in itertools.pairwise(word):
            if first not in _STOP_CHARACTERS and second not in _STOP_CHARACTERS:
                yield sys.intern(first + second), _PAIR


def words(text: str) -> list[str]:
    """The terms of ``text`` in their order, each as often as it occurs."""
    return [term for term, _ in _terms(text)]


def term_counts(*texts: Text | None) -> Counter[str]:
    """How often each term occurs in all of ``texts``, title and keywords counted more than once."""
    counts: Counter[str] = Counter()
    for text in texts:
        if text is None:
            continue
        for weight, words in ((TITLE, text.title), (KEYWORDS, "; ".join(text.keywords)), (ABSTRACT, text.abstract)):
            for term, times in _terms(words):
                counts[term] += weight * times
    return counts
