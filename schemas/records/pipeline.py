"""The deal pipeline by stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from schemas.records.deals import Stage


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
