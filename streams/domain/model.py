"""The scoring model: what is known of words in general, and the numbers of the scoring function, under a version."""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib import resources
from typing import Any

from streams.domain.dictionary import digest
from streams.domain.translation import Table, Translator

#: A translation asks at most so many times as much as the text: more could leave the 31 bits of a sum.
MOST_TRANSLATED = 4.0
#: More than nothing.
_SOME = 1e-9
#: A term with more surprisal has no share that a computer could tell from none.
_NATS = (0.0, 700.0)
#: Numbers of a language, and of the whole model, by which a score can be told: the least and the most.
_RANGES = {
    "salience": (0.0, 1.0),
    "unseen": _NATS,
    "smoothing": (_SOME, 1 - _SOME),
    "usual_mass": (_SOME, math.inf),
    "translated": (1.0, MOST_TRANSLATED),
}
_OF_MODEL = {
    "mention": (0.0, math.inf),
    "spread": (0.0, 10.0),
    "saturation": (_SOME, math.inf),
    "threshold": (0.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class Language:
    """What of the scoring function differs between Chinese and English."""

    #: Share of a demand's running words that speak of what it asks; the rest is how demands are written.
    salience: float
    #: Surprisal of a term that the model has not seen, in nats.
    unseen: float
    #: Share of the language at large in the mixture that an achievement's words are drawn from (Jelinek-Mercer's λ).
    smoothing: float
    #: Sum of the weights of a usual achievement, in nats; texts with more are weighed down a little.
    usual_mass: float
    #: How many times as much a translation into this language asks as the demand itself; from 1 to ``MOST_TRANSLATED``.
    translated: float = 1.0
    #: So many first characters of an achievement's abstract count twice.
    lead: int = 0


class _Shares(dict[str, float]):
    """Shares as they are asked for, but of terms that the model has not seen: there is no end of those."""

    def __init__(self, surprisal: Mapping[str, float], unseen: float) -> None:
        super().__init__()
        self._surprisal = surprisal
        self._unseen = math.exp(-unseen)

    def __missing__(self, term: str) -> float:
        nats = self._surprisal.get(term)
        if nats is None:
            return self._unseen
        found = self[term] = math.exp(-nats)
        return found


@dataclass(frozen=True, slots=True)
class ScoringModel:
    """What scores depend on besides the two records.

    The same facts under the same model give the same scores, whatever else is registered: what is known of words comes
    from the model and not from the live texts.
    """

    version: str
    #: Surprisal of a term, ``-ln`` of its share of running terms, in nats.
    surprisal: Mapping[str, float]
    zh: Language
    en: Language
    #: English terms of Chinese words, and Chinese words of English terms, by probability; others are the dictionary's.
    to_english: Table = field(default_factory=dict)
    to_chinese: Table = field(default_factory=dict)
    #: The edition of the dictionaries that the model was learned beside.
    dictionary: str = field(default_factory=digest)
    #: How much a mere mention in a demand counts beside the salient part of its occurrences.
    mention: float = 1.0
    #: Power of an achievement's mass that its weights are divided by.
    spread: float = 0.25
    #: Weight, in nats, from which on a term counts in full.
    saturation: float = 8.0
    #: Least score of a match, from 0 to 1.
    threshold: float = 0.06
    translator: Translator = field(init=False, repr=False, compare=False)
    _shares: Mapping[float, _Shares] = field(init=False, repr=False, compare=False)
    #: Made when it is asked for: the shipped model takes a tenth of a second.
    _digest: list[bytes] = field(init=False, repr=False, compare=False, default_factory=list)
    #: What is known to be this very model packed: packing the shipped one takes most of a second.
    _packed: list[bytes] = field(init=False, repr=False, compare=False, default_factory=list)

    def __post_init__(self) -> None:
        zh, en = (functools.partial(self.rarity, language=one) for one in (self.zh, self.en))
        object.__setattr__(self, "translator", Translator(self.to_english, self.to_chinese, zh, en))
        object.__setattr__(
            self, "_shares", {one.unseen: _Shares(self.surprisal, one.unseen) for one in (self.zh, self.en)}
        )

    def rarity(self, term: str, language: Language) -> float:
        """Surprisal of ``term`` in running text in ``language``, in nats."""
        return self.surprisal.get(term, language.unseen)

    def shares(self, language: Language) -> Mapping[str, float]:
        """How much of running text in ``language`` each term is, from 0 to 1; ask by ``[]`` only."""
        return self._shares[language.unseen]

    def packed(self) -> bytes:
        """The model as bytes, the same for the same values."""
        return self._packed[0] if self._packed else gzip.compress(self._written(), mtime=0)

    def digest(self) -> bytes:
        """BLAKE2b of all that the model says, 32 bytes: a version is only a name."""
        if not self._digest:
            self._digest.append(hashlib.blake2b(self._written(), digest_size=32).digest())
        return self._digest[0]

    def _written(self) -> bytes:
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.init}
        values |= {"zh": asdict(self.zh), "en": asdict(self.en)}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def unpacked(data: bytes) -> ScoringModel:
    """The model in ``data``; raises ``OSError``, ``EOFError``, ``ValueError`` or ``TypeError`` where there is none.

    A model that was learned beside other dictionaries is none: it would score otherwise here than there.
    """
    model = beside_any(data)
    if model.dictionary != digest():
        raise ValueError(
            f"model {model.version} was learned beside edition {model.dictionary} of the dictionaries, and {digest()} "
            "is installed: take the release of TechDock that it belongs to, or train the model again"
        )
    if wrong := [*_without_sense(model)]:
        raise ValueError(f"of model {model.version} {', '.join(wrong)} cannot be scored by")
    return model


def _without_sense(model: ScoringModel) -> Iterator[str]:
    """Names of what is no number, or one by which scores would be undefined or leave their bits."""
    for name in ("zh", "en"):
        language = getattr(model, name)
        yield from (f"{name}.{one}" for one, within in _RANGES.items() if not _is_in(within, getattr(language, one)))
        if not (type(language.lead) is int and language.lead >= 0):
            yield f"{name}.lead"
    yield from (one for one, within in _OF_MODEL.items() if not _is_in(within, getattr(model, one)))
    if not (isinstance(model.surprisal, dict) and all(_is_in(_NATS, nats) for nats in model.surprisal.values())):
        yield "surprisal"
    for one in ("to_english", "to_chinese"):
        table = getattr(model, one)
        rows = table.values() if isinstance(table, dict) else [table]
        if not all(isinstance(row, dict) and all(_is_in((0, 1), part) for part in row.values()) for row in rows):
            yield one


def _is_in(within: tuple[float, float], value: object) -> bool:
    # What is no number at all is in no range either.
    return isinstance(value, (int, float)) and within[0] <= value <= within[1]


def beside_any(data: bytes) -> ScoringModel:
    """The same, whatever dictionaries it was learned beside: good enough to compare with, not to match by."""
    values: dict[str, Any] = json.loads(gzip.decompress(data))
    return ScoringModel(**{**values, "zh": Language(**values["zh"]), "en": Language(**values["en"])})


@functools.cache
def default_model() -> ScoringModel:
    """The model that ships with TechDock."""
    model = unpacked(shipped())
    model._packed.append(shipped())
    return model


@functools.cache
def shipped() -> bytes:
    """The same, packed."""
    return resources.files("streams").joinpath("domain", "scoring-model.json.gz").read_bytes()
