"""Deals obey their table and their guards, whatever is tried."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from schemas.records import (
    Certification,
    ContractKind,
    CooperationMode,
    DealAdvanced,
    DealRole,
    EndCause,
    Money,
    Move,
    MoveRefused,
    NegotiationUpdated,
    Stage,
    Terms,
)
from schemas.rules import faults
from streams.domain.deals import CONTRACTED, NEXT, Offered, advance, is_exclusively_contracted, take
from streams.domain.stages import MAY
from tests.unit.streams.making import EXCLUSIVE_TERMS, NOW, ORDINARY_TERMS, WITH_TERMS, move, payment, tech_contract

OWNER, ENTERPRISE = "dlut", "district-210202"
_TALKS = (Move.CONTACT, Move.START_TALKS, Move.OFFER)
_AGREED = (*_TALKS, Move.AGREE)
_SALE = (*_AGREED, Move.CONTRACT)
#: A way from the start to each stage a deal can be in.
WAY_TO: dict[Stage, tuple[Move, ...]] = {
    Stage.MATCHED: (),
    Stage.CONTACTED: (Move.CONTACT,),
    Stage.IN_TALKS: _TALKS,
    Stage.EVALUATED: (*_TALKS, Move.EVALUATE),
    Stage.TERMS_AGREED: _AGREED,
    Stage.CONTRACTED: _SALE,
    Stage.REGISTERED: (*_SALE, Move.REGISTER),
    Stage.DELIVERING: (*_SALE, Move.REGISTER, Move.DELIVER),
    Stage.INDUSTRIALISED: (*_SALE, Move.REGISTER, Move.DELIVER, Move.INDUSTRIALISE),
    Stage.PAUSED: (*_TALKS, Move.EVALUATE, Move.PAUSE),
    Stage.ENDED: (Move.CONTACT, Move.END),
}


def _moved(offered: Offered, moves: Iterable[NegotiationUpdated]) -> list[DealAdvanced | MoveRefused]:
    outcomes = []
    for one in moves:
        outcome = advance(offered, one)
        if isinstance(outcome, DealAdvanced):
            take(offered, outcome)
        outcomes.append(outcome)
    return outcomes


def _walk(steps: Iterable[Move], terms: Terms = ORDINARY_TERMS, **changes: Any) -> list[NegotiationUpdated]:
    return [_moved_by(step, number, terms, **changes) for number, step in enumerate(steps, 1)]


def _moved_by(step: Move, number: int, terms: Terms | None, **changes: Any) -> NegotiationUpdated:
    """What the owner offers the enterprise agrees to, and brings into production; all else the owner does."""
    by: dict[str, Any] = {"institution_id": ENTERPRISE if step in {Move.AGREE, Move.INDUSTRIALISE} else OWNER}
    if step in {Move.CERTIFY, Move.REJECT}:
        by = {"institution_id": "registrar", "role": DealRole.REGISTRAR}
    contract = tech_contract(amount=(terms or ORDINARY_TERMS).price) if step in {Move.REGISTER, Move.AMEND} else None
    paid = payment("1.00") if step is Move.PAY else None
    told = {"contract": contract, "payment": paid, **by, **changes}
    if step is Move.APPOINT:
        told.setdefault("broker", "broker-1")
    if step is Move.CERTIFY:
        told.setdefault("certification", Certification(1, ContractKind.LICENCE, (terms or ORDINARY_TERMS).price))
    return move(step, number, terms if step in WITH_TERMS else None, **told)


def _standing_at(stage: Stage, terms: Terms = ORDINARY_TERMS, first: tuple[Move, ...] = ()) -> Offered:
    offered = Offered(is_registered=True)
    outcomes = _moved(offered, _walk((*first, *WAY_TO[stage]), terms))
    assert all(isinstance(one, DealAdvanced) for one in outcomes)
    assert stage is (outcomes[-1].stage if outcomes else Stage.MATCHED)
    return offered


def _next(offered: Offered, step: Move, terms: Terms | None = None, **changes: Any) -> NegotiationUpdated:
    return _moved_by(step, offered.expected("district-210202/D1"), terms, **changes)


def _rules(outcome: DealAdvanced | MoveRefused) -> list[str]:
    return [fault.rule for fault in outcome.faults] if isinstance(outcome, MoveRefused) else []


_PAIRS = [(stage, step) for stage in Stage if stage is not Stage.UNKNOWN for step in Move]


def test_every_stage_is_tried_with_every_move() -> None:
    assert set(WAY_TO) == set(Stage) - {Stage.UNKNOWN}
    assert len(_PAIRS) == 11 * 22
    assert NEXT.keys() <= set(_PAIRS)


@pytest.mark.parametrize(("stage", "step"), _PAIRS)
def test_a_pair_is_moved_by_the_table_or_refused_by_it(stage: Stage, step: Move) -> None:
    # There has to be somebody to dismiss.
    offered = _standing_at(stage, first=(Move.APPOINT,) if step is Move.DISMISS else ())
    before = copy.deepcopy(offered)
    outcome = advance(offered, _next(offered, step, ORDINARY_TERMS if step in WITH_TERMS else None))
    assert offered == before, "advance decides, take changes"
    if (stage, step) in NEXT:
        assert isinstance(outcome, DealAdvanced)
        remembered = {Move.RESUME: Stage.EVALUATED, Move.REOPEN: Stage.CONTACTED}
        assert outcome.stage is remembered.get(step, NEXT[stage, step])
    else:
        assert _rules(outcome) == ["table"]
        assert isinstance(outcome, MoveRefused)
        assert (outcome.stage, outcome.faults[0].field) == (stage, "move")


def test_nothing_leads_out_of_the_ends_but_a_reopening() -> None:
    leading = {stage: {step for start, step in NEXT if start is stage} for stage in WAY_TO}
    assert leading[Stage.INDUSTRIALISED] == {Move.PAY, Move.AMEND, Move.RESCIND, Move.CERTIFY}
    assert leading[Stage.ENDED] == {Move.REOPEN}


def test_a_deal_ends_only_before_it_is_contracted() -> None:
    assert {stage for stage, step in NEXT if step is Move.END} == set(WAY_TO) - CONTRACTED - {Stage.ENDED}


@pytest.mark.parametrize("stage", [stage for stage, step in NEXT if step is Move.PAUSE])
def test_a_paused_deal_resumes_where_it_was(stage: Stage) -> None:
    offered = _standing_at(stage)
    deal = offered.deals["district-210202/D1"]
    (paused,) = _moved(offered, [_next(offered, Move.PAUSE)])
    assert isinstance(paused, DealAdvanced)
    assert (paused.stage, paused.resume_to, paused.terms) == (Stage.PAUSED, stage, deal.terms)
    (resumed,) = _moved(offered, [_next(offered, Move.RESUME)])
    assert isinstance(resumed, DealAdvanced)
    assert (resumed.stage, resumed.resume_to, resumed.terms, resumed.terms_version) == (
        stage, None, deal.terms, deal.terms_version,
    )  # fmt: skip


@pytest.mark.parametrize("step", sorted(WITH_TERMS))
def test_terms_are_needed_where_money_is_spoken_of(step: Move) -> None:
    offered = _standing_at(Stage.TERMS_AGREED if step is Move.CONTRACT else Stage.IN_TALKS)
    assert _rules(advance(offered, _next(offered, step))) == ["present"]


@pytest.mark.parametrize(("stage", "step"), [(Stage.IN_TALKS, Move.AGREE), (Stage.TERMS_AGREED, Move.CONTRACT)])
def test_what_is_agreed_and_contracted_states_a_positive_amount(stage: Stage, step: Move) -> None:
    # Already when it is agreed: a contract has to be as agreed, so an agreement over nothing could only be ended.
    nothing = Terms(CooperationMode.SERVICE, Money(Decimal("0.00"), "CNY"))
    offered = _standing_at(stage)
    assert "positive" in _rules(advance(offered, _next(offered, step, nothing)))


def test_only_agreed_terms_are_contracted() -> None:
    offered = _standing_at(Stage.TERMS_AGREED)
    outcome = advance(offered, _next(offered, Move.CONTRACT, EXCLUSIVE_TERMS))
    assert isinstance(outcome, MoveRefused)
    assert _rules(outcome) == ["agreed"]
    assert "LICENCE_ORDINARY for 40.00 CNY" in outcome.faults[0].repair


def test_the_terms_that_were_agreed_are_told_in_full() -> None:
    full = dataclasses.replace(ORDINARY_TERMS, territories=("2102",), period_months=36, royalty_percent=Decimal("2.50"))
    offered = _standing_at(Stage.TERMS_AGREED, full)
    outcome = advance(offered, _next(offered, Move.CONTRACT, ORDINARY_TERMS))
    assert isinstance(outcome, MoveRefused)
    assert "LICENCE_ORDINARY for 40.00 CNY; in 2102; for 36 months; 2.50 % royalty" in outcome.faults[0].repair


Said = tuple[str, Move, Terms | None]
#: What the sides say one after another, and what stands after each: stage, version, who stands by which.
_BARGAINS: list[tuple[list[Said], list[tuple[Stage, int, int | None, int | None]]]] = [
    (
        [(OWNER, Move.OFFER, EXCLUSIVE_TERMS), (ENTERPRISE, Move.OFFER, ORDINARY_TERMS),
         (OWNER, Move.AGREE, ORDINARY_TERMS)],
        [(Stage.IN_TALKS, 1, 1, None), (Stage.IN_TALKS, 2, None, 2), (Stage.TERMS_AGREED, 2, 2, 2)],
    ),
    (  # To agree to other terms is to offer them.
        [(OWNER, Move.OFFER, EXCLUSIVE_TERMS), (ENTERPRISE, Move.AGREE, ORDINARY_TERMS),
         (OWNER, Move.AGREE, ORDINARY_TERMS)],
        [(Stage.IN_TALKS, 1, 1, None), (Stage.IN_TALKS, 2, None, 2), (Stage.TERMS_AGREED, 2, 2, 2)],
    ),
    (  # The same terms offered again are a new version all the same.
        [(OWNER, Move.OFFER, ORDINARY_TERMS), (OWNER, Move.OFFER, ORDINARY_TERMS)],
        [(Stage.IN_TALKS, 1, 1, None), (Stage.IN_TALKS, 2, 2, None)],
    ),
    (  # A confirmation that is taken back is none.
        [(OWNER, Move.OFFER, ORDINARY_TERMS), (OWNER, Move.RETRACT, None), (ENTERPRISE, Move.AGREE, ORDINARY_TERMS),
         (OWNER, Move.AGREE, ORDINARY_TERMS), (ENTERPRISE, Move.RETRACT, None)],
        [(Stage.IN_TALKS, 1, 1, None), (Stage.IN_TALKS, 1, None, None), (Stage.IN_TALKS, 1, None, 1),
         (Stage.TERMS_AGREED, 1, 1, 1), (Stage.IN_TALKS, 1, 1, None)],
    ),
    (  # Who was evaluated stays so, and a new offer takes the agreement away.
        [(OWNER, Move.OFFER, ORDINARY_TERMS), (ENTERPRISE, Move.EVALUATE, None),
         (ENTERPRISE, Move.AGREE, ORDINARY_TERMS), (ENTERPRISE, Move.OFFER, EXCLUSIVE_TERMS)],
        [(Stage.IN_TALKS, 1, 1, None), (Stage.EVALUATED, 1, 1, None), (Stage.TERMS_AGREED, 1, 1, 1),
         (Stage.EVALUATED, 2, None, 2)],
    ),
    (  # Nobody's word outlives the end.
        [(OWNER, Move.OFFER, ORDINARY_TERMS), (ENTERPRISE, Move.AGREE, ORDINARY_TERMS), (OWNER, Move.END, None),
         (ENTERPRISE, Move.REOPEN, None), (ENTERPRISE, Move.AGREE, ORDINARY_TERMS)],
        [(Stage.IN_TALKS, 1, 1, None), (Stage.TERMS_AGREED, 1, 1, 1), (Stage.ENDED, 1, None, None),
         (Stage.IN_TALKS, 1, None, None), (Stage.IN_TALKS, 1, None, 1)],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("said", "stands"), _BARGAINS)
def test_terms_are_agreed_when_both_sides_stand_by_the_same_version(
    said: list[Said], stands: list[tuple[Stage, int, int | None, int | None]]
) -> None:
    offered = Offered(is_registered=True)
    _moved(offered, _walk(_TALKS[:2]))
    outcomes = []
    for by, step, terms in said:
        outcomes += _moved(offered, [_next(offered, step, terms, institution_id=by)])
    assert [
        (one.stage, one.terms_version, one.owner_confirmed, one.enterprise_confirmed)
        for one in outcomes if isinstance(one, DealAdvanced)
    ] == stands  # fmt: skip


@pytest.mark.parametrize(
    ("by", "step", "word"),
    [
        (OWNER, Move.AGREE, "stands by version 1 already"),
        (ENTERPRISE, Move.RETRACT, "stands by no terms"),
    ],
)
def test_nobody_confirms_twice_or_takes_back_what_was_not_given(by: str, step: Move, word: str) -> None:
    offered = _standing_at(Stage.IN_TALKS)
    outcome = advance(offered, _next(offered, step, ORDINARY_TERMS, institution_id=by))
    assert isinstance(outcome, MoveRefused)
    assert _rules(outcome) == ["confirmation"]
    assert word in outcome.faults[0].repair


@pytest.mark.parametrize(
    ("stage", "step", "by", "whose"),
    [
        (Stage.REGISTERED, Move.DELIVER, ENTERPRISE, "owner"),
        (Stage.DELIVERING, Move.INDUSTRIALISE, OWNER, "enterprise"),
    ],
)
def test_what_is_one_sides_move_the_other_does_not_make(stage: Stage, step: Move, by: str, whose: str) -> None:
    offered = _standing_at(stage)
    outcome = advance(offered, _next(offered, step, institution_id=by))
    assert isinstance(outcome, MoveRefused)
    assert _rules(outcome) == ["role"]
    assert outcome.faults[0].repair.endswith(f"of the {whose}")


def test_it_is_written_down_for_every_move_who_may_make_it() -> None:
    assert MAY.keys() == set(Move)
    assert all(MAY.values())


def test_who_is_both_sides_agrees_with_itself() -> None:
    offered = Offered(is_registered=True)
    steps = [move(step, number, demand_institution_id=OWNER) for number, step in enumerate(_TALKS[:2], 1)]
    _moved(offered, steps)
    (outcome,) = _moved(offered, [move(Move.AGREE, 3, ORDINARY_TERMS, demand_institution_id=OWNER)])
    assert isinstance(outcome, DealAdvanced)
    assert (outcome.stage, outcome.owner_confirmed, outcome.enterprise_confirmed) == (Stage.TERMS_AGREED, 1, 1)


def test_a_deal_that_ended_while_it_was_paused_goes_on_where_it_was_paused() -> None:
    offered = _standing_at(Stage.PAUSED)
    ended, reopened = (_moved(offered, [_next(offered, step)])[0] for step in (Move.END, Move.REOPEN))
    assert isinstance(ended, DealAdvanced)
    assert isinstance(reopened, DealAdvanced)
    assert (ended.resume_to, ended.reopen_to, ended.end_cause) == (None, Stage.EVALUATED, EndCause.PARTY)
    assert (reopened.stage, reopened.reopen_to, reopened.end_cause) == (Stage.EVALUATED, None, None)


def test_nothing_is_reopened_about_an_achievement_that_is_gone() -> None:
    offered = _standing_at(Stage.ENDED)
    offered.is_withdrawn = True
    assert _rules(advance(offered, _next(offered, Move.REOPEN))) == ["offered"]


def test_terms_that_no_move_asked_for_change_nothing() -> None:
    offered = _standing_at(Stage.TERMS_AGREED)
    (outcome,) = _moved(offered, [_next(offered, Move.PAUSE, EXCLUSIVE_TERMS)])
    assert isinstance(outcome, DealAdvanced)
    assert (outcome.terms, outcome.terms_version) == (ORDINARY_TERMS, 1)


def test_all_reasons_are_told_at_once() -> None:
    outcome = advance(Offered(), move(Move.CONTRACT, 1))
    assert _rules(outcome) == ["table", "offered", "present"]


@pytest.mark.parametrize("offered", [Offered(), Offered(is_withdrawn=True), Offered(True, is_withdrawn=True)])
def test_an_achievement_that_is_not_offered_is_not_negotiated(offered: Offered) -> None:
    assert _rules(advance(offered, move(Move.CONTACT, 1))) == ["offered"]
    assert _rules(advance(offered, move(Move.END, 1))) == []


def test_a_contracted_deal_goes_on_though_the_achievement_is_withdrawn() -> None:
    offered = _standing_at(Stage.CONTRACTED)
    offered.is_withdrawn = True
    assert _rules(advance(offered, _next(offered, Move.REGISTER))) == []


def test_the_end_of_a_deal_needs_a_reason_before_it_comes_here() -> None:
    values = {
        **dataclasses.asdict(move(Move.END, 1)),
        "reason": "  ",
        "moved_at": NOW,
    }
    assert [fault.rule for fault in faults("NegotiationUpdated", values)] == ["reason-missing"]
    assert faults("NegotiationUpdated", {**values, "reason": "no budget"}) == []


def _two_agreed(first: Terms, second: Terms) -> Offered:
    offered = Offered(is_registered=True)
    _moved(offered, _walk(WAY_TO[Stage.TERMS_AGREED], first))
    _moved(offered, _walk(WAY_TO[Stage.TERMS_AGREED], second, demand_id="D2"))
    _moved(offered, [move(Move.CONTRACT, 5, first)])
    assert [deal.stage for deal in offered.deals.values()] == [Stage.CONTRACTED, Stage.TERMS_AGREED]
    return offered


@pytest.mark.parametrize(
    ("first", "second", "rules"),
    [
        (EXCLUSIVE_TERMS, ORDINARY_TERMS, ["exclusivity"]),
        (EXCLUSIVE_TERMS, EXCLUSIVE_TERMS, ["exclusivity"]),
        (ORDINARY_TERMS, EXCLUSIVE_TERMS, ["exclusivity"]),
        (ORDINARY_TERMS, ORDINARY_TERMS, []),
    ],
)
def test_an_exclusive_contract_stands_alone(first: Terms, second: Terms, rules: list[str]) -> None:
    offered = _two_agreed(first, second)
    outcome = advance(offered, move(Move.CONTRACT, 5, second, demand_id="D2"))
    assert _rules(outcome) == rules
    if isinstance(outcome, MoveRefused):
        # All that is left from there is the end.
        assert "end this deal" in outcome.faults[0].repair


@pytest.mark.parametrize("mode", [mode for mode in CooperationMode if mode is not CooperationMode.UNKNOWN])
def test_three_modes_are_exclusive(mode: CooperationMode) -> None:
    offered = _standing_at(Stage.CONTRACTED, Terms(mode, Money(Decimal(1), "CNY")))
    assert is_exclusively_contracted(offered.deals["district-210202/D1"]) == (
        mode in {CooperationMode.ASSIGNMENT, CooperationMode.LICENCE_EXCLUSIVE, CooperationMode.LICENCE_SOLE}
    )
