"""The deal pipeline recounted from every advance: what stands where, what came of it, and how long each stage took.

    stands        deals now in each stage, and the sum of their latest terms in CNY
    certified     what a registrar has certified of it, as contracts that stand there say their amounts, in CNY
    reached       deals that were ever in a stage; conversion is the part of them that reached any later one
    time          from entering a stage to leaving it for another one (event time), the median and the ninth decile
    lost          deals that ended, by reason

A deal belongs to one group, or to several where it has several industries; then it counts in each of them.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from schemas.records import DealAdvanced, Stage

#: Stages of a deal that goes well, in their order.
LINE = (
    Stage.CONTACTED, Stage.IN_TALKS, Stage.EVALUATED, Stage.TERMS_AGREED, Stage.CONTRACTED, Stage.REGISTERED,
    Stage.DELIVERING, Stage.INDUSTRIALISED,
)  # fmt: skip
WON = frozenset(LINE[LINE.index(Stage.CONTRACTED) :])


@dataclass(slots=True)
class History:
    """One deal: its last state, and when it entered which stage."""

    last: DealAdvanced
    entered: list[tuple[Stage, datetime]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StageFigures:
    """One stage of one group. Times are ``None`` where no deal has left the stage."""

    stage: Stage
    stands: int
    amount: Decimal
    certified: Decimal
    reached: int
    #: Of the deals that reached it, the part that reached a later one of the line; ``None`` where none reached it.
    conversion: float | None
    median: timedelta | None
    ninth_decile: timedelta | None


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one group of deals."""

    name: str
    deals: int
    won: int
    lost: Mapping[str, int]
    stages: tuple[StageFigures, ...]


def histories(advances: Iterable[DealAdvanced]) -> list[History]:
    """Every deal with its stages, from advances in the order of each deal; in the order of their ids."""
    found: dict[str, History] = {}
    for advance in advances:
        history = found.setdefault(str(advance.deal_id), History(advance))
        history.last = advance
        if not history.entered or history.entered[-1][0] is not advance.stage:
            history.entered.append((advance.stage, advance.moved_at))
    return [found[one] for one in sorted(found)]


def begun_since(found: Iterable[History], since: datetime) -> list[History]:
    """Deals whose first move was made at ``since`` or later: a cohort keeps its members whatever they do."""
    return [history for history in found if history.entered[0][1] >= since]


def grouped(found: Iterable[History], groups_of: Callable[[DealAdvanced], Iterable[str]]) -> tuple[Group, ...]:
    """The figures of each group, by name."""
    members: defaultdict[str, list[History]] = defaultdict(list)
    for history in found:
        for name in set(groups_of(history.last)):
            members[name].append(history)
    return tuple(_group(name, members[name]) for name in sorted(members))


def _group(name: str, members: Sequence[History]) -> Group:
    reached = [_reached(history) for history in members]
    lost = Counter(_why_lost(history.last) for history in members if _is_lost(history))
    return Group(
        name=name,
        deals=len(members),
        won=sum(history.last.stage in WON for history in members),
        lost=dict(sorted(lost.items(), key=lambda item: (-item[1], item[0]))),
        stages=tuple(_stage(stage, members, reached) for stage in (*LINE, Stage.PAUSED, Stage.ENDED)),
    )


def _is_lost(history: History) -> bool:
    return history.last.stage is Stage.ENDED


def _why_lost(deal: DealAdvanced) -> str:
    return deal.reason or (str(deal.end_cause) if deal.end_cause is not None else "no reason given")


def _reached(history: History) -> frozenset[Stage]:
    return frozenset(stage for stage, _ in history.entered)


def _stage(stage: Stage, members: Sequence[History], reached: Sequence[frozenset[Stage]]) -> StageFigures:
    standing = [history.last for history in members if history.last.stage is stage]
    times = sorted(time for history in members for time in _times(history, stage))
    many = sum(stage in stages for stages in reached)
    later = set(LINE[LINE.index(stage) + 1 :]) if stage in LINE else set[Stage]()
    further = sum(stage in stages and not later.isdisjoint(stages) for stages in reached)
    return StageFigures(
        stage=stage,
        stands=len(standing),
        amount=sum((_amount(deal) for deal in standing), Decimal(0)),
        certified=sum((_certified(deal) for deal in standing), Decimal(0)),
        reached=many,
        conversion=further / many if many and later else None,
        median=quantile(times, 0.5),
        ninth_decile=quantile(times, 0.9),
    )


def _times(history: History, stage: Stage) -> Iterable[timedelta]:
    """How long each stay in ``stage`` lasted that is over; a move that was told late may make one shorter than none."""
    for (before, came), (_, left) in zip(history.entered, history.entered[1:], strict=False):
        if before is stage:
            yield max(left - came, timedelta(0))


def _amount(deal: DealAdvanced) -> Decimal:
    is_counted = deal.terms is not None and deal.terms.price.currency == "CNY"
    return deal.terms.price.amount if is_counted and deal.terms is not None else Decimal(0)


def _certified(deal: DealAdvanced) -> Decimal:
    amount = deal.contract.amount if deal.contract is not None and deal.is_certified else None
    return amount.amount if amount is not None and amount.currency == "CNY" else Decimal(0)


def quantile(ordered: Sequence[timedelta], part: float) -> timedelta | None:
    """The smallest of ``ordered`` that at least ``part`` of them do not exceed (nearest rank); ``None`` of none."""
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else None
