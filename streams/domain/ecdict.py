"""Further Chinese words and what they mean in English: names, and terms of the sciences.

They come from ECDICT (``LICENSE.ecdict``), which tells Chinese words of English ones. ``techdock model words`` turns
it round and keeps what CC-CEDICT has too, or could not put together.
"""

from __future__ import annotations

import functools
import gzip
from collections.abc import Mapping
from importlib import resources

#: A word, a tab, its senses.
_END, _BETWEEN = "\t", "/"


def is_word(word: str) -> bool:
    """Whether ``word`` is one of them."""
    return word in entries()


def senses(word: str) -> list[tuple[str, ...]]:
    """The English terms of each sense of ``word``, the likeliest first; none where it is not known."""
    found = entries().get(word)
    return [tuple(sense.split()) for sense in found.split(_BETWEEN)] if found else []


@functools.cache
def packed() -> bytes:
    """The edition that ships."""
    return resources.files("streams").joinpath("domain", "ecdict.tsv.gz").read_bytes()


@functools.cache
def entries() -> Mapping[str, str]:
    """Senses by word, taken apart when they are asked for, which few are."""
    found: dict[str, str] = {}
    for line in gzip.decompress(packed()).decode().splitlines():
        word, _, told = line.partition(_END)
        found[word] = told
    return found


def written(words: Mapping[str, tuple[str, ...]]) -> bytes:
    """``words``, each with its senses of terms with blanks between them, as they ship; the same for the same."""
    lines = (f"{word}{_END}{_BETWEEN.join(told)}\n" for word, told in words.items())
    return gzip.compress("".join(lines).encode(), mtime=0)
