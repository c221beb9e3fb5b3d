"""A bank's log of offers, told as deals: each application is an achievement, each offer for it a deal of its own.

    A_SUBMITTED    the application is registered      O_SELECTED   CONTACT, and so a deal begins
    O_CREATED      START_TALKS                        O_SENT       OFFER, by the bank
    O_SENT_BACK    AGREE, by the customer             O_ACCEPTED   CONTRACT, exclusively
    O_CANCELLED    END                                O_DECLINED   END
    A_REGISTERED   REGISTER, of the contract

The log names no offers, so that each event means the one it fits: a creation and a sending the newest, a cancellation
the oldest that is open, an acceptance the newest that was sent back. Others of its events say nothing of deals.
"""

from __future__ import annotations

import csv
import gzip
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from schemas.errors import Misconfigured
from schemas.records import (
    AchievementRegistered,
    ContractKind,
    CooperationMode,
    DealAdvanced,
    EndCause,
    Money,
    Move,
    NegotiationUpdated,
    RevenueShare,
    ShareRole,
    Stage,
    TechContract,
    Terms,
    Text,
)

Fact = AchievementRegistered | NegotiationUpdated
_BANK, _CUSTOMERS = "bank", "customers"
_ENDS = {"O_CANCELLED": "cancelled", "O_DECLINED": "declined"}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log."""

    case: str
    activity: str
    at: datetime
    amount: Decimal


def read(folder: Path) -> list[Event]:
    """The log of a folder of data; raises ``Misconfigured`` where it is not there."""
    path = folder / "bpi2012" / "events.csv.gz"
    if not path.exists():
        raise Misconfigured([f"{path} is not there: name a folder that has bpi2012/events.csv.gz (make offers DATA=…)"])
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return events(csv.DictReader(lines))


def events(rows: Iterable[Mapping[str, str]]) -> list[Event]:
    """Rows of the log."""
    return [
        Event(row["case"], row["activity"], datetime.fromisoformat(row["timestamp"]), Decimal(row["amount_req"]))
        for row in rows
    ]


def _registered(event: Event, terms: Terms) -> TechContract:
    """The loan as a contract: a bank's log knows nothing of kinds and shares."""
    bank, day = RevenueShare(ShareRole.UNIT, _BANK, 1), event.at.date()
    return TechContract(event.case, ContractKind.LICENCE, day, day, terms.price, Decimal("0.00"), (bank,))


class Application:
    """The offers of one application, and what each event says of them."""

    def __init__(self) -> None:
        self._steps: list[list[Move]] = []
        self._contract: int | None = None

    def facts(self, event: Event) -> Iterator[Fact]:
        """What an event says."""
        match event.activity:
            case "A_SUBMITTED":
                yield AchievementRegistered(_id(event, "A", 0), _BANK, event.case, 1, event.at, en=Text("a loan"))
            case "O_SELECTED":
                self._steps.append([])
                yield self._moved(event, len(self._steps) - 1, Move.CONTACT)
            case "O_CREATED":
                yield self._moved(event, self._open()[-1], Move.START_TALKS)
            case "O_SENT":
                yield self._moved(event, self._open()[-1], Move.OFFER)
            case "O_SENT_BACK":
                yield from self._agreed(event, self._open(Move.OFFER)[-1])
            case "O_ACCEPTED":
                self._contract = (self._open(Move.AGREE) or self._open(Move.OFFER))[-1]
                yield from self._agreed(event, self._contract)
                yield self._moved(event, self._contract, Move.CONTRACT)
            case "O_CANCELLED" | "O_DECLINED":
                yield self._moved(event, self._open()[0], Move.END)
            case "A_REGISTERED" if self._contract is not None:
                yield self._moved(event, self._contract, Move.REGISTER)

    def _open(self, having: Move = Move.CONTACT) -> list[int]:
        """Offers that are neither accepted nor gone, the oldest first."""
        return [
            number for number, steps in enumerate(self._steps)
            if having in steps and Move.END not in steps and Move.CONTRACT not in steps
        ]  # fmt: skip

    def _agreed(self, event: Event, offer: int) -> Iterator[Fact]:
        if Move.AGREE not in self._steps[offer]:
            yield self._moved(event, offer, Move.AGREE)

    def _moved(self, event: Event, offer: int, step: Move) -> NegotiationUpdated:
        steps = self._steps[offer]
        steps.append(step)
        terms = Terms(CooperationMode.LICENCE_EXCLUSIVE, Money(max(event.amount, Decimal(1)), "EUR"))
        return NegotiationUpdated(
            submission_id=_id(event, str(offer), len(steps)),
            institution_id=_CUSTOMERS if step is Move.AGREE else _BANK,
            achievement_institution_id=_BANK,
            achievement_id=event.case,
            demand_institution_id=_CUSTOMERS,
            demand_id=f"{event.case}-{offer + 1}",
            sequence=len(steps),
            move=step,
            moved_at=event.at,
            terms=terms if step in {Move.OFFER, Move.AGREE, Move.CONTRACT} else None,
            reason=_ENDS.get(event.activity, ""),
            contract=_registered(event, terms) if step is Move.REGISTER else None,
        )


