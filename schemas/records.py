"""The records of the market as frozen dataclasses, one for each ``.avsc`` and for each type nested in one.

A test holds them equal to the schemas: names, order, types, defaults.
"""

from __future__ import annotations

import functools
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

#: Namespace of ids that are derived from other ids (RFC 4122 version 5).
_DERIVED = uuid.UUID("6f1d9a3e-5a3b-4c58-9d0e-0b7c2f7a9d11")


class CooperationMode(StrEnum):
    """How an achievement may change hands."""

    UNKNOWN = "UNKNOWN"
    ASSIGNMENT = "ASSIGNMENT"
    LICENCE_EXCLUSIVE = "LICENCE_EXCLUSIVE"
    LICENCE_SOLE = "LICENCE_SOLE"
    LICENCE_ORDINARY = "LICENCE_ORDINARY"
    EQUITY = "EQUITY"
    JOINT_DEVELOPMENT = "JOINT_DEVELOPMENT"
    SERVICE = "SERVICE"
    USE_FIRST_PAY_LATER = "USE_FIRST_PAY_LATER"


class IpKind(StrEnum):
    """Kind of intellectual property right."""

    UNKNOWN = "UNKNOWN"
    INVENTION_PATENT = "INVENTION_PATENT"
    UTILITY_MODEL = "UTILITY_MODEL"
    DESIGN_PATENT = "DESIGN_PATENT"
    SOFTWARE_COPYRIGHT = "SOFTWARE_COPYRIGHT"
    PLANT_VARIETY = "PLANT_VARIETY"
    LAYOUT_DESIGN = "LAYOUT_DESIGN"
    KNOW_HOW = "KNOW_HOW"


class Disclosure(StrEnum):
    """Who may see an achievement."""

    PUBLIC = "PUBLIC"
    PARTNERS = "PARTNERS"
    CONFIDENTIAL = "CONFIDENTIAL"


class Move(StrEnum):
    """What a party of a deal does."""

    UNKNOWN = "UNKNOWN"
    CONTACT = "CONTACT"
    START_TALKS = "START_TALKS"
    EVALUATE = "EVALUATE"
    OFFER = "OFFER"
    AGREE = "AGREE"
    CONTRACT = "CONTRACT"
    REGISTER = "REGISTER"
    DELIVER = "DELIVER"
    INDUSTRIALISE = "INDUSTRIALISE"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    END = "END"
    #: An ended deal goes on.
    REOPEN = "REOPEN"
    #: A party takes its confirmation of the terms back.
    RETRACT = "RETRACT"
    #: Money was paid under a registered contract.
    PAY = "PAY"
    #: A registered contract is changed.
    AMEND = "AMEND"
    #: A contract is undone.
    RESCIND = "RESCIND"


class Stage(StrEnum):
    """Where a deal stands."""

    UNKNOWN = "UNKNOWN"
    MATCHED = "MATCHED"
    CONTACTED = "CONTACTED"
    IN_TALKS = "IN_TALKS"
    EVALUATED = "EVALUATED"
    TERMS_AGREED = "TERMS_AGREED"
    CONTRACTED = "CONTRACTED"
    REGISTERED = "REGISTERED"
    DELIVERING = "DELIVERING"
    INDUSTRIALISED = "INDUSTRIALISED"
    PAUSED = "PAUSED"
    ENDED = "ENDED"


class EndCause(StrEnum):
    """What ended a deal."""

    UNKNOWN = "UNKNOWN"
    PARTY = "PARTY"
    EXCLUSIVELY_CONTRACTED = "EXCLUSIVELY_CONTRACTED"
    #: Nobody moved it for too long.
    EXPIRED = "EXPIRED"
    RESCINDED = "RESCINDED"


class ClockAction(StrEnum):
    """What follows when a clock strikes."""

    UNKNOWN = "UNKNOWN"
    REMIND = "REMIND"
    ESCALATE = "ESCALATE"
    CLOSE = "CLOSE"
    #: A move has waited too long for one before it.
    GIVE_UP = "GIVE_UP"


class Turn(StrEnum):
    """Whose move a deal waits for."""

    UNKNOWN = "UNKNOWN"
    OWNER = "OWNER"
    ENTERPRISE = "ENTERPRISE"
    EITHER = "EITHER"


