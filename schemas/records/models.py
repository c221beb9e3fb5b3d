"""Scoring models: what is published, and what lanes follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ScoringModelPublished:
    """A scoring model is published: from now on live matches are to follow it."""

    version: str
    published_at: datetime
    comment: str
    model: bytes


@dataclass(frozen=True, slots=True)
class ScoringModelAdopted:
    """A matching lane follows a scoring model: what it tells after this, and with this, is scored by it."""

    version: str
    lane: int
    adopted_at: datetime


@dataclass(frozen=True, slots=True)
class TextWeighed:
    """What the words of an achievement or a demand weigh, for a lane that starts."""

    under: bytes
    fact: bytes
    terms: str
    weights: bytes
    fields: bytes
    sources: tuple[str, ...]
    cut: tuple[str, ...]
