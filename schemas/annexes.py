"""Annexes as the events on their topic say together: what lies where, and who may read it.

Admission let in only what was in order, so that this notes what was said and judges nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from schemas.days import CHINA
from schemas.records import AnnexDeposited, AnnexErased, AnnexGranted, AnnexRead, AnnexRevoked


@dataclass(frozen=True, slots=True)
class Deposit:
    """The last version of an annex; ``offset`` is its place on the topic, ``sealed_bytes`` the ciphertext's length."""

    version: int
    after_erasure: int
    media_type: str
    deposited_at: datetime
    sealed_bytes: int
    offset: int


@dataclass(slots=True)
class Annex:
    """How the annex of one achievement stands."""

    #: Version of the last act about it.
    version: int = 0
    deposit: Deposit | None = None
    #: Whether anything was ever deposited, be it erased since.
    was_deposited: bool = False
    #: The last erasure; ``None`` where it was never erased.
    erased: AnnexErased | None = None
    #: Grants that were not revoked, by who may read; some of them may have come to their last day.
    grants: dict[str, AnnexGranted] = field(default_factory=dict)
    readings: int = 0

    @property
    def erased_version(self) -> int:
        """Version of the last erasure; 0 where there was none."""
        return 0 if self.erased is None else self.erased.version

    def grant_of(self, reader: str, now: datetime) -> AnnexGranted | None:
        """The grant by which ``reader`` may read on this day in China; ``None`` without one."""
        found = self.grants.get(reader)
        return found if found is not None and now.astimezone(CHINA).date() <= found.until else None


@dataclass(slots=True)
class Annexes:
    """All annexes up to a position in their topic, by the achievement's reference."""

    known: defaultdict[str, Annex] = field(default_factory=lambda: defaultdict(Annex))
    #: The offset after the last event that was taken in.
    position: int = 0

    def take(self, event: Any, offset: int) -> None:
        """Note the event at ``offset``."""
        annex = self.known[event.ref]
        match event:
            case AnnexDeposited(version=version, after_erasure=after, media_type=media_type, deposited_at=time):
                annex.deposit = Deposit(version, after, media_type, time, len(event.ciphertext), offset)
                annex.was_deposited = True
            case AnnexGranted():
                annex.grants[event.grantee_institution_id] = event
            case AnnexRevoked():
                annex.grants.pop(event.grantee_institution_id, None)
            case AnnexErased():
                annex.deposit, annex.erased = None, event
                annex.grants.clear()
            case AnnexRead():
                annex.readings += 1
            case _:
                raise TypeError(f"{type(event).__name__} is no event of annexes")
        if not isinstance(event, AnnexRead):
            annex.version = event.version
        self.position = offset + 1

    def snapshot(self) -> Annexes:
        """The same, which stays as it is while this one goes on."""
        known = {ref: replace(annex, grants=dict(annex.grants)) for ref, annex in self.known.items()}
        return Annexes(defaultdict(Annex, known), self.position)

    def erasures(self) -> dict[str, int]:
        """The version of the last erasure of each annex that was ever erased."""
        return {ref: annex.erased.version for ref, annex in self.known.items() if annex.erased is not None}

    def deposited(self) -> set[str]:
        """The achievements of which an annex was ever deposited."""
        return {ref for ref, annex in self.known.items() if annex.was_deposited}
