"""A good submission has no faults; each broken rule is named alone, with its field, its value and its repair."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from schemas import codes, rules, texts, topics
from schemas.records import CooperationMode, Disclosure, IpKind, Move

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Values = dict[str, Any]

_letters = st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"))
_words = st.text(_letters, min_size=1, max_size=60)
_ids = st.text(_letters, min_size=1, max_size=200)
_slugs = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
_money = st.fixed_dictionaries(
    {
        "amount": st.decimals(0, 10**15, places=2, allow_nan=False),
        "currency": st.sampled_from(sorted(codes.CURRENCIES)),
    }
)
_industries = st.sampled_from(["A", "C26", "2614", "C2614", "26", "A0111", "T97", "T"])
_territories = st.sampled_from(["21", "2102", "210202", "820000"])
_modes = st.sampled_from([mode.value for mode in CooperationMode if mode is not CooperationMode.UNKNOWN])
_texts = st.fixed_dictionaries(
    {
        "title": _words,
        "abstract": st.text(st.one_of(_letters, st.sampled_from("\n\t\u3000 \xa0")), max_size=300),
        "keywords": st.lists(_words, max_size=5, unique=True),
    }
)
_times = st.datetimes(rules.EARLIEST.replace(tzinfo=None), NOW.replace(tzinfo=None), timezones=st.just(UTC))
_late_days = st.none() | st.dates(date(2026, 3, 3), date(2100, 1, 1))

achievements = st.fixed_dictionaries(
    {
        "submission_id": st.uuids(),
        "institution_id": _slugs,
        "achievement_id": _ids,
        "version": st.integers(1, 2**31 - 1),
        "registered_at": _times,
        "zh": _texts,
        "en": st.none() | _texts,
        "owners": st.lists(_words, max_size=3, unique=True),
        "maturity": st.none() | st.integers(1, 9),
        "ip_rights": st.lists(
            st.fixed_dictionaries({"kind": st.just(IpKind.INVENTION_PATENT.value), "number": _words}),
            max_size=3,
            unique_by=lambda right: right["number"],
        ),
        "industries": st.lists(_industries, max_size=3, unique=True),
        "modes": st.lists(_modes, max_size=3, unique=True),
        "price": st.none() | _money,
        "district": st.none() | st.just("210202"),
        "territories": st.lists(_territories, max_size=3, unique=True),
        "valid_until": _late_days,
        "disclosure": st.sampled_from([level.value for level in Disclosure]),
    }
)
demands = st.fixed_dictionaries(
    {
        "submission_id": st.uuids(),
        "institution_id": _slugs,
        "demand_id": _ids,
        "version": st.integers(1, 2**31 - 1),
        "posted_at": _times,
        "enterprise": st.none() | _words,
        "zh": st.none() | _texts,
        "en": _texts,
        "industries": st.lists(_industries, max_size=3, unique=True),
        "maturity_wanted": st.none() | st.integers(1, 9),
        "modes": st.lists(_modes, max_size=3, unique=True),
        "budget": st.none() | _money,
        "deadline": _late_days,
        "district": st.none() | st.just("210204"),
        "matches_wanted": st.none() | st.integers(1, 100),
    }
)


def achievement(**changes: Any) -> Values:
    return {
        "submission_id": uuid.UUID(int=1),
        "institution_id": "dlut",
        "achievement_id": "2026/17",
        "version": 1,
        "registered_at": NOW,
        "zh": {"title": "膜电极", "abstract": "低铂\n长寿命", "keywords": ["氢能"]},
        "en": {"title": "Membrane electrode", "abstract": "", "keywords": []},
        "owners": ["dlut"],
        "maturity": 6,
        "ip_rights": [{"kind": "INVENTION_PATENT", "number": "ZL1"}],
        "industries": ["C38"],
        "modes": ["EQUITY"],
        "price": {"amount": Decimal("12.50"), "currency": "CNY"},
        "district": "210202",
        "territories": ["21"],
        "valid_until": date(2027, 1, 1),
        "disclosure": "PUBLIC",
        **changes,
    }


def demand(**changes: Any) -> Values:
    return {
        "submission_id": uuid.UUID(int=2),
        "institution_id": "district-210202",
        "demand_id": "D1",
        "version": 1,
        "posted_at": NOW,
        "enterprise": "某某公司",
        "zh": {"title": "需要膜电极", "abstract": "", "keywords": []},
        "en": None,
        "industries": [],
        "maturity_wanted": 5,
        "modes": [],
        "budget": None,
        "deadline": None,
        "district": None,
        "matches_wanted": 20,
        **changes,
    }


def move(**changes: Any) -> Values:
    return {
        "submission_id": uuid.UUID(int=3),
        "institution_id": "dlut",
        "achievement_institution_id": "dlut",
        "achievement_id": "A1",
        "demand_institution_id": "district-210202",
        "demand_id": "D1",
        "sequence": 1,
        "move": Move.CONTACT.value,
        "moved_at": NOW,
        "terms": None,
        "reason": "",
        "contract": None,
        "payment": None,
        "broker": None,
        "certification": None,
        "role": None,
        **changes,
    }


def withdrawal(**changes: Any) -> Values:
    return {
        "submission_id": uuid.UUID(int=4),
        "institution_id": "dlut",
        "achievement_id": "A1",
        "version": 2,
        "withdrawn_at": NOW,
        "reason": "sold",
        **changes,
    }


@given(achievements)
def test_a_well_formed_achievement_has_no_faults(values: Values) -> None:
    assert rules.faults("AchievementRegistered", values, arrived_at=NOW) == []


@given(demands)
def test_a_well_formed_demand_has_no_faults(values: Values) -> None:
    assert rules.faults("DemandPosted", values, arrived_at=NOW) == []


def test_a_move_and_a_withdrawal_have_no_faults() -> None:
    assert rules.faults("NegotiationUpdated", move(), arrived_at=NOW) == []
    assert rules.faults("AchievementWithdrawn", withdrawal(), arrived_at=NOW) == []


def _text(**changes: Any) -> Values:
    return {"zh": {"title": "膜电极", "abstract": "", "keywords": [], **changes}}


def _money_of(amount: str, currency: str = "CNY") -> Values:
    return {"price": {"amount": Decimal(amount), "currency": currency}}


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"zh": None, "en": None}, "zh", "language-missing"),
        (_text(title=""), "zh.title", "blank"),
        (_text(title=" \u3000"), "zh.title", "blank"),
        (_text(title="x" * 501), "zh.title", "too-long"),
        (_text(title="two\nlines"), "zh.title", "control-character"),
        (_text(title="\ud800"), "zh.title", "lone-surrogate"),
        (_text(abstract="x" * 100_001), "zh.abstract", "too-long"),
        (_text(abstract="a\x0bb"), "zh.abstract", "control-character"),
        (_text(abstract="a\nb\x00"), "zh.abstract", "control-character"),
        (_text(abstract="a\x96b"), "zh.abstract", "control-character"),
        (_text(abstract="a\n\udfff"), "zh.abstract", "lone-surrogate"),
        (_text(keywords=["a", ""]), "zh.keywords[1]", "blank"),
        (_text(keywords=["x" * 201]), "zh.keywords[0]", "too-long"),
        (_text(keywords=["a", "a"]), "zh.keywords", "duplicate"),
        (_text(keywords=[str(n) for n in range(101)]), "zh.keywords", "too-many"),
        ({"institution_id": "DLUT"}, "institution_id", "institution-id"),
        ({"institution_id": "dlut\n"}, "institution_id", "institution-id"),
        ({"achievement_id": ""}, "achievement_id", "blank"),
        ({"achievement_id": "x" * 201}, "achievement_id", "too-long"),
        ({"achievement_id": " A1"}, "achievement_id", "space-at-an-end"),
        ({"achievement_id": "A1\u3000"}, "achievement_id", "space-at-an-end"),
        ({"achievement_id": "A\t1"}, "achievement_id", "control-character"),
        ({"achievement_id": "A1\n"}, "achievement_id", "control-character"),
        ({"version": 0}, "version", "range"),
        ({"registered_at": datetime(1989, 12, 31, tzinfo=UTC)}, "registered_at", "event-time"),
        ({"registered_at": NOW + timedelta(days=1, seconds=1)}, "registered_at", "event-time"),
        ({"owners": ["a", "a"]}, "owners", "duplicate"),
        ({"maturity": 0}, "maturity", "range"),
        ({"maturity": 10}, "maturity", "range"),
        ({"ip_rights": [{"kind": "UNKNOWN", "number": "1"}]}, "ip_rights[0].kind", "unknown-value"),
        ({"ip_rights": [{"kind": "KNOW_HOW", "number": "1\x07"}]}, "ip_rights[0].number", "control-character"),
        ({"ip_rights": [{"kind": "KNOW_HOW", "number": "1"}] * 2}, "ip_rights", "duplicate"),
        ({"industries": ["C98"]}, "industries[0]", "code"),
        ({"industries": ["A26"]}, "industries[0]", "code"),
        ({"industries": ["C26", "化工"]}, "industries[1]", "code"),
        ({"industries": ["C２６"]}, "industries[0]", "code"),
        ({"industries": ["C26140"]}, "industries[0]", "code"),
        ({"industries": ["C26\n"]}, "industries[0]", "code"),
        ({"industries": ["C26" + "0" * 1_000_000]}, "industries[0]", "code"),
        ({"industries": ["C26", "C26"]}, "industries", "duplicate"),
        ({"modes": ["EQUITY", "UNKNOWN"]}, "modes[1]", "unknown-value"),
        ({"modes": ["EQUITY", "EQUITY"]}, "modes", "duplicate"),
        (_money_of("-0.01"), "price.amount", "amount"),
        (_money_of("1000000000000000.01"), "price.amount", "amount"),
        (_money_of("1E+400"), "price.amount", "amount"),
        (_money_of("NaN"), "price.amount", "amount"),
        (_money_of("sNaN"), "price.amount", "amount"),
        (_money_of("Infinity"), "price.amount", "amount"),
        (_money_of("1.005"), "price.amount", "decimals"),
        (_money_of("1", "cny"), "price.currency", "currency"),
        (_money_of("1", "XXX"), "price.currency", "currency"),
        ({"district": "2102"}, "district", "code"),
        ({"district": "990000"}, "district", "code"),
        ({"territories": ["210"]}, "territories[0]", "code"),
        ({"territories": ["16"]}, "territories[0]", "code"),
        ({"valid_until": date(2026, 2, 28)}, "valid_until", "dates"),
        # A day later in another zone is a day that no calendar has.
        ({"registered_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))}, "registered_at", "event-time"),
    ],
)
def test_a_single_breakage_of_an_achievement_is_its_only_fault(changes: Values, field: str, rule: str) -> None:
    _only(rules.faults("AchievementRegistered", achievement(**changes), arrived_at=NOW), field, rule)


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"zh": None}, "zh", "language-missing"),
        ({"enterprise": "  "}, "enterprise", "blank"),
        ({"maturity_wanted": 10}, "maturity_wanted", "range"),
        ({"matches_wanted": 0}, "matches_wanted", "range"),
        ({"matches_wanted": 101}, "matches_wanted", "range"),
        ({"budget": {"amount": Decimal(1), "currency": "RMB"}}, "budget.currency", "currency"),
        ({"deadline": date(2026, 2, 28)}, "deadline", "dates"),
        ({"posted_at": NOW + timedelta(days=2)}, "posted_at", "event-time"),
    ],
)
def test_a_single_breakage_of_a_demand_is_its_only_fault(changes: Values, field: str, rule: str) -> None:
    _only(rules.faults("DemandPosted", demand(**changes), arrived_at=NOW), field, rule)


def _terms(mode: str = "EQUITY", amount: str = "1", **changes: Any) -> Values:
    further: Values = {"territories": [], "period_months": None, "milestones": [], "royalty_percent": None}
    return {"mode": mode, "price": {"amount": Decimal(amount), "currency": "CNY"}, **further, **changes}


def _offer(**terms: Any) -> Values:
    return {"move": "OFFER", "terms": _terms(**terms)}


def _contract(**changes: Any) -> Values:
    share = {"role": "UNIT", "party": "dlut", "parts": 1}
    return {
        "registration_number": "2026-1", "kind": "LICENCE", "signed_on": NOW.date(), "registered_on": NOW.date(),
        "amount": {"amount": Decimal("8.00"), "currency": "CNY"}, "non_technical": Decimal("0.00"), "shares": [share],
        **changes,
    }  # fmt: skip


def _register(move: str = "REGISTER", **contract: Any) -> Values:
    return {"move": move, "contract": _contract(**contract), "reason": "agreed in writing"}


def _payment(**changes: Any) -> Values:
    amount = {"amount": Decimal("8.00"), "currency": "CNY"}
    return {"kind": "LUMP_SUM", "amount": amount, "paid_on": NOW.date(), "evidence": "invoice 7", **changes}


def _pay(**payment: Any) -> Values:
    return {"move": "PAY", "payment": _payment(**payment)}


def _of(amount: str, currency: str = "CNY") -> Values:
    return {"amount": Decimal(amount), "currency": currency}


def _certification(**changes: Any) -> Values:
    return {"contract_version": 1, "kind": "LICENCE", "technical_amount": _of("6.00"), **changes}


def _certify(certification: Values | None) -> Values:
    return {"institution_id": "registrar", "move": "CERTIFY", "certification": certification}


@pytest.mark.parametrize(
    "changes",
    [
        {"institution_id": "dmu"},
        {"institution_id": "dmu", "move": "START_TALKS"},
        {"move": "APPOINT", "broker": "liaodong"},
        {"move": "DISMISS"},
        _certify(_certification()),
        {"institution_id": "registrar", "move": "REJECT", "reason": "the amount is not that of the contract"},
    ],
)
def test_a_move_alone_does_not_tell_whether_somebody_else_may_make_it(changes: Values) -> None:
    assert rules.faults("NegotiationUpdated", move(**changes), arrived_at=NOW) == []


_TOMORROW = NOW.date() + timedelta(days=1)


@pytest.mark.parametrize("changes", [_register(), _register("AMEND"), _pay(), {"move": "RESCIND", "reason": "agreed"}])
def test_what_is_registered_paid_and_undone_has_no_faults(changes: Values) -> None:
    assert rules.faults("NegotiationUpdated", move(**changes), arrived_at=NOW) == []


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"move": "REGISTER"}, "contract", "contract-missing"),
        ({"move": "AMEND", "reason": "agreed"}, "contract", "contract-missing"),
        ({"contract": _contract()}, "contract", "misplaced"),
        ({**_register(), "move": "PAY", "payment": _payment()}, "contract", "misplaced"),
        (_register(registration_number=" "), "contract.registration_number", "blank"),
        (_register(kind="UNKNOWN"), "contract.kind", "unknown-value"),
        (_register(signed_on=date(2020, 12, 31)), "contract.kind", "dates"),
        (
            _register(signed_on=NOW.date(), registered_on=NOW.date() - timedelta(days=1)),
            "contract.registered_on",
            "dates",
        ),
        (_register(registered_on=_TOMORROW), "contract.registered_on", "dates"),
        (_register(amount=_of("0.00")), "contract.amount.amount", "positive"),
        (_register(amount=_of("8.00", "RMB")), "contract.amount.currency", "currency"),
        (_register(amount=_of("NaN")), "contract.amount.amount", "amount"),
        (_register(non_technical=Decimal("8.01")), "contract.non_technical", "amount"),
        (_register(non_technical=Decimal("-0.01")), "contract.non_technical", "amount"),
        (_register(non_technical=Decimal("Infinity")), "contract.non_technical", "amount"),
        (_register(non_technical=Decimal("0.001")), "contract.non_technical", "decimals"),
        (_register(shares=[]), "contract.shares", "blank"),
        (_register(shares=[{"role": "UNKNOWN", "party": "x", "parts": 1}]), "contract.shares[0].role", "unknown-value"),
        (_register(shares=[{"role": "UNIT", "party": "", "parts": 1}]), "contract.shares[0].party", "blank"),
        (_register(shares=[{"role": "UNIT", "party": "x", "parts": 0}]), "contract.shares[0].parts", "range"),
        (_register(shares=[{"role": "UNIT", "party": "x", "parts": 1}] * 2), "contract.shares", "duplicate"),
        ({**_register("AMEND"), "reason": " "}, "reason", "reason-missing"),
        ({"move": "RESCIND"}, "reason", "reason-missing"),
        ({"move": "PAY"}, "payment", "payment-missing"),
        ({"payment": _payment()}, "payment", "misplaced"),
        (_pay(kind="UNKNOWN"), "payment.kind", "unknown-value"),
        (_pay(amount=_of("0.00")), "payment.amount.amount", "positive"),
        (_pay(amount=_of("-1.00")), "payment.amount.amount", "amount"),
        (_pay(paid_on=_TOMORROW), "payment.paid_on", "dates"),
        (_pay(evidence=""), "payment.evidence", "blank"),
    ],
)
def test_a_single_breakage_of_a_contract_or_a_payment_is_its_only_fault(changes: Values, field: str, rule: str) -> None:
    _only(rules.faults("NegotiationUpdated", move(**changes), arrived_at=NOW), field, rule)


def test_before_2021_a_licence_was_registered_as_a_transfer() -> None:
    old = _register(kind="TRANSFER", signed_on=date(2020, 12, 31))
    assert rules.faults("NegotiationUpdated", move(**old), arrived_at=NOW) == []


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"institution_id": "dmu", "move": "EVALUATE"}, "institution_id", "speaker"),
        ({"institution_id": "dmu", "move": "APPOINT", "broker": "dicp"}, "institution_id", "speaker"),
        ({"move": "CERTIFY", "certification": _certification()}, "institution_id", "speaker"),
        ({"move": "REJECT", "reason": "the amount is not that of the contract"}, "institution_id", "speaker"),
        ({"role": "BROKER"}, "role", "reserved"),
        ({"move": "APPOINT"}, "broker", "broker-missing"),
        ({"move": "APPOINT", "broker": "Liaodong Brokers"}, "broker", "institution-id"),
        ({"broker": "liaodong"}, "broker", "misplaced"),
        ({"certification": _certification()}, "certification", "misplaced"),
        (_certify(None), "certification", "certification-missing"),
        (_certify(_certification(contract_version=0)), "certification.contract_version", "range"),
        (_certify(_certification(kind="UNKNOWN")), "certification.kind", "unknown-value"),
        (_certify(_certification(technical_amount=_of("-1"))), "certification.technical_amount.amount", "amount"),
        ({"move": "REJECT", "institution_id": "registrar"}, "reason", "reason-missing"),
        ({"sequence": 0}, "sequence", "range"),
        ({"move": "UNKNOWN"}, "move", "unknown-value"),
        ({"move": "OFFER"}, "terms", "terms-missing"),
        ({"move": "AGREE"}, "terms", "terms-missing"),
        ({"move": "CONTRACT"}, "terms", "terms-missing"),
        ({"move": "OFFER", "terms": _terms("UNKNOWN")}, "terms.mode", "unknown-value"),
        ({"move": "OFFER", "terms": _terms(amount="-1")}, "terms.price.amount", "amount"),
        (_offer(territories=["2102", "0000"]), "terms.territories[1]", "code"),
        (_offer(period_months=0), "terms.period_months", "range"),
        (_offer(milestones=[{"title": "", "due": None}]), "terms.milestones[0].title", "blank"),
        (_offer(milestones=[{"title": "pilot", "due": None}] * 101), "terms.milestones", "too-many"),
        (_offer(royalty_percent=Decimal("100.01")), "terms.royalty_percent", "range"),
        (_offer(royalty_percent=Decimal("NaN")), "terms.royalty_percent", "range"),
        (_offer(royalty_percent=Decimal("2.125")), "terms.royalty_percent", "decimals"),
        ({"move": "END"}, "reason", "reason-missing"),
        ({"move": "END", "reason": " \n"}, "reason", "reason-missing"),
        ({"demand_id": ""}, "demand_id", "blank"),
    ],
)
def test_a_single_breakage_of_a_move_is_its_only_fault(changes: Values, field: str, rule: str) -> None:
    _only(rules.faults("NegotiationUpdated", move(**changes), arrived_at=NOW), field, rule)


def _only(found: list[Any], field: str, rule: str) -> None:
    assert [(each.field, each.rule) for each in found] == [(field, rule)]
    assert found[0].repair
    assert len(found[0].value) <= 200
    assert found[0].value.replace("\u3000", "").encode().decode().isprintable()


def test_every_fault_is_reported_at_once() -> None:
    values = achievement(maturity=12, version=0, district="x", **_text(title="", abstract="\x00"))

    fields = [each.field for each in rules.faults("AchievementRegistered", values, arrived_at=NOW)]

    assert fields == ["version", "zh.title", "zh.abstract", "maturity", "district"]


def test_the_last_day_is_counted_in_china() -> None:
    # 17:00 UTC on the first is the second in China.
    evening = datetime(2026, 3, 1, 17, tzinfo=UTC)
    values = achievement(registered_at=evening, valid_until=date(2026, 3, 1))

    assert [each.rule for each in rules.faults("AchievementRegistered", values, arrived_at=evening)] == ["dates"]


def test_the_end_of_the_calendar_breaks_no_rule_but_the_clock() -> None:
    values = achievement(registered_at=datetime.max.replace(tzinfo=UTC), valid_until=date.max)

    assert rules.faults("AchievementRegistered", values) == []


@given(st.text(), st.sampled_from(["title", "abstract"]))
def test_whatever_text_comes_the_rules_answer(text: str, field: str) -> None:
    changed: Callable[..., Values] = _text
    rules.faults("AchievementRegistered", achievement(achievement_id=text, **changed(**{field: text})))


def test_what_rules_take_for_an_institution_topics_do_too() -> None:
    assert texts.SLUG == topics.SLUG


def test_each_division_belongs_to_its_own_section_only() -> None:
    for section, (first, last) in codes.SECTIONS.items():
        for division in range(first, last + 1):
            assert codes.industry_problem(f"{section}{division:02d}") is None
            other = "A" if section != "A" else "T"
            assert section in (codes.industry_problem(f"{other}{division:02d}") or "")
