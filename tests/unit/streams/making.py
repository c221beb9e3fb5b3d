"""Records, profiles and inputs for tests of decisions: few words and few facets, so that ties are frequent."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from schemas import codec
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    AdmittedBy,
    ClockTicked,
    ContractKind,
    CooperationMode,
    DemandPosted,
    DemandWithdrawn,
    Disclosure,
    DuplicateOutcome,
    DuplicateResolved,
    InstitutionAdmitted,
    InstitutionKind,
    IpKind,
    IpRight,
    LifeTask,
    Money,
    Move,
    NegotiationUpdated,
    Payment,
    PaymentKind,
    PolicyRule,
    Record,
    RepresentationChanged,
    RevenueShare,
    ShareRole,
    TaskMove,
    TaskMoved,
    TechContract,
    Terms,
    Text,
)
from streams.domain.model import Language, ScoringModel
from streams.lane import Input

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
_TINY = Language(salience=0.5, unseen=7.0, smoothing=0.9, usual_mass=10.0)
#: Small enough to see through: words are about as rare, texts are short, a third of a demand is a match.
MODEL = ScoringModel(
    "tiny",
    {"pump": 6.0, "valv": 6.0, "blade": 7.0, "泵": 6.0, "阀": 6.0},
    zh=_TINY,
    en=_TINY,
    spread=0.0,
    saturation=5.0,
    threshold=0.3,
)
WITH_TERMS = frozenset({Move.OFFER, Move.AGREE, Move.CONTRACT})
EXCLUSIVE_TERMS = Terms(CooperationMode.LICENCE_EXCLUSIVE, Money(Decimal("100.00"), "CNY"))
ORDINARY_TERMS = Terms(CooperationMode.LICENCE_ORDINARY, Money(Decimal("40.00"), "CNY"))


def achievement(name: str = "A1", words: str = "pump", version: int = 1, **changes: Any) -> AchievementRegistered:
    """An achievement of dlut that offers ``words``."""
    values = {"submission_id": uuid.uuid4(), "institution_id": "dlut", "registered_at": NOW, "zh": Text(words)}
    return AchievementRegistered(achievement_id=name, version=version, **{**values, **changes})


def demand(name: str = "D1", words: str = "pump", version: int = 1, **changes: Any) -> DemandPosted:
    """A demand of the district 210202 that asks for ``words``."""
    values = {"submission_id": uuid.uuid4(), "institution_id": "district-210202", "posted_at": NOW, "zh": Text(words)}
    return DemandPosted(demand_id=name, version=version, **{**values, **changes})


def no_achievement(name: str = "A1", version: int = 2, **changes: Any) -> AchievementWithdrawn:
    """An achievement's withdrawal."""
    values = {"submission_id": uuid.uuid4(), "institution_id": "dlut", "withdrawn_at": NOW}
    return AchievementWithdrawn(achievement_id=name, version=version, **{**values, **changes})


def no_demand(name: str = "D1", version: int = 2, **changes: Any) -> DemandWithdrawn:
    """A demand's withdrawal."""
    values = {"submission_id": uuid.uuid4(), "institution_id": "district-210202", "withdrawn_at": NOW}
    return DemandWithdrawn(demand_id=name, version=version, **{**values, **changes})


def tech_contract(**changes: Any) -> TechContract:
    """The registered contract of a sale under ``EXCLUSIVE_TERMS``."""
    values = {
        "registration_number": "2026-210203-000117",
        "kind": ContractKind.LICENCE,
        "signed_on": NOW.date(),
        "registered_on": NOW.date(),
        "amount": EXCLUSIVE_TERMS.price,
        "non_technical": Decimal("0.00"),
        "shares": (
            RevenueShare(ShareRole.INVENTOR, "Wang", 60),
            RevenueShare(ShareRole.UNIT, "dlut", 30),
            RevenueShare(ShareRole.BROKER, "broker-1", 10),
        ),
    }
    return TechContract(**{**values, **changes})


def payment(amount: str, kind: PaymentKind = PaymentKind.LUMP_SUM, currency: str = "CNY") -> Payment:
    """So much was paid."""
    return Payment(kind, Money(Decimal(amount), currency), NOW.date(), "invoice 7")


def move(step: Move, sequence: int, terms: Terms | None = None, **changes: Any) -> NegotiationUpdated:
    """A move that dlut makes over A1 for D1."""
    values = {
        "submission_id": uuid.uuid4(),
        "institution_id": "dlut",
        "achievement_institution_id": "dlut",
        "achievement_id": "A1",
        "demand_institution_id": "district-210202",
        "demand_id": "D1",
        "moved_at": NOW,
        "reason": "no interest" if step in {Move.END, Move.AMEND, Move.RESCIND, Move.REJECT} else "",
        "contract": tech_contract() if step is Move.REGISTER else None,
    }
    return NegotiationUpdated(sequence=sequence, move=step, terms=terms, **{**values, **changes})


def task(about: LifeTask, step: TaskMove, case_id: str | None = None, **changes: Any) -> TaskMoved:
    """A move of dlut in a task, over a subject S1 that it keeps."""
    values = {
        "submission_id": uuid.uuid4(),
        "institution_id": "dlut",
        "subject_institution_id": "dlut",
        "subject_id": "S1",
        "moved_at": NOW,
        "reason": "no interest" if step in {TaskMove.REJECT, TaskMove.DECLINE, TaskMove.CANCEL} else "",
    }
    return TaskMoved(task=about, move=step, case_id=case_id, **{**values, **changes})


