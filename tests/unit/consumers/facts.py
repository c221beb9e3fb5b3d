"""Records to tell stories with: short to make, full in every field that matters."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    AdmittedBy,
    AnnexDeposited,
    AnnexErased,
    AnnexEvent,
    AnnexGranted,
    AnnexRead,
    AnnexRevoked,
    ClockAction,
    ClockFired,
    ContractKind,
    CooperationMode,
    CreditRole,
    CurrencyAmount,
    DealAdvanced,
    DelegationGranted,
    DelegationRevoked,
    DemandPosted,
    DemandWithdrawn,
    DuplicateOutcome,
    DuplicateResolved,
    DuplicateRetracted,
    DuplicateSuspected,
    EndCause,
    FactKind,
    Factor,
    FactRetracted,
    FactVerified,
    Fault,
    InstitutionAdmitted,
    InstitutionEvent,
    InstitutionKeyRotated,
    InstitutionKind,
    InstitutionRemoved,
    InstitutionResumed,
    InstitutionSuspended,
    IpKind,
    IpRight,
    LedgerAccount,
    LedgerEntry,
    LedgerPosted,
    LogPosition,
    LossCount,
    MatchProposed,
    MatchRevised,
    MatchWithdrawn,
    Milestone,
    Money,
    Move,
    MoveHeld,
    MoveRefused,
    MoveReleased,
    Payment,
    PaymentKind,
    PipelineDimension,
    PipelinePeriod,
    PipelineWindowMeasured,
    QuarantineActed,
    QuarantineAction,
    Reason,
    RecognitionClosed,
    RecognitionEntry,
    Record,
    RegisteredAmount,
    RepresentationChanged,
    RevenueShare,
    ShareRole,
    Stage,
    StageFlow,
    SubmissionAccepted,
    SubmissionKind,
    SubmissionRefused,
    TechContract,
    Terms,
    Text,
    TokenIssued,
    TokenRevoked,
    TokenScope,
    Turn,
    WithdrawalReason,
    deal_id,
    match_id,
)

DAY = datetime(2024, 5, 6, 7, 8, 9, 123456, UTC)
#: With the parts of the title and of the keywords.
_REASONS = ((Factor.TERM, "催化", 180, 0), (Factor.INDUSTRY, "C26", -1, -1))
_OPEN = Reason(Factor.GATE, "open", 0.0, -1, -1)
_SPACE = uuid.UUID(int=7)


def submission(name: str) -> uuid.UUID:
    return uuid.uuid5(_SPACE, name)


def achievement(
    name: str, version: int = 1, institution: str = "dlut", title: str = "甲醇制烯烃"
) -> AchievementRegistered:
    return AchievementRegistered(
        submission(f"{institution} {name} {version}"), institution, name, version, DAY + timedelta(days=version),
        zh=Text(f"{title} {version}", "摘要", ("催化",)), owners=("某研究组",), maturity=6,
        ip_rights=(IpRight(IpKind.INVENTION_PATENT, "ZL-1"),), industries=("C2614",), modes=(CooperationMode.EQUITY,),
        price=Money(Decimal("1234567.89"), "CNY"), district="210202", valid_until=date(2030, 1, 2),
    )  # fmt: skip


def achievement_withdrawn(name: str, version: int, institution: str = "dlut") -> AchievementWithdrawn:
    return AchievementWithdrawn(submission(f"w {name} {version}"), institution, name, version, DAY, "已转让")


def demand(name: str, version: int = 1, institution: str = "district-210202") -> DemandPosted:
    return DemandPosted(
        submission(f"{institution} {name} {version}"), institution, name, version, DAY, "某企业",
        en=Text("Catalyst wanted", "abstract", ("olefins",)), budget=Money(Decimal("5.00"), "EUR"), maturity_wanted=5,
        deadline=date(2031, 2, 3), matches_wanted=3,
    )  # fmt: skip


def demand_withdrawn(name: str, version: int, institution: str = "district-210202") -> DemandWithdrawn:
    return DemandWithdrawn(submission(f"w {name} {version}"), institution, name, version, DAY, "solved")


def proposed(demand_name: str, achievement_name: str, score: float = 0.5, caused_at: datetime = DAY) -> MatchProposed:
    achievement_ref, demand_ref = f"dlut/{achievement_name}", f"district-210202/{demand_name}"
    return MatchProposed(
        match_id(demand_ref, achievement_ref), "district-210202", demand_name, 1, "dlut", achievement_name, 1,
        "需要催化剂", "甲醇制烯烃", ("C2614", "C35"), 6, "210202", "210211", score, "m1",
        (*(Reason(factor, what, score / 2, *parts) for factor, what, *parts in _REASONS), _OPEN),
        caused_at,
    )  # fmt: skip


def revised(demand_name: str, achievement_name: str, score: float) -> MatchRevised:
    before = proposed(demand_name, achievement_name, score)
    return MatchRevised(*(getattr(before, name) for name in before.__dataclass_fields__))


def match_withdrawn(demand_name: str, achievement_name: str) -> MatchWithdrawn:
    before = proposed(demand_name, achievement_name)
    told = {name: getattr(before, name) for name in before.__dataclass_fields__}
    for name in ("score", "model_version", "reasons"):
        del told[name]
    return MatchWithdrawn(**told, reason=WithdrawalReason.OUTRANKED)


def deal(name: str, sequence: int, stage: Stage, amount: str | None = None, currency: str = "CNY") -> DealAdvanced:
    terms = None if amount is None else Terms(CooperationMode.EQUITY, Money(Decimal(amount), currency))
    return DealAdvanced(
        deal_id(f"dlut/{name}", "district-210202/d"), "dlut", name, "district-210202", "d", Move.OFFER, "dlut",
        sequence, stage, None, terms, int(terms is not None), "", DAY + timedelta(hours=sequence),
        submission(f"{name} {sequence}"), False, int(terms is not None) or None, None, None, None,
        None, 0, None, None, None, None, 0, None,
    )  # fmt: skip


def deal_in_full(name: str, sequence: int) -> DealAdvanced:
    """A deal with all that one can have, though no deal has all of it at once."""
    milestones = (Milestone("pilot", date(2027, 3, 1)), Milestone("series"))
    terms = Terms(CooperationMode.EQUITY, Money(Decimal("3.00"), "CNY"), ("2102",), 36, milestones, Decimal("2.50"))
    return replace(
        deal(name, sequence, Stage.ENDED), move=Move.END, by="", terms=terms, terms_version=2, is_evaluated=True,
        owner_confirmed=2, reopen_to=Stage.EVALUATED, end_cause=EndCause.EXCLUSIVELY_CONTRACTED,
        contract=_CONTRACT, contract_version=2, payment=_PAYMENT, paid=Decimal("2.50"),
        owner_broker="broker-1", enterprise_broker="broker-2", certified_version=2, certified_by="registrar",
    )  # fmt: skip


_CONTRACT = TechContract(
    "2027-1", ContractKind.LICENCE, date(2027, 2, 1), date(2027, 3, 1), Money(Decimal("3.00"), "CNY"), Decimal("0.50"),
    (RevenueShare(ShareRole.INVENTOR, "Wang", 2), RevenueShare(ShareRole.UNIT, "dlut", 1)),
)  # fmt: skip
_PAYMENT = Payment(PaymentKind.MILESTONE, Money(Decimal("2.50"), "CNY"), date(2027, 3, 2), "invoice 7")


def move_held(name: str, sequence: int) -> MoveHeld:
    return MoveHeld(
        deal_id(f"dlut/{name}", "district-210202/d"), "dlut", name, "district-210202", "d", Move.PAUSE, "dlut",
        sequence, 1, None, "wait", DAY + timedelta(hours=sequence), submission(f"h {name} {sequence}"), None,
        None, None, None, None,
    )  # fmt: skip


def move_released(name: str, sequence: int) -> MoveReleased:
    return MoveReleased(
        deal_id(f"dlut/{name}", "district-210202/d"), "dlut", name, "district-210202", "d", "dlut",
        sequence, submission(f"h {name} {sequence}"),
    )  # fmt: skip


def clock_fired(name: str, sequence: int, action: ClockAction) -> ClockFired:
    return ClockFired(
        deal_id(f"dlut/{name}", "district-210202/d"), "dlut", name, "district-210202", "d", Stage.IN_TALKS, sequence,
        action, Turn.OWNER, DAY.date(), 10, DAY + timedelta(days=14), DAY + timedelta(days=14, seconds=1), True, 7,
    )  # fmt: skip


def move_refused(name: str, sequence: int) -> MoveRefused:
    return MoveRefused(
        deal_id(f"dlut/{name}", "district-210202/d"), "dlut", name, "district-210202", "d", Move.AGREE, "dlut",
        sequence, Stage.MATCHED, (Fault("sequence", "sequence", str(sequence), "send 1"),), DAY,
        submission(f"r {name} {sequence}"),
    )  # fmt: skip


def accepted(of: uuid.UUID, institution: str = "dlut", offset: int = 0) -> SubmissionAccepted:
    kind = SubmissionKind.ACHIEVEMENT_REGISTERED
    return SubmissionAccepted(of, institution, kind, "a", 1, "techdock.achievements.v1", 2, offset, DAY, None, 3)


def refused(of: uuid.UUID, institution: str = "dlut", subject: str = "a") -> SubmissionRefused:
    faults = (Fault("zh.title", "blank", "", "give a title"),)
    return SubmissionRefused(of, institution, SubmissionKind.ACHIEVEMENT_REGISTERED, subject, 1, faults, DAY, None, 3)


def acted(offset: int, action: QuarantineAction, topic: str = "quarantine") -> QuarantineActed:
    """Somebody does something with the record that lies in quarantine at ``offset``."""
    return QuarantineActed(topic, 0, offset, action, DAY, "li@office", "because", None, None, None)


def admitted(name: str = "neusoft", by: AdmittedBy = AdmittedBy.OPERATOR) -> InstitutionAdmitted:
    return InstitutionAdmitted(name, "东软集团", None, InstitutionKind.ENTERPRISE, "210204", by, DAY)


def annex(version: int, after_erasure: int = 0) -> AnnexDeposited:
    return AnnexDeposited(
        submission(f"annex {version}"), "dlut", "a", version, DAY, "application/pdf", bytes(12), b"s" * 4112,
        after_erasure,
    )  # fmt: skip


def annex_granted(version: int, grantee: str = "neusoft") -> AnnexGranted:
    return AnnexGranted(submission(f"annex {version}"), "dlut", "a", version, DAY, grantee, "NDA-1", date(2030, 1, 2))


def fact_verified(version: int, name: str = "F1") -> FactVerified:
    return FactVerified(
        submission(f"fact {name} {version}"), "office", name, version, DAY, "dlut", "a", 1, FactKind.MATURITY,
        "成熟度 7 级", "LN-42",
    )  # fmt: skip


#: A fact that is taken back and stated anew, one that was taken back, and one that stands.
FACTS: tuple[FactVerified | FactRetracted, ...] = (
    fact_verified(1), FactRetracted(submission("f2"), "office", "F1", 2, DAY, "报告撤回"), fact_verified(3),
    fact_verified(1, "F2"), FactRetracted(submission("f4"), "office", "F2", 2, DAY, "wrong"), fact_verified(1, "F3"),
)  # fmt: skip
#: An annex from its first deposit over an erasure to another one, and somebody who may never read one.
ANNEXES: tuple[AnnexEvent, ...] = (
    annex(1), annex_granted(2), AnnexRead(submission("r"), "dlut", "a", 1, "neusoft", 2, "NDA-1", DAY),
    annex_granted(3, "broker"), AnnexRevoked(submission("annex 4"), "dlut", "a", 4, DAY, "neusoft", "对接终止"),
    AnnexErased(submission("annex 5"), "dlut", "a", 5, DAY, "王敏", "已转让"), annex(6, 5), annex_granted(7),
    AnnexRead(submission("o"), "dlut", "a", 6, "dlut", None, None, DAY),
    AnnexErased(submission("annex b"), "dlut", "b", 1, DAY, "王敏", "never deposited"),
    AnnexRevoked(submission("annex c"), "dlut", "a", 8, DAY, "nobody", ""),
)  # fmt: skip


def suspected(version: int = 1) -> DuplicateSuspected:
    return DuplicateSuspected(*_FIRST, version, *_SECOND, 2, ("PATENT:CN201810123456",), 0.8125, True, DAY)


def decided(outcome: DuplicateOutcome) -> DuplicateResolved:
    owners = ("dicp", "某研究组") if outcome is DuplicateOutcome.MERGE else ()
    return DuplicateResolved(*_FIRST, 1, *_SECOND, 2, outcome, owners, DAY, "li@office", "看过两项")


_FIRST, _SECOND = ("dicp", "a"), ("dlut", "b")
#: What can be said of two that may be the same, in an order in which it may be.
DUPLICATES: tuple[Record, ...] = (
    suspected(), RepresentationChanged(*_SECOND, *_FIRST, DAY), suspected(2), decided(DuplicateOutcome.MERGE),
    DuplicateRetracted(*_FIRST, *_SECOND, DAY), RepresentationChanged(*_SECOND, None, None, DAY),
    suspected(3), decided(DuplicateOutcome.DISTINCT), RepresentationChanged(*_FIRST, "dmu", "c", DAY),
)  # fmt: skip


def window(value: str = "210202", entered: int = 1, revision: int = 1) -> PipelineWindowMeasured:
    """What a district's deals did in a week; one where none entered is empty."""
    amounts = CurrencyAmount("CNY", Decimal("7.10")), CurrencyAmount("EUR", Decimal("99999999999999.05"))
    flow = StageFlow(Stage.IN_TALKS, entered, amounts, 3, 86_400.0, 1 / 3)
    lost = (LossCount(Stage.CONTACTED, EndCause.EXPIRED, 2),) if entered else ()
    stages = (flow, StageFlow(Stage.ENDED, 2, (), 0, None, None)) if entered else ()
    return PipelineWindowMeasured(
        PipelinePeriod.WEEK, date(2026, 2, 23), PipelineDimension.DISTRICT, value, revision, 0, lost, stages
    )  # fmt: skip


