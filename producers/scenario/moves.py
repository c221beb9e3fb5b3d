"""The moves of one deal: prices that come closer, reasons in words, sequence numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from producers.scenario import papers
from producers.scenario.numbers import chance, in_wan, moment, round_wan, submission_id, wan
from producers.scenario.places import BROKERS, REGISTRAR
from producers.scenario.rounds import Fate, Parcel, parcel
from producers.scenario.scripts import Party, Script, Step
from schemas.records import (
    AchievementRegistered,
    Certification,
    CooperationMode,
    DemandPosted,
    Move,
    NegotiationUpdated,
    Payment,
    TechContract,
    Terms,
)

#: When the talks begin, and how many days pass between two rounds of them.
_FIRST_DAY, _PACE = 60, 17
_REASONS: dict[Move, tuple[str, ...]] = {
    Move.PAUSE: (
        "企业年度预算尚未批复，暂缓一个月。",
        "等待第三方检测报告。",
        "The plant is in its yearly overhaul; we continue afterwards.",
        "技术负责人出国，待其返回后再议。",
    ),
    Move.RESUME: ("预算已批复，恢复洽谈。", "检测报告已出，可以继续。", "The overhaul is over; let us go on."),
    Move.RETRACT: ("董事会要求重新审议条款。", "The licence fee has to go through our committee once more."),
    Move.AMEND: ("双方书面同意提高完成人的分配比例。",),
    Move.RESCIND: ("企业停产，双方协议解除合同。",),
    Move.REOPEN: ("双方重新建立联系，继续洽谈。",),
    Move.REJECT: ("合同中的设备款未单独列出，请更正后重新登记。",),
    Move.DISMISS: ("双方已直接对接，不再需要经纪服务。",),
    Move.END: (
        "双方对价格的预期差距较大。",
        "现场条件与技术要求不符，改造费用过高。",
        "企业决定采用自研方案。",
        "The supply of the key raw material could not be secured.",
    ),
}
_GONE = "成果已撤回，洽谈终止。"
_WITH_TERMS = frozenset({Move.OFFER, Move.AGREE, Move.CONTRACT})


@dataclass(frozen=True, slots=True)
class Talk:
    """A deal as it is going to be: its two sides, the way, its script and its first round."""

    achievement: AchievementRegistered
    demand: DemandPosted
    mode: CooperationMode
    script: Script
    first: int
    #: Its achievement is withdrawn meanwhile.
    is_overtaken: bool = False


def day(number: int) -> int:
    """The day of a round of moves, counted from the start of the story."""
    return _FIRST_DAY + _PACE * number


def moves(talk: Talk, seed: int, start: datetime) -> Iterator[Parcel | None]:
    """The moves of a deal, one for each round from its first; ``None`` where nobody moves."""
    random = chance(seed, f"deal {talk.achievement.ref} {talk.demand.ref}")
    bargain = _Bargain(talk, random)
    sequence = 1
    for place, step in enumerate(talk.script):
        if step is None:
            yield None
            continue
        at = moment(start, day(talk.first + place), random)
        terms = bargain.terms(step) if step.move in _WITH_TERMS else None
        move = NegotiationUpdated(
            submission_id=submission_id(seed, "move", talk.achievement.ref, talk.demand.ref, place),
            institution_id=_speaker(talk, step.by, seed),
            achievement_institution_id=talk.achievement.institution_id,
            achievement_id=talk.achievement.achievement_id,
            demand_institution_id=talk.demand.institution_id,
            demand_id=talk.demand.demand_id,
            # Whoever is out of step gives a number that another move has.
            sequence=sequence - (step.broken == "sequence-taken"),
            move=step.move,
            moved_at=at,
            terms=terms,
            reason=_reason(talk, step, random),
            contract=bargain.contract(step, at),
            payment=bargain.payment(step, at),
            broker=_broker(talk, seed) if step.move is Move.APPOINT else None,
            certification=bargain.certification(step),
        )
        yield parcel(move, Fate.MOVE_REFUSED if step.broken else Fate.ACCEPTED)
        sequence += not step.broken


def _speaker(talk: Talk, by: Party, seed: int) -> str:
    speakers: dict[Party, str] = {
        "owner": talk.achievement.institution_id,
        "seeker": talk.demand.institution_id,
        "broker": _broker(talk, seed),
        "office": f"district-{talk.demand.district}",
        "registrar": REGISTRAR.slug,
    }
    return speakers[by]


def _broker(talk: Talk, seed: int) -> str:
    return chance(seed, f"broker {talk.achievement.ref} {talk.demand.ref}").choice(BROKERS).slug


class _Bargain:
    """What is asked and what is bid, until they meet."""

    def __init__(self, talk: Talk, random: Random) -> None:
        self._talk = talk
        self._mode = talk.mode
        self._asked, self._bid = _opening(talk, random)
        #: Apart, so that what is paid changes no price of another deal.
        self._office = Random(f"{talk.achievement.ref} {talk.demand.ref}")
        self._contract: TechContract | None = None
        self._version = 0

    def terms(self, step: Step) -> Terms:
        """The terms of a step: an offer comes closer, an agreement is in the middle, a contract is as agreed."""
        amount = self._agreed()
        if step.broken == "agreed":
            amount = round_wan(amount * 1.2) + 1
        elif step.move is Move.OFFER:
            amount = self._offer(step.by_owner)
        return Terms(self._mode, wan(amount))

    def contract(self, step: Step, at: datetime) -> TechContract | None:
        """The contract of a step: as agreed where it is registered, with other shares where it is amended."""
        if step.move is Move.REGISTER:
            terms = Terms(self._mode, wan(self._agreed()))
            self._contract = papers.contract(self._talk.achievement, terms, at, self._office)
        elif step.move is Move.AMEND and self._contract is not None:
            self._contract = papers.amended(self._contract, at)
        else:
            return None
        self._version += 1
        return self._contract

    def certification(self, step: Step) -> Certification | None:
        """What a step confirms of the contract; who is mistaken means another version than the one that stands."""
        if step.move is not Move.CERTIFY or self._contract is None:
            return None
        return papers.certification(self._contract, self._version - (step.broken == "certification"))

    def payment(self, step: Step, at: datetime) -> Payment | None:
        """What a step says was paid."""
        if step.move is not Move.PAY or self._contract is None:
            return None
        return papers.first_payment(self._contract, at, self._office)

    def _offer(self, by_owner: bool) -> int:
        gap = self._asked - self._bid
        if by_owner:
            amount = self._asked
            self._asked = round_wan(self._asked - gap * 0.35)
            return amount
        amount = self._bid
        self._bid = round_wan(self._bid + gap * 0.35)
        return amount

    def _agreed(self) -> int:
        return round_wan((self._asked + self._bid) / 2)


def _opening(talk: Talk, random: Random) -> tuple[int, int]:
    """What the owner asks first and the enterprise bids first, in 10,000 CNY."""
    price, budget = talk.achievement.price, talk.demand.budget
    asked = in_wan(price) if price is not None and price.currency == "CNY" else None
    ceiling = in_wan(budget) if budget is not None else None
    asked = asked or ceiling or random.randrange(40, 160)
    bid = min(ceiling or asked, asked) * random.uniform(0.6, 0.8)
    return round_wan(asked), round_wan(bid)


def _reason(talk: Talk, step: Step, random: Random) -> str:
    if step.move not in _REASONS:
        return ""
    if step.move is Move.END and talk.is_overtaken:
        return _GONE
    return random.choice(_REASONS[step.move])