def subsidy(rule: str, step: TaskMove = TaskMove.OPEN, **changes: Any) -> TaskMoved:
    """A move of an office over its policy P1, under which deals qualify for which ``rule`` holds."""
    values = {
        "institution_id": "office",
        "subject_institution_id": "office",
        "subject_id": "P1",
        "title": "Subsidy",
        "since": date(2026, 1, 1),
        "policy": PolicyRule(rule, "3 %"),
    }
    return task(LifeTask.POLICY, step, None, **{**values, **changes})


#: From the first contact to the contract, and whether the owner makes the move.
SALE = (
    (Move.CONTACT, True), (Move.START_TALKS, True), (Move.AGREE, True), (Move.AGREE, False), (Move.CONTRACT, True),
)  # fmt: skip


def sale(terms: Terms = EXCLUSIVE_TERMS, **changes: Any) -> list[NegotiationUpdated]:
    """The moves by which dlut and the district contract A1 for D1 under ``terms``; who is both agrees once."""
    moves: list[NegotiationUpdated] = []
    for step, is_owner in SALE:
        one = move(step, len(moves) + 1, terms if step in WITH_TERMS else None, **changes)
        owner, enterprise = one.achievement_institution_id, one.demand_institution_id
        if is_owner or owner != enterprise:
            moves.append(replace(one, institution_id=owner if is_owner else enterprise))
    return moves


def resolved(one: str, other: str, outcome: DuplicateOutcome = DuplicateOutcome.MERGE) -> DuplicateResolved:
    """A person decides about two achievements, named by their references."""
    (first, first_id), (second, second_id) = (ref.split("/") for ref in sorted((one, other)))
    return DuplicateResolved(first, first_id, 1, second, second_id, 1, outcome, (), NOW, "li@office", "looked at both")


def represented(name: str, by: str | None = None) -> RepresentationChanged:
    """Another institution's achievement stands for one of dlut, or none does any more."""
    return RepresentationChanged("dlut", name, None if by is None else "dicp", by, NOW)


def patent(number: str = "ZL201810123456.5") -> tuple[IpRight, ...]:
    """One patent."""
    return (IpRight(IpKind.INVENTION_PATENT, number),)


def long_text(first: int = 0, words: int = 30) -> str:
    """Words enough to be compared, every other one ``pump``; texts that begin near one another are near."""
    return " ".join(f"pump part{number}" for number in range(first, first + words))


def tick(now: datetime) -> ClockTicked:
    """The clock says ``now``."""
    return ClockTicked(now)


def entered(record: Record | bytes | None, topic: str, offset: int = 0, partition: int = 0, **changes: Any) -> Input:
    """``record`` as a lane reads it from ``topic``; it arrived ``offset`` milliseconds after ``NOW``."""
    value = record if record is None or isinstance(record, bytes) else codec.encode(record)
    timestamp = int(NOW.timestamp() * 1000) + offset
    return Input(topic, partition, offset, timestamp, b"key", value, ())._replace(**changes)


texts = st.sampled_from(["pump", "pump", "pump", "pump valve", "valve", "pump 泵", "泵阀 blade", "blade pump pump", ""])
_moneys = st.none() | st.sampled_from(["10.00", "20.00"]).map(lambda text: Money(Decimal(text), "CNY"))
_modes = st.sampled_from([(), (CooperationMode.EQUITY,), (CooperationMode.SERVICE,)])
_days = st.none() | st.sampled_from([date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)])
_industries = st.sampled_from([(), ("C26",), ("2614",)])
_districts = st.sampled_from([None, "210202", "210204"])
_every_facet = st.fixed_dictionaries(
    {},
    optional={
        "industries": _industries,
        "maturity": st.sampled_from([4, 6]),
        "modes": _modes,
        "price": _moneys,
        "district": _districts,
        "territories": st.sampled_from([(), ("2102",), ("31",)]),
        "valid_until": _days,
        "disclosure": st.sampled_from([*Disclosure, Disclosure.PUBLIC, Disclosure.PUBLIC]),
    },
)
_every_wish = st.fixed_dictionaries(
    {"matches_wanted": st.integers(1, 3)},
    optional={
        "industries": _industries,
        "maturity_wanted": st.sampled_from([4, 6]),
        "modes": _modes,
        "budget": _moneys,
        "district": _districts,
        "deadline": _days,
    },
)
#: Facets of an achievement and of a demand, mostly absent so that most pairs pass the gates.
achievement_facets: st.SearchStrategy[dict[str, Any]] = (
    st.just({}) | st.just({}) | st.fixed_dictionaries({"valid_until": _days}) | _every_facet
)
demand_facets: st.SearchStrategy[dict[str, Any]] = (
    st.fixed_dictionaries({"matches_wanted": st.integers(1, 3)}, optional={"deadline": _days}) | _every_wish
)


def admitted(name: str, kind: InstitutionKind = InstitutionKind.UNKNOWN) -> InstitutionAdmitted:
    """An institution that an operator admits."""
    return InstitutionAdmitted(name, None, name, kind, None, AdmittedBy.OPERATOR, NOW)