def _id(event: Event, offer: str, number: int) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{event.case} {offer} {number}")


def told(log: Iterable[Event]) -> list[Fact]:
    """The log as facts, in its order."""
    applications: defaultdict[str, Application] = defaultdict(Application)
    return [fact for event in log for fact in applications[event.case].facts(event)]


def disturbed(facts: Sequence[Fact], seed: int) -> list[Fact]:
    """The same with moves repeated, swapped and late.

    Other offers of an application keep their side of its contract: which of two deals came first is decided by
    arrival, and no number of theirs says otherwise.
    """
    chance = random.Random(seed)
    winners = {fact.demand_id for fact in facts if isinstance(fact, NegotiationUpdated) and fact.move is Move.CONTRACT}
    arrivals: list[tuple[float, Fact]] = []
    #: By application: when its other offers and its winner have arrived, and when its contract counts.
    others: defaultdict[str, float] = defaultdict(float)
    winner: defaultdict[str, float] = defaultdict(float)
    counts: dict[str, float] = {}
    for place, fact in enumerate(facts):
        at, case = float(place), fact.achievement_id
        if isinstance(fact, NegotiationUpdated):
            at += chance.choice((0, 0, 0, 1.5, 2.5, chance.uniform(0, 400), chance.uniform(0, 40_000)))
            if fact.demand_id not in winners:
                at = max(at, counts.get(case, 0.0) + 0.001)
                others[case] = max(others[case], at)
            elif fact.move is Move.CONTRACT:
                at = max(at, others[case] + 0.001)
                counts[case] = max(at, winner[case])
            else:
                winner[case] = max(winner[case], at)
            if chance.random() < 0.2:
                arrivals.append((at + chance.uniform(0, 1000), _again(fact, chance)))
        arrivals.append((at, fact))
    return [fact for _, fact in sorted(arrivals, key=lambda arrival: arrival[0])]


def _again(fact: NegotiationUpdated, chance: random.Random) -> NegotiationUpdated:
    """The same move sent once more, as it was or under an id of its own."""
    return fact if chance.random() < 0.5 else replace(fact, submission_id=uuid.UUID(int=chance.getrandbits(128)))


def outcomes(deals: Iterable[DealAdvanced]) -> Counter[str]:
    """How offers ended, by what the deals say."""
    found: Counter[str] = Counter()
    for deal in deals:
        if deal.end_cause is EndCause.EXCLUSIVELY_CONTRACTED:
            found["overtaken"] += 1
        elif deal.stage is Stage.ENDED:
            found[deal.reason] += 1
        else:
            found[{Stage.CONTRACTED: "accepted", Stage.REGISTERED: "registered"}.get(deal.stage, "open")] += 1
    return found


def recounted(log: Iterable[Event]) -> Counter[str]:
    """The same by counting events alone: no deals, and not knowing which event means which offer."""
    cases: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for event in log:
        case = cases[event.case]
        if event.activity == "A_REGISTERED":
            case["registered"] = case["accepted"]
        elif event.activity == "O_SELECTED":
            case["open"] += 1
        elif event.activity == "O_ACCEPTED":
            # Whatever is open beside it is overtaken.
            case["accepted"], case["overtaken"], case["open"] = 1, case["open"] - 1, 0
        elif event.activity in _ENDS and case["open"]:
            case[_ENDS[event.activity]] += 1
            case["open"] -= 1
    found: Counter[str] = Counter()
    for case in cases.values():
        found.update(case)
    found["accepted"] -= found["registered"]
    return +found