class ContractKind(StrEnum):
    """The kinds of technical contract of the Civil Code, article 843."""

    UNKNOWN = "UNKNOWN"
    DEVELOPMENT = "DEVELOPMENT"
    TRANSFER = "TRANSFER"
    LICENCE = "LICENCE"
    CONSULTING = "CONSULTING"
    SERVICE = "SERVICE"


class ShareRole(StrEnum):
    """Why a party has a share of what is paid."""

    UNKNOWN = "UNKNOWN"
    INVENTOR = "INVENTOR"
    UNIT = "UNIT"
    BROKER = "BROKER"


class PaymentKind(StrEnum):
    """What is paid for."""

    UNKNOWN = "UNKNOWN"
    LUMP_SUM = "LUMP_SUM"
    MILESTONE = "MILESTONE"
    ROYALTY = "ROYALTY"


class LedgerAccount(StrEnum):
    """What an amount is counted under."""

    UNKNOWN = "UNKNOWN"
    RECEIVED = "RECEIVED"
    COSTS = "COSTS"
    INVENTOR = "INVENTOR"
    UNIT = "UNIT"
    BROKER = "BROKER"


class SubmissionKind(StrEnum):
    """What was submitted."""

    UNKNOWN = "UNKNOWN"
    ACHIEVEMENT_REGISTERED = "ACHIEVEMENT_REGISTERED"
    ACHIEVEMENT_WITHDRAWN = "ACHIEVEMENT_WITHDRAWN"
    DEMAND_POSTED = "DEMAND_POSTED"
    DEMAND_WITHDRAWN = "DEMAND_WITHDRAWN"
    NEGOTIATION_UPDATED = "NEGOTIATION_UPDATED"
    ANNEX_DEPOSITED = "ANNEX_DEPOSITED"
    ANNEX_GRANTED = "ANNEX_GRANTED"
    ANNEX_REVOKED = "ANNEX_REVOKED"
    ANNEX_ERASED = "ANNEX_ERASED"
    FACT_VERIFIED = "FACT_VERIFIED"
    FACT_RETRACTED = "FACT_RETRACTED"


class FactKind(StrEnum):
    """What a fact is about."""

    UNKNOWN = "UNKNOWN"
    IP_RIGHT = "IP_RIGHT"
    MATURITY = "MATURITY"
    TEST_REPORT = "TEST_REPORT"
    AWARD = "AWARD"


class InstitutionKind(StrEnum):
    """What kind of institution it is."""

    UNKNOWN = "UNKNOWN"
    UNIVERSITY = "UNIVERSITY"
    INSTITUTE = "INSTITUTE"
    ENTERPRISE = "ENTERPRISE"
    DISTRICT_OFFICE = "DISTRICT_OFFICE"
    BROKER = "BROKER"


class AdmittedBy(StrEnum):
    """Who opened the door to an institution."""

    UNKNOWN = "UNKNOWN"
    OPERATOR = "OPERATOR"
    SENDER = "SENDER"


class TokenScope(StrEnum):
    """What a token lets its bearer do over HTTPS."""

    UNKNOWN = "UNKNOWN"
    SUBMIT = "SUBMIT"
    READ = "READ"


class Factor(StrEnum):
    """What contributed to a score."""

    UNKNOWN = "UNKNOWN"
    TERM = "TERM"
    INDUSTRY = "INDUSTRY"
    MATURITY = "MATURITY"
    PLACE = "PLACE"
    BUDGET = "BUDGET"
    GATE = "GATE"
    CUT = "CUT"


class WithdrawalReason(StrEnum):
    """Why a match no longer holds."""

    UNKNOWN = "UNKNOWN"
    OUTRANKED = "OUTRANKED"
    ACHIEVEMENT_WITHDRAWN = "ACHIEVEMENT_WITHDRAWN"
    ACHIEVEMENT_REVISED = "ACHIEVEMENT_REVISED"
    ACHIEVEMENT_EXPIRED = "ACHIEVEMENT_EXPIRED"
    ACHIEVEMENT_CONTRACTED = "ACHIEVEMENT_CONTRACTED"
    DEMAND_WITHDRAWN = "DEMAND_WITHDRAWN"
    DEMAND_REVISED = "DEMAND_REVISED"
    DEMAND_EXPIRED = "DEMAND_EXPIRED"
    MODEL_CHANGED = "MODEL_CHANGED"
    #: It is suspected to be, or is, the same as another one that stands in matches for both.
    DUPLICATE = "DUPLICATE"


