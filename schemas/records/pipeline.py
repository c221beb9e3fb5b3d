"""The deal pipeline by stage, now and by week and month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from schemas.records.deals import EndCause, Stage


class PipelinePeriod(StrEnum):
    """How long a window is."""

    UNKNOWN = "UNKNOWN"
    WEEK = "WEEK"
    MONTH = "MONTH"


class PipelineDimension(StrEnum):
    """What deals are grouped by."""

    UNKNOWN = "UNKNOWN"
    ALL = "ALL"
    #: Of the demand; six digits (GB/T 2260).
    DISTRICT = "DISTRICT"
    #: That offers the achievement.
    INSTITUTION = "INSTITUTION"
    #: That posted the demand.
    ENTERPRISE = "ENTERPRISE"
    #: Each of the achievement's.
    INDUSTRY = "INDUSTRY"
    #: Each that the contract gives a share.
    BROKER = "BROKER"
    #: That announced the achievement before the deal began.
    SESSION = "SESSION"


@dataclass(frozen=True, slots=True)
class StageCount:
    """One stage of the pipeline."""

    stage: Stage
    deals: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PipelineMeasured:
    """The deal pipeline counted over all deals."""

    stages: tuple[StageCount, ...]
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class LossCount:
    """Deals that ended, by where and why."""

    stage: Stage
    cause: EndCause
    deals: int


@dataclass(frozen=True, slots=True)
class CurrencyAmount:
    """A sum in one currency."""

    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class StageFlow:
    """What happened at one stage."""

    stage: Stage
    entered: int
    amounts: tuple[CurrencyAmount, ...]
    left: int
    seconds_p50: float | None
    seconds_p90: float | None


@dataclass(frozen=True, slots=True)
class PipelineWindowMeasured:
    """What happened to deals in a week or a month, by stage, of those that have a value in common."""

    period: PipelinePeriod
    begins_on: date
    dimension: PipelineDimension
    value: str
    revision: int
    won: int
    lost: tuple[LossCount, ...]
    stages: tuple[StageFlow, ...]
