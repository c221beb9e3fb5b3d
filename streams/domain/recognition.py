"""Credit of institutions and brokers for what they bring about, by season, from what stands in the log.

A *deed* is the first event of its kind about an achievement or a deal, so that nothing counts twice::

    mined        an achievement is registered for the first time
    matched      the first CONTACT of a deal whose pair was a live match when it arrived
    met          the first START_TALKS of a deal
    closed       the first CONTRACT of a deal, where a contract of it holds at the season's closing
    registered   the first REGISTER of a deal, where besides it was not sent back last; its technical-transaction amount
                 is told beside

It is credited to the owner of the achievement, of a deal also to the enterprise's institution; to the intermediary
through whose inbox it was submitted on behalf of one of them; and, when registered, to each broker that the contract's
shares name. Since the rules 2026-2, where no delegation says who the intermediary was, it is the broker or the office
that made the contact or began the talks, and for the contract and its registration the brokers that the sides had
appointed when it was contracted. Nobody is credited twice for one deed: the first of these roles counts. A deal of an
institution with itself is none.

A deed belongs to the season in which it arrived in Kafka: times in events are their senders' own. What stands behind
the positions of that season's closing belongs to the first season after it that is not closed before it either.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from schemas.records import CreditRole, RecognitionEntry, RegisteredAmount
from streams.domain.deeds import Deed, DeedKind, DeedLog, Positions, is_before
from streams.domain.seasons import Season, season_of

#: Points of each kind, by version of the rules. What a season was closed under never changes: new points are a new
#: version.
POINTS: Mapping[str, Mapping[DeedKind, int]] = {
    "2026-1": {
        DeedKind.MINED: 1, DeedKind.MATCHED: 1, DeedKind.MET: 2, DeedKind.CLOSED: 5, DeedKind.REGISTERED: 10,
    },
    "2026-2": {
        DeedKind.MINED: 1, DeedKind.MATCHED: 1, DeedKind.MET: 2, DeedKind.CLOSED: 5, DeedKind.REGISTERED: 10,
    },
}  # fmt: skip
#: The version that seasons are closed under now.
RULES = "2026-2"
#: Versions that credit brokers and offices in a role of their own.
_WITH_HELPERS = frozenset({"2026-2"})
#: Where each season that is closed ended in the log.
Closings = Mapping[Season, Positions]


class Credit(NamedTuple):
    """Who is credited, as what, with which deed."""

    party: str
    role: CreditRole
    deed: Deed


@dataclass(slots=True)
class _Tally:
    counts: Counter[DeedKind] = field(default_factory=Counter)
    amounts: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def season_counting(deed: Deed, closings: Closings) -> Season:
    """The season that a deed belongs to: that of its arrival, or the next one whose closing had read it."""
    season = season_of(deed.arrived)
    while season in closings and not is_before(deed.address, closings[season]):
        season = season.following
    return season


def credits_of(
    log: DeedLog, season: Season, upto: Positions, closings: Closings, rules: str = RULES
) -> tuple[Credit, ...]:  # fmt: skip
    """All credit of a season by what the log says before ``upto``, in the order of arrival, by a version of the rules.

    ``closings`` are those of seasons that were closed, this one included or not.
    """
    before = {one: positions for one, positions in closings.items() if one != season}
    deeds = [
        deed for deed in log.deeds.values() if season_counting(deed, before) == season and log.stands(deed, upto)
    ]  # fmt: skip
    deeds.sort(key=lambda deed: (deed.arrived, deed.address))
    return tuple(
        Credit(party, role, deed)
        for deed in deeds
        for party, role in _credited(deed, _intermediaries(deed, log.intermediary(deed, upto), rules))
    )


def _intermediaries(deed: Deed, delegate: str | None, rules: str) -> tuple[str, ...]:
    if delegate is not None:
        return (delegate,)
    return deed.helpers if rules in _WITH_HELPERS else ()


def _credited(deed: Deed, intermediaries: Iterable[str]) -> Iterator[tuple[str, CreditRole]]:
    """Each party once, in the first role that it has."""
    roles: dict[str, CreditRole] = {deed.owner: CreditRole.OWNER}
    if deed.enterprise is not None:
        roles.setdefault(deed.enterprise, CreditRole.ENTERPRISE)
    for intermediary in intermediaries:
        roles.setdefault(intermediary, CreditRole.INTERMEDIARY)
    for broker in deed.brokers:
        roles.setdefault(broker, CreditRole.BROKER)
    yield from roles.items()


def entries(credited: Iterable[Credit], points: Mapping[DeedKind, int]) -> tuple[RecognitionEntry, ...]:
    """What each party has in each role: most points first, then by party and role. The order does not matter."""
    tallies: defaultdict[tuple[str, CreditRole], _Tally] = defaultdict(_Tally)
    for party, role, deed in credited:
        tally = tallies[party, role]
        tally.counts[deed.kind] += 1
        if deed.amount is not None:
            tally.amounts[deed.amount.currency] += deed.amount.amount
    found = (_entry(party, role, tally, points) for (party, role), tally in tallies.items())
    return tuple(sorted(found, key=lambda one: (-one.points, one.party, one.role)))


def _entry(party: str, role: CreditRole, tally: _Tally, points: Mapping[DeedKind, int]) -> RecognitionEntry:
    counts = tally.counts
    return RecognitionEntry(
        party=party,
        role=role,
        mined=counts[DeedKind.MINED],
        matched=counts[DeedKind.MATCHED],
        met=counts[DeedKind.MET],
        closed=counts[DeedKind.CLOSED],
        registered=counts[DeedKind.REGISTERED],
        registered_amounts=tuple(RegisteredAmount(*each) for each in sorted(tally.amounts.items())),
        points=sum(many * points[kind] for kind, many in counts.items()),
    )
