"""Texts that stand in Chinese and in English: what translations are learned from, and measured with."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.tables.gzipped import rows
from schemas.records import Text
from streams import offline
from streams.domain.model import ScoringModel
from streams.learning.measures import reciprocal_rank

_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Question:
    """A question in both languages, and the id of the text that answers it."""

    zh: str
    en: str
    right: str


@dataclass(frozen=True, slots=True)
class Parallel:
    """Texts by id in both languages, with questions by id."""

    zh: Mapping[str, Text]
    en: Mapping[str, Text]
    questions: Mapping[str, Question]
    #: What a text is about: texts about the same are learned from together or not at all when what is learned is tried.
    subject: Callable[[str], str]

    def pairs(self, without: Collection[str] = frozenset()) -> Iterator[tuple[str, str]]:
        """Each text in Chinese and in English, title and body apart, but for some subjects."""
        for name, zh in self.zh.items():
            if self.subject(name) not in without:
                en = self.en[name]
                yield from ((one, other) for one, other in ((zh.title, en.title), (zh.abstract, en.abstract)) if one)

    def ranks(self, model: ScoringModel, only: Collection[str] | None = None) -> dict[str, list[float]]:
        """Reciprocal ranks of the right bodies for the questions, in both directions; for all subjects or for some."""
        asked = {
            name: question
            for name, question in self.questions.items()
            if only is None or self.subject(question.right) in only
        }
        bodies_en = {name: (None, Text("", text.abstract)) for name, text in self.en.items()}
        bodies_zh = {name: (Text("", text.abstract), None) for name, text in self.zh.items()}
        directions = {
            "zh→en": offline.rankings(bodies_en, {n: (Text(q.zh), None) for n, q in asked.items()}, model, _DEPTH),
            "en→zh": offline.rankings(bodies_zh, {n: (None, Text(q.en)) for n, q in asked.items()}, model, _DEPTH),
        }
        return {
            direction: [reciprocal_rank(ranking, frozenset([asked[name].right])) for name, ranking in rankings]
            for direction, rankings in directions.items()
        }

    def measured(self, model: ScoringModel) -> dict[str, float]:
        """The mean reciprocal ranks."""
        return {f"MRR@10 {way}": statistics.fmean(ranks) for way, ranks in self.ranks(model).items()}


def xquad(data: Path) -> Parallel:
    """Paragraphs of an encyclopedia with questions; a subject is an article."""
    passages = list(rows(data / "xquad" / "passages.jsonl.gz"))
    return Parallel(
        {row["pid"]: Text("", row["zh"]) for row in passages},
        {row["pid"]: Text("", row["en"]) for row in passages},
        {row["qid"]: Question(row["zh"], row["en"], row["pid"]) for row in rows(data / "xquad" / "queries.jsonl.gz")},
        lambda name: name.partition("_")[0],
    )


def patents(data: Path) -> Parallel:
    """Abstracts of Chinese patents, their titles as questions; each is a subject of its own."""
    found = list(rows(data / "cn_patents" / "pairs.jsonl.gz"))
    return Parallel(
        {row["id"]: Text(row["title_zh"], row["abstract_zh"]) for row in found},
        {row["id"]: Text(row["title_en_mt"], row["abstract_en_mt"]) for row in found},
        {row["id"]: Question(row["title_zh"], row["title_en_mt"], row["id"]) for row in found},
        lambda name: name,
    )
