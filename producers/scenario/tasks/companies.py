"""Corporatisation and incubation: three companies for two places, one of which graduates and makes room."""

from __future__ import annotations

from collections.abc import Iterator

from producers.scenario.acts import Cast, Thread, at_level
from schemas.records import LifeTask, Shareholding, TaskMove

_M = TaskMove
_INCUBATOR = "xinghai-incubator"
_COMPANIES = ("大连澄源新材料科技有限公司", "大连霖舟智能装备有限公司", "Dalian Hanjing Instruments Co., Ltd.")


def threads(cast: Cast) -> Iterator[Thread]:
    """One incubator."""
    hall = Thread(LifeTask.INCUBATION, _INCUBATOR, cast.name("HALL"))
    hall.says(0, _INCUBATOR, _M.OPEN, title="星海孵化器一号厅", count=2, labels=("新材料", "智能装备"))
    companies = [hall.case(f"C-{number}") for number in range(1, len(_COMPANIES) + 1)]
    for company, name in zip(companies, _COMPANIES, strict=True):
        offered = cast.achievement(at_level(6, 7, 8))
        shares = (
            Shareholding("课题组", 55),
            Shareholding(offered.institution_id, 30),
            Shareholding("员工持股平台", 15),
        )
        company.says(1, offered.institution_id, _M.APPLY, title=name, achievement=offered, shares=shares)
    first, second, third = companies
    first.says(2, _INCUBATOR, _M.ADMIT)
    second.says(2, _INCUBATOR, _M.ADMIT)
    third.says(2, _INCUBATOR, _M.ADMIT, "full")
    first.says(4, _INCUBATOR, _M.ADVANCE, evidence="首份销售合同", text="已有三名全职员工。")
    first.says(6, _INCUBATOR, _M.GRADUATE, evidence="毕业评审意见")
    third.says(7, _INCUBATOR, _M.ADMIT)
    second.says(8, _INCUBATOR, _M.ADVANCE, evidence="pilot order no. 3")
    yield hall
