"""Ranks files by the very code that ranks live: what an institution tries before it joins.

Rows hold texts only, so no gate is closed and no soft factor counts.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.tables import columns, opened
from infra.tables.columns import Kind
from infra.tables.files import Source
from schemas.errors import Misconfigured
from schemas.records import AchievementRegistered, DemandPosted, Factor
from streams import text_rows
from streams.domain import matching
from streams.domain.exposure import capped
from streams.domain.index.facets import PARTS
from streams.domain.index.text_index import TextIndex, Vocabulary
from streams.domain.matching import Rank
from streams.domain.model import ScoringModel
from streams.domain.profile import AchievementProfile, DemandProfile, achievement_profile, demand_profile
from streams.text_rows import Sides

_EPOCH = datetime.fromtimestamp(0, UTC)
#: References have an owner; files have none.
_OWNER = "file"
#: Ids that a message names; the rest is counted.
_NAMED = 5

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Texts:
    """A file's texts by id, in the order of the file, and how many rows could not be read."""

    by_id: Mapping[str, Sides]
    broken: int
    #: Which of the assignments of columns the file had both ends of.
    used: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scored:
    """One achievement for one demand; contributions of the reasons add up to the score."""

    demand_id: str
    achievement_id: str
    score: float
    reasons: Sequence[Mapping[str, Any]]

    def row(self) -> str:
        """The line of the output file."""
        told = {"demand_id": self.demand_id, "achievement_id": self.achievement_id, "score": self.score}
        return json.dumps({**told, "reasons": self.reasons}, ensure_ascii=False)


def texts(path: Path, kind_name: str, assigned: Sequence[str], told: Told, encoding: str | None = None) -> Texts:
    """The texts of a file of achievements or demands; ``told`` hears of each row that cannot be taken.

    Raises ``Misconfigured`` where the file has no column for the id. Its encoding is found out unless given.
    """
    kind = text_rows.kind_of(kind_name)
    source = Source(path)
    table = opened(source, encoding)
    mine = [one for one in assigned if _is_about(one, kind, table.columns)]
    column_of = columns.mapping(kind, table, columns.chosen(kind, mine))
    found: dict[str, Sides] = {}
    broken = 0
    for row in table.rows:
        try:
            name, sides = text_rows.read(row, kind, column_of)
        except ValueError as why:
            broken += 1
            told(f"{path.name}, line {row.line}: {why}")
            continue
        if name in found and found[name] != sides:
            broken += 1
            told(f"{path.name}, line {row.line}: {name} was there before with another text; the first one counts")
            continue
        found.setdefault(name, sides)
    if not found:
        raise Misconfigured([f"{path}: there is not one row with an id"])
    return Texts(found, broken, frozenset(mine))


def _is_about(assignment: str, kind: Kind, has: Sequence[str]) -> bool:
    field, _, column = assignment.partition("=")
    return columns.field_of(kind, field.strip()) is not None and column.strip() in has


def achievement(name: str, text: Sides, model: ScoringModel) -> AchievementProfile:
    """A row as the score sees it."""
    return achievement_profile(AchievementRegistered(uuid.UUID(int=0), _OWNER, name, 1, _EPOCH, *text), model)


def demand(name: str, text: Sides, model: ScoringModel, wanted: int) -> DemandProfile:
    """The same for a demand that wants so many."""
    record = DemandPosted(uuid.UUID(int=0), _OWNER, name, 1, _EPOCH, None, *text, matches_wanted=wanted)
    return demand_profile(record, model)


def ranked(
    achievements: Mapping[str, Sides], demands: Mapping[str, Sides], model: ScoringModel, top: int,
    cap: int | None = None,
) -> Iterator[Scored]:  # fmt: skip
    """The ``top`` best achievements for each demand, best first, however low their score; ties by id.

    With a ``cap`` no achievement is in more lists than that: see ``exposure.capped``.
    """
    index = indexed(achievements, model)
    for asked, ranks in lists(index, demand_profiles(demands, model, top), cap):
        for rank in ranks:
            found = index.get(rank.achievement_ref)
            assert found is not None
            yield _scored(id_of(asked.ref), id_of(found.ref), index.whole(found), asked)


