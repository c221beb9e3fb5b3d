"""What deals qualify for as it should be, every policy asked of every deal, against what the lane told.

Policies are read where they were decided and not from the copies that the lane reads, demands likewise. A day is that
of the last tick that the lane has taken in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schemas import topics
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    DealAdvanced,
    DemandPosted,
    LifeTask,
    PolicyHinted,
    PolicyHintWithdrawn,
    Record,
    TaskAdvanced,
)
from streams.domain.policies.deciding import Hint, Key, Policy, hints, policy
from streams.domain.policies.seen import Seen
from streams.domain.working_days import day_at
from streams.register import decoded, last_ticks

Difference = Mapping[str, object]
#: By policy and deal.
Told = dict[tuple[str, Key], Hint]
_GROUP = "techdock.policies"
_FACTS = (topics.TASK_STATES, topics.ACHIEVEMENTS, topics.DEMANDS, topics.DEALS)


@dataclass(slots=True)
class Log:
    """The last word about each policy, achievement, demand and deal."""

    policies: dict[str, Policy | None] = field(default_factory=dict)
    deals: dict[Key, DealAdvanced] = field(default_factory=dict)
    #: The partition of each deal.
    places: dict[Key, int] = field(default_factory=dict)
    _achievements: dict[str, AchievementRegistered] = field(default_factory=dict)
    _demands: dict[str, DemandPosted] = field(default_factory=dict)
    _withdrawn: dict[str, bool] = field(default_factory=dict)

    def take(self, fact: Record, partition: int = 0) -> None:
        """One more record, in the order of its partition."""
        match fact:
            case TaskAdvanced(task=LifeTask.POLICY, case_id=None):
                self.policies[fact.subject_ref] = policy(fact)
            case DealAdvanced():
                key = Key(fact.achievement_ref, fact.demand_ref)
                self.deals[key], self.places[key] = fact, partition
            case AchievementRegistered():
                self._achievements[fact.ref], self._withdrawn[fact.ref] = fact, False
            case AchievementWithdrawn():
                self._withdrawn[fact.ref] = True
            case DemandPosted():
                self._demands[fact.ref] = fact

    def standing(self) -> list[Policy]:
        """The policies that nobody has closed."""
        return [one for one in self.policies.values() if one is not None]

    def expected(self, days: Mapping[int, int]) -> Told:
        """What is to be told, on the day of each partition; nothing where no day is known."""
        found: Told = {}
        for partition, day in days.items():
            there = {key: self.seen(key) for key, place in self.places.items() if place == partition}
            found |= hints(self.standing(), there, day)
        return found

    def seen(self, key: Key) -> Seen:
        """A deal as rules see it."""
        achievement, demand = (self._achievements.get(key.achievement_ref), self._demands.get(key.demand_ref))
        return Seen(self.deals[key], achievement, demand, not self._withdrawn.get(key.achievement_ref, False))


@dataclass(slots=True)
class Outcome:
    """What was told and holds; and what should not have been told as it was."""

    hints: Told = field(default_factory=dict)
    wrong: list[Difference] = field(default_factory=list)

    def take(self, told: Record) -> None:
        """One more word, in the order of its partition."""
        match told:
            case PolicyHinted():
                place = told.policy_ref, Key(told.achievement_ref, told.demand_ref)
                now = Hint(told.title, told.benefit, told.until, told.missing)
                if self.hints.get(place) == now:
                    self.wrong.append({"what": "policy hint told twice", "policy": place[0], "deal": place[1]})
                self.hints[place] = now
            case PolicyHintWithdrawn():
                place = told.policy_ref, Key(told.achievement_ref, told.demand_ref)
                if self.hints.pop(place, None) is None:
                    self.wrong.append({"what": "policy hint withdrawn twice", "policy": place[0], "deal": place[1]})


def read(bootstrap: str) -> Log:
    """The last word about everything that hints follow from; raises ``Unavailable``."""
    log = Log()
    for _, partition, fact in decoded(bootstrap, *_FACTS):
        log.take(fact, partition)
    return log


def check(bootstrap: str) -> tuple[dict[str, int], list[Difference]]:
    """How much was compared, and every difference; raises ``Unavailable``."""
    # Before what it let tell, so that all of that is there.
    days = days_heard(bootstrap)
    return compared(read(bootstrap), days, (told for _, _, told in decoded(bootstrap, topics.POLICY_HINTS)))


def days_heard(bootstrap: str) -> Mapping[int, int]:
    """By partition, the day on which the lane takes itself to be; raises ``Unavailable``."""
    return {partition: day_at(now) for partition, now in last_ticks(bootstrap, _GROUP).items()}


def compared(
    log: Log, days: Mapping[int, int], told: Iterable[Record]
) -> tuple[dict[str, int], list[Difference]]:  # fmt: skip
    """The same over what was read; ``told`` of the partitions that ``log`` has deals of."""
    does = Outcome()
    for one in told:
        does.take(one)
    should = log.expected(days)
    checked = {"policies": len(log.standing()), "policy_hints": len(should)}
    return checked, [*does.wrong, *differences(should, does.hints)]


def differences(should: Told, does: Told) -> Iterable[Difference]:
    """Every hint that is missing, too many, or told otherwise."""
    for place in sorted(should.keys() | does.keys()):
        if should.get(place) != does.get(place):
            yield {
                "what": "policy hint", "policy": place[0], "deal": place[1], "expected": should.get(place),
                "found": does.get(place),
            }  # fmt: skip
