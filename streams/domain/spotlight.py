"""Which achievements a session announces (重点发布): maturity × fit with the key industries × evidence × interest.

Every factor is a whole number, so that points are exact and anybody can multiply them again::

    maturity   the technology readiness level (GB/T 22900), 1 to 9; 1 where none is stated
    fit        1, and one more for each character that a code shares with a key industry's, at most 5
    evidence   1, and one more for each intellectual property right with a number, at most 4
    interest   1, and one more for each demand whose live match it is, at most 10

More points come first; of equal ones the one that more demands want, then the more mature one, then the smaller
reference. No institution has more places than its quota.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from schemas.records import AchievementRegistered, Disclosure, PassedOver, SpotlightEntry, SpotlightOrder
from streams.domain.matching import shared_code
from streams.domain.profile import CHINA, bare_code

_MOST_FIT, _MOST_EVIDENCE, _MOST_INTEREST = 5, 4, 10


class Offer(NamedTuple):
    """An achievement that stands, and of how many demands it is a live match."""

    achievement: AchievementRegistered
    demands: int


@dataclass(frozen=True, slots=True)
class Rule:
    """How a list is chosen: so many, of one institution at most ``quota``; ``key_industries`` are sorted codes."""

    count: int
    quota: int
    key_industries: tuple[str, ...]


class _Order(NamedTuple):
    """What decides, the first thing first."""

    minus_points: int
    minus_demands: int
    minus_maturity: int
    reference: str


#: What each part of an order is called.
_DECIDES = (SpotlightOrder.POINTS, SpotlightOrder.DEMANDS, SpotlightOrder.MATURITY, SpotlightOrder.REFERENCE)


def may_stand(achievement: AchievementRegistered, at: datetime) -> bool:
    """Whether an achievement may be announced: it is open on that day in China, and no secret."""
    is_open = achievement.valid_until is None or achievement.valid_until >= at.astimezone(CHINA).date()
    return is_open and achievement.disclosure is not Disclosure.CONFIDENTIAL


def chosen(offers: Iterable[Offer], rule: Rule) -> tuple[tuple[SpotlightEntry, ...], tuple[PassedOver, ...]]:
    """The list, and who would stand in it but for the quota; both best first.

    The order of ``offers`` does not matter.
    """
    ranked = sorted((_order(offer, rule), offer) for offer in offers)
    taken: Counter[str] = Counter()
    places: list[int] = []
    over: list[int] = []
    for number, (_, offer) in enumerate(ranked):
        owner = offer.achievement.institution_id
        if len(places) == rule.count:
            break
        if taken[owner] < rule.quota:
            taken[owner] += 1
            places.append(number)
        elif number < rule.count:
            # Among the first so many: it would stand in the list, had its institution not enough there.
            over.append(number)
    entries = tuple(_entries([ranked[number] for number in places], _next_in_line(ranked, places, taken, rule), rule))
    return entries, tuple(_passed_over(ranked[number]) for number in over)


def _next_in_line(
    ranked: Sequence[tuple[_Order, Offer]], places: Sequence[int], taken: Counter[str], rule: Rule
) -> _Order | None:  # fmt: skip
    """The first that found no place though its institution had one left."""
    if not places:
        return None
    rest = ranked[places[-1] + 1 :]
    return next((order for order, offer in rest if taken[offer.achievement.institution_id] < rule.quota), None)


def _entries(
    placed: Sequence[tuple[_Order, Offer]], following: _Order | None, rule: Rule
) -> Iterator[SpotlightEntry]:  # fmt: skip
    orders = [*(order for order, _ in placed[1:]), following][: len(placed)]
    for place, ((order, (achievement, demands)), after) in enumerate(zip(placed, orders, strict=True), 1):
        fit, key_industry = _fit(achievement, rule.key_industries)
        yield SpotlightEntry(
            place=place,
            achievement_institution_id=achievement.institution_id,
            achievement_id=achievement.achievement_id,
            achievement_version=achievement.version,
            title=_title(achievement),
            points=-order.minus_points,
            maturity=_maturity(achievement),
            fit=fit,
            key_industry=key_industry,
            evidence=_evidence(achievement),
            interest=_interest(demands),
            demands=demands,
            decided_by=_decided_by(order, after),
        )


def _decided_by(order: _Order, after: _Order | None) -> SpotlightOrder:
    if after is None:
        return SpotlightOrder.POINTS
    pairs = zip(_DECIDES, order, after, strict=True)
    return next(name for name, mine, theirs in pairs if mine != theirs)


def _passed_over(ranked: tuple[_Order, Offer]) -> PassedOver:
    order, (achievement, _) = ranked
    return PassedOver(
        achievement.institution_id, achievement.achievement_id, achievement.version, -order.minus_points
    )  # fmt: skip


def _order(offer: Offer, rule: Rule) -> _Order:
    achievement, demands = offer
    maturity, (fit, _) = _maturity(achievement), _fit(achievement, rule.key_industries)
    points = maturity * fit * _evidence(achievement) * _interest(demands)
    return _Order(-points, -demands, -maturity, achievement.ref)


def _maturity(achievement: AchievementRegistered) -> int:
    return achievement.maturity or 1


def _fit(achievement: AchievementRegistered, key_industries: Sequence[str]) -> tuple[int, str | None]:
    """The factor, and the key industry it is for; of equally near ones the first."""
    best, nearest = 0, None
    for key in key_industries:
        for code in achievement.industries:
            shared = len(shared_code(bare_code(code), bare_code(key)))
            if shared > best:
                best, nearest = shared, key
    return min(1 + best, _MOST_FIT), nearest


def _evidence(achievement: AchievementRegistered) -> int:
    return min(1 + sum(bool(right.number.strip()) for right in achievement.ip_rights), _MOST_EVIDENCE)


def _interest(demands: int) -> int:
    return min(1 + demands, _MOST_INTEREST)


def _title(achievement: AchievementRegistered) -> str:
    text = achievement.zh or achievement.en
    return "" if text is None else text.title
