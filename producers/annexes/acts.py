"""What an owner says of an annex besides depositing it: the next act, or the reason why not."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from schemas.annexes import Annexes
from schemas.errors import Misconfigured
from schemas.records import AnnexErased, AnnexGranted, AnnexRevoked, reference


@dataclass(frozen=True, slots=True)
class Subject:
    """The achievement whose annex it is, and how all annexes stand."""

    institution_id: str
    achievement_id: str
    annexes: Annexes

    @property
    def ref(self) -> str:
        """``institution/achievement``."""
        return reference(self.institution_id, self.achievement_id)

    @property
    def next_version(self) -> int:
        """The number of the next act."""
        known = self.annexes.known.get(self.ref)
        return 1 if known is None else known.version + 1


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may read, by which agreement, until which day in China."""

    grantee: str
    nda: str
    until: date


def grant(about: Subject, wanted: Permission, now: datetime) -> AnnexGranted:
    """An institution may read the annex. Raises ``Misconfigured`` where that means nothing."""
    if wanted.grantee == about.institution_id:
        raise Misconfigured([f"{wanted.grantee} reads its own annex anyway: name another institution"])
    return AnnexGranted(
        uuid.uuid4(), about.institution_id, about.achievement_id, about.next_version, now, wanted.grantee, wanted.nda,
        wanted.until,
    )  # fmt: skip


def revoke(about: Subject, grantee: str, reason: str, now: datetime) -> AnnexRevoked:
    """An institution may read the annex no more. Raises ``Misconfigured`` where it may not now."""
    known = about.annexes.known.get(about.ref)
    if known is None or grantee not in known.grants:
        raise Misconfigured([f"no grant lets {grantee} read the annex of {about.ref}: see `techdock annex list`"])
    return AnnexRevoked(
        uuid.uuid4(), about.institution_id, about.achievement_id, about.next_version, now, grantee, reason
    )


def erase(about: Subject, by: str, reason: str, now: datetime) -> AnnexErased:
    """The annex is erased, also one of which nothing came further than the inbox."""
    return AnnexErased(uuid.uuid4(), about.institution_id, about.achievement_id, about.next_version, now, by, reason)
