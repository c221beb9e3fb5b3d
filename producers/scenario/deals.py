"""The deals of the scenario: every round of their moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from producers.scenario import scripts
from producers.scenario.moves import Talk, day, moves
from producers.scenario.numbers import chance, moment, submission_id
from producers.scenario.rounds import Parcel, Round, parcel
from schemas.records import AchievementWithdrawn


def deal_rounds(talks: Iterable[Talk], seed: int, start: datetime) -> tuple[Round, ...]:
    """What all deals have to say, round by round: one move of each deal at most."""
    parcels: dict[int, list[Parcel]] = defaultdict(list)
    for talk in talks:
        for place, move in enumerate(moves(talk, seed, start)):
            if move is not None:
                parcels[talk.first + place].append(move)
        if talk.is_overtaken:
            number = talk.first + scripts.WITHDRAWN_AT
            parcels[number].append(_withdrawal(talk, number, seed, start))
    last = max(parcels, default=0)
    return tuple(
        Round(f"deals, round {number + 1} of {last + 1}", tuple(parcels[number])) for number in sorted(parcels)
    )


def _withdrawal(talk: Talk, number: int, seed: int, start: datetime) -> Parcel:
    achievement = talk.achievement
    random = chance(seed, f"overtaken {achievement.ref}")
    return parcel(
        AchievementWithdrawn(
            submission_id=submission_id(seed, "achievement", achievement.achievement_id, 2),
            institution_id=achievement.institution_id,
            achievement_id=achievement.achievement_id,
            version=2,
            withdrawn_at=moment(start, day(number), random),
            reason="课题组决定自行产业化，暂不对外许可。",
        )
    )
