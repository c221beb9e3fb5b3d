"""What Chinese words mean in English, as CC-CEDICT and ECDICT say together."""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from streams.domain import cedict, ecdict

#: A sense counts by its place to the power of minus this: dictionaries give the usual sense first.
BY_PLACE = 0.75
#: What ECDICT says of a word counts this often beside CC-CEDICT, which was made in that direction.
_TURNED_ROUND = 0.5
#: Chinese words for an English one, at most.
_MOST_WORDS_BACK = 30


@functools.cache
def digest() -> str:
    """Which editions of the dictionaries these are: the first 16 hex digits of their SHA-256."""
    return hashlib.sha256(cedict.packed() + ecdict.packed()).hexdigest()[:16]


def is_word(word: str) -> bool:
    """Whether there is ``word``, in simplified characters."""
    return cedict.is_word(word) or ecdict.is_word(word)


@functools.cache
def longest() -> Mapping[str, int]:
    """How many characters the longest word has that begins with each two: most two begin none."""
    found: dict[str, int] = {}
    for word in itertools.chain(cedict.entries(), ecdict.entries()):
        if len(word) > 1:
            found[word[:2]] = max(len(word), found.get(word[:2], 0))
    return found


@functools.lru_cache(maxsize=50_000)
def meanings(word: str) -> Mapping[str, float]:
    """The English terms that ``word`` may stand for, with the probability of each; empty where it is not known."""
    found: defaultdict[str, float] = defaultdict(float)
    for senses, weight in ((cedict.senses(word), 1.0), (ecdict.senses(word), _TURNED_ROUND)):
        said = _by_place(senses)
        whole = sum(said.values())
        for term, part in said.items():
            found[term] += weight * part / whole
    whole = sum(found.values())
    return {term: part / whole for term, part in found.items()}


def _by_place(senses: Sequence[tuple[str, ...]]) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for place, sense in enumerate(senses, 1):
        for term in sense:
            found[term] += place**-BY_PLACE / len(sense)
    return found


def words_for(term: str) -> tuple[str, ...]:
    """Chinese words that an English term alone is a sense of, the best first."""
    return _back().get(term, ())


@functools.cache
def _back() -> Mapping[str, tuple[str, ...]]:
    found: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for term, place, word in itertools.chain(cedict.single_terms(), _single_terms()):
        found[term].append((place, len(word), word))
    return {
        term: tuple(itertools.islice(dict.fromkeys(word for *_, word in sorted(words)), _MOST_WORDS_BACK))
        for term, words in found.items()
    }


def _single_terms() -> Iterator[tuple[str, int, str]]:
    for word in ecdict.entries():
        for place, sense in enumerate(ecdict.senses(word)):
            if len(sense) == 1:
                yield sense[0], place, word
