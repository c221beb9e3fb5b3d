"""Who may submit, and for whom besides itself, as the events on the topic of institutions say together.

Each event was legal when it was written, for its writers go one by one and read before they write. So this only notes
what was said and judges nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from schemas.records import (
    DelegationGranted,
    DelegationRevoked,
    InstitutionAdmitted,
    InstitutionKeyRotated,
    InstitutionRemoved,
    InstitutionResumed,
    InstitutionSuspended,
    TokenIssued,
    TokenRevoked,
)


class Status(StrEnum):
    """Whether an institution may submit."""

    ADMITTED = "admitted"
    SUSPENDED = "suspended"
    REMOVED = "removed"


@dataclass(slots=True)
class Institution:
    """One institution: how it was described last, and how it stands."""

    admitted: InstitutionAdmitted
    #: When it was admitted, not merely described anew; after a removal the last time.
    admitted_at: datetime
    status: Status = Status.ADMITTED
    #: Why it is suspended or was removed.
    reason: str = ""
    key_hash: str | None = None
    #: Tokens that were not revoked, by their ids; some of them may have come to their last day.
    tokens: dict[str, TokenIssued] = field(default_factory=dict)


@dataclass(slots=True)
class Institutions:
    """All institutions and delegations up to a position in their topic."""

    known: dict[str, Institution] = field(default_factory=dict)
    #: Grants that were not revoked, by who grants and who may speak; some of them may have come to their last day.
    grants: dict[tuple[str, str], DelegationGranted] = field(default_factory=dict)
    #: Who has ever been allowed to speak for an institution.
    speakers: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: The offset after the last event that was taken in.
    position: int = 0

    def take(self, event: Any, position: int) -> None:
        """Note an event; ``position`` is the offset after it."""
        match event:
            case InstitutionAdmitted():
                self._describe(event)
            case InstitutionSuspended(institution_id=name, reason=reason):
                self.known[name].status, self.known[name].reason = Status.SUSPENDED, reason
            case InstitutionResumed(institution_id=name):
                self.known[name].status, self.known[name].reason = Status.ADMITTED, ""
            case InstitutionRemoved(institution_id=name, reason=reason):
                self.known[name].status, self.known[name].reason = Status.REMOVED, reason
                self.known[name].key_hash = None
                self.known[name].tokens.clear()
            case InstitutionKeyRotated(institution_id=name, key_hash=key_hash):
                self.known[name].key_hash = key_hash
            case TokenIssued(institution_id=name, token_id=token_id):
                self.known[name].tokens[token_id] = event
            case TokenRevoked(institution_id=name, token_id=token_id):
                del self.known[name].tokens[token_id]
            case DelegationGranted(from_institution_id=grantor, to_institution_id=speaker):
                self.grants[grantor, speaker] = event
                self.speakers[grantor].add(speaker)
            case DelegationRevoked(from_institution_id=grantor, to_institution_id=speaker):
                del self.grants[grantor, speaker]
            case _:
                raise TypeError(f"{type(event).__name__} is no event of institutions")
        self.position = position

    def status(self, institution_id: str) -> Status | None:
        """How an institution stands; ``None`` for one that was never admitted."""
        found = self.known.get(institution_id)
        return None if found is None else found.status

    def is_granted(self, grantor: str, speaker: str, day: date) -> bool:
        """Whether a grant stands by which ``speaker`` speaks for ``grantor`` on this day in China."""
        grant = self.grants.get((grantor, speaker))
        return grant is not None and (grant.until is None or day <= grant.until)

    def _describe(self, event: InstitutionAdmitted) -> None:
        before = self.known.get(event.institution_id)
        if before is None or before.status is Status.REMOVED:
            self.known[event.institution_id] = Institution(event, event.admitted_at)
        else:
            before.admitted = event
