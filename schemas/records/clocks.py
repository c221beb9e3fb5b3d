"""The clock, and what struck over deals."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from schemas.records.deals import Stage
from schemas.records.references import AboutPair


class ClockAction(StrEnum):
    """What follows when a clock strikes."""

    UNKNOWN = "UNKNOWN"
    REMIND = "REMIND"
    ESCALATE = "ESCALATE"
    CLOSE = "CLOSE"
    #: A move has waited too long for one before it.
    GIVE_UP = "GIVE_UP"


class Turn(StrEnum):
    """Whose move a deal waits for."""

    UNKNOWN = "UNKNOWN"
    OWNER = "OWNER"
    ENTERPRISE = "ENTERPRISE"
    EITHER = "EITHER"


@dataclass(frozen=True, slots=True)
class ClockFired(AboutPair):
    """A clock over a deal struck: nobody moved it for so long, or a move waited too long for one before it."""

    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    stage: Stage
    sequence: int
    action: ClockAction
    turn: Turn
    begun_on: date
    working_days: int
    due_at: datetime
    fired_at: datetime
    is_calendar_published: bool
    negotiations_position: int


@dataclass(frozen=True, slots=True)
class ClockTicked:
    """Time went on: what the processors take for now."""

    now: datetime
