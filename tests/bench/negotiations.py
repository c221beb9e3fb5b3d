"""Made-up negotiations, the same for the same seed: many deals side by side, four over each achievement.

One achievement in five is sold exclusively, which ends its other deals; each of those is answered once more, and that
is refused. About one move in ten comes before its turn, and one in ten comes twice.
"""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from schemas.records import (
    AchievementRegistered,
    ContractKind,
    CooperationMode,
    Milestone,
    Money,
    Move,
    NegotiationUpdated,
    Payment,
    PaymentKind,
    RevenueShare,
    ShareRole,
    TechContract,
    Terms,
)
from tests.bench.submissions import LAB, achievement, made_texts

#: Deals over each achievement.
DEALS_EACH = 4
#: Achievements that are negotiated at the same time.
_AT_ONCE = 500
_EXCLUSIVE = 5
#: Shares of moves that change places with the next one of their deal, and that come twice: some of the former have none
#: after them, so that a tenth of all comes before its turn.
_EARLY, _REPEATED = 0.145, 0.11
_BEGAN = datetime(2026, 11, 26, 1, tzinfo=UTC)
_SIGNED, _REGISTERED, _PAID = date(2026, 11, 20), date(2026, 11, 25), date(2026, 11, 26)

_OPENING = (Move.CONTACT, Move.START_TALKS, Move.OFFER)
_SOLD = (*_OPENING, Move.EVALUATE, Move.AGREE, Move.CONTRACT, Move.REGISTER, Move.PAY, Move.PAY, Move.DELIVER)
_ORDINARY = (
    _SOLD,
    (*_OPENING, Move.END),
    (Move.CONTACT, Move.START_TALKS, Move.EVALUATE, Move.OFFER, Move.AGREE, Move.RETRACT),
    (*_OPENING, Move.PAUSE),
)
#: What the others do beside an exclusive deal: their last move comes when all is over, and is refused.
_BESIDE = (*_OPENING, Move.EVALUATE)
_OF_OWNER = frozenset({Move.AGREE, Move.RETRACT, Move.REGISTER, Move.PAY, Move.DELIVER})

Fact = AchievementRegistered | NegotiationUpdated


@dataclass(frozen=True, slots=True)
class _Pair:
    """An achievement and who asks for it, with what they agree on."""

    achievement_id: str
    enterprise: str
    demand_id: str
    terms: Terms


def negotiations(seed: int) -> Iterator[Fact]:
    """Facts without end, in the order in which they arrive."""
    chance, words = random.Random(seed), made_texts(seed)
    for first in itertools.count(0, _AT_ONCE):
        numbers = range(first, first + _AT_ONCE)
        yield from (achievement(chance, number, next(words)) for number in numbers)
        yield from _in_turns([_disturbed(chance, _over(chance, number)) for number in numbers])


def of_moves(seed: int, moves: int) -> Iterator[Fact]:
    """The facts up to the one that is the last of so many moves."""
    made = 0
    for fact in negotiations(seed):
        yield fact
        made += isinstance(fact, NegotiationUpdated)
        if made == moves:
            return


