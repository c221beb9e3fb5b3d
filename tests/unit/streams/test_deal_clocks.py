"""Every clock over a deal strikes once and at its time, however often it ticks, whoever dies, whatever comes late."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from schemas.records import (
    ClockAction,
    ClockFired,
    DealAdvanced,
    EndCause,
    Move,
    MoveHeld,
    MoveRefused,
    MoveReleased,
    NegotiationUpdated,
    Record,
    Stage,
    Turn,
)
from streams.deal_laws import broken
from tests.unit.streams.making import ORDINARY_TERMS, WITH_TERMS, move, sale
from tests.unit.streams.simulated import SimulatedLane, in_china, opened

_REMIND, _ESCALATE, _CLOSE, _GIVE_UP = (
    ClockAction.REMIND, ClockAction.ESCALATE, ClockAction.CLOSE, ClockAction.GIVE_UP,
)  # fmt: skip
_CONTACT = in_china("2026-02-03")
#: Five, ten and twenty working days after the third of February, over the Spring Festival; and when these days end.
_REMINDED, _ESCALATED, _CLOSED = (
    in_china(day, 24) for day in ("2026-02-10", "2026-02-24", "2026-03-09")
)  # fmt: skip
_MOMENT = timedelta(seconds=1)


def _actions(told: Iterable[Record]) -> list[ClockAction]:
    return [one.action for one in told if isinstance(one, ClockFired)]


def _contacted() -> SimulatedLane:
    lane = opened(_CONTACT)
    lane.hears(move(Move.CONTACT, 1, moved_at=_CONTACT))
    return lane


def test_a_deal_that_nobody_moves_is_reminded_escalated_and_closed_at_the_ends_of_working_days() -> None:
    lane = _contacted()
    for due, action in ((_REMINDED, _REMIND), (_ESCALATED, _ESCALATE), (_CLOSED, _CLOSE)):
        assert lane.ticks(due - _MOMENT) == []
        told = lane.ticks(due)
        assert _actions(told) == [action]
        fired = told[0]
        assert isinstance(fired, ClockFired)
        assert (fired.due_at, fired.fired_at, fired.sequence, fired.stage) == (due, due, 1, Stage.CONTACTED)
        assert (fired.turn, fired.is_calendar_published, fired.negotiations_position) == (Turn.ENTERPRISE, True, 2)
    assert lane.ticks(_CLOSED + timedelta(200)) == []


def test_the_market_closes_the_deal_beside_and_a_party_may_reopen_it() -> None:
    lane = _contacted()
    _, _, _, closed = lane.ticks(_CLOSED)
    assert isinstance(closed, DealAdvanced)
    assert (closed.stage, closed.move, closed.by, closed.sequence) == (Stage.ENDED, Move.END, "", 1)
    assert (closed.end_cause, closed.reason) == (EndCause.EXPIRED, "no move for 20 working days")
    assert (closed.moved_at, closed.reopen_to) == (_CLOSED, Stage.CONTACTED)
    (late,) = lane.hears(move(Move.START_TALKS, 2))
    assert isinstance(late, MoveRefused)
    (reopened,) = lane.hears(move(Move.REOPEN, 2, moved_at=lane.now))
    assert isinstance(reopened, DealAdvanced)
    assert reopened.stage is Stage.CONTACTED
    assert _actions(lane.ticks(lane.now + timedelta(8))) == [_REMIND], "a new stay has clocks of its own"
    assert lane.broken() == broken(one for one in lane.deals() if isinstance(one, DealAdvanced)) == []


def test_a_move_begins_a_new_stay_and_what_was_not_due_by_then_never_strikes() -> None:
    lane = _contacted()
    lane.ticks(_REMINDED)
    lane.now = _ESCALATED - _MOMENT
    lane.hears(move(Move.START_TALKS, 2, moved_at=lane.now))
    lane.ticks(_CLOSED)
    assert [(one.sequence, one.action) for one in lane.fired()] == [(1, _REMIND), (2, _REMIND)]


def test_what_was_due_when_a_move_arrived_strikes_before_it_also_without_a_tick() -> None:
    lane = _contacted()
    lane.now = _ESCALATED
    told = lane.hears(move(Move.START_TALKS, 2, moved_at=lane.now))
    assert _actions(told) == [_REMIND, _ESCALATE]
    assert isinstance(told[-1], DealAdvanced)
    lane.now = in_china("2026-10-01")
    told = lane.hears(move(Move.OFFER, 3, ORDINARY_TERMS, moved_at=lane.now))
    assert _actions(told) == [_REMIND, _ESCALATE, _CLOSE]
    assert isinstance(told[-1], MoveRefused), "the deal is closed by then"


def test_a_late_move_undoes_nothing_and_voids_what_did_not_strike() -> None:
    lane = _contacted()
    lane.ticks(_ESCALATED)
    # Made before the first reminder, told after the second word: both stand, and the deal is not closed.
    lane.hears(move(Move.START_TALKS, 2, moved_at=_CONTACT + timedelta(1)))
    lane.ticks(_CLOSED)
    assert [(one.sequence, one.action) for one in lane.fired()] == [(1, _REMIND), (1, _ESCALATE)]
    # It counts since it was told: ten working days after 25 February.
    assert _actions(lane.ticks(in_china("2026-03-11", 24))) == [_REMIND]


def test_history_that_is_told_late_is_not_closed_before_it_is_told() -> None:
    lane = opened(in_china("2026-03-02"))
    lane.ticks()
    for one in sale(ORDINARY_TERMS, moved_at=in_china("2012-05-04")):
        lane.ticks(lane.now + _MOMENT)
        assert _actions(lane.hears(one)) == []
    assert lane.ticks(lane.now + timedelta(1)) == []


def test_a_sender_whose_clock_is_ahead_gives_the_other_side_no_less_time() -> None:
    lane = opened(_CONTACT)
    lane.hears(move(Move.CONTACT, 1, moved_at=_CONTACT + timedelta(1)))
    assert lane.ticks(_REMINDED) == []
    assert _actions(lane.ticks(_REMINDED + timedelta(1))) == [_REMIND]


def test_a_paused_deal_has_a_longer_clock() -> None:
    lane = _contacted()
    lane.hears(move(Move.PAUSE, 2, moved_at=_CONTACT))
    assert lane.ticks(_CLOSED) == []
    lane.ticks(in_china("2026-12-31"))
    assert [(one.stage, one.action, one.working_days) for one in lane.fired()] == [
        (Stage.PAUSED, _REMIND, 60), (Stage.PAUSED, _ESCALATE, 90), (Stage.PAUSED, _CLOSE, 120),
    ]  # fmt: skip


def test_after_the_contract_nothing_closes_and_an_ended_deal_has_no_clock() -> None:
    lane = opened(_CONTACT)
    lane.hears(move(Move.CONTACT, 1, demand_id="D2"), move(Move.END, 2, demand_id="D2"), *sale())
    lane.ticks(in_china("2026-12-31"))
    assert [(one.demand_id, one.stage, one.action) for one in lane.fired()] == [
        ("D1", Stage.CONTRACTED, _REMIND), ("D1", Stage.CONTRACTED, _ESCALATE),
    ]  # fmt: skip


_TURNS: list[tuple[list[NegotiationUpdated], Turn]] = [
    (sale()[:1], Turn.ENTERPRISE), (sale()[:3], Turn.ENTERPRISE), (sale()[:4], Turn.EITHER), (sale(), Turn.EITHER),
    ([move(Move.CONTACT, 1, institution_id="district-210202")], Turn.OWNER),
    ([*sale()[:3], move(Move.AGREE, 4, ORDINARY_TERMS, institution_id="district-210202")], Turn.OWNER),
    # Who takes his word back is the one who stands by nothing.
    ([*sale()[:4], move(Move.RETRACT, 5)], Turn.OWNER),
    ([*sale(), move(Move.REGISTER, 6)], Turn.OWNER),
    ([*sale(), move(Move.REGISTER, 6), move(Move.DELIVER, 7)], Turn.ENTERPRISE),
    (sale(demand_institution_id="dlut", institution_id="dlut")[:1], Turn.EITHER),
]  # fmt: skip


@pytest.mark.parametrize(("moves", "turn"), _TURNS)
def test_whose_turn_it_is_is_told(moves: list[NegotiationUpdated], turn: Turn) -> None:
    lane = opened(_CONTACT)
    lane.hears(*moves)
    lane.ticks(in_china("2026-12-31"))
    assert lane.fired()[0].turn is turn


def test_beyond_the_published_calendar_the_record_says_so() -> None:
    lane = opened(in_china("2026-12-21"))
    lane.hears(move(Move.CONTACT, 1))
    lane.ticks(in_china("2027-02-01"))
    assert [(one.action, one.is_calendar_published) for one in lane.fired()] == [
        (_REMIND, True), (_ESCALATE, False), (_CLOSE, False),
    ]  # fmt: skip


def test_a_move_that_waits_too_long_is_given_up_and_told_once() -> None:
    lane = _contacted()
    (held,) = lane.hears(move(Move.PAUSE, 4, moved_at=_CONTACT))
    assert isinstance(held, MoveHeld)
    told = [one for one in lane.ticks(_CLOSED) if one not in lane.deals()]
    fired, released, refused = told[-3:]
    assert isinstance(fired, ClockFired)
    assert (fired.action, fired.sequence, fired.due_at) == (_GIVE_UP, 4, _CLOSED)
    assert isinstance(released, MoveReleased)
    assert isinstance(refused, MoveRefused)
    (fault,) = refused.faults
    assert (fault.rule, fault.value) == ("sequence", "4")
    assert "20 working days for the move with sequence 2" in fault.repair
    assert lane.ticks(_CLOSED + timedelta(300)) == []
    # What was given up may be sent again, and waits anew.
    (again,) = lane.hears(move(Move.PAUSE, 4, submission_id=held.submission_id))
    assert isinstance(again, MoveHeld)
    assert lane.broken() == []


def test_a_lane_that_reads_moves_of_an_hour_ago_has_not_caught_up_and_lets_the_clock_wait() -> None:
    lane = _contacted()
    lane.now = _CLOSED + timedelta(hours=1)
    # It was down over midnight: the tick comes first, the move that arrived in time behind it.
    told = lane.hears_with_a_tick(move(Move.PAUSE, 2), arrived=_CLOSED - timedelta(hours=1))
    assert _actions(told) == [_REMIND, _ESCALATE]
    assert isinstance(told[-1], DealAdvanced)
    assert _actions(lane.ticks()) == []


# A year of it ---------------------------------------------------------------------------------------------------------

_STEPS = (
    Move.CONTACT, Move.START_TALKS, Move.OFFER, Move.AGREE, Move.CONTRACT, Move.PAUSE, Move.RESUME, Move.END,
    Move.REOPEN, Move.REGISTER,
)  # fmt: skip
_NEVER = timedelta(10_000)


class Year(RuleBasedStateMachine):
    """The same moves come to three lanes: one whose clock ticks often, one seldom, one never but at the end."""

    @initialize(start=st.integers(0, 700), often=st.floats(0.3, 40), seldom=st.floats(5, 120))
    def begin(self, start: int, often: float, seldom: float) -> None:
        began = in_china("2025-01-01") + timedelta(start)
        self.lanes = [opened(began, "A1", "A2") for _ in range(3)]
        self.every = [timedelta(hours=often), timedelta(seldom), _NEVER]
        self.began = self.now = began

    @rule(hours=st.floats(0.1, 24 * 35))
    def time_goes_on(self, hours: float) -> None:
        if self.now - self.began > timedelta(370):
            return
        until = self.now + timedelta(hours=hours)
        for lane, step in zip(self.lanes, self.every, strict=True):
            while lane.now + step <= until:
                lane.ticks(lane.now + step)
        self.now = until

    @rule(
        name=st.sampled_from(["A1", "A2"]), asked=st.sampled_from(["D1", "D2"]), step=st.sampled_from(_STEPS),
        by=st.sampled_from(["dlut", "district-210202"]), skew=st.sampled_from([0, 0, 0, 1, 2]),
        late=st.sampled_from([0, 0, 1, 30, 400]),
    )  # fmt: skip
    def somebody_moves(self, name: str, asked: str, step: Move, by: str, skew: int, late: float) -> None:
        number = self._reached(name, asked) + 1 + skew
        terms = ORDINARY_TERMS if step in WITH_TERMS else None
        self._arrives(
            move(
                step, number, terms, institution_id=by, achievement_id=name, demand_id=asked,
                moved_at=self.now - timedelta(late), submission_id=uuid.uuid4(),
            )
        )  # fmt: skip

    def _reached(self, name: str, asked: str) -> int:
        said = [one for one in self.lanes[0].deals() if isinstance(one, DealAdvanced)]
        return max((one.sequence for one in said if (one.achievement_id, one.demand_id) == (name, asked)), default=0)

    def _arrives(self, one: NegotiationUpdated) -> None:
        for lane in self.lanes:
            lane.hears(one, arrived=self.now)

    @rule(which=st.integers(0, 2), seed=st.integers(0, 1000))
    def a_worker_dies(self, which: int, seed: int) -> None:
        self.lanes[which].dies(random.Random(seed))

    @rule()
    def all_hear_the_clock(self) -> None:
        for lane in self.lanes:
            lane.ticks(self.now)
        often, *others = self.lanes
        for lane in others:
            assert lane.struck() == often.struck()
            assert _last(lane) == _last(often)

    @invariant()
    def nothing_strikes_twice_too_early_or_in_vain(self) -> None:
        for lane in getattr(self, "lanes", ()):
            assert lane.broken() == []
            struck = lane.struck()
            assert len(struck) == len(set(struck))

    def teardown(self) -> None:
        if hasattr(self, "lanes"):
            self.now += timedelta(200)
            self.all_hear_the_clock()
            self.nothing_strikes_twice_too_early_or_in_vain()


def _last(lane: SimulatedLane) -> dict[object, object]:
    return {one.deal_id: one for one in lane.deals() if isinstance(one, DealAdvanced)}


Year.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestYear = Year.TestCase


def test_a_year_of_ticks_each_hour_is_played_in_seconds() -> None:
    lane = opened(in_china("2025-01-01"), "A1")
    for number in range(1, 6):
        lane.hears(*sale(ORDINARY_TERMS, demand_id=f"D{number}", moved_at=lane.now)[:number])
    end: datetime = in_china("2026-01-01")
    while lane.now < end:
        lane.ticks(lane.now + timedelta(hours=1))
    assert lane.broken() == []
    assert len(lane.struck()) == len(set(lane.struck())) == 3 * 4 + 2
