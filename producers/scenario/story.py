"""The whole scenario: what is sent, in rounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from producers.institutions import Description
from producers.scenario.achievements import offers
from producers.scenario.casting import Casting
from producers.scenario.changes import changes
from producers.scenario.deals import deal_rounds
from producers.scenario.demands import Wish, wishes
from producers.scenario.mistakes import mistakes
from producers.scenario.numbers import chance
from producers.scenario.places import BROKERS, OFFICES, OWNERS, REGISTRAR, Institution, Kind
from producers.scenario.rounds import Round, parcel
from producers.scenario.themes import themes
from schemas.records import AchievementRegistered, DemandPosted, InstitutionKind

#: The seed of the story that the documents tell.
SEED = 2026
#: Days from the start of the story to its last word, and to its two docking sessions.
LENGTH = 365
_SPRING, _AUTUMN = 120, 300
#: Rounds of deals after which the spotlights are chosen; from the start, by the pace of deals, a month before.
_SPRING_ROUND, _AUTUMN_ROUND = 1, 12


@dataclass(frozen=True, slots=True)
class Scenario:
    """Who speaks, and everything they say: a round may be sent once the one before has been answered."""

    seed: int
    start: datetime
    institutions: tuple[Institution, ...]
    achievements: tuple[AchievementRegistered, ...]
    demands: tuple[DemandPosted, ...]
    deals: int
    rounds: tuple[Round, ...]

    @property
    def described(self) -> tuple[Description, ...]:
        """How an operator describes the institutions."""
        return tuple(
            Description(one.slug, one.name_zh, one.name_en, _KINDS[one.kind], one.district) for one in self.institutions
        )


_KINDS: dict[Kind, InstitutionKind] = {
    "university": InstitutionKind.UNIVERSITY, "institute": InstitutionKind.INSTITUTE,
    "foreign": InstitutionKind.INSTITUTE, "district": InstitutionKind.DISTRICT_OFFICE,
    "broker": InstitutionKind.BROKER, "registrar": InstitutionKind.REGISTRAR, "enterprise": InstitutionKind.ENTERPRISE,
}  # fmt: skip


def scenario(seed: int, start: datetime) -> Scenario:
    """The scenario of a seed, told as beginning at ``start``, midnight of a day: the same bytes whenever it is made.

    Ids depend on the seed alone, so that the same seed on another day says nothing new.
    """
    texts = themes()
    offered, asked = offers(texts, seed, start), wishes(texts, seed, start)
    achievements = tuple(offer.record for offer in offered)
    demands = tuple(wish.record for wish in asked)
    talks = Casting(offered, asked, chance(seed, "deals")).talks()
    busy = {ref for talk in talks for ref in (talk.achievement.ref, talk.demand.ref)}
    idle = [each for each in achievements if each.ref not in busy]
    waiting = [each for each in demands if each.ref not in busy]
    spring, autumn = (f"{start + timedelta(days=part):%Y-%m}" for part in (_SPRING, _AUTUMN))
    most, half = len(achievements) * 2 // 3, len(demands) // 2
    rounds = (
        Round("institutions register achievements", tuple(map(parcel, achievements[:most]))),
        Round("enterprises post demands", tuple(map(parcel, demands[:half]))),
        Round("more achievements", tuple(map(parcel, achievements[most:]))),
        Round("more demands", tuple(map(parcel, demands[half:]))),
        Round("new versions and withdrawals", tuple(changes(idle, waiting, seed, start))),
        Round("mistakes, to be refused", tuple(mistakes(achievements, demands, seed, start))),
        *_announcing(deal_rounds(talks, seed, start), spring, autumn),
    )
    institutions = (*OWNERS, *OFFICES, *BROKERS, REGISTRAR, *_enterprises(asked))
    return Scenario(seed, start, institutions, achievements, demands, len(talks), rounds)


def _enterprises(asked: Iterable[Wish]) -> tuple[Institution, ...]:
    """Those that submit their demands themselves."""
    found = {
        one.slug: Institution(one.slug, one.name.zh, one.name.en, "enterprise", one.district)
        for one in (wish.enterprise for wish in asked)
        if one.slug is not None
    }
    return tuple(found[slug] for slug in sorted(found))


def _announcing(rounds: Sequence[Round], first: str, second: str) -> Iterator[Round]:
    """``rounds`` of deals, a spotlight before each of the two sessions."""
    for number, each in enumerate(rounds):
        session = {_SPRING_ROUND: first, _AUTUMN_ROUND: second}.get(number, "")
        yield replace(each, announces=session)