def of_deals(seed: int, deals: int) -> Iterator[Fact]:
    """All facts of so many deals, and of those negotiated at the same time as the last of them."""
    wanted = -(-deals // DEALS_EACH // _AT_ONCE) * _AT_ONCE
    seen = itertools.count(1)
    for fact in negotiations(seed):
        if isinstance(fact, AchievementRegistered) and next(seen) > wanted:
            return
        yield fact


def _in_turns(told: Iterable[Sequence[Fact]]) -> Iterator[Fact]:
    """The first of each, then the second of each, and so on."""
    for row in itertools.zip_longest(*told):
        yield from (fact for fact in row if fact is not None)


def _over(chance: random.Random, number: int) -> list[NegotiationUpdated]:
    """All moves over one achievement as they were made."""
    is_exclusive = number % _EXCLUSIVE == 0
    scripts = (_SOLD, *[_BESIDE] * (DEALS_EACH - 1)) if is_exclusive else _ORDINARY
    pairs = [_pair(chance, number, place, is_exclusive) for place in range(DEALS_EACH)]
    steps = [(at, place) for place, script in enumerate(scripts) for at in range(len(script))]
    # The answers to deals that the exclusive contract ended come last.
    steps.sort(key=lambda step: (is_exclusive and step[1] > 0 and step[0] == len(_BESIDE) - 1, step))
    return [_move(chance, pairs[place], at + 1, scripts[place][at]) for at, place in steps]


def _disturbed(chance: random.Random, moves: list[NegotiationUpdated]) -> list[NegotiationUpdated]:
    """``moves`` with some of them late, so that the next one of the same deal comes before its turn, and some twice."""
    arrived, late = list(moves), set[int]()
    for place, move in enumerate(moves):
        after = (at for at in range(place + 1, len(moves)) if moves[at].demand_id == move.demand_id)
        following = next(after, None)
        if following is not None and place not in late and chance.random() < _EARLY:
            arrived[place], arrived[following] = arrived[following], arrived[place]
            late.add(following)
    again = [place for place in range(len(arrived)) if chance.random() < _REPEATED]
    for place in reversed(again):
        arrived.insert(min(place + 3, len(arrived)), arrived[place])
    return arrived


def _pair(chance: random.Random, number: int, place: int, is_exclusive: bool) -> _Pair:
    mode = CooperationMode.LICENCE_EXCLUSIVE if is_exclusive else CooperationMode.LICENCE_ORDINARY
    price = Money(Decimal(chance.randint(10, 900) * 10_000).quantize(Decimal("0.01")), "CNY")
    milestones = (Milestone("中试样机通过验收", date(2027, 3, 31)), Milestone("Serial production"))
    terms = Terms(mode, price, ("2102",), 60, milestones, Decimal("2.50"))
    office = f"bench-works-{chance.randrange(200)}"
    return _Pair(f"A-{number:07d}", office, f"D-{number:07d}-{place}", terms)


def _move(chance: random.Random, pair: _Pair, sequence: int, move: Move) -> NegotiationUpdated:
    made = NegotiationUpdated(
        submission_id=uuid.UUID(int=chance.getrandbits(128), version=4),
        institution_id=LAB if move in _OF_OWNER else pair.enterprise,
        achievement_institution_id=LAB,
        achievement_id=pair.achievement_id,
        demand_institution_id=pair.enterprise,
        demand_id=pair.demand_id,
        sequence=sequence,
        move=move,
        moved_at=_BEGAN + timedelta(minutes=sequence),
    )
    match move:
        case Move.OFFER | Move.AGREE | Move.CONTRACT:
            return replace(made, terms=pair.terms)
        case Move.REGISTER:
            return replace(made, contract=_contract(chance, pair.terms.price))
        case Move.PAY:
            return replace(made, payment=_payment(pair.terms.price, sequence))
        case Move.END:
            return replace(made, reason="The works chose to hire the service instead.")
    return made


def _contract(chance: random.Random, price: Money) -> TechContract:
    shares = (
        RevenueShare(ShareRole.INVENTOR, "Li Ming", 40),
        RevenueShare(ShareRole.INVENTOR, "Wang Fang", 30),
        RevenueShare(ShareRole.UNIT, LAB, 27),
        RevenueShare(ShareRole.BROKER, "bench-broker", 3),
    )
    number = f"2026210200{chance.randrange(10**6):06d}"
    costs = (price.amount / 10).quantize(Decimal("0.01"))
    return TechContract(number, ContractKind.LICENCE, _SIGNED, _REGISTERED, price, costs, shares)


def _payment(price: Money, sequence: int) -> Payment:
    part = Money((price.amount / 3).quantize(Decimal("0.01")), price.currency)
    return Payment(PaymentKind.MILESTONE, part, _PAID, f"bank slip {sequence}")