class DuplicateOutcome(StrEnum):
    """What a person has decided about two achievements."""

    UNKNOWN = "UNKNOWN"
    MERGE = "MERGE"
    DISTINCT = "DISTINCT"


class QuarantineAction(StrEnum):
    """What was done with a record in quarantine."""

    UNKNOWN = "UNKNOWN"
    REPAIRED = "REPAIRED"
    REPLAYED = "REPLAYED"
    DROPPED = "DROPPED"


#: Parts that a term's contribution is divided into by fields; halves to sixths, eighths and tenths of it come out even.
FIELD_PARTS = 240


def by_field(contribution: float, in_title: int, in_keywords: int) -> dict[str, float]:
    """What title, keywords and abstract account for in a term's contribution, those that do; they sum to it.

    Nothing where a reason does not tell its fields.
    """
    if in_title < 0 or in_keywords < 0:
        return {}
    parts = {"title": in_title, "keywords": in_keywords, "abstract": FIELD_PARTS - in_title - in_keywords}
    return {field: contribution * part / FIELD_PARTS for field, part in parts.items() if part}


def reference(institution_id: str, local_id: str) -> str:
    """The register-wide name of an institution's record: ``institution/id``, also its Kafka key."""
    return f"{institution_id}/{local_id}"


def match_id(demand_ref: str, achievement_ref: str) -> uuid.UUID:
    """The id of the match of a demand and an achievement, derived from both references.

    They are joined by a control character, which no id may hold: a space could be part of either.
    """
    return uuid.uuid5(_DERIVED, f"match\x1f{demand_ref}\x1f{achievement_ref}")


@functools.lru_cache(maxsize=512)
def deal_id(achievement_ref: str, demand_ref: str) -> uuid.UUID:
    """The id of the deal over an achievement for a demand, derived from both references."""
    return uuid.uuid5(_DERIVED, f"deal\x1f{achievement_ref}\x1f{demand_ref}")


@dataclass(frozen=True, slots=True)
class Text:
    """Words in one language."""

    title: str
    abstract: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency; never a float."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class IpRight:
    """One intellectual property right."""

    kind: IpKind
    number: str = ""


class AboutAchievement:
    """Mixin of records that name an achievement of the speaking institution."""

    __slots__ = ()
    institution_id: str
    achievement_id: str

    @property
    def ref(self) -> str:
        """``institution/achievement``: the Kafka key."""
        return reference(self.institution_id, self.achievement_id)


class AboutDemand:
    """Mixin of records that name a demand of the speaking institution."""

    __slots__ = ()
    institution_id: str
    demand_id: str

    @property
    def ref(self) -> str:
        """``institution/demand``: the Kafka key."""
        return reference(self.institution_id, self.demand_id)


class AboutPair:
    """Mixin of records that name both an achievement and a demand."""

    __slots__ = ()
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str

    @property
    def achievement_ref(self) -> str:
        """``institution/achievement``."""
        return reference(self.achievement_institution_id, self.achievement_id)

    @property
    def demand_ref(self) -> str:
        """``institution/demand``."""
        return reference(self.demand_institution_id, self.demand_id)


class AboutTwo:
    """Mixin of records that name two achievements; the first has the smaller reference."""

    __slots__ = ()
    first_institution_id: str
    first_achievement_id: str
    second_institution_id: str
    second_achievement_id: str

    @property
    def pair(self) -> tuple[str, str]:
        """Both references, the smaller one first."""
        return (
            reference(self.first_institution_id, self.first_achievement_id),
            reference(self.second_institution_id, self.second_achievement_id),
        )


@dataclass(frozen=True, slots=True)
class AchievementRegistered(AboutAchievement):
    """An institution registers an achievement, or a new version of one."""

    submission_id: uuid.UUID
    institution_id: str
    achievement_id: str
    version: int
    registered_at: datetime
    zh: Text | None = None
    en: Text | None = None
    owners: tuple[str, ...] = ()
    maturity: int | None = None
    ip_rights: tuple[IpRight, ...] = ()
    industries: tuple[str, ...] = ()
    modes: tuple[CooperationMode, ...] = ()
    price: Money | None = None
    district: str | None = None
    territories: tuple[str, ...] = ()
    valid_until: date | None = None
    disclosure: Disclosure = Disclosure.PUBLIC


