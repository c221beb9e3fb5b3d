"""The topics folded in memory, from their beginning: what the tables should say, without the read model's own code."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from consumers.column_types import storable
from consumers.store import Place
from schemas import codec
from schemas.errors import Unreadable
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    AnnexDeposited,
    AnnexErased,
    AnnexGranted,
    AnnexRead,
    AnnexRevoked,
    ClockAction,
    ClockFired,
    DealAdvanced,
    DelegationGranted,
    DelegationRevoked,
    DemandPosted,
    DemandWithdrawn,
    DuplicateResolved,
    DuplicateRetracted,
    DuplicateSuspected,
    FactRetracted,
    FactVerified,
    InstitutionAdmitted,
    InstitutionKeyRotated,
    InstitutionRemoved,
    InstitutionResumed,
    InstitutionSuspended,
    LedgerPosted,
    MatchProposed,
    MatchRevised,
    MatchWithdrawn,
    MoveHeld,
    MoveRefused,
    MoveReleased,
    PipelineWindowMeasured,
    QuarantineActed,
    Receipt,
    RecognitionClosed,
    Record,
    RepresentationChanged,
    SubmissionAccepted,
    SubmissionRefused,
    TokenIssued,
    TokenRevoked,
)

Standing = tuple[Record | None, Record | None]


@dataclass(slots=True)
class Expected:
    """What the tables should hold. The registers hold the last registration and the withdrawal after it, if any."""

    quarantine_topic: str
    achievements: dict[tuple[str, str], Standing] = field(default_factory=dict)
    demands: dict[tuple[str, str], Standing] = field(default_factory=dict)
    matches: dict[uuid.UUID, MatchProposed] = field(default_factory=dict)
    deals: dict[uuid.UUID, DealAdvanced] = field(default_factory=dict)
    held_moves: dict[tuple[uuid.UUID, int], MoveHeld] = field(default_factory=dict)
    deal_clocks: dict[tuple[uuid.UUID, int, ClockAction, date], ClockFired] = field(default_factory=dict)
    refusals: dict[tuple[str, uuid.UUID], MoveRefused] = field(default_factory=dict)
    receipts: dict[tuple[str, uuid.UUID], Receipt] = field(default_factory=dict)
    #: Coordinates in the quarantine topic → coordinates of the record that lies there, and what was last done with it.
    origins: dict[tuple[int, int], tuple[str, int, int]] = field(default_factory=dict)
    acts: dict[tuple[int, int], QuarantineActed] = field(default_factory=dict)
    institutions: dict[str, dict[str, Any]] = field(default_factory=dict)
    delegations: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    facts: dict[tuple[str, str], Standing] = field(default_factory=dict)
    annexes: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    annex_grants: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    annex_readings: dict[uuid.UUID, AnnexRead] = field(default_factory=dict)
    #: By the institution and the id of the first, then of the second.
    duplicate_suspicions: dict[tuple[str, ...], DuplicateSuspected] = field(default_factory=dict)
    duplicate_decisions: dict[tuple[str, ...], DuplicateResolved] = field(default_factory=dict)
    representations: dict[tuple[str, str], RepresentationChanged] = field(default_factory=dict)
    pipeline_windows: dict[tuple[str, date, str, str], PipelineWindowMeasured] = field(default_factory=dict)
    ledger_postings: dict[tuple[uuid.UUID, int, int, bool], LedgerPosted] = field(default_factory=dict)
    recognitions: dict[str, RecognitionClosed] = field(default_factory=dict)
    differences: list[Mapping[str, object]] = field(default_factory=list)
    #: After the last record folded, by partition.
    ends: dict[Place, int] = field(default_factory=dict)

    def take(self, record: Any) -> None:
        """Folds one record of Kafka; one that cannot be read is a difference."""
        self.ends[Place(record.topic, record.partition)] = record.offset + 1
        if record.topic == self.quarantine_topic:
            self.origins[record.partition, record.offset] = origin(record.headers)
            return
        try:
            said = codec.decode(record.value)
        except Unreadable as error:
            self._differs(record, str(error))
            return
        fold = _FOLDS.get(type(said))
        if fold is None:
            self._differs(record, f"{type(said).__name__} has no place in this topic")
        else:
            fold(self, said)

    @property
    def quarantine(self) -> dict[tuple[int, int], tuple[tuple[str, int, int], QuarantineActed | None]]:
        """Every record in quarantine: where it came from, and the last act about it."""
        return {place: (came_from, self.acts.get(place)) for place, came_from in self.origins.items()}

    def register(self, standings: dict[tuple[str, str], Standing], said: Any, key: tuple[str, str]) -> None:
        """A registration opens, a withdrawal closes and keeps what was said."""
        withdrawn = isinstance(said, AchievementWithdrawn | DemandWithdrawn | FactRetracted)
        standings[key] = (standings.get(key, (None, None))[0], said) if withdrawn else (said, None)

    def answer(self, said: Receipt) -> None:
        """A receipt is final: another one that says something else is a difference."""
        key = (said.institution_id, said.submission_id)
        before = self.receipts.setdefault(key, said)
        if before != said:
            self.differences.append(
                {"table": "receipts", "key": "/".join(map(str, key)), "what": "two receipts that differ"}
            )
            self.receipts[key] = said

    def admit(self, said: InstitutionAdmitted) -> None:
        """An institution as it is described last; admission ends a removal and no suspension."""
        before = self.institutions.get(said.institution_id, {})
        self.institutions[said.institution_id] = _NOTHING_SAID | before | _columns(said) | {
            "admitted_by": said.by, "removed_at": None, "removal_reason": None,
        }  # fmt: skip

    def of_institution(self, institution_id: str, **columns: Any) -> None:
        """Something that happened to an institution that is known."""
        self.institutions[institution_id] |= columns

    def delegate(self, said: DelegationGranted | DelegationRevoked) -> None:
        """A grant begins anew, or ends and keeps what was granted."""
        pair = said.from_institution_id, said.to_institution_id
        before = self.delegations[pair] if isinstance(said, DelegationRevoked) else {"revoked_at": None}
        self.delegations[pair] = before | _columns(said)

    def deposit(self, said: AnnexDeposited) -> None:
        """An annex as it was deposited last; an erasure before it stays told."""
        row = self.annexes.setdefault((said.institution_id, said.achievement_id), {})
        row |= {"version": said.version, "media_type": said.media_type, "after_erasure": said.after_erasure}
        row |= {"sealed_bytes": len(said.ciphertext), "deposited_at": said.deposited_at}

    def erase(self, said: AnnexErased) -> None:
        """What was deposited stays told, and that it is erased."""
        row = self.annexes.setdefault((said.institution_id, said.achievement_id), {})
        row |= {"erased_version": said.version, "erased_at": said.erased_at}
        row |= {"erased_by": said.by, "erasure_reason": said.reason}

    def permit(self, said: AnnexGranted | AnnexRevoked) -> None:
        """A grant begins anew, or ends and keeps what was granted."""
        row = self.annex_grants.setdefault((said.institution_id, said.achievement_id, said.grantee_institution_id), {})
        if isinstance(said, AnnexRevoked):
            row |= {"revoked_at": said.revoked_at, "revocation_reason": said.reason}
            return
        row |= {"version": said.version, "nda": said.nda, "until": said.until, "granted_at": said.granted_at}
        row |= {"revoked_at": None, "revocation_reason": None}

    def represent(self, said: RepresentationChanged) -> None:
        """Another one stands for an achievement, or none does any more."""
        self.representations[said.institution_id, said.achievement_id] = said
        if said.by_ref is None:
            del self.representations[said.institution_id, said.achievement_id]

    def window(self, said: PipelineWindowMeasured) -> None:
        """A window as it was told last; one that is empty now is none."""
        key = said.period, said.begins_on, said.dimension, storable(said.value)
        self.pipeline_windows[key] = said
        if not said.stages:
            del self.pipeline_windows[key]

    def _differs(self, record: Any, what: str) -> None:
        at = f"{record.topic}[{record.partition}] at offset {record.offset}"
        self.differences.append({"table": "topics", "key": at, "what": what})


_STANDS_FREE: Mapping[str, None] = {"suspended_at": None, "suspension_reason": None}
_NOTHING_SAID: dict[str, Any] = {**_STANDS_FREE, "key_rotated_at": None}


def _both(said: DuplicateSuspected | DuplicateRetracted | DuplicateResolved) -> tuple[str, ...]:
    first = said.first_institution_id, said.first_achievement_id
    return *first, said.second_institution_id, said.second_achievement_id


def _columns(said: Any) -> dict[str, Any]:
    return {name: getattr(said, name) for name in said.__dataclass_fields__ if name != "by"}


_FOLDS: Mapping[type, Callable[[Expected, Any], object]] = {
    AchievementRegistered: lambda to, r: to.register(to.achievements, r, (r.institution_id, r.achievement_id)),
    AchievementWithdrawn: lambda to, r: to.register(to.achievements, r, (r.institution_id, r.achievement_id)),
    DemandPosted: lambda to, r: to.register(to.demands, r, (r.institution_id, r.demand_id)),
    DemandWithdrawn: lambda to, r: to.register(to.demands, r, (r.institution_id, r.demand_id)),
    MatchProposed: lambda to, r: to.matches.__setitem__(r.match_id, r),
    MatchRevised: lambda to, r: to.matches.__setitem__(r.match_id, r),
    MatchWithdrawn: lambda to, r: to.matches.pop(r.match_id, None),
    DealAdvanced: lambda to, r: to.deals.__setitem__(r.deal_id, r),
    MoveHeld: lambda to, r: to.held_moves.__setitem__((r.deal_id, r.sequence), r),
    MoveReleased: lambda to, r: to.held_moves.pop((r.deal_id, r.sequence), None),
    ClockFired: lambda to, r: to.deal_clocks.__setitem__((r.deal_id, r.sequence, r.action, r.begun_on), r),
    MoveRefused: lambda to, r: to.refusals.__setitem__((r.by, r.submission_id), r),
    SubmissionAccepted: Expected.answer,
    SubmissionRefused: Expected.answer,
    QuarantineActed: lambda to, r: to.acts.__setitem__((r.quarantine_partition, r.quarantine_offset), r),
    InstitutionAdmitted: Expected.admit,
    InstitutionSuspended: lambda to, r: to.of_institution(
        r.institution_id, suspended_at=r.suspended_at, suspension_reason=r.reason
    ),
    InstitutionResumed: lambda to, r: to.of_institution(r.institution_id, **_STANDS_FREE),
    InstitutionRemoved: lambda to, r: to.of_institution(
        r.institution_id, **_NOTHING_SAID, removed_at=r.removed_at, removal_reason=r.reason
    ),
    InstitutionKeyRotated: lambda to, r: to.of_institution(r.institution_id, key_rotated_at=r.rotated_at),
    TokenIssued: lambda to, r: to.of_institution(r.institution_id),
    TokenRevoked: lambda to, r: to.of_institution(r.institution_id),
    DelegationGranted: Expected.delegate,
    DelegationRevoked: Expected.delegate,
    FactVerified: lambda to, r: to.register(to.facts, r, (r.institution_id, r.fact_id)),
    FactRetracted: lambda to, r: to.register(to.facts, r, (r.institution_id, r.fact_id)),
    AnnexDeposited: Expected.deposit,
    AnnexErased: Expected.erase,
    AnnexGranted: Expected.permit,
    AnnexRevoked: Expected.permit,
    AnnexRead: lambda to, r: to.annex_readings.__setitem__(r.reading_id, r),
    DuplicateSuspected: lambda to, r: to.duplicate_suspicions.__setitem__(_both(r), r),
    DuplicateRetracted: lambda to, r: to.duplicate_suspicions.pop(_both(r), None),
    DuplicateResolved: lambda to, r: to.duplicate_decisions.__setitem__(_both(r), r),
    RepresentationChanged: Expected.represent,
    PipelineWindowMeasured: Expected.window,
    LedgerPosted: lambda to, r: to.ledger_postings.__setitem__(
        (r.deal_id, r.sequence, r.payment_sequence, r.is_reversal), r
    ),
    RecognitionClosed: lambda to, r: to.recognitions.setdefault(r.season, r),
}


def origin(headers: Iterable[tuple[str, bytes | None]]) -> tuple[str, int, int]:
    """Where a record in quarantine came from; an empty topic where its headers do not say."""
    told = {name: (value or b"").decode(errors="replace") for name, value in headers}
    try:
        return told["techdock-topic"], int(told["techdock-partition"]), int(told["techdock-offset"])
    except (KeyError, ValueError):
        return "", -1, -1
