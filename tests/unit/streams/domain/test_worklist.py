"""A district office sees what matches the demands of its enterprises, and what became of each match."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from schemas.records import (
    DealAdvanced,
    DemandPosted,
    EndCause,
    LifeTask,
    MatchProposed,
    Money,
    Move,
    Record,
    Stage,
    TaskAdvanced,
    TaskMove,
    TaskState,
)
from streams.domain.tasks.cases import advanced as advanced_by
from streams.domain.worklist import Answer, Worklist, answer, counted
from streams.worklist_commands import as_plain, question_plain, told
from tests.unit.streams.making import demand, no_demand, task
from tests.unit.streams.recognising import ENTERPRISE, advanced, matched, parted

_DISTRICT = "210204"


def _demand(name: str = "D1", district: str | None = _DISTRICT, **changes: Any) -> DemandPosted:
    return demand(name, institution_id=ENTERPRISE, district=district, **changes)


def _match(score: float, achievement: str = "A1", demand: str = "D1") -> MatchProposed:
    return replace(matched(achievement, demand), score=score, demand_title="水泵 [/x]", achievement_title="pump")


def _deal(stage: Stage, cause: EndCause | None = None, reason: str = "", **changes: Any) -> DealAdvanced:
    return replace(advanced(Move.CONTACT, 1, **changes), stage=stage, end_cause=cause, reason=reason)


def _worklist(*records: Record) -> Worklist:
    found = Worklist(_DISTRICT)
    for record in records:
        found.take(record)
    return found


def _pairs(found: Worklist) -> list[tuple[str, str]]:
    return [(line.match.achievement_id, line.match.demand_id) for line in found.lines()]


@pytest.mark.parametrize(
    ("stage", "cause", "said"),
    [
        (Stage.CONTACTED, None, Answer.CONTACTED),
        (Stage.TERMS_AGREED, None, Answer.IN_TALKS),
        (Stage.PAUSED, None, Answer.PAUSED),
        (Stage.DELIVERING, None, Answer.CONTRACTED),
        (Stage.ENDED, EndCause.PARTY, Answer.DECLINED),
        (Stage.ENDED, EndCause.EXPIRED, Answer.LAPSED),
        (Stage.ENDED, EndCause.RESCINDED, Answer.LAPSED),
    ],
)
def test_the_answer_is_where_the_deal_stands(stage: Stage, cause: EndCause | None, said: Answer) -> None:
    assert answer(_deal(stage, cause)) is said


def test_every_stage_of_a_deal_is_an_answer() -> None:
    silent = {stage for stage in Stage if answer(_deal(stage)) is Answer.NONE}
    # No deal stands at either: a match that nobody has answered has no deal.
    assert silent == {Stage.UNKNOWN, Stage.MATCHED}


def test_only_standing_demands_of_the_district_are_listed() -> None:
    records: list[Record] = [
        _demand("D1"),
        _demand("D2", "210211"),
        _demand("D3", None),
        _demand("D4"),
        no_demand("D4", institution_id=ENTERPRISE),
    ]
    matches = [_match(0.5, demand=name) for name in ("D1", "D2", "D3", "D4")]
    assert _pairs(_worklist(*records, *matches)) == [("A1", "D1")]


def test_a_demand_that_moves_to_another_district_leaves_the_list() -> None:
    assert _pairs(_worklist(_demand(), _demand(district="210211", version=2), _match(0.5))) == []


def test_a_city_has_the_demands_of_all_its_districts() -> None:
    found = Worklist("2102")
    for record in (_demand("D1"), _demand("D2", "210211"), _demand("D3", "310101")):
        found.take(record)
    assert sorted(found.demands) == [f"{ENTERPRISE}/D1", f"{ENTERPRISE}/D2"]


def test_a_match_that_is_withdrawn_leaves_the_list() -> None:
    assert _pairs(_worklist(_demand(), _match(0.5), _match(0.4, "A2"), parted("A2"))) == [("A1", "D1")]


def test_the_most_promising_come_first_and_what_ended_last() -> None:
    found = _worklist(
        _demand(), _match(0.9, "A1"), _match(0.8, "A2"), _match(0.3, "A3"), _match(0.5, "A4"), _match(0.5, "A5"),
        _deal(Stage.ENDED, EndCause.PARTY, "too dear"), _deal(Stage.CONTRACTED, achievement_id="A2"),
        _deal(Stage.IN_TALKS, achievement_id="A3"),
    )  # fmt: skip
    assert [(one.match.achievement_id, one.answer) for one in found.lines()] == [
        ("A4", Answer.NONE), ("A5", Answer.NONE), ("A3", Answer.IN_TALKS), ("A2", Answer.CONTRACTED),
        ("A1", Answer.DECLINED),
    ]  # fmt: skip


def test_a_line_says_for_whom_it_is_and_why_it_was_declined() -> None:
    found = _worklist(
        _demand(enterprise="东软"), _match(0.5), _match(0.25, "A2"),
        _deal(Stage.ENDED, EndCause.PARTY, "too [b]dear", achievement_id="A2"),
    )  # fmt: skip
    lines = found.lines()
    assert [*told(found, lines)] == [
        "1 demands of 210204, 2 live matches: 1 none yet, 1 declined",
        "0.500  none yet  东软",
        "       neusoft/D1 水泵 [/x] ← dlut/A1 pump",
        "0.250  declined 2026-03-01: too [b]dear  东软",
        "       neusoft/D1 水泵 [/x] ← dlut/A2 pump",
    ]
    plain = as_plain(lines[1])
    assert (plain["answer"], plain["reason"], plain["enterprise"]) == ("declined", "too [b]dear", "东软")
    assert plain["answered_at"] == "2026-03-01T00:00:00+00:00"
    assert as_plain(lines[0])["deal"] is None


_scores = st.sampled_from([0.2, 0.5, 0.9])
_matches = st.lists(
    st.builds(_match, _scores, st.sampled_from(["A1", "A2", "A3"]), st.sampled_from(["D1", "D2", "D9"])), max_size=9,
    unique_by=lambda one: (one.achievement_id, one.demand_id),
)  # fmt: skip
_deals = st.lists(
    st.builds(
        _deal, st.sampled_from([*Stage]), st.sampled_from([EndCause.PARTY, EndCause.EXPIRED]),
        achievement_id=st.sampled_from(["A1", "A2", "A3"]), demand_id=st.sampled_from(["D1", "D2", "D9"]),
    ), max_size=6, unique_by=lambda one: (one.achievement_id, one.demand_id),
)  # fmt: skip


@given(_matches, _deals, st.integers(0, 9))
def test_every_live_match_is_one_line_whatever_comes_first(
    matches: list[MatchProposed], deals: list[DealAdvanced], seed: int
) -> None:  # fmt: skip
    demands = [_demand("D1"), _demand("D2")]
    said: list[Record] = [*matches, *deals]
    found = _worklist(*demands, *said)
    random.Random(seed).shuffle(said)
    assert _worklist(*demands, *said).lines() == found.lines()
    mine = [one for one in matches if one.demand_id != "D9"]
    assert sorted(_pairs(found)) == sorted((one.achievement_id, one.demand_id) for one in mine)
    talked = {(one.achievement_id, one.demand_id) for one in deals}
    with_deal = [line for line in found.lines() if line.deal_id is not None]
    assert len(with_deal) == sum((one.achievement_id, one.demand_id) in talked for one in mine)
    assert sum(counted(found.lines()).values()) == len(mine)


def _asked(
    step: TaskMove, state: TaskState, case_id: str = "Q1", achievement: str = "A1", **changes: Any
) -> TaskAdvanced:
    about = {"subject_institution_id": ENTERPRISE, "subject_id": "D1"}
    if step in {TaskMove.INVITE, TaskMove.REQUEST}:
        about |= {"achievement_institution_id": "dlut", "achievement_id": achievement}
        changes = {"until": date(2026, 4, 1), **changes}
    return advanced_by(task(LifeTask.MARKET_PLAYERS, step, case_id, **about, **changes), state)


_INVITED = _asked(TaskMove.INVITE, TaskState.INVITED)


def test_a_line_says_what_was_asked_over_its_pair_until_when_and_what_was_answered() -> None:
    declined = _asked(TaskMove.DECLINE, TaskState.DECLINED, reason="no budget")
    (line,) = _worklist(_demand(), _match(0.5), _INVITED).lines()
    assert as_plain(line)["question"] == {
        "case": "Q1", "state": "INVITED", "asked_by": "dlut", "until": "2026-04-01", "reason": "",
    }  # fmt: skip
    (line,) = (found := _worklist(_demand(), _match(0.5), _INVITED, declined)).lines()
    assert line.question is not None
    assert (line.question.state, line.question.until) == (TaskState.DECLINED, date(2026, 4, 1))
    assert "       declined (Q1, asked by dlut until 2026-04-01): no budget" in [*told(found, found.lines())]


def test_of_two_questions_over_a_pair_the_later_one_is_told() -> None:
    again = _asked(TaskMove.REQUEST, TaskState.REQUESTED, "Q2", institution_id=ENTERPRISE)
    declined = _asked(TaskMove.DECLINE, TaskState.DECLINED)
    (line,) = _worklist(_demand(), _match(0.5), _INVITED, declined, again).lines()
    assert line.question is not None
    assert (line.question.case_id, line.question.asked_by) == ("Q2", ENTERPRISE)


def test_a_question_over_a_pair_that_is_no_live_match_stands_apart() -> None:
    other = _asked(TaskMove.INVITE, TaskState.INVITED, "Q2", "A2")
    found = _worklist(_demand(), _match(0.5), _INVITED, other)
    (apart,) = found.questions()
    assert (question_plain(apart)["achievement"], question_plain(apart)["score"]) == ("dlut/A2", None)
    assert question_plain(apart).keys() == as_plain(found.lines()[0]).keys()
    assert _worklist(_demand(), _match(0.5), _INVITED).questions() == ()


def test_questions_over_demands_of_other_districts_are_left_out() -> None:
    assert _worklist(_demand(district="210211"), _INVITED).questions() == ()


def test_what_uses_of_an_achievement_have_earned_stands_beside_it() -> None:
    def earned(amount: str, currency: str = "CNY") -> TaskAdvanced:
        said = {"subject_id": "A1", "amount": Money(Decimal(amount), currency)}
        return advanced_by(task(LifeTask.APPLICATION, TaskMove.EARN, "U1", **said), TaskState.IN_USE)

    found = _worklist(_demand(), _match(0.5), _match(0.4, "A2"), earned("5.00"), earned("2.50"), earned("1.00", "EUR"))
    one, other = found.lines()
    assert as_plain(one)["revenue"] == {"CNY": "7.50", "EUR": "1.00"}
    assert as_plain(other)["revenue"] == {}
    assert "       its uses have earned 7.50 CNY, 1.00 EUR" in [*told(found, found.lines())]