@dataclass(frozen=True, slots=True)
class AchievementWithdrawn(AboutAchievement):
    """An institution takes an achievement off the market."""

    submission_id: uuid.UUID
    institution_id: str
    achievement_id: str
    version: int
    withdrawn_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DemandPosted(AboutDemand):
    """An institution posts an enterprise's technology demand, or a new version of one."""

    submission_id: uuid.UUID
    institution_id: str
    demand_id: str
    version: int
    posted_at: datetime
    enterprise: str | None = None
    zh: Text | None = None
    en: Text | None = None
    industries: tuple[str, ...] = ()
    maturity_wanted: int | None = None
    modes: tuple[CooperationMode, ...] = ()
    budget: Money | None = None
    deadline: date | None = None
    district: str | None = None
    matches_wanted: int | None = None


@dataclass(frozen=True, slots=True)
class DemandWithdrawn(AboutDemand):
    """An institution closes a demand."""

    submission_id: uuid.UUID
    institution_id: str
    demand_id: str
    version: int
    withdrawn_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Milestone:
    """What is to be reached on the way."""

    title: str
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the parties offer or agree."""

    mode: CooperationMode
    price: Money
    territories: tuple[str, ...] = ()
    period_months: int | None = None
    milestones: tuple[Milestone, ...] = ()
    royalty_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RevenueShare:
    """What one party gets of what is paid for technology: its parts of the sum of all parts."""

    role: ShareRole
    party: str
    parts: int


@dataclass(frozen=True, slots=True)
class TechContract:
    """A technical contract as the registration office has registered it."""

    registration_number: str
    kind: ContractKind
    signed_on: date
    registered_on: date
    amount: Money
    non_technical: Decimal
    shares: tuple[RevenueShare, ...]

    @property
    def technical_amount(self) -> Decimal:
        """What is paid for technology: equipment, instruments, parts and material left out."""
        return self.amount.amount - self.non_technical


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that was paid under a contract."""

    kind: PaymentKind
    amount: Money
    paid_on: date
    evidence: str


@dataclass(frozen=True, slots=True)
class NegotiationUpdated(AboutPair):
    """One party of a deal says what it does next."""

    submission_id: uuid.UUID
    institution_id: str
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    sequence: int
    move: Move
    moved_at: datetime
    terms: Terms | None = None
    reason: str = ""
    contract: TechContract | None = None
    payment: Payment | None = None


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


class AboutFact:
    """Mixin of records that name a fact of the institution that verified it."""

    __slots__ = ()
    institution_id: str
    fact_id: str

    @property
    def ref(self) -> str:
        """``institution/fact``: the Kafka key."""
        return reference(self.institution_id, self.fact_id)


@dataclass(frozen=True, slots=True)
class FactVerified(AboutFact):
    """An institution that is not the owner verified a fact about an achievement, by evidence."""

    submission_id: uuid.UUID
    institution_id: str
    fact_id: str
    version: int
    verified_at: datetime
    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    kind: FactKind
    statement: str
    evidence: str

    @property
    def achievement_ref(self) -> str:
        """``institution/achievement``."""
        return reference(self.achievement_institution_id, self.achievement_id)


@dataclass(frozen=True, slots=True)
class FactRetracted(AboutFact):
    """An institution takes back a fact that it verified."""

    submission_id: uuid.UUID
    institution_id: str
    fact_id: str
    version: int
    retracted_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule: where, which, what was there, what to do."""

    field: str
    rule: str
    value: str
    repair: str


@dataclass(frozen=True, slots=True)
class SubmissionAccepted:
    """The final receipt of a submission that was registered."""

    submission_id: uuid.UUID
    institution_id: str
    kind: SubmissionKind
    subject_id: str
    version: int
    register_topic: str
    register_partition: int
    register_offset: int
    submitted_at: datetime
    on_behalf_of: str | None
    institutions_position: int | None


@dataclass(frozen=True, slots=True)
class SubmissionRefused:
    """The final receipt of a submission that was refused, with every reason."""

    submission_id: uuid.UUID
    institution_id: str
    kind: SubmissionKind
    subject_id: str
    version: int
    faults: tuple[Fault, ...]
    submitted_at: datetime
    on_behalf_of: str | None
    institutions_position: int | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One contribution to a score."""

    factor: Factor
    detail: str
    contribution: float
    in_title: int
    in_keywords: int

    @property
    def fields(self) -> dict[str, float]:
        """What title, keywords and abstract account for."""
        return by_field(self.contribution, self.in_title, self.in_keywords)


