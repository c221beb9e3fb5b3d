"""A market told in an order that a seed draws: all is registered, some revised, withdrawn, sold or out of date."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from infra.tables.gzipped import rows
from producers.scenario.achievements import offers
from producers.scenario.demands import wishes
from producers.scenario.themes import themes
from schemas.errors import Misconfigured
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    ClockTicked,
    DemandPosted,
    DemandWithdrawn,
    Disclosure,
    Submission,
    Text,
)
from tests.bench import submissions
from tests.unit.streams.making import DAY, NOW, sale

#: What becomes of that share of what was registered.
_REVISED, _WITHDRAWN, _BACK, _SOLD, _ENDING = 0.1, 0.1, 0.5, 0.02, 0.05
#: Days that the story takes.
DAYS = 30
_SEED = 20260301
_FILES = ("sbir/offers.jsonl.gz", "cn_patents/patents_zh.jsonl.gz", "sbir/demands.jsonl.gz", "bdci/demands.jsonl.gz")

Moment = tuple[float, Submission | ClockTicked]


@dataclass(frozen=True, slots=True)
class Market:
    """What is registered first; ``about`` says where the texts come from."""

    about: str
    achievements: Sequence[AchievementRegistered]
    demands: Sequence[DemandPosted]


def generated(count: int) -> Market:
    """Up to ``count`` achievements and demands of the scenario."""
    texts, start = themes(), NOW - 60 * DAY
    offered, asked = offers(texts, _SEED, start)[:count], wishes(texts, _SEED, start)[:count]
    return Market("the scenario", [one.record for one in offered], [one.record for one in asked])


def real(data: Path, count: int) -> Market:
    """``count`` real achievements and demands, in English and Chinese, with drawn facets.

    Raises ``Misconfigured`` where the folder does not have the files, or not enough of them.
    """
    absent = [name for name in _FILES if not (data / name).exists()]
    if absent:
        raise Misconfigured(
            [f"{data / name} is missing: name the folder with make pairs DATA=FOLDER" for name in absent]
        )
    english, chinese, asked, asked_zh = (list(rows(data / name)) for name in _FILES)
    offered = [
        *((None, _text(row, "abstract")) for row in english),
        *((_text(row, "abstract"), None) for row in chinese),
    ]
    wanted = [
        *((None, _text(row, "description")) for row in asked),
        *((_text(row, "content"), None) for row in asked_zh),
    ]
    if count > min(len(offered), len(wanted)):
        raise Misconfigured([f"{data} has {len(offered):,} achievements and {len(wanted):,} demands: ask for fewer"])
    chance = random.Random(_SEED)
    return Market(
        "SBIR, Chinese patents and BDCI",
        [
            _achievement(chance, number, *chance_text)
            for number, chance_text in enumerate(chance.sample(offered, count))
        ],
        [_demand(chance, number, *sides) for number, sides in enumerate(chance.sample(wanted, count))],
    )


def _text(row: dict[str, str], body: str) -> Text:
    return submissions.clean(Text((row["title"] or "")[:500], (row[body] or "")[:100_000]))


def _achievement(chance: random.Random, number: int, zh: Text | None, en: Text | None) -> AchievementRegistered:
    made = submissions.achievement(chance, number, Text("drawn"), f"lab-{number % 3}")
    return replace(
        made, zh=zh, en=en, valid_until=_end(chance),
        territories=chance.choice([(), (), (), ("21",), ("210202", "31")]),
        disclosure=chance.choice([*Disclosure, *[Disclosure.PUBLIC] * 12]),
        industries=made.industries if chance.random() < 0.5 else (),
    )  # fmt: skip


def _demand(chance: random.Random, number: int, zh: Text | None, en: Text | None) -> DemandPosted:
    made = submissions.demand(chance, number, Text("drawn"), f"office-{number % 2}")
    return replace(
        made, zh=zh, en=en, deadline=_end(chance), matches_wanted=chance.choice([None, None, None, 1, 5, 60]),
        modes=chance.choice([(), (), submissions.MODES[:1]]),
    )  # fmt: skip


def _end(chance: random.Random) -> date | None:
    return (NOW + timedelta(days=chance.randrange(2 * DAYS))).date() if chance.random() < _ENDING else None


def story(market: Market, chance: random.Random) -> list[Submission | ClockTicked]:
    """Everything that is said, in order. A subject's versions keep theirs; what is revised says what another says."""
    said: list[Moment] = [(day / DAYS, ClockTicked(NOW + day * DAY)) for day in range(DAYS + 1)]
    for one in market.achievements:
        said += _offered(one, market.achievements, chance)
    for wish in market.demands:
        said += _asked(wish, market.demands, chance)
    return [record for _, record in sorted(said, key=lambda moment: moment[0])]


def _offered(
    first: AchievementRegistered, others: Sequence[AchievementRegistered], chance: random.Random
) -> Iterator[Moment]:
    mine: dict[str, Any] = {"institution_id": first.institution_id, "achievement_id": first.achievement_id}
    at = chance.random()
    yield at, first
    if chance.random() < _REVISED:
        at = chance.uniform(at, 1)
        yield at, replace(chance.choice(others), **mine, submission_id=_name(chance), version=2)
    if chance.random() < _SOLD:
        for each in sale(achievement_id=first.achievement_id, achievement_institution_id=first.institution_id):
            yield (at := chance.uniform(at, 1)), replace(each, submission_id=_name(chance))
    if chance.random() < _WITHDRAWN:
        at = chance.uniform(at, 1)
        yield at, AchievementWithdrawn(_name(chance), **mine, version=3, withdrawn_at=NOW)
        if chance.random() < _BACK:
            yield chance.uniform(at, 1), replace(first, submission_id=_name(chance), version=4)


def _asked(first: DemandPosted, others: Sequence[DemandPosted], chance: random.Random) -> Iterator[Moment]:
    mine: dict[str, Any] = {"institution_id": first.institution_id, "demand_id": first.demand_id}
    at = chance.random()
    yield at, first
    if chance.random() < _REVISED:
        at = chance.uniform(at, 1)
        yield at, replace(chance.choice(others), **mine, submission_id=_name(chance), version=2)
    if chance.random() < _WITHDRAWN:
        at = chance.uniform(at, 1)
        yield at, DemandWithdrawn(_name(chance), **mine, version=3, withdrawn_at=NOW)
        if chance.random() < _BACK:
            yield chance.uniform(at, 1), replace(first, submission_id=_name(chance), version=4)


def _name(chance: random.Random) -> uuid.UUID:
    return uuid.UUID(int=chance.getrandbits(128), version=4)
