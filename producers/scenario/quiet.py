"""What of the market nothing else is told about: no deal is over it, and it is neither revised nor withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from producers.scenario.achievements import Offer
from producers.scenario.acts import Cast
from producers.scenario.casting import pairs
from producers.scenario.demands import Wish
from producers.scenario.rounds import Parcel
from schemas.records import AchievementRegistered, AchievementWithdrawn, DemandPosted, DemandWithdrawn


class Quiet:
    """The rest of the market, beside the references that are ``busy`` and what ``changed`` names."""

    def __init__(
        self, offered: Sequence[Offer], asked: Sequence[Wish], busy: Iterable[str], changed: Iterable[Parcel]
    ) -> None:
        self._offered = offered
        self._asked = asked
        self._told = {*busy, *_named(changed)}

    def cast(self, seed: int, start: datetime) -> Cast:
        """Whom and what the tasks of the story are about."""
        free = (offer.record for offer in self._offered if offer.record.ref not in self._told)
        return Cast(free, self._pairs(), seed, start)

    def _pairs(self) -> Iterator[tuple[AchievementRegistered, DemandPosted]]:
        for wish in self._asked:
            for achievement, demand in pairs(wish, self._offered):
                if not {achievement.ref, demand.ref} & self._told:
                    yield achievement, demand


def _named(parcels: Iterable[Parcel]) -> Iterator[str]:
    for each in parcels:
        said = each.content
        if isinstance(said, AchievementRegistered | AchievementWithdrawn | DemandPosted | DemandWithdrawn):
            yield said.ref
