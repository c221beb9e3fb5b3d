"""Measures of rankings: reciprocal rank, discounted gain, recall, area under the curve."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

Ranking = Sequence[str]


def reciprocal_rank(ranking: Ranking, right: frozenset[str], depth: int = 10) -> float:
    """1 / place of the first right one among the first ``depth``, 0 where none is (Voorhees 1999)."""
    return next((1 / place for place, one in enumerate(ranking[:depth], 1) if one in right), 0.0)


def ndcg(gains: Sequence[float], ideal: Sequence[float], depth: int = 10) -> float:
    """Normalised discounted cumulative gain, discount log2(place + 1) (Järvelin & Kekäläinen 2002); 0 without gains."""
    best = _dcg(sorted(ideal, reverse=True)[:depth])
    return _dcg(gains[:depth]) / best if best else 0.0


def _dcg(gains: Sequence[float]) -> float:
    return math.fsum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))


def recall(ranking: Ranking, right: frozenset[str], depth: int = 100) -> float:
    """The share of the right ones among the first ``depth``."""
    return len(right.intersection(ranking[:depth])) / len(right)


def auc(right: Sequence[float], wrong: Sequence[float]) -> float:
    """The chance that a right one has the higher score than a wrong one; ties count half. Neither may be empty."""
    wins = sum((one > other) + 0.5 * (one == other) for one, other in itertools.product(right, wrong))
    return wins / (len(right) * len(wrong))
