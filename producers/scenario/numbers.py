"""Ids, amounts and days of the scenario: everything follows from the seed."""

from __future__ import annotations

import math
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from schemas.records import Money

_SCENARIO = uuid.UUID("b7a0c9d4-61f5-4f0e-8c55-2d9a3be1f6e2")
_WAN = Decimal("10000.00")


def submission_id(seed: int, *said: object) -> uuid.UUID:
    """The id of what is said; it depends on no day, so that a later run of the same seed says nothing new."""
    return uuid.uuid5(_SCENARIO, " ".join(str(part) for part in (seed, *said)))


def chance(seed: int, purpose: str) -> Random:
    """Random numbers for one purpose: drawing more for another changes nothing here."""
    return Random(f"{seed} {purpose}")


def wan(tens_of_thousands: int) -> Money:
    """So many 10,000 CNY."""
    return Money(tens_of_thousands * _WAN, "CNY")


def in_wan(money: Money) -> int:
    """The amount in 10,000 of its currency, rounded down."""
    return int(money.amount / _WAN)


def round_wan(amount: float) -> int:
    """A price as people name it: steps of 1 below 50, of 5 below 200, of 10 above."""
    step = 1 if amount < 50 else 5 if amount < 200 else 10
    return max(step, step * round(amount / step))


def between(random: Random, least: int, most: int) -> int:
    """A price in this range; its logarithm is uniform."""
    return round_wan(math.exp(random.uniform(math.log(max(1, least)), math.log(max(1, most)))))


def moment(start: datetime, day: float, random: Random) -> datetime:
    """A time in office hours of China, ``day`` days after ``start``, which is midnight UTC."""
    minutes = random.randrange(30, 9 * 60)
    return start + timedelta(days=int(day), minutes=minutes)
