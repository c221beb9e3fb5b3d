"""A move counts by its table, its guards and who makes it; or it is refused with all reasons, and changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemas.records import FundAccount, LifeTask, TaskAdvanced, TaskCause, TaskMove, TaskState
from schemas.task_rules import OF_CASE, OF_SUBJECT
from streams.domain.life_cycle import TASKS
from streams.domain.tasks.following import expired, last_day
from streams.domain.tasks.fund import total
from tests.unit.streams.domain.tasks.playing import TODAY, Play, assessment, money

M, S = TaskMove, TaskState
OFFERED = {"achievement_institution_id": "dlut", "achievement_id": "A1"}


def _fund(amount: str = "100.00") -> Play:
    play = Play(LifeTask.FUND)
    play.counts(M.OPEN, title="fund", amount=money(amount))
    return play


def _base(places: int) -> Play:
    play = Play(LifeTask.PILOT_BASE)
    play.counts(M.OPEN, title="base", labels=("distillation",))
    play.counts(M.OFFER, slot_id="W1", count=places, since=TODAY, until=TODAY, labels=("distillation",))
    return play


@pytest.mark.parametrize("about", TASKS)
def test_a_table_has_the_moves_that_admission_lets_in_and_no_others(about: LifeTask) -> None:
    task = TASKS[about]
    assert {move for _, move in task.of_subject} == set(OF_SUBJECT[about])
    assert {move for _, move in task.of_case} == set(OF_CASE[about])


@pytest.mark.parametrize("about", TASKS)
def test_every_state_of_a_table_can_be_reached(about: LifeTask) -> None:
    task = TASKS[about]
    for table in (task.of_subject, task.of_case):
        reached = {S.NONE, *(rule.to for rule in table.values()), *task.expires.values(), S.WAITING}
        assert {state for state, _ in table} <= reached


def test_money_is_promised_once() -> None:
    play = _fund("100.00")
    for case_id in ("one", "two"):
        play.counts(M.APPLY, case_id, title="plant", amount=money("60.00"), institution_id="dicp")
    play.counts(M.APPROVE, "one", amount=money("60.00"))
    assert play.rules(M.APPROVE, "two", amount=money("60.00")) == ["amount"]
    play.counts(M.APPROVE, "two", amount=money("40.00"))


def test_a_fund_is_balanced_after_every_move_and_gives_back_what_is_not_drawn() -> None:
    play = _fund("100.00")
    play.counts(M.APPLY, "one", title="plant", amount=money("60.00"), institution_id="dicp")
    play.counts(M.APPROVE, "one", amount=money("50.00"))
    play.counts(M.DRAW, "one", amount=money("30.00"), evidence="1")
    assert play.rules(M.DRAW, "one", amount=money("20.01"), evidence="2") == ["amount"]
    assert play.rules(M.CLOSE, "one") == ["settled"]
    play.counts(M.REPAY, "one", amount=money("10.00"), evidence="3")
    play.counts(M.WRITE_OFF, "one", amount=money("20.00"), reason="bankrupt")
    assert play.rules(M.CLOSE) == ["settled"]
    play.counts(M.CLOSE, "one")
    play.counts(M.CLOSE)
    told = [one for one in play.told if isinstance(one, TaskAdvanced)]
    assert all(sum(entry.amount for entry in one.entries) == 0 for one in told)
    assert {account: total(told, account) for account in FundAccount if total(told, account)} == {
        FundAccount.CAPITAL: -100, FundAccount.AVAILABLE: 80, FundAccount.LOST: 20,
    }  # fmt: skip


def test_a_full_slot_lets_wait_and_a_cancelled_booking_gives_its_place_to_the_first_that_waits() -> None:
    play = _base(places=1)
    for case_id in ("one", "two", "three"):
        play.move(M.BOOK, case_id, slot_id="W1", maturity=5, **OFFERED)
    assert play.states() == {None: S.OPEN, "one": S.BOOKED, "two": S.WAITING, "three": S.WAITING}
    cancelled, promoted = play.move(M.CANCEL, "one")
    assert isinstance(promoted, TaskAdvanced)
    assert (promoted.case_id, promoted.cause, promoted.by) == ("two", TaskCause.QUEUE, "")
    assert promoted.submission_id == cancelled.submission_id
    assert play.states() == {None: S.OPEN, "one": S.CANCELLED, "two": S.BOOKED, "three": S.WAITING}


def test_a_pilot_test_that_was_made_has_used_its_place_up() -> None:
    play = _base(places=1)
    for case_id in ("one", "two"):
        play.move(M.BOOK, case_id, slot_id="W1", maturity=5, **OFFERED)
    assert len(play.move(M.COMPLETE, "one", evidence="1", text="done")) == 1
    play.move(M.BOOK, "three", slot_id="W1", maturity=5, **OFFERED)
    assert play.states() == {None: S.OPEN, "one": S.COMPLETED, "two": S.WAITING, "three": S.WAITING}


def test_an_incubator_that_is_closed_admits_nobody() -> None:
    play = Play(LifeTask.INCUBATION)
    play.counts(M.OPEN, title="incubator", count=1)
    play.counts(M.APPLY, "one", title="company", **OFFERED)
    play.counts(M.CLOSE)
    assert play.rules(M.ADMIT, "one") == ["closed"]


def test_what_was_written_off_in_part_can_be_written_off_whole() -> None:
    play = _fund("100.00")
    play.counts(M.APPLY, "one", title="plant", amount=money("60.00"), institution_id="dicp")
    play.counts(M.APPROVE, "one", amount=money("60.00"))
    play.counts(M.DRAW, "one", amount=money("60.00"), evidence="1")
    for amount in ("20.00", "40.00"):
        play.counts(M.WRITE_OFF, "one", amount=money(amount), reason="bankrupt")
    play.counts(M.CLOSE, "one")


def test_only_what_is_ripe_is_booked_where_it_is_offered() -> None:
    play = _base(places=1)
    assert play.rules(M.BOOK, "one", slot_id="W2", maturity=3, **OFFERED) == ["known", "range"]
    play.day += timedelta(days=1)
    assert play.rules(M.BOOK, "one", slot_id="W1", maturity=5, **OFFERED) == ["dates"]


def test_an_outlier_and_an_expert_with_a_conflict_do_not_move_what_is_found() -> None:
    play = Play(LifeTask.EVALUATION)
    play.counts(M.REQUEST, "E1", title="GB/T 22900-2022", count=4, institution_id="office")
    for person, found in (("a", 5), ("b", 9), ("c", 6), ("d", 5)):
        play.counts(M.APPOINT, "E1", person=person, party_institution_id="dicp", institution_id="office")
        play.counts(M.ASSESS, "E1", person=person, assessment=assessment(found), evidence=person, institution_id="dicp")
    play.counts(M.DECLARE, "E1", person="c", reason="a former student", institution_id="dicp")
    assert play.rules(M.ASSESS, "E1", person="c", assessment=assessment(), evidence="x", institution_id="dicp") == [
        "conflict"
    ]
    together = play.counts(M.CONCLUDE, "E1", institution_id="office").conclusion
    assert together is not None
    assert (together.maturity, together.experts, together.excluded) == (5, ("a", "b", "d"), ("c",))


def test_an_invitation_holds_to_its_last_day_and_is_over_once() -> None:
    play = Play(LifeTask.MARKET_PLAYERS)
    play.counts(M.INVITE, "I1", until=TODAY, institution_id="dicp", **OFFERED)
    assert last_day(play.subject, "I1") == TODAY
    moment = datetime(2026, 6, 2, tzinfo=UTC)
    (over,) = expired(play.subject, "I1", moment)
    assert (over.state, over.cause, over.by, over.moved_at) == (S.EXPIRED, TaskCause.CLOCK, "", moment)
    assert list(expired(play.subject, "I1", moment)) == []
    assert last_day(play.subject, "I1") is None
    assert play.rules(M.ACCEPT, "I1") == ["table"]


def test_nobody_but_whom_it_is_for_makes_a_move() -> None:
    play = Play(LifeTask.MARKET_PLAYERS)
    play.counts(M.INVITE, "I1", until=TODAY, institution_id="dicp", **OFFERED)
    assert play.rules(M.ACCEPT, "I1", institution_id="dicp") == ["role"]
    play.counts(M.ACCEPT, "I1")


def test_a_case_is_opened_only_in_what_is_open() -> None:
    play = Play(LifeTask.FUND)
    assert play.rules(M.APPLY, "one", title="plant", amount=money("1.00")) == ["closed"]
    assert play.subject.is_unknown


def test_an_intermediary_that_is_revised_keeps_the_last_day_of_its_qualification() -> None:
    play = Play(LifeTask.INTERMEDIARY)
    play.counts(M.OPEN, title="broker", labels=("search",), count=3)
    play.counts(M.QUALIFY, title="A", evidence="1", until=TODAY, institution_id="office")
    play.counts(M.REVISE, title="broker", labels=("search",), count=4)
    assert last_day(play.subject, None) == TODAY


def test_a_conflict_is_declared_by_who_organises_or_through_the_experts_institution_and_by_nobody_else() -> None:
    play = Play(LifeTask.EVALUATION)
    play.counts(M.REQUEST, "E1", title="GB/T 22900-2022", count=3, institution_id="office")
    for person, institution in (("a", "dicp"), ("b", "dmu")):
        play.counts(M.APPOINT, "E1", person=person, party_institution_id=institution, institution_id="office")
    assert play.rules(M.DECLARE, "E1", person="a", reason="a rival", institution_id="dmu") == ["role"]
    play.counts(M.DECLARE, "E1", person="a", reason="a friend", institution_id="dicp")
    play.counts(M.DECLARE, "E1", person="b", reason="a friend", institution_id="office")


def test_a_fund_that_is_closed_promises_nothing() -> None:
    play = _fund("100.00")
    play.counts(M.APPLY, "one", title="plant", amount=money("60.00"), institution_id="dicp")
    play.counts(M.CLOSE)
    assert play.rules(M.APPROVE, "one", amount=money("60.00")) == ["closed"]


def test_who_waits_for_a_slot_waits_as_long_as_it_lasts() -> None:
    play = _base(places=1)
    for case_id in ("one", "two"):
        play.move(M.BOOK, case_id, slot_id="W1", maturity=5, **OFFERED)
    assert [last_day(play.subject, case_id) for case_id in ("one", "two")] == [None, TODAY]
    play.day += timedelta(days=1)
    assert len(play.move(M.CANCEL, "one")) == 1


def test_a_strangers_scenario_is_nobodys_use() -> None:
    play = Play(LifeTask.APPLICATION)
    play.counts(M.PROPOSE, "U1", title="crane", text="t", party_institution_id="rival", institution_id="rival")
    assert play.rules(M.TRY, "U1", since=TODAY, evidence="1", institution_id="rival") == ["role"]


def test_revenue_of_a_day_is_reported_once() -> None:
    play = Play(LifeTask.APPLICATION)
    play.counts(M.PROPOSE, "U1", title="crane", text="t")
    play.counts(M.TRY, "U1", since=TODAY, evidence="1")
    play.counts(M.USE, "U1", since=TODAY, evidence="1")
    report = {"amount": money("5.00"), "since": TODAY, "until": TODAY, "evidence": "1"}
    play.counts(M.EARN, "U1", **report)
    assert play.rules(M.EARN, "U1", **report) == ["dates"]
