"""Deals obey their table and their guards, whatever is tried."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import CooperationMode, DealAdvanced, Money, Move, MoveRefused, NegotiationUpdated, Stage, Terms
from schemas.rules import faults
from streams.domain.deals import CONTRACTED, NEXT, Offered, advance, is_exclusively_contracted, take
from tests.unit.streams.making import EXCLUSIVE_TERMS, NOW, ORDINARY_TERMS, move

WITH_TERMS = {Move.OFFER, Move.AGREE, Move.CONTRACT}
_TALKS = (Move.CONTACT, Move.START_TALKS)
_SALE = (*_TALKS, Move.AGREE, Move.CONTRACT)
#: A way from the start to each stage a deal can be in.
WAY_TO: dict[Stage, tuple[Move, ...]] = {
    Stage.MATCHED: (),
    Stage.CONTACTED: (Move.CONTACT,),
    Stage.IN_TALKS: _TALKS,
    Stage.EVALUATED: (*_TALKS, Move.EVALUATE),
    Stage.TERMS_AGREED: _SALE[:3],
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


def _walk(steps: Iterable[Move], terms: Terms = ORDINARY_TERMS, **changes: str) -> list[NegotiationUpdated]:
    return [
        move(step, number, terms if step in WITH_TERMS else None, **changes) for number, step in enumerate(steps, 1)
    ]


def _standing_at(stage: Stage, terms: Terms = ORDINARY_TERMS) -> Offered:
    offered = Offered(is_registered=True)
    outcomes = _moved(offered, _walk(WAY_TO[stage], terms))
    assert all(isinstance(one, DealAdvanced) for one in outcomes)
    assert stage is (outcomes[-1].stage if outcomes else Stage.MATCHED)
    return offered


def _next(offered: Offered, step: Move, terms: Terms | None = None) -> NegotiationUpdated:
    deal = offered.deals.get("district-210202/D1")
    return move(step, 1 if deal is None else deal.sequence + 1, terms)


def _rules(outcome: DealAdvanced | MoveRefused) -> list[str]:
    return [fault.rule for fault in outcome.faults] if isinstance(outcome, MoveRefused) else []


_PAIRS = [(stage, step) for stage in Stage if stage is not Stage.UNKNOWN for step in Move]


def test_every_stage_is_tried_with_every_move() -> None:
    assert set(WAY_TO) == set(Stage) - {Stage.UNKNOWN}
    assert len(_PAIRS) == 11 * 13
    assert NEXT.keys() <= set(_PAIRS)


@pytest.mark.parametrize(("stage", "step"), _PAIRS)
def test_a_pair_is_moved_by_the_table_or_refused_by_it(stage: Stage, step: Move) -> None:
    offered = _standing_at(stage)
    before = copy.deepcopy(offered)
    outcome = advance(offered, _next(offered, step, ORDINARY_TERMS if step in WITH_TERMS else None))
    assert offered == before, "advance decides, take changes"
    if (stage, step) in NEXT:
        assert isinstance(outcome, DealAdvanced)
        assert outcome.stage is (Stage.EVALUATED if step is Move.RESUME else NEXT[stage, step])
    else:
        assert _rules(outcome) == ["table"]
        assert isinstance(outcome, MoveRefused)
        assert (outcome.stage, outcome.faults[0].field) == (stage, "move")


def test_nothing_leads_out_of_the_ends() -> None:
    final = {stage for stage in WAY_TO if not any(start is stage for start, _ in NEXT)}
    assert final == {Stage.ENDED, Stage.INDUSTRIALISED}


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


@pytest.mark.parametrize("sequence", [-1, 0, 1, 2, 4, 2**31 - 1])
def test_a_move_out_of_sequence_is_refused_with_the_expected_number(sequence: int) -> None:
    offered = _standing_at(Stage.IN_TALKS)
    outcome = advance(offered, move(Move.EVALUATE, sequence))
    assert isinstance(outcome, MoveRefused)
    assert [(fault.field, fault.rule, fault.value) for fault in outcome.faults] == [
        ("sequence", "sequence", str(sequence))
    ]
    assert outcome.faults[0].repair.endswith("sequence 3")


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
    # There is no way back to an agreement: the repair must not send anybody there.
    assert "agree anew" not in outcome.faults[0].repair


def test_terms_are_kept_and_counted() -> None:
    offered = _standing_at(Stage.IN_TALKS)
    steps = (Move.OFFER, Move.OFFER, Move.EVALUATE, Move.AGREE, Move.CONTRACT, Move.REGISTER)
    outcomes = []
    for step in steps:
        outcomes += _moved(offered, [_next(offered, step, ORDINARY_TERMS if step in WITH_TERMS else None)])
    assert [one.terms_version for one in outcomes if isinstance(one, DealAdvanced)] == [1, 2, 2, 3, 4, 4]
    assert {one.terms for one in outcomes if isinstance(one, DealAdvanced)} == {ORDINARY_TERMS}


def test_terms_that_no_move_asked_for_change_nothing() -> None:
    offered = _standing_at(Stage.TERMS_AGREED)
    (outcome,) = _moved(offered, [_next(offered, Move.PAUSE, EXCLUSIVE_TERMS)])
    assert isinstance(outcome, DealAdvanced)
    assert (outcome.terms, outcome.terms_version) == (ORDINARY_TERMS, 1)


def test_all_reasons_are_told_at_once() -> None:
    outcome = advance(Offered(), move(Move.CONTRACT, 7))
    assert _rules(outcome) == ["table", "sequence", "offered", "present"]


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
    _moved(offered, [move(Move.CONTRACT, 4, first)])
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
    outcome = advance(offered, move(Move.CONTRACT, 4, second, demand_id="D2"))
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


# Any sequence of moves of several deals: mostly the next legal number, so that deals get far.
_steps = st.sampled_from([*Move, Move.CONTACT, Move.START_TALKS, Move.AGREE, Move.AGREE, Move.CONTRACT, Move.CONTRACT])
_attempts = st.lists(
    st.tuples(
        st.sampled_from(["D1", "D2", "D3"]),
        _steps,
        st.sampled_from([0, 0, 0, 0, 0, 0, -1, 1]),
        st.sampled_from([ORDINARY_TERMS, EXCLUSIVE_TERMS, None]),
    ),
    max_size=60,
)
_heads = st.sampled_from([Stage.MATCHED, Stage.TERMS_AGREED, Stage.CONTRACTED, Stage.PAUSED])


@given(st.lists(st.tuples(_heads, st.sampled_from([ORDINARY_TERMS, EXCLUSIVE_TERMS])), max_size=3), _attempts)
@settings(deadline=None, max_examples=200)
def test_no_sequence_of_moves_breaks_a_law(
    heads: list[tuple[Stage, Terms]], attempts: list[tuple[str, Move, int, Terms | None]]
) -> None:
    offered = Offered(is_registered=True)
    for number, (stage, terms) in enumerate(heads, 1):
        _moved(offered, _walk(WAY_TO[stage], terms, demand_id=f"D{number}"))
    log: list[DealAdvanced] = list(offered.deals.values())
    for place, (name, step, skew, asked_terms) in enumerate(attempts):
        before = copy.deepcopy(offered)
        deal = offered.deals.get(f"district-210202/{name}")
        number = (0 if deal is None else deal.sequence) + 1 + skew
        asked = move(step, number, asked_terms, demand_id=name, moved_at=NOW + timedelta(seconds=place))
        (outcome,) = _moved(offered, [asked])
        if isinstance(outcome, MoveRefused):
            assert outcome.faults
            assert offered == before
            continue
        log.append(outcome)
        assert deal is None or deal.stage not in {Stage.ENDED, Stage.INDUSTRIALISED}
        assert outcome.sequence == number
        assert outcome.stage is not Stage.UNKNOWN
        assert (outcome.resume_to is not None) == (outcome.stage is Stage.PAUSED)
        assert step is not Move.UNKNOWN
        assert asked_terms is not None or step not in WITH_TERMS
        sold = [one for one in offered.deals.values() if one.stage in CONTRACTED]
        assert len(sold) <= 1 or not any(is_exclusively_contracted(one) for one in sold)
    folds = [_folded(log), _folded(log)]
    assert folds[0] == folds[1]
    assert folds[0].deals == offered.deals


def _folded(log: Iterable[DealAdvanced]) -> Offered:
    offered = Offered(is_registered=True)
    for deal in log:
        take(offered, deal)
    return offered
