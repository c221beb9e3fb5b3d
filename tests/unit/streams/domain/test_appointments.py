"""Brokers, district offices and registrars in deals: what each may do, and what it changes."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest

from schemas import codec
from schemas.records import (
    Certification,
    ContractKind,
    DealAdvanced,
    DealRole,
    Money,
    Move,
    MoveHeld,
    MoveRefused,
    MoveReleased,
    NegotiationUpdated,
    Stage,
    Turn,
)
from streams.domain.clocks import turn
from streams.domain.deals import advance, ended_by_clock
from streams.domain.stages import MAY, Offered, Side, roles
from streams.domain.turns import Told, follow, waited
from tests.unit.streams.making import (
    EXCLUSIVE_TERMS,
    NOW,
    WITH_TERMS,
    move,
    payment,
    sale,
    tech_contract,
)

OWNER, ENTERPRISE, BROKER, OFFICE, REGISTRAR = "dlut", "district-210202", "liaodong", "office", "registrar"
_ROLE = {BROKER: DealRole.BROKER, OFFICE: DealRole.DISTRICT_OFFICE, REGISTRAR: DealRole.REGISTRAR}
CERTIFIED = Certification(1, ContractKind.LICENCE, Money(Decimal("100.00"), "CNY"))


def _by(institution_id: str, step: Move, sequence: int, **changes: Any) -> NegotiationUpdated:
    """A move as admission registers it: with the role of who is neither side."""
    told = {"institution_id": institution_id, "role": _ROLE.get(institution_id), **changes}
    return move(step, sequence, EXCLUSIVE_TERMS if step in WITH_TERMS else None, **told)


def _appoint(by: str, sequence: int, broker: str = BROKER) -> NegotiationUpdated:
    return _by(by, Move.APPOINT, sequence, broker=broker)


def _told(offered: Offered, *moves: NegotiationUpdated) -> list[Told]:
    return [told for one in moves for told in follow(offered, one)]


def _market(*moves: NegotiationUpdated) -> Offered:
    offered = Offered(is_registered=True)
    assert all(isinstance(one, DealAdvanced) for one in _told(offered, *moves))
    return offered


def _deal(offered: Offered) -> DealAdvanced:
    (deal,) = offered.deals.values()
    return deal


def _rules(told: list[Told]) -> list[str]:
    return [fault.rule for one in told if isinstance(one, MoveRefused) for fault in one.faults]


def _registered() -> Offered:
    return _market(*sale(), _by(OWNER, Move.REGISTER, 6))


def test_whoever_is_neither_side_has_four_moves_and_none_of_them_binds_a_side() -> None:
    others = {role: {step for step in Move if role in MAY[step]} for role in DealRole}
    assert others == {
        DealRole.UNKNOWN: set(),
        DealRole.BROKER: {Move.CONTACT, Move.START_TALKS},
        DealRole.DISTRICT_OFFICE: {Move.CONTACT},
        DealRole.REGISTRAR: {Move.CERTIFY, Move.REJECT},
    }
    assert {step for step in Move if MAY[step].isdisjoint(Side)} == {Move.CERTIFY, Move.REJECT}


def test_who_is_a_side_is_nothing_else_in_its_deal() -> None:
    assert roles(_by(OWNER, Move.CERTIFY, 1, role=DealRole.REGISTRAR)) == {Side.OWNER}
    assert roles(_by("stranger", Move.CONTACT, 1)) == set()
    assert roles(_by(BROKER, Move.CONTACT, 1)) == {DealRole.BROKER}


@pytest.mark.parametrize("by", [OWNER, ENTERPRISE])
def test_an_appointed_broker_makes_the_contact_and_begins_the_talks(by: str) -> None:
    offered = _market(_appoint(by, 1), _by(BROKER, Move.CONTACT, 2), _by(BROKER, Move.START_TALKS, 3))
    deal = _deal(offered)
    assert (deal.stage, deal.by, deal.sequence) == (Stage.IN_TALKS, BROKER, 3)
    assert (deal.owner_broker, deal.enterprise_broker) == ((BROKER, None) if by == OWNER else (None, BROKER))


@pytest.mark.parametrize(
    "moves",
    [
        [],
        [_appoint(OWNER, 1, "another")],
        [_appoint(OWNER, 1), _appoint(OWNER, 2, "another")],
        [_appoint(OWNER, 1), _by(OWNER, Move.DISMISS, 2)],
    ],
)
def test_a_broker_that_nobody_has_appointed_or_not_any_more_moves_nothing(moves: list[NegotiationUpdated]) -> None:
    offered = _market(*moves)
    told = _told(offered, _by(BROKER, Move.CONTACT, len(moves) + 1))
    assert _rules(told) == ["appointment"]
    assert isinstance(told[0], MoveRefused)
    assert "APPOINT" in told[0].faults[0].repair


def test_each_side_has_one_broker_and_replaces_only_its_own() -> None:
    offered = _market(_appoint(OWNER, 1, "one"), _appoint(ENTERPRISE, 2, "two"), _appoint(OWNER, 3, "three"))
    assert (_deal(offered).owner_broker, _deal(offered).enterprise_broker) == ("three", "two")
    _told(offered, _by(ENTERPRISE, Move.DISMISS, 4))
    assert (_deal(offered).owner_broker, _deal(offered).enterprise_broker) == ("three", None)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (_appoint(OWNER, 2), "appointed already"),
        (_appoint(OWNER, 2, ENTERPRISE), "no broker between the two"),
        (_by(ENTERPRISE, Move.DISMISS, 2), "nobody to dismiss"),
    ],
)
def test_an_appointment_that_changes_nothing_is_refused(wrong: NegotiationUpdated, word: str) -> None:
    told = _told(_market(_appoint(OWNER, 1)), wrong)
    assert _rules(told) == ["appointment"]
    assert isinstance(told[0], MoveRefused)
    assert word in told[0].faults[0].repair


def test_who_is_both_sides_appoints_for_both() -> None:
    deal = _deal(_market(move(Move.APPOINT, 1, demand_institution_id=OWNER, broker=BROKER)))
    assert (deal.owner_broker, deal.enterprise_broker) == (BROKER, BROKER)


def test_an_office_makes_the_first_contact_and_nothing_more() -> None:
    offered = _market(_by(OFFICE, Move.CONTACT, 1))
    assert (_deal(offered).stage, _deal(offered).by) == (Stage.CONTACTED, OFFICE)
    assert _rules(_told(offered, _by(OFFICE, Move.START_TALKS, 2))) == ["role"]


def test_nobodys_broker_outlives_the_end_of_a_deal() -> None:
    offered = _market(_appoint(OWNER, 1), _by(ENTERPRISE, Move.CONTACT, 2), _by(OWNER, Move.END, 3))
    assert _deal(offered).owner_broker is None
    _told(offered, _by(OWNER, Move.REOPEN, 4))
    assert (_deal(offered).stage, _deal(offered).owner_broker) == (Stage.CONTACTED, None)
    expired = ended_by_clock(_deal(_market(_appoint(OWNER, 1))), 20, NOW)
    assert (expired.owner_broker, expired.reopen_to) == (None, Stage.MATCHED)


def test_an_appointment_stands_when_the_contract_does() -> None:
    moves = [_appoint(OWNER, 1), *(_later(one, 1) for one in sale())]
    assert (_deal(_market(*moves)).stage, _deal(_market(*moves)).owner_broker) == (Stage.CONTRACTED, BROKER)


def _later(one: NegotiationUpdated, numbers: int) -> NegotiationUpdated:
    return move(
        one.move, one.sequence + numbers, one.terms, institution_id=one.institution_id, submission_id=uuid.uuid4()
    )


def test_a_brokers_move_waits_for_its_appointment_and_is_absorbed_when_it_comes_again() -> None:
    offered = Offered(is_registered=True)
    contact = _by(BROKER, Move.CONTACT, 2)
    (held,) = _told(offered, contact)
    assert isinstance(held, MoveHeld)
    assert waited(held) == contact
    appointed, released, contacted = _told(offered, _appoint(OWNER, 1))
    assert isinstance(appointed, DealAdvanced)
    assert isinstance(released, MoveReleased)
    assert isinstance(contacted, DealAdvanced)
    assert _told(offered, contact) == []


@pytest.mark.parametrize(
    "early",
    [
        _appoint(OWNER, 3),
        _by(REGISTRAR, Move.CERTIFY, 7, certification=CERTIFIED),
        _by(REGISTRAR, Move.REJECT, 8, reason="equipment was not left out"),
    ],
)
def test_what_waits_for_its_turn_comes_back_as_it_was_said(early: NegotiationUpdated) -> None:
    (held,) = _told(Offered(is_registered=True), early)
    assert isinstance(held, MoveHeld)
    kept = codec.decode(codec.encode(held))
    assert isinstance(kept, MoveHeld)
    assert waited(kept) == early


@pytest.mark.parametrize(
    ("again", "is_the_same"),
    [
        (_appoint(OWNER, 1), True),
        (_appoint(OWNER, 1, "another"), False),
        (_appoint(ENTERPRISE, 1), False),
    ],
)
def test_the_same_appointment_again_is_one_and_another_one_is_not(again: NegotiationUpdated, is_the_same: bool) -> None:
    assert _rules(_told(_market(_appoint(OWNER, 1)), again)) == ([] if is_the_same else ["sequence-taken"])


@pytest.mark.parametrize(
    ("moves", "waits_for"),
    [
        ([_appoint(OWNER, 1)], Turn.EITHER),
        ([_appoint(OWNER, 1), _by(BROKER, Move.CONTACT, 2)], Turn.ENTERPRISE),
        ([_appoint(ENTERPRISE, 1), _by(BROKER, Move.CONTACT, 2)], Turn.OWNER),
        ([_appoint(OWNER, 1), _appoint(ENTERPRISE, 2), _by(BROKER, Move.CONTACT, 3)], Turn.EITHER),
        ([_by(OFFICE, Move.CONTACT, 1)], Turn.OWNER),
        ([_by(OFFICE, Move.CONTACT, 1), _by(OWNER, Move.START_TALKS, 2)], Turn.ENTERPRISE),
    ],
)
def test_a_move_for_a_side_makes_it_the_other_ones_turn(moves: list[NegotiationUpdated], waits_for: Turn) -> None:
    assert turn(_deal(_market(*moves))) is waits_for


def test_a_registrar_certifies_the_contract_as_it_stands() -> None:
    offered = _registered()
    assert not _deal(offered).is_certified
    (told,) = _told(offered, _by(REGISTRAR, Move.CERTIFY, 7, certification=CERTIFIED))
    assert isinstance(told, DealAdvanced)
    assert (told.stage, told.is_certified, told.certified_version, told.certified_by) == (
        Stage.REGISTERED, True, 1, REGISTRAR,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("certification", "shown"),
    [
        (Certification(2, ContractKind.LICENCE, CERTIFIED.technical_amount), "version 2, LICENCE, 100.00 CNY"),
        (Certification(1, ContractKind.TRANSFER, CERTIFIED.technical_amount), "version 1, TRANSFER, 100.00 CNY"),
        (Certification(1, ContractKind.LICENCE, Money(Decimal("99.99"), "CNY")), "version 1, LICENCE, 99.99 CNY"),
        (Certification(1, ContractKind.LICENCE, Money(Decimal("100.00"), "USD")), "version 1, LICENCE, 100.00 USD"),
    ],
)
def test_what_is_not_the_contract_is_not_certified(certification: Certification, shown: str) -> None:
    (told,) = _told(_registered(), _by(REGISTRAR, Move.CERTIFY, 7, certification=certification))
    assert isinstance(told, MoveRefused)
    assert [(fault.rule, fault.value) for fault in told.faults] == [("certification", shown)]
    assert "version 1 stands: LICENCE, technical amount 100.00 CNY" in told.faults[0].repair


def test_a_version_is_certified_once_and_the_next_one_anew() -> None:
    offered = _registered()
    _told(offered, _by(REGISTRAR, Move.CERTIFY, 7, certification=CERTIFIED))
    again = _by("registrar-2", Move.CERTIFY, 8, certification=CERTIFIED, role=DealRole.REGISTRAR)
    assert _rules(_told(offered, again)) == ["certification"]
    amended = tech_contract(non_technical=Decimal("20.00"))
    _told(offered, _by(ENTERPRISE, Move.AMEND, 8, contract=amended))
    assert (_deal(offered).is_certified, _deal(offered).certified_version) == (False, 1)
    second = Certification(2, ContractKind.LICENCE, Money(Decimal("80.00"), "CNY"))
    (told,) = _told(offered, _by(REGISTRAR, Move.CERTIFY, 9, certification=second))
    assert isinstance(told, DealAdvanced)
    assert told.is_certified


def test_what_is_sent_back_is_contracted_and_registered_anew() -> None:
    offered = _registered()
    (sent_back,) = _told(offered, _by(REGISTRAR, Move.REJECT, 7, reason="equipment was not left out"))
    assert isinstance(sent_back, DealAdvanced)
    assert (sent_back.stage, sent_back.contract, sent_back.reason) == (
        Stage.CONTRACTED, None, "equipment was not left out",
    )  # fmt: skip
    (again,) = _told(offered, _by(OWNER, Move.REGISTER, 8))
    assert isinstance(again, DealAdvanced)
    assert (again.stage, again.contract_version, again.is_certified) == (Stage.REGISTERED, 2, False)


def test_what_was_paid_under_a_registration_that_is_sent_back_is_taken_back() -> None:
    offered = _registered()
    _told(offered, _by(OWNER, Move.PAY, 7, payment=payment("33.33")))
    sent_back, posted = _told(offered, _by(REGISTRAR, Move.REJECT, 8))
    assert isinstance(sent_back, DealAdvanced)
    assert sent_back.paid is None
    assert (posted.is_reversal, posted.payment_sequence) == (True, 7)  # type: ignore[union-attr]
    assert offered.payments == {}


def test_deliveries_do_not_wait_for_a_registrar_and_are_not_sent_back() -> None:
    offered = _registered()
    _told(offered, _by(OWNER, Move.DELIVER, 7))
    assert _rules(_told(offered, _by(REGISTRAR, Move.REJECT, 8))) == ["table"]
    (told,) = _told(offered, _by(REGISTRAR, Move.CERTIFY, 8, certification=CERTIFIED))
    assert isinstance(told, DealAdvanced)
    assert (told.stage, told.is_certified) == (Stage.DELIVERING, True)


@pytest.mark.parametrize("step", [Move.CERTIFY, Move.REJECT])
@pytest.mark.parametrize("by", [OWNER, ENTERPRISE, BROKER, OFFICE])
def test_nobody_but_a_registrar_speaks_of_a_registration(by: str, step: Move) -> None:
    certification = CERTIFIED if step is Move.CERTIFY else None
    assert _rules(_told(_registered(), _by(by, step, 7, certification=certification))) == ["role"]


_WAYS: tuple[list[NegotiationUpdated], ...] = (
    [], [_appoint(OWNER, 1)], sale()[:2], sale()[:4], sale(), [*sale(), _by(OWNER, Move.REGISTER, 6)],
)  # fmt: skip


@pytest.mark.parametrize("by", sorted(_ROLE))
@pytest.mark.parametrize("step", [step for step in Move if step is not Move.UNKNOWN])
def test_no_role_makes_a_move_that_is_not_its_own_wherever_the_deal_stands(by: str, step: Move) -> None:
    for way in _WAYS:
        outcome = advance(_market(*way), _by(by, step, len(way) + 1))
        if _ROLE[by] not in MAY[step]:
            assert isinstance(outcome, MoveRefused)
            assert "role" in [fault.rule for fault in outcome.faults]
