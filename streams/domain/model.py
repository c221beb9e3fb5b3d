"""The scoring model: what is known of words in general, and the numbers of the scoring function, under a version."""

from __future__ import annotations

import functools
import gzip
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Language:
    """What of the scoring function differs between Chinese and English."""

    #: Share of a demand's running words that speak of what it asks; the rest is how demands are written.
    salience: float
    #: Surprisal of a term that the model has not seen, in nats.
    unseen: float
    #: Sum of the weights of a usual achievement, in nats; texts with more are weighed down a little.
    usual_mass: float


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
    #: Share of the language at large in the mixture that an achievement's words are drawn from (Jelinek-Mercer's λ).
    smoothing: float = 0.9
    #: How much a mere mention in a demand counts beside the salient part of its occurrences.
    mention: float = 1.0
    #: Power of an achievement's mass that its weights are divided by.
    spread: float = 0.2
    #: Weight, in nats, from which on a term counts in full.
    saturation: float = 8.0
    #: Least score of a match, from 0 to 1.
    threshold: float = 0.06

    def share(self, term: str, language: Language) -> float:
        """How much of running text in ``language`` is ``term``, from 0 to 1."""
        return math.exp(-self.surprisal.get(term, language.unseen))

    def packed(self) -> bytes:
        """The model as bytes, the same for the same values."""
        text = json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return gzip.compress(text.encode(), mtime=0)


def unpacked(data: bytes) -> ScoringModel:
    """The model in ``data``; raises ``OSError``, ``EOFError``, ``ValueError`` or ``TypeError`` where there is none."""
    values: dict[str, Any] = json.loads(gzip.decompress(data))
    return ScoringModel(**{**values, "zh": Language(**values["zh"]), "en": Language(**values["en"])})


@functools.cache
def default_model() -> ScoringModel:
    """The model that ships with TechDock."""
    return unpacked(resources.files("streams").joinpath("domain", "scoring-model.json.gz").read_bytes())
