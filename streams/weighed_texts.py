"""What a matching lane has weighed, as it is kept in Kafka for a lane that starts.

    a fact ──▶ weighed ──▶ weighed-texts ──▶ a lane that starts: the same fact, model and code? ──▶ not weighed again
                                                                                          else ──▶ weighed, told anew

What is found there is only ever what weighing would give: it names the bytes of the fact, and the model and the code
that weighed. Keyed by kind and reference, so that of each text the last version stays.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
from collections.abc import Iterator

import numpy as np

from schemas import codec, topics
from schemas.errors import Unreadable
from schemas.records import TextWeighed
from streams.domain.index import splits
from streams.domain.model import ScoringModel
from streams.domain.profile import Words
from streams.lane import Output

logger = logging.getLogger(__name__)

#: Texts told in one transaction, at most: after a switch to another model there are as many as stand.
_MOST_TOLD = 1_000
_DIGEST_BYTES = 32
_BETWEEN = "\n"


def packed(words: Words, under: bytes, fact: bytes) -> TextWeighed:
    """``words`` of a fact with this digest, weighed under what ``under`` is the digest of."""
    numbers = {term: number for number, term in enumerate(words.terms)}
    weights = np.array([*words.terms.values()], "<u2").tobytes()
    sources = tuple(itertools.chain.from_iterable(words.sources.items()))
    fields = splits.packed(words.fields, numbers)
    return TextWeighed(under, fact, _BETWEEN.join(words.terms), weights, fields, sources, words.cut)


def unpacked(record: TextWeighed) -> Words:
    """The very words that were packed."""
    terms = record.terms.split(_BETWEEN) if record.terms else []
    weights = np.frombuffer(record.weights, "<u2").tolist()
    sources = iter(record.sources)
    return Words(
        dict(zip(terms, weights, strict=True)),
        splits.unpacked(record.fields, terms),
        dict(zip(sources, sources, strict=True)),
        record.cut,
    )


def fact_digest(fact: bytes) -> bytes:
    """What a record of the register is known by."""
    return hashlib.blake2b(fact, digest_size=_DIGEST_BYTES).digest()


class WeighedTexts:
    """One lane's weighed texts under ``model`` and the code with the digest ``code``."""

    def __init__(self, lane: int, model: ScoringModel, code: str) -> None:
        self._lane = lane
        self._under = fact_digest(model.digest() + code.encode())
        #: What the log has, by the digest of the fact, as long as the lane starts.
        self._found: dict[bytes, TextWeighed] = {}
        self._used = self._unreadable = 0
        #: What the log does not have yet, by key; ``None`` for a text that is gone.
        self._untold: dict[str, TextWeighed | None] = {}

    def load(self, value: bytes | None) -> None:
        """A record of the log; one that says nothing here is passed over, for its text can be weighed."""
        if value is None:
            return
        try:
            record = codec.decode(value)
        except Unreadable:
            self._unreadable += 1
            return
        if isinstance(record, TextWeighed) and record.under == self._under:
            self._found[record.fact] = record

    def words(self, key: str, fact: bytes) -> Words | None:
        """What the log says of a fact, once; ``None`` where it is to be weighed."""
        record = self._found.pop(fact_digest(fact), None) if self._found else None
        if record is None:
            return None
        self._used += 1
        self._untold.pop(key, None)
        return unpacked(record)

    def keep(self, key: str, fact: bytes, words: Words) -> None:
        """A fact was weighed: it will be told."""
        self._untold[key] = packed(words, self._under, fact_digest(fact))

    def drop(self, key: str) -> None:
        """A text is gone: it will be told."""
        self._untold[key] = None

    def started(self) -> None:
        """All sources are read, so what was found and not asked for is of no use."""
        if self._unreadable:
            logger.warning(
                "lane %d: %d weighed texts are of another release and were weighed anew", self._lane, self._unreadable
            )
        if self._used:
            logger.info("lane %d: %d texts were found weighed, %d were not", self._lane, self._used, len(self._untold))
        self._found.clear()
        self._used = self._unreadable = 0

    def told(self, timestamp: int) -> Iterator[Output]:
        """What the log does not have yet, up to what fits well into one transaction."""
        for key in [*itertools.islice(self._untold, _MOST_TOLD)]:
            record = self._untold.pop(key)
            value = None if record is None else codec.encode(record)
            yield Output(topics.WEIGHED_TEXTS.name, key.encode(), value, timestamp, self._lane, is_copy=True)
