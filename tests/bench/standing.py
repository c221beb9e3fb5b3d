"""A market that stands: achievements and demands that a running system has taken in."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from infra import lag
from infra.topics import KafkaCluster
from producers.publisher import Publisher
from schemas import topics
from schemas.records import AchievementRegistered, DemandPosted, Text
from tests.bench.submissions import LAB, OFFICE, Texts, achievement, demand, texts

_SEED = 20250602
_PATIENCE = 170.0
#: One record in five is a demand.
DEMAND_SHARE = 5


@dataclass(slots=True)
class Market:
    """What comes next, and the texts that stand."""

    about: str
    offers: Iterator[Text]
    wishes: Iterator[Text]
    offered: Sequence[Text]
    wanted: Sequence[Text]
    chance: random.Random
    numbers: Iterator[int]

    def achievement(self) -> AchievementRegistered:
        """A new achievement."""
        return achievement(self.chance, next(self.numbers), next(self.offers))

    def demand(self) -> DemandPosted:
        """A new demand."""
        return demand(self.chance, next(self.numbers), next(self.wishes))

    def answer(self) -> AchievementRegistered:
        """An achievement that must match: a standing demand in its own words, as mature as anyone may want."""
        made = achievement(self.chance, next(self.numbers), self.chance.choice(self.wanted))
        return replace(made, maturity=9)

    def question(self) -> DemandPosted:
        """A demand that must match: a standing achievement in its own words, however mature."""
        made = demand(self.chance, next(self.numbers), self.chance.choice(self.offered))
        return replace(made, maturity_wanted=None)


def stand(bootstrap: str, records: int) -> tuple[Market, float]:
    """The market after ``records`` were published and worked off, and the seconds that took."""
    return filled(bootstrap, records - records // DEMAND_SHARE, records // DEMAND_SHARE)


def filled(bootstrap: str, achievements: int, demands: int, patience: float = _PATIENCE) -> tuple[Market, float]:
    """The same with so many of each, evenly mixed; raises ``Unavailable`` where ``patience`` seconds do not suffice."""
    found: Texts = texts(_SEED)
    offers, wishes = itertools.cycle(found.offers), itertools.cycle(found.demands)
    numbers = itertools.count()
    offered, wanted = found.offers[:achievements], found.demands[:demands]
    market = Market(found.about, offers, wishes, offered, wanted, random.Random(_SEED), numbers)
    with KafkaCluster(bootstrap) as cluster:
        cluster.create([make(institution) for institution in (LAB, OFFICE) for make in (topics.inbox, topics.receipts)])
    began, records = time.monotonic(), achievements + demands
    with Publisher(bootstrap) as publisher:
        for number in range(records):
            publisher.send(market.demand() if number * demands % records < demands else market.achievement())
    drain(bootstrap, patience)
    return market, time.monotonic() - began


def drain(bootstrap: str, patience: float = _PATIENCE) -> None:
    """Wait until nothing waits; raises ``Unavailable``."""
    with lag.KafkaLag(bootstrap) as cluster:
        lag.wait_until_drained(cluster.measure_with_size, time.monotonic() + patience)
