"""The ten best of many standing texts for each arriving one: our index beside search engines, over the same words.

BM25 as Lucene has it (k1 1.2, b 0.75, the length of a text as Lucene remembers it), every distinct word of the arriving
text asked for once. All contestants search in one thread.
"""

from __future__ import annotations

import math
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from infra.settings import Settings
from infra.supervisor import infrastructure
from infra.terminal import steps
from streams.domain.index import facets
from streams.domain.index.text_index import TextIndex, Vocabulary, compile_all
from streams.domain.matching import Rank
from streams.domain.profile import AchievementProfile, DemandProfile
from streams.domain.weighing import SATURATED, shares
from tests.bench import whole
from tests.bench.corpus import Words, corpus
from tests.bench.peers import lucene
from tests.bench.reports import Result, Row, Size
from tests.bench.submissions import made_achievement_profile, made_demand_profile
from tests.bench.system import ARTEFACTS

_K1, _B = 1.2, 0.75
_BEST = 10
#: PostgreSQL takes hundreds of milliseconds for one.
_ASKED_OF_POSTGRESQL = 20
_ROUNDS = 3
#: Search by so many of the rarest words; 0 for all.
_QUERIES = {"whole_text": 0, "forty_terms": 40}
#: Every so many events one standing text is revised or withdrawn.
_UPDATE_EVERY = 10
#: Rounding to whole numbers may change places of texts whose scores differ by less than this part of them.
_TOLERANCE = 2e-3


@dataclass(frozen=True, slots=True)
class Bm25:
    """Weights of words in standing texts and of words that are asked for."""

    rarity: Mapping[str, float]
    usual_length: float

    def weight(self, count: int, length: int) -> float:
        """From 0 to 1."""
        return count / (count + _K1 * (1 - _B + _B * length / self.usual_length))

    def profile(self, number: int, words: Words) -> AchievementProfile:
        """A standing text as the index takes it."""
        length = lucene.kept_length(len(words))
        terms = {w: max(1, round(SATURATED * self.weight(c, length))) for w, c in Counter(words).items()}
        return made_achievement_profile(str(number), terms)

    def asked(self, words: Words, most: int) -> DemandProfile:
        """An arriving text as a question."""
        known = sorted({word for word in words if word in self.rarity}, key=lambda w: (-self.rarity[w], w))
        rarity = {word: self.rarity[word] for word in (known[:most] if most else known)}
        return made_demand_profile(shares(rarity), _BEST)

    def score(self, asked: DemandProfile, words: Words) -> float:
        """What Lucene would say, in double precision."""
        counts, length = Counter(words), lucene.kept_length(len(words))
        return math.fsum(self.rarity[w] * self.weight(counts[w], length) for w in asked.terms if w in counts)


def bm25(standing: Sequence[Words]) -> Bm25:
    """What the standing texts make of it."""
    frequencies = Counter(word for words in standing for word in set(words))
    count = len(standing)
    rarity = {word: math.log(1 + (count - df + 0.5) / (df + 0.5)) for word, df in frequencies.items()}
    return Bm25(rarity, statistics.fmean(len(words) for words in standing))


@dataclass(slots=True)
class Ours:
    """Our index with the texts in it, and what putting them in took."""

    index: TextIndex[AchievementProfile]
    seconds: float
    slowest: float


def _filled(profiles: Iterator[AchievementProfile]) -> Ours:
    index: TextIndex[AchievementProfile] = TextIndex(Vocabulary())
    total = slowest = 0.0
    for profile in profiles:
        began = time.perf_counter()
        index.put(profile)
        taken = time.perf_counter() - began
        total, slowest = total + taken, max(slowest, taken)
    return Ours(index, total, slowest)


def measured(size: Size, console: Console) -> Result:
    """Milliseconds a query, ratios, memory, and whether the answers are the same."""
    texts = corpus(size.texts, size.queries)
    model = bm25(texts.standing)
    compile_all()
    ours = _filled(model.profile(number, words) for number, words in enumerate(texts.standing))
    console.print(f"{size.texts:,} texts ({texts.about}) stand after {ours.seconds:.1f} s")
    questions = {name: [model.asked(words, most) for words in texts.arriving] for name, most in _QUERIES.items()}
    plain, updated = _in_turns(ours.index, questions, model, texts.standing)
    content: dict[str, Any] = {
        "texts": texts.about,
        "distinct_terms": statistics.fmean(len(asked.terms) for asked in questions["whole_text"]),
        "ours": {
            "milliseconds": plain,
            "milliseconds_with_updates": updated,
            "insert_milliseconds": 1000 * ours.seconds / size.texts,
            "slowest_insert_milliseconds": 1000 * ours.slowest,
            "bytes_per_text": ours.index.used() / size.texts,
            "text_bytes": statistics.fmean(sum(map(len, words)) + len(words) - 1 for words in texts.standing),
            "postings_read": {name: _read(ours.index, asked) for name, asked in questions.items()},
        },
    }
    if lucene.compiler() is None:
        console.print("no Java compiler here: Lucene is left out")
        content["lucene"] = "left out: there is no javac on this machine"
    else:
        content |= _beside_lucene(texts.standing, texts.arriving, model, questions, ours, content["ours"], console)
    content |= _beside_others(texts.standing, questions, content["ours"], console)
    content["bandwidth"] = _bandwidth(content["ours"])
    content["whole_function"] = whole.measured(texts, _BEST)
    return Result(f"Ten best of {size.texts:,} texts ({texts.about}), one thread", content, _rows(content))


