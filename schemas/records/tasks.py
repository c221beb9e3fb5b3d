"""The nine key tasks over an achievement's life: moves in them, and what became of these."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from schemas.records.receipts import Fault
from schemas.records.references import reference
from schemas.records.register import Money


class LifeTask(StrEnum):
    """One of the nine key tasks."""

    UNKNOWN = "UNKNOWN"
    MINING = "MINING"
    EVALUATION = "EVALUATION"
    MARKET_PLAYERS = "MARKET_PLAYERS"
    POLICY = "POLICY"
    INTERMEDIARY = "INTERMEDIARY"
    INCUBATION = "INCUBATION"
    APPLICATION = "APPLICATION"
    FUND = "FUND"
    PILOT_BASE = "PILOT_BASE"


class TaskMove(StrEnum):
    """What is done in a task."""

    UNKNOWN = "UNKNOWN"
    OPEN = "OPEN"
    REVISE = "REVISE"
    CLOSE = "CLOSE"
    QUALIFY = "QUALIFY"
    SUSPEND = "SUSPEND"
    COMMIT = "COMMIT"
    OFFER = "OFFER"
    REPORT = "REPORT"
    REQUEST = "REQUEST"
    INVITE = "INVITE"
    ASSIGN = "ASSIGN"
    APPLY = "APPLY"
    PROPOSE = "PROPOSE"
    BOOK = "BOOK"
    CONFIRM = "CONFIRM"
    ACCEPT = "ACCEPT"
    DECLINE = "DECLINE"
    REJECT = "REJECT"
    WITHDRAW = "WITHDRAW"
    MERGE = "MERGE"
    APPOINT = "APPOINT"
    DECLARE = "DECLARE"
    ASSESS = "ASSESS"
    CONCLUDE = "CONCLUDE"
    RESOLVE = "RESOLVE"
    COMPLETE = "COMPLETE"
    ADMIT = "ADMIT"
    ADVANCE = "ADVANCE"
    GRADUATE = "GRADUATE"
    LEAVE = "LEAVE"
    TRY = "TRY"
    USE = "USE"
    EARN = "EARN"
    APPROVE = "APPROVE"
    DRAW = "DRAW"
    REPAY = "REPAY"
    WRITE_OFF = "WRITE_OFF"
    CANCEL = "CANCEL"
    PROMOTE = "PROMOTE"
    EXPIRE = "EXPIRE"
    TAKE_BACK = "TAKE_BACK"


class TaskState(StrEnum):
    """Where a case, or the subject itself, stands."""

    UNKNOWN = "UNKNOWN"
    NONE = "NONE"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    PENDING = "PENDING"
    QUALIFIED = "QUALIFIED"
    SUSPENDED = "SUSPENDED"
    REPORTED = "REPORTED"
    CONFIRMED = "CONFIRMED"
    MERGED = "MERGED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    REQUESTED = "REQUESTED"
    CONCLUDED = "CONCLUDED"
    INVITED = "INVITED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    TAKEN_BACK = "TAKEN_BACK"
    RESOLVED = "RESOLVED"
    ASSIGNED = "ASSIGNED"
    COMPLETED = "COMPLETED"
    APPLIED = "APPLIED"
    INCUBATING = "INCUBATING"
    GROWING = "GROWING"
    GRADUATED = "GRADUATED"
    LEFT = "LEFT"
    PROPOSED = "PROPOSED"
    TRIED = "TRIED"
    IN_USE = "IN_USE"
    APPROVED = "APPROVED"
    DRAWN = "DRAWN"
    REPAID = "REPAID"
    WRITTEN_OFF = "WRITTEN_OFF"
    BOOKED = "BOOKED"
    WAITING = "WAITING"
    CANCELLED = "CANCELLED"


class TaskCause(StrEnum):
    """Why a case moved."""

    UNKNOWN = "UNKNOWN"
    PARTY = "PARTY"
    CLOCK = "CLOCK"
    QUEUE = "QUEUE"
    MATCH = "MATCH"


class FundAccount(StrEnum):
    """Where a fund's money is."""

    UNKNOWN = "UNKNOWN"
    CAPITAL = "CAPITAL"
    AVAILABLE = "AVAILABLE"
    RESERVED = "RESERVED"
    OUTSTANDING = "OUTSTANDING"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one expert finds; scores from 0 to 100, higher is better, of risk too: 100 is the least risk."""

    maturity: int
    advancement: int
    market: int
    team: int
    risk: int
    value_low: Money | None = None
    value_high: Money | None = None


@dataclass(frozen=True, slots=True)
class Shareholding:
    """Who has how much of a company."""

    holder: str
    parts: int


@dataclass(frozen=True, slots=True)
class PolicyProof:
    """What has to be shown to draw a benefit."""

    name: str
    rule: str


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """Who benefits from a policy."""

    rule: str
    benefit: str
    proofs: tuple[PolicyProof, ...] = ()


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What several experts find together: medians, so that no single one decides."""

    maturity: int
    advancement: int
    market: int
    team: int
    risk: int
    value_low: Money | None
    value_high: Money | None
    experts: tuple[str, ...]
    excluded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FundEntry:
    """One line of a fund's double entry; all lines of a move sum to nothing."""

    account: FundAccount
    amount: Decimal


class AboutTask:
    """Mixin of records that name a subject of a task, and a case in it."""

    __slots__ = ()

    subject_institution_id: str
    subject_id: str

    @property
    def subject_ref(self) -> str:
        """The subject's register-wide name."""
        return reference(self.subject_institution_id, self.subject_id)


@dataclass(frozen=True, slots=True)
class TaskMoved(AboutTask):
    """A move in one of the nine key tasks."""

    submission_id: uuid.UUID
    institution_id: str
    task: LifeTask
    subject_institution_id: str
    subject_id: str
    move: TaskMove
    moved_at: datetime
    case_id: str | None = None
    reason: str = ""
    title: str = ""
    text: str = ""
    evidence: str = ""
    achievement_institution_id: str | None = None
    achievement_id: str | None = None
    party_institution_id: str | None = None
    person: str | None = None
    amount: Money | None = None
    count: int | None = None
    maturity: int | None = None
    since: date | None = None
    until: date | None = None
    labels: tuple[str, ...] = ()
    slot_id: str | None = None
    assessment: Assessment | None = None
    shares: tuple[Shareholding, ...] = ()
    policy: PolicyRule | None = None


@dataclass(frozen=True, slots=True)
class TaskAdvanced(AboutTask):
    """A case, or a subject, after a move that counts."""

    task: LifeTask
    subject_institution_id: str
    subject_id: str
    move: TaskMove
    by: str
    cause: TaskCause
    state: TaskState
    moved_at: datetime
    submission_id: uuid.UUID
    case_id: str | None
    reason: str
    title: str
    text: str
    evidence: str
    achievement_institution_id: str | None
    achievement_id: str | None
    party_institution_id: str | None
    person: str | None
    amount: Money | None
    count: int | None
    maturity: int | None
    since: date | None
    until: date | None
    labels: tuple[str, ...]
    slot_id: str | None
    assessment: Assessment | None
    shares: tuple[Shareholding, ...]
    policy: PolicyRule | None
    conclusion: Conclusion | None
    entries: tuple[FundEntry, ...]


@dataclass(frozen=True, slots=True)
class TaskRefused(AboutTask):
    """A move in a task was against its table or a guard; all stands as it stood."""

    task: LifeTask
    subject_institution_id: str
    subject_id: str
    move: TaskMove
    by: str
    state: TaskState
    faults: tuple[Fault, ...]
    moved_at: datetime
    submission_id: uuid.UUID
    case_id: str | None
