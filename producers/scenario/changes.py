"""What changes after it was said: new versions and withdrawals of achievements and demands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from random import Random

from producers.scenario.numbers import chance, in_wan, moment, round_wan, submission_id, wan
from producers.scenario.rounds import Parcel, parcel
from schemas.records import AchievementRegistered, AchievementWithdrawn, DemandPosted, DemandWithdrawn

_DAY = 55
_REVISED_ACHIEVEMENTS, _WITHDRAWN_ACHIEVEMENTS = 36, 12
_REVISED_DEMANDS, _WITHDRAWN_DEMANDS = 18, 10
_NO_LONGER_OFFERED = (
    "专利已到期，不再推广。",
    "成果已整体转让给学科性公司。",
    "Superseded by a later result of the group.",
)
_NO_LONGER_ASKED = ("企业已自行解决。", "项目取消。", "Solved with a supplier from elsewhere.")


def changes(
    achievements: Sequence[AchievementRegistered], demands: Sequence[DemandPosted], seed: int, start: datetime
) -> Iterator[Parcel]:
    """Second versions and withdrawals of some of these; give only those that no deal is about."""
    random = chance(seed, "changes")
    offered = random.sample(achievements, min(len(achievements), _REVISED_ACHIEVEMENTS + _WITHDRAWN_ACHIEVEMENTS))
    asked = random.sample(demands, min(len(demands), _REVISED_DEMANDS + _WITHDRAWN_DEMANDS))
    for achievement in offered[:_REVISED_ACHIEVEMENTS]:
        yield parcel(_revised(achievement, seed, moment(start, _DAY, random), random))
    for demand in asked[:_REVISED_DEMANDS]:
        yield parcel(_asked_anew(demand, seed, moment(start, _DAY, random), random))
    for achievement in offered[_REVISED_ACHIEVEMENTS:]:
        yield parcel(
            AchievementWithdrawn(
                submission_id(seed, "achievement", achievement.achievement_id, 2),
                achievement.institution_id,
                achievement.achievement_id,
                2,
                moment(start, _DAY + 1, random),
                random.choice(_NO_LONGER_OFFERED),
            )
        )
    for demand in asked[_REVISED_DEMANDS:]:
        yield parcel(
            DemandWithdrawn(
                submission_id(seed, "demand", demand.demand_id, 2),
                demand.institution_id,
                demand.demand_id,
                2,
                moment(start, _DAY + 1, random),
                random.choice(_NO_LONGER_ASKED),
            )
        )


def _revised(achievement: AchievementRegistered, seed: int, at: datetime, random: Random) -> AchievementRegistered:
    """A step more mature, or at another price."""
    second = replace(
        achievement,
        submission_id=submission_id(seed, "achievement", achievement.achievement_id, 2),
        version=2,
        registered_at=at,
    )
    price = achievement.price
    if price is not None and price.currency == "CNY" and random.random() < 0.5:
        return replace(second, price=wan(round_wan(in_wan(price) * random.choice((0.7, 0.8, 1.25)))))
    return replace(second, maturity=min(9, (achievement.maturity or 4) + 1))


def _asked_anew(demand: DemandPosted, seed: int, at: datetime, random: Random) -> DemandPosted:
    """With more money, or content with less maturity."""
    second = replace(demand, submission_id=submission_id(seed, "demand", demand.demand_id, 2), version=2, posted_at=at)
    if demand.budget is not None and random.random() < 0.6:
        return replace(second, budget=wan(round_wan(in_wan(demand.budget) * 1.5)))
    return replace(second, maturity_wanted=max(1, (demand.maturity_wanted or 6) - 1))
