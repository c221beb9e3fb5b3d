"""Each move counts once and in its turn, in whatever order and however often it comes."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from schemas.records import (
    DealAdvanced,
    EndCause,
    Move,
    MoveHeld,
    MoveRefused,
    MoveReleased,
    NegotiationUpdated,
    Stage,
    Terms,
)
from streams.deal_check import sold_twice
from streams.deal_laws import broken
from streams.domain.deals import Offered, advance, is_exclusively_contracted, take
from streams.domain.stages import NEXT
from streams.domain.turns import AHEAD, Told, follow, hold, release, waited
from tests.unit.streams.making import EXCLUSIVE_TERMS, NOW, ORDINARY_TERMS, WITH_TERMS, move, sale

D1, D2 = "district-210202/D1", "district-210202/D2"
_SIDES = ("dlut", "district-210202")


def _open() -> Offered:
    return Offered(is_registered=True)


def _told(offered: Offered, moves: Iterable[NegotiationUpdated]) -> list[Told]:
    return [told for one in moves for told in follow(offered, one)]


def _kinds(told: Iterable[Told]) -> list[tuple[str, int]]:
    return [(type(one).__name__, one.sequence) for one in told]


def _rules(told: Iterable[Told]) -> list[str]:
    return [fault.rule for one in told if isinstance(one, MoveRefused) for fault in one.faults]


def test_a_move_about_an_achievement_that_nobody_registered_does_not_wait() -> None:
    offered = Offered()
    early = replace(sale()[2], achievement_id="misspelled")
    assert _rules(_told(offered, [early])) == ["offered"]
    assert offered.is_unknown


def test_two_sides_may_choose_the_same_submission_id() -> None:
    first, second, *_ = sale()
    other = next(side for side in _SIDES if side != second.institution_id)
    mine = replace(second, institution_id=other, move=Move.END, reason="no budget", terms=None)
    assert mine.submission_id == second.submission_id
    offered = _open()
    _told(offered, [first, second])
    assert _rules(_told(offered, [mine])) == ["sequence-taken"]


def test_moves_that_come_early_wait_and_are_told_in_order_once_the_gap_closes() -> None:
    first, second, third, *_ = sale()
    offered = _open()
    assert _kinds(_told(offered, [third, second])) == [("MoveHeld", 3), ("MoveHeld", 2)]
    assert offered.deals == {}
    assert _kinds(_told(offered, [first])) == [
        ("DealAdvanced", 1), ("MoveReleased", 2), ("DealAdvanced", 2), ("MoveReleased", 3), ("DealAdvanced", 3),
    ]  # fmt: skip
    assert offered.waiting == {}


def test_a_move_that_waits_says_for_which() -> None:
    offered = _open()
    _told(offered, sale()[:1])
    (held,) = _told(offered, sale()[3:4])
    assert isinstance(held, MoveHeld)
    assert (held.sequence, held.expected, held.by) == (4, 2, "district-210202")


def test_a_move_comes_out_of_waiting_as_it_went_in() -> None:
    one = replace(sale()[3], reason="again")
    (held,) = _told(_open(), [one])
    assert isinstance(held, MoveHeld)
    assert waited(held) == one


@pytest.mark.parametrize("again", [{}, {"submission_id": uuid.UUID(int=7)}, {"moved_at": NOW + timedelta(1)}])
@pytest.mark.parametrize("place", range(5))
def test_a_move_that_comes_again_has_no_effect(place: int, again: dict[str, object]) -> None:
    moves = sale()
    repeated = replace(moves[place], **again)  # type: ignore[arg-type]
    offered = _open()
    assert _told(offered, moves[place:]) != []
    assert _told(offered, [repeated]) == [], "while it waits, or stands"
    _told(offered, moves[:place])
    assert offered.deals[D1].stage is Stage.CONTRACTED
    assert _told(offered, [repeated]) == []


def test_the_same_submission_is_the_same_move_whatever_it_says_now() -> None:
    offered = _open()
    first, *_ = sale()
    _told(offered, [first])
    assert _told(offered, [replace(first, move=Move.END)]) == []


@pytest.mark.parametrize("number", [1, 4])
def test_another_move_under_a_number_that_is_taken_is_refused(number: int) -> None:
    offered = _open()
    _told(offered, [sale()[0], sale()[3]])
    told = _told(offered, [move(Move.PAUSE, number)])
    assert _rules(told) == ["sequence-taken"]
    assert "sequence 2" in told[0].faults[0].repair  # type: ignore[union-attr]


@pytest.mark.parametrize("number", [-1, 0, 1 + AHEAD + 1, 2**31 - 1])
def test_a_move_waits_up_to_a_bound_and_beyond_it_is_told_what_to_do(number: int) -> None:
    told = _told(_open(), [move(Move.PAUSE, number)])
    assert _rules(told) == ["sequence"]
    assert "sequence 1" in told[0].faults[0].repair  # type: ignore[union-attr]


def test_so_many_moves_wait_at_most() -> None:
    offered = _open()
    told = _told(offered, [move(Move.PAUSE, number) for number in range(2, 100)])
    assert sum(isinstance(one, MoveHeld) for one in told) == len(offered.waiting[D1]) == AHEAD


def test_a_refused_move_leaves_its_number_and_what_waits_behind_it_goes_on_waiting() -> None:
    contact, talks, agree, *_ = sale()
    offered = _open()
    too_soon = replace(agree, sequence=2, submission_id=uuid.uuid4())
    assert _kinds(_told(offered, [agree, too_soon])) == [("MoveHeld", 3), ("MoveHeld", 2)]
    assert _kinds(_told(offered, [contact])) == [("DealAdvanced", 1), ("MoveReleased", 2), ("MoveRefused", 2)]
    assert list(offered.waiting[D1]) == [3]
    assert _kinds(_told(offered, [talks])) == [("DealAdvanced", 2), ("MoveReleased", 3), ("DealAdvanced", 3)]


def test_the_exclusive_contract_ends_all_other_deals_at_once() -> None:
    offered = _open()
    _told(offered, sale(demand_id="D2")[:4])
    _told(offered, [move(Move.CONTACT, 1, demand_id="D3"), move(Move.END, 2, demand_id="D3")])
    _told(offered, [move(Move.START_TALKS, 2, demand_id="D4")])
    told = _told(offered, sale())
    assert _kinds(told)[4:] == [("DealAdvanced", 5), ("DealAdvanced", 4), ("MoveReleased", 2), ("MoveRefused", 2)]
    contract, ended, _, refused = told[4:]
    assert isinstance(ended, DealAdvanced)
    assert (ended.demand_id, ended.stage, ended.by, ended.sequence) == ("D2", Stage.ENDED, "", 4)
    assert ended.end_cause is EndCause.EXCLUSIVELY_CONTRACTED
    assert ended.submission_id == contract.submission_id
    assert (ended.owner_confirmed, ended.enterprise_confirmed) == (None, None)
    assert (refused.demand_id, _rules([refused])) == ("D4", ["exclusivity"])
    assert offered.waiting == {}


@pytest.mark.parametrize(
    ("asked", "rules"),
    [
        (move(Move.CONTRACT, 5, EXCLUSIVE_TERMS, demand_id="D2"), ["table", "exclusivity"]),
        (move(Move.REOPEN, 5, demand_id="D2"), ["exclusivity"]),
        (move(Move.OFFER, 7, ORDINARY_TERMS, demand_id="D2"), ["exclusivity"]),
        (move(Move.CONTACT, 1, demand_id="D5"), ["exclusivity"]),
    ],
)
def test_once_an_achievement_is_taken_nobody_else_moves_about_it(asked: NegotiationUpdated, rules: list[str]) -> None:
    offered = _open()
    _told(offered, [*sale(demand_id="D2")[:4], *sale()])
    assert _rules(_told(offered, [asked])) == rules


def test_an_ordinary_contract_ends_nobody_elses_deal() -> None:
    offered = _open()
    _told(offered, [*sale(demand_id="D2")[:4], *sale(ORDINARY_TERMS)])
    assert offered.deals[D2].stage is Stage.TERMS_AGREED


# Any order -----------------------------------------------------------------------------------------------------------


def _legal(chance: random.Random, name: str, length: int) -> list[NegotiationUpdated]:
    """A way that a deal may go, by moves that are all accepted."""
    offered, moves = _open(), list[NegotiationUpdated]()
    while len(moves) < length:
        step, by = chance.choice(list(Move)), chance.choice(_SIDES)
        price = replace(ORDINARY_TERMS.price, amount=ORDINARY_TERMS.price.amount + chance.randrange(2))
        terms = replace(ORDINARY_TERMS, price=price) if step in WITH_TERMS else None
        one = move(step, len(moves) + 1, terms, institution_id=by, demand_id=name)
        outcome = advance(offered, one)
        if isinstance(outcome, DealAdvanced):
            take(offered, outcome)
            moves.append(one)
        elif not any(stage is outcome.stage for stage, _ in NEXT):
            break
    return moves


@given(st.integers(0, 2**32), st.integers(1, 25))
@settings(deadline=None, max_examples=150)
def test_any_order_with_any_repetition_leads_where_the_clean_order_leads(seed: int, length: int) -> None:
    chance = random.Random(seed)
    clean = [*_legal(chance, "D1", length), *_legal(chance, "D2", length)]
    offered, disturbed = _open(), _open()
    assert all(isinstance(told, DealAdvanced) for told in _told(offered, clean))
    repeated = [replace(one, submission_id=uuid.uuid4()) for one in clean if chance.random() < 0.3]
    told = _told(disturbed, chance.sample([*clean, *repeated], len(clean) + len(repeated)))
    assert not any(isinstance(one, MoveRefused) for one in told)
    assert disturbed.waiting == {}
    assert {ref: _meaning(deal) for ref, deal in disturbed.deals.items()} == {
        ref: _meaning(deal) for ref, deal in offered.deals.items()
    }


def _meaning(deal: DealAdvanced) -> DealAdvanced:
    """A deal but for which of two equal submissions came first."""
    return replace(deal, submission_id=uuid.UUID(int=0))


class Bargaining(RuleBasedStateMachine):
    """Deals of one achievement under whatever anybody says; lanes die at any moment."""

    @initialize()
    def begin(self) -> None:
        self.offered = _open()
        self.arrived: list[NegotiationUpdated] = []
        self.told: list[Told] = []

    def _arrives(self, one: NegotiationUpdated) -> None:
        before = dict(self.offered.deals)
        self.arrived.append(one)
        for told in follow(self.offered, one):
            if isinstance(told, DealAdvanced):
                self._keeps_the_laws(before.get(told.demand_ref), told)
                before[told.demand_ref] = told
            self.told.append(told)

    def _keeps_the_laws(self, before: DealAdvanced | None, deal: DealAdvanced) -> None:
        stage = Stage.MATCHED if before is None else before.stage
        assert (stage, deal.move) in NEXT
        assert stage is not Stage.ENDED or deal.move is Move.REOPEN
        assert stage is not Stage.INDUSTRIALISED
        assert deal.sequence == (0 if before is None else before.sequence) + (deal.by != "")
        assert (deal.resume_to is not None) == (deal.stage is Stage.PAUSED)
        assert (deal.reopen_to is not None) == (deal.end_cause is not None) == (deal.stage is Stage.ENDED)
        both = deal.owner_confirmed == deal.enterprise_confirmed == deal.terms_version > 0
        assert {deal.owner_confirmed, deal.enterprise_confirmed} <= {None, deal.terms_version}
        if deal.stage in {Stage.IN_TALKS, Stage.EVALUATED}:
            assert not both
        if deal.stage is Stage.TERMS_AGREED or deal.move is Move.CONTRACT:
            assert both
        if deal.move in {Move.DELIVER, Move.INDUSTRIALISE}:
            assert deal.by == _SIDES[deal.move is Move.INDUSTRIALISE]
        if deal.move is Move.RETRACT:
            assert (deal.owner_confirmed if deal.by == _SIDES[0] else deal.enterprise_confirmed) is None

    @rule(
        name=st.sampled_from(["D1", "D2", "D3"]), step=st.sampled_from(list(Move)), by=st.sampled_from(_SIDES),
        skew=st.sampled_from([0, 0, 0, 0, -1, 1, 2]), terms=st.sampled_from([ORDINARY_TERMS, EXCLUSIVE_TERMS]),
    )  # fmt: skip
    def speak(self, name: str, step: Move, by: str, skew: int, terms: Terms) -> None:
        number = self.offered.expected(f"district-210202/{name}") + skew
        said = terms if step in WITH_TERMS else None
        self._arrives(move(step, number, said, institution_id=by, demand_id=name))

    @rule(
        name=st.sampled_from(["D1", "D2", "D3"]), terms=st.sampled_from([ORDINARY_TERMS, EXCLUSIVE_TERMS]),
        many=st.integers(1, 5), seed=st.integers(0, 1000),
    )  # fmt: skip
    def negotiate(self, name: str, terms: Terms, many: int, seed: int) -> None:
        first = self.offered.expected(f"district-210202/{name}") - 1
        moves = [replace(one, sequence=one.sequence + first) for one in sale(terms, demand_id=name)][:many]
        for one in random.Random(seed).sample(moves, len(moves)):
            self._arrives(one)

    @rule(place=st.integers(0, 200))
    def repeat(self, place: int) -> None:
        if self.arrived:
            self._arrives(self.arrived[place % len(self.arrived)])

    @rule(is_withdrawn=st.booleans())
    def withdraw_or_register(self, is_withdrawn: bool) -> None:
        self.offered.is_withdrawn = is_withdrawn

    @rule(seed=st.integers(0, 1000))
    def die(self, seed: int) -> None:
        restored = _restored(self.told, random.Random(seed))
        restored.is_withdrawn = self.offered.is_withdrawn
        assert restored == self.offered
        self.offered = restored

    @invariant()
    def what_was_told_keeps_the_laws(self) -> None:
        assert broken(one for one in self.told if isinstance(one, DealAdvanced)) == []

    @invariant()
    def nothing_is_sold_twice(self) -> None:
        deals = list(self.offered.deals.values())
        assert list(sold_twice(deals)) == []
        if any(is_exclusively_contracted(deal) for deal in deals):
            assert {deal.stage for deal in deals if not is_exclusively_contracted(deal)} <= {Stage.ENDED}

    @invariant()
    def every_move_that_counted_is_remembered_and_nothing_else(self) -> None:
        for ref, deal in self.offered.deals.items():
            noted = [number for number in range(-1, deal.sequence + 3) if self.offered.noted(ref, number) is not None]
            assert noted == [*range(1, deal.sequence + 1)]

    @invariant()
    def what_waits_is_bounded_and_never_next(self) -> None:
        for ref, waiting in self.offered.waiting.items():
            expected = self.offered.expected(ref)
            assert waiting
            assert all(expected < number <= expected + AHEAD for number in waiting)


Bargaining.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestBargaining = Bargaining.TestCase


def _restored(told: Iterable[Told], chance: random.Random) -> Offered:
    """What two topics give back, each in its order, mixed anyhow."""
    offered = _open()
    deals = [one for one in told if isinstance(one, DealAdvanced)]
    held = [one for one in told if isinstance(one, MoveHeld | MoveReleased)]
    while deals or held:
        match chance.choice([queue for queue in (deals, held) if queue]).pop(0):
            case DealAdvanced() as deal:
                take(offered, deal)
            case MoveHeld() as one:
                hold(offered, waited(one))
            case MoveReleased() as one:
                release(offered, one.demand_ref, one.sequence)
    return offered
