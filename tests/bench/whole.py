"""The whole scoring function over the index: real texts weighed by the model that ships, facets and all.

The first stage of the report asks by the peers' words and weights. Here an arriving text is a demand: its salient words
and those of its translation, up to 256 in each language.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.records import Text
from streams import offline
from streams.domain.index import facets
from streams.domain.index.text_index import TextIndex, Vocabulary
from streams.domain.model import default_model
from streams.domain.profile import AchievementProfile
from tests.bench.corpus import Corpus
from tests.bench.reports import Row

_ROUNDS = 3


def measured(texts: Corpus, best: int) -> dict[str, Any]:
    """Milliseconds of weighing an arriving text, of its search, and of weighing and inserting a standing one."""
    model = default_model()
    index: TextIndex[AchievementProfile] = TextIndex(Vocabulary())
    began = time.process_time()
    for number, award in enumerate(texts.stands):
        index.put(offline.achievement(str(number), (None, award.text), model))
    standing = time.process_time() - began
    weighing, demands = _weighed([award.text for award in texts.arrives], best)
    searching = min(_searched(index, demands) for _ in range(_ROUNDS))
    return {
        "terms": statistics.fmean(len(demand.terms) for demand in demands),
        "weigh_milliseconds": 1000 * weighing / len(demands),
        "search_milliseconds": 1000 * searching / len(demands),
        "stand_milliseconds": 1000 * standing / len(texts.stands),
        "bytes_per_text": index.used() / len(texts.stands),
    }


def _weighed(texts: Sequence[Text], best: int) -> tuple[float, list[Any]]:
    model = default_model()
    began = time.process_time()
    demands = [offline.demand(str(number), (None, text), model, best) for number, text in enumerate(texts)]
    return time.process_time() - began, demands


def _searched(index: TextIndex[AchievementProfile], demands: Sequence[Any]) -> float:
    began = time.process_time()
    for demand in demands:
        index.best(demand, 1, facets.PARTS.text)
    return time.process_time() - began


def rows(told: Mapping[str, Any], lucene: float | None) -> list[Row]:
    """Lines of the table; ``lucene`` is its time for a whole text by BM25, in milliseconds."""
    search = told["search_milliseconds"]
    against = "" if lucene is None else f"Lucene's BM25 {lucene:.2f} ms: × {lucene / search:.1f}"
    return [
        Row(f"whole function, {told['terms']:.0f} terms", f"{search:.3f} ms", against),
        Row("  weighing a demand before it", f"{told['weigh_milliseconds']:.3f} ms", "translation included"),
        Row("  weighing and inserting a text", f"{told['stand_milliseconds']:.3f} ms"),
        Row("  memory of a text", f"{told['bytes_per_text']:,.0f} bytes"),
    ]
