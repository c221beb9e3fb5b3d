"""An explanation as people read it on a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from schemas.records import Factor, Reason
from streams.domain.explanation import Explanation, Gate, Obstacle

#: How each gate speaks of what met there: of the achievement, of the demand; first where it says something.
_MET: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "open": (("is open until the end of {}", "has no end"), ("is open until the end of {}", "has no end")),
    "modes": (("is offered as {}", "says no mode"), ("accepts {}", "accepts any")),
    "maturity": (("has {}", "says none"), ("asks {}", "asks for none")),
    "territory": (("is offered in {}", "is offered everywhere"), ("is in {}", "says no district")),
    "disclosure": (("is {}", "says nothing"), ("is {}", "is shown what is not CONFIDENTIAL")),
}
_WHY_NOT: Mapping[Obstacle, str] = {
    Obstacle.DEMAND_WITHDRAWN: "the demand was withdrawn",
    Obstacle.ACHIEVEMENT_WITHDRAWN: "the achievement was withdrawn",
    Obstacle.ACHIEVEMENT_CONTRACTED: "the achievement is exclusively contracted",
    Obstacle.DUPLICATE: "it may be the same as another achievement, which is matched instead (`techdock duplicates`)",
    Obstacle.DEMAND_EXPIRED: "the demand has expired",
    Obstacle.ACHIEVEMENT_EXPIRED: "the achievement has expired",
    Obstacle.GATE_CLOSED: "a gate is closed",
    Obstacle.BELOW_THRESHOLD: "the score is below the threshold",
    Obstacle.OUTRANKED: "it is outranked",
}


def lines(told: Explanation) -> Iterator[str]:
    """The explanation, line by line: the answer, what adds up to the score, the gates, who stands before."""
    demand, achievement = told.pair.demand, told.pair.achievement
    yield f"demand       {demand.ref}  {demand.title}"
    yield f"achievement  {achievement.ref}  {achievement.title}"
    yield _answer(told)
    yield from (f"  {_WHY_NOT[obstacle]}{_more(told, obstacle)}" for obstacle in told.obstacles)
    yield f"score {told.score:.6f}, a match needs {told.threshold:.6f}"
    if by_field := _by_field(told.reasons):
        yield f"its words by field: {by_field}"
    yield from (_line(reason) for reason in told.reasons if reason.factor is not Factor.CUT)
    yield from (f"  left out  {reason.detail}" for reason in told.reasons if reason.factor is Factor.CUT)
    yield f"gates at {told.pair.now:%Y-%m-%d %H:%M:%S} UTC"
    yield from (f"  {'passed' if gate.passed else 'closed'}  {met(gate)}" for gate in told.gates)
    if told.ahead:
        yield "before it" if told.is_match else "the demand's matches"
        yield from (
            f"  {place:>4}  {rank.score:.6f}  {rank.achievement_ref}" for place, rank in enumerate(told.ahead, 1)
        )


def met(gate: Gate) -> str:
    """A gate and the two values that met there: ``maturity: the achievement has 4, the demand asks 6``."""
    (offers, offers_nothing), (asks, asks_nothing) = _MET[gate.name]
    offered = offers_nothing if gate.offered is None else offers.format(gate.offered)
    asked = asks_nothing if gate.asked is None else asks.format(gate.asked)
    return f"{gate.name}: the achievement {offered}, the demand {asked}"


def _answer(told: Explanation) -> str:
    wanted = told.pair.demand.matches_wanted
    return f"a live match, at place {told.place} of at most {wanted}" if told.is_match else "no match, for:"


def _more(told: Explanation, obstacle: Obstacle) -> str:
    match obstacle:
        case Obstacle.GATE_CLOSED:
            return " (" + "; ".join(met(gate) for gate in told.gates if not gate.passed and gate.name != "open") + ")"
        case Obstacle.BELOW_THRESHOLD:
            return f" ({told.score:.6f} < {told.threshold:.6f})"
        case Obstacle.OUTRANKED:
            last, wanted = told.ahead[-1], told.pair.demand.matches_wanted
            return (
                f" (it comes at place {told.place}, the demand wants {wanted}; "
                f"{last.achievement_ref} has place {wanted} with {last.score:.6f})"
            )
        case _:
            return ""


def _by_field(reasons: Iterable[Reason]) -> str:
    """What the words in each field contribute together: ``title 0.214000, abstract 0.052000``."""
    told = [reason.fields for reason in reasons]
    sums = {field: math.fsum(one.get(field, 0.0) for one in told) for field in ("title", "keywords", "abstract")}
    return ", ".join(f"{field} {part:.6f}" for field, part in sums.items() if part)


def _line(reason: Reason) -> str:
    where = list(reason.fields)
    told = "" if not where else f"  in {where[0] if len(where) == 1 else _by_field([reason])}"
    return f"  {reason.contribution:.6f}  {_named(reason)}{told}"


def _named(reason: Reason) -> str:
    return reason.detail if reason.factor is Factor.TERM else f"{reason.factor.lower()} ({reason.detail})"
