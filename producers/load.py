"""A steady stream of achievements and demands, made from the texts of the scenario; as illustrative as that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from producers.scenario.achievements import Offer, offers
from producers.scenario.demands import Wish, wishes
from producers.scenario.numbers import chance, submission_id
from producers.scenario.themes import themes
from schemas.records import AchievementRegistered, DemandPosted, Disclosure, Submission

#: One in so many is a demand, the others are achievements.
_DEMAND_EVERY = 10


class Outlet(Protocol):
    """Where submissions go."""

    def send(self, submission: Submission) -> None: ...
    def flush(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Load:
    """How much, how fast, and whose: ``rate`` submissions a second until ``count`` are sent."""

    rate: float
    count: int
    seed: int
    institution_id: str = "load"


def load(outlet: Outlet, wanted: Load, clock: Callable[[], float], sleep: Callable[[float], None]) -> float:
    """Sends the submissions at a steady rate; the seconds it took, the acknowledgement of the last included.

    Where sending is slower than the rate, it goes on as fast as it can; it does not catch up with a burst for longer
    than a second.
    """
    began = clock()
    due = began
    for submission in submissions(wanted, datetime.now(UTC)):
        now = clock()
        if now < due:
            sleep(due - now)
        else:
            due = max(due, now - 1.0)
        outlet.send(submission)
        due += 1 / wanted.rate
    outlet.flush()
    return clock() - began


def submissions(wanted: Load, now: datetime) -> Iterator[Submission]:
    """What a load consists of; the same seed gives the same ids."""
    random = chance(wanted.seed, "load")
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    texts = themes()
    offered, asked = offers(texts, wanted.seed, start), wishes(texts, wanted.seed, start)
    for number in range(wanted.count):
        if number % _DEMAND_EVERY == _DEMAND_EVERY - 1:
            yield _demand(random.choice(asked), wanted, number, now)
        else:
            yield _achievement(random.choice(offered), wanted, number, now)


def _achievement(offer: Offer, wanted: Load, number: int, now: datetime) -> AchievementRegistered:
    local = f"L{wanted.seed}-{number}"
    return replace(
        offer.record,
        submission_id=submission_id(wanted.seed, "load", wanted.institution_id, number),
        institution_id=wanted.institution_id,
        achievement_id=local,
        registered_at=now,
        valid_until=None,
        disclosure=Disclosure.PUBLIC,
    )


def _demand(wish: Wish, wanted: Load, number: int, now: datetime) -> DemandPosted:
    return replace(
        wish.record,
        submission_id=submission_id(wanted.seed, "load", wanted.institution_id, number),
        institution_id=wanted.institution_id,
        demand_id=f"L{wanted.seed}-{number}",
        posted_at=now,
        deadline=None,
    )
