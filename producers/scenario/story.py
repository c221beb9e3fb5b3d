"""The whole scenario: what is sent, in rounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from producers.institutions import Description
from producers.scenario.achievements import Offer, offers
from producers.scenario.acts import Cast
from producers.scenario.casting import Casting, pairs
from producers.scenario.changes import changes
from producers.scenario.deals import deal_rounds
from producers.scenario.demands import Wish, wishes
from producers.scenario.mistakes import mistakes
from producers.scenario.numbers import chance
from producers.scenario.places import OFFICES, OWNERS, PARTNERS, Institution, Kind
from producers.scenario.rounds import Parcel, Round, parcel
from producers.scenario.tasks import task_rounds
from producers.scenario.themes import themes
from schemas.records import AchievementRegistered, AchievementWithdrawn, DemandPosted, DemandWithdrawn, InstitutionKind

#: The seed of the story that the documents tell.
SEED = 2026
#: Days from the start of the story to its last word.
LENGTH = 120


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


#: Incubators, funds and pilot-test bases are companies.
_KINDS: dict[Kind, InstitutionKind] = {
    "university": InstitutionKind.UNIVERSITY, "institute": InstitutionKind.INSTITUTE,
    "foreign": InstitutionKind.INSTITUTE, "district": InstitutionKind.DISTRICT_OFFICE,
    "broker": InstitutionKind.BROKER, "enterprise": InstitutionKind.ENTERPRISE,
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
    changed = tuple(changes(idle, waiting, seed, start))
    quiet = _Quiet(frozenset(busy).union(_named(changed)), offered, asked)
    most, half = len(achievements) * 2 // 3, len(demands) // 2
    rounds = (
        Round("institutions register achievements", tuple(map(parcel, achievements[:most]))),
        Round("enterprises post demands", tuple(map(parcel, demands[:half]))),
        Round("more achievements", tuple(map(parcel, achievements[most:]))),
        Round("more demands", tuple(map(parcel, demands[half:]))),
        Round("new versions and withdrawals", changed),
        Round("mistakes, to be refused", tuple(mistakes(achievements, demands, seed, start))),
        *deal_rounds(talks, seed, start),
        *task_rounds(Cast(quiet.achievements(), quiet.pairs(), seed, start), seed, start),
    )
    return Scenario(seed, start, (*OWNERS, *OFFICES, *PARTNERS), achievements, demands, len(talks), rounds)


@dataclass(frozen=True, slots=True)
class _Quiet:
    """What of the market nothing else is told about; ``told`` has the references of all the rest."""

    told: frozenset[str]
    offered: Sequence[Offer]
    asked: Sequence[Wish]

    def achievements(self) -> Iterator[AchievementRegistered]:
        return (offer.record for offer in self.offered if offer.record.ref not in self.told)

    def pairs(self) -> Iterator[tuple[AchievementRegistered, DemandPosted]]:
        for wish in self.asked:
            for achievement, demand in pairs(wish, self.offered):
                if not {achievement.ref, demand.ref} & self.told:
                    yield achievement, demand


def _named(parcels: Iterable[Parcel]) -> Iterator[str]:
    for each in parcels:
        said = each.content
        if isinstance(said, AchievementRegistered | AchievementWithdrawn | DemandPosted | DemandWithdrawn):
            yield said.ref
