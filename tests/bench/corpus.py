"""Texts as lists of words, for contests between search engines: the same words for every one of them.

The words are our own terms: stems without the words that say nothing.
"""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from schemas.records import Text
from streams.domain.text import words
from tests.bench.submissions import REAL, made_texts

#: Shorter texts are titles alone: the award is known, its abstract is not.
_LEAST_WORDS = 40
_SEED = 20251101

Words = Sequence[str]


class Award(NamedTuple):
    """A text and its words."""

    text: Text
    words: Words


@dataclass(frozen=True, slots=True)
class Corpus:
    """What stands and what arrives; ``about`` says in the report where it comes from."""

    about: str
    stands: Sequence[Award]
    arrives: Sequence[Award]

    @property
    def standing(self) -> list[Words]:
        """The words of what stands."""
        return [award.words for award in self.stands]

    @property
    def arriving(self) -> list[Words]:
        """The words of what arrives."""
        return [award.words for award in self.arrives]


def corpus(standing: int, arriving: int) -> Corpus:
    """Real awards in random order where they are at hand, else made-up texts; repeated where they are too few."""
    found = list(_real()) if (REAL / "awards_corpus.jsonl.gz").exists() else []
    about = "awards" if found else "generated"
    if not found:
        texts = itertools.islice(made_texts(_SEED), standing + arriving)
        found = [Award(text, words(f"{text.title} {text.abstract}")) for text in texts]
    random.Random(_SEED).shuffle(found)
    # What arrives has not stood before, also where what stands is repeated.
    fresh, rest = found[:arriving], found[arriving:]
    return Corpus(about, list(itertools.islice(itertools.cycle(rest), standing)), fresh)


def _real() -> Iterator[Award]:
    with gzip.open(REAL / "awards_corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text = Text(row["title"], row["text"] or "")
            found = words(f"{text.title} {text.abstract}")
            if len(found) >= _LEAST_WORDS:
                yield Award(text, found)
