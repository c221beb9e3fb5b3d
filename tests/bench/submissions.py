"""Made-up submissions of about 1 kB, the same for the same seed, and texts for them.

Words are put together from parts and drawn unevenly, few of them often and many rarely, as in real texts.
"""

from __future__ import annotations

import gzip
import itertools
import json
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from schemas.records import (
    AchievementRegistered,
    CooperationMode,
    DemandPosted,
    Disclosure,
    IpKind,
    IpRight,
    Money,
    Text,
)
from streams.domain.profile import AchievementProfile, DemandProfile

#: Real offers and demands, where this checkout lies beside them.
REAL = Path(__file__).parents[3] / "shared" / "data" / "sbir"
LAB, OFFICE = "bench-lab", "bench-office"

_PREFIXES = (
    "aero", "bio", "cryo", "cyclo", "electro", "ferro", "gyro", "helio", "hydro", "iso", "kine", "litho", "magneto",
    "micro", "nano", "opto", "ortho", "photo", "piezo", "pneumo", "poly", "pyro", "sono", "stereo", "thermo", "tribo",
)  # fmt: skip
_ROOTS = (
    "actuator", "adhesive", "alloy", "array", "battery", "bearing", "cable", "catalyst", "ceramic", "coating",
    "composite", "compressor", "controller", "converter", "culture", "electrode", "engine", "enzyme", "exchanger",
    "fibre", "filter", "foam", "gasket", "generator", "hull", "laser", "lens", "membrane", "mould", "polymer", "pump",
    "reactor", "resin", "robot", "sensor", "separator", "substrate", "turbine", "valve", "welding",
)  # fmt: skip
_CHINESE_FIRST = (
    "船舶", "海洋", "氢能", "石化", "轨道", "数控", "生物", "深海",
    "智能", "低碳", "高温", "精密", "柔性", "绿色", "新型", "复合",
)  # fmt: skip
_CHINESE_LAST = (
    "催化剂", "传感器", "机器人", "轴承", "涂层", "电池", "阀门", "焊接",
    "养殖", "检测", "控制", "膜材料", "压缩机", "回收", "仿真", "装备",
)  # fmt: skip
_INDUSTRIES = ("C26", "C27", "C34", "C35", "C37", "C38", "I65", "A04", "D44", "C30")
_DISTRICTS = ("210202", "210203", "210204", "210211", "210212", "210213", "210214", "210224", "210281", "210283")
MODES = (CooperationMode.LICENCE_ORDINARY, CooperationMode.ASSIGNMENT, CooperationMode.JOINT_DEVELOPMENT)
_NOW = datetime(2025, 6, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts to make submissions of; ``about`` says in the report where they come from."""

    about: str
    offers: Sequence[Text]
    demands: Sequence[Text]


def texts(seed: int, count: int = 20_000) -> Texts:
    """Real texts where they are at hand, else made-up ones."""
    if REAL.is_dir():
        offers = [Text(row["title"][:500], row["abstract"]) for row in _rows("offers.jsonl.gz", count)]
        demands = [Text(row["title"][:500], row["description"]) for row in _rows("demands.jsonl.gz", count)]
        return Texts("sbir", [clean(text) for text in offers], [clean(text) for text in demands])
    made = made_texts(seed)
    return Texts("generated", list(itertools.islice(made, count)), list(itertools.islice(made, count)))


def made_texts(seed: int) -> Iterator[Text]:
    """Texts without end: a title, an abstract of some 70 words, three keywords."""
    chance = random.Random(seed)
    words = [prefix + root for prefix in _PREFIXES for root in _ROOTS]
    chance.shuffle(words)
    weights = list(itertools.accumulate(1 / (place + 10) for place in range(len(words))))
    while True:
        drawn = chance.choices(words, cum_weights=weights, k=58)
        yield Text(" ".join(drawn[:6]), " ".join(drawn[6:55]), tuple(dict.fromkeys(drawn[55:])))


def achievement(chance: random.Random, number: int, text: Text, institution_id: str = LAB) -> AchievementRegistered:
    """An achievement that passes every rule."""
    return AchievementRegistered(
        submission_id=uuid.UUID(int=chance.getrandbits(128), version=4),
        institution_id=institution_id,
        achievement_id=f"A-{number:07d}",
        version=1,
        registered_at=_NOW,
        zh=Text(_chinese(chance, 3), _chinese(chance, 12)),
        en=text,
        owners=(institution_id, _chinese(chance, 2)),
        maturity=chance.randint(4, 9),
        ip_rights=(IpRight(IpKind.INVENTION_PATENT, f"ZL{number:012d}"),),
        industries=(chance.choice(_INDUSTRIES),),
        modes=(chance.choice(MODES), CooperationMode.SERVICE),
        price=Money(Decimal(chance.randint(10, 900)) * 10_000, "CNY"),
        district=chance.choice(_DISTRICTS),
    )


def made_achievement_profile(ref: str, terms: Mapping[str, int]) -> AchievementProfile:
    """A standing text and nothing else: no facet speaks for or against it."""
    return AchievementProfile(ref, 1, terms, "", (), None, frozenset(), None, None, (), Disclosure.PUBLIC, None)


def made_demand_profile(terms: Mapping[str, int], wanted: int) -> DemandProfile:
    """A question for the ``wanted`` best texts and nothing else."""
    return DemandProfile("question", 1, terms, "", (), None, frozenset(), None, None, None, wanted)


def demand(chance: random.Random, number: int, text: Text, institution_id: str = OFFICE) -> DemandPosted:
    """A demand that passes every rule."""
    return DemandPosted(
        submission_id=uuid.UUID(int=chance.getrandbits(128), version=4),
        institution_id=institution_id,
        demand_id=f"D-{number:07d}",
        version=1,
        posted_at=_NOW,
        enterprise=_chinese(chance, 2),
        en=text,
        industries=(chance.choice(_INDUSTRIES),),
        maturity_wanted=chance.choice((None, 4, 5, 6)),
        budget=Money(Decimal(chance.randint(10, 900)) * 10_000, "CNY"),
        district=chance.choice(_DISTRICTS),
    )


def _chinese(chance: random.Random, terms: int) -> str:
    return "".join(chance.choice(_CHINESE_FIRST) + chance.choice(_CHINESE_LAST) for _ in range(terms))


def _rows(name: str, count: int) -> Iterator[dict[str, str]]:
    with gzip.open(REAL / name, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in itertools.islice(lines, count))


def clean(text: Text) -> Text:
    """Without what the rules refuse: these are not about refusals."""
    title, abstract = ("".join(c if c.isprintable() else " " for c in part) for part in (text.title, text.abstract))
    return Text(title.strip() or "untitled", abstract)
