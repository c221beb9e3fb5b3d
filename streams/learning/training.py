"""Learns a scoring model from texts of the field: how common each term is, and what usual achievements weigh.

A folder of data holds any of ``sbir``, ``bdci``, ``xquad`` and ``cn_patents``. How people write differs by source, so
each source gives its own shares of terms, and the model is their weighted mean. Demands count most in Chinese, where
what all demands say is least like what achievements say.
"""

from __future__ import annotations

import itertools
import math
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from infra.tables.gzipped import rows
from schemas.errors import Misconfigured
from schemas.records import Text
from streams import offline, text_rows
from streams.domain import matching
from streams.domain.counts import PLAIN, term_counts
from streams.domain.model import MOST_TRANSLATED, Language, ScoringModel
from streams.domain.text import PAIR, is_chinese, is_pair
from streams.domain.weighing import mass
from streams.learning import alignment, parallel
from streams.learning.parallel import Parallel
from streams.text_rows import Sides

#: Terms that occur less often get the surprisal of unseen ones.
_LEAST_OCCURRENCES = 3
#: Some two sentences: from half to once and a half as many were as good, on both halves of what was tried (ADR 11).
_LEAD_ZH, _LEAD_EN = 80, 250
#: Of so many pairs of an achievement and a demand that have nothing to do with each other, one may match.
_ONE_IN = 200
_PAIRS_TRIED = 20_000
_DISCIPLINES = "lexica/nsfc_disciplines_zh_en.jsonl.gz"
#: Beside the sources of words: what translations are learned from.
_PARALLEL = (_DISCIPLINES, "xquad/queries.jsonl.gz")
#: Parts of the subjects that are left out in turn.
_PARTS = 4

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
    if missing := sorted(file for file in {*files, *_PARALLEL} if not (data / file).exists()):
        raise Misconfigured([f"{data}: there is no {file}; name the folder with --data" for file in missing])
    english, unseen_english = _surprisal(data, _ENGLISH, chinese=False)
    chinese, unseen_chinese = _surprisal(data, _CHINESE, chinese=True)
    to_english, to_chinese = alignment.learned(_pairs(data))
    model = ScoringModel(
        version,
        {term: round(value, 1) for term, value in sorted({**english, **chinese}.items())},
        zh=Language(salience=0.05, unseen=round(unseen_chinese, 1), smoothing=0.9, usual_mass=1.0, lead=_LEAD_ZH),
        en=Language(salience=0.4, unseen=round(unseen_english, 1), smoothing=0.8, usual_mass=1.0, lead=_LEAD_EN),
        to_english=to_english,
        to_chinese=to_chinese,
    )
    usual = {name: _usual_mass(data, source, getattr(model, name), model) for name, source in _OFFERS.items()}
    model = replace(model, zh=replace(model.zh, usual_mass=usual["zh"]), en=replace(model.en, usual_mass=usual["en"]))
    into_zh, into_en = _translated(data, model)
    model = replace(model, zh=replace(model.zh, translated=into_zh), en=replace(model.en, translated=into_en))
    return replace(model, threshold=_threshold(data, model))


def cross_validated(data: Path, model: ScoringModel) -> dict[str, dict[str, float]]:
    """Quality across languages on texts of subjects that no translation was learned from, by data set.

    Each of four parts of the subjects is measured with translations learned from the other three.
    """
    sets = {"xquad": parallel.xquad(data), "cn_patents": parallel.patents(data)}
    parts = {name: _parts(texts) for name, texts in sets.items()}
    ranks: dict[str, defaultdict[str, list[float]]] = {name: defaultdict(list) for name in sets}
    for number in range(_PARTS):
        left_out = {name: found[number] for name, found in parts.items()}
        to_english, to_chinese = alignment.learned(_pairs(data, left_out))
        tried = replace(model, to_english=to_english, to_chinese=to_chinese)
        for name, texts in sets.items():
            for way, found in texts.ranks(tried, left_out[name]).items():
                ranks[name][way] += found
    return {
        name: {f"MRR@10 {way}, not learned": statistics.fmean(all_ranks) for way, all_ranks in by_way.items()}
        for name, by_way in ranks.items()
    }


