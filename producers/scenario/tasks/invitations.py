"""Finding market players: who is asked to meet over a match, and accepts, declines, or never answers."""

from __future__ import annotations

from collections.abc import Iterator

from producers.scenario.acts import TODAY, Cast, Thread
from schemas.records import AchievementRegistered, LifeTask, TaskMove

_M = TaskMove


def threads(cast: Cast) -> Iterator[Thread]:
    """Six questions over six matches."""
    for number, play in enumerate((_accepted, _declined, _unanswered, _requested, _too_late, _withdrawn), 1):
        offered, wanted = cast.pair()
        thread = Thread(LifeTask.MARKET_PLAYERS, wanted.institution_id, wanted.demand_id)
        play(thread.case(f"Q-{number}"), cast, offered)
        yield thread


def _invited(case: Thread, cast: Cast, offered: AchievementRegistered, turn: int = 0) -> None:
    until = cast.day(TODAY + 30)
    case.says(turn, offered.institution_id, _M.INVITE, achievement=offered, until=until, text="欢迎来访实验室。")


def _accepted(case: Thread, cast: Cast, offered: AchievementRegistered) -> None:
    _invited(case, cast, offered)
    case.says(1, case.institution_id, _M.ACCEPT)


def _declined(case: Thread, cast: Cast, offered: AchievementRegistered) -> None:
    _invited(case, cast, offered)
    case.says(1, case.institution_id, _M.DECLINE, reason="企业今年不再立项。")


def _unanswered(case: Thread, cast: Cast, offered: AchievementRegistered) -> None:
    """It is over at the end of its day; until then nobody is asked twice over the same match."""
    soon = cast.day(TODAY + 1)
    case.says(0, offered.institution_id, _M.INVITE, achievement=offered, until=soon)
    again = Thread(case.task, case.institution_id, case.subject_id, "Q-3-AGAIN", case.acts)
    again.says(1, offered.institution_id, _M.INVITE, "duplicate", achievement=offered, until=soon)


def _requested(case: Thread, cast: Cast, offered: AchievementRegistered) -> None:
    until = cast.day(TODAY + 30)
    case.says(0, case.institution_id, _M.REQUEST, achievement=offered, until=until, text="企业希望先看样机。")
    case.says(1, offered.institution_id, _M.ACCEPT)


def _too_late(case: Thread, cast: Cast, offered: AchievementRegistered) -> None:
    case.says(0, offered.institution_id, _M.INVITE, "dates", achievement=offered, until=cast.day(100))


def _withdrawn(case: Thread, cast: Cast, offered: AchievementRegistered) -> None:
    _invited(case, cast, offered)
    case.says(1, offered.institution_id, _M.WITHDRAW)
