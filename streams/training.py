"""Learns a scoring model from texts of the field: how common each term is, and what usual achievements weigh.

A folder of data holds any of ``sbir``, ``bdci``, ``xquad`` and ``cn_patents``. How people write differs by source, so
each source gives its own shares of terms, and the model is their weighted mean. Demands count most in Chinese, where
what all demands say is least like what achievements say.
"""

from __future__ import annotations

import gzip
import json
import math
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from schemas.errors import Misconfigured
from schemas.records import Text
from streams import offline
from streams.domain import matching
from streams.domain.model import Language, ScoringModel
from streams.domain.text import OFFERED, PAIR, is_chinese, term_counts
from streams.domain.weighing import mass

#: Terms that occur less often get the surprisal of unseen ones.
_LEAST_OCCURRENCES = 3
#: Of so many pairs of an achievement and a demand that have nothing to do with each other, one may match.
_ONE_IN = 200
_PAIRS_TRIED = 20_000

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Source:
    file: str
    weight: float
    text: Callable[[Row], str]
    #: Every so many rows are enough.
    step: int = 1


_ENGLISH = (
    _Source("sbir/awards_corpus.jsonl.gz", 6, lambda row: row["text"] or "", step=2),
    _Source("sbir/demands.jsonl.gz", 2, lambda row: row["description"] or ""),
    _Source("xquad/passages.jsonl.gz", 1, lambda row: row["en"]),
    _Source("cn_patents/pairs.jsonl.gz", 1, lambda row: row["abstract_en_mt"] or ""),
)
_CHINESE = (
    _Source("bdci/demands.jsonl.gz", 6, lambda row: f"{row['title']}\n{row['content'] or ''}"),
    _Source("bdci/judged_pairs.jsonl.gz", 1, lambda row: row["title_keywords"]),
    _Source("cn_patents/patents_zh.jsonl.gz", 1, lambda row: f"{row['title']}\n{row['abstract'] or ''}"),
    _Source("xquad/passages.jsonl.gz", 1, lambda row: row["zh"]),
)
#: Usual achievements and demands of each language.
_OFFERS = {
    "zh": _Source("cn_patents/patents_zh.jsonl.gz", 1, lambda row: row["abstract"] or "", step=4),
    "en": _Source("sbir/offers.jsonl.gz", 1, lambda row: row["abstract"] or "", step=20),
}
_ASKED = {
    "zh": _Source("bdci/demands.jsonl.gz", 1, lambda row: f"{row['title']}\n{row['content'] or ''}"),
    "en": _Source("sbir/demands.jsonl.gz", 1, lambda row: row["description"] or "", step=20),
}


def trained(data: Path, version: str) -> ScoringModel:
    """The model learned from the folder ``data``; raises ``Misconfigured`` where a source is missing."""
    files = {source.file for source in (*_ENGLISH, *_CHINESE, *_OFFERS.values(), *_ASKED.values())}
    if missing := sorted(file for file in files if not (data / file).exists()):
        raise Misconfigured([f"{data}: there is no {file}; name the folder with --data" for file in missing])
    english, unseen_english = _surprisal(data, _ENGLISH, chinese=False)
    chinese, unseen_chinese = _surprisal(data, _CHINESE, chinese=True)
    model = ScoringModel(
        version,
        {term: round(value, 1) for term, value in sorted({**english, **chinese}.items())},
        zh=Language(salience=0.05, unseen=round(unseen_chinese, 1), usual_mass=1.0),
        en=Language(salience=0.4, unseen=round(unseen_english, 1), usual_mass=1.0),
    )
    usual = {name: _usual_mass(data, source, getattr(model, name), model) for name, source in _OFFERS.items()}
    model = replace(model, zh=replace(model.zh, usual_mass=usual["zh"]), en=replace(model.en, usual_mass=usual["en"]))
    return replace(model, threshold=_threshold(data, model))


def _surprisal(data: Path, sources: Sequence[_Source], *, chinese: bool) -> tuple[dict[str, float], float]:
    """Surprisal of the terms of one script, and of a term that is in none of the sources."""
    shares: defaultdict[str, float] = defaultdict(float)
    occurrences: defaultdict[str, float] = defaultdict(float)
    largest = 0.0
    for source in sources:
        found: defaultdict[str, float] = defaultdict(float)
        for text in _texts(data, source):
            for term, count in term_counts(Text("", text), OFFERED).items():
                found[term] += count
        total = math.fsum(found.values())
        largest = max(largest, total)
        for term, count in found.items():
            occurrences[term] += count
            shares[term] += source.weight * count / total
    weights = sum(source.weight for source in sources)
    unseen = 0.5 / largest
    return {
        term: -math.log(max(unseen * (PAIR if chinese and len(term) > 1 else 1), share / weights))
        for term, share in shares.items()
        if is_chinese(term) == chinese and occurrences[term] >= _LEAST_OCCURRENCES
    }, -math.log(unseen)


def _usual_mass(data: Path, source: _Source, language: Language, model: ScoringModel) -> float:
    masses = [mass(Text("", text), language, model) for text in _texts(data, source)]
    return round(statistics.fmean(masses), 1)


def _threshold(data: Path, model: ScoringModel) -> float:
    """The score that one in ``_ONE_IN`` unrelated pairs of one language reaches, the higher of both languages'."""
    chance = random.Random(0)
    found = []
    for name, source in _OFFERS.items():
        offered = (offline.sides(Text("", text), name) for text in _texts(data, source))
        asked = (offline.sides(Text("", text), name) for text in _texts(data, _ASKED[name]))
        offers = [offline.achievement("A", text, model) for text in offered]
        wishes = [offline.demand("D", text, model, 1) for text in asked]
        scores = sorted(
            matching.text_points(chance.choice(offers), chance.choice(wishes)) * matching.TEXT / matching.FULL
            for _ in range(_PAIRS_TRIED)
        )
        found.append(scores[-_PAIRS_TRIED // _ONE_IN])
    return round(max(found), 3)


def _texts(data: Path, source: _Source) -> Iterator[str]:
    with gzip.open(data / source.file, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % source.step == 0:
                yield source.text(json.loads(line))
