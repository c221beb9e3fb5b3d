"""Deals, refusals and waiting moves as they should be, played again from the first move, against what the lane told.

Where a clock struck between two moves is told by the lane; whether it should have is for ``clock_laws``. Partitions can
be counted apart, for all deals of an achievement lie in one; whether they do is looked at when parts are added up.
"""

from __future__ import annotations

import gc
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

from infra.reading import committed_records
from schemas import codec, topics
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    ClockFired,
    DealAdvanced,
    LedgerPosted,
    MoveHeld,
    MoveRefused,
    MoveReleased,
    NegotiationUpdated,
    Record,
)
from streams import ledger_laws
from streams.clock_laws import ClockLaws
from streams.deal_laws import Laws
from streams.domain.stages import CONTRACTED, Offered, is_exclusively_contracted
from streams.domain.strikes import consequences
from streams.domain.turns import follow
from streams.register import EPOCH, decoded, last_ticks

Difference = Mapping[str, object]
_GROUP = "techdock.deals"
_TOLD = (topics.DEALS, topics.HELD_MOVES, topics.DEAL_CLOCKS, topics.REFUSALS, topics.LEDGER)
#: A deal and a move's number in it.
Place = tuple[UUID, int]


@dataclass(slots=True)
class Outcome:
    """What became of all moves: the last state of each deal, refusals by submission, who waits, and all postings."""

    deals: dict[UUID, DealAdvanced] = field(default_factory=dict)
    refusals: Counter[UUID] = field(default_factory=Counter)
    waiting: dict[Place, UUID] = field(default_factory=dict)
    ledger: Counter[LedgerPosted] = field(default_factory=Counter)

    def take(self, told: Record) -> None:
        """Note what was told of a move."""
        match told:
            case DealAdvanced():
                self.deals[told.deal_id] = told
            case MoveRefused():
                self.refusals[told.submission_id] += 1
            case MoveHeld():
                self.waiting[told.deal_id, told.sequence] = told.submission_id
            case MoveReleased():
                self.waiting.pop((told.deal_id, told.sequence), None)
            case LedgerPosted():
                self.ledger[told] += 1


class Spot(NamedTuple):
    """Where a record of ``deals`` lies."""

    partition: int
    offset: int


#: Is told of each advance, partition by partition in the order of the log.
Hears = Callable[[DealAdvanced, Spot], None]
#: By achievement, the demand of each contract on it, and whether that is exclusive.
Contracts = Mapping[str, Sequence[tuple[str, bool]]]


@dataclass(frozen=True, slots=True)
class Part:
    """What was compared of the deals of some partitions, every difference, and what concerns deals of others."""

    checked: Counter[str]
    found: Sequence[Difference]
    achievements: frozenset[str]
    contracts: Contracts


def check(bootstrap: str) -> tuple[dict[str, int], list[Difference]]:
    """How much was compared, and every difference; raises ``Unavailable``."""
    return added_up([counted(bootstrap)])


