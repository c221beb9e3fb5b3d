"""Cases are listed as they stand, and their histories tell who moved them, when, and what was refused."""

from __future__ import annotations

from schemas.records import LifeTask, TaskAdvanced, TaskMove, TaskState
from streams.domain.tasks.standing import lines, steps, subjects
from tests.unit.streams.domain.tasks.arriving import events, hour
from tests.unit.streams.domain.tasks.playing import Play, money

M, S = TaskMove, TaskState


def _fund() -> Play:
    play = Play(LifeTask.FUND)
    play.move(M.OPEN, title="fund", amount=money("100.00"))
    play.move(M.APPLY, "F1", title="plant", amount=money("60.00"), institution_id="dicp")
    play.move(M.APPROVE, "F1", amount=money("70.00"))
    play.move(M.REJECT, "F1", reason="too late")
    return play


def test_a_case_is_open_as_long_as_anything_can_become_of_it() -> None:
    told = lines(events(_fund().told))
    assert [(one.case_id, one.state, one.is_open) for one in told] == [(None, S.OPEN, True), ("F1", S.REJECTED, False)]


def test_a_qualification_that_is_over_can_be_renewed_and_so_is_open() -> None:
    play = Play(LifeTask.INTERMEDIARY)
    play.counts(M.OPEN, title="p", labels=("law",), count=2)
    (line,) = lines(events(play.told))
    assert (line.state, line.is_open) == (S.PENDING, True)
    play.counts(M.CLOSE)
    (line,) = lines(events(play.told))
    assert (line.state, line.is_open) == (S.CLOSED, False)


def test_a_line_says_who_opened_a_case_and_when_it_moved_last() -> None:
    _, case = lines(events(_fund().told))
    # The refused move, which arrived in hour 2, has moved nothing.
    assert (case.opened_by, case.title, case.opened_at, case.moved_at) == ("dicp", "plant", hour(1), hour(3))


def test_a_history_has_refused_moves_in_the_order_of_arrival() -> None:
    log = events(_fund().told)
    found = steps(reversed(log), "dlut/S1", "F1", None)
    assert [(step.record.move, isinstance(step.record, TaskAdvanced)) for step in found] == [
        (M.APPLY, True), (M.APPROVE, False), (M.REJECT, True),
    ]  # fmt: skip
    assert len(steps(log, "dlut/S1", None, LifeTask.FUND)) == 4
    assert steps(log, "dlut/S1", None, LifeTask.MINING) == ()
    assert steps(log, "dlut/S2", None, None) == ()


def test_subjects_stand_as_the_shard_has_them() -> None:
    play = _fund()
    told = [one for one in play.told if isinstance(one, TaskAdvanced)]
    assert subjects(told) == {(LifeTask.FUND, "dlut/S1"): play.subject}
