"""Confidential annexes of achievements."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from schemas.records.references import AboutAchievement


@dataclass(frozen=True, slots=True)
class AnnexDeposited(AboutAchievement):
    """An institution deposits the confidential annex of an achievement, sealed."""

    submission_id: uuid.UUID
    institution_id: str
    achievement_id: str
    version: int
    deposited_at: datetime
    media_type: str
    nonce: bytes
    ciphertext: bytes
    after_erasure: int = 0


@dataclass(frozen=True, slots=True)
class AnnexGranted(AboutAchievement):
    """The owner of an achievement lets another institution read its annex."""

    submission_id: uuid.UUID
    institution_id: str
    achievement_id: str
    version: int
    granted_at: datetime
    grantee_institution_id: str
    nda: str
    until: date


@dataclass(frozen=True, slots=True)
class AnnexRevoked(AboutAchievement):
    """The owner of an achievement lets an institution read its annex no more."""

    submission_id: uuid.UUID
    institution_id: str
    achievement_id: str
    version: int
    revoked_at: datetime
    grantee_institution_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AnnexErased(AboutAchievement):
    """The owner of an achievement has its annex erased: the key is destroyed, and all grants end."""

    submission_id: uuid.UUID
    institution_id: str
    achievement_id: str
    version: int
    erased_at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnnexRead(AboutAchievement):
    """An institution reads the annex of an achievement; said before it is given the plain text."""

    reading_id: uuid.UUID
    institution_id: str
    achievement_id: str
    version: int
    reader_institution_id: str
    grant_version: int | None
    nda: str | None
    read_at: datetime