@contextmanager
def uncollected() -> Iterator[None]:
    """Without a search for cycles: records have none, and each search looks at all those that are kept so far."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def counted(bootstrap: str, partitions: Collection[int] | None = None, hears: Hears | None = None) -> Part:
    """The same of these partitions, or of all; ``hears`` is told what is read of deals. Raises ``Unavailable``."""
    with uncollected():
        # Before what it let strike, so that all of that is there.
        now = last_ticks(bootstrap, _GROUP)
        strikes = _strikes(bootstrap, partitions)
        moves, should = recounted(in_order(_negotiations(bootstrap, partitions), strikes))
        told = _Told()
        for message in committed_records(bootstrap, [topic.name for topic in _TOLD], partitions):
            one, partition = codec.decode(message.value()), message.partition()
            told.take(one, partition, datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC))
            if hears is not None and isinstance(one, DealAdvanced):
                hears(one, Spot(partition, message.offset()))
        return told.compared(moves, should, now)


@dataclass(slots=True)
class _Told:
    """What the lane told, as it is held against what it should have told, and against the laws."""

    does: Outcome = field(default_factory=Outcome)
    _laws: Laws = field(default_factory=Laws)
    _clocks: defaultdict[int, ClockLaws] = field(default_factory=lambda: defaultdict(ClockLaws))
    _postings: list[LedgerPosted] = field(default_factory=list)
    _broken: list[Difference] = field(default_factory=list)

    def take(self, told: Record, partition: int, at: datetime) -> None:
        """One more record that was told ``at``."""
        self.does.take(told)
        self._clocks[partition].take(told, at)
        if isinstance(told, DealAdvanced):
            self._broken += self._laws.take(told)
        elif isinstance(told, LedgerPosted):
            self._postings.append(told)

    def compared(self, moves: int, should: Outcome, now: Mapping[int, datetime]) -> Part:
        """What came of ``moves`` beside what should have, when the lane takes this for ``now``."""
        found = [*self._broken, *self._laws.at_the_end(), *differences(should, self.does)]
        for partition, one in sorted(self._clocks.items()):
            found += one.at_the_end(now.get(partition, EPOCH))
        deals = self.does.deals.values()
        found += ledger_laws.broken(deals, self._postings)
        checked = Counter(
            moves=moves,
            deals=len(should.deals),
            refusals=should.refusals.total(),
            moves_waiting=len(should.waiting),
            clocks_fired=sum(one.fired for one in self._clocks.values()),
            ledger_postings=should.ledger.total(),
        )
        return Part(checked, found, frozenset(deal.achievement_ref for deal in deals), contracts(deals))


def added_up(parts: Sequence[Part]) -> tuple[dict[str, int], list[Difference]]:
    """How much was compared in all parts, and every difference; what they have in common among them."""
    checked = {name: sum(part.checked[name] for part in parts) for name in parts[0].checked}
    found = [wrong for part in parts for wrong in part.found]
    seen = Counter(ref for part in parts for ref in part.achievements)
    found += [_elsewhere(ref) for ref, times in sorted(seen.items()) if times > 1]
    held: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
    for part in parts:
        for ref, those in part.contracts.items():
            held[ref] += those
    return checked, [*found, *_sold_twice(held)]


def _elsewhere(ref: str) -> Difference:
    return {"what": "law of deals: partition", "achievement": ref, "found": "it has deals in several partitions"}


def recounted(facts: Iterable[Record]) -> tuple[int, Outcome]:
    """How many moves there were, and what should have become of them; among them what struck in between."""
    offered: defaultdict[str, Offered] = defaultdict(Offered)
    outcome = Outcome()
    moves = 0
    for fact in facts:
        match fact:
            case AchievementRegistered():
                offered[fact.ref].is_registered, offered[fact.ref].is_withdrawn = True, False
            case AchievementWithdrawn():
                offered[fact.ref].is_withdrawn = True
            case NegotiationUpdated():
                moves += 1
                for told in follow(offered[fact.achievement_ref], fact):
                    outcome.take(told)
            case ClockFired():
                for told in consequences(offered[fact.achievement_ref], fact):
                    outcome.take(told)
    return moves, outcome


def in_order(
    negotiations: Iterable[tuple[int, int, Record]], strikes: Mapping[int, Iterable[ClockFired]]
) -> Iterator[Record]:
    """Moves by partition and offset, and what struck in each partition, in the order in which the lane decided."""
    waiting = {partition: deque(struck) for partition, struck in strikes.items()}
    for partition, offset, fact in negotiations:
        struck = waiting.get(partition)
        while struck and struck[0].negotiations_position <= offset:
            yield struck.popleft()
        yield fact
    for struck in waiting.values():
        yield from struck


def _negotiations(bootstrap: str, partitions: Collection[int] | None) -> Iterator[tuple[int, int, Record]]:
    for message in committed_records(bootstrap, [topics.NEGOTIATIONS.name], partitions):
        yield message.partition(), message.offset(), codec.decode(message.value())


def _strikes(bootstrap: str, partitions: Collection[int] | None) -> Mapping[int, list[ClockFired]]:
    found: defaultdict[int, list[ClockFired]] = defaultdict(list)
    for _, partition, struck in decoded(bootstrap, topics.DEAL_CLOCKS, partitions=partitions):
        found[partition].append(struck)
    return found


def differences(should: Outcome, does: Outcome) -> Iterator[Difference]:
    """Every deal, refusal and waiting move that is not as it should be."""
    for deal in _unlike(should.deals, does.deals):
        expected, found = str(should.deals.get(deal)), str(does.deals.get(deal))
        yield {"what": "deal", "deal": str(deal), "expected": expected, "found": found}
    for one in _unlike(should.refusals, does.refusals):
        yield {
            "what": "refusal", "submission": str(one), "expected": should.refusals[one], "found": does.refusals[one],
        }  # fmt: skip
    for place in _unlike(should.waiting, does.waiting):
        yield {
            "what": "waiting move", "deal": str(place[0]), "sequence": place[1],
            "expected": _shown(should.waiting.get(place)), "found": _shown(does.waiting.get(place)),
        }  # fmt: skip
    for posting in _unlike(should.ledger, does.ledger):
        due, posted = should.ledger[posting], does.ledger[posting]
        yield {"what": "ledger posting", "posting": str(posting), "expected": due, "found": posted}


_What = TypeVar("_What")


def _unlike(should: Mapping[_What, object], does: Mapping[_What, object]) -> list[_What]:
    """What is not the same in both, sorted as it is shown."""
    found = {one for one, expected in should.items() if does.get(one) != expected}
    return sorted(found | (does.keys() - should.keys()), key=str)


def _shown(submission: UUID | None) -> str | None:
    return None if submission is None else str(submission)


def sold_twice(deals: Iterable[DealAdvanced]) -> Iterator[Difference]:
    """Achievements that somebody has alone and somebody else has too, by the deals as they were told."""
    return _sold_twice(contracts(deals))


def contracts(deals: Iterable[DealAdvanced]) -> Contracts:
    """The contracts that hold."""
    held: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
    for deal in deals:
        if deal.stage in CONTRACTED:
            held[deal.achievement_ref].append((deal.demand_ref, is_exclusively_contracted(deal)))
    return dict(held)


def _sold_twice(contracts: Contracts) -> Iterator[Difference]:
    for ref, held in sorted(contracts.items()):
        if len(held) > 1 and any(is_exclusive for _, is_exclusive in held):
            yield {"what": "sold twice", "achievement": ref, "demands": sorted(demand for demand, _ in held)}
