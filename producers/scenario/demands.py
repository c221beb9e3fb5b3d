"""The demands of the scenario: what invented enterprises ask for, submitted by them or by their district's office."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from producers.scenario.numbers import chance, moment, round_wan, submission_id, wan
from producers.scenario.places import Enterprise, Names, home, trade
from producers.scenario.themes import Need, Theme
from schemas.records import CooperationMode, DemandPosted, Money, Text

COUNT = 300
#: How often an enterprise that is known asks for something else of its trade, too.
_SECOND_ASK = 0.3


@dataclass(frozen=True, slots=True)
class Wish:
    """A demand with the theme that it comes from, and the enterprise that asks."""

    theme: Theme
    record: DemandPosted
    enterprise: Enterprise


def wishes(themes: Sequence[Theme], seed: int, start: datetime) -> tuple[Wish, ...]:
    """300 demands over all themes evenly; fewer only where there are not enough themes."""
    random = chance(seed, "demands")
    chosen = _chosen(themes, random)
    askers = _Askers(random)
    numbers: dict[str, int] = {}
    found = []
    for place, (theme, need) in enumerate(chosen):
        enterprise = askers.asker(theme.industries[0])
        numbers[enterprise.district] = numbers.get(enterprise.district, 0) + 1
        demand_id = f"D{enterprise.district}-{seed}-{numbers[enterprise.district]:03d}"
        posted_at = moment(start, 5 + 45 * place / len(chosen), random)
        record = _record(theme, need, enterprise, posted_at, _Draw(random, seed, demand_id))
        found.append(Wish(theme, record, enterprise))
    return tuple(found)


def _chosen(themes: Sequence[Theme], random: Random) -> list[tuple[Theme, Need]]:
    count = min(COUNT, sum(len(theme.needs) for theme in themes))
    share, more = divmod(count, len(themes))
    with_more = set(random.sample(range(len(themes)), more))
    chosen = [
        (theme, need)
        for place, theme in enumerate(themes)
        for need in random.sample(theme.needs, min(len(theme.needs), share + (place in with_more)))
    ]
    random.shuffle(chosen)
    return chosen


class _Askers:
    """The enterprises so far, by trade."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._names = Names(random)
        self._known: dict[str, list[Enterprise]] = {}

    def asker(self, industry: str) -> Enterprise:
        """An enterprise of this industry, new or known."""
        known = self._known.setdefault(trade(industry), [])
        if known and self._random.random() < _SECOND_ASK:
            return self._random.choice(known)
        district = home(industry, self._random)
        enterprise = self._names.enterprise(industry, district)
        known.append(enterprise)
        return enterprise


@dataclass(frozen=True, slots=True)
class _Draw:
    random: Random
    seed: int
    demand_id: str


def _record(theme: Theme, need: Need, enterprise: Enterprise, posted_at: datetime, draw: _Draw) -> DemandPosted:
    random = draw.random
    zh, en = _texts(theme, need, random)
    return DemandPosted(
        submission_id=submission_id(draw.seed, "demand", draw.demand_id, 1),
        institution_id=enterprise.slug or f"district-{enterprise.district}",
        demand_id=draw.demand_id,
        version=1,
        posted_at=posted_at,
        enterprise=enterprise.name.en if zh is None else enterprise.name.zh,
        zh=zh,
        en=en,
        industries=theme.industries[:1] if random.random() < 0.5 else theme.industries,
        maturity_wanted=need.maturity_wanted,
        modes=_modes(theme, random),
        budget=_budget(need, random),
        deadline=_deadline(posted_at, random),
        district=enterprise.district,
        matches_wanted=random.choice((3, 5, 10)) if random.random() < 0.15 else None,
    )


def _texts(theme: Theme, need: Need, random: Random) -> tuple[Text | None, Text | None]:
    """Half in both languages; most of the others in Chinese alone, a few in English alone."""
    with_keywords = random.random() < 0.5
    zh = Text(need.title.zh, need.description.zh, theme.zh.keywords[:2] if with_keywords else ())
    en = Text(need.title.en, need.description.en, theme.en.keywords[:2] if with_keywords else ())
    one = random.random()
    if one < 0.4:
        return zh, None
    return (None, en) if one < 0.48 else (zh, en)


def _modes(theme: Theme, random: Random) -> tuple[CooperationMode, ...]:
    """Most take any way; the others name some, at times one that the theme does not know."""
    if random.random() < 0.7:
        return ()
    named = set(random.sample(theme.modes, random.randint(1, len(theme.modes))))
    if random.random() < 0.3:
        named.add(CooperationMode.EQUITY)
    return tuple(mode for mode in CooperationMode if mode in named)


def _budget(need: Need, random: Random) -> Money | None:
    if need.budget_wan is None or random.random() < 0.1:
        return None
    return wan(round_wan(need.budget_wan * random.uniform(0.8, 1.25)))


def _deadline(posted_at: datetime, random: Random) -> date | None:
    """A third has one; after the end of the story but for a few."""
    one = random.random()
    if one >= 0.33:
        return None
    return posted_at.date() + timedelta(days=random.randint(60, 300) if one < 0.02 else random.randint(400, 700))
