"""Who moves deals of others is what the operator said of it, never what it says itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas import codec, roles as rules, topics
from schemas.records import (
    AdmittedBy,
    DealRole,
    DelegationGranted,
    Fault,
    InstitutionAdmitted,
    InstitutionKind,
    InstitutionSuspended,
    Move,
    NegotiationUpdated,
    SubmissionRefused,
)
from streams.domain.roles import OF_KIND
from streams.domain.stages import MAY, Side
from streams.lane import Output
from tests.unit.streams.making import NOW, entered, move
from tests.unit.streams.test_admission_by_mandate import Worker

BROKER, OFFICE, REGISTRAR = InstitutionKind.BROKER, InstitutionKind.DISTRICT_OFFICE, InstitutionKind.REGISTRAR


def _described(name: str, kind: InstitutionKind, district: str | None = None) -> InstitutionAdmitted:
    return InstitutionAdmitted(name, None, name, kind, district, AdmittedBy.OPERATOR, NOW)


MARKET = (
    _described("dlut", InstitutionKind.UNIVERSITY, "210211"),
    _described("neusoft", InstitutionKind.ENTERPRISE, "210211"),
    _described("liaodong", BROKER, "210202"),
    _described("office", OFFICE, "210211"),
    _described("elsewhere", OFFICE, "210202"),
    _described("registrar", REGISTRAR, "210202"),
    InstitutionAdmitted("stranger", None, None, InstitutionKind.UNKNOWN, None, AdmittedBy.SENDER, NOW),
)
INBOXES = (*(one.institution_id for one in MARKET), "nobody")


def _by(institution_id: str, step: Move, **changes: Any) -> NegotiationUpdated:
    return move(step, 1, institution_id=institution_id, demand_institution_id="neusoft", **changes)


def _faults(record: NegotiationUpdated, inbox: str = "", *more: Any) -> list[Fault]:
    receipt = Worker(*MARKET, *more, inboxes=INBOXES).decided(inbox or record.institution_id, record)
    return list(receipt.faults) if isinstance(receipt, SubmissionRefused) else []


def _registered(record: NegotiationUpdated) -> Output:
    worker = Worker(*MARKET, inboxes=INBOXES)
    inbox = worker.inboxes[record.institution_id]
    told = inbox.decide(entered(record, topics.inbox(record.institution_id).name))
    (found,) = [one for one in told if one.topic == topics.NEGOTIATIONS.name]
    return found


@pytest.mark.parametrize(
    ("by", "step", "changes", "role"),
    [
        ("liaodong", Move.CONTACT, {}, DealRole.BROKER),
        ("liaodong", Move.START_TALKS, {}, DealRole.BROKER),
        ("office", Move.CONTACT, {}, DealRole.DISTRICT_OFFICE),
        ("registrar", Move.REJECT, {}, DealRole.REGISTRAR),
        ("dlut", Move.CONTACT, {}, None),
        ("neusoft", Move.APPOINT, {"broker": "liaodong"}, None),
    ],
)
def test_the_register_says_what_the_operator_said(
    by: str, step: Move, changes: dict[str, Any], role: DealRole | None
) -> None:
    record = _by(by, step, **changes)
    registered = codec.decode(_registered(record).value)
    assert registered == replace(record, role=role)


def test_a_broker_that_is_a_side_has_no_other_role() -> None:
    own = _by("liaodong", Move.CONTACT, achievement_institution_id="liaodong")
    assert codec.decode(_registered(own).value) == own


@pytest.mark.parametrize(
    ("by", "step"),
    [
        ("liaodong", Move.REJECT),
        ("office", Move.START_TALKS),
        ("office", Move.REJECT),
        ("registrar", Move.CONTACT),
        ("stranger", Move.CONTACT),
        ("nobody", Move.CONTACT),
    ],
)
def test_whoever_is_of_another_kind_is_told_whose_move_it_is(by: str, step: Move) -> None:
    (fault,) = _faults(_by(by, step))
    assert (fault.field, fault.rule, fault.value) == ("institution_id", "institution-kind", by)
    expected = {
        Move.CONTACT: "a broker or a district office makes CONTACT", Move.START_TALKS: "a broker makes START_TALKS",
        Move.REJECT: "a registrar makes REJECT",
    }  # fmt: skip
    assert expected[step] in fault.repair


@pytest.mark.parametrize("by", ["liaodong", "office", "registrar"])
def test_what_binds_a_side_nobody_else_says(by: str) -> None:
    steps = [step for step in Move if MAY[step] <= set(Side) and step not in {Move.UNKNOWN, Move.APPOINT}]
    for step in steps:
        (fault, *_) = _faults(_by(by, step))
        assert (fault.field, fault.rule) == ("institution_id", "speaker")
        assert f"only the parties of a deal make {step}" in fault.repair


def test_a_role_that_a_sender_claims_is_refused() -> None:
    (fault,) = _faults(_by("liaodong", Move.CONTACT, role=DealRole.BROKER))
    assert (fault.field, fault.rule) == ("role", "reserved")


def test_a_registrar_that_is_a_side_does_not_certify_its_own_contract() -> None:
    (fault,) = _faults(_by("registrar", Move.REJECT, achievement_institution_id="registrar"))
    assert (fault.rule, fault.repair) == ("speaker", "REJECT is a move of a registrar that is neither side of the deal")


def test_an_office_contacts_for_its_own_district_alone() -> None:
    assert _faults(_by("office", Move.CONTACT)) == []
    (fault,) = _faults(_by("elsewhere", Move.CONTACT))
    assert (fault.field, fault.rule) == ("demand_institution_id", "institution-kind")
    assert "elsewhere is of 210202, neusoft of 210211" in fault.repair
    (fault,) = _faults(replace(_by("office", Move.CONTACT), demand_institution_id="stranger"))
    assert "stranger of no district" in fault.repair


@pytest.mark.parametrize("broker", ["office", "stranger", "nobody", "dicp"])
def test_only_a_broker_is_appointed(broker: str) -> None:
    (fault,) = _faults(_by("dlut", Move.APPOINT, broker=broker))
    assert (fault.field, fault.rule, fault.value) == ("broker", "institution-kind", broker)


def test_a_broker_that_is_suspended_is_not_appointed() -> None:
    suspended = InstitutionSuspended("liaodong", "under review", NOW)
    assert _faults(_by("dlut", Move.APPOINT, broker="liaodong")) == []
    (fault,) = _faults(_by("dlut", Move.APPOINT, broker="liaodong"), "", suspended)
    assert fault.rule == "institution-kind"


def test_a_delegation_carries_a_party_and_no_office() -> None:
    grants = [DelegationGranted(grantor, "liaodong", None, NOW) for grantor in ("dlut", "registrar")]
    assert _faults(_by("dlut", Move.CONTACT), "liaodong", *grants) == []
    (fault,) = _faults(_by("registrar", Move.REJECT), "liaodong", *grants)
    assert (fault.rule, fault.value) == ("speaks-for-itself", "registrar")
    assert "through the inbox of registrar itself" in fault.repair


def test_what_a_kind_is_changes_with_the_operators_word_alone() -> None:
    described = _described("stranger", BROKER)
    assert [fault.rule for fault in _faults(_by("stranger", Move.CONTACT))] == ["institution-kind"]
    assert _faults(_by("stranger", Move.CONTACT), "", described) == []


def test_the_rules_of_a_move_alone_say_the_same_as_the_table() -> None:
    others = {step for step in Move if not MAY[step] <= set(Side)}
    assert {step.value for step in others} == rules.OTHERS
    assert {step.value for step in Move if MAY[step].isdisjoint(Side)} == rules.OTHERS_ALONE
    assert set(OF_KIND.values()) == set(DealRole) - {DealRole.UNKNOWN}
