"""Which fields of an achievement its terms stand in: title, keywords or abstract.

A term counts over all fields together, each by its weight, before it is weighed (``weighing``). So what it contributes
to a score belongs to its fields in proportion to its counts there, over both languages.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.records import FIELD_PARTS
from streams.domain.counts import Counts

#: How many of ``FIELD_PARTS`` belong to the title and to the keywords; the rest is the abstract's. A plain tuple, for a
#: match is told by some twenty of them.
Split = tuple[int, int]


def splits(counted: Sequence[Counts]) -> dict[str, Split]:
    """Of an achievement's terms those that its titles or keywords have; the others stand in an abstract only."""
    title: dict[str, float] = {}
    keywords: dict[str, float] = {}
    for in_title, beside_keywords, _ in counted:
        for term, count in beside_keywords.items():
            first = in_title.get(term, 0.0)
            title[term] = title.get(term, 0.0) + first
            keywords[term] = keywords.get(term, 0.0) + count - first
    return {
        term: _split(first, keywords[term], sum([every.get(term, 0.0) for _, _, every in counted]))
        for term, first in title.items()
    }


def _split(title: float, keywords: float, every: float) -> Split:
    first = round(FIELD_PARTS * title / every)
    # Quotients that should add up to one may exceed it in their last bit.
    return first, min(FIELD_PARTS - first, round(FIELD_PARTS * keywords / every))
