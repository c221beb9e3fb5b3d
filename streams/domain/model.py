"""The scoring model: term weights, factor weights and threshold, fixed under a version."""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class ScoringModel:
    """What scores depend on besides the two records.

    The same facts under the same model give the same scores, whatever else is registered: term weights come from the
    model and not from the live texts.
    """

    version: str
    #: Inverse document frequency by term.
    term_weights: Mapping[str, float]
    #: Weight of a term that the model has not seen: rare, so high.
    unseen_weight: float
    #: Usual length of an achievement in terms, and how fast further occurrences stop to count (BM25's k1 and b).
    usual_length: float
    k1: float = 1.2
    b: float = 0.75
    #: Least score of a match, from 0 to 1.
    threshold: float = 0.06

    def weight(self, term: str) -> float:
        """Inverse document frequency of ``term``."""
        return self.term_weights.get(term, self.unseen_weight)


@functools.cache
def default_model() -> ScoringModel:
    """The model that ships with TechDock."""
    packed = resources.files("streams").joinpath("domain", "scoring-model.json.gz").read_bytes()
    data = json.loads(gzip.decompress(packed))
    return ScoringModel(**data)