def _best(index: TextIndex[AchievementProfile], asked: DemandProfile) -> list[Rank]:
    # Only words count here: no facet can add anything.
    return index.best(asked, 1, facets.PARTS.text)


def _in_turns(
    index: TextIndex[AchievementProfile], questions: Mapping[str, Sequence[DemandProfile]], model: Bm25,
    standing: Sequence[Words],
) -> tuple[dict[str, float], dict[str, float]]:  # fmt: skip
    """Milliseconds a query of the best rounds, without and with updates.

    A round is over in a second or less, and a machine is slower for longer than that: all cases take their turns.
    """
    revised = _revised(len(next(iter(questions.values()))), model, standing)
    plain, updated = dict.fromkeys(questions, math.inf), dict.fromkeys(questions, math.inf)
    for _ in range(_ROUNDS):
        for name, asked in questions.items():
            for found, changes in ((plain, ()), (updated, revised)):
                found[name] = min(found[name], _round(index, asked, changes) * 1000 / len(asked))
    return plain, updated


def _revised(queries: int, model: Bm25, standing: Sequence[Words]) -> list[AchievementProfile]:
    """Standing texts to be written anew, one for every tenth query."""
    chance = random.Random(1)
    drawn = [chance.randrange(len(standing)) for _ in range(queries // _UPDATE_EVERY + 1)]
    return [model.profile(number, standing[number]) for number in drawn]


def _round(
    index: TextIndex[AchievementProfile], questions: Sequence[DemandProfile], revised: Sequence[AchievementProfile]
) -> float:
    """Seconds of all questions, with a revision, or a withdrawal and a return, of one of ``revised`` at every tenth.

    The texts are the same after it.
    """

    def once() -> None:
        for number, asked in enumerate(questions):
            if revised and number % _UPDATE_EVERY == 0:
                profile = revised[number // _UPDATE_EVERY]
                if number % (2 * _UPDATE_EVERY):
                    index.drop(profile.ref)
                index.put(profile)
            _best(index, asked)

    return _timed(once)


def _read(index: TextIndex[AchievementProfile], questions: Sequence[DemandProfile]) -> Mapping[str, float]:
    read, stand = [], []
    for asked in questions:
        _best(index, asked)
        read.append(index.cost.postings)
        stand.append(index.standing(asked.terms))
    return {"read": statistics.fmean(read), "standing": statistics.fmean(stand)}


def _beside_lucene(
    standing: Sequence[Words], arriving: Sequence[Words], model: Bm25,
    questions: Mapping[str, Sequence[DemandProfile]], ours: Ours, mine: Mapping[str, Any], console: Console,
) -> dict[str, Any]:  # fmt: skip
    found: dict[str, Any] = {}
    same: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stand, arrive = _written(folder / "standing", standing), _written(folder / "arriving", arriving)
        for query, most in _QUERIES.items():
            plain = lucene.searched(folder, stand, arrive, most, _ROUNDS)
            updated = lucene.searched(folder, stand, arrive, most, 1, _UPDATE_EVERY)
            found[query] = {
                "milliseconds": plain.milliseconds, "milliseconds_with_updates": updated.milliseconds,
                "index_seconds": plain.indexed,
            }  # fmt: skip
            same[query] = _alike(ours.index, questions[query], plain.answers, model, standing)
            console.print(f"Lucene, {query}: {plain.milliseconds:.3f} ms")
    return {
        "lucene": {"version": lucene.VERSION, **found},
        "ratio_to_lucene": {
            query: found[query]["milliseconds"] / mine["milliseconds"][query] for query in _QUERIES
        },
        "ratio_to_lucene_ours_with_updates": {
            query: found[query]["milliseconds"] / mine["milliseconds_with_updates"][query] for query in _QUERIES
        },
        "ratio_to_lucene_both_with_updates": {
            query: found[query]["milliseconds_with_updates"] / mine["milliseconds_with_updates"][query]
            for query in _QUERIES
        },
        "same_answers": all(share == 1.0 for share in same.values()),
        "alike": same,
    }  # fmt: skip


def _beside_others(
    standing: Sequence[Words], questions: Mapping[str, Sequence[DemandProfile]], mine: Mapping[str, Any],
    console: Console,
) -> dict[str, Any]:  # fmt: skip
    # tantivy comes with the peers' environment only.
    from tests.bench.peers import postgres_search, tantivy_search

    asked = {query: [list(one.terms) for one in each] for query, each in questions.items()}
    found = {"tantivy": {query: tantivy_search.searched(standing, each, _ROUNDS) for query, each in asked.items()}}
    console.print(f"tantivy, whole_text: {found['tantivy']['whole_text']:.3f} ms")
    found["postgresql"] = {}
    for query, each in asked.items():
        with (
            tempfile.TemporaryDirectory(prefix="techdock-bench-") as name,
            infrastructure(Settings(Path(name), ARTEFACTS), steps(console)) as endpoints,
        ):
            few = each[:_ASKED_OF_POSTGRESQL]
            found["postgresql"][query] = postgres_search.searched(endpoints.database_url, standing, few)
    return {
        **{name: {"milliseconds": told} for name, told in found.items()},
        **{
            f"ratio_to_{name}": {query: told[query] / mine["milliseconds"][query] for query in _QUERIES}
            for name, told in found.items()
        },
    }


def _alike(
    index: TextIndex[AchievementProfile], questions: Sequence[DemandProfile],
    answers: Sequence[Sequence[tuple[int, float]]], model: Bm25, standing: Sequence[Words],
) -> float:  # fmt: skip
    """The share of questions whose ten best are Lucene's ten, place by place, within rounding of the scores."""
    alike = 0
    for asked, theirs in zip(questions, answers, strict=True):
        mine = [model.score(asked, standing[int(rank.achievement_ref)]) for rank in _best(index, asked)]
        alike += len(mine) == len(theirs) and all(
            math.isclose(one, score, rel_tol=_TOLERANCE) for one, (_, score) in zip(mine, theirs, strict=True)
        )
    return alike / len(questions)


def _written(path: Path, texts: Sequence[Words]) -> Path:
    path.write_text("\n".join(" ".join(words) for words in texts) + "\n", encoding="utf-8")
    return path


def _bandwidth(mine: Mapping[str, Any]) -> dict[str, Any]:
    """How far from reading the same bytes as fast as this machine copies memory."""
    block = np.ones(64 * 1024 * 1024, np.uint8)
    target = np.empty_like(block)
    seconds = min(_timed(lambda: np.copyto(target, block)) for _ in range(5))
    speed = len(block) / seconds
    bytes_read = {query: 6 * told["read"] for query, told in mine["postings_read"].items()}
    return {
        "copy_gigabytes_per_second": speed / 1e9,
        "postings_bytes_per_query": bytes_read,
        "share_of_copy_speed": {
            query: bytes_read[query] / (mine["milliseconds"][query] / 1000) / speed for query in _QUERIES
        },
    }


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _rows(content: Mapping[str, Any]) -> list[Row]:
    mine = content["ours"]
    rows = [Row("distinct terms of an arriving text", f"{content['distinct_terms']:.0f}")]
    for query in _QUERIES:
        name = query.replace("_", " ")
        against = ""
        if "ratio_to_lucene" in content:
            theirs = content["lucene"][query]["milliseconds"]
            against = f"Lucene {theirs:.2f} ms: × {content['ratio_to_lucene'][query]:.1f}"
        rows.append(Row(f"{name}", f"{mine['milliseconds'][query]:.3f} ms", against))
        if "ratio_to_lucene" in content:
            against = f"Lucene still: × {content['ratio_to_lucene_ours_with_updates'][query]:.1f}"
        rows.append(Row(f"{name}, with updates", f"{mine['milliseconds_with_updates'][query]:.3f} ms", against))
        for peer, title in (("tantivy", "tantivy"), ("postgresql", "PostgreSQL")):
            ratio = content[f"ratio_to_{peer}"][query]
            rows.append(Row(f"  {title}", f"{content[peer]['milliseconds'][query]:.2f} ms", f"× {ratio:.1f}"))
        told = mine["postings_read"][query]
        rows.append(Row(f"{name}, postings read", f"{told['read']:,.0f}", f"of {told['standing']:,.0f}"))
    rows += [
        *whole.rows(content["whole_function"], _lucenes(content)),
        Row("same answers as Lucene", str(content.get("same_answers", "not compared"))),
        Row("one insertion", f"{mine['insert_milliseconds']:.3f} ms", "with its words in Python"),
        Row("slowest insertion", f"{mine['slowest_insert_milliseconds']:.1f} ms"),
        Row("memory of a text", f"{mine['bytes_per_text']:,.0f} bytes", f"text of {mine['text_bytes']:,.0f} bytes"),
    ]
    return rows


def _lucenes(content: Mapping[str, Any]) -> float | None:
    return content["lucene"]["whole_text"]["milliseconds"] if "ratio_to_lucene" in content else None