@dataclass(frozen=True, slots=True)
class MatchProposed(AboutPair):
    """An achievement came among a demand's best."""

    match_id: uuid.UUID
    demand_institution_id: str
    demand_id: str
    demand_version: int
    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    demand_title: str
    achievement_title: str
    industries: tuple[str, ...]
    maturity: int | None
    achievement_district: str | None
    demand_district: str | None
    score: float
    model_version: str
    reasons: tuple[Reason, ...]
    caused_at: datetime


@dataclass(frozen=True, slots=True)
class MatchRevised(MatchProposed):
    """A match still holds, with another score, version or reasons."""


@dataclass(frozen=True, slots=True)
class MatchWithdrawn(AboutPair):
    """A match no longer holds."""

    match_id: uuid.UUID
    demand_institution_id: str
    demand_id: str
    demand_version: int
    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    demand_title: str
    achievement_title: str
    industries: tuple[str, ...]
    maturity: int | None
    achievement_district: str | None
    demand_district: str | None
    reason: WithdrawalReason
    caused_at: datetime


@dataclass(frozen=True, slots=True)
class Candidate(AboutPair):
    """One achievement that may become a match of a demand; the state of the ranking lane."""

    demand_institution_id: str
    demand_id: str
    demand_version: int
    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    demand_title: str
    achievement_title: str
    industries: tuple[str, ...]
    maturity: int | None
    achievement_district: str | None
    demand_district: str | None
    score: float
    model_version: str
    reasons: tuple[Reason, ...]
    matches_wanted: int


@dataclass(frozen=True, slots=True)
class CandidateEntry:
    """One achievement in a lane's list: what ranks it, and all that is told of it once it is live."""

    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    demand_version: int
    score: float
    candidate: bytes

    @property
    def achievement_ref(self) -> str:
        """``institution/achievement``."""
        return reference(self.achievement_institution_id, self.achievement_id)


@dataclass(frozen=True, slots=True)
class RemovedCandidate:
    """One achievement that left a matching lane's list."""

    achievement_institution_id: str
    achievement_id: str
    reason: WithdrawalReason

    @property
    def achievement_ref(self) -> str:
        """``institution/achievement``."""
        return reference(self.achievement_institution_id, self.achievement_id)


@dataclass(frozen=True, slots=True)
class CandidatesChanged:
    """What one matching lane now holds for one demand: the entries that changed since its last word."""

    demand_institution_id: str
    demand_id: str
    lane: int
    matches_wanted: int
    entries: tuple[CandidateEntry, ...]
    removed: tuple[RemovedCandidate, ...]
    caused_at: datetime

    @property
    def demand_ref(self) -> str:
        """``institution/demand``: the Kafka key."""
        return reference(self.demand_institution_id, self.demand_id)


@dataclass(frozen=True, slots=True)
class DealAdvanced(AboutPair):
    """A deal after a move; the whole of its present state."""

    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    move: Move
    by: str
    sequence: int
    stage: Stage
    resume_to: Stage | None
    terms: Terms | None
    terms_version: int
    reason: str
    moved_at: datetime
    submission_id: uuid.UUID
    is_evaluated: bool
    owner_confirmed: int | None
    enterprise_confirmed: int | None
    reopen_to: Stage | None
    end_cause: EndCause | None
    contract: TechContract | None
    contract_version: int
    payment: Payment | None
    paid: Decimal | None


@dataclass(frozen=True, slots=True)
class MoveHeld(AboutPair):
    """A move came before its turn; it waits for those before it."""

    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    move: Move
    by: str
    sequence: int
    expected: int
    terms: Terms | None
    reason: str
    moved_at: datetime
    submission_id: uuid.UUID
    contract: TechContract | None
    payment: Payment | None


