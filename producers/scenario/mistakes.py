"""What goes wrong at the senders' side, one of each kind: every one is to be refused, or kept in quarantine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from producers.scenario.numbers import chance, submission_id
from producers.scenario.rounds import Fate, Parcel, parcel
from schemas import codec
from schemas.records import AchievementRegistered, AchievementWithdrawn, DemandPosted, Money, Text

_LATER = timedelta(days=58)


def mistakes(
    achievements: Sequence[AchievementRegistered], demands: Sequence[DemandPosted], seed: int, start: datetime
) -> Iterator[Parcel]:
    """Bad submissions that look like these; and good ones that are sent twice, which does no harm."""
    random = chance(seed, "mistakes")
    later = start + _LATER
    one, other = (
        achievements[0],
        next(each for each in achievements if each.institution_id != achievements[0].institution_id),
    )
    # Through another institution's inbox.
    yield Parcel(other.institution_id, _again(one, seed, "borrowed name", later), Fate.REFUSED)
    yield parcel(replace(_again(one, seed, "negative", later), price=Money(Decimal("-50000.00"), "CNY")), Fate.REFUSED)
    yield parcel(replace(_again(one, seed, "code", later), industries=("C99",), district="990000"), Fate.REFUSED)
    # Everything wrong at once: the receipt names all of it.
    yield parcel(
        replace(
            _again(other, seed, "much", later), maturity=12, price=Money(Decimal("10.00"), "YUAN"), zh=Text(""), en=None
        ),
        Fate.REFUSED,
    )
    yield parcel(replace(_again(other, seed, "old", later), version=1), Fate.REFUSED)
    yield parcel(_unknown(other, seed, later), Fate.REFUSED)
    yield parcel(_demand_of_yesterday(demands[0], seed, later), Fate.REFUSED)
    yield parcel(replace(_demand_again(demands[1], seed, "wanted", later), matches_wanted=0), Fate.REFUSED)
    for sent_twice in (one, other, demands[0], demands[1]):
        yield parcel(sent_twice)
    yield Parcel(one.institution_id, random.randbytes(200), Fate.UNREADABLE)
    yield Parcel(other.institution_id, codec.encode(other)[:120], Fate.UNREADABLE)
    yield Parcel(demands[0].institution_id, b'{"demand_id": "D-1", "zh": {"title": "JSON, not Avro"}}', Fate.UNREADABLE)


def _again(record: AchievementRegistered, seed: int, what: str, at: datetime) -> AchievementRegistered:
    made = submission_id(seed, "mistake", what, record.achievement_id)
    return replace(record, submission_id=made, version=9, registered_at=at)


def _demand_again(record: DemandPosted, seed: int, what: str, at: datetime) -> DemandPosted:
    made = submission_id(seed, "mistake", what, record.demand_id)
    return replace(record, submission_id=made, version=9, posted_at=at)


def _unknown(record: AchievementRegistered, seed: int, at: datetime) -> AchievementWithdrawn:
    achievement_id = f"{record.institution_id.upper()}-{seed}-999"
    made = submission_id(seed, "mistake", "unknown", achievement_id)
    return AchievementWithdrawn(made, record.institution_id, achievement_id, 2, at, "编号有误。")


def _demand_of_yesterday(record: DemandPosted, seed: int, at: datetime) -> DemandPosted:
    """Its deadline was over before it was posted."""
    return replace(_demand_again(record, seed, "dates", at), deadline=(at - timedelta(days=30)).date())
