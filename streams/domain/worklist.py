"""What a district office arranges for its enterprises (区县初步对接): their live matches, and what became of each.

Open lines come first, then those that are contracted, then those that ended; of equal ones the better match, then the
smaller references. A line is open where nobody has answered yet, or where a deal goes on or is paused.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from schemas.records import (
    DealAdvanced,
    DemandPosted,
    DemandWithdrawn,
    EndCause,
    MatchProposed,
    MatchRevised,
    MatchWithdrawn,
    Record,
    Stage,
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


@dataclass(slots=True)
class Worklist:
    """The demands of a district (a prefix of GB/T 2260), their live matches and deals.

    Demands are taken first, then matches and deals; of each in order within its partition.
    """

    district: str
    demands: dict[str, DemandPosted] = field(default_factory=dict)
    _matches: dict[tuple[str, str], MatchProposed] = field(default_factory=dict)
    _deals: dict[tuple[str, str], DealAdvanced] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        """One more record of demands, matches or deals; others' are left out."""
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

    def lines(self) -> tuple[Line, ...]:
        """All lines, the most promising first."""
        return tuple(sorted((self._line(*each) for each in self._matches.items()), key=_order))

    def _line(self, pair: tuple[str, str], match: MatchProposed) -> Line:
        demand, deal = self.demands[pair[0]], self._deals.get(pair)
        enterprise = demand.enterprise or demand.institution_id
        if deal is None:
            return Line(enterprise, match, Answer.NONE, "", None, None)
        return Line(enterprise, match, answer(deal), deal.reason, deal.deal_id, deal.moved_at)


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
