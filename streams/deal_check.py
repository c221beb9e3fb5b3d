"""Deals, refusals and waiting moves as they should be, played again from the first move, against what the lane told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from schemas import topics
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    DealAdvanced,
    LedgerPosted,
    MoveHeld,
    MoveRefused,
    MoveReleased,
    NegotiationUpdated,
    Record,
)
from streams import ledger_laws
from streams.deal_laws import Laws
from streams.domain.stages import CONTRACTED, Offered, is_exclusively_contracted
from streams.domain.turns import follow
from streams.register import decoded

Difference = Mapping[str, object]
#: A deal and a move's number in it.
Place = tuple[str, int]


@dataclass(slots=True)
class Outcome:
    """What became of all moves: the last state of each deal, refusals by submission, who waits, and all postings."""

    deals: dict[str, DealAdvanced] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    waiting: dict[Place, str] = field(default_factory=dict)
    ledger: Counter[LedgerPosted] = field(default_factory=Counter)

    def take(self, told: Record) -> None:
        """Note what was told of a move."""
        match told:
            case DealAdvanced():
                self.deals[str(told.deal_id)] = told
            case MoveRefused():
                self.refusals[str(told.submission_id)] += 1
            case MoveHeld():
                self.waiting[str(told.deal_id), told.sequence] = str(told.submission_id)
            case MoveReleased():
                self.waiting.pop((str(told.deal_id), told.sequence), None)
            case LedgerPosted():
                self.ledger[told] += 1


def check(bootstrap: str) -> tuple[dict[str, int], list[Difference]]:
    """How much was compared, and every difference; raises ``Unavailable``."""
    moves, should = recounted(fact for _, _, fact in decoded(bootstrap, topics.NEGOTIATIONS))
    does, laws = Outcome(), Laws()
    found: list[Difference] = []
    postings: list[LedgerPosted] = []
    for _, _, told in decoded(bootstrap, topics.DEALS, topics.HELD_MOVES, topics.REFUSALS, topics.LEDGER):
        does.take(told)
        postings += (told,) if isinstance(told, LedgerPosted) else ()
        found += laws.take(told) if isinstance(told, DealAdvanced) else ()
    found += [*laws.at_the_end(), *differences(should, does), *sold_twice(does.deals.values())]
    found += ledger_laws.broken(does.deals.values(), postings)
    checked = {
        "moves": moves,
        "deals": len(should.deals),
        "refusals": should.refusals.total(),
        "moves_waiting": len(should.waiting),
        "ledger_postings": should.ledger.total(),
    }
    return checked, found


def recounted(negotiations: Iterable[Record]) -> tuple[int, Outcome]:
    """How many moves there were, and what should have become of them."""
    offered: defaultdict[str, Offered] = defaultdict(Offered)
    outcome = Outcome()
    moves = 0
    for fact in negotiations:
        match fact:
            case AchievementRegistered():
                offered[fact.ref].is_registered, offered[fact.ref].is_withdrawn = True, False
            case AchievementWithdrawn():
                offered[fact.ref].is_withdrawn = True
            case NegotiationUpdated():
                moves += 1
                for told in follow(offered[fact.achievement_ref], fact):
                    outcome.take(told)
    return moves, outcome


def differences(should: Outcome, does: Outcome) -> Iterator[Difference]:
    """Every deal, refusal and waiting move that is not as it should be."""
    for deal in sorted(should.deals.keys() | does.deals.keys()):
        if should.deals.get(deal) != does.deals.get(deal):
            expected, found = str(should.deals.get(deal)), str(does.deals.get(deal))
            yield {"what": "deal", "deal": deal, "expected": expected, "found": found}
    for one in sorted(should.refusals.keys() | does.refusals.keys()):
        if should.refusals[one] != does.refusals[one]:
            yield {
                "what": "refusal", "submission": one, "expected": should.refusals[one], "found": does.refusals[one],
            }  # fmt: skip
    for place in sorted(should.waiting.keys() | does.waiting.keys()):
        if should.waiting.get(place) != does.waiting.get(place):
            yield {
                "what": "waiting move", "deal": place[0], "sequence": place[1],
                "expected": should.waiting.get(place), "found": does.waiting.get(place),
            }  # fmt: skip
    for posting in sorted(should.ledger.keys() | does.ledger.keys(), key=str):
        due, posted = should.ledger[posting], does.ledger[posting]
        if due != posted:
            yield {"what": "ledger posting", "posting": str(posting), "expected": due, "found": posted}


def sold_twice(deals: Iterable[DealAdvanced]) -> Iterator[Difference]:
    """Achievements that somebody has alone and somebody else has too, by the deals as they were told."""
    contracts: defaultdict[str, list[DealAdvanced]] = defaultdict(list)
    for deal in deals:
        if deal.stage in CONTRACTED:
            contracts[deal.achievement_ref].append(deal)
    for ref, held in sorted(contracts.items()):
        if len(held) > 1 and any(is_exclusively_contracted(one) for one in held):
            yield {"what": "sold twice", "achievement": ref, "demands": sorted(one.demand_ref for one in held)}
