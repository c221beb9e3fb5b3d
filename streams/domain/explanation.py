"""Why a pair is among a demand's live matches, or why it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.records import Factor, Reason
from streams.domain import matching
from streams.domain.matching import Rank, Shared
from streams.domain.profile import CHINA, AchievementProfile, DemandProfile


class Obstacle(StrEnum):
    """What keeps a pair from being a match."""

    DEMAND_WITHDRAWN = "DEMAND_WITHDRAWN"
    ACHIEVEMENT_WITHDRAWN = "ACHIEVEMENT_WITHDRAWN"
    ACHIEVEMENT_CONTRACTED = "ACHIEVEMENT_CONTRACTED"
    DUPLICATE = "DUPLICATE"
    DEMAND_EXPIRED = "DEMAND_EXPIRED"
    ACHIEVEMENT_EXPIRED = "ACHIEVEMENT_EXPIRED"
    GATE_CLOSED = "GATE_CLOSED"
    BELOW_THRESHOLD = "BELOW_THRESHOLD"
    OUTRANKED = "OUTRANKED"


@dataclass(frozen=True, slots=True)
class Gate:
    """A hard condition with the two values that met there; ``None`` where a side says nothing."""

    name: str
    passed: bool
    offered: str | None
    asked: str | None


@dataclass(frozen=True, slots=True)
class Pair:
    """A demand and an achievement as they stood last; ``gone`` is what the register says against them."""

    demand: DemandProfile
    achievement: AchievementProfile
    now: datetime
    gone: tuple[Obstacle, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A pair's score with all that adds up to it, its gates, and its place or what keeps it from one."""

    pair: Pair
    score: float
    #: Least score of a match.
    threshold: float
    #: Every term and factor, then what was cut; the contributions add up to the score.
    reasons: tuple[Reason, ...]
    gates: tuple[Gate, ...]
    #: None where the pair is a match.
    obstacles: tuple[Obstacle, ...]
    #: Among all achievements that could be a match of the demand, from 1; ``None`` where this one could not.
    place: int | None
    #: Those at the places before it, best first; of an outranked one the matches that the demand has.
    ahead: tuple[Rank, ...]

    @property
    def is_match(self) -> bool:
        """Whether the pair is a live match."""
        return not self.obstacles


def explained(pair: Pair, threshold: float, ranks: Iterable[Rank]) -> Explanation:
    """Why ``pair`` is a match or not.

    ``ranks`` are those of all achievements that could be a match of the demand, in any order, with or without the
    pair's own; they are taken only where the pair itself could be one.
    """
    shared = matching.shared_terms(pair.achievement, pair.demand)
    worth = matching.points(sum(shared.by_term.values()), pair.achievement, pair.demand)
    least = matching.threshold_points(threshold)
    gates = _gates(pair)
    obstacles = [*pair.gone, *_closed(pair, gates)]
    if worth < least:
        obstacles.append(Obstacle.BELOW_THRESHOLD)
    could_be = not obstacles
    better = sorted(rank for rank in ranks if rank < Rank(-worth, pair.achievement.ref)) if could_be else []
    if len(better) >= pair.demand.matches_wanted:
        obstacles.append(Obstacle.OUTRANKED)
    return Explanation(
        pair,
        score=worth / matching.FULL,
        threshold=least / matching.FULL,
        reasons=_reasons(pair, shared),
        gates=gates,
        obstacles=tuple(obstacles),
        place=len(better) + 1 if could_be else None,
        ahead=tuple(better[: pair.demand.matches_wanted]),
    )


def _reasons(pair: Pair, shared: Shared) -> tuple[Reason, ...]:
    every = matching.reasons(pair.achievement, pair.demand, shared, len(shared.by_term))
    return tuple(reason for reason in every if reason.factor is not Factor.GATE)


def _gates(pair: Pair) -> tuple[Gate, ...]:
    failed = matching.failed_gates(pair.achievement, pair.demand, pair.now)
    return tuple(Gate(name, name not in failed, *_MET[name](pair.achievement, pair.demand)) for name in matching.GATES)


def _closed(pair: Pair, gates: Iterable[Gate]) -> Iterable[Obstacle]:
    failed = {gate.name for gate in gates if not gate.passed}
    if "open" in failed:
        ends = ((pair.demand, Obstacle.DEMAND_EXPIRED), (pair.achievement, Obstacle.ACHIEVEMENT_EXPIRED))
        yield from (what for side, what in ends if side.closes_at is not None and side.closes_at <= pair.now)
    if failed - {"open"}:
        yield Obstacle.GATE_CLOSED


def _last_day(end: datetime | None) -> str | None:
    # The end is the midnight after it.
    return None if end is None else (end.astimezone(CHINA) - _MOMENT).date().isoformat()


def _listed(values: Iterable[str]) -> str | None:
    return ", ".join(sorted(values)) or None


def _numbered(maturity: int | None) -> str | None:
    return None if maturity is None else str(maturity)


_MOMENT = datetime.resolution
#: What met at each gate: of the achievement, and of the demand.
_MET: Mapping[str, Callable[[AchievementProfile, DemandProfile], tuple[str | None, str | None]]] = {
    "open": lambda one, other: (_last_day(one.closes_at), _last_day(other.closes_at)),
    "modes": lambda one, other: (_listed(one.modes), _listed(other.modes)),
    "maturity": lambda one, other: (_numbered(one.maturity), _numbered(other.maturity_wanted)),
    "territory": lambda one, other: (_listed(one.territories), other.district),
    "disclosure": lambda one, _: (str(one.disclosure), None),
}
