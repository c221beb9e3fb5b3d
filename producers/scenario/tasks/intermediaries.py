"""Intermediary demonstration: two of them, qualified by a district's office, with assignments; one is suspended."""

from __future__ import annotations

from collections.abc import Iterator

from producers.scenario.acts import TODAY, Cast, Thread, at_level
from producers.scenario.numbers import wan
from schemas.records import LifeTask, TaskMove

_M = TaskMove
_QUALIFIER = "district-210204"


def threads(cast: Cast) -> Iterator[Thread]:
    """Both of them."""
    yield _that_delivers(cast)
    yield _that_is_suspended(cast)


def _that_delivers(cast: Cast) -> Thread:
    profile = Thread(LifeTask.INTERMEDIARY, "huizhi", cast.name("PROFILE"))
    profile.says(0, "huizhi", _M.OPEN, title="汇智技术转移中心", labels=("技术评估", "专利运营"), count=12)
    profile.says(
        1,
        _QUALIFIER,
        _M.QUALIFY,
        title="示范中介机构",
        evidence="评审纪要 2026-04（示例）",
        until=cast.day(TODAY + 365),
    )
    work = profile.case("A-1")
    work.says(
        2, "dlut", _M.ASSIGN, title="寻找首批应用单位", until=cast.day(TODAY + 90), amount=wan(8),
        achievement=cast.achievement(at_level(7, 8)),
    )  # fmt: skip
    work.says(3, "huizhi", _M.ACCEPT)
    work.says(4, "huizhi", _M.COMPLETE, evidence="对接会签到表", text="三家企业到场。")
    work.says(5, "dlut", _M.REJECT, reason="缺少企业的意向书。")
    work.says(6, "huizhi", _M.COMPLETE, evidence="意向书两份")
    work.says(7, "dlut", _M.CONFIRM)
    return profile


def _that_is_suspended(cast: Cast) -> Thread:
    profile = Thread(LifeTask.INTERMEDIARY, "lianqiao", cast.name("PROFILE"))
    profile.says(0, "lianqiao", _M.OPEN, title="联桥科技服务", labels=("国际合作",), count=4)
    until = cast.day(TODAY + 60)
    profile.case("A-1").says(1, "dicp", _M.ASSIGN, "closed", title="海外推广", until=until)
    profile.says(2, _QUALIFIER, _M.QUALIFY, title="科技服务机构", evidence="评审纪要 2026-05（示例）", until=until)
    work = profile.case("A-2")
    work.says(3, "dicp", _M.ASSIGN, title="海外推广", until=until)
    work.says(4, "lianqiao", _M.DECLINE, reason="暂无驻外人员。")
    profile.says(5, _QUALIFIER, _M.SUSPEND, reason="年度报告未提交。")
    profile.case("A-3").says(6, "dicp", _M.ASSIGN, "closed", title="海外推广", until=until)
    return profile