def rankings(
    achievements: Mapping[str, Sides], demands: Mapping[str, Sides], model: ScoringModel, top: int
) -> Iterator[tuple[str, list[str]]]:
    """The same as ids alone: for each demand those of its achievements."""
    for asked, ranks in lists(indexed(achievements, model), demand_profiles(demands, model, top)):
        yield id_of(asked.ref), [id_of(rank.achievement_ref) for rank in ranks]


def indexed(achievements: Mapping[str, Sides], model: ScoringModel) -> TextIndex[AchievementProfile]:
    """The rows of a file, ready to be searched."""
    index: TextIndex[AchievementProfile] = TextIndex(Vocabulary())
    for name, text in achievements.items():
        index.put(achievement(name, text, model))
    return index


def demand_profiles(demands: Mapping[str, Sides], model: ScoringModel, wanted: int) -> Iterator[DemandProfile]:
    """The rows of a file of demands as the score sees them, one after the other."""
    return (demand(name, text, model, wanted) for name, text in demands.items())


def lists(
    index: TextIndex[AchievementProfile], demands: Iterable[DemandProfile], cap: int | None = None
) -> Iterator[tuple[DemandProfile, Sequence[Rank]]]:
    """Each demand with its best achievements, none in more than ``cap`` lists where there is one."""
    if cap is None:
        for asked in demands:
            yield asked, index.best(asked, 1, PARTS.text)
        return
    profiles = {asked.ref: asked for asked in demands}

    def search(ref: str, depth: int) -> list[Rank]:
        return index.best(replace(profiles[ref], matches_wanted=depth), 1, PARTS.text)

    found = capped(search, {ref: asked.matches_wanted for ref, asked in profiles.items()}, cap)
    yield from ((asked, found[ref]) for ref, asked in profiles.items())


def id_of(ref: str) -> str:
    """The id in its file of what a profile or a rank refers to."""
    return ref.removeprefix(f"{_OWNER}/")


def paired(
    achievements: Mapping[str, Sides], demands: Mapping[str, Sides], model: ScoringModel,
    pairs: Iterable[tuple[str, str]],
) -> Iterator[Scored]:  # fmt: skip
    """Exactly these pairs of demand and achievement, in their order, without gates or threshold."""
    offered: dict[str, AchievementProfile] = {}
    asked: dict[str, DemandProfile] = {}
    for demand_id, achievement_id in pairs:
        if demand_id not in asked:
            asked[demand_id] = demand(demand_id, demands[demand_id], model, 1)
        if achievement_id not in offered:
            offered[achievement_id] = achievement(achievement_id, achievements[achievement_id], model)
        yield _scored(demand_id, achievement_id, offered[achievement_id], asked[demand_id])


def _scored(demand_id: str, achievement_id: str, offered: AchievementProfile, asked: DemandProfile) -> Scored:
    shared = matching.shared_terms(offered, asked)
    score = matching.points(sum(shared.by_term.values()), offered, asked) / matching.FULL
    reasons = [
        {"factor": str(one.factor), "detail": one.detail, "contribution": one.contribution, "fields": one.fields}
        for one in matching.reasons(offered, asked, shared)
        if one.factor is not Factor.GATE
    ]
    return Scored(demand_id, achievement_id, score, reasons)


def pairs_of(path: Path, achievements: Mapping[str, Sides], demands: Mapping[str, Sides]) -> list[tuple[str, str]]:
    """The pairs in a file of ``demand_id⇥achievement_id``, with or without that as its first line.

    Raises ``Misconfigured`` with every line that is no pair, and every id that is in neither file.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured([f"--pairs {path}: {error}"]) from error
    found: list[tuple[str, str]] = []
    problems: list[str] = []
    for number, line in enumerate(lines, 1):
        parts = tuple(part.strip() for part in line.split("\t"))
        if not line.strip() or (number == 1 and parts[:2] == ("demand_id", "achievement_id")):
            continue
        if len(parts) < 2:
            problems.append(f"{path}, line {number}: write demand_id, a tabulator, achievement_id")
        elif parts[0] not in demands or parts[1] not in achievements:
            kind, name = ("demand", parts[0]) if parts[0] not in demands else ("achievement", parts[1])
            problems.append(f"{path}, line {number}: no {kind} {name!r} in its file")
        else:
            found.append((parts[0], parts[1]))
    if problems:
        more = [f"… and {len(problems) - _NAMED:,} more"] if len(problems) > _NAMED else []
        raise Misconfigured([*problems[:_NAMED], *more])
    return found
