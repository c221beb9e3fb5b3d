"""Market application: a first use that earns, reported once for each day, and a scenario that comes to nothing."""

from __future__ import annotations

from collections.abc import Iterator

from producers.scenario.acts import Cast, Thread, at_level
from producers.scenario.numbers import wan
from schemas.records import LifeTask, TaskMove

_M = TaskMove
_OFFICE = "district-210211"


def threads(cast: Cast) -> Iterator[Thread]:
    """One that earns, one that is closed."""
    yield _that_earns(cast)
    yield _that_is_closed(cast)


def _that_earns(cast: Cast) -> Thread:
    offered = cast.pair()[0]
    thread = Thread(LifeTask.APPLICATION, offered.institution_id, offered.achievement_id)
    use, owner = thread.case("U-1"), offered.institution_id
    use.says(0, "huizhi", _M.PROPOSE, title="首台套应用场景", text="企业产线改造中试用。", party_institution_id=_OFFICE)
    use.says(1, "huizhi", _M.TRY, "role", since=cast.day(110), evidence="代报")
    use.says(2, owner, _M.TRY, since=cast.day(110), evidence="试用报告 1")
    use.says(3, _OFFICE, _M.USE, since=cast.day(150), evidence="验收单（示例）")
    use.says(5, owner, _M.EARN, amount=wan(26), since=cast.day(150), until=cast.day(210), evidence="发票汇总 1")
    use.says(
        6, _OFFICE, _M.EARN, "dates", amount=wan(26), since=cast.day(180), until=cast.day(240), evidence="重复申报"
    )
    use.says(8, owner, _M.EARN, amount=wan(41), since=cast.day(211), until=cast.day(300), evidence="发票汇总 2")
    return thread


def _that_is_closed(cast: Cast) -> Thread:
    offered = cast.achievement(at_level(7, 8, 9))
    thread = Thread(LifeTask.APPLICATION, offered.institution_id, offered.achievement_id)
    use = thread.case("U-1")
    use.says(0, offered.institution_id, _M.PROPOSE, title="A first line at a port", text="Cranes of the west quay.")
    use.says(4, offered.institution_id, _M.CLOSE, reason="场地改造推迟到明年。")
    return thread