@dataclass(frozen=True, slots=True)
class MoveReleased(AboutPair):
    """A move waits no longer: its turn came, or its deal can go on no more. What became of it is told beside."""

    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    by: str
    sequence: int
    submission_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class MoveRefused(AboutPair):
    """A move was against the table or a guard; the deal stands as it stood."""

    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    move: Move
    by: str
    sequence: int
    stage: Stage
    faults: tuple[Fault, ...]
    moved_at: datetime
    submission_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ClockFired(AboutPair):
    """A clock over a deal struck: nobody moved it for so long, or a move waited too long for one before it."""

    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    stage: Stage
    sequence: int
    action: ClockAction
    turn: Turn
    begun_on: date
    working_days: int
    due_at: datetime
    fired_at: datetime
    is_calendar_published: bool
    negotiations_position: int


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An amount on one account: positive on the debit side, negative on the credit side."""

    account: LedgerAccount
    party: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LedgerPosted(AboutPair):
    """What a payment gives to whom under one version of a contract, or that posting taken back."""

    deal_id: uuid.UUID
    achievement_institution_id: str
    achievement_id: str
    demand_institution_id: str
    demand_id: str
    move: Move
    sequence: int
    payment_sequence: int
    contract_version: int
    is_reversal: bool
    currency: str
    entries: tuple[LedgerEntry, ...]
    posted_at: datetime
    submission_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ClockTicked:
    """Time went on: what the processors take for now."""

    now: datetime


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
class QuarantineActed:
    """A person acted on a record in quarantine: repaired it, replayed it or dropped it."""

    quarantine_topic: str
    quarantine_partition: int
    quarantine_offset: int
    action: QuarantineAction
    acted_at: datetime
    acted_by: str
    reason: str
    sent_to: str | None
    submission_id: uuid.UUID | None
    repaired: bytes | None


class SpotlightOrder(StrEnum):
    """What puts an achievement before the next one."""

    UNKNOWN = "UNKNOWN"
    POINTS = "POINTS"
    DEMANDS = "DEMANDS"
    MATURITY = "MATURITY"
    REFERENCE = "REFERENCE"


@dataclass(frozen=True, slots=True)
class SpotlightEntry:
    """One achievement of a list, with what its points are the product of."""

    place: int
    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    title: str
    points: int
    maturity: int
    fit: int
    key_industry: str | None
    evidence: int
    interest: int
    demands: int
    decided_by: SpotlightOrder


@dataclass(frozen=True, slots=True)
class PassedOver:
    """One that would stand in the list, had its institution not enough there already."""

    achievement_institution_id: str
    achievement_id: str
    achievement_version: int
    points: int


@dataclass(frozen=True, slots=True)
class LogPosition:
    """How far a partition was read: to before ``position``."""

    topic: str
    partition: int
    position: int


@dataclass(frozen=True, slots=True)
class SpotlightChosen:
    """The achievements that a session announces, with everything that the choice follows from."""

    session: str
    chosen_at: datetime
    chosen_by: str
    count: int
    quota: int
    key_industries: tuple[str, ...]
    positions: tuple[LogPosition, ...]
    entries: tuple[SpotlightEntry, ...]
    passed_over: tuple[PassedOver, ...]


class CreditRole(StrEnum):
    """What a party is credited as."""

    UNKNOWN = "UNKNOWN"
    OWNER = "OWNER"
    ENTERPRISE = "ENTERPRISE"
    INTERMEDIARY = "INTERMEDIARY"
    BROKER = "BROKER"


@dataclass(frozen=True, slots=True)
class RegisteredAmount:
    """Technical-transaction amounts of registered contracts, summed up in one currency."""

    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class RecognitionEntry:
    """What one party is credited with in one role: how often for each kind, and the points."""

    party: str
    role: CreditRole
    mined: int
    matched: int
    met: int
    closed: int
    registered: int
    registered_amounts: tuple[RegisteredAmount, ...]
    points: int


@dataclass(frozen=True, slots=True)
class RecognitionClosed:
    """A season's credit is closed, with everything that it follows from; of a season the first one counts."""

    season: str
    closed_at: datetime
    closed_by: str
    rules_version: str
    positions: tuple[LogPosition, ...]
    entries: tuple[RecognitionEntry, ...]


@dataclass(frozen=True, slots=True)
class AchievementSketched(AboutAchievement):
    """What is compared of a registered achievement to find duplicates."""

    institution_id: str
    achievement_id: str
    version: int
    is_confidential: bool
    numbers: tuple[str, ...]
    zh: bytes
    en: bytes


