"""What a person sees of duplicates, and decides: the topics read, a decision published.

duplicates, duplicate-decisions ──▶ cases ──▶ list, show
register, cases ──▶ merge | distinct ──▶ duplicate-decisions
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kafka.errors import KafkaError

from infra import clients, reading
from schemas import codec, framing, topics
from schemas.cloudevents import Stamp
from schemas.errors import Misconfigured, Unavailable
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    DuplicateOutcome,
    DuplicateResolved,
    DuplicateRetracted,
    DuplicateSuspected,
    Record,
)
from streams.domain.duplicates import Pair, pair
from streams.register import decoded

_STAMP = Stamp("duplicates")
_PATIENCE = 30.0
_STATES = {DuplicateOutcome.MERGE: "merged", DuplicateOutcome.DISTINCT: "distinct"}


@dataclass(slots=True)
class Case:
    """What is suspected of two achievements now, and what a person decided last; either may be ``None``."""

    suspected: DuplicateSuspected | None = None
    resolved: DuplicateResolved | None = None

    @property
    def state(self) -> str:
        """open, merged or distinct; retracted where it is suspected no longer and nobody had decided."""
        if self.resolved is not None and self.resolved.outcome in _STATES:
            return _STATES[self.resolved.outcome]
        return "retracted" if self.suspected is None else "open"

    @property
    def is_revised(self) -> bool:
        """Whether either achievement has another version than the one that was decided about."""
        one, other = self.suspected, self.resolved
        if one is None or other is None:
            return False
        return (one.first_version, one.second_version) != (other.first_version, other.second_version)


class Cases:
    """Every pair that was ever suspected or decided about."""

    def __init__(self) -> None:
        self.by_pair: dict[Pair, Case] = {}

    def take(self, told: Record) -> None:
        """One more record of either topic, in its order."""
        if not isinstance(told, DuplicateSuspected | DuplicateRetracted | DuplicateResolved):
            return
        case = self.by_pair.setdefault(told.pair, Case())
        match told:
            case DuplicateSuspected():
                case.suspected = told
            case DuplicateRetracted():
                case.suspected = None
            case DuplicateResolved():
                case.resolved = told


def cases(bootstrap: str) -> dict[Pair, Case]:
    """All cases by pair, in the order of their references. Raises ``Unavailable``."""
    found = Cases()
    for _, _, told in decoded(bootstrap, topics.DUPLICATES, topics.DUPLICATE_DECISIONS):
        found.take(told)
    return dict(sorted(found.by_pair.items()))


def registered(bootstrap: str) -> dict[str, AchievementRegistered]:
    """The achievements that stand, by reference. Raises ``Unavailable``."""
    found: dict[str, AchievementRegistered] = {}
    for _, _, fact in decoded(bootstrap, topics.ACHIEVEMENTS):
        match fact:
            case AchievementRegistered():
                found[fact.ref] = fact
            case AchievementWithdrawn():
                found.pop(fact.ref, None)
    return found


@dataclass(frozen=True, slots=True)
class Word:
    """Who decides, when and why."""

    by: str
    at: datetime
    reason: str


def resolved(
    one: AchievementRegistered, other: AchievementRegistered, known: Case | None, outcome: DuplicateOutcome, word: Word
) -> DuplicateResolved | None:
    """The decision about two standing achievements; ``None`` where it was decided so before, about these versions.

    Raises ``Misconfigured`` where it cannot be decided.
    """
    first, second = sorted((one, other), key=lambda each: each.ref)
    if first.institution_id == second.institution_id:
        raise Misconfigured(
            [f"{first.ref} and {second.ref} are of one institution: it withdraws one of them, nobody else decides"]
        )
    if not word.reason.strip():
        raise Misconfigured(["--reason: say in words why, for the institutions will ask"])
    if outcome is DuplicateOutcome.DISTINCT and known is None:
        raise Misconfigured([f"nobody suspects {first.ref} and {second.ref} to be the same: nothing is to do"])
    versions = first.version, second.version
    last = None if known is None else known.resolved
    if last is not None and (last.outcome, last.first_version, last.second_version) == (outcome, *versions):
        return None
    owners = {owner for each in (first, second) for owner in each.owners or (each.institution_id,)}
    joint = tuple(sorted(owners)) if outcome is DuplicateOutcome.MERGE else ()
    return DuplicateResolved(
        first.institution_id, first.achievement_id, first.version,
        second.institution_id, second.achievement_id, second.version,
        outcome, joint, word.at, word.by, word.reason.strip(),
    )  # fmt: skip


def publish(bootstrap: str, decision: DuplicateResolved) -> None:
    """Publish a decision. Raises ``Misconfigured`` where the topic is missing, ``Unavailable``."""
    name = topics.DUPLICATE_DECISIONS.name
    if not reading.places(bootstrap, [name]):
        raise Misconfigured([f"there is no topic {name}: make it with `techdock topics apply`"])
    data, now = codec.encode(decision), int(time.time() * 1000)
    value, key = framing.adopted().written(name, data), "\x1f".join(decision.pair).encode()
    producer = clients.producer(bootstrap)
    try:
        producer.send(name, value, key, headers=_STAMP.of(data, now), timestamp_ms=now).get(_PATIENCE)
    except KafkaError as error:
        raise Unavailable(
            f"the decision may not have been published ({error}): `techdock duplicates show` says whether it was"
        ) from error
    finally:
        producer.close()


def row(both: Pair, case: Case) -> dict[str, Any]:
    """A case as plain values that JSON can hold."""
    suspected, decided = case.suspected, case.resolved
    return {
        "first": both[0],
        "second": both[1],
        "state": case.state,
        "is_revised": case.is_revised,
        "suspected": None if suspected is None else codec.plain(suspected),
        "decided": None if decided is None else codec.plain(decided),
    }


def evidence(suspected: DuplicateSuspected) -> str:
    """What speaks for one achievement, in a few words."""
    near = f"{suspected.similarity * 100:.0f} % of neighbouring words" if suspected.by_text else ""
    return ", ".join(filter(None, (*suspected.numbers, near)))


def case_of(found: dict[Pair, Case], one: str, other: str) -> Case | None:
    """The case of two references, in either order."""
    return found.get(pair(one, other))
