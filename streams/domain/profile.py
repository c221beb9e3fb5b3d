"""What the score sees of an achievement or a demand: whole-number term weights and a few facets.

Scores are sums of products of integers, so they are exact in whatever order they are added up, by whatever program.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, NamedTuple

from schemas.records import AchievementRegistered, CooperationMode, DemandPosted, Disclosure, Money, Text
from streams.domain import cuts, weighing
from streams.domain.model import ScoringModel
from streams.domain.provenance import Split, splits

#: China Standard Time: a validity ends with its day there. (China has had no summer time since 1992.)
CHINA = timezone(timedelta(hours=8), "CST")


_NOTHING: Mapping[str, Any] = {}


class Words(NamedTuple):
    """What of a profile comes from weighing the texts: all else stands in the record as it is."""

    terms: Mapping[str, int]
    #: Of an achievement.
    fields: Mapping[str, Split] = _NOTHING
    #: Of a demand.
    sources: Mapping[str, str] = _NOTHING
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AchievementProfile:
    """An achievement as the score sees it. ``terms`` are from 1 to ``SATURATED``."""

    ref: str
    version: int
    terms: Mapping[str, int]
    title: str
    industries: tuple[str, ...]
    maturity: int | None
    modes: frozenset[CooperationMode]
    price: Money | None
    district: str | None
    territories: tuple[str, ...]
    disclosure: Disclosure
    closes_at: datetime | None
    #: Terms that do not stand in the abstract alone.
    fields: Mapping[str, Split] = field(default_factory=dict)
    #: What of the texts was left out, in words.
    cut: tuple[str, ...] = ()

    @property
    def words(self) -> Words:
        """What of it was weighed."""
        return Words(self.terms, fields=self.fields, cut=self.cut)


@dataclass(frozen=True, slots=True)
class DemandProfile:
    """A demand as the score sees it. ``terms`` are shares; those of a language add up to about ``SHARES``."""

    ref: str
    version: int
    terms: Mapping[str, int]
    title: str
    industries: tuple[str, ...]
    maturity_wanted: int | None
    modes: frozenset[CooperationMode]
    budget: Money | None
    district: str | None
    closes_at: datetime | None
    matches_wanted: int
    #: The demand's own word for terms of its translation.
    sources: Mapping[str, str] = field(default_factory=dict)
    #: What of the texts and their terms was left out, in words.
    cut: tuple[str, ...] = ()

    @property
    def words(self) -> Words:
        """What of it was weighed."""
        return Words(self.terms, sources=self.sources, cut=self.cut)


#: Matches of a demand that does not say how many it wants.
MATCHES_WANTED = 20


def achievement_profile(record: AchievementRegistered, model: ScoringModel) -> AchievementProfile:
    """``record`` under ``model``."""
    offered = weighing.offered(record.zh, record.en, model)
    cut = tuple(cuts.unread(record.zh, record.en))
    return achievement_of(record, Words(offered.terms, fields=splits(offered.counts), cut=cut))


def achievement_of(record: AchievementRegistered, words: Words) -> AchievementProfile:
    """``record`` with its ``words`` as they were weighed."""
    return AchievementProfile(
        ref=record.ref,
        version=record.version,
        terms=words.terms,
        title=_title(record.zh, record.en),
        industries=tuple(bare_code(code) for code in record.industries),
        maturity=record.maturity,
        modes=frozenset(record.modes),
        price=record.price,
        district=record.district,
        territories=record.territories,
        disclosure=record.disclosure,
        closes_at=_end_of(record.valid_until),
        fields=words.fields,
        cut=words.cut,
    )


def demand_profile(record: DemandPosted, model: ScoringModel) -> DemandProfile:
    """``record`` under ``model``."""
    asked = weighing.asked(record.zh, record.en, model)
    cut = (*cuts.unread(record.zh, record.en), *cuts.unasked(asked.found))
    return demand_of(record, Words(asked.terms, sources=asked.sources, cut=cut))


def demand_of(record: DemandPosted, words: Words) -> DemandProfile:
    """``record`` with its ``words`` as they were weighed."""
    return DemandProfile(
        ref=record.ref,
        version=record.version,
        terms=words.terms,
        title=_title(record.zh, record.en),
        industries=tuple(bare_code(code) for code in record.industries),
        maturity_wanted=record.maturity_wanted,
        modes=frozenset(record.modes),
        budget=record.budget,
        district=record.district,
        closes_at=_end_of(record.deadline),
        matches_wanted=record.matches_wanted or MATCHES_WANTED,
        sources=words.sources,
        cut=words.cut,
    )


@functools.lru_cache(maxsize=10_000)
def bare_code(code: str) -> str:
    """An industry code without its section letter where digits follow: ``C26`` and ``26`` are the same division."""
    return code[1:] if len(code) > 1 and code[0].isalpha() else code


def _title(zh: Text | None, en: Text | None) -> str:
    text = zh or en
    return "" if text is None else text.title


def _end_of(day: date | None) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), CHINA).astimezone(UTC)
