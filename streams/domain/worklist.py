"""What a district office arranges for its enterprises (区县初步对接): their live matches, and what became of each.

Open lines come first, then those that are contracted, then those that ended; of equal ones the better match, then the
smaller references. A line is open where nobody has answered yet, or where a deal goes on or is paused.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from schemas.records import (
    DealAdvanced,
    DemandPosted,
    DemandWithdrawn,
    EndCause,
    LifeTask,
    MatchProposed,
    MatchRevised,
    MatchWithdrawn,
    Money,
    Record,
    Stage,
    TaskAdvanced,
    TaskMove,
    TaskState,
    reference,
)


class Answer(StrEnum):
    """What became of a match."""

    NONE = "none yet"
    CONTACTED = "contacted"
    IN_TALKS = "in talks"
    PAUSED = "paused"
    CONTRACTED = "contracted"
    #: A party ended the deal.
    DECLINED = "declined"
    #: The market ended it, or the contract was rescinded.
    LAPSED = "lapsed"


_OF_STAGE = {
    Stage.CONTACTED: Answer.CONTACTED, Stage.IN_TALKS: Answer.IN_TALKS, Stage.EVALUATED: Answer.IN_TALKS,
    Stage.TERMS_AGREED: Answer.IN_TALKS, Stage.PAUSED: Answer.PAUSED, Stage.CONTRACTED: Answer.CONTRACTED,
    Stage.REGISTERED: Answer.CONTRACTED, Stage.DELIVERING: Answer.CONTRACTED, Stage.INDUSTRIALISED: Answer.CONTRACTED,
}  # fmt: skip
#: What is done with comes after what is open.
_DONE = {Answer.CONTRACTED: 1, Answer.DECLINED: 2, Answer.LAPSED: 2}


class Question(NamedTuple):
    """An invitation or a request over a pair of a demand and an achievement, and what became of it."""

    demand: str
    achievement: str
    case_id: str
    asked_by: str
    state: TaskState
    until: date | None
    reason: str


class Line(NamedTuple):
    """A live match of an enterprise's demand; ``enterprise`` as the demand names it, else who posted it.

    ``answered_at`` is when its deal was moved last, by the mover's own clock.
    """

    enterprise: str
    match: MatchProposed
    answer: Answer
    reason: str
    deal_id: uuid.UUID | None
    answered_at: datetime | None
    #: The last question over the pair, if anybody was asked.
    question: Question | None = None
    #: What uses of the achievement have earned so far, by currency.
    revenue: Mapping[str, Decimal] = MappingProxyType({})


@dataclass(slots=True)
class Worklist:
    """The demands of a district (a prefix of GB/T 2260), their live matches, deals, and what was asked over them.

    Demands are taken first, then the rest; of each in order within its partition.
    """

    district: str
    demands: dict[str, DemandPosted] = field(default_factory=dict)
    _matches: dict[tuple[str, str], MatchProposed] = field(default_factory=dict)
    _deals: dict[tuple[str, str], DealAdvanced] = field(default_factory=dict)
    #: By demand and case.
    _questions: dict[tuple[str, str], Question] = field(default_factory=dict)
    _revenue: defaultdict[str, defaultdict[str, Decimal]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Decimal))
    )

    def take(self, record: Record) -> None:
        """One more record of demands, matches, deals or tasks; others' are left out."""
        match record:
            case DemandPosted() if (record.district or "").startswith(self.district):
                self.demands[record.ref] = record
            case DemandPosted() | DemandWithdrawn():
                self.demands.pop(record.ref, None)
            case MatchProposed() | MatchRevised() if record.demand_ref in self.demands:
                self._matches[record.demand_ref, record.achievement_ref] = record
            case MatchWithdrawn():
                self._matches.pop((record.demand_ref, record.achievement_ref), None)
            case DealAdvanced() if record.demand_ref in self.demands:
                self._deals[record.demand_ref, record.achievement_ref] = record
            case TaskAdvanced(task=LifeTask.MARKET_PLAYERS) if record.subject_ref in self.demands:
                place = record.subject_ref, record.case_id or ""
                self._questions[place] = _question(record, self._questions.get(place))
            case TaskAdvanced(task=LifeTask.APPLICATION, move=TaskMove.EARN, amount=Money() as earned):
                self._revenue[record.subject_ref][earned.currency] += earned.amount

    def lines(self) -> tuple[Line, ...]:
        """All lines, the most promising first."""
        asked = self._by_pair()
        return tuple(sorted((self._line(*each, asked.get(each[0])) for each in self._matches.items()), key=_order))

    def _by_pair(self) -> dict[tuple[str, str], Question]:
        """The last question over each pair: a pair is asked anew only once it is answered."""
        return {(one.demand, one.achievement): one for one in self._questions.values()}

    def _line(self, pair: tuple[str, str], match: MatchProposed, asked: Question | None) -> Line:
        demand, deal = self.demands[pair[0]], self._deals.get(pair)
        enterprise = demand.enterprise or demand.institution_id
        line = Line(enterprise, match, Answer.NONE, "", None, None, asked, self._revenue.get(pair[1], {}))
        if deal is None:
            return line
        return line._replace(answer=answer(deal), reason=deal.reason, deal_id=deal.deal_id, answered_at=deal.moved_at)

    def questions(self) -> tuple[Question, ...]:
        """Questions over pairs that are no live match, by demand and achievement."""
        asked = self._by_pair()
        return tuple(asked[pair] for pair in sorted(asked.keys() - self._matches.keys()))


def _question(told: TaskAdvanced, before: Question | None) -> Question:
    """The question that ``told`` opens, or answers: an answer does not repeat over what it was asked."""
    if before is None:
        about = reference(told.achievement_institution_id or "", told.achievement_id or "")
        return Question(told.subject_ref, about, told.case_id or "", told.by, told.state, told.until, "")
    return before._replace(state=told.state, reason=told.reason)


def answer(deal: DealAdvanced) -> Answer:
    """What a deal says of its match."""
    if deal.stage is Stage.ENDED:
        return Answer.DECLINED if deal.end_cause is EndCause.PARTY else Answer.LAPSED
    return _OF_STAGE.get(deal.stage, Answer.NONE)


def counted(lines: Iterable[Line]) -> dict[Answer, int]:
    """How many lines have each answer, in the order of ``Answer``."""
    found = dict.fromkeys(Answer, 0)
    for line in lines:
        found[line.answer] += 1
    return found


def _order(line: Line) -> tuple[int, float, str, str]:
    return _DONE.get(line.answer, 0), -line.match.score, line.match.demand_ref, line.match.achievement_ref
