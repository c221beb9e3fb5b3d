"""The records of the market as frozen dataclasses, one for each ``.avsc`` and for each type nested in one.

A test holds them equal to the schemas: names, order, types, defaults.
"""

from __future__ import annotations

from schemas.records.annexes import (
    AnnexDeposited as AnnexDeposited,
    AnnexErased as AnnexErased,
    AnnexGranted as AnnexGranted,
    AnnexRead as AnnexRead,
    AnnexRevoked as AnnexRevoked,
)
from schemas.records.clocks import (
    ClockAction as ClockAction,
    ClockFired as ClockFired,
    ClockTicked as ClockTicked,
    Turn as Turn,
)
from schemas.records.contracts import (
    Certification as Certification,
    ContractKind as ContractKind,
    Payment as Payment,
    PaymentKind as PaymentKind,
    RevenueShare as RevenueShare,
    ShareRole as ShareRole,
    TechContract as TechContract,
)
from schemas.records.deals import (
    DealAdvanced as DealAdvanced,
    DealRole as DealRole,
    EndCause as EndCause,
    Milestone as Milestone,
    Move as Move,
    MoveHeld as MoveHeld,
    MoveRefused as MoveRefused,
    MoveReleased as MoveReleased,
    NegotiationUpdated as NegotiationUpdated,
    Stage as Stage,
    Terms as Terms,
)
from schemas.records.duplicates import (
    AchievementSketched as AchievementSketched,
    DuplicateOutcome as DuplicateOutcome,
    DuplicateResolved as DuplicateResolved,
    DuplicateRetracted as DuplicateRetracted,
    DuplicateSuspected as DuplicateSuspected,
    RepresentationChanged as RepresentationChanged,
)
from schemas.records.facts import (
    AboutFact as AboutFact,
    FactKind as FactKind,
    FactRetracted as FactRetracted,
    FactVerified as FactVerified,
)
from schemas.records.institutions import (
    AdmittedBy as AdmittedBy,
    DelegationGranted as DelegationGranted,
    DelegationRevoked as DelegationRevoked,
    InstitutionAdmitted as InstitutionAdmitted,
    InstitutionKeyRotated as InstitutionKeyRotated,
    InstitutionKind as InstitutionKind,
    InstitutionRemoved as InstitutionRemoved,
    InstitutionResumed as InstitutionResumed,
    InstitutionSuspended as InstitutionSuspended,
    TokenIssued as TokenIssued,
    TokenRevoked as TokenRevoked,
    TokenScope as TokenScope,
)
from schemas.records.ledger import (
    LedgerAccount as LedgerAccount,
    LedgerEntry as LedgerEntry,
    LedgerPosted as LedgerPosted,
)
from schemas.records.matches import (
    FIELD_PARTS as FIELD_PARTS,
    Candidate as Candidate,
    CandidateEntry as CandidateEntry,
    CandidatesChanged as CandidatesChanged,
    Factor as Factor,
    MatchProposed as MatchProposed,
    MatchRevised as MatchRevised,
    MatchWithdrawn as MatchWithdrawn,
    Reason as Reason,
    RemovedCandidate as RemovedCandidate,
    WithdrawalReason as WithdrawalReason,
    by_field as by_field,
)
from schemas.records.models import (
    ScoringModelAdopted as ScoringModelAdopted,
    ScoringModelPublished as ScoringModelPublished,
    TextWeighed as TextWeighed,
)
from schemas.records.pipeline import (
    CurrencyAmount as CurrencyAmount,
    LossCount as LossCount,
    PipelineDimension as PipelineDimension,
    PipelineMeasured as PipelineMeasured,
    PipelinePeriod as PipelinePeriod,
    PipelineWindowMeasured as PipelineWindowMeasured,
    StageCount as StageCount,
    StageFlow as StageFlow,
)
from schemas.records.policies import (
    HintCause as HintCause,
    PolicyHinted as PolicyHinted,
    PolicyHintWithdrawn as PolicyHintWithdrawn,
)
from schemas.records.quarantine import QuarantineActed as QuarantineActed, QuarantineAction as QuarantineAction
from schemas.records.receipts import (
    Fault as Fault,
    SubmissionAccepted as SubmissionAccepted,
    SubmissionKind as SubmissionKind,
    SubmissionRefused as SubmissionRefused,
)
from schemas.records.recognitions import (
    CreditRole as CreditRole,
    RecognitionClosed as RecognitionClosed,
    RecognitionEntry as RecognitionEntry,
    RegisteredAmount as RegisteredAmount,
)
from schemas.records.references import (
    AboutAchievement as AboutAchievement,
    AboutDemand as AboutDemand,
    AboutPair as AboutPair,
    AboutTwo as AboutTwo,
    LogPosition as LogPosition,
    deal_id as deal_id,
    match_id as match_id,
    reference as reference,
)
from schemas.records.register import (
    AchievementRegistered as AchievementRegistered,
    AchievementWithdrawn as AchievementWithdrawn,
    CooperationMode as CooperationMode,
    DemandPosted as DemandPosted,
    DemandWithdrawn as DemandWithdrawn,
    Disclosure as Disclosure,
    IpKind as IpKind,
    IpRight as IpRight,
    Money as Money,
    Text as Text,
)
from schemas.records.spotlights import (
    PassedOver as PassedOver,
    SpotlightChosen as SpotlightChosen,
    SpotlightEntry as SpotlightEntry,
    SpotlightOrder as SpotlightOrder,
)
from schemas.records.tasks import (
    AboutTask as AboutTask,
    Assessment as Assessment,
    Conclusion as Conclusion,
    FundAccount as FundAccount,
    FundEntry as FundEntry,
    LifeTask as LifeTask,
    PolicyProof as PolicyProof,
    PolicyRule as PolicyRule,
    Shareholding as Shareholding,
    TaskAdvanced as TaskAdvanced,
    TaskCause as TaskCause,
    TaskMove as TaskMove,
    TaskMoved as TaskMoved,
    TaskRefused as TaskRefused,
    TaskState as TaskState,
)

