"""The check of tasks plays all moves again, and finds what the life cycle told otherwise than it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schemas import codec, topics
from schemas.records import LifeTask, Record, TaskAdvanced, TaskMove, TaskRefused, TaskState
from streams.lane import Input
from streams.task_check import compared
from tests.unit.streams.living import Life
from tests.unit.streams.making import NOW

M, T = TaskMove, LifeTask
_BY_DICP = {"institution_id": "dicp"}
#: The second of two days that nobody uses is over.
_OVER = NOW + timedelta(4)


def _lived() -> Life:
    """Questions that are taken back, refused, answered and run out; a fund, and a base with one place."""
    life = Life()
    for holds, case_id in ((True, "I1"), (False, "I2"), (True, "I3")):
        life.matches(holds)
        life.moves(T.MARKET_PLAYERS, M.INVITE, case_id, **_BY_DICP)
    life.moves(T.FUND, M.OPEN)
    for case_id in ("F1", "F2"):
        life.moves(T.FUND, M.APPLY, case_id, **_BY_DICP)
        life.moves(T.FUND, M.APPROVE, case_id)
    life.moves(T.PILOT_BASE, M.OPEN)
    life.moves(T.PILOT_BASE, M.OFFER)
    for case_id in ("B1", "B2"):
        life.moves(T.PILOT_BASE, M.BOOK, case_id)
    life.moves(T.PILOT_BASE, M.CANCEL, "B1")
    life.ticks(_OVER)
    return life


def _what(life: Life) -> list[object]:
    return [one["what"] for one in life.wrong()]


def _changed(life: Life, topic: topics.Topic, change: Callable[[Any], Record | None]) -> Life:
    """The same where one topic holds what ``change`` makes of each record; nothing, where that is ``None``."""
    log, kept = life.house.logs[topic.name, 0], list[Input]()
    for one in log:
        made = change(codec.decode(one.value))
        if made is not None:
            kept.append(one._replace(value=codec.encode(made)))
    log[:] = kept
    return life


def _told(move: TaskMove, **changes: Any) -> Callable[[Any], Record | None]:
    """Changes what was told of a move; takes it away where nothing is given."""

    def change(one: Any) -> Record | None:
        if one.move is not move:
            return one  # type: ignore[no-any-return]
        return replace(one, **changes) if changes else None

    return change


def test_what_the_lane_tells_is_as_it_should_be_and_is_counted() -> None:
    checked, found = compared(_lived().read())
    assert found == []
    assert checked == {
        "task_moves": 13, "task_cases": 6, "task_refusals": 2, "tasks_expired": 1, "tasks_taken_back": 1,
        "fund_entries": 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("move", "changes", "found"),
    [
        (M.APPROVE, {}, {"task state"}),
        (M.APPROVE, {"text": "another"}, {"task state"}),
        (M.EXPIRE, {}, {"task state", "law of tasks: last day: missing"}),
        (M.EXPIRE, {"moved_at": NOW}, {"task state", "law of tasks: last day: another"}),
        (M.TAKE_BACK, {}, {"task state", "task refusal", "law of tasks: last day: missing"}),
        (M.TAKE_BACK, {"moved_at": NOW}, {"law of questions: taken back, and the match was not withdrawn"}),
        (M.PROMOTE, {}, {"task state", "law of tasks: queue: a place is free and somebody waits"}),
        (M.PROMOTE, {"case_id": "B1"}, {"task state"}),
    ],
)  # fmt: skip
def test_an_advance_that_is_missing_or_different_is_found(
    move: TaskMove, changes: dict[str, Any], found: set[str]
) -> None:  # fmt: skip
    what = _what(_changed(_lived(), topics.TASK_STATES, _told(move, **changes)))
    assert found <= {*what}, what


def test_a_refusal_that_is_missing_different_or_told_twice_is_found() -> None:
    assert _what(_changed(_lived(), topics.TASK_REFUSALS, _told(M.APPROVE))) == ["task refusal"]
    assert _what(_changed(_lived(), topics.TASK_REFUSALS, _told(M.APPROVE, state=TaskState.OPEN))) == ["task refusal"]
    life = _lived()
    log = life.house.logs[topics.TASK_REFUSALS.name, 0]
    log.append(log[-1])
    assert _what(life) == ["task refusal"]


def test_a_move_that_was_never_made_is_found() -> None:
    life = _lived()
    log = life.house.logs[topics.TASK_STATES.name, 0]
    (last,) = [one for one in log if getattr(codec.decode(one.value), "move", None) is M.APPROVE]
    log.append(last)
    assert {"task state", "law of tasks: fund: below nothing"} <= {*_what(life)}


def test_what_ends_before_its_day_is_over_is_found() -> None:
    life = Life()
    life.moves(T.MARKET_PLAYERS, M.INVITE, "I1", **_BY_DICP)
    life.ticks(_OVER)
    early = life.house.logs[topics.TASK_STATES.name, 0]
    early[-1] = early[-1]._replace(timestamp=int(NOW.timestamp() * 1000))
    assert _what(life) == [], "as late as the last tick, whatever the time of its record"
    told = life.read()
    told.now = {0: NOW}
    assert [one["what"] for one in compared(told)[1]] == ["law of tasks: last day: too early"]


def test_what_should_have_ended_when_an_answer_arrived_is_found() -> None:
    life = Life()
    life.moves(T.MARKET_PLAYERS, M.INVITE, "I1", **_BY_DICP)
    life.moves(T.MARKET_PLAYERS, M.ACCEPT, "I1")
    assert life.wrong() == []
    for topic in (topics.TASKS, topics.TASK_STATES):
        log = life.house.logs[topic.name, 0]
        log[-1] = log[-1]._replace(timestamp=int(_OVER.timestamp() * 1000))
    assert {*_what(life)} == {"task state", "task refusal", "law of tasks: last day: missing"}


def test_who_waits_though_the_match_was_heard_to_be_withdrawn_is_found() -> None:
    life = Life()
    life.matches(True)
    life.moves(T.MARKET_PLAYERS, M.INVITE, "I1", **_BY_DICP)
    life.matches(False)
    assert life.wrong() == []
    _changed(life, topics.TASK_STATES, _told(M.TAKE_BACK))
    assert _what(life) == ["law of questions: waits, and the match is withdrawn"]
    told = life.read()
    told.heard = {0: 1}
    assert compared(told)[1] == [], "it has not heard of it yet"


def test_who_was_asked_over_a_match_that_held_no_more_may_have_been_asked_before_it_was_heard() -> None:
    life = Life()
    for holds in (True, False, True):
        life.matches(holds)
    life.moves(T.MARKET_PLAYERS, M.INVITE, "I1", **_BY_DICP)
    assert life.wrong() == []


def test_a_refusal_for_a_match_that_was_never_withdrawn_is_found() -> None:
    life = Life()
    life.matches(False)
    life.moves(T.MARKET_PLAYERS, M.INVITE, "I1", **_BY_DICP)
    (no,) = life.house.read(topics.TASK_REFUSALS.name)
    assert isinstance(no, TaskRefused)
    assert [one.rule for one in no.faults] == ["matched"]
    assert life.wrong() == []
    life.house.logs[topics.MATCHES.name, 0].clear()
    assert _what(life) == ["law of questions: refused, and the match was not withdrawn"]


def test_what_a_tick_ended_before_a_move_in_time_was_read_is_played_in_that_order() -> None:
    life = Life()
    life.moves(T.MARKET_PLAYERS, M.INVITE, "I1", **_BY_DICP)
    told = life.now
    life.ticks(_OVER)
    # It had arrived before that day was over, and nobody had read it.
    life.moves(T.MARKET_PLAYERS, M.ACCEPT, "I1", moved_at=told)
    log = life.house.logs[topics.TASKS.name, 0]
    log[-1] = log[-1]._replace(timestamp=int(told.timestamp() * 1000) + 10)
    assert life.wrong() == []
    states = [one.state for one in life.house.read(topics.TASK_STATES.name) if isinstance(one, TaskAdvanced)]
    assert states == [TaskState.INVITED, TaskState.EXPIRED]


def test_a_question_whose_last_day_is_over_is_not_taken_back_any_more() -> None:
    life = Life()
    life.moves(T.MARKET_PLAYERS, M.INVITE, "I1", **_BY_DICP)
    life.now = _OVER
    life.matches(False)
    states = [one.state for one in life.house.read(topics.TASK_STATES.name) if isinstance(one, TaskAdvanced)]
    assert states == [TaskState.INVITED, TaskState.EXPIRED]
    assert life.wrong() == []


def test_a_last_day_and_a_match_that_end_two_questions_of_one_demand_are_played_in_the_order_told() -> None:
    life = Life()
    life.moves(T.MARKET_PLAYERS, M.INVITE, "I1", **_BY_DICP)
    life.moves(T.MARKET_PLAYERS, M.INVITE, "I2", achievement_id="A2", **_BY_DICP)
    life.matches(False, "A2")
    life.now = _OVER
    life.moves(T.MARKET_PLAYERS, M.ACCEPT, "I1")
    assert life.wrong() == []
