"""An intermediary's credit is what others have confirmed; it is qualified as long as an office says so."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from schemas.records import LifeTask, TaskMove, TaskState
from streams.domain.tasks.following import expired
from streams.domain.tasks.intermediary_report import Intermediary, intermediaries, qualified
from tests.unit.streams.domain.tasks.playing import TODAY, Play, money

M, S = TaskMove, TaskState


def _profile() -> Play:
    play = Play(LifeTask.INTERMEDIARY)
    play.counts(M.OPEN, title="p", labels=("law",), count=2)
    play.counts(M.QUALIFY, title="model", evidence="1", until=TODAY, institution_id="office")
    return play


def _assigned(play: Play, case_id: str, *moves: tuple[TaskMove, str]) -> None:
    play.counts(M.ASSIGN, case_id, title="sell", until=TODAY, amount=money("10.00"), institution_id="dicp")
    for step, by in moves:
        play.counts(step, case_id, evidence="2" if step is M.COMPLETE else "", institution_id=by)


def _told(**plays: Play) -> tuple[Intermediary, ...]:
    return intermediaries({(LifeTask.INTERMEDIARY, f"{name}/P"): play.subject for name, play in plays.items()})


def test_only_what_was_confirmed_counts_and_only_that_is_paid() -> None:
    play = _profile()
    _assigned(play, "A1", (M.ACCEPT, "dlut"), (M.COMPLETE, "dlut"), (M.CONFIRM, "dicp"))
    _assigned(play, "A2", (M.ACCEPT, "dlut"), (M.COMPLETE, "dlut"))
    (one,) = _told(dlut=play)
    assert (one.confirmed, one.assignments, one.fees) == (
        1, {S.CONFIRMED: 1, S.COMPLETED: 1}, {"CNY": Decimal("10.00")}
    )  # fmt: skip
    assert (one.qualified_as, one.qualified_by, one.until, one.staff) == ("model", "office", TODAY, 2)


def test_who_has_most_confirmed_comes_first() -> None:
    busy = _profile()
    _assigned(busy, "A1", (M.ACCEPT, "dlut"), (M.COMPLETE, "dlut"), (M.CONFIRM, "dicp"))
    assert [one.ref for one in _told(a=_profile(), b=busy, c=_profile())] == ["b/P", "a/P", "c/P"]


def test_an_institution_is_qualified_until_its_day_is_over_or_it_is_suspended() -> None:
    over, suspended, waiting = _profile(), _profile(), Play(LifeTask.INTERMEDIARY)
    list(expired(over.subject, None, datetime(2026, 6, 2, tzinfo=UTC)))
    suspended.counts(M.SUSPEND, reason="no report", institution_id="office")
    waiting.counts(M.OPEN, title="p", labels=("law",), count=2)
    assert qualified(_told(good=_profile(), over=over, suspended=suspended, waiting=waiting)) == {"good"}
