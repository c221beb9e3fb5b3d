"""How evenly the ranking shows achievements, with and without a cap, beside what a cap costs in quality."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from streams import offline
from streams.domain.exposure import gini
from streams.domain.matching import Rank
from streams.domain.model import ScoringModel
from streams.domain.profile import DemandProfile
from streams.learning import evaluation
from streams.learning.evaluation import Judged
from streams.learning.measures import ndcg

#: Places that are counted, as for nDCG@10.
_DEPTH = 10
#: The cap that is measured, as a multiple of the lists that an achievement is in on average.
_CAP_TO_MEAN = 2.0

Rankings = Mapping[str, Sequence[str]]


def measured(data: Path, model: ScoringModel) -> dict[str, dict[str, float]]:
    """Measures by data set as from ``evaluation.evaluated``, but more is not better; none where there is no SBIR.

    Gini of the exposures of all achievements in the lists of ten of all demands, judged or not: a few hundred lists
    would leave most achievements unseen anyway. By score alone and capped, with the nDCG of the capped lists.
    """
    if not evaluation.holds(data, "sbir"):
        return {}
    judged = evaluation.sbir(data)
    index = offline.indexed(judged.offers, model)
    profiles = list(offline.demand_profiles(judged.demands, model, _DEPTH))
    plain = _rankings(offline.lists(index, profiles))
    cap = max(1, math.ceil(_CAP_TO_MEAN * sum(map(len, plain.values())) / len(judged.offers)))
    fair = _rankings(offline.lists(index, profiles, cap))
    return {
        "sbir": {
            "Gini@10": gini(_exposures(judged.offers, plain)),
            "exposure cap": float(cap),
            "Gini@10 capped": gini(_exposures(judged.offers, fair)),
            "nDCG@10 capped": _gain(judged, fair),
        }
    }


def _rankings(lists: Iterable[tuple[DemandProfile, Sequence[Rank]]]) -> dict[str, list[str]]:
    return {offline.id_of(asked.ref): [offline.id_of(rank.achievement_ref) for rank in ranks] for asked, ranks in lists}


def _exposures(achievements: Iterable[str], rankings: Rankings) -> list[int]:
    shown = Counter(one for ranking in rankings.values() for one in ranking)
    return [shown[one] for one in achievements]


def _gain(judged: Judged, rankings: Rankings) -> float:
    return statistics.fmean(
        ndcg([float(one in good) for one in rankings[name]], [1.0] * len(good))
        for name, good in judged.right.items()
        if name in judged.demands
    )