#: What weeks are told as: corrected, emptied, and of a value that SQL cannot hold.
WINDOWS: tuple[Record, ...] = (
    window(), window("210211"), window(entered=2, revision=2), window("210211", 0, 2), window("a\x00b"),
)  # fmt: skip


def shared_out(sequence: int, payment: int, version: int = 1, *, is_reversal: bool = False) -> LedgerPosted:
    """What a payment gave to whom, or taken back."""
    sign = -1 if is_reversal else 1
    entries = (
        LedgerEntry(LedgerAccount.RECEIVED, "dlut", sign * Decimal("2.50")),
        LedgerEntry(LedgerAccount.INVENTOR, "王海涛", sign * Decimal("-2.50")),
    )  # fmt: skip
    return LedgerPosted(
        deal_id("dlut/c", "district-210202/d"), "dlut", "c", "district-210202", "d",
        Move.PAY if sequence == payment else Move.AMEND, sequence, payment, version, is_reversal, "CNY", entries, DAY,
        submission(f"pay {sequence}"),
    )  # fmt: skip


#: A payment, and what an amendment makes of it.
LEDGER: tuple[Record, ...] = (shared_out(8, 8), shared_out(9, 8, is_reversal=True), shared_out(9, 8, 2))


def season_closed(season: str = "2026-Q1", by: str = "li") -> RecognitionClosed:
    """A season that somebody has closed."""
    entry = RecognitionEntry(
        "dlut", CreditRole.OWNER, 1, 2, 3, 4, 5, (RegisteredAmount("CNY", Decimal("1200000.00")),), 76
    )  # fmt: skip
    return RecognitionClosed(season, DAY, by, "2026-1", (LogPosition("techdock.deals.v1", 1, 17),), (entry,))


#: Of two closings of one season the first counts.
RECOGNITIONS: tuple[Record, ...] = (season_closed(), season_closed("2026-Q2"), season_closed(by="wang"))


#: Everything that can be said of institutions, in an order in which it may be.
INSTITUTIONS: tuple[InstitutionEvent, ...] = (
    admitted(), admitted("office", AdmittedBy.SENDER), admitted("broker"),
    InstitutionKeyRotated("neusoft", "ab12", DAY),
    TokenIssued("neusoft", "7c1e90ab", "cd34", (TokenScope.READ,), "", None, DAY),
    InstitutionSuspended("neusoft", "泄密", DAY), TokenRevoked("neusoft", "7c1e90ab", DAY),
    admitted(), InstitutionResumed("neusoft", DAY),
    DelegationGranted("neusoft", "office", date(2030, 1, 2), DAY), DelegationGranted("neusoft", "broker", None, DAY),
    DelegationRevoked("neusoft", "office", DAY), DelegationGranted("neusoft", "office", None, DAY),
    InstitutionSuspended("office", "looked into", DAY), DelegationRevoked("neusoft", "broker", DAY),
    InstitutionKeyRotated("broker", "cd34", DAY), InstitutionRemoved("broker", "closed", DAY),
)  # fmt: skip