def _parts(texts: Parallel) -> list[frozenset[str]]:
    subjects = sorted({texts.subject(name) for name in texts.zh})
    random.Random(0).shuffle(subjects)
    return [frozenset(subjects[number::_PARTS]) for number in range(_PARTS)]


def _surprisal(data: Path, sources: Sequence[_Source], *, chinese: bool) -> tuple[dict[str, float], float]:
    """Surprisal of the terms of one script, and of a term that is in none of the sources."""
    shares: defaultdict[str, float] = defaultdict(float)
    occurrences: defaultdict[str, float] = defaultdict(float)
    largest = 0.0
    for source in sources:
        found: defaultdict[str, float] = defaultdict(float)
        for text in _texts(data, source):
            for term, count in term_counts(Text("", text), PLAIN).items():
                found[term] += count
        total = math.fsum(found.values())
        largest = max(largest, total)
        for term, count in found.items():
            occurrences[term] += count
            shares[term] += source.weight * count / total
    weights = sum(source.weight for source in sources)
    unseen = 0.5 / largest
    return {
        term: -math.log(max(unseen * (PAIR if is_pair(term) else 1), share / weights))
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
        offered = (text_rows.sides(Text("", text), name) for text in _texts(data, source))
        asked = (text_rows.sides(Text("", text), name) for text in _texts(data, _ASKED[name]))
        offers = [offline.achievement("A", text, model) for text in offered]
        wishes = [offline.demand("D", text, model, 1) for text in asked]
        scores = sorted(
            matching.text_points(chance.choice(offers), chance.choice(wishes)) * matching.TEXT / matching.FULL
            for _ in range(_PAIRS_TRIED)
        )
        found.append(scores[-_PAIRS_TRIED // _ONE_IN])
    return round(max(found), 3)


def _pairs(data: Path, without: Mapping[str, Collection[str]] = MappingProxyType({})) -> Iterator[tuple[str, str]]:
    """What says the same in Chinese and in English, but for some subjects of each data set."""
    yield from ((row["name"], row["name_en"]) for row in rows(data / _DISCIPLINES))
    yield from parallel.patents(data).pairs(without.get("cn_patents", ()))
    yield from parallel.xquad(data).pairs(without.get("xquad", ()))


def _translated(data: Path, model: ScoringModel) -> tuple[float, ...]:
    """How many times as much a translation into Chinese, into English has to ask as the text.

    With it, a patent's title reaches the patent's abstract in the other language as well as in its own.
    """
    patents = parallel.patents(data)
    zh = [(Text("", text.abstract), None) for text in patents.zh.values()]
    en = [(None, Text("", text.abstract)) for text in patents.en.values()]
    asked_zh = [(Text(text.title), None) for text in patents.zh.values()]
    asked_en = [(None, Text(text.title)) for text in patents.en.values()]
    within = {"zh": _usual_points(zh, asked_zh, model), "en": _usual_points(en, asked_en, model)}
    across = {"zh": _usual_points(zh, asked_en, model), "en": _usual_points(en, asked_zh, model)}
    into_zh, into_en = within["en"] / across["zh"], within["zh"] / across["en"]
    return tuple(round(min(MOST_TRANSLATED, max(1.0, times)), 1) for times in (into_zh, into_en))


def _usual_points(offered: Sequence[Sides], asked: Sequence[Sides], model: ScoringModel) -> float:
    pairs = zip(offered, asked, strict=True)
    return statistics.fmean(
        matching.text_points(offline.achievement("A", one, model), offline.demand("D", other, model, 1))
        for one, other in pairs
    )


def _texts(data: Path, source: _Source) -> Iterator[str]:
    yield from (source.text(row) for row in itertools.islice(rows(data / source.file), 0, None, source.step))