AnnexSubmission = AnnexDeposited | AnnexGranted | AnnexRevoked | AnnexErased
AnnexEvent = AnnexSubmission | AnnexRead
Submission = (
    AchievementRegistered
    | AchievementWithdrawn
    | DemandPosted
    | DemandWithdrawn
    | NegotiationUpdated
    | AnnexSubmission
    | FactVerified
    | FactRetracted
    | TaskMoved
)
Receipt = SubmissionAccepted | SubmissionRefused
InstitutionEvent = (
    InstitutionAdmitted
    | InstitutionSuspended
    | InstitutionResumed
    | InstitutionRemoved
    | InstitutionKeyRotated
    | TokenIssued
    | TokenRevoked
    | DelegationGranted
    | DelegationRevoked
)
DuplicateEvent = DuplicateSuspected | DuplicateRetracted | DuplicateResolved
MatchEvent = MatchProposed | MatchRevised | MatchWithdrawn
Record = (
    Submission
    | Receipt
    | MatchEvent
    | Candidate
    | CandidatesChanged
    | DealAdvanced
    | MoveHeld
    | MoveReleased
    | MoveRefused
    | ClockFired
    | LedgerPosted
    | ClockTicked
    | PipelineMeasured
    | PipelineWindowMeasured
    | ScoringModelPublished
    | ScoringModelAdopted
    | TextWeighed
    | QuarantineActed
    | SpotlightChosen
    | RecognitionClosed
    | AchievementSketched
    | DuplicateEvent
    | RepresentationChanged
    | TaskAdvanced
    | TaskRefused
    | PolicyHinted
    | PolicyHintWithdrawn
    | InstitutionEvent
    | AnnexRead
)
#: Record classes that have an ``.avsc`` of their own, by schema name.
RECORDS: dict[str, type[Record]] = {
    cls.__name__: cls
    for cls in (
        AchievementRegistered, AchievementWithdrawn, DemandPosted, DemandWithdrawn, NegotiationUpdated,
        SubmissionAccepted, SubmissionRefused, MatchProposed, MatchRevised, MatchWithdrawn,
        Candidate, CandidatesChanged, DealAdvanced, MoveHeld, MoveReleased, MoveRefused, ClockFired, LedgerPosted,
        ClockTicked,
        PipelineMeasured, PipelineWindowMeasured,
        ScoringModelPublished, ScoringModelAdopted, TextWeighed, QuarantineActed,
        InstitutionAdmitted, InstitutionSuspended, InstitutionResumed, InstitutionRemoved, InstitutionKeyRotated,
        TokenIssued, TokenRevoked, DelegationGranted, DelegationRevoked, SpotlightChosen,
        RecognitionClosed,
        AnnexDeposited, AnnexGranted, AnnexRevoked, AnnexErased, AnnexRead, FactVerified, FactRetracted,
        AchievementSketched, DuplicateSuspected, DuplicateRetracted, DuplicateResolved, RepresentationChanged,
        TaskMoved, TaskAdvanced, TaskRefused, PolicyHinted, PolicyHintWithdrawn,
    )
}  # fmt: skip # fmt: skip
#: Kind of submission by schema name: the records an institution may send.
SUBMISSIONS: dict[str, SubmissionKind] = {
    "AchievementRegistered": SubmissionKind.ACHIEVEMENT_REGISTERED,
    "AchievementWithdrawn": SubmissionKind.ACHIEVEMENT_WITHDRAWN,
    "DemandPosted": SubmissionKind.DEMAND_POSTED,
    "DemandWithdrawn": SubmissionKind.DEMAND_WITHDRAWN,
    "NegotiationUpdated": SubmissionKind.NEGOTIATION_UPDATED,
    "AnnexDeposited": SubmissionKind.ANNEX_DEPOSITED,
    "AnnexGranted": SubmissionKind.ANNEX_GRANTED,
    "AnnexRevoked": SubmissionKind.ANNEX_REVOKED,
    "AnnexErased": SubmissionKind.ANNEX_ERASED,
    "FactVerified": SubmissionKind.FACT_VERIFIED,
    "FactRetracted": SubmissionKind.FACT_RETRACTED,
    "TaskMoved": SubmissionKind.TASK_MOVED,
}
