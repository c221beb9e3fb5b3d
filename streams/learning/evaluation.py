"""How well the ranking finds what people found, on data whose truth is known: the numbers of ``techdock evaluate``.

A folder of data holds any of ``sbir``, ``bdci``, ``xquad`` and ``cn_patents``; each is ranked by the code of
``techdock match`` and only where it is there.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.tables.gzipped import rows
from schemas.errors import Misconfigured
from schemas.records import Text
from streams import offline
from streams.domain import matching
from streams.domain.model import ScoringModel
from streams.learning.measures import auc, ndcg, recall, reciprocal_rank
from streams.learning.parallel import patents, xquad
from streams.text_rows import Sides

#: Ranked deep enough for every measure.
_DEPTH = 100
#: Judgements of BDCI: those from here on, fairly strong and strong, count as right in AUC; those of none as wrong.
_STRONG, _NONE = 3, 1


def evaluated(data: Path, model: ScoringModel) -> dict[str, dict[str, float]]:
    """Measures by data set, for those that are in the folder ``data``; raises ``Misconfigured`` where none is."""
    found = {}
    for name, (_, measure) in _SETS.items():
        if holds(data, name):
            found[name] = measure(data, model)
    if not found:
        raise Misconfigured([f"{data}: there is none of {', '.join(_SETS)}; name the folder with --data"])
    return found


def holds(data: Path, name: str) -> bool:
    """Whether the folder ``data`` has all files of that data set."""
    return all((data / file).exists() for file in _SETS[name][0])


@dataclass(frozen=True, slots=True)
class Judged:
    """Texts by id, and for the demands that were judged the achievements that are right."""

    offers: Mapping[str, Sides]
    demands: Mapping[str, Sides]
    right: Mapping[str, frozenset[str]]


def sbir(data: Path) -> Judged:
    """Awards for topics, by their abstracts alone."""
    right: defaultdict[str, set[str]] = defaultdict(set)
    for line in (data / "sbir" / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        demand_id, achievement_id, *_ = line.split("\t")
        right[demand_id].add(achievement_id)
    # Awards were joined to topics by their titles: with them, the test would be one of equal strings.
    offers = {row["aid"]: _english(row["abstract"]) for row in rows(data / "sbir" / "offers.jsonl.gz")}
    wishes = {row["tid"]: _english(row["description"]) for row in rows(data / "sbir" / "demands.jsonl.gz")}
    return Judged(offers, wishes, {name: frozenset(good) for name, good in right.items()})


def _sbir(data: Path, model: ScoringModel) -> dict[str, float]:
    judged = sbir(data)
    wishes = {name: text for name, text in judged.demands.items() if name in judged.right}
    ranked = offline.rankings(judged.offers, wishes, model, _DEPTH)
    found = {name: (ranking, judged.right[name]) for name, ranking in ranked}
    return {
        "MRR@10": statistics.fmean(reciprocal_rank(*each) for each in found.values()),
        "nDCG@10": statistics.fmean(
            ndcg([float(one in good) for one in ranking], [1.0] * len(good)) for ranking, good in found.values()
        ),
        "R@100": statistics.fmean(recall(*each) for each in found.values()),
    }


def _bdci(data: Path, model: ScoringModel) -> dict[str, float]:
    asked = {
        row["rid"]: offline.demand(row["rid"], _chinese(row["title"], row["content"]), model, 1)
        for row in rows(data / "bdci" / "demands.jsonl.gz")
    }
    judged: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in rows(data / "bdci" / "judged_pairs.jsonl.gz"):
        if row["rid"] in asked:
            offered = offline.achievement(row["aid"], _chinese(row["title_keywords"]), model)
            judged[row["rid"]].append((matching.text_points(offered, asked[row["rid"]]), row["level"]))
    areas, gains = [], []
    for pairs in judged.values():
        strong = [points for points, level in pairs if level >= _STRONG]
        weak = [points for points, level in pairs if level == _NONE]
        if strong and weak:
            areas.append(auc(strong, weak))
        levels = [2.0 ** (level - 1) - 1 for _, level in sorted(pairs, key=lambda pair: -pair[0])]
        if any(levels):
            gains.append(ndcg(levels, levels))
    return {"AUC": statistics.fmean(areas), "nDCG@10": statistics.fmean(gains)}


def _english(body: str | None) -> Sides:
    return None, Text("", body or "")


def _chinese(title: str, body: str | None = "") -> Sides:
    return Text(title, body or ""), None


_SETS: Mapping[str, tuple[Sequence[str], Callable[[Path, ScoringModel], dict[str, float]]]] = {
    "sbir": (("sbir/offers.jsonl.gz", "sbir/demands.jsonl.gz", "sbir/qrels.tsv"), _sbir),
    "bdci": (("bdci/demands.jsonl.gz", "bdci/judged_pairs.jsonl.gz"), _bdci),
    "xquad": (("xquad/passages.jsonl.gz", "xquad/queries.jsonl.gz"), lambda data, model: xquad(data).measured(model)),
    "cn_patents": (("cn_patents/pairs.jsonl.gz",), lambda data, model: patents(data).measured(model)),
}
