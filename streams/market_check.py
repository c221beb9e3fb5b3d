"""All that follows from deals, checked in one reading of them: the deals, windows of the pipeline, hints of policies.

    partitions ──▶ counted, in a process of their own ──▶ parts ──▶ added up

Deals of one achievement lie in one partition, so that what is true of a deal, and of all deals of an achievement, is
seen within a part. Windows, and what somebody has alone, are added up from all parts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from infra import reading, side_by_side
from infra.side_by_side import Others
from schemas import topics
from schemas.records import DealAdvanced, Record
from streams import deal_check, policy_check, window_laws
from streams.deal_check import Difference, Spot
from streams.domain.cohorts import Cohorts
from streams.domain.deals import is_exclusively_contracted
from streams.register import decoded
from streams.window_laws import Recount
from streams.window_sheets import Lines, Sheets


@dataclass(frozen=True, slots=True)
class Part:
    """What was counted of the deals of some partitions."""

    deals: deal_check.Part
    sheets: Sheets
    policies: tuple[dict[str, int], list[Difference]]
    #: As ``spotlight.Sold`` has it.
    sold: dict[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Report:
    """How much was compared, every difference, and what somebody has alone (``spotlight.Sold``)."""

    checked: dict[str, int]
    differences: Sequence[Difference]
    sold: dict[tuple[str, int], int]


@dataclass(slots=True)
class _Hearing:
    """What is kept of deals, and of what they are grouped and judged by."""

    policies: policy_check.Log = field(default_factory=policy_check.Log)
    cohorts: Cohorts = field(default_factory=Cohorts)
    lines: Lines = field(default_factory=Lines)
    sold: dict[tuple[str, int], int] = field(default_factory=dict)

    def register(self, fact: Record, partition: int) -> None:
        """Of an achievement, a demand or a session."""
        self.cohorts.take(fact)
        self._judge(fact, partition)

    def advance(self, deal: DealAdvanced, spot: Spot) -> None:
        """Of a deal."""
        self.lines.take(deal)
        self._judge(deal, spot.partition)
        if is_exclusively_contracted(deal):
            self.sold.setdefault((deal.achievement_ref, spot.partition), spot.offset)

    def _judge(self, fact: Record, partition: int) -> None:
        # Where no policy stands nothing is asked of anybody, and nothing need be kept.
        if self.policies.policies:
            self.policies.take(fact, partition)


def shares(bootstrap: str) -> list[list[int]]:
    """The partitions of deals, dealt out to as many processes as are of use; raises ``Unavailable``."""
    places = reading.places(bootstrap, [topics.NEGOTIATIONS.name])
    many = side_by_side.worth(sum(reading.ends(bootstrap, places).values()), len(places))
    partitions = sorted(partition for _, partition in places)
    return [partitions[first::many] for first in range(many)]


def begun(
    bootstrap: str, crew: Others, shares: Sequence[Collection[int]], patience: float = window_laws.PATIENCE
) -> Callable[[], Report]:
    """Let ``crew`` count each share; what comes back waits for all and adds up. Raises ``Unavailable``, now or then.

    Windows have ``patience`` seconds to be told, beside those that counting takes.
    """
    ends = window_laws.source_ends(bootstrap)
    waiting = [crew.ask(counted, bootstrap, share) for share in shares]

    def report() -> Report:
        parts = [wait() for wait in waiting]
        windows = Recount(window_laws.added_up(part.sheets for part in parts), ends)
        return _added_up(parts, window_laws.check(bootstrap, patience, windows))

    return report


def counted(bootstrap: str, partitions: Collection[int]) -> Part:
    """What there is to say of the deals of these partitions; raises ``Unavailable``."""
    with deal_check.uncollected():
        # Before what it let tell, so that all of that is there.
        days = policy_check.days_heard(bootstrap)
        heard = _Hearing()
        for _, _, fact in decoded(bootstrap, topics.TASK_STATES):
            heard.policies.take(fact)
        for _, partition, fact in decoded(bootstrap, topics.ACHIEVEMENTS, topics.DEMANDS, topics.SPOTLIGHTS):
            heard.register(fact, partition)
        deals = deal_check.counted(bootstrap, partitions, heard.advance)
        hints = (told for _, _, told in decoded(bootstrap, topics.POLICY_HINTS, partitions=partitions))
        policies = policy_check.compared(heard.policies, days, hints)
        return Part(deals, heard.lines.sheets(heard.cohorts), policies, heard.sold)


def _added_up(parts: Sequence[Part], windows: tuple[int, list[Difference]]) -> Report:
    checked, found = deal_check.added_up([part.deals for part in parts])
    checked["pipeline_windows"], wrong = windows
    # Every process knows all policies.
    checked["policies"] = max(part.policies[0]["policies"] for part in parts)
    checked["policy_hints"] = sum(part.policies[0]["policy_hints"] for part in parts)
    hints = (difference for part in parts for difference in part.policies[1])
    sold = {place: since for part in parts for place, since in part.sold.items()}
    return Report(checked, [*found, *wrong, *hints], sold)