@dataclass(frozen=True, slots=True)
class DuplicateSuspected(AboutTwo):
    """Achievements of two institutions may be one and the same."""

    first_institution_id: str
    first_achievement_id: str
    first_version: int
    second_institution_id: str
    second_achievement_id: str
    second_version: int
    numbers: tuple[str, ...]
    similarity: float
    by_text: bool
    evident_at: datetime


@dataclass(frozen=True, slots=True)
class DuplicateRetracted(AboutTwo):
    """Achievements are suspected no longer: the evidence is gone."""

    first_institution_id: str
    first_achievement_id: str
    second_institution_id: str
    second_achievement_id: str
    caused_at: datetime


@dataclass(frozen=True, slots=True)
class DuplicateResolved(AboutTwo):
    """A person has decided about two achievements; the last decision about them holds."""

    first_institution_id: str
    first_achievement_id: str
    first_version: int
    second_institution_id: str
    second_achievement_id: str
    second_version: int
    outcome: DuplicateOutcome
    owners: tuple[str, ...]
    decided_at: datetime
    decided_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class RepresentationChanged(AboutAchievement):
    """From now on another achievement stands in matches for this one, or none does any more."""

    institution_id: str
    achievement_id: str
    by_institution_id: str | None
    by_achievement_id: str | None
    caused_at: datetime

    @property
    def by_ref(self) -> str | None:
        """The one that stands for it; ``None`` where it stands for itself."""
        if self.by_institution_id is None or self.by_achievement_id is None:
            return None
        return reference(self.by_institution_id, self.by_achievement_id)


@dataclass(frozen=True, slots=True)
class InstitutionAdmitted:
    """An institution may submit from now on, or is described anew."""

    institution_id: str
    name_zh: str | None
    name_en: str | None
    kind: InstitutionKind
    district: str | None
    by: AdmittedBy
    admitted_at: datetime


@dataclass(frozen=True, slots=True)
class InstitutionSuspended:
    """An institution may submit nothing until it is resumed; what it has registered stays."""

    institution_id: str
    reason: str
    suspended_at: datetime


@dataclass(frozen=True, slots=True)
class InstitutionResumed:
    """An institution that was suspended may submit again."""

    institution_id: str
    resumed_at: datetime


@dataclass(frozen=True, slots=True)
class InstitutionRemoved:
    """An institution may submit nothing any more; its topics and what it has registered stay."""

    institution_id: str
    reason: str
    removed_at: datetime


@dataclass(frozen=True, slots=True)
class InstitutionKeyRotated:
    """An institution has a new key; the one before is worth nothing any more."""

    institution_id: str
    key_hash: str
    rotated_at: datetime


@dataclass(frozen=True, slots=True)
class TokenIssued:
    """An institution has one more token for the intake over HTTPS."""

    institution_id: str
    token_id: str
    token_hash: str
    scopes: tuple[TokenScope, ...]
    about: str
    until: date | None
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class TokenRevoked:
    """A token is worth nothing any more."""

    institution_id: str
    token_id: str
    revoked_at: datetime


@dataclass(frozen=True, slots=True)
class DelegationGranted:
    """An institution lets another one speak for it, through that one's own inbox."""

    from_institution_id: str
    to_institution_id: str
    until: date | None
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class DelegationRevoked:
    """An institution does not let another one speak for it any more."""

    from_institution_id: str
    to_institution_id: str
    revoked_at: datetime


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
    | ScoringModelPublished
    | ScoringModelAdopted
    | QuarantineActed
    | SpotlightChosen
    | RecognitionClosed
    | AchievementSketched
    | DuplicateEvent
    | RepresentationChanged
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
        PipelineMeasured,
        ScoringModelPublished, ScoringModelAdopted, QuarantineActed,
        InstitutionAdmitted, InstitutionSuspended, InstitutionResumed, InstitutionRemoved, InstitutionKeyRotated,
        TokenIssued, TokenRevoked, DelegationGranted, DelegationRevoked, SpotlightChosen,
        RecognitionClosed,
        AnnexDeposited, AnnexGranted, AnnexRevoked, AnnexErased, AnnexRead, FactVerified, FactRetracted,
        AchievementSketched, DuplicateSuspected, DuplicateRetracted, DuplicateResolved, RepresentationChanged,
    )
}  # fmt: skip
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
}
